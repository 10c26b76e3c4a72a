// How long one contact will wait, for reports: who comes before it and competes for those it asks
// for, now and later, as wishes end, steps widen what it asks for and agents let it wait long
// enough.
#include <algorithm>
#include <array>
#include <bit>

#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {

// Lines that are asked who of them is ahead; past them the rest counts like those asked.
constexpr std::size_t kMostLinesAsked = 64;
constexpr std::size_t kMostStages = 8;

}  // namespace

// ---- Whom it asks for ---------------------------------------------------------------------------

// Contacts that ask for the same agents by different words of no consequence ask alike.
Asked Router::Engine::AskedBy(const Reach& reach, AgentSlot requested, DurationNs wait) const {
  Asked asked;
  asked.requirement = reach.requirement;
  asked.requirement_made = eligibility_.made(reach.requirement);
  asked.lowest_rank = reach.ranks.low;
  asked.highest_rank = reach.ranks.high;
  asked.requested = requested;
  if (listed_count_ == 0) return asked;
  asked.queue = reach.queue;
  for (const QueueDelay& delay : queues_[reach.queue].delays) {
    if (delay.length <= wait) asked.waited = delay.length;
  }
  return asked;
}

const AskedMask& Router::Engine::MaskOf(const Asked& asked) const {
  return asked_agents_.Find(asked, agents_version_, logged_in_.words(),
                            [&](absl::Span<std::uint64_t> words) { FillMask(asked, words); });
}

// Of those logged in.
void Router::Engine::FillMask(const Asked& asked, absl::Span<std::uint64_t> words) const {
  const RankTerms ranks{asked.lowest_rank, asked.highest_rank};
  if (asked.requested != kNoSlot) {
    const AgentSlot agent = asked.requested;
    const bool asks = logged_in_.Test(agent) && Admits(agent, asked.queue, ranks, asked.waited) &&
                      eligibility_.Satisfies(agent, asked.requirement);
    words[agent / 64] = std::uint64_t{asks} << (agent % 64);
    return;
  }
  std::copy_n(logged_in_.data(), words.size(), words.begin());
  eligibility_.KeepSatisfying(asked.requirement, 0, words);
  bool asks_each = ranks.IsBand();
  if (asked.queue != kNoSlot) {
    const RequirementId serving = ServingMask(queues_[asked.queue]);
    if (serving != kNoSlot) eligibility_.KeepSatisfying(serving, 0, words);
    asks_each |= serving == kNoSlot || !queues_[asked.queue].delays.empty();
  }
  if (!asks_each) return;
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i] = AdmittedOf(words[i], i, asked.queue, ranks, asked.waited);
  }
}

// ---- Who is ahead -------------------------------------------------------------------------------

// Who comes before the contact and competes for those whom it asks for.
Router::Engine::Crowd Router::Engine::CrowdAhead(ContactSlot slot, const AskedMask& asked) const {
  Crowd crowd;
  const std::uint32_t servers = asked.count;
  if (servers == 0) return crowd;
  const std::size_t lines = active_lines_.size();
  const std::size_t stride = (lines + kMostLinesAsked - 1) / kMostLinesAsked;
  std::int64_t looked_at = 0;
  Share untouched = kWhole;
  absl::int128 rivals = 0;
  for (std::size_t i = 0; i < lines; i += stride) {
    const Line& line = lines_[active_lines_[i]];
    looked_at += line_set_.Size(line.root);
    const AskedMask& other = MaskOf(AskedBy({line.key.requirement, line.key.queue, line.key.ranks},
                                            line.key.requested, now_ - line.head_wait_base));
    const std::uint32_t shared = asked_agents_.CountCommon(other, asked);
    if (shared == 0 || !ServedBefore(line.head, slot)) continue;
    const Share ahead = kWhole * line_set_.CountWhile(line.root, [&](ContactSlot waiting) {
      return ServedBefore(waiting, slot);
    });
    if (line.key.queue == contacts_[slot].queue) crowd.of_queue += ahead;
    crowd.all += ahead;
    const std::uint32_t theirs = other.count;
    if (shared == servers && theirs == servers) {
      crowd.competition.same += ahead;
      continue;
    }
    const Share seen = ahead / servers * shared;
    crowd.competition.seen += seen;
    rivals += absl::int128(seen) * theirs;
    // As if one kind of contact knew nothing of another.
    untouched = untouched / servers * (servers - shared);
  }
  Competition& competition = crowd.competition;
  if (competition.seen > 0) {
    competition.rivals = static_cast<Share>(rivals * kWhole / competition.seen);
  }
  competition.touched = kWhole - untouched;
  competition.servers = Share{servers} * kWhole;
  if (looked_at > 0 && stride > 1) {
    for (Share* share : {&competition.same, &competition.seen, &crowd.of_queue, &crowd.all}) {
      *share = static_cast<Share>(absl::int128(*share) * in_line_count_ / looked_at);
    }
  }
  return crowd;
}

WaitStage Router::Engine::StageUnder(ContactSlot slot, QueueSlot queue,
                                     const AskedMask& asked) const {
  const ContactRecord& contact = contacts_[slot];
  const Crowd crowd = CrowdAhead(slot, asked);
  const Share ahead = AheadInFull(crowd.competition);
  const Share own =
      crowd.all == 0 ? 0 : static_cast<Share>(absl::int128(ahead) * crowd.of_queue / crowd.all);
  WaitStage stage = StageOf(queues_[queue], own, ahead - own);
  const std::uint32_t ready = asked_agents_.CountCommon(asked, ready_);
  if (ready == 0) return stage;
  const std::int64_t places = any_places_ + places_[contact.channel];
  stage.servers = std::max<Share>(Share{ready} * places * kWhole / everyone_.ready, kWhole / 1024);
  // Of those to come with more priority, the part that comes to these agents. One that starts
  // higher by so much is caught up with by waiting.
  const auto above = arrivals_.AboveOf(now_, contact.start);
  if (above.every == kNever) return stage;
  stage.overtaken_every = static_cast<DurationNs>(
      std::min<absl::int128>(absl::int128(above.every) * everyone_.ready / ready, kNever));
  if (contact.gain_per_minute > 0) {
    stage.overtaken_within = static_cast<DurationNs>(
        std::min<absl::int128>(absl::int128(above.by) * kMinute / contact.gain_per_minute, kNever));
  }
  return stage;
}

// Those who wait before it in its queue come first to whoever is free.
bool Router::Engine::FindsOneFree(ContactSlot slot, const AskedMask& asked) const {
  const ContactRecord& contact = contacts_[slot];
  const BitColumn& fits = fits_[contact.channel];
  std::uint64_t free = 0;
  for (std::size_t i = 0; i < asked.words.size(); ++i) {
    const std::uint64_t word = asked.words[i] & free_.word(i);
    if (word != 0) free += static_cast<std::uint64_t>(std::popcount(word & fits.word(i)));
  }
  if (free == 0) return false;
  for (BarSlot bar = contact.first_bar; bar != kNoSlot; bar = bars_[bar].next_of_contact) {
    const AgentSlot agent = bars_[bar].agent;
    free -= free_.Test(agent) && fits.Test(agent) && asked.Test(agent);
  }
  return free > (contact.not_before > now_ ? 0 : AheadInQueue(slot));
}

// ---- How that changes while it waits ------------------------------------------------------------

// When the next wish ends, step is due or agent has let it wait long enough; kNever: nothing is to
// come but what a condition decides.
TimeNs Router::Engine::NextChange(const ContactRecord& contact, const Prospect& prospect) const {
  TimeNs next = kNever;
  if (prospect.requested != kNoSlot && requests_[contact.request].lasts != kNever) {
    next = contact.plan_start + requests_[contact.request].lasts;
  }
  if (contact.plan != kNoSlot) {
    const std::vector<Step>& steps = plans_[contact.plan].plan->steps;
    for (std::size_t i = prospect.step; i < steps.size(); ++i) {
      if (steps[i].when != nullptr) continue;
      next = std::min(next, contact.plan_start + steps[i].after);
      break;
    }
  }
  next = std::max(next, prospect.time);
  for (const QueueDelay& delay : queues_[prospect.reach.queue].delays) {
    const TimeNs passed = contact.wait_base + delay.length;
    if (passed > prospect.time) next = std::min(next, passed);
  }
  return next;
}

// To its next change, in the order of deadlines: the wish ends, steps are taken or skipped.
void Router::Engine::Advance(const ContactRecord& contact, TimeNs time, Prospect& prospect) const {
  prospect.time = time;
  if (contact.plan == kNoSlot) return;
  const PlanRecord& plan = plans_[contact.plan];
  if (prospect.requested != kNoSlot && requests_[contact.request].lasts != kNever &&
      contact.plan_start + requests_[contact.request].lasts <= time) {
    prospect.requested = kNoSlot;
    if (requests_[contact.request].only) prospect.reach.requirement = plan.requirement;
  }
  bool due = false;
  for (std::size_t i = prospect.step; i < plan.plan->steps.size(); ++i) {
    const Step& step = plan.plan->steps[i];
    if (step.when != nullptr) {
      due = false;
      continue;
    }
    if (!due && contact.plan_start + step.after > time) return;
    prospect.step = static_cast<std::uint8_t>(i + 1);
    const Reach wider = ReachAfter(plan, static_cast<std::uint8_t>(i), prospect.reach);
    due = step.skip_if_empty && step.requirement && AddsNobody(wider, prospect);
    if (due) continue;
    if (plan.step_requirements[i] != kNoSlot) prospect.requested = kNoSlot;
    prospect.reach = wider;
  }
}

// Delays aside, as where a step is truly judged.
bool Router::Engine::AddsNobody(const Reach& wider, const Prospect& prospect) const {
  own_mask_ = MaskOf(AskedBy(prospect.reach, prospect.requested, kNever));
  const AskedMask& more = MaskOf(AskedBy(wider, kNoSlot, kNever));
  return asked_agents_.CountCommon(more, own_mask_) == more.count;
}

// From the instant on at which it stands in line.
WaitPrediction Router::Engine::PredictionOf(ContactSlot slot) const {
  const ContactRecord& contact = contacts_[slot];
  WaitPrediction prediction;
  if (contact.state != ContactState::kQueued) return prediction;
  const TimeNs begin = std::max(now_, contact.not_before);
  Prospect prospect{ReachOf(contact), RequestedBy(contact), begin, contact.steps_passed};
  std::array<WaitStage, kMostStages> stages;
  std::size_t count = 0;
  bool satisfied = false;
  for (TimeNs time = begin; time != kNever && count < stages.size();) {
    own_mask_ =
        MaskOf(AskedBy(prospect.reach, prospect.requested, prospect.time - contact.wait_base));
    satisfied |= own_mask_.count > 0;
    stages[count] = StageUnder(slot, prospect.reach.queue, own_mask_);
    // One who is free now and asked already has some other reason not to serve it.
    stages[count].free = time > now_ && FindsOneFree(slot, own_mask_);
    stages[count++].from = time - begin;
    time = NextChange(contact, prospect);
    if (time != kNever) Advance(contact, time, prospect);
  }
  const WaitDistribution wait = PredictWait(absl::MakeConstSpan(stages.data(), count));
  const auto later = [&](DurationNs time) { return time == kNever ? kNever : time + begin - now_; };
  prediction.mean = later(wait.mean);
  prediction.median = later(wait.median);
  prediction.p90 = later(wait.p90);
  if (wait.mean == kNever) {
    prediction.never = everyone_.staffed == 0 ? NeverBecause::kNobodyLoggedIn
                       : !satisfied           ? NeverBecause::kNobodySatisfies
                                              : NeverBecause::kNobodyReady;
  }
  const QueueRecord& queue = queues_[contact.queue];
  prediction.length_over_rate =
      queue.yardsticks.LengthOverRate(now_, begin > now_ ? 0 : AheadInQueue(slot));
  prediction.last_to_enter = queue.yardsticks.LastToEnter();
  return prediction;
}

}  // namespace strowger::routing
