// What time and figures do to a waiting contact: steps, overflow, wait limit.
#include <algorithm>

#include "tests/model/naive_figures.h"
#include "tests/model/naive_router.h"

namespace strowger::model {

using routing::Cause;
using routing::ContactState;
using routing::Destination;
using routing::EndReason;
using routing::Event;
using routing::EventType;
using routing::Plan;

namespace {

void Change(routing::Priority& priority, const std::optional<routing::PriorityChange>& change) {
  if (!change.has_value()) return;
  if (change->set.has_value()) {
    priority = *change->set;
  } else {
    priority.start += change->add;
  }
}

}  // namespace

bool NaiveRouter::Evaluate(const NaiveContact& contact,
                           const std::shared_ptr<const routing::Condition>& condition) const {
  if (condition == nullptr) return true;
  const Figures figures(*this, /*except=*/nullptr);
  const NaiveFacts facts(contact);
  routing::ConditionInput input;
  input.contact = &facts.facts();
  input.queue = contact.queue;
  input.now = now_;
  input.figures = &figures;
  return condition->Holds(input) == routing::Truth::kTrue;
}

// ---- Steps ------------------------------------------------------------------------------------

void NaiveRouter::FireStep(NaiveContact& contact, std::size_t index) {
  if (Evaluate(contact, contact.plan->steps[index].when)) return TakeOrSkip(contact, index);
  DropEmptyWatches();
  contact.steps[index].pending = true;
  JoinWatches(contact);
}

void NaiveRouter::TakeOrSkip(NaiveContact& contact, std::size_t index) {
  const routing::Step& step = contact.plan->steps[index];
  const NaiveContact after = AfterStep(contact, step);
  const bool skip =
      step.skip_if_empty && step.requirement.has_value() && AddsNobody(contact, after);
  Event& event = Emit(skip ? EventType::kStepSkipped : EventType::kStep);
  event.contact = Keep(contact.id);
  event.text = Keep(step.id);
  contact.steps_passed = index + 1;
  if (skip) {
    if (index + 1 < contact.steps.size() && !contact.steps[index + 1].pending) {
      contact.steps[index + 1].due = now_;
    }
    return;
  }
  contact.step = step.id;
  if (after.queue != contact.queue) {
    event.queue = Keep(after.queue);
    event.entered = true;
    ++queues_.at(after.queue).entered;
    contact.entered_at = std::max(now_, contact.not_before);
  }
  if (step.requirement.has_value()) EndRequest(contact);
  contact.requirement = after.requirement;
  contact.ranks = after.ranks;
  contact.lift = after.lift;
  contact.prefer = after.prefer;
  contact.priority = after.priority;
  const bool comes = contact.queue != after.queue;
  contact.queue = after.queue;
  RequirementChanged(contact);
  if (comes) {
    JoinWatchesHere(contact);
  } else {
    JoinWatches(contact);
  }
}

// The contact's attributes changed, and with them perhaps what its conditions say.
void NaiveRouter::JudgeTriggersAgain(NaiveContact& contact) {
  for (std::size_t i = contact.steps_passed; i < contact.steps.size(); ++i) {
    if (!contact.steps[i].pending) continue;
    if (Evaluate(contact, contact.plan->steps[i].when)) TakeOrSkip(contact, i);
  }
  RecheckOverflow(contact);
}

void NaiveRouter::RecheckOverflow(NaiveContact& contact) {
  for (const NaiveOverflow& overflow : contact.overflow) {
    if (overflow.due <= now_ && !overflow.spent) contact.overflow_recheck = now_;
  }
}

// The contact with what the step names replaced.
NaiveContact NaiveRouter::AfterStep(const NaiveContact& contact, const routing::Step& step) const {
  NaiveContact after = contact;
  if (step.requirement.has_value()) {
    after.request.reset();
    after.requirement = *step.requirement;
  }
  if (step.ranks.has_value()) {
    if (step.ranks->low.has_value()) after.ranks.low = step.ranks->low;
    if (step.ranks->high.has_value()) after.ranks.high = step.ranks->high;
    if (after.ranks.high.has_value()) *after.ranks.high += step.ranks->raise;
  }
  if (step.lift.has_value()) after.lift = step.lift;
  after.prefer = step.prefer.value_or(contact.prefer);
  Change(after.priority, step.priority);
  const auto target = queues_.find(step.queue);
  if (target != queues_.end() && !target->second.retired) after.queue = step.queue;
  return after;
}

bool NaiveRouter::AddsNobody(const NaiveContact& before, const NaiveContact& after) const {
  return std::none_of(agents_.begin(), agents_.end(), [&](const auto& entry) {
    return Reaches(after, entry.second) && !Reaches(before, entry.second);
  });
}

// A contact taken from its agent waits again: what is left of its plan starts now.
void NaiveRouter::RearmTriggers(NaiveContact& contact) {
  contact.plan_start = now_;
  contact.planned = turn_;
  for (std::size_t i = contact.steps_passed; i < contact.steps.size(); ++i) {
    contact.steps[i] = {now_ + contact.plan->steps[i].after, /*pending=*/false};
  }
  for (std::size_t i = 0; i < contact.overflow.size(); ++i) {
    if (contact.overflow[i].spent) continue;
    contact.overflow[i] = {now_ + contact.plan->overflow[i].after, false, false, false};
  }
  if (contact.wait_limit_due.has_value()) {
    contact.wait_limit_due = now_ + contact.plan->wait_limit->after;
  }
}

// ---- Overflow ---------------------------------------------------------------------------------

void NaiveRouter::FireOverflow(NaiveContact& contact) {
  DropEmptyWatches();
  contact.overflow_recheck.reset();
  for (NaiveOverflow& overflow : contact.overflow) {
    if (overflow.due <= now_) overflow.came_due = true;
  }
  if (contact.state != ContactState::kQueued) return;
  for (std::size_t i = 0; i < contact.overflow.size(); ++i) {
    if (!contact.overflow[i].came_due || contact.overflow[i].spent) continue;
    if (!Evaluate(contact, contact.plan->overflow[i].when)) {
      contact.overflow[i].pending = true;
    } else if (Leave(contact, i)) {
      return;
    }
  }
  JoinWatches(contact);
}

// True when the contact has left its queue; then its old plan, and maybe the contact, are gone.
bool NaiveRouter::Leave(NaiveContact& contact, std::size_t index) {
  const routing::Overflow overflow = contact.plan->overflow[index];
  if (!overflow.to.treatment.empty()) {
    End(contact, EndReason::kTreated, overflow.to.treatment, Cause::kOverflow);
    return true;
  }
  if (!MayEnter(contact, overflow.to.queue)) {
    contact.overflow[index].spent = true;
    contact.overflow[index].pending = false;
    return false;
  }
  GoTo(contact, overflow.to, overflow.id, Cause::kOverflow);
  return true;
}

bool NaiveRouter::MayEnter(const NaiveContact& contact, const std::string& queue) const {
  const auto found = queues_.find(queue);
  return found != queues_.end() && !found->second.retired && queue != contact.queue &&
         std::find(contact.queues_entered.begin(), contact.queues_entered.end(), queue) ==
             contact.queues_entered.end();
}

// Why its queue does not take the contact; kNone: it does. `to`: where it goes instead, null:
// nowhere.
Cause NaiveRouter::TurnedAway(const NaiveContact& contact, const Destination** to) const {
  const NaiveQueue& queue = queues_.at(contact.queue);
  const auto possible = [&](const Destination& where) {
    return where.queue.empty() || MayEnter(contact, where.queue);
  };
  const auto& when_empty = queue.settings.when_empty;
  const bool at_once = when_empty.has_value() && when_empty->after == 0 && when_empty->grace == 0;
  if (at_once && InLine(contact) && Nobody(contact, when_empty->nobody) &&
      possible(when_empty->to)) {
    *to = &when_empty->to;
    return Cause::kQueueEmpty;
  }
  if (!queue.closed && (SomeoneEligible(contact) || !Full(contact))) return Cause::kNone;
  const auto& when_full = queue.settings.when_full;
  if (when_full.has_value() && possible(*when_full)) *to = &*when_full;
  return Cause::kQueueFull;
}

// Out of routing: to a treatment, or to nowhere.
void NaiveRouter::SendOff(NaiveContact& contact, const Destination* to, Cause why) {
  const std::string treatment = to == nullptr ? std::string() : to->treatment;
  End(contact, treatment.empty() ? EndReason::kRejected : EndReason::kTreated, treatment, why);
}

// The plan that a destination makes. Attempts, bars and the queues entered so far stay.
void NaiveRouter::AdoptDestination(NaiveContact& contact, const Destination& to) {
  EndRequest(contact);
  Plan plan;
  plan.queue = to.queue;
  if (to.requirement.has_value()) {
    plan.requirement = *to.requirement;
  } else if (to.keep_requirement) {
    plan.requirement = contact.requirement;
  }
  if (to.keep_requirement) {
    plan.ranks = contact.ranks;
    plan.lift = contact.lift;
  }
  std::vector<std::string> entered = contact.queues_entered;
  entered.push_back(contact.queue);
  entered.push_back(to.queue);
  AdoptPlan(contact, std::make_shared<Plan>(plan));
  contact.queues_entered = entered;
  Change(contact.priority, to.priority);
}

void NaiveRouter::GoTo(NaiveContact& contact, const Destination& first, std::string_view overflow,
                       Cause way) {
  const Destination* to = &first;
  bool first_of_chain = true;
  while (true) {
    const std::string from = contact.queue;
    AdoptDestination(contact, *to);
    Event& event = Emit(EventType::kOverflowed);
    event.contact = Keep(contact.id);
    event.queue = Keep(from);
    event.to_queue = Keep(contact.queue);
    event.text = Keep(overflow);
    if (first_of_chain && way != Cause::kOverflow) event.cause = way;
    ++queues_.at(from).overflowed;
    if (queues_.at(contact.queue).settings.external) {
      return End(contact, EndReason::kTreated, contact.queue, way);
    }
    to = nullptr;
    const Cause why = TurnedAway(contact, &to);
    if (why == Cause::kNone) break;
    if (to == nullptr || to->queue.empty()) return SendOff(contact, to, why);
    overflow = {};
    way = why;
    first_of_chain = false;
  }
  events_->back().entered = true;
  ++queues_.at(contact.queue).entered;
  contact.entered_at = std::max(now_, contact.not_before);
  RequirementChanged(contact);
}

// ---- Wait limit -------------------------------------------------------------------------------

void NaiveRouter::FireWaitLimit(NaiveContact& contact) {
  RescindOffersOf(contact, Cause::kWaitLimit);
  const std::string treatment = contact.plan->wait_limit->treatment;
  End(contact, treatment.empty() ? EndReason::kExpired : EndReason::kTreated, treatment,
      Cause::kWaitLimit);
}

}  // namespace strowger::model
