#include "routing-core/engine/engine.h"

#include <utility>

#include "routing-core/engine/check.h"

namespace strowger::routing {

// ---- Router: the face -------------------------------------------------------------------------

Router::Router(const Limits& limits, std::shared_ptr<const RuleSet> rule_set)
    : engine_(std::make_unique<Engine>(limits, std::move(rule_set))) {}
Router::Router(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
Router::~Router() = default;

Result Router::Apply(const Command& command, EventBuffer& events) {
  return engine_->Apply(command, events);
}
std::string Router::Decide(const SubmitContact& command) { return engine_->Decide(command); }
ArrivalPrediction Router::Predict(const SubmitContact& command) const {
  return engine_->Predict(command);
}
TimeNs Router::next_deadline() const { return engine_->next_deadline(); }
StateHash Router::Hash() const { return engine_->Hash(); }
void Router::Save(const ByteSink& sink) const { engine_->Save(sink); }
LoadedRouter Router::Load(std::string_view bytes, RuleSource& source) {
  LoadedRouter loaded;
  std::unique_ptr<Engine> engine = Engine::Load(bytes, source, loaded.error);
  if (engine != nullptr) loaded.router.reset(new Router(std::move(engine)));
  return loaded;
}
CanonicalState Router::Canonical() const { return engine_->Canonical(); }
std::optional<ContactView> Router::FindContact(std::string_view contact) const {
  return engine_->FindContact(contact);
}
std::optional<AgentView> Router::FindAgent(std::string_view agent) const {
  return engine_->FindAgent(agent);
}
std::optional<QueueView> Router::FindQueue(std::string_view queue) const {
  return engine_->FindQueue(queue);
}
DomainView Router::Domain() const { return engine_->Domain(); }
std::vector<FlagView> Router::Flags() const { return engine_->Flags(); }
std::optional<CandidateView> Router::Candidate() const { return engine_->Candidate(); }
std::vector<AgentView> Router::ListAgents(std::string_view after, std::size_t limit,
                                          const std::function<bool(const AgentView&)>& keep) const {
  return engine_->ListAgents(after, limit, keep);
}
std::vector<ContactView> Router::ListContacts(const ContactFilter& filter, std::uint64_t& place,
                                              std::size_t look_at, std::size_t limit) const {
  return engine_->ListContacts(filter, place, look_at, limit);
}
std::vector<QueueView> Router::ListQueues() const { return engine_->ListQueues(); }
std::optional<WaitView> Router::WhyWaiting(std::string_view contact) const {
  return engine_->WhyWaiting(contact);
}
std::optional<Decisions> Router::DecisionsAbout(std::string_view contact) const {
  return engine_->DecisionsAbout(contact);
}
void Router::RememberOnly(std::string_view contact) { engine_->RememberOnly(contact); }
void Router::CheckInvariants() const { engine_->CheckInvariants(); }

// ---- The turn ---------------------------------------------------------------------------------

Router::Engine::Engine(const Limits& limits) : EngineState(limits) {
  anyone_ = InternRequirement(Requirement{});
  PrepareMeasures();
}

Router::Engine::Engine(const Limits& limits, const std::shared_ptr<const RuleSet>& rule_set)
    : Engine(limits) {
  Check(rule_set != nullptr && Bind(rule_set), "a first rule set within the limits");
}

Result Router::Engine::Apply(const Command& command, EventBuffer& events) {
  Check(command.sequence > sequence_, "increasing sequences");
  Check(command.time >= now_ && command.time > 0 && command.time <= kLatestTime,
        "stamps that do not run backwards");
  texts_.Reset();
  sequence_ = command.sequence;
  event_index_ = 0;
  events_ = &events;
  if (std::holds_alternative<Restarted>(command.body)) HoldLeases();
  // An activation that replans owes a batch, also when the last to be replanned go another way.
  bool owes_batch = !to_replan_.empty();
  FireUntil(command.time);
  now_ = command.time;
  const Result result = Execute(command.body);
  owes_batch = owes_batch || !to_replan_.empty();
  if (result.ok() && !std::holds_alternative<Tick>(command.body)) {
    EndTurn();
    FireUntil(command.time);
  }
  if (!to_replan_.empty()) DropVoidReplans();
  if (!to_replan_.empty()) {
    ReplanSlice();
    owes_batch = !to_replan_.empty();
    FireUntil(command.time);
    DropVoidReplans();
  }
  if (owes_batch && to_replan_.empty()) {
    ++turn_;
    batch_ = true;
    EndTurn();
    FireUntil(command.time);
  }
  events_ = nullptr;
  return result;
}

// The one place that knows all commands.
Result Router::Engine::Execute(const CommandBody& body) {
  struct Switch {
    Engine& engine;
    Result operator()(const Tick&) { return {}; }
    Result operator()(const SubmitContact& c) { return engine.Submit(c); }
    Result operator()(const UpdateContact& c) { return engine.Update(c); }
    Result operator()(const CancelContact& c) { return engine.Cancel(c); }
    Result operator()(const UpsertAgents& c) { return engine.Upsert(c); }
    Result operator()(const SetAgentState& c) { return engine.SetState(c); }
    Result operator()(const RemoveAgent& c) { return engine.Remove(c); }
    Result operator()(const AcceptOffer& c) { return engine.Accept(c); }
    Result operator()(const DeclineOffer& c) { return engine.Decline(c); }
    Result operator()(const CompleteContact& c) { return engine.Complete(c); }
    Result operator()(const FinishWrapUp& c) { return engine.FinishWrapUps(c); }
    Result operator()(const ActivateRuleSet& c) { return engine.Activate(c); }
    Result operator()(const RenewLease& c) { return engine.Renew(c); }
    Result operator()(const SyncAgents& c) { return engine.Sync(c); }
    Result operator()(const Restarted& c) { return engine.Restart(c); }
    Result operator()(const SetFlag& c) { return engine.Set(c); }
    Result operator()(const SetCandidate& c) { return engine.Set(c); }
    Result operator()(const TransferContact& c) { return engine.Transfer(c); }
    Result operator()(const AssignContact& c) { return engine.AssignByHand(c); }
    Result operator()(const HoldContact& c) { return engine.Park(c); }
    Result operator()(const ResumeContact& c) { return engine.Unpark(c); }
    Result operator()(const SetQueueOpen& c) { return engine.SetOpen(c); }
    Result operator()(const MoveContacts& c) { return engine.Move(c); }
    Result operator()(const EraseContactData& c) { return engine.Erase(c); }
  };
  ++turn_;
  return std::visit(Switch{*this}, body);
}

void Router::Engine::FireUntil(TimeNs stamp) {
  while (deadlines_.next() <= stamp) {
    const Deadline deadline = deadlines_.Pop();
    now_ = deadline.time;
    if (deadline.kind == DeadlineKind::kVigil) {
      // No turn: it only hands the instant on to the contacts it is about. The turn before may have
      // left the looks at this instant to what is due behind it.
      Fire(deadline);
      if (deadlines_.next() > now_) CheckWatches();
      continue;
    }
    if (!to_replan_.empty()) DropVoidReplans();
    const bool none_left = to_replan_.empty();
    ++turn_;
    Fire(deadline);
    EndTurn();
    // Whom it requeued is replanned at this instant, whatever commands come when.
    if (!none_left || restarting_ || to_replan_.empty()) continue;
    DropVoidReplans();
    while (!to_replan_.empty()) ReplanSlice();
  }
}

// The one place that knows all deadlines. Their handles are void by now.
void Router::Engine::Fire(const Deadline& deadline) {
  const std::uint32_t target = deadline.target;
  switch (deadline.kind) {
    case DeadlineKind::kOfferExpiry:
      holds_.Change(target).deadline = kNoSlot;
      return OfferExpired(target);
    case DeadlineKind::kWrapUp:
      holds_.Change(target).deadline = kNoSlot;
      return EndWrapUp(target);
    case DeadlineKind::kAgentLease:
      agents_.Change(target).lease_deadline = kNoSlot;
      return AgentLeaseLapsed(target);
    case DeadlineKind::kHandlingLease:
      holds_.Change(target).deadline = kNoSlot;
      return HandlingLeaseLapsed(target);
    case DeadlineKind::kBackOff:
      agents_.Change(target).back_off_deadline = kNoSlot;
      return BackOffEnded(target);
    case DeadlineKind::kPace:
      agents_.Change(target).pace_deadline = kNoSlot;
      return PaceMovesOn(target);
    case DeadlineKind::kBar:
      bars_.Change(target).deadline = kNoSlot;
      return BarEnded(target);
    case DeadlineKind::kNotBefore:
      contacts_.Change(target).not_before_deadline = kNoSlot;
      return NotBeforeReached(target);
    case DeadlineKind::kRequest:
      requests_.Change(contacts_[target].request).deadline = kNoSlot;
      return RequestLapsed(target);
    case DeadlineKind::kStep:
      contacts_.Change(target).step_deadline = kNoSlot;
      return StepDue(target);
    case DeadlineKind::kOverflow:
      contacts_.Change(target).overflow_deadline = kNoSlot;
      return OverflowDue(target);
    case DeadlineKind::kWhenEmpty:
      wards_.Change(contacts_[target].ward).deadline = kNoSlot;
      return WhenEmptyDue(target);
    case DeadlineKind::kVigil:
      vigils_.Change(target).deadline = kNoSlot;
      return VigilDue(target);
    case DeadlineKind::kWaitLimit:
      contacts_.Change(target).wait_limit_deadline = kNoSlot;
      return WaitLimitReached(target);
    case DeadlineKind::kLook:
      watches_.Change(target).look_deadline = kNoSlot;
      (void)Look(target);
      return;
    case DeadlineKind::kDelay:
      queues_[target].delay_deadline = kNoSlot;
      return DelayPassed(target);
    case DeadlineKind::kQueueLook:
      queues_[target].look_deadline = kNoSlot;
      return QueueLookDue(target);
  }
}

void Router::Engine::EndTurn() {
  if (!pending_due_.empty()) TakePendingStates();
  if (agents_changed_) JudgeExclusions();
  agents_changed_ = false;
  Settle();
  KeepVigil();
  if (newcomer_ != kNoSlot) BeginMeasuring(newcomer_);
  newcomer_ = kNoSlot;
  // What is due at this instant goes first, so that looks see the instant as it ends up.
  if (deadlines_.next() > now_) CheckWatches();
}

Event& Router::Engine::Emit(EventType type) {
  Event& event = events_->emplace_back();
  event.type = type;
  event.sequence = sequence_;
  event.index = event_index_++;
  event.time = now_;
  return event;
}

Event& Router::Engine::EmitContact(EventType type, ContactSlot contact) {
  Event& event = Emit(type);
  event.contact = Keep(IdOf(contacts_[contact]));
  return event;
}

Result Router::Engine::Activate(const ActivateRuleSet& command) {
  if (command.rule_set == nullptr) return {Outcome::kInvalidArgument, "rule_set"};
  if (command.if_version && *command.if_version != version_) {
    return {Outcome::kVersionMismatch, "if_version"};
  }
  absl::flat_hash_map<std::string_view, bool> kept;
  for (const QueueSettings& settings : command.rule_set->queues()) kept[settings.name] = true;
  for (const QueueRecord& queue : queues_) {
    const bool holds = Waiting(queue) + queue.handling > 0;
    if (!command.replan && !queue.retired && holds && !kept.contains(names_.name(queue.name))) {
      return {Outcome::kInUse, "rule_set.queues"};
    }
  }
  if (!Bind(command.rule_set)) return {Outcome::kOverLimit, "rule_set"};
  candidate_ = Trial{};  // its plans went with those of the set before
  ++version_;
  Event& event = Emit(EventType::kActivated);
  event.text = Keep(rule_set_->name());
  event.number = version_;
  if (command.replan) ReplanAll();
  DropVoidReplans();
  batch_ = to_replan_.empty();
  return {};
}

}  // namespace strowger::routing
