// The state machine behind Router. Read engine.cc first: Apply and its switch; the transitions
// stand in files by what they change.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/types/span.h"
#include "routing-core/engine/engine_state.h"
#include "routing-core/matching/treap.h"
#include "routing-core/prediction/wait_time.h"
#include "routing/router.h"

namespace strowger::routing {

class Router::Engine final : private EngineState, private FigureSource {
 public:
  Engine(const Limits& limits, const std::shared_ptr<const RuleSet>& rule_set);
  // checkpoint_save.cc, checkpoint_load.cc. Load: null, and why, when the bytes give no state.
  void Save(const ByteSink& sink) const;
  static std::unique_ptr<Engine> Load(std::string_view bytes, RuleSource& source,
                                      std::string& error);

  Result Apply(const Command& command, EventBuffer& events);
  std::string Decide(const SubmitContact& command);
  ArrivalPrediction Predict(const SubmitContact& command);
  TimeNs next_deadline() const { return to_replan_.empty() ? deadlines_.next() : now_; }

  CanonicalState Canonical() const;
  StateHash Hash() const;
  std::optional<ContactView> FindContact(std::string_view id) const;
  std::optional<AgentView> FindAgent(std::string_view id) const;
  std::optional<QueueView> FindQueue(std::string_view name) const;
  DomainView Domain() const;
  std::vector<FlagView> Flags() const;
  std::optional<CandidateView> Candidate() const;
  std::vector<AgentView> ListAgents(std::string_view after, std::size_t limit,
                                    const std::function<bool(const AgentView&)>& keep) const;
  bool IsMeant(const ContactRecord& contact, const ContactFilter& filter) const;
  std::vector<ContactView> ListContacts(const ContactFilter& filter, std::uint64_t& place,
                                        std::size_t look_at, std::size_t limit) const;
  std::vector<QueueView> ListQueues() const;
  std::optional<WaitView> WhyWaiting(std::string_view contact) const;
  std::optional<Decisions> DecisionsAbout(std::string_view contact) const;
  void RememberOnly(std::string_view contact) { remembered_contact_ = contact; }
  void CheckInvariants();

 private:
  class Saver;
  class Loader;
  explicit Engine(const Limits& limits);  // without a rule set yet

  void CheckOrders() const;
  void CheckLines() const;

  // ---- engine.cc: the turn
  Result Execute(const CommandBody& body);
  void FireUntil(TimeNs stamp);
  void Fire(const Deadline& deadline);
  void EndTurn();
  Event& Emit(EventType type);
  Event& EmitContact(EventType type, ContactSlot contact);
  std::string_view Keep(std::string_view text) { return texts_.Keep(text); }
  Result Activate(const ActivateRuleSet& command);

  // ---- rule_binding.cc: rule sets and plans, their names resolved
  bool Bind(const std::shared_ptr<const RuleSet>& rule_set);
  bool InternAll(const RuleSet& rule_set, std::vector<RequirementId>& interned);
  void AddRulePlans(const std::shared_ptr<const RuleSet>& rule_set);
  void BindGroups(const RuleSet& rule_set, std::vector<Group>& groups);
  void ReleaseGroups(std::vector<Group>& groups);
  void BindFlags(const RuleSet& rule_set);
  bool QueuesFit(const RuleSet& rule_set) const;
  void BindQueues(const RuleSet& rule_set);
  QueueSlot QueueNamed(std::string_view name) const;  // kNoSlot when unknown or retired
  QueueSlot AddQueue(std::string_view name);
  std::uint64_t PlanHash(const Plan& plan);
  static std::string KeyOf(const Plan& plan);  // the same for plans that mean the same
  PlanSlot InternPlan(const Plan& plan);       // refers once; kNoSlot past a limit
  bool ResolvePlan(const Plan& plan, PlanRecord& record);
  void ReleaseResolved(const PlanRecord& record);
  void ReferPlan(PlanSlot slot) { ++plans_.Change(slot).references; }
  void ReleasePlan(PlanSlot slot);
  void ReclaimPlans();
  RequirementId InternRequirement(const Requirement& requirement);
  void FillNewAtoms();
  Result CheckPlanQueues(const Plan& plan) const;

  // ---- candidate.cc: flags, and a rule set on trial
  Result Set(const SetFlag& command);
  Result Set(const SetCandidate& command);
  void DropCandidate();
  bool IsOfShare(std::string_view contact) const;
  const RuleSet& RulesFor(std::string_view contact) const;  // who decides about it
  void CompareCandidate(const ContactFacts& facts, const Decision& decision, bool decided);

  // ---- contacts.cc: submit, update, cancel, end
  Result CheckSubmit(const SubmitContact& command) const;
  // What was made of a submission before there is a contact; labels and plan are referred to.
  struct Submission {
    LabelSetId labels = kNoLabels;
    ContactSlot resumed = kNoSlot;
    TimeNs arrival = 0;
    PlanSlot plan = kNoSlot;
  };
  // How a contact leaves without having been served. The treatment lives as long as the settings.
  struct Ending {
    EndReason reason = EndReason::kNone;
    std::string_view treatment;
    Cause cause = Cause::kNone;
  };
  Result TakeIn(const SubmitContact& command, Submission& taken);
  void TakePlanOf(const Decision& decision, Submission& taken);
  Result Submit(const SubmitContact& command);
  std::optional<Ending> EndingByPlan(PlanSlot plan) const;
  ContactSlot AddContact(const SubmitContact& command, const Submission& taken, std::uint32_t rule);
  void Describe(ContactSlot slot, const SubmitContact& command, const Submission& taken);
  Result Update(const UpdateContact& command);
  Result TakeIn(ContactSlot slot, const UpdateContact& command, RequirementId& requirement,
                LabelSetId& labels);
  LabelSetId InternLabels(const std::vector<std::string>& labels);
  bool MergeAttributes(ContactSlot slot, const UpdateContact& command);
  void Replan(ContactSlot slot);
  Result Cancel(const CancelContact& command);
  void End(ContactSlot slot, EndReason reason, std::string_view treatment, Cause cause);
  void Remember(ContactSlot slot, EndRecord end);
  const EndRecord& EndOf(const ContactRecord& contact) const;  // of defaults: it has not ended
  void Forget(ContactSlot slot);
  ContactFacts FactsOf(ContactSlot slot, AttributeViews& scratch) const;
  ContactSlot ContactNamed(std::string_view id) const;  // ended ones too; kNoSlot when unknown

  // ---- personal_data.cc: what is not kept, or no longer
  Decision DecisionOn(const SubmitContact& command, TimeNs arrival);
  Decision DecisionWithoutTrace(const SubmitContact& command, TimeNs arrival);
  ContactFacts FactsOf(const SubmitContact& command, TimeNs arrival);
  Result Erase(const EraseContactData& command);

  // ---- requests.cc: wishes for one agent, arrivals regained
  AgentSlot RequestedBy(const ContactRecord& contact) const;
  void MakeRequest(ContactSlot slot, const AgentRequest& own, const AgentRequest& of_plan);
  void AddRequest(ContactSlot slot, AgentSlot agent, DurationNs lasts, bool only);
  void EndRequest(ContactSlot slot);
  void RequestLapsed(ContactSlot slot);
  void DropRequestsOfAgent(AgentSlot agent);
  std::uint64_t AskedWord(std::size_t word, const ContactRecord& contact) const;
  AgentSlot RequestedIfEligible(const ContactRecord& contact) const;
  ContactSlot ResumedBy(const SubmitContact& command) const;
  void BecomeResumable(ContactSlot slot);
  void ForgetResumable(ContactSlot slot);

  // ---- placement.cc: queues, lines, order of service, destinations
  absl::int128 EffectivePriority(const ContactRecord& contact, TimeNs now) const;
  Turn TurnIn(QueueSlot queue, absl::int128 priority, TimeNs wait_base, TimeNs arrival,
              std::uint64_t number) const;
  Turn TurnOf(const ContactRecord& contact) const;
  Turn TurnOfHead(const Line& line) const;
  bool ServedBefore(ContactSlot a, ContactSlot b) const;
  std::uint64_t Position(ContactSlot slot) const;
  std::uint64_t AheadInQueue(ContactSlot slot) const;
  // lines.cc
  LineSlot LineFor(const ContactRecord& contact);
  StandingSlot StandingFor(QueueSlot queue, const CurveKey& key);
  void ReleaseStanding(StandingSlot slot);
  LineSlot& FirstLike(const LineKey& key);
  void SetHead(LineSlot slot, ContactSlot contact);
  Head HeadOf(const Line& line, LineSlot slot) const;
  void AddLine(LineSlot slot);
  void DropLine(LineSlot slot);

  void ComeTo(ContactSlot slot, QueueSlot queue);
  void EnterQueue(ContactSlot slot, QueueSlot queue);
  void LeaveQueue(ContactSlot slot);
  void EnterLine(ContactSlot slot);
  void LeaveLine(ContactSlot slot);
  void SweepIdleLines();
  void ForgetLine(LineSlot slot);
  void TakeOutLines(QueueSlot queue);
  void ChangeQueue(ContactSlot slot, QueueSlot queue);
  std::uint64_t Waiting(const QueueRecord& queue) const;
  bool IsFull(const QueueRecord& queue) const;
  void SetRequirement(ContactSlot slot, RequirementId requirement);
  void ChangePriority(ContactSlot slot, const PriorityChange& change);
  void SetPriority(ContactSlot slot, const Priority& priority);
  // Into its queue, or where one that is full, closed or empty sends it. `cause` is that of an
  // external queue. False when it ended.
  bool Admit(ContactSlot slot, Cause cause, bool overflowing);
  // The same, but for the end: nothing when a queue takes it.
  std::optional<Ending> EndingAtDoor(ContactSlot slot, Cause cause, bool overflowing);
  static Ending EndingAt(const Destination& to, Cause cause);
  const Destination* SentOn(ContactSlot slot, Cause& cause);
  void Divert(ContactSlot slot, const Destination& to, QueueSlot target, RequirementId requirement);
  bool MayMove(ContactSlot slot, QueueSlot target) const;
  void AddVisit(ContactSlot slot, QueueSlot queue);
  void ForgetVisits(ContactSlot slot);
  void AskForPlacement(ContactSlot slot);

  // ---- triggers.cc: steps, overflow, wait limit, not_before
  void ArmPlan(ContactSlot slot, bool made);
  void Disarm(ContactSlot slot);
  void ArmStep(ContactSlot slot, TimeNs at_least);
  void ArmOverflow(ContactSlot slot);
  void SetContactDeadline(ContactSlot slot, DeadlineKind kind, Deadlines::Handle& handle,
                          TimeNs time);
  void NotBeforeReached(ContactSlot slot);
  void StepDue(ContactSlot slot);
  void TakeOrSkip(ContactSlot slot, std::uint8_t index);
  bool IsSkipped(const ContactRecord& contact, std::uint8_t index) const;
  void TakeStep(ContactSlot slot, std::uint8_t index);
  void AskByStep(ContactSlot slot, std::uint8_t index, const Reach& reach);
  void JudgePendingSteps(ContactSlot slot);
  void OverflowDue(ContactSlot slot);
  bool TryOverflow(ContactSlot slot, std::uint8_t index);
  void MoveAway(ContactSlot slot, const Destination& to, QueueSlot target,
                RequirementId requirement, std::string_view overflow, Cause cause);
  void LookAtOverflowSoon(ContactSlot slot);
  void WaitLimitReached(ContactSlot slot);
  bool AddsNobody(const Reach& wider, const ContactRecord& contact) const;
  bool ReachesNobody(const ContactRecord& contact) const;
  Reach ReachAfter(const PlanRecord& plan, std::uint8_t step, Reach reach) const;
  Truth TruthOf(const Condition& condition, ContactSlot slot, const FigureSource& figures) const;
  bool ConditionHolds(const Condition& condition, ContactSlot slot);

  // ---- watches.cc: conditions over figures
  void JoinWatch(ContactSlot slot, const std::shared_ptr<const Condition>& condition, bool is_step,
                 std::uint8_t index);
  void LeaveWatches(ContactSlot slot);
  void LeaveStepWatches(ContactSlot slot, std::uint8_t below);
  MemberSlot FindMember(ContactSlot contact, bool is_step, std::uint8_t index) const;
  void RemoveMember(MemberSlot member);
  void CheckWatches();
  bool CheckWatch(WatchSlot slot);
  void LookSoon(WatchSlot slot);
  bool Look(WatchSlot slot);
  void CountsOf(const Watch& watch, std::vector<std::int64_t>& counts) const;
  void MoveWatches(ContactSlot slot);

  // ---- agents.cc: profiles, states, capacity, occupancy
  AgentSlot AgentNamed(std::string_view id) const;
  Result CheckUpdates(const std::vector<AgentUpdate>& updates, bool forced) const;
  void ApplyUpdates(const std::vector<AgentUpdate>& updates);
  Result Upsert(const UpsertAgents& command);
  Result Sync(const SyncAgents& command);
  AgentSlot AddAgent(std::string_view id);
  void ApplyUpdate(AgentSlot slot, const AgentUpdate& update, bool is_new);
  void CountUsed(AgentRecord& agent);
  void SetCapacity(AgentSlot slot, const Capacity& capacity);
  Result SetState(const SetAgentState& command);
  void AskForState(AgentSlot slot, AgentState state, std::string_view reason, bool pending);
  void TakePendingStates();
  void ChangeState(AgentSlot slot, AgentState state, std::string_view reason, bool announce);
  Result Remove(const RemoveAgent& command);
  void GiveUpWork(AgentSlot slot, bool all);
  void RefreshMasks(AgentSlot slot);
  AgentTraits TraitsOf(AgentSlot slot) const;
  void RefreshTraits(AgentSlot slot);
  bool Fits(const AgentRecord& agent, ChannelId channel) const;
  bool FitsWithoutOffers(const AgentRecord& agent, ChannelId channel) const;
  ChannelMask OpenChannels(AgentSlot slot) const;
  bool HasRoom(const AgentRecord& agent) const;
  void FreeAgent(AgentSlot slot);
  ChannelId ChannelNamed(std::string_view name);
  void ForgetNewestChannel();
  bool IsAvailable(const AgentRecord& agent) const;

  // ---- bounds.cc: what bounds an agent besides its capacity
  bool IsWithinBounds(const AgentRecord& agent, QueueSlot queue, LabelSetId labels) const;
  bool IsInWrapUpOf(const AgentRecord& agent, QueueSlot queue) const;
  bool IsUnderCap(const AgentRecord& agent, QueueSlot queue, LabelSetId labels) const;
  const Cap* CapReached(const AgentRecord& agent, QueueSlot queue, LabelSetId labels) const;
  bool IsPaceUsedUp(const AgentRecord& agent) const;
  void SetPace(AgentSlot slot, const Pace& pace);
  void NoteAssignment(AgentSlot slot);
  void SetPaceDeadline(AgentSlot slot);
  void PaceMovesOn(AgentSlot slot);
  void SetOutside(AgentSlot slot, const OutsideWork& outside);

  // ---- leases.cc: what ends unless it is renewed
  void StartLease(AgentSlot slot);
  void EndLease(AgentSlot slot);
  void RunLease(AgentSlot slot, DurationNs length);
  void Confirm(AgentSlot slot);
  void AgentLeaseLapsed(AgentSlot slot);
  void StartHandlingLease(HoldSlot slot);
  void HandlingLeaseLapsed(HoldSlot slot);
  Result Renew(const RenewLease& command);
  void HoldLeases();
  Result Restart(const Restarted& command);

  // ---- serving.cc: queue lists, bands of ranks, delays
  static Reach ReachOf(const ContactRecord& contact);
  std::uint64_t ReachedWord(std::size_t word, const Reach& reach) const;
  std::uint64_t AdmittedOf(std::uint64_t agents, std::size_t word, QueueSlot queue,
                           const RankTerms& ranks, DurationNs wait) const;
  std::int64_t RankIn(QueueSlot queue, AgentSlot agent) const;
  bool Admits(AgentSlot agent, QueueSlot queue, const RankTerms& ranks, DurationNs wait) const;
  void SetServedQueues(AgentSlot slot, const std::vector<AgentQueue>& queues);
  void DropServedQueues(AgentSlot slot);
  void CountStaff(AgentSlot slot, int sign);
  Staff StaffOf(const QueueRecord& queue) const;
  void CountDelay(QueueSlot slot, DurationNs length, int change);
  void RefreshDelays(QueueSlot slot);
  ContactSlot FirstWaitingSince(const QueueRecord& queue, TimeNs since) const;
  void DelayPassed(QueueSlot slot);
  void AskThoseOfAge(QueueSlot slot);

  // ---- occupancy.cc: how busy agents were
  void NoteWork(AgentSlot slot);
  struct Occupancy {
    std::int64_t busy = 0;
    std::int64_t available = 0;
  };
  Occupancy OccupancyOf(const AgentRecord& agent) const;
  void CopyLoad(AgentSlot slot);
  Occupancy RecentOccupancy(AgentSlot slot, std::int64_t bucket, TimeNs begin);

  // ---- handling.cc
  void Assign(ContactSlot contact, HoldSlot hold);
  void BeginHandling(HoldSlot hold);
  Result AssignByHand(const AssignContact& command);
  void LiftNotBefore(ContactSlot slot);
  Result FindHandling(const std::string& contact, const std::string& agent, HoldSlot& found) const;
  Result Park(const HoldContact& command);
  Result Unpark(const ResumeContact& command);
  DurationNs HoldTimeOf(const Hold& hold) const;
  DurationNs EndHandling(ContactSlot slot, bool with_wrap_up);
  void CompleteHandling(ContactSlot slot, Cause cause, bool with_wrap_up);
  void LetGo(HoldSlot slot, DurationNs wrap_up);
  Result CheckTransfer(const TransferContact& command) const;
  Result Transfer(const TransferContact& command);

  // ---- queue_commands.cc: whole queues, and the replanning of all who wait
  Result SetOpen(const SetQueueOpen& command);
  Result Move(const MoveContacts& command);
  void ReplanAll();
  void ReplanLater(ContactSlot slot);
  void DropVoidReplans();
  void ReplanSlice();

  // ---- when_empty.cc: whether there is anybody for those who wait
  bool NobodyIsThere(WhenEmpty::Nobody level, const Reach& reach, AgentSlot requested) const;
  VigilKey VigilKeyOf(const ContactRecord& contact, const WhenEmpty& when) const;
  bool FindsNobody(const ContactRecord& contact) const;
  void TouchVigil(ContactSlot slot);
  void Rewatch(ContactSlot slot);
  void RefileWard(WardSlot slot);
  VigilSlot VigilFor(const VigilKey& key);
  void Unwatch(ContactSlot slot);
  void SetReady(WardSlot slot, bool ready);
  void KeepVigil();
  void VigilDue(VigilSlot slot);
  void WhenEmptyDue(ContactSlot slot);
  void ResumeVigil(ContactSlot slot);
  void PauseVigil(ContactSlot slot);
  void RewatchQueue(QueueSlot queue);

  // ---- offers.cc: holds from offer to wrap-up, bars
  void BeginOffers(ContactSlot contact);
  void Offer(ContactSlot contact, AgentSlot agent);
  void NoteChosen(QueueRecord& queue, AgentSlot agent);
  void MakeOffer(ContactSlot contact, AgentSlot agent);
  HoldSlot FindOffer(const ContactRecord& contact, AgentSlot agent, std::uint64_t offer) const;
  Result Accept(const AcceptOffer& command);
  Result Decline(const DeclineOffer& command);
  void OfferExpired(HoldSlot hold);
  void OfferFailed(HoldSlot hold, EventType event, Cause cause);
  void AnnounceNotReady(AgentSlot slot, std::string_view reason);
  void Rescind(HoldSlot hold, Cause cause);
  void RescindAll(ContactSlot contact, Cause cause);
  void Requeue(ContactSlot contact, Cause cause);
  Result Complete(const CompleteContact& command);
  void KeepContactId(HoldSlot hold, const ContactRecord& contact);
  void BeginWrapUp(HoldSlot hold, DurationNs length);
  Result FinishWrapUps(const FinishWrapUp& command);
  void EndWrapUp(HoldSlot hold);
  HoldSlot AddHold(ContactSlot contact, AgentSlot agent);
  void ReleaseHold(HoldSlot hold);
  void LinkToAgent(HoldSlot hold);
  void UnlinkFromAgent(HoldSlot hold);
  void UnlinkFromContact(HoldSlot hold);
  void CountHold(const Hold& hold, int change);
  void BackOff(AgentSlot agent, DurationNs length);
  void BackOffEnded(AgentSlot agent);
  void AddBar(ContactSlot contact, AgentSlot agent, const QueueSettings& settings);
  void BarEnded(BarSlot bar);
  void RemoveBar(BarSlot bar);
  void DropBars(ContactSlot contact);
  void DropBarsOfAgent(AgentSlot agent);
  bool IsBarred(const ContactRecord& contact, AgentSlot agent) const;
  void SetBarDeadline(BarSlot bar);
  void JudgeExclusion(ContactSlot contact);
  bool SomeoneIsLeft(const ContactRecord& contact) const;
  void JudgeExclusions();

  // ---- queue_looks.cc: borrowed agents and occupancy, looked at while contacts stand in line
  void BindService(QueueSlot slot);
  void BindBorrows(QueueSlot slot);
  void LookAtQueues();
  void QueueLookDue(QueueSlot slot);
  void LookAtQueue(QueueSlot slot, bool first);
  void FreeForQueue(QueueSlot slot, RequirementId borrowed);
  void StopLooking(QueueSlot slot);
  void SetLoan(BorrowRecord& borrow, bool holds);
  bool IsLent(AgentSlot agent, QueueSlot queue) const;
  RequirementId ServingMask(const QueueRecord& queue) const;
  bool IsTooBusy(AgentSlot agent, const QueueRecord& queue) const;

  // ---- settle.cc: the only place that matches
  void Settle();
  void Match();
  void ForgetAsked();
  void PlaceAllInOrder();
  bool PlacedBefore(ContactSlot a, ContactSlot b) const;
  bool TryPlace(ContactSlot slot);
  void PlaceInTurn(ContactSlot slot);
  void OfferByContact(ContactSlot contact, AgentSlot agent);
  void OfferByAgent(ContactSlot contact, AgentSlot agent);
  ContactSlot ChooseContact(AgentSlot agent);
  bool ChooseOnCurve(const Curve& curve, AgentSlot agent, ContactSlot& chosen) const;
  ContactSlot ChooseOfOwnLines(AgentSlot agent);
  bool IsFor(AgentSlot agent, const Line& line) const;
  struct Choice {
    ContactSlot contact = kNoSlot;
    std::int64_t order = 0;
    Turn turn;
  };
  ContactSlot ChooseOfOwnQueues(AgentSlot agent) const;
  void ChooseInQueue(AgentSlot agent, const ServedQueue& served, Choice& choice) const;
  ContactSlot ChooseOfThoseWhoWish(AgentSlot agent) const;
  void Consider(const Line& line, AgentSlot agent, Choice& choice) const;
  ContactSlot FirstUnbarred(const Line& line, AgentSlot agent) const;

  // ---- selection.cc: which of the eligible agents
  bool HasEligible(ContactSlot slot);
  AgentSlot ChooseAgent(ContactSlot slot);
  bool AsksEach(const ContactRecord& contact) const;
  bool MayTake(const ContactRecord& contact, AgentSlot agent) const;
  // best_eligible.h
  template <typename Visit, typename Fetch>
  void ForEachEligible(const ContactRecord& contact, Visit visit, Fetch fetch) const;
  template <typename Key, typename Compare, typename Fetch>
  AgentSlot BestEligible(const ContactRecord& contact, Key key_of, Compare compare,
                         const Order& order, Fetch fetch);
  bool RanksAreGeneral(const ContactRecord& contact) const;
  std::int64_t ComparedRank(const ContactRecord& contact, AgentSlot agent) const;
  template <typename Test>
  AgentSlot FirstOpen(const ContactRecord& contact, const RankTerms& ranks, Order& order,
                      Test test) const;
  AgentSlot FirstInOrder(const ContactRecord& contact, Order& order);
  AgentSlot ChooseRequested(const ContactRecord& contact);
  const std::vector<Preference>& PreferOf(const ContactRecord& contact) const;
  // strategies.cc
  AgentSlot LeastBusy(const ContactRecord& contact);
  AgentSlot BestSkilled(const ContactRecord& contact);
  AgentSlot LeastSkilled(const ContactRecord& contact);
  AgentSlot NextInTurn(const ContactRecord& contact);
  AgentSlot DrawAgent(const ContactRecord& contact);
  AgentSlot FurthestBelowShare(const ContactRecord& contact);
  const std::vector<SkillLevel>* SkillsOf(AgentSlot agent) const;
  void CollectLevels(const ContactRecord& contact, const std::vector<std::string>* preferred);
  void OrderIds();
  void BindShares(QueueSlot slot);
  void FindShare(QueueRecord& queue, AgentSlot slot);
  void CountShare(QueueRecord& queue, AgentSlot agent);
  // scoring.cc
  AgentSlot BestScored(ContactSlot slot);
  void PrepareScore(ContactSlot slot);
  std::int64_t TermValue(PreferTerm term, AgentSlot agent) const;
  std::int64_t ScoreOf(AgentSlot agent) const;
  void CountDemand(RequirementId requirement, int change);
  void BeginCountingDemand();

  // ---- figures.cc: what conditions and readers see
  std::optional<std::int64_t> QueueFigure(std::string_view queue, Figure figure) const override;
  std::optional<std::int64_t> GroupFigure(FigureOwner owner, std::string_view name,
                                          Figure figure) const override;
  std::optional<bool> Flag(std::string_view name) const override;
  std::int64_t FigureOf(const QueueRecord& queue, Figure figure) const;
  std::int64_t CountMembers(RequirementId members, const BitColumn& of) const;
  std::int64_t OccupancyOfMembers(RequirementId members) const;
  DurationNs OldestWait(const QueueRecord& queue) const;
  std::int64_t QueueOccupancy(const QueueRecord& queue) const;
  std::int64_t ServiceLevelOf(const QueueRecord& queue) const;
  std::int64_t AbandonRateOf(const QueueRecord& queue) const;

  // ---- predicted_wait.cc: what prediction/ is told, the figure of a queue, and how good it was
  void CountService(QueueSlot queue, int change);
  void CountServed(QueueSlot queue);
  void CountPatience(QueueSlot queue, int change);
  void CountGivenUp(QueueSlot queue);
  void CountInLine(const Line& line, int change);
  void CountPlaces(const AgentRecord& agent, int change);
  DurationNs PredictedWait(const QueueRecord& queue) const;
  // Behind so many of its own and of other queues.
  DurationNs PredictedWait(const QueueRecord& queue, std::uint32_t own,
                           std::uint32_t of_others) const;
  WaitStage StageOf(const QueueRecord& queue, Share own, Share others) const;
  void PrepareMeasures();
  void BeginMeasuring(ContactSlot slot);
  void EndMeasuring(ContactSlot slot, bool served);

  // ---- contact_wait.cc: how long one contact will wait
  struct Crowd {
    Competition competition;
    Share of_queue = 0;  // of those ahead: in the contact's queue
    Share all = 0;
  };
  // Whom a contact asks for from `time` on.
  struct Prospect {
    Reach reach;
    AgentSlot requested = kNoSlot;
    TimeNs time = 0;
    std::uint8_t step = 0;  // the first that may still come
  };
  Asked AskedBy(const Reach& reach, AgentSlot requested, DurationNs wait) const;
  const AskedMask& MaskOf(const Asked& asked) const;
  void FillMask(const Asked& asked, absl::Span<std::uint64_t> words) const;
  Crowd CrowdAhead(ContactSlot slot, const AskedMask& asked) const;
  WaitStage StageUnder(ContactSlot slot, QueueSlot queue, const AskedMask& asked) const;
  bool FindsOneFree(ContactSlot slot, const AskedMask& asked) const;
  TimeNs NextChange(const ContactRecord& contact, const Prospect& prospect) const;
  void Advance(const ContactRecord& contact, TimeNs time, Prospect& prospect) const;
  bool AddsNobody(const Reach& wider, const Prospect& prospect) const;
  WaitPrediction PredictionOf(ContactSlot slot) const;

  // ---- arrival_prediction.cc: a contact that has not come
  class WithNewcomer;
  void PredictFor(ContactSlot slot, ArrivalPrediction& predicted);
  std::optional<Ending> EndingOnArrival(ContactSlot slot, bool& at_once);
  void TakeStepsDue(ContactSlot slot, bool& at_once);
  std::optional<Ending> EndingAtOnce(ContactSlot slot, Cause& cause);
  void Vanish(ContactSlot slot);

  // ---- decisions.cc: what is remembered of decisions
  class SeenFigures;
  // Asks the rules, and remembers what they saw. `data` as in the contact's record.
  Decision Classify(const ContactFacts& facts, std::string_view data, std::uint64_t number,
                    bool replanned);
  std::uint64_t RememberRuleSet(const std::shared_ptr<const RuleSet>& rule_set);
  // Before the offer. ChooseAgent has left the candidates, or a freed agent chose.
  void RememberChoice(ContactSlot contact, bool agent_chose);
  bool IsRemembered(std::string_view contact) const;
  void RememberTerms(const ContactRecord& contact, const ChoiceRecord& record);
  Classification ViewOf(const ClassificationRecord& record) const;
  routing::Choice ViewOf(const ChoiceRecord& record) const;

  // ---- obstacles.cc: what keeps agents from a contact
  // Of 64 agents: those at each test. Nobody logged off is among them.
  using Sorted = std::array<std::uint64_t, kObstacleCount>;
  // Of an agent with open offers whether it is busy besides: asked one by one, or taken for no.
  enum class Offers : std::uint8_t { kExact, kRoughly };
  Sorted SortByObstacle(const ContactRecord& contact, std::size_t word, std::uint64_t among,
                        Offers offers) const;
  void RememberObstacles(const ContactRecord& contact, const ChoiceRecord& record);
  class Sieve;
  // Neither the contact nor its queue nor any agent is special in what it takes to be eligible.
  bool IsPlain(const ContactRecord& contact) const;
  void RememberPlainly(const ContactRecord& contact, const ChoiceRecord& record);
  void KeepServing(QueueSlot queue, std::size_t word, Sieve& sieve) const;
  void KeepWished(const ContactRecord& contact, std::size_t word, Sieve& sieve) const;
  void KeepOldEnough(const ContactRecord& contact, std::size_t word, Sieve& sieve) const;
  Obstacle ObstacleOf(const ContactRecord& contact, AgentSlot agent) const;
  std::uint64_t BarredWord(const ContactRecord& contact, std::size_t word) const;

  // ---- waits.cc: what a contact waits for
  void CountObstacles(const ContactRecord& contact, WaitView& view) const;
  void NameAgents(const ContactRecord& contact, WaitView& view) const;
  AgentObstacle Explain(const ContactRecord& contact, AgentSlot agent, Obstacle obstacle) const;
  void ExplainWork(const AgentRecord& agent, AgentObstacle& to) const;
  void ExplainCap(const ContactRecord& contact, const AgentRecord& agent, AgentObstacle& to) const;
  WaitCode CodeOf(const ContactRecord& contact, const WaitView& view) const;
  std::optional<NextStep> NextStepOf(const ContactRecord& contact) const;
  std::uint64_t Newcomers(const Reach& wider, const ContactRecord& contact) const;

  // ---- views.cc, canonical_state.cc
  ContactView ViewOf(ContactSlot slot) const;
  AgentView ViewOf(const AgentRecord& agent) const;
  QueueView ViewOf(const QueueRecord& queue) const;
  CanonicalDomain CanonicalOfDomain() const;
  CanonicalContact CanonicalOf(const ContactRecord& contact) const;
  std::vector<std::string> QueuesEntered(const ContactRecord& contact) const;
  CanonicalOffer CanonicalOf(const Hold& offer) const;
  CanonicalQueue CanonicalOf(const QueueRecord& queue) const;
  CanonicalAgent CanonicalOf(const AgentRecord& agent) const;
  static RankBand BandOf(const RankTerms& ranks);
  static std::optional<std::int64_t> LiftOf(const RankTerms& ranks);
  std::vector<AgentQueue> QueuesOf(const AgentRecord& agent) const;
  std::vector<Attribute> AttributesOf(const ContactRecord& contact) const;
  std::string NameOr(std::uint32_t id) const {
    return id == kNoSlot ? std::string() : names_.name(id);
  }

  struct LineLinks {
    Pool<ContactRecord>* contacts;
    const TreapNode& Node(std::uint32_t slot) const { return (*contacts)[slot].line_node; }
    TreapNode& ChangeNode(std::uint32_t slot) { return contacts->Change(slot).line_node; }
    bool Less(std::uint32_t a, std::uint32_t b) const {
      const ContactRecord& x = (*contacts)[a];
      const ContactRecord& y = (*contacts)[b];
      return x.arrival != y.arrival ? x.arrival < y.arrival : x.number < y.number;
    }
  };
  struct StandingLinks {
    Engine* engine;
    const TreapNode& Node(std::uint32_t slot) const {
      return engine->contacts_[slot].standing_node;
    }
    TreapNode& ChangeNode(std::uint32_t slot) {
      return engine->contacts_.Change(slot).standing_node;
    }
    bool Less(std::uint32_t a, std::uint32_t b) const { return engine->ServedBefore(a, b); }
  };
  struct QueueLinks {
    Pool<ContactRecord>* contacts;
    const TreapNode& Node(std::uint32_t slot) const { return (*contacts)[slot].queue_node; }
    TreapNode& ChangeNode(std::uint32_t slot) { return contacts->Change(slot).queue_node; }
    bool Less(std::uint32_t a, std::uint32_t b) const {
      const ContactRecord& x = (*contacts)[a];
      const ContactRecord& y = (*contacts)[b];
      return x.wait_base != y.wait_base ? x.wait_base < y.wait_base : x.number < y.number;
    }
  };

  Treap<LineLinks> line_set_{LineLinks{&contacts_}};
  Treap<StandingLinks> standing_set_{StandingLinks{this}};
  Treap<QueueLinks> queue_set_{QueueLinks{&contacts_}};
};

}  // namespace strowger::routing
