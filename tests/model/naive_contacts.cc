// Arrival, change and end of contacts.
#include <algorithm>

#include "tests/model/naive_checks.h"
#include "tests/model/naive_figures.h"
#include "tests/model/naive_router.h"

namespace strowger::model {

using routing::Cause;
using routing::ContactState;
using routing::Decision;
using routing::EndReason;
using routing::Event;
using routing::EventType;
using routing::Outcome;
using routing::Plan;

// ---- Submit -----------------------------------------------------------------------------------

Outcome NaiveRouter::Submit(const routing::SubmitContact& command) {
  if (!WellFormed(command, now_)) return Outcome::kInvalidArgument;
  if (!command.requested.agent.empty() && !agents_.contains(command.requested.agent)) {
    return Outcome::kUnknownAgent;
  }
  if (command.plan.has_value() && UnknownQueue(*command.plan)) return Outcome::kUnknownQueue;
  const auto known = contacts_.find(command.contact);
  if (known != contacts_.end() && known->second.live()) return Outcome::kAlreadyExists;
  const auto live = std::count_if(contacts_.begin(), contacts_.end(),
                                  [](const auto& entry) { return entry.second.live(); });
  if (live >= static_cast<std::ptrdiff_t>(limits_.contacts)) return Outcome::kOverLimit;

  NaiveContact contact;
  contact.id = command.contact;
  contact.number = ++contacts_seen_;
  contact.channel = command.channel;
  contact.location = command.location;
  for (const routing::Attribute& attribute : command.attributes) {
    contact.attributes[attribute.name] = attribute.value;
  }
  contact.labels = command.labels;
  contact.arrival = command.virtual_arrival.value_or(now_);
  if (command.resume.has_value()) {
    contact.resume_key = command.resume->key;
    if (!command.virtual_arrival.has_value()) Resume(contact, *command.resume);
  }
  Forget(command.contact);
  if (command.not_before.value_or(0) > now_) contact.not_before = *command.not_before;
  contact.opened = contact.not_before == 0;
  contact.submitted = turn_;
  contact.plan_start = std::max(now_, contact.not_before);

  std::shared_ptr<const Plan> plan;
  if (command.plan.has_value()) {
    plan = std::make_shared<Plan>(*command.plan);
  } else {
    const Decision decision = DecisionOn(command, contact);
    contact.rule = std::string(decision.rule);
    if (decision.plan != nullptr) plan = std::make_shared<Plan>(*decision.plan);
  }
  NaiveContact& stored = contacts_[contact.id] = contact;
  if (plan == nullptr) {
    End(stored, EndReason::kRejected, {}, Cause::kRule);
    return Outcome::kOk;
  }
  AdoptPlan(stored, plan);
  MakeRequest(stored, command.requested);
  JudgeBase(stored);
  stored.priority = command.priority.value_or(plan->priority);
  if (!plan->treatment.empty()) {
    End(stored, EndReason::kTreated, plan->treatment, Cause::kRule);
  } else {
    Arrive(stored);
  }
  return Outcome::kOk;
}

// The rules see more than what is kept of the contact.
Decision NaiveRouter::DecisionOn(const routing::SubmitContact& command,
                                 const NaiveContact& contact) const {
  if (command.decided.has_value()) {
    return (DecidedByCandidate(contact.id) ? candidate_ : rule_set_)->DecisionOf(*command.decided);
  }
  NaiveContact whole = contact;
  for (const routing::Attribute& attribute : command.unstored) {
    whole.attributes[attribute.name] = attribute.value;
  }
  return Classify(whole, {});
}

Outcome NaiveRouter::Erase(const routing::EraseContactData& command) {
  if (command.contact.empty()) return Outcome::kInvalidArgument;
  const auto known = contacts_.find(command.contact);
  if (known == contacts_.end()) return Outcome::kOk;
  if (known->second.live()) return Outcome::kWrongState;
  Forget(command.contact);
  return Outcome::kOk;
}

bool NaiveRouter::UnknownQueue(const Plan& plan) const {
  const auto unknown = [this](const std::string& queue) {
    const auto found = queues_.find(queue);
    return !queue.empty() && (found == queues_.end() || found->second.retired);
  };
  return unknown(plan.queue) ||
         std::any_of(plan.steps.begin(), plan.steps.end(),
                     [&](const routing::Step& step) { return unknown(step.queue); }) ||
         std::any_of(plan.overflow.begin(), plan.overflow.end(),
                     [&](const routing::Overflow& overflow) { return unknown(overflow.to.queue); });
}

Decision NaiveRouter::Classify(const NaiveContact& contact, std::string_view exclude) const {
  const auto excluded = contacts_.find(std::string(exclude));
  const Figures figures(*this, excluded == contacts_.end() ? nullptr : &excluded->second);
  const NaiveFacts facts(contact);
  const bool by_candidate = DecidedByCandidate(contact.id);
  return (by_candidate ? candidate_ : rule_set_)->Classify(facts.facts(), now_, figures);
}

// The plan starts anew; requirement and clocks are its own, the priority is the caller's affair.
void NaiveRouter::AdoptPlan(NaiveContact& contact, std::shared_ptr<const Plan> plan) {
  contact.plan = std::move(plan);
  contact.planned = turn_;
  contact.plan_start = std::max(now_, contact.not_before);
  contact.queue = contact.plan->queue;
  contact.requirement = contact.plan->requirement;
  contact.ranks = contact.plan->ranks;
  contact.lift = contact.plan->lift;
  contact.prefer = contact.plan->prefer;
  contact.queues_entered.clear();
  if (!contact.queue.empty()) contact.queues_entered.push_back(contact.queue);
  contact.steps_passed = 0;
  contact.step.clear();
  contact.steps.clear();
  for (const routing::Step& step : contact.plan->steps) {
    contact.steps.push_back({contact.plan_start + step.after, /*pending=*/false});
  }
  contact.overflow.clear();
  for (const routing::Overflow& overflow : contact.plan->overflow) {
    contact.overflow.push_back({contact.plan_start + overflow.after, false, false, false});
  }
  contact.overflow_recheck.reset();
  contact.wait_limit_due.reset();
  if (contact.plan->wait_limit.has_value()) {
    contact.wait_limit_due = contact.plan_start + contact.plan->wait_limit->after;
  }
}

// A base requirement that nobody logged in satisfies is not waited out where the plan says so; what
// comes first, the end of a wish or a step, comes at once.
void NaiveRouter::JudgeBase(NaiveContact& contact) {
  const bool skip = contact.plan->skip_if_empty && !ReachesSomeone(contact);
  const bool wish_ends = contact.request.has_value() && contact.request->lasts != routing::kNever;
  if (wish_ends) {
    contact.request->due = contact.plan_start + (skip ? 0 : contact.request->lasts);
  } else if (skip && !contact.steps.empty()) {
    contact.steps.front().due = contact.plan_start;
  }
}

void NaiveRouter::Arrive(NaiveContact& contact) {
  Cause way = Cause::kRule;
  while (true) {
    if (queues_.at(contact.queue).settings.external) {
      return End(contact, EndReason::kTreated, contact.queue, way);
    }
    const routing::Destination* to = nullptr;
    const Cause why = TurnedAway(contact, &to);
    if (why == Cause::kNone) break;
    if (to == nullptr || to->queue.empty()) return SendOff(contact, to, why);
    AdoptDestination(contact, *to);
    way = why;
  }
  ++queues_.at(contact.queue).entered;
  contact.entered_at = std::max(now_, contact.not_before);
  arrivals_.Arrived(now_, contact.priority.start);
  Event& event = Emit(EventType::kQueued);
  event.contact = Keep(contact.id);
  event.queue = Keep(contact.queue);
  event.text = Keep(contact.rule);
  event.number = Position(contact);
  event.entered = true;
  AskPlace(contact);
}

std::uint64_t NaiveRouter::Position(const NaiveContact& contact) const {
  if (!InLine(contact)) return 0;
  std::uint64_t position = 1;
  for (const auto& [id, other] : contacts_) {
    if (InLine(other) && other.queue == contact.queue && ServedBefore(other, contact)) ++position;
  }
  return position;
}

bool NaiveRouter::Full(const NaiveContact& contact) const {
  const auto& most = queues_.at(contact.queue).settings.max_waiting;
  return most.has_value() && static_cast<std::int64_t>(Waiting(contact.queue, &contact)) >= *most;
}

bool NaiveRouter::SomeoneEligible(const NaiveContact& contact) const {
  return InLine(contact) && std::any_of(agents_.begin(), agents_.end(), [&](const auto& entry) {
           return Eligible(entry.second, contact);
         });
}

// ---- Update, replan, cancel -------------------------------------------------------------------

Outcome NaiveRouter::Update(const routing::UpdateContact& command) {
  if (!WellFormed(command, now_)) return Outcome::kInvalidArgument;
  const auto found = contacts_.find(command.contact);
  if (found == contacts_.end()) return Outcome::kUnknownContact;
  NaiveContact& contact = found->second;
  if (!contact.waiting()) return Outcome::kWrongState;
  for (const routing::Attribute& attribute : command.attributes) {
    contact.attributes[attribute.name] = attribute.value;
  }
  if (command.priority.has_value()) {
    contact.priority = *command.priority;
    contact.priority_updated = true;
  }
  if (command.labels.has_value()) {
    contact.labels = *command.labels;
    AskPlace(contact);
  }
  if (command.virtual_arrival.has_value()) {
    contact.arrival = *command.virtual_arrival;
    AskPlace(contact);
  }
  if (command.requirement.has_value()) {
    EndRequest(contact);
    contact.requirement = *command.requirement;
    RequirementChanged(contact);
  }
  if (command.replan) {
    Replan(contact);
  } else if (!command.attributes.empty()) {
    JudgeTriggersAgain(contact);
  }
  return Outcome::kOk;
}

void NaiveRouter::Replan(NaiveContact& contact) {
  contact.replan_due = false;
  const Decision decision = Classify(contact, contact.id);
  contact.rule = std::string(decision.rule);
  const std::string old_queue = contact.queue;
  Event& event = Emit(EventType::kReplanned);
  event.contact = Keep(contact.id);
  event.text = Keep(contact.rule);
  if (decision.plan == nullptr) {
    RescindOffersOf(contact, Cause::kReplan);
    return End(contact, EndReason::kRejected, {}, Cause::kRule);
  }
  event.queue = Keep(decision.plan->queue);
  const bool treated = !decision.plan->treatment.empty();
  if (treated || queues_.at(decision.plan->queue).settings.external) {
    const std::string treatment = treated ? decision.plan->treatment : decision.plan->queue;
    RescindOffersOf(contact, Cause::kReplan);
    contact.queue = treated ? contact.queue : decision.plan->queue;
    return End(contact, EndReason::kTreated, treatment, Cause::kRule);
  }
  AdoptPlan(contact, std::make_shared<Plan>(*decision.plan));
  if (!contact.request.has_value()) {
    MakeRequest(contact, {});
  } else if (contact.request->only) {
    contact.requirement = {};
  }
  JudgeBase(contact);
  if (!contact.priority_updated) contact.priority = contact.plan->priority;
  if (contact.queue != old_queue) {
    event.entered = true;
    ++queues_.at(contact.queue).entered;
    contact.entered_at = std::max(now_, contact.not_before);
  }
  RequirementChanged(contact);
}

void NaiveRouter::RequirementChanged(NaiveContact& contact) {
  if (contact.state != ContactState::kQueued) return;
  JudgeExclusion(contact);
  AskPlace(contact);
}

Outcome NaiveRouter::Cancel(const routing::CancelContact& command) {
  const auto found = contacts_.find(command.contact);
  if (found == contacts_.end()) return Outcome::kUnknownContact;
  NaiveContact& contact = found->second;
  if (!contact.waiting()) return Outcome::kWrongState;
  RescindOffersOf(contact, command.by_customer ? Cause::kAbandoned : Cause::kCanceled);
  End(contact, command.by_customer ? EndReason::kAbandoned : EndReason::kCanceled, {},
      Cause::kNone);
  return Outcome::kOk;
}

// ---- The end ----------------------------------------------------------------------------------

// `contact` may be forgotten by this: it is the last thing done with it.
void NaiveRouter::End(NaiveContact& contact, EndReason reason, std::string_view treatment,
                      Cause cause, std::string_view agent) {
  Event& event = Emit(EventType::kEnded);
  event.contact = Keep(contact.id);
  event.queue = Keep(contact.queue);
  event.agent = Keep(agent);
  event.text = Keep(treatment);
  event.reason = reason;
  event.cause = cause;
  if (reason == EndReason::kCompleted) {
    event.duration = now_ - contact.assigned_at;
    event.hold = HoldTimeOf(contact);
  }
  if (reason == EndReason::kAbandoned) {
    event.duration = WaitOf(contact);
    event.in_time = IsInTime(queues_.at(contact.queue), event.duration);
  }
  if (!contact.queue.empty()) {
    NaiveQueue& queue = queues_.at(contact.queue);
    ++queue.ended[static_cast<std::size_t>(reason)];
    if (reason == EndReason::kAbandoned) {
      RecordFact(queue, WaitOf(contact), /*assigned=*/false);
      queue.patience.Happened(now_);
      patience_.Happened(now_);
    }
  }
  contact.state = ContactState::kEnded;
  contact.end_reason = reason;
  contact.agent.clear();
  contact.lease_until = 0;
  contact.bars.clear();
  contact.request.reset();
  contact.replan_due = false;
  if (reason == EndReason::kAbandoned) BecomeResumable(contact);
  ended_.push_back(contact.id);
  while (ended_.size() > limits_.ended_contacts) {
    const std::string oldest = ended_.front();
    Forget(oldest);
  }
}

void NaiveRouter::RecordFact(NaiveQueue& queue, routing::DurationNs wait, bool assigned) {
  std::erase_if(queue.facts,
                [&](const NaiveFact& fact) { return fact.time < now_ - queue.settings.window; });
  queue.facts.push_back({now_, assigned, IsInTime(queue, wait)});
}

bool NaiveRouter::IsInTime(const NaiveQueue& queue, routing::DurationNs wait) {
  return wait <= queue.settings.service_level.within;
}

void NaiveRouter::Forget(const std::string& contact) {
  contacts_.erase(contact);
  std::erase(ended_, contact);
}

}  // namespace strowger::model
