// What would become of a contact that came now. It gets a record of its own for as long as it takes
// to ask, goes the way that Submit and the deadlines of its instant would send it, and is taken out
// again: no event, counter, meter, usage of a rule, deadline or name is left of it. What may be
// left is what a table keeps for the next one alike, within its limit: a caller's plan, labels.
#include <algorithm>
#include <utility>

#include "routing-core/engine/engine.h"

namespace strowger::routing {

// Figures as they would be with it among those who wait.
class Router::Engine::WithNewcomer final : public FigureSource {
 public:
  WithNewcomer(const Engine& engine, ContactSlot slot)
      : engine_(engine), contact_(engine.contacts_[slot]) {}

  std::optional<std::int64_t> QueueFigure(std::string_view name, Figure figure) const override {
    const QueueSlot slot = engine_.QueueNamed(name);
    if (slot == kNoSlot) return std::nullopt;
    const QueueRecord& queue = engine_.queues_[slot];
    const std::int64_t without = engine_.FigureOf(queue, figure);
    const bool own = slot == contact_.queue;
    if (figure == Figure::kWaiting) return without + (own ? 1 : 0);
    if (figure == Figure::kOldestWait) {
      return own ? std::max(without, engine_.now_ - contact_.wait_base) : without;
    }
    if (figure != Figure::kPredictedWait || contact_.start < 0) return without;
    const std::uint32_t in_queue = queue.queued - queue.below_zero;
    const std::uint32_t in_all = engine_.in_line_count_ - engine_.below_zero_count_;
    return engine_.PredictedWait(queue, in_queue + (own ? 1 : 0),
                                 in_all - in_queue + (own ? 0 : 1));
  }
  std::optional<std::int64_t> GroupFigure(FigureOwner owner, std::string_view name,
                                          Figure figure) const override {
    return engine_.GroupFigure(owner, name, figure);
  }
  std::optional<bool> Flag(std::string_view name) const override { return engine_.Flag(name); }

 private:
  const Engine& engine_;
  const ContactRecord& contact_;
};

ArrivalPrediction Router::Engine::Predict(const SubmitContact& command) {
  ArrivalPrediction predicted;
  Submission taken;
  predicted.refusal = TakeIn(command, taken);
  if (!predicted.refusal.ok()) return predicted;
  Decision decision;
  if (!command.plan) decision = DecisionWithoutTrace(command, taken.arrival);
  TakePlanOf(decision, taken);
  predicted.rule = decision.rule;
  const bool new_channel = channels_.Find(command.channel) == kNoSlot;
  const std::size_t touched = vigils_touched_.size();
  const ContactSlot slot = contacts_.Take();
  contacts_.Change(slot).number = contacts_seen_ + 1;
  Describe(slot, command, taken);
  PredictFor(slot, predicted);
  Vanish(slot);
  vigils_touched_.resize(touched);
  if (new_channel) ForgetNewestChannel();
  return predicted;
}

void Router::Engine::PredictFor(ContactSlot slot, ArrivalPrediction& predicted) {
  std::optional<Ending> ending = EndingByPlan(contacts_[slot].plan);
  bool at_once = false;
  if (!ending) ending = EndingOnArrival(slot, at_once);
  const ContactRecord& contact = contacts_[slot];
  if (contact.queue != kNoSlot) predicted.queue = names_.name(queues_[contact.queue].name);
  if (ending) {
    predicted.fate = ArrivalPrediction::Fate::kEnded;
    predicted.end_reason = ending->reason;
    predicted.end_cause = ending->cause;
    predicted.treatment = ending->treatment;
    return;
  }
  predicted.fate = at_once ? ArrivalPrediction::Fate::kAtOnce : ArrivalPrediction::Fate::kWaits;
  if (at_once) return;
  if (contact.wait_base <= now_) predicted.position = AheadInQueue(slot) + 1;
  predicted.wait = PredictionOf(slot);
}

// In the order in which the turn of the submission and the deadlines of this instant do it.
std::optional<Router::Engine::Ending> Router::Engine::EndingOnArrival(ContactSlot slot,
                                                                      bool& at_once) {
  Cause cause = Cause::kRule;
  for (;;) {
    if (auto ending = EndingAtDoor(slot, cause, false)) return ending;
    if (contacts_[slot].wait_base > now_) return std::nullopt;  // it is not wanted yet
    at_once = HasEligible(slot);
    if (at_once || contacts_[slot].plan == kNoSlot) return std::nullopt;
    TakeStepsDue(slot, at_once);
    if (at_once) return std::nullopt;
    cause = Cause::kNone;
    std::optional<Ending> ending = EndingAtOnce(slot, cause);
    if (ending || cause == Cause::kNone) return ending;
  }
}

// As ArmPlan and StepDue have it: the wish that ends, then one step after another.
void Router::Engine::TakeStepsDue(ContactSlot slot, bool& at_once) {
  ContactRecord& contact = contacts_.Change(slot);
  const Plan& plan = *plans_[contact.plan].plan;
  const bool skip_base = plan.skip_if_empty && ReachesNobody(contact);
  const bool wish_ends = contact.request != kNoSlot && requests_[contact.request].lasts != kNever;
  if (wish_ends && (skip_base || requests_[contact.request].lasts == 0)) {
    EndRequest(slot);
    at_once = HasEligible(slot);
  }
  bool due = skip_base && !wish_ends;
  for (std::uint8_t i = 0; i < plan.steps.size() && !at_once; ++i) {
    const Step& step = plan.steps[i];
    if (!due && step.after > 0) return;
    due = false;
    const WithNewcomer figures(*this, slot);
    if (step.when != nullptr && TruthOf(*step.when, slot, figures) != Truth::kTrue) continue;
    contact.steps_passed = static_cast<std::uint8_t>(i + 1);
    due = IsSkipped(contact, i);
    if (due) continue;
    const Reach reach = ReachAfter(plans_[contact.plan], i, ReachOf(contact));
    contact.step_taken = contact.steps_passed;
    AskByStep(slot, i, reach);
    contact.queue = reach.queue;
    at_once = HasEligible(slot);
  }
}

// By what comes due as it comes and sends it out of its queue. `cause`: it goes to another, kNone
// if it does not.
std::optional<Router::Engine::Ending> Router::Engine::EndingAtOnce(ContactSlot slot, Cause& cause) {
  const PlanRecord& record = plans_[contacts_[slot].plan];
  const Plan& plan = *record.plan;
  const WithNewcomer figures(*this, slot);
  for (std::size_t i = 0; i < plan.overflow.size(); ++i) {
    const Overflow& overflow = plan.overflow[i];
    if (overflow.after > 0) continue;
    if (overflow.when && TruthOf(*overflow.when, slot, figures) != Truth::kTrue) continue;
    if (overflow.to.queue.empty()) return EndingAt(overflow.to, Cause::kOverflow);
    const QueueSlot target = QueueNamed(overflow.to.queue);
    if (!MayMove(slot, target)) continue;
    cause = Cause::kOverflow;
    Divert(slot, overflow.to, target, record.overflow_requirements[i]);
    return std::nullopt;
  }
  if (FindsNobody(contacts_[slot])) {
    const QueueRecord& queue = queues_[contacts_[slot].queue];
    const Destination& to = queue.settings.when_empty->to;
    if (to.queue.empty()) return EndingAt(to, Cause::kQueueEmpty);
    const QueueSlot target = QueueNamed(to.queue);
    if (MayMove(slot, target)) {
      cause = Cause::kQueueEmpty;
      Divert(slot, to, target, queue.when_empty_requirement);
      return std::nullopt;
    }
  }
  if (!plan.wait_limit || plan.wait_limit->after > 0) return std::nullopt;
  const std::string& treatment = plan.wait_limit->treatment;
  return Ending{treatment.empty() ? EndReason::kExpired : EndReason::kTreated, treatment,
                Cause::kWaitLimit};
}

// Its slot looks like that of any contact that has been forgotten.
void Router::Engine::Vanish(ContactSlot slot) {
  EndRequest(slot);
  ForgetVisits(slot);
  SetRequirement(slot, kNoSlot);
  ContactRecord& contact = contacts_.Change(slot);
  if (contact.plan != kNoSlot) ReleasePlan(contact.plan);
  label_sets_.Release(contact.labels);
  bytes_.Free(contact.data);
  contact = ContactRecord{};
  contact.state = ContactState::kEnded;
  contacts_.Release(slot);
}

}  // namespace strowger::routing
