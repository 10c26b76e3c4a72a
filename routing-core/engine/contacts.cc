// Transitions of contacts: submission, update, cancellation, the end.
#include <algorithm>
#include <utility>

#include "routing-core/engine/check.h"
#include "routing-core/engine/engine.h"
#include "routing-core/engine/form.h"

namespace strowger::routing {

ContactSlot Router::Engine::ContactNamed(std::string_view id) const {
  const auto found = contacts_by_id_.find(id);
  return found == contacts_by_id_.end() ? kNoSlot : *found;
}

Result Router::Engine::CheckSubmit(const SubmitContact& command) const {
  if (Result result = CheckForm(command, now_); !result.ok()) return result;
  if (!command.requested.agent.empty() && AgentNamed(command.requested.agent) == kNoSlot) {
    return {Outcome::kUnknownAgent, "requested_agent"};
  }
  if (command.plan) {
    if (Result result = CheckPlanQueues(*command.plan); !result.ok()) return result;
  }
  const ContactSlot known = ContactNamed(command.contact);
  if (known != kNoSlot && contacts_[known].state != ContactState::kEnded) {
    return {Outcome::kAlreadyExists, "contact"};
  }
  if (live_count_ >= limits_.contacts) return {Outcome::kOverLimit, "contacts"};
  if (channels_.Find(command.channel) == kNoSlot && channels_.size() >= kMaxChannels) {
    return {Outcome::kOverLimit, "channel"};
  }
  return {};
}

// What the submission brings that may be refused: interned, and its data encoded. Refused: nothing
// has changed.
Result Router::Engine::TakeIn(const SubmitContact& command, Submission& taken) {
  if (Result result = CheckSubmit(command); !result.ok()) return result;
  ViewAttributes(command.attributes, update_scratch_);
  data_scratch_.clear();
  EncodeContactData(command.contact, command.location,
                    command.resume ? std::string_view(command.resume->key) : std::string_view(),
                    update_scratch_.views, data_scratch_);
  if (data_scratch_.size() > kMaxContactBytes) return {Outcome::kInvalidArgument, "attributes"};

  taken.labels = InternLabels(command.labels);
  if (taken.labels == kNoSlot) return {Outcome::kOverLimit, "labels"};
  taken.resumed = ResumedBy(command);
  taken.arrival = taken.resumed == kNoSlot ? command.virtual_arrival.value_or(now_)
                                           : contacts_[taken.resumed].arrival;
  if (!command.plan) return {};
  taken.plan = InternPlan(*command.plan);
  if (taken.plan != kNoSlot) return {};
  label_sets_.Release(taken.labels);
  return {Outcome::kOverLimit, "plan"};
}

void Router::Engine::TakePlanOf(const Decision& decision, Submission& taken) {
  if (decision.plan == nullptr) return;
  taken.plan = rule_plans_.at(decision.plan);
  ReferPlan(taken.plan);
}

Result Router::Engine::Submit(const SubmitContact& command) {
  Submission taken;
  if (Result result = TakeIn(command, taken); !result.ok()) return result;
  Decision decision;
  if (!command.plan) decision = DecisionOn(command, taken.arrival);
  TakePlanOf(decision, taken);
  const std::uint32_t rule = decision.rule.empty() ? kNoSlot : names_.Intern(decision.rule);
  if (taken.resumed != kNoSlot) ForgetResumable(taken.resumed);
  const ContactSlot slot = AddContact(command, taken, rule);
  if (const auto ending = EndingByPlan(taken.plan)) {
    End(slot, ending->reason, ending->treatment, ending->cause);
    return {};
  }
  if (!Admit(slot, Cause::kRule, false)) return {};
  ComeTo(slot, contacts_[slot].queue);
  ++queues_[contacts_[slot].queue].entered;
  if (contacts_[slot].wait_base <= now_) EnterLine(slot);
  ++queued_count_;
  arrivals_.Arrived(now_, contacts_[slot].start);
  newcomer_ = slot;
  Event& event = EmitContact(EventType::kQueued, slot);
  event.queue = Keep(names_.name(queues_[contacts_[slot].queue].name));
  event.number = Position(slot);
  event.text = Keep(NameOr(rule));
  event.entered = true;
  if (contacts_[slot].line == kNoSlot) {
    SetContactDeadline(slot, DeadlineKind::kNotBefore, contacts_.Change(slot).not_before_deadline,
                       contacts_[slot].not_before);
  }
  ArmPlan(slot, true);
  AskForPlacement(slot);
  return {};
}

// What a plan says that queues nobody, and no plan at all.
std::optional<Router::Engine::Ending> Router::Engine::EndingByPlan(PlanSlot plan) const {
  if (plan == kNoSlot) return Ending{EndReason::kRejected, {}, Cause::kRule};
  const std::string& treatment = plans_[plan].plan->treatment;
  if (treatment.empty()) return std::nullopt;
  return Ending{EndReason::kTreated, treatment, Cause::kRule};
}

ContactSlot Router::Engine::AddContact(const SubmitContact& command, const Submission& taken,
                                       std::uint32_t rule) {
  const ContactSlot ended = ContactNamed(command.contact);
  if (ended != kNoSlot) Forget(ended);
  const ContactSlot slot = contacts_.Take();
  contacts_.Change(slot).number = ++contacts_seen_;
  contacts_.Change(slot).rule = rule;
  Describe(slot, command, taken);
  contacts_by_id_.insert(slot);
  ++live_count_;
  return slot;
}

// Fills in what does not depend on where the contact goes; counted nowhere.
void Router::Engine::Describe(ContactSlot slot, const SubmitContact& command,
                              const Submission& taken) {
  ContactRecord& contact = contacts_.Change(slot);
  contact.id_bytes = static_cast<std::uint8_t>(command.contact.size());
  contact.data = bytes_.Allocate(static_cast<std::uint32_t>(data_scratch_.size()));
  std::copy(data_scratch_.begin(), data_scratch_.end(), contact.data.data);
  contact.arrival = taken.arrival;
  contact.not_before = command.not_before && *command.not_before > now_ ? *command.not_before : 0;
  contact.wait_base = std::max(contact.arrival, contact.not_before);
  contact.plan_start = std::max(now_, contact.not_before);
  contact.plan_turn = turn_;
  contact.channel = ChannelNamed(command.channel);
  contact.labels = taken.labels;
  contact.plan = taken.plan;
  if (taken.plan == kNoSlot) return;
  const PlanRecord& record = plans_[taken.plan];
  contact.queue = contact.base_queue = record.queue;
  if (record.requirement != kNoSlot) eligibility_.Refer(record.requirement);
  contact.requirement = record.requirement;
  contact.ranks = record.ranks;
  SetPriority(slot, command.priority.value_or(record.plan->priority));
  MakeRequest(slot, command.requested, record.plan->requested);
}

ContactFacts Router::Engine::FactsOf(ContactSlot slot, AttributeViews& scratch) const {
  const ContactRecord& contact = contacts_[slot];
  DecodeAttributes(contact.data.view(), contact.id_bytes, scratch);
  ContactFacts facts;
  facts.id = IdOf(contact);
  facts.channel = channels_.name(contact.channel);
  facts.location = LocationOf(contact.data.view(), contact.id_bytes);
  facts.attributes = scratch.views;
  facts.arrival = contact.arrival;
  facts.attempt = contact.attempt;
  return facts;
}

Result Router::Engine::Update(const UpdateContact& command) {
  if (Result result = CheckForm(command, now_); !result.ok()) return result;
  const ContactSlot slot = ContactNamed(command.contact);
  if (slot == kNoSlot) return {Outcome::kUnknownContact, "contact"};
  const ContactState state = contacts_[slot].state;
  if (state != ContactState::kQueued && state != ContactState::kOffered) {
    return {Outcome::kWrongState, "contact"};
  }
  RequirementId requirement = kNoSlot;
  LabelSetId labels = kNoLabels;
  if (Result r = TakeIn(slot, command, requirement, labels); !r.ok()) return r;
  const bool in_line = contacts_[slot].line != kNoSlot;
  LeaveLine(slot);
  if (command.priority) {
    SetPriority(slot, *command.priority);
    contacts_.Change(slot).priority_updated = true;
  }
  if (command.virtual_arrival) {
    LeaveQueue(slot);
    ContactRecord& contact = contacts_.Change(slot);
    contact.arrival = *command.virtual_arrival;
    contact.wait_base = std::max(contact.arrival, contact.not_before);
    EnterQueue(slot, contact.queue);
    ReplanLater(slot);
  }
  if (requirement != kNoSlot) {
    EndRequest(slot);
    SetRequirement(slot, requirement);
  }
  if (command.labels) {
    label_sets_.Release(contacts_[slot].labels);
    contacts_.Change(slot).labels = labels;
  }
  if (in_line) EnterLine(slot);
  if (requirement != kNoSlot) JudgeExclusion(slot);
  // Earlier in the queue it may be old enough for an agent.
  if (requirement != kNoSlot || command.virtual_arrival || command.labels) AskForPlacement(slot);
  if (command.replan) {
    Replan(slot);
  } else if (!command.attributes.empty()) {
    JudgePendingSteps(slot);
    if (contacts_[slot].state == ContactState::kQueued) LookAtOverflowSoon(slot);
  }
  return {};
}

// What the update brings that may be refused: interned, and the attributes merged. Refused: nothing
// has changed.
Result Router::Engine::TakeIn(ContactSlot slot, const UpdateContact& command,
                              RequirementId& requirement, LabelSetId& labels) {
  if (command.requirement) {
    requirement = InternRequirement(*command.requirement);
    if (requirement == kNoSlot) return {Outcome::kOverLimit, "requirement"};
  }
  if (command.labels) labels = InternLabels(*command.labels);
  if (labels != kNoSlot && MergeAttributes(slot, command)) return {};
  if (requirement != kNoSlot) eligibility_.Release(requirement);
  if (labels == kNoSlot) return {Outcome::kOverLimit, "labels"};
  label_sets_.Release(labels);
  return {Outcome::kInvalidArgument, "attributes"};
}

LabelSetId Router::Engine::InternLabels(const std::vector<std::string>& labels) {
  const LabelSetId id = label_sets_.Intern(labels);
  if (id != kNoSlot) return id;
  SweepIdleLines();  // which are kept only in case they come again
  return label_sets_.Intern(labels);
}

// False, and nothing changed, when the result would be too large.
bool Router::Engine::MergeAttributes(ContactSlot slot, const UpdateContact& command) {
  if (command.attributes.empty()) return true;
  ContactRecord& contact = contacts_.Change(slot);
  DecodeAttributes(contact.data.view(), contact.id_bytes, views_scratch_);
  ViewAttributes(command.attributes, update_scratch_);
  for (const AttributeView& given : update_scratch_.views) {
    const auto old = std::find_if(views_scratch_.views.begin(), views_scratch_.views.end(),
                                  [&](const AttributeView& v) { return v.name == given.name; });
    if (old == views_scratch_.views.end()) {
      views_scratch_.views.push_back(given);
    } else {
      *old = given;
    }
  }
  data_scratch_.clear();
  EncodeContactData(IdOf(contact), LocationOf(contact.data.view(), contact.id_bytes),
                    ResumeKeyOf(contact.data.view(), contact.id_bytes), views_scratch_.views,
                    data_scratch_);
  if (data_scratch_.size() > kMaxContactBytes || views_scratch_.views.size() > kMaxAttributes) {
    return false;
  }
  contacts_by_id_.erase(slot);
  bytes_.Free(contact.data);
  contact.data = bytes_.Allocate(static_cast<std::uint32_t>(data_scratch_.size()));
  std::copy(data_scratch_.begin(), data_scratch_.end(), contact.data.data);
  contacts_by_id_.insert(slot);
  return true;
}

void Router::Engine::Replan(ContactSlot slot) {
  contacts_.Change(slot).replan_due = false;
  const bool in_line = contacts_[slot].line != kNoSlot;
  LeaveLine(slot);
  LeaveQueue(slot);
  const bool offered = contacts_[slot].state == ContactState::kOffered;
  if (offered) --queues_[contacts_[slot].queue].offered;
  const Decision decision = Classify(FactsOf(slot, views_scratch_), contacts_[slot].data.view(),
                                     contacts_[slot].number, true);
  EnterQueue(slot, contacts_[slot].queue);
  if (offered) ++queues_[contacts_[slot].queue].offered;
  Disarm(slot);

  const PlanSlot plan = decision.plan == nullptr ? kNoSlot : rule_plans_.at(decision.plan);
  const QueueSlot queue = plan == kNoSlot ? kNoSlot : plans_[plan].queue;
  contacts_.Change(slot).rule = decision.rule.empty() ? kNoSlot : names_.Intern(decision.rule);
  Event& event = EmitContact(EventType::kReplanned, slot);
  event.queue = queue == kNoSlot ? std::string_view() : Keep(names_.name(queues_[queue].name));
  event.text = Keep(decision.rule);
  if (queue == kNoSlot || queues_[queue].settings.external) {
    RescindAll(slot, Cause::kReplan);
    if (plan == kNoSlot) return End(slot, EndReason::kRejected, {}, Cause::kRule);
    if (queue == kNoSlot) {
      return End(slot, EndReason::kTreated, plans_[plan].plan->treatment, Cause::kRule);
    }
    LeaveLine(slot);
    LeaveQueue(slot);
    --queued_count_;
    contacts_.Change(slot).queue = queue;
    return End(slot, EndReason::kTreated, queues_[queue].settings.name, Cause::kRule);
  }
  ReferPlan(plan);
  ContactRecord& contact = contacts_.Change(slot);
  if (contact.plan != kNoSlot) ReleasePlan(contact.plan);
  contact.plan = plan;
  ForgetVisits(slot);
  contact.base_queue = queue;
  contact.step_taken = contact.steps_passed = contact.steps_due = contact.prefer_of = 0;
  contact.overflow_due = contact.overflow_spent = 0;
  contact.ranks = plans_[plan].ranks;
  contact.plan_start = std::max(now_, contact.not_before);
  contact.plan_turn = turn_;
  if (queue != contact.queue) ChangeQueue(slot, queue);
  const bool alone = contact.request != kNoSlot && requests_[contact.request].only;
  const RequirementId requirement = alone ? anyone_ : plans_[plan].requirement;
  eligibility_.Refer(requirement);
  SetRequirement(slot, requirement);
  if (contact.request == kNoSlot) MakeRequest(slot, {}, plans_[plan].plan->requested);
  if (!contact.priority_updated) SetPriority(slot, plans_[plan].plan->priority);
  if (in_line) EnterLine(slot);
  ArmPlan(slot, true);
  JudgeExclusion(slot);
  AskForPlacement(slot);
}

Result Router::Engine::Cancel(const CancelContact& command) {
  if (Result result = CheckForm(command); !result.ok()) return result;
  const ContactSlot slot = ContactNamed(command.contact);
  if (slot == kNoSlot) return {Outcome::kUnknownContact, "contact"};
  const ContactState state = contacts_[slot].state;
  if (state != ContactState::kQueued && state != ContactState::kOffered) {
    return {Outcome::kWrongState, "contact"};
  }
  const Cause cause = command.by_customer ? Cause::kAbandoned : Cause::kCanceled;
  RescindAll(slot, cause);
  if (!command.by_customer) {
    End(slot, EndReason::kCanceled, {}, Cause::kNone);
    return {};
  }
  QueueRecord& queue = queues_[contacts_[slot].queue];
  const DurationNs wait = std::max<DurationNs>(0, now_ - contacts_[slot].wait_base);
  const bool in_time = wait <= queue.settings.service_level.within;
  queue.window.Add(now_, in_time ? kAbandonedInTime : kAbandonedLate, 1);
  CountGivenUp(contacts_[slot].queue);
  const std::size_t ended_event = events_->size();
  End(slot, EndReason::kAbandoned, {}, Cause::kNone);
  (*events_)[ended_event].duration = wait;
  (*events_)[ended_event].in_time = in_time;
  return {};
}

// The one way out. The contact has no hold any more, or is not yet in a queue.
void Router::Engine::End(ContactSlot slot, EndReason reason, std::string_view treatment,
                         Cause cause) {
  Event& event = EmitContact(EventType::kEnded, slot);
  event.reason = reason;
  event.cause = cause;
  event.text = Keep(treatment);
  LeaveLine(slot);
  EndMeasuring(slot, false);
  if (contacts_[slot].in_queue) {
    LeaveQueue(slot);
    --queued_count_;
  }
  Disarm(slot);
  DropBars(slot);
  EndRequest(slot);
  Unwatch(slot);
  ForgetVisits(slot);
  ContactRecord& contact = contacts_.Change(slot);
  contact.replan_due = false;
  deadlines_.Cancel(contact.not_before_deadline);
  if (contact.queue != kNoSlot) {
    event.queue = Keep(names_.name(queues_[contact.queue].name));
    ++queues_[contact.queue].ended[static_cast<int>(reason)];
  }
  if (contact.plan != kNoSlot) ReleasePlan(contact.plan);
  contact.plan = kNoSlot;
  SetRequirement(slot, kNoSlot);
  contact.state = ContactState::kEnded;
  contact.step_taken = contact.steps_passed = contact.steps_due = contact.prefer_of = 0;
  contact.ranks = RankTerms{};
  EndRecord end{.at = now_, .treatment = {}, .reason = reason, .cause = cause};
  if (!event.text.empty()) {
    end.treatment = bytes_.Allocate(static_cast<std::uint32_t>(event.text.size()));
    std::copy(event.text.begin(), event.text.end(), end.treatment.data);
  }
  if (reason == EndReason::kAbandoned) BecomeResumable(slot);
  --live_count_;
  Remember(slot, end);
}

const EndRecord& Router::Engine::EndOf(const ContactRecord& contact) const {
  static constexpr EndRecord kNone;
  return contact.end == kNoSlot ? kNone : ends_[contact.end];
}

void Router::Engine::Remember(ContactSlot slot, EndRecord end) {
  end.previous = newest_ended_;
  end.next = kNoSlot;
  const EndSlot place = ends_.Take();
  ends_.Change(place) = end;
  contacts_.Change(slot).end = place;
  if (newest_ended_ != kNoSlot) ends_.Change(contacts_[newest_ended_].end).next = slot;
  newest_ended_ = slot;
  if (oldest_ended_ == kNoSlot) oldest_ended_ = slot;
  ++ended_count_;
  if (ended_count_ > limits_.ended_contacts) Forget(oldest_ended_);
}

void Router::Engine::Forget(ContactSlot slot) {
  const EndSlot place = contacts_[slot].end;
  const EndRecord end = ends_[place];
  const auto end_of = [this](ContactSlot other) -> EndRecord& {
    return ends_.Change(contacts_[other].end);
  };
  (end.previous == kNoSlot ? oldest_ended_ : end_of(end.previous).next) = end.next;
  (end.next == kNoSlot ? newest_ended_ : end_of(end.next).previous) = end.previous;
  ends_.Release(place);
  --ended_count_;
  ForgetResumable(slot);
  contacts_by_id_.erase(slot);
  bytes_.Free(contacts_[slot].data);
  bytes_.Free(end.treatment);
  label_sets_.Release(contacts_[slot].labels);
  contacts_.Release(slot);
}

}  // namespace strowger::routing
