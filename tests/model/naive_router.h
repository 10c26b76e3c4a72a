// The naive twin: the router once more, slow and obvious, written from the design and
// routing-core/engine/README.md and never from the engine's code. Every optimisation of the core
// answers to it. Single-threaded; nothing is indexed, everything is recomputed when asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "routing-core/prediction/arrivals.h"
#include "routing-core/prediction/wait_time.h"
#include "routing/canonical.h"
#include "routing/command.h"
#include "routing/event.h"
#include "routing/explanation.h"
#include "routing/limits.h"
#include "routing/outcome.h"
#include "routing/router.h"
#include "routing/rule_set.h"
#include "routing/time.h"
#include "tests/model/eligibility.h"
#include "tests/model/naive_state.h"

namespace strowger::model {

class NaiveRouter {
 public:
  NaiveRouter(const routing::Limits& limits, std::shared_ptr<const routing::RuleSet> rule_set);

  // As Router::Apply. Texts of the events live until the next Apply.
  routing::Result Apply(const routing::Command& command, routing::EventBuffer& events);
  routing::TimeNs next_deadline() const;
  routing::CanonicalState Canonical() const;
  // As Router::Predict, but for the wait itself.
  routing::ArrivalPrediction Predict(const routing::SubmitContact& command) const;

  // ---- Plain state, for the command generator and the checks --------------------------------
  routing::TimeNs now() const { return now_; }
  const std::map<std::string, NaiveContact>& contacts() const { return contacts_; }
  const std::map<std::string, NaiveAgent>& agents() const { return agents_; }
  const std::map<std::uint64_t, NaiveOffer>& offers() const { return offers_; }
  const std::map<std::string, NaiveQueue>& queues() const { return queues_; }
  std::uint64_t version() const { return version_; }
  std::size_t WatchCount() const { return watches_.size(); }
  const std::map<std::string, bool>& flags() const { return flags_; }
  const std::shared_ptr<const routing::RuleSet>& rule_set() const { return rule_set_; }
  const std::shared_ptr<const routing::RuleSet>& candidate() const { return candidate_; }
  // Empty where no contact waits under that id.
  routing::WaitCode WaitCodeOf(const std::string& contact) const;
  // Agents; 0 where no contact waits under that id.
  std::uint64_t EligibleFor(const std::string& contact) const;
  // Serves the queue of the contact, at a rank that it admits, delays aside.
  bool Admitted(const NaiveAgent& agent, const NaiveContact& contact) const;
  bool OldEnough(const NaiveAgent& agent, const NaiveContact& contact) const;
  // Ready, capacity, requirement, queue, rank, delay, bars: all that an offer asks.
  bool Eligible(const NaiveAgent& agent, const NaiveContact& contact) const;
  // Order of service at the present instant.
  bool ServedBefore(const NaiveContact& left, const NaiveContact& right) const;
  bool InLine(const NaiveContact& contact) const;
  // What uses its capacity, of what the router gave it.
  std::vector<Held> InHand(const NaiveAgent& agent) const;
  // An activation's replanning has not reached everybody.
  bool ReplansLeft() const;

 private:
  class Figures;

  // naive_router.cc: turns and deadlines.
  void RunTurn(const NaiveDeadline& deadline);
  void FireDeadlinesUntil(routing::TimeNs time);
  void Fire(const NaiveDeadline& deadline);
  std::vector<NaiveDeadline> Deadlines() const;
  void AddContactDeadlines(const NaiveContact& contact, std::vector<NaiveDeadline>& out) const;
  std::optional<NaiveDeadline> NextDeadline() const;
  bool MoreIsDue() const;
  routing::Outcome Do(const routing::CommandBody& body);
  void FinishTransition();
  void InstallQueues();
  routing::Outcome Activate(const routing::ActivateRuleSet& command);
  routing::Event& Emit(routing::EventType type);
  std::string_view Keep(std::string_view text);

  // naive_contacts.cc: arrival, change and end of contacts.
  routing::Outcome Submit(const routing::SubmitContact& command);
  routing::Outcome Update(const routing::UpdateContact& command);
  routing::Outcome Cancel(const routing::CancelContact& command);
  void Arrive(NaiveContact& contact);
  void SendOff(NaiveContact& contact, const routing::Destination* to, routing::Cause why);
  void Replan(NaiveContact& contact);
  routing::Decision Classify(const NaiveContact& contact, std::string_view exclude) const;
  void AdoptPlan(NaiveContact& contact, std::shared_ptr<const routing::Plan> plan);
  void JudgeBase(NaiveContact& contact);
  void RequirementChanged(NaiveContact& contact);
  bool Offered(const NaiveContact& contact, const NaiveAgent& agent) const;
  void NoteChosen(const std::string& queue, const NaiveAgent& agent);
  // naive_handling.cc
  void Assign(NaiveContact& contact, NaiveAgent& agent, const NaiveOffer* offer);
  routing::Outcome AssignByHand(const routing::AssignContact& command);
  routing::Outcome FindHandling(const std::string& contact, const std::string& agent,
                                NaiveContact** found);
  routing::Outcome Park(const routing::HoldContact& command);
  routing::Outcome Unpark(const routing::ResumeContact& command);
  void CountHandling(const NaiveContact& contact);
  routing::DurationNs HoldTimeOf(const NaiveContact& contact) const;
  void CompleteHandling(NaiveContact& contact, routing::Cause cause,
                        const std::optional<NaiveWrapUp>& wrap_up);
  void LetGo(NaiveAgent& agent, const std::string& queue,
             const std::optional<NaiveWrapUp>& wrap_up);
  routing::Outcome Transfer(const routing::TransferContact& command);
  // naive_queues.cc
  routing::Outcome SetOpen(const routing::SetQueueOpen& command);
  routing::Outcome Move(const routing::MoveContacts& command);
  bool IsFree(const NaiveAgent& agent) const;
  bool Nobody(const NaiveContact& contact, routing::WhenEmpty::Nobody level) const;
  void KeepVigil();
  std::optional<routing::TimeNs> WhenEmptyDue(const NaiveContact& contact) const;
  void FireWhenEmpty(NaiveContact& contact);
  NaiveContact* NextToReplan();
  void ReplanSlice();
  // naive_requests.cc: wishes for one agent, arrivals regained.
  void MakeRequest(NaiveContact& contact, const routing::AgentRequest& own);
  void EndRequest(NaiveContact& contact);
  void DropRequestsFor(const std::string& agent);
  bool Asks(const NaiveContact& contact, const NaiveAgent& agent) const;
  void Resume(NaiveContact& contact, const routing::Resume& resume);
  void BecomeResumable(NaiveContact& contact);
  void RecordFact(NaiveQueue& queue, routing::DurationNs wait, bool assigned);
  static bool IsInTime(const NaiveQueue& queue, routing::DurationNs wait);
  void End(NaiveContact& contact, routing::EndReason reason, std::string_view treatment,
           routing::Cause cause, std::string_view agent = {});
  void Forget(const std::string& contact);
  routing::Decision DecisionOn(const routing::SubmitContact& command,
                               const NaiveContact& contact) const;
  routing::Outcome Erase(const routing::EraseContactData& command);
  bool UnknownQueue(const routing::Plan& plan) const;
  std::uint64_t Position(const NaiveContact& contact) const;
  std::uint64_t Waiting(std::string_view queue, const NaiveContact* except) const;
  bool Full(const NaiveContact& contact) const;
  bool SomeoneEligible(const NaiveContact& contact) const;
  bool Reaches(const NaiveContact& contact, const NaiveAgent& agent) const;
  bool ReachesSomeone(const NaiveContact& contact) const;
  routing::DurationNs WaitOf(const NaiveContact& contact) const;

  // naive_trial.cc: flags, and a rule set beside the active one.
  routing::Outcome Set(const routing::SetFlag& command);
  routing::Outcome Set(const routing::SetCandidate& command);
  bool DecidedByCandidate(const std::string& contact) const;
  void TakeOverFlags(const std::shared_ptr<const routing::RuleSet>& next);
  std::optional<std::int64_t> GroupFigureOf(routing::FigureOwner owner, std::string_view name,
                                            routing::Figure figure) const;
  bool FitsWithoutOffers(const NaiveAgent& agent, const NaiveContact& contact) const;

  // naive_agents.cc
  routing::Outcome Upsert(const routing::UpsertAgents& command);
  routing::Outcome Sync(const routing::SyncAgents& command);
  routing::Outcome CheckUpdates(const std::vector<routing::AgentUpdate>& updates,
                                bool forced) const;
  routing::Outcome Restart(const routing::Restarted& command);
  routing::Outcome SetState(const routing::SetAgentState& command);
  routing::Outcome Remove(const routing::RemoveAgent& command);
  void ApplyUpdate(const routing::AgentUpdate& update);
  void AskForState(NaiveAgent& agent, routing::AgentState state, const std::string& reason,
                   bool pending);
  void TakePendingStates();
  void ChangeState(NaiveAgent& agent, routing::AgentState state, const std::string& reason);
  void SetOutside(NaiveAgent& agent, const routing::OutsideWork& outside);
  void SetPace(NaiveAgent& agent, const routing::Pace& pace);
  void StartLease(NaiveAgent& agent);
  void Confirm(NaiveAgent& agent);
  bool IsPaceUsedUp(const NaiveAgent& agent) const;
  bool CanTakeAnything(const NaiveAgent& agent) const;
  void LogIn(NaiveAgent& agent);
  void GiveUpWork(NaiveAgent& agent);
  void UpdateSpans(NaiveAgent& agent);
  bool IsHandling(const NaiveAgent& agent) const;

  // naive_offers.cc: offers, handling, wrap-up, bars.
  routing::Outcome Accept(const routing::AcceptOffer& command);
  routing::Outcome Decline(const routing::DeclineOffer& command);
  routing::Outcome Complete(const routing::CompleteContact& command);
  routing::Outcome Finish(const routing::FinishWrapUp& command);
  routing::Outcome Renew(const routing::RenewLease& command);
  void StartHandlingLease(NaiveContact& contact);
  routing::Outcome FindOffer(const std::string& contact, const std::string& agent,
                             std::uint64_t number, const NaiveOffer** found) const;
  void Offer(NaiveContact& contact, NaiveAgent& agent);
  void MakeOffer(NaiveContact& contact, NaiveAgent& agent);
  void RescindOffer(const NaiveOffer& offer, routing::Cause cause);
  void Exclude(NaiveContact& contact, const std::string& agent);
  bool HasRoomFor(const NaiveAgent& agent, const NaiveContact& contact) const;
  void OfferFailed(const NaiveOffer& offer, bool declined);
  void OfferOutlived(const NaiveOffer& offer);
  void RescindOffersOf(NaiveContact& contact, routing::Cause cause);
  void RescindAndRequeueAll(NaiveAgent& agent, routing::Cause cause);
  void Requeue(NaiveContact& contact, routing::Cause cause);
  std::optional<NaiveWrapUp> WrapUpAfter(const NaiveContact& contact,
                                         const NaiveAgent& agent) const;
  void EndWrapUp(NaiveAgent& agent, std::size_t index);
  void JudgeExclusion(NaiveContact& contact);
  void JudgeAllExclusions();
  std::vector<std::uint64_t> OffersOfAgent(const std::string& agent) const;

  // naive_triggers.cc: steps, overflow, wait limit.
  void FireStep(NaiveContact& contact, std::size_t index);
  void TakeOrSkip(NaiveContact& contact, std::size_t index);
  bool AddsNobody(const NaiveContact& before, const NaiveContact& after) const;
  NaiveContact AfterStep(const NaiveContact& contact, const routing::Step& step) const;
  void FireOverflow(NaiveContact& contact);
  void FireWaitLimit(NaiveContact& contact);
  bool Leave(NaiveContact& contact, std::size_t overflow);
  void GoTo(NaiveContact& contact, const routing::Destination& first, std::string_view overflow,
            routing::Cause way);
  void AdoptDestination(NaiveContact& contact, const routing::Destination& to);
  routing::Cause TurnedAway(const NaiveContact& contact, const routing::Destination** to) const;
  bool MayEnter(const NaiveContact& contact, const std::string& queue) const;
  bool Evaluate(const NaiveContact& contact,
                const std::shared_ptr<const routing::Condition>& condition) const;
  void RearmTriggers(NaiveContact& contact);
  void JudgeTriggersAgain(NaiveContact& contact);
  void RecheckOverflow(NaiveContact& contact);
  // naive_watches.cc: conditions over figures that are looked at when figures change.
  void JoinWatches(const NaiveContact& contact);
  void JoinWatchesHere(const NaiveContact& contact);
  void LookAtWatches();
  bool Look(std::uint64_t watch_number);
  bool LookAtMember(NaiveContact& contact, const NaiveWatch& watch);
  bool IsMember(const NaiveContact& contact, const NaiveWatch& watch) const;
  void DropEmptyWatches();
  NaiveWatch* FindWatch(std::uint64_t number);
  std::vector<std::optional<std::int64_t>> Counts(const NaiveWatch& watch) const;

  // naive_settle.cc: the only place that matches.
  void Settle();
  void Match();
  // naive_looks.cc: queues that are looked at while contacts stand in line.
  void LookAtQueues();
  void FireQueueLook(std::uint64_t queue_number);
  void LookAtQueue(NaiveQueue& queue, bool first);
  void StopLooking(NaiveQueue& queue);
  bool SomeoneInLine(const NaiveQueue& queue) const;
  bool Lent(const NaiveAgent& agent, const std::string& queue) const;
  bool TooBusy(const NaiveAgent& agent, const NaiveQueue& queue) const;
  std::optional<routing::TimeNs> NextDelay(const NaiveQueue& queue) const;
  void FireDelays();
  routing::DurationNs Within(const NaiveContact& contact) const;
  int ServiceClass(const NaiveContact& contact) const;
  std::int64_t RankFor(const NaiveAgent& agent, const NaiveContact& contact) const;
  void AskPlace(const NaiveContact& contact);
  void Freed(const NaiveAgent& agent);
  void Place(NaiveContact& contact);
  NaiveContact* FirstFor(const NaiveAgent& agent);
  bool TakeOne(NaiveAgent& agent);
  // naive_choice.cc
  NaiveAgent* Choose(const NaiveContact& contact, const std::vector<NaiveAgent*>& eligible);
  std::int64_t ComparedRank(const NaiveAgent& agent, const NaiveContact& contact) const;
  int CompareOccupancy(const NaiveAgent& left, const NaiveAgent& right) const;
  int CompareShares(const NaiveAgent& left, const NaiveAgent& right, const NaiveQueue& queue) const;
  std::int64_t Score(const NaiveAgent& agent, const NaiveContact& contact) const;
  std::int64_t TermOf(const std::string& name, const NaiveAgent& agent,
                      const NaiveContact& contact) const;
  std::int64_t SpareCapacity(const NaiveAgent& agent) const;
  std::int64_t Scarcity(const NaiveAgent& agent, const NaiveContact& contact) const;
  bool BetterAgent(const NaiveAgent& left, const NaiveAgent& right,
                   const NaiveContact& contact) const;
  int CompareByStrategy(const NaiveAgent& left, const NaiveAgent& right,
                        const NaiveContact& contact) const;
  // Busy time and what it is measured against, over the trailing half hour.
  std::pair<routing::DurationNs, routing::DurationNs> Occupancy(const NaiveAgent& agent) const;
  bool Barred(const NaiveContact& contact, const std::string& agent) const;

  // naive_figures.cc
  std::optional<std::int64_t> FigureOf(std::string_view queue, routing::Figure figure,
                                       const NaiveContact* except) const;
  std::int64_t PredictedWait(const NaiveQueue& queue, const NaiveContact* except) const;
  std::int64_t Places() const;
  void ServiceEnded(const std::string& queue);
  void TellMeters();
  std::int64_t OldestWait(std::string_view queue, const NaiveContact* except) const;
  bool CountsAs(const NaiveAgent& agent, routing::Figure figure) const;
  std::uint64_t CountAgents(std::string_view queue, routing::Figure figure) const;
  std::int64_t WindowFigure(const NaiveQueue& queue, routing::Figure figure) const;
  std::int64_t OccupancyOfQueue(const std::string& queue) const;

  routing::Limits limits_;
  std::shared_ptr<const routing::RuleSet> rule_set_;
  std::uint64_t version_ = 1;
  std::map<std::string, bool> flags_;
  std::shared_ptr<const routing::RuleSet> candidate_;
  std::int64_t share_ = 0;
  routing::TimeNs now_ = 0;
  std::uint64_t sequence_ = 0;
  Turn turn_ = 0;
  std::uint64_t contacts_seen_ = 0;
  std::uint64_t agents_seen_ = 0;
  std::uint64_t offers_made_ = 0;
  std::uint64_t holds_made_ = 0;
  std::uint64_t watches_made_ = 0;
  std::uint64_t random_state_ = 0;

  std::map<std::string, NaiveContact> contacts_;
  std::deque<std::string> ended_;  // oldest end first
  std::map<std::string, NaiveAgent> agents_;
  std::map<std::uint64_t, NaiveOffer> offers_;  // the open ones
  routing::HazardMeter service_{30 * routing::kMinute, 3 * routing::kMinute};
  routing::HazardMeter patience_{30 * routing::kMinute, routing::kNever};
  routing::ArrivalsByPriority arrivals_;
  std::map<std::string, NaiveQueue> queues_;
  std::vector<NaiveWatch> watches_;

  // What the present turn has asked of settle.
  std::vector<std::string> to_place_;
  std::vector<std::string> freed_;
  bool batch_ = false;
  bool agents_changed_ = false;
  bool restarting_ = false;

  routing::EventBuffer* events_ = nullptr;
  std::uint32_t event_index_ = 0;
  std::deque<std::string> texts_;
};

}  // namespace strowger::model
