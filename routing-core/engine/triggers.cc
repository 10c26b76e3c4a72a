// What happens to a contact while it waits: its not_before, its steps, its overflow, its wait
// limit.
#include <algorithm>
#include <string>

#include "routing-core/engine/engine.h"

namespace strowger::routing {

void Router::Engine::SetContactDeadline(ContactSlot slot, DeadlineKind kind,
                                        Deadlines::Handle& handle, TimeNs time) {
  const ContactRecord& contact = contacts_[slot];
  Deadline deadline;
  deadline.time = std::max(time, now_);
  deadline.turn = contact.plan_turn;
  deadline.kind = kind;
  deadline.number = contact.number;
  deadline.target = slot;
  deadlines_.Cancel(handle);
  handle = deadlines_.Set(deadline);
}

// `made`: the plan is new, not taken up again after handling.
void Router::Engine::ArmPlan(ContactSlot slot, bool made) {
  ContactRecord& contact = contacts_.Change(slot);
  if (contact.plan == kNoSlot) return;
  const Plan& plan = *plans_[contact.plan].plan;
  const bool skip_base = made && plan.skip_if_empty && ReachesNobody(contact);
  const bool wish_ends = contact.request != kNoSlot && requests_[contact.request].lasts != kNever;
  if (wish_ends) {
    Request& wish = requests_.Change(contact.request);
    SetContactDeadline(slot, DeadlineKind::kRequest, wish.deadline,
                       contact.plan_start + (skip_base ? 0 : wish.lasts));
  }
  if (skip_base && !wish_ends && !plan.steps.empty()) {
    SetContactDeadline(slot, DeadlineKind::kStep, contact.step_deadline, contact.plan_start);
  } else {
    ArmStep(slot, now_);
  }
  ArmOverflow(slot);
  if (plan.wait_limit) {
    SetContactDeadline(slot, DeadlineKind::kWaitLimit, contact.wait_limit_deadline,
                       contact.plan_start + plan.wait_limit->after);
  }
}

// Nothing of the plan is to come any more, or not now. A not_before is no part of it.
void Router::Engine::Disarm(ContactSlot slot) {
  ContactRecord& contact = contacts_.Change(slot);
  deadlines_.Cancel(contact.step_deadline);
  if (contact.request != kNoSlot) deadlines_.Cancel(requests_.Change(contact.request).deadline);
  deadlines_.Cancel(contact.overflow_deadline);
  deadlines_.Cancel(contact.wait_limit_deadline);
  LeaveWatches(slot);
}

void Router::Engine::NotBeforeReached(ContactSlot slot) {
  EnterLine(slot);
  TouchVigil(slot);
  AskForPlacement(slot);
}

bool Router::Engine::ReachesNobody(const ContactRecord& contact) const {
  for (std::size_t word = 0; word < logged_in_.words(); ++word) {
    if (logged_in_.word(word) != 0 && AskedWord(word, contact) != 0) return false;
  }
  return true;
}

// No logged-in agent is reached by `wider` whom the contact does not ask for now.
bool Router::Engine::AddsNobody(const Reach& wider, const ContactRecord& contact) const {
  for (std::size_t word = 0; word < logged_in_.words(); ++word) {
    if (logged_in_.word(word) == 0) continue;
    if ((ReachedWord(word, wider) & ~AskedWord(word, contact)) != 0) return false;
  }
  return true;
}

Truth Router::Engine::TruthOf(const Condition& condition, ContactSlot slot,
                              const FigureSource& figures) const {
  const ContactFacts facts = FactsOf(slot, views_scratch_);
  ConditionInput input;
  input.contact = &facts;
  input.queue = names_.name(queues_[contacts_[slot].queue].name);
  input.now = now_;
  input.figures = &figures;
  return condition.Holds(input);
}

bool Router::Engine::ConditionHolds(const Condition& condition, ContactSlot slot) {
  const Truth truth = TruthOf(condition, slot, *this);
  if (truth == Truth::kError) ++condition_errors_;
  return truth == Truth::kTrue;
}

// ---- Steps ------------------------------------------------------------------------------------

void Router::Engine::ArmStep(ContactSlot slot, TimeNs at_least) {
  ContactRecord& contact = contacts_.Change(slot);
  const std::vector<Step>& steps = plans_[contact.plan].plan->steps;
  if (contact.steps_due >= steps.size()) return;
  SetContactDeadline(slot, DeadlineKind::kStep, contact.step_deadline,
                     std::max(contact.plan_start + steps[contact.steps_due].after, at_least));
}

void Router::Engine::StepDue(ContactSlot slot) {
  const std::uint8_t index = contacts_.Change(slot).steps_due++;
  const Step& step = plans_[contacts_[slot].plan].plan->steps[index];
  if (step.when == nullptr || ConditionHolds(*step.when, slot)) {
    TakeOrSkip(slot, index);
  } else {
    JoinWatch(slot, step.when, true, index);
  }
  if (contacts_[slot].step_deadline == kNoSlot) ArmStep(slot, now_);
}

// What taking the step would make of the reach before it.
Reach Router::Engine::ReachAfter(const PlanRecord& plan, std::uint8_t index, Reach reach) const {
  const Step& step = plan.plan->steps[index];
  if (plan.step_requirements[index] != kNoSlot) reach.requirement = plan.step_requirements[index];
  const QueueSlot queue = plan.step_queues[index];
  if (queue != kNoSlot && !queues_[queue].retired) reach.queue = queue;
  RankTerms& ranks = reach.ranks;
  if (step.ranks) {
    if (step.ranks->low) ranks.low = static_cast<std::int32_t>(*step.ranks->low);
    if (step.ranks->high) ranks.high = static_cast<std::int32_t>(*step.ranks->high);
    if (ranks.high != RankTerms::kHighest) {
      ranks.high += static_cast<std::int32_t>(step.ranks->raise);
    }
  }
  if (step.lift) ranks.lift = static_cast<std::int32_t>(*step.lift);
  return reach;
}

bool Router::Engine::IsSkipped(const ContactRecord& contact, std::uint8_t index) const {
  const PlanRecord& plan = plans_[contact.plan];
  const Step& step = plan.plan->steps[index];
  return step.skip_if_empty && step.requirement &&
         AddsNobody(ReachAfter(plan, index, ReachOf(contact)), contact);
}

void Router::Engine::TakeOrSkip(ContactSlot slot, std::uint8_t index) {
  ContactRecord& contact = contacts_.Change(slot);
  const PlanRecord& record = plans_[contact.plan];
  const Step& step = record.plan->steps[index];
  contact.steps_passed = static_cast<std::uint8_t>(index + 1);
  LeaveStepWatches(slot, contact.steps_passed);
  if (!IsSkipped(contact, index)) return TakeStep(slot, index);
  EmitContact(EventType::kStepSkipped, slot).text = Keep(step.id);
  const bool another = contact.steps_passed < record.plan->steps.size();
  if (another && contact.steps_passed == contact.steps_due) {
    SetContactDeadline(slot, DeadlineKind::kStep, contact.step_deadline, now_);
  }
}

void Router::Engine::TakeStep(ContactSlot slot, std::uint8_t index) {
  ContactRecord& contact = contacts_.Change(slot);
  const PlanRecord& record = plans_[contact.plan];
  const Step& step = record.plan->steps[index];
  contact.step_taken = static_cast<std::uint8_t>(index + 1);
  const Reach reach = ReachAfter(record, index, ReachOf(contact));
  Event& event = EmitContact(EventType::kStep, slot);
  event.text = Keep(step.id);
  if (reach.queue != contact.queue) event.queue = Keep(names_.name(queues_[reach.queue].name));
  const bool in_line = contact.line != kNoSlot;
  LeaveLine(slot);
  AskByStep(slot, index, reach);
  if (reach.queue != contact.queue) ChangeQueue(slot, reach.queue);
  if (in_line) EnterLine(slot);
  JudgeExclusion(slot);
  AskForPlacement(slot);
}

// The contact asks for what the step makes of it; the queue aside. It must stand in no line.
void Router::Engine::AskByStep(ContactSlot slot, std::uint8_t index, const Reach& reach) {
  ContactRecord& contact = contacts_.Change(slot);
  const PlanRecord& record = plans_[contact.plan];
  const Step& step = record.plan->steps[index];
  if (record.step_requirements[index] != kNoSlot) EndRequest(slot);
  eligibility_.Refer(reach.requirement);
  SetRequirement(slot, reach.requirement);
  contact.ranks = reach.ranks;
  if (step.prefer) contact.prefer_of = contact.step_taken;
  if (step.priority) ChangePriority(slot, *step.priority);
}

void Router::Engine::JudgePendingSteps(ContactSlot slot) {
  const ContactRecord& contact = contacts_[slot];
  if (contact.plan == kNoSlot) return;
  for (std::uint8_t index = contact.steps_passed; index < contact.steps_due; ++index) {
    const Step& step = plans_[contact.plan].plan->steps[index];
    if (ConditionHolds(*step.when, slot)) TakeOrSkip(slot, index);
  }
}

// ---- Overflow ---------------------------------------------------------------------------------

void Router::Engine::ArmOverflow(ContactSlot slot) {
  ContactRecord& contact = contacts_.Change(slot);
  const std::vector<Overflow>& overflow = plans_[contact.plan].plan->overflow;
  TimeNs next = kNever;
  for (std::size_t i = 0; i < overflow.size(); ++i) {
    if (((contact.overflow_due >> i) & 1) == 0) {
      next = std::min(next, contact.plan_start + overflow[i].after);
    }
  }
  if (next == kNever) return;
  SetContactDeadline(slot, DeadlineKind::kOverflow, contact.overflow_deadline, next);
}

void Router::Engine::LookAtOverflowSoon(ContactSlot slot) {
  ContactRecord& contact = contacts_.Change(slot);
  if ((contact.overflow_due & ~contact.overflow_spent) == 0) return;
  SetContactDeadline(slot, DeadlineKind::kOverflow, contact.overflow_deadline, now_);
}

void Router::Engine::OverflowDue(ContactSlot slot) {
  ContactRecord& contact = contacts_.Change(slot);
  const std::vector<Overflow>& overflow = plans_[contact.plan].plan->overflow;
  for (std::size_t i = 0; i < overflow.size(); ++i) {
    if (contact.plan_start + overflow[i].after <= now_) {
      contact.overflow_due = static_cast<std::uint16_t>(contact.overflow_due | (1U << i));
    }
  }
  if (contact.line != kNoSlot) {
    for (std::uint8_t i = 0; i < overflow.size(); ++i) {
      const int open = contact.overflow_due & ~contact.overflow_spent;
      if (((open >> i) & 1) == 0) continue;
      if (overflow[i].when == nullptr || ConditionHolds(*overflow[i].when, slot)) {
        if (TryOverflow(slot, i)) return;
      } else {
        JoinWatch(slot, overflow[i].when, false, i);
      }
    }
  }
  ArmOverflow(slot);
}

// True when the contact left; false when the target was known already, which spends the overflow.
bool Router::Engine::TryOverflow(ContactSlot slot, std::uint8_t index) {
  ContactRecord& contact = contacts_.Change(slot);
  const PlanRecord& record = plans_[contact.plan];
  const Overflow& overflow = record.plan->overflow[index];
  if (!overflow.to.treatment.empty()) {
    End(slot, EndReason::kTreated, overflow.to.treatment, Cause::kOverflow);
    return true;
  }
  const QueueSlot target = QueueNamed(overflow.to.queue);
  if (!MayMove(slot, target)) {
    contact.overflow_spent = static_cast<std::uint16_t>(contact.overflow_spent | (1U << index));
    const MemberSlot member = FindMember(slot, false, index);
    if (member != kNoSlot) RemoveMember(member);
    return false;
  }
  MoveAway(slot, overflow.to, target, record.overflow_requirements[index], overflow.id,
           Cause::kOverflow);
  return true;
}

// `cause` is that of an end in an external queue, and of the event if it is not an overflow.
void Router::Engine::MoveAway(ContactSlot slot, const Destination& to, QueueSlot target,
                              RequirementId requirement, std::string_view overflow, Cause cause) {
  Event& event = EmitContact(EventType::kOverflowed, slot);
  event.queue = Keep(names_.name(queues_[contacts_[slot].queue].name));
  event.to_queue = Keep(to.queue);
  event.text = Keep(overflow);
  if (cause != Cause::kOverflow) event.cause = cause;
  ++queues_[contacts_[slot].queue].overflowed;
  LeaveLine(slot);
  LeaveQueue(slot);
  --queued_count_;
  Disarm(slot);
  Divert(slot, to, target, requirement);
  if (!Admit(slot, cause, true)) return;
  events_->back().entered = true;  // the last queue of a chain takes it
  ComeTo(slot, contacts_[slot].queue);
  ++queued_count_;
  ++queues_[contacts_[slot].queue].entered;
  EnterLine(slot);
  JudgeExclusion(slot);
  AskForPlacement(slot);
}

// ---- Wait limit -------------------------------------------------------------------------------

void Router::Engine::WaitLimitReached(ContactSlot slot) {
  const std::string& treatment = plans_[contacts_[slot].plan].plan->wait_limit->treatment;
  RescindAll(slot, Cause::kWaitLimit);
  End(slot, treatment.empty() ? EndReason::kExpired : EndReason::kTreated, treatment,
      Cause::kWaitLimit);
}

}  // namespace strowger::routing
