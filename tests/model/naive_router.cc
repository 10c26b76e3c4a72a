#include "tests/model/naive_router.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <type_traits>
#include <variant>

namespace strowger::model {

using routing::Command;
using routing::ContactState;
using routing::Event;
using routing::EventType;
using routing::kNever;
using routing::Outcome;
using routing::QueueSettings;
using routing::Result;
using routing::TimeNs;

bool NaiveDeadline::operator<(const NaiveDeadline& other) const {
  return std::tie(time, set, kind, number, second) <
         std::tie(other.time, other.set, other.kind, other.number, other.second);
}

NaiveRouter::NaiveRouter(const routing::Limits& limits,
                         std::shared_ptr<const routing::RuleSet> rule_set)
    : limits_(limits), rule_set_(std::move(rule_set)) {
  for (const routing::FlagDefault& flag : rule_set_->flags()) flags_[flag.name] = flag.on;
  InstallQueues();
}

// ---- Turns ------------------------------------------------------------------------------------

Result NaiveRouter::Apply(const Command& command, routing::EventBuffer& events) {
  texts_.clear();
  events_ = &events;
  event_index_ = 0;
  sequence_ = command.sequence;
  restarting_ = std::holds_alternative<routing::Restarted>(command.body);
  bool owes_batch = ReplansLeft();
  FireDeadlinesUntil(command.time);
  now_ = command.time;
  ++turn_;
  const Outcome outcome = Do(command.body);
  owes_batch = owes_batch || ReplansLeft();
  // That time passes is no turn: what it brings has turns of its own.
  if (outcome == Outcome::kOk && !std::holds_alternative<routing::Tick>(command.body)) {
    FinishTransition();
    Settle();
    KeepVigil();
    LookAtWatches();
    TellMeters();
    FireDeadlinesUntil(now_);
  }
  if (ReplansLeft()) {
    ReplanSlice();
    owes_batch = ReplansLeft();
    FireDeadlinesUntil(now_);
  }
  if (owes_batch && !ReplansLeft()) {
    ++turn_;
    batch_ = true;
    FinishTransition();
    Settle();
    KeepVigil();
    LookAtWatches();
    TellMeters();
    FireDeadlinesUntil(now_);
  }
  return {outcome, {}};
}

void NaiveRouter::FireDeadlinesUntil(TimeNs time) {
  while (true) {
    const std::optional<NaiveDeadline> next = NextDeadline();
    if (!next.has_value() || next->time > time) return;
    RunTurn(*next);
  }
}

void NaiveRouter::RunTurn(const NaiveDeadline& deadline) {
  const bool none_left = !ReplansLeft();
  now_ = std::max(now_, deadline.time);
  ++turn_;
  Fire(deadline);
  FinishTransition();
  Settle();
  KeepVigil();
  LookAtWatches();
  TellMeters();
  // Whom it requeued is replanned at this instant, whatever commands come when.
  while (none_left && !restarting_ && ReplansLeft()) ReplanSlice();
}

void NaiveRouter::FinishTransition() {
  TakePendingStates();
  if (agents_changed_) JudgeAllExclusions();
  agents_changed_ = false;
}

Outcome NaiveRouter::Do(const routing::CommandBody& body) {
  return std::visit(
      [this](const auto& command) -> Outcome {
        using T = std::decay_t<decltype(command)>;
        if constexpr (std::is_same_v<T, routing::SubmitContact>) return Submit(command);
        if constexpr (std::is_same_v<T, routing::UpdateContact>) return Update(command);
        if constexpr (std::is_same_v<T, routing::CancelContact>) return Cancel(command);
        if constexpr (std::is_same_v<T, routing::UpsertAgents>) return Upsert(command);
        if constexpr (std::is_same_v<T, routing::SetAgentState>) return SetState(command);
        if constexpr (std::is_same_v<T, routing::RemoveAgent>) return Remove(command);
        if constexpr (std::is_same_v<T, routing::AcceptOffer>) return Accept(command);
        if constexpr (std::is_same_v<T, routing::DeclineOffer>) return Decline(command);
        if constexpr (std::is_same_v<T, routing::CompleteContact>) return Complete(command);
        if constexpr (std::is_same_v<T, routing::FinishWrapUp>) return Finish(command);
        if constexpr (std::is_same_v<T, routing::ActivateRuleSet>) return Activate(command);
        if constexpr (std::is_same_v<T, routing::RenewLease>) return Renew(command);
        if constexpr (std::is_same_v<T, routing::SyncAgents>) return Sync(command);
        if constexpr (std::is_same_v<T, routing::Restarted>) return Restart(command);
        if constexpr (std::is_same_v<T, routing::SetFlag>) return Set(command);
        if constexpr (std::is_same_v<T, routing::SetCandidate>) return Set(command);
        if constexpr (std::is_same_v<T, routing::TransferContact>) return Transfer(command);
        if constexpr (std::is_same_v<T, routing::AssignContact>) return AssignByHand(command);
        if constexpr (std::is_same_v<T, routing::HoldContact>) return Park(command);
        if constexpr (std::is_same_v<T, routing::ResumeContact>) return Unpark(command);
        if constexpr (std::is_same_v<T, routing::SetQueueOpen>) return SetOpen(command);
        if constexpr (std::is_same_v<T, routing::MoveContacts>) return Move(command);
        if constexpr (std::is_same_v<T, routing::EraseContactData>) return Erase(command);
        return Outcome::kOk;
      },
      body);
}

// ---- Deadlines --------------------------------------------------------------------------------

bool NaiveRouter::MoreIsDue() const {
  const std::optional<NaiveDeadline> next = NextDeadline();
  return next.has_value() && next->time <= now_;
}

// While contacts wait to be replanned any command brings that forward.
TimeNs NaiveRouter::next_deadline() const {
  if (ReplansLeft()) return now_;
  const std::optional<NaiveDeadline> next = NextDeadline();
  return next.has_value() ? next->time : kNever;
}

std::optional<NaiveDeadline> NaiveRouter::NextDeadline() const {
  const std::vector<NaiveDeadline> all = Deadlines();
  const auto least = std::min_element(all.begin(), all.end());
  if (least == all.end()) return std::nullopt;
  return *least;
}

std::vector<NaiveDeadline> NaiveRouter::Deadlines() const {
  std::vector<NaiveDeadline> all;
  for (const auto& [number, offer] : offers_) {
    all.push_back({offer.until, offer.made, DeadlineKind::kOfferExpiry, number, 0, {}, {}});
  }
  for (const auto& [id, agent] : agents_) {
    for (const NaiveWrapUp& wrap_up : agent.wrap_ups) {
      all.push_back({wrap_up.until,
                     wrap_up.set,
                     DeadlineKind::kWrapUp,
                     agent.number,
                     wrap_up.contact_number,
                     {},
                     id});
    }
    if (agent.barred_until != 0) {
      all.push_back(
          {agent.barred_until, agent.barred, DeadlineKind::kBackOff, agent.number, 0, {}, id});
    }
    if (agent.lease_until != 0 && !restarting_) {
      all.push_back(
          {agent.lease_until, agent.leased, DeadlineKind::kAgentLease, agent.number, 0, {}, id});
    }
    for (const NaiveAssignment& assignment : agent.paced) {
      const TimeNs passes = assignment.time + agent.pace.per;
      all.push_back({passes, assignment.made, DeadlineKind::kPace, agent.number, 0, {}, id});
    }
  }
  for (const auto& [id, contact] : contacts_) AddContactDeadlines(contact, all);
  for (const auto& [name, queue] : queues_) {
    const std::optional<TimeNs> delay = NextDelay(queue);
    if (delay.has_value()) {
      all.push_back({*delay, 0, DeadlineKind::kDelay, 0, 0, {}, {}});
    }
    if (queue.look_due.has_value()) {
      all.push_back(
          {*queue.look_due, queue.look_set, DeadlineKind::kQueueLook, queue.number, 0, {}, {}});
    }
  }
  for (const NaiveWatch& watch : watches_) {
    if (!watch.look_due.has_value()) continue;
    all.push_back({*watch.look_due, watch.look_set, DeadlineKind::kLook, watch.number, 0, {}, {}});
  }
  return all;
}

void NaiveRouter::AddContactDeadlines(const NaiveContact& contact,
                                      std::vector<NaiveDeadline>& out) const {
  const auto add = [&](TimeNs time, Turn set, DeadlineKind kind, std::uint64_t second,
                       const std::string& agent = {}) {
    out.push_back({time, set, kind, contact.number, second, contact.id, agent});
  };
  for (const NaiveBar& bar : contact.bars) {
    add(bar.until, bar.set, DeadlineKind::kBar, agents_.at(bar.agent).number, bar.agent);
  }
  if (contact.state == ContactState::kHandling && contact.lease_until != 0 && !restarting_) {
    const std::uint64_t agent = agents_.at(contact.agent).number;
    out.push_back({contact.lease_until,
                   contact.leased,
                   DeadlineKind::kHandlingLease,
                   agent,
                   contact.number,
                   contact.id,
                   {}});
  }
  if (!contact.waiting()) return;
  if (!contact.opened) {
    add(contact.not_before, contact.submitted, DeadlineKind::kNotBefore, 0);
  }
  if (contact.request.has_value() && contact.request->due.has_value()) {
    add(*contact.request->due, contact.planned, DeadlineKind::kRequest, 0);
  }
  for (std::size_t i = contact.steps_passed; i < contact.steps.size(); ++i) {
    if (contact.steps[i].pending) continue;
    add(contact.steps[i].due, contact.planned, DeadlineKind::kStep, i);
  }
  for (const NaiveOverflow& overflow : contact.overflow) {
    if (!overflow.came_due) add(overflow.due, contact.planned, DeadlineKind::kOverflow, 0);
  }
  if (contact.overflow_recheck.has_value()) {
    add(*contact.overflow_recheck, contact.planned, DeadlineKind::kOverflow, 0);
  }
  if (const auto due = WhenEmptyDue(contact); due.has_value()) {
    add(*due, contact.planned, DeadlineKind::kWhenEmpty, 0);
  }
  if (contact.wait_limit_due.has_value()) {
    add(*contact.wait_limit_due, contact.planned, DeadlineKind::kWaitLimit, 0);
  }
}

void NaiveRouter::Fire(const NaiveDeadline& deadline) {
  switch (deadline.kind) {
    case DeadlineKind::kOfferExpiry: {
      const NaiveOffer offer = offers_.at(deadline.number);
      return restarting_ ? OfferOutlived(offer) : OfferFailed(offer, /*declined=*/false);
    }
    case DeadlineKind::kWrapUp: {
      NaiveAgent& agent = agents_.at(deadline.agent);
      for (std::size_t i = 0; i < agent.wrap_ups.size(); ++i) {
        const NaiveWrapUp& wrap_up = agent.wrap_ups[i];
        const bool meant = wrap_up.contact_number == deadline.second &&
                           wrap_up.until == deadline.time && wrap_up.set == deadline.set;
        if (meant) return EndWrapUp(agent, i);
      }
      return;
    }
    case DeadlineKind::kBackOff: {
      NaiveAgent& agent = agents_.at(deadline.agent);
      agent.barred_until = 0;
      return Freed(agent);
    }
    case DeadlineKind::kAgentLease: {
      const std::size_t first = events_->size();
      ChangeState(agents_.at(deadline.agent), routing::AgentState::kOffline, {});
      events_->at(first).cause = routing::Cause::kLeaseLapsed;
      agents_changed_ = true;
      return;
    }
    case DeadlineKind::kHandlingLease:
      return CompleteHandling(contacts_.at(deadline.contact), routing::Cause::kLeaseLapsed, {});
    case DeadlineKind::kPace: {
      NaiveAgent& agent = agents_.at(deadline.agent);
      agent.paced.erase(agent.paced.begin());
      return Freed(agent);
    }
    case DeadlineKind::kBar: {
      NaiveContact& contact = contacts_.at(deadline.contact);
      std::erase_if(contact.bars, [&](const NaiveBar& bar) { return bar.agent == deadline.agent; });
      return AskPlace(contact);
    }
    case DeadlineKind::kNotBefore: {
      NaiveContact& contact = contacts_.at(deadline.contact);
      contact.opened = true;
      return AskPlace(contact);
    }
    case DeadlineKind::kRequest: {
      NaiveContact& contact = contacts_.at(deadline.contact);
      EndRequest(contact);
      return RequirementChanged(contact);
    }
    case DeadlineKind::kStep:
      return FireStep(contacts_.at(deadline.contact), deadline.second);
    case DeadlineKind::kOverflow:
      return FireOverflow(contacts_.at(deadline.contact));
    case DeadlineKind::kWhenEmpty:
      return FireWhenEmpty(contacts_.at(deadline.contact));
    case DeadlineKind::kWaitLimit:
      return FireWaitLimit(contacts_.at(deadline.contact));
    case DeadlineKind::kLook: {
      NaiveWatch& watch = *FindWatch(deadline.number);
      watch.look_due.reset();
      Look(watch.number);
      return;
    }
    case DeadlineKind::kDelay:
      return FireDelays();
    case DeadlineKind::kQueueLook:
      return FireQueueLook(deadline.number);
  }
}

// ---- Rule sets --------------------------------------------------------------------------------

Outcome NaiveRouter::Activate(const routing::ActivateRuleSet& command) {
  if (command.rule_set == nullptr) return Outcome::kInvalidArgument;
  if (command.if_version.has_value() && *command.if_version != version_) {
    return Outcome::kVersionMismatch;
  }
  std::set<std::string> names;
  for (const QueueSettings& settings : command.rule_set->queues()) names.insert(settings.name);
  for (const auto& [id, contact] : contacts_) {
    // One that an earlier set left out already does not count.
    if (command.replan || !contact.live() || queues_.at(contact.queue).retired) continue;
    if (!names.contains(contact.queue)) return Outcome::kInUse;
  }
  if (names.size() > limits_.queues) return Outcome::kOverLimit;
  TakeOverFlags(command.rule_set);
  rule_set_ = command.rule_set;
  candidate_ = nullptr;
  share_ = 0;
  ++version_;
  InstallQueues();
  Event& event = Emit(EventType::kActivated);
  event.text = Keep(rule_set_->name());
  event.number = version_;
  for (auto& [id, contact] : contacts_) {
    if (command.replan && contact.waiting() && !contact.rule.empty()) contact.replan_due = true;
  }
  batch_ = !ReplansLeft();
  return Outcome::kOk;
}

void NaiveRouter::InstallQueues() {
  for (auto& [name, queue] : queues_) {
    queue.retired = true;
    queue.look_due.reset();
    queue.borrows.clear();
    queue.assigned_to.clear();
  }
  for (const QueueSettings& settings : rule_set_->queues()) {
    NaiveQueue& queue = queues_[settings.name];
    if (queue.number == 0) queue.number = queues_.size();
    if (queue.settings.window != settings.window) queue.facts.clear();
    queue.settings = settings;
    if (settings.select != routing::Strategy::kRoundRobin) queue.last_chosen.clear();
    queue.borrows.assign(settings.borrow.size(), false);
    if (settings.select == routing::Strategy::kAllocation) {
      for (const routing::AgentShare& share : settings.shares) queue.assigned_to[share.agent] = 0;
    }
    queue.retired = false;
  }
  for (auto& [name, queue] : queues_) {
    if (!queue.retired) continue;
    queue.settings.when_empty.reset();
    queue.settings.borrow.clear();
    queue.settings.shares.clear();
  }
}

// ---- Events -----------------------------------------------------------------------------------

Event& NaiveRouter::Emit(EventType type) {
  Event event;
  event.type = type;
  event.sequence = sequence_;
  event.index = event_index_++;
  event.time = now_;
  events_->push_back(event);
  return events_->back();
}

std::string_view NaiveRouter::Keep(std::string_view text) {
  if (text.empty()) return {};
  texts_.emplace_back(text);
  return texts_.back();
}

}  // namespace strowger::model
