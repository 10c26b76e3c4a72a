// What a contact waits for, from the state of now: who stands at which test, and what comes next.
#include <algorithm>
#include <bit>
#include <utility>

#include "absl/strings/str_cat.h"
#include "routing-core/engine/engine.h"
#include "routing-core/engine/unmet.h"

namespace strowger::routing {

// ---- One agent --------------------------------------------------------------------------------

// Had the agent no open offers.
bool Router::Engine::FitsWithoutOffers(const AgentRecord& agent, ChannelId channel) const {
  AgentRecord without = agent;
  for (HoldSlot slot = agent.first_hold; slot != kNoSlot; slot = holds_[slot].next_of_agent) {
    const Hold& hold = holds_[slot];
    if (hold.kind != AgentWork::Kind::kReserved) continue;
    for (CapacityLine& line : without.lines) line.used -= line.channel == hold.channel;
  }
  without.reserved = 0;
  return Fits(without, channel);
}

Obstacle Router::Engine::ObstacleOf(const ContactRecord& contact, AgentSlot slot) const {
  const AgentRecord& agent = agents_[slot];
  if (agent.state == AgentState::kOffline) return Obstacle::kOffline;
  if (!eligibility_.Satisfies(slot, contact.requirement)) return Obstacle::kRequirement;
  if (agent.state != AgentState::kReady) return Obstacle::kNotReady;
  if (agent.whole_agent_wrap_ups > 0) return Obstacle::kBusy;
  if (!Fits(agent, contact.channel)) {
    const bool offers_alone = agent.reserved > 0 && FitsWithoutOffers(agent, contact.channel);
    return offers_alone ? Obstacle::kReserved : Obstacle::kBusy;
  }
  const bool excluded = agent.barred_until != 0 || IsBarred(contact, slot);
  return excluded ? Obstacle::kExcluded : Obstacle::kNone;
}

// The end of work that is nearest, as far as it can be known.
void Router::Engine::ExplainWork(const AgentRecord& agent, AgentObstacle& to) const {
  std::size_t others = 0;
  for (HoldSlot slot = agent.first_hold; slot != kNoSlot; slot = holds_[slot].next_of_agent) {
    const Hold& hold = holds_[slot];
    const bool reserved = hold.kind == AgentWork::Kind::kReserved;
    if (reserved != (to.obstacle == Obstacle::kReserved)) continue;
    const bool handling = hold.kind == AgentWork::Kind::kHandling;
    const DurationNs mean =
        handling ? queues_[hold.queue].estimator.MeanHandleTime(now_) : DurationNs{0};
    const TimeNs until = handling ? std::max(now_, hold.since + mean) : hold.until;
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

AgentObstacle Router::Engine::Explain(const ContactRecord& contact, AgentSlot slot,
                                      Obstacle obstacle) const {
  const AgentRecord& agent = agents_[slot];
  AgentObstacle result;
  result.agent = agent.id;
  result.obstacle = obstacle;
  switch (obstacle) {
    case Obstacle::kRequirement:
      result.detail = UnmetBy(TraitsOf(agent), eligibility_.requirement(contact.requirement));
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
    case Obstacle::kOffline:
    case Obstacle::kNone:
      break;
  }
  return result;
}

// ---- All agents -------------------------------------------------------------------------------

// By whole words, and one by one only those whom words cannot tell apart.
void Router::Engine::CountObstacles(const ContactRecord& contact, WaitView& view) const {
  const auto add = [&view](Obstacle obstacle, std::uint64_t agents) {
    view.agents[static_cast<std::size_t>(obstacle)] +=
        static_cast<std::uint64_t>(std::popcount(agents));
  };
  const BitColumn& fits = fits_[contact.channel];
  std::uint64_t logged_in_agents = 0;
  for (std::size_t word = 0; word < logged_in_.words(); ++word) {
    const std::uint64_t logged_in = logged_in_.word(word);
    if (logged_in == 0) continue;
    logged_in_agents += static_cast<std::uint64_t>(std::popcount(logged_in));
    const std::uint64_t satisfying =
        logged_in & eligibility_.SatisfyingWord(word, contact.requirement);
    const std::uint64_t ready = satisfying & ready_.word(word);
    const std::uint64_t open = ready & available_.word(word) & fits.word(word);
    const std::uint64_t busy =
        ready & available_.word(word) & ~fits.word(word) & ~reserving_.word(word);
    add(Obstacle::kRequirement, logged_in & ~satisfying);
    add(Obstacle::kNotReady, satisfying & ~ready);
    add(Obstacle::kBusy, busy);
    const std::uint64_t plain = contact.first_bar == kNoSlot ? open : 0;
    add(Obstacle::kNone, plain);
    for (std::uint64_t rest = ready & ~busy & ~plain; rest != 0; rest &= rest - 1) {
      const auto agent =
          static_cast<AgentSlot>(word * 64) + static_cast<AgentSlot>(std::countr_zero(rest));
      ++view.agents[static_cast<std::size_t>(ObstacleOf(contact, agent))];
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
  Obstacle furthest = Obstacle::kOffline;
  for (int i = 0; i < kObstacleCount; ++i) {
    if (view.agents[i] > 0) furthest = static_cast<Obstacle>(i);
  }
  if (contact.state == ContactState::kOffered && furthest > Obstacle::kReserved) {
    furthest = Obstacle::kReserved;
  }
  switch (furthest) {
    case Obstacle::kOffline:
      return WaitCode::kNobodyLoggedIn;
    case Obstacle::kRequirement:
      return WaitCode::kNobodySatisfies;
    case Obstacle::kNotReady:
      return WaitCode::kNobodyReady;
    case Obstacle::kBusy:
      return WaitCode::kAllBusy;
    case Obstacle::kReserved:
      return WaitCode::kReserved;
    case Obstacle::kExcluded:
      return WaitCode::kExcluded;
    case Obstacle::kNone:
      break;
  }
  return view.not_before != 0 ? WaitCode::kNotBefore : WaitCode::kNone;
}

// ---- What comes -------------------------------------------------------------------------------

std::uint64_t Router::Engine::Newcomers(RequirementId wider, RequirementId current) const {
  std::uint64_t newcomers = 0;
  for (std::size_t word = 0; word < logged_in_.words(); ++word) {
    const std::uint64_t added =
        eligibility_.SatisfyingWord(word, wider) & ~eligibility_.SatisfyingWord(word, current);
    newcomers += static_cast<std::uint64_t>(std::popcount(logged_in_.word(word) & added));
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
  if (next.opens) {
    next.requirement = eligibility_.requirement(requirement);
    next.newcomers = Newcomers(requirement, contact.requirement);
  }
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
  const std::uint64_t ahead = view.position == 0 ? 0 : view.position - 1;
  view.predicted_wait = PredictedWait(queues_[contact.queue], ahead);
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
