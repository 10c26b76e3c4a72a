// What a contact waits for, from the state of now: who stands at which test, and what comes next.
#include <algorithm>
#include <bit>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "routing-core/engine/engine.h"
#include "routing-core/engine/unmet.h"

namespace strowger::routing {

// ---- One agent --------------------------------------------------------------------------------

// The end of work that is nearest, as far as it can be known.
void Router::Engine::ExplainWork(const AgentRecord& agent, AgentObstacle& to) const {
  std::size_t others = 0;
  for (HoldSlot slot = agent.first_hold; slot != kNoSlot; slot = holds_[slot].next_of_agent) {
    const Hold& hold = holds_[slot];
    const bool reserved = hold.kind == AgentWork::Kind::kReserved;
    if (reserved != (to.obstacle == Obstacle::kReserved)) continue;
    const bool handling = hold.kind == AgentWork::Kind::kHandling;
    const TimeNs until =
        handling ? std::max(now_, hold.since + queues_[hold.queue].service.MeanTime(now_))
                 : hold.until;
    if (to.until == 0 || until < to.until) {
      to.until = until;
      to.expected = handling;
    }
    if (!to.detail.empty()) {
      ++others;
      continue;
    }
    const std::string_view contact =
        hold.contact == kNoSlot ? hold.contact_id.view() : IdOf(contacts_[hold.contact]);
    const char* const what =
        handling ? "handles " : (reserved ? "is offered " : "is in wrap-up after ");
    to.detail = absl::StrCat(what, absl::string_view(contact.data(), contact.size()));
  }
  if (others > 0) absl::StrAppend(&to.detail, " and ", others, " more");
}

void Router::Engine::ExplainCap(const ContactRecord& contact, const AgentRecord& agent,
                                AgentObstacle& to) const {
  if (IsPaceUsedUp(agent)) {
    to.detail = absl::StrCat("paced at ", agent.pace.contacts, " in ",
                             absl::FormatDuration(absl::Nanoseconds(agent.pace.per)));
    if (!agent.paced.empty()) to.until = agent.paced.front().time + agent.pace.per;
    return;
  }
  const Cap* const cap = CapReached(agent, contact.queue, contact.labels);
  if (cap != nullptr)
    to.detail = absl::StrCat("may have no more than ", cap->most, " of ", cap->name);
}

AgentObstacle Router::Engine::Explain(const ContactRecord& contact, AgentSlot slot,
                                      Obstacle obstacle) const {
  const AgentRecord& agent = agents_[slot];
  AgentObstacle result;
  result.agent = agent.id;
  result.obstacle = obstacle;
  switch (obstacle) {
    case Obstacle::kRequirement:
      result.detail = eligibility_.Satisfies(slot, contact.requirement)
                          ? absl::StrCat("is not ", agents_[RequestedBy(contact)].id)
                          : UnmetBy(TraitsOf(slot), eligibility_.requirement(contact.requirement));
      break;
    case Obstacle::kRank:
      result.detail = absl::StrCat("rank ", RankIn(contact.queue, slot));
      break;
    case Obstacle::kNotReady:
      result.detail = agent.reason;
      break;
    case Obstacle::kBusy:
    case Obstacle::kReserved:
      ExplainWork(agent, result);
      break;
    case Obstacle::kExcluded:
      result.until = agent.barred_until;
      result.detail = agent.barred_until != 0 ? "backs off" : "";
      for (BarSlot bar = contact.first_bar; bar != kNoSlot; bar = bars_[bar].next_of_contact) {
        if (bars_[bar].agent != slot) continue;
        result.until = std::max(result.until, bars_[bar].until);
        if (result.detail.empty()) result.detail = "declined this contact or let it expire";
      }
      break;
    case Obstacle::kDelay: {
      const DurationNs delay = FindServed(agent.queues, contact.queue)->delay;
      result.until = contact.wait_base + delay;
      result.detail = absl::StrCat("takes those who have waited ",
                                   absl::FormatDuration(absl::Nanoseconds(delay)));
      break;
    }
    case Obstacle::kCap:
      ExplainCap(contact, agent, result);
      break;
    case Obstacle::kOffline:
    case Obstacle::kOtherQueue:
    case Obstacle::kNone:
      break;
  }
  return result;
}

// ---- All agents -------------------------------------------------------------------------------

void Router::Engine::CountObstacles(const ContactRecord& contact, WaitView& view) const {
  std::uint64_t logged_in_agents = 0;
  for (std::size_t word = 0; word < logged_in_.words(); ++word) {
    const std::uint64_t logged_in = logged_in_.word(word);
    if (logged_in == 0) continue;
    logged_in_agents += static_cast<std::uint64_t>(std::popcount(logged_in));
    const Sorted at = SortByObstacle(contact, word, logged_in, Offers::kExact);
    for (std::size_t i = 0; i < at.size(); ++i) {
      view.agents[i] += static_cast<std::uint64_t>(std::popcount(at[i]));
    }
  }
  view.agents[static_cast<std::size_t>(Obstacle::kOffline)] =
      agents_by_id_.size() - logged_in_agents;
}

void Router::Engine::NameAgents(const ContactRecord& contact, WaitView& view) const {
  const auto name_those = [&](bool logged_in, bool satisfying) {
    for (std::size_t word = 0; word < logged_in_.words(); ++word) {
      const std::uint64_t all = eligibility_.SatisfyingWord(word, contact.requirement);
      std::uint64_t these = satisfying ? all : ~all;
      these &= logged_in ? logged_in_.word(word) : ~logged_in_.word(word);
      for (; these != 0; these &= these - 1) {
        const auto agent =
            static_cast<AgentSlot>(word * 64) + static_cast<AgentSlot>(std::countr_zero(these));
        if (view.named.size() == kMaxNamedAgents) return;
        if (agent >= agents_.extent() || !agents_[agent].in_use) continue;
        view.named.push_back(Explain(contact, agent, ObstacleOf(contact, agent)));
      }
    }
  };
  name_those(true, true);
  name_those(false, true);
  name_those(true, false);
  std::stable_sort(view.named.begin(), view.named.end(),
                   [](const AgentObstacle& a, const AgentObstacle& b) {
                     return a.obstacle != b.obstacle ? a.obstacle > b.obstacle : a.agent < b.agent;
                   });
  for (const AgentObstacle& each : view.named) {
    const bool sooner = view.next_free == 0 || each.until < view.next_free;
    if (each.until != 0 && sooner) view.next_free = each.until;
  }
}

WaitCode Router::Engine::CodeOf(const ContactRecord& contact, const WaitView& view) const {
  constexpr WaitCode kCodes[kObstacleCount] = {WaitCode::kNobodyLoggedIn,
                                               WaitCode::kNobodyLoggedIn,
                                               WaitCode::kNobodySatisfies,
                                               WaitCode::kNobodySatisfies,
                                               WaitCode::kNobodyReady,
                                               WaitCode::kAllBusy,
                                               WaitCode::kReserved,
                                               WaitCode::kExcluded,
                                               WaitCode::kDelay,
                                               WaitCode::kCap,
                                               WaitCode::kNone};
  Obstacle furthest = Obstacle::kOffline;
  for (int i = 0; i < kObstacleCount; ++i) {
    if (view.agents[i] > 0) furthest = static_cast<Obstacle>(i);
  }
  if (contact.state == ContactState::kOffered) furthest = std::min(furthest, Obstacle::kReserved);
  if (view.not_before != 0 && furthest > Obstacle::kDelay) return WaitCode::kNotBefore;
  return kCodes[static_cast<int>(furthest)];
}

// ---- What comes -------------------------------------------------------------------------------

std::uint64_t Router::Engine::Newcomers(const Reach& wider, const ContactRecord& contact) const {
  std::uint64_t newcomers = 0;
  for (std::size_t word = 0; word < logged_in_.words(); ++word) {
    if (logged_in_.word(word) == 0) continue;
    const std::uint64_t added = ReachedWord(word, wider) & ~AskedWord(word, contact);
    newcomers += static_cast<std::uint64_t>(std::popcount(added));
  }
  return newcomers;
}

// The first that has not been passed.
std::optional<NextStep> Router::Engine::NextStepOf(const ContactRecord& contact) const {
  if (contact.plan == kNoSlot) return std::nullopt;
  const PlanRecord& record = plans_[contact.plan];
  if (contact.steps_passed >= record.plan->steps.size()) return std::nullopt;
  const Step& step = record.plan->steps[contact.steps_passed];
  NextStep next;
  next.id = step.id;
  next.at = std::max(now_, contact.plan_start + step.after);
  if (step.when != nullptr) next.when = step.when->source();
  next.queue = step.queue;
  const RequirementId requirement = record.step_requirements[contact.steps_passed];
  next.opens = requirement != kNoSlot;
  if (next.opens) next.requirement = eligibility_.requirement(requirement);
  next.newcomers = Newcomers(ReachAfter(record, contact.steps_passed, ReachOf(contact)), contact);
  return next;
}

std::optional<WaitView> Router::Engine::WhyWaiting(std::string_view id) const {
  const ContactSlot slot = ContactNamed(id);
  if (slot == kNoSlot) return std::nullopt;
  const ContactRecord& contact = contacts_[slot];
  WaitView view;
  view.contact = IdOf(contact);
  view.channel = channels_.name(contact.channel);
  view.now = now_;
  if (contact.queue != kNoSlot) view.queue = names_.name(queues_[contact.queue].name);
  view.waiting = contact.in_queue;
  if (!view.waiting) return view;
  view.waited = std::max<DurationNs>(0, now_ - contact.wait_base);
  view.position = Position(slot);
  view.requirement = eligibility_.requirement(contact.requirement);
  const AgentSlot wished = RequestedBy(contact);
  if (wished != kNoSlot) view.wished_agent = agents_[wished].id;
  view.predicted_wait = PredictionOf(slot).mean;
  if (contact.not_before_deadline != kNoSlot) view.not_before = contact.not_before;
  CountObstacles(contact, view);
  NameAgents(contact, view);
  for (HoldSlot h = contact.first_hold; h != kNoSlot; h = holds_[h].next_of_contact) {
    view.offers.push_back({holds_[h].offer, agents_[holds_[h].agent].id, holds_[h].until});
  }
  view.code = CodeOf(contact, view);
  view.next_step = NextStepOf(contact);
  if (contact.plan != kNoSlot && plans_[contact.plan].plan->wait_limit) {
    view.wait_limit_at = contact.plan_start + plans_[contact.plan].plan->wait_limit->after;
  }
  return view;
}

}  // namespace strowger::routing
