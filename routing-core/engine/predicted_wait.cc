// What prediction/ is told of the state: who is ahead, who serves, and for how long. And how good
// it was.
#include <algorithm>
#include <bit>

#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {

// Lines that are asked who of them is ahead; past them the rest counts like those asked.
constexpr std::size_t kMostLinesAsked = 64;
// One contact in so many is measured, and more while few are under way.
constexpr std::uint64_t kMeasuredOneIn = 64;
constexpr std::size_t kFewMeasured = 4;
constexpr std::size_t kMostMeasured = 256;
// Of the steps to come.
constexpr std::size_t kMostStages = 8;

// Contacts of the line's channel that one agent holds at once, if it takes nothing else.
std::int64_t PlacesOf(const CapacityLine& line, const Capacity& capacity) {
  if (!capacity.total || line.cost == 0) return line.max;
  return std::min(line.max, *capacity.total / line.cost);
}

}  // namespace

// ---- What the meters are told -------------------------------------------------------------------

void Router::Engine::CountService(QueueSlot queue, int change) {
  queues_[queue].service.Expose(now_, change);
  service_.Expose(now_, change);
}

void Router::Engine::CountServed(QueueSlot queue) {
  queues_[queue].service.Happened(now_);
  service_.Happened(now_);
}

void Router::Engine::CountPatience(QueueSlot queue, int change) {
  queues_[queue].patience.Expose(now_, change);
  patience_.Expose(now_, change);
}

void Router::Engine::CountGivenUp(QueueSlot queue) {
  queues_[queue].patience.Happened(now_);
  patience_.Happened(now_);
}

void Router::Engine::CountInLine(const Line& line, int change) {
  const auto delta = static_cast<std::uint32_t>(change);
  in_line_count_ += delta;
  queues_[line.key.queue].queued += delta;
  if (counts_demand_) CountDemand(line.key.requirement, change);
  if (line.key.start >= 0) return;
  below_zero_count_ += delta;
  queues_[line.key.queue].below_zero += delta;
}

void Router::Engine::CountPlaces(const AgentRecord& agent, int change) {
  if (agent.capacity.one_of_any) any_places_ += change;
  for (const CapacityLine& line : agent.lines) {
    places_[line.channel] += change * PlacesOf(line, agent.capacity);
  }
}

// ---- The mean, as rules see it ------------------------------------------------------------------

// One more contact that starts at 0 and asks for nothing. Whoever waits is ahead of it but those
// whose priority starts below; how much they have gained meanwhile is left out. Of other queues'
// contacts, and of places, it counts the part that agents who serve its queue are of all.
DurationNs Router::Engine::PredictedWait(const QueueRecord& queue) const {
  const std::uint32_t own = queue.queued - queue.below_zero;
  return PredictedWait(queue, own, in_line_count_ - below_zero_count_ - own);
}

DurationNs Router::Engine::PredictedWait(const QueueRecord& queue, std::uint32_t own,
                                         std::uint32_t of_others) const {
  const Staff staff = StaffOf(queue);
  if (staff.ready == 0) return kNever;
  if (staff.free > 0) return 0;
  const Share others = Share{of_others} * kWhole;
  WaitStage stage = StageOf(queue, own * kWhole, others / everyone_.staffed * staff.staffed);
  const std::int64_t most = *std::max_element(places_.begin(), places_.end());
  stage.servers =
      std::max<std::int64_t>(any_places_ + most, 1) * kWhole / everyone_.ready * staff.ready;
  stage.overtaken_every = arrivals_.AboveOf(now_, 0).every;
  return MeanWait(stage);
}

WaitStage Router::Engine::StageOf(const QueueRecord& queue, Share own, Share others) const {
  return StageBehind({own, &queue.service, &queue.patience}, {others, &service_, &patience_}, now_);
}

// ---- One contact, for reports -------------------------------------------------------------------

// Of those logged in, how many satisfy both. Kept until an agent changes.
std::uint32_t Router::Engine::SatisfyingBoth(const Asked& one, const Asked& other) const {
  if (overlaps_version_ != agents_version_) {
    overlaps_.clear();
    overlaps_version_ = agents_version_;
  }
  const auto [found, is_new] = overlaps_.try_emplace(std::minmax(one, other), 0);
  if (!is_new) return found->second;
  int both = 0;
  for (std::size_t i = 0; i < logged_in_.words(); ++i) {
    const std::uint64_t word = logged_in_.word(i);
    if (word != 0) both += std::popcount(word & AskedWord(i, one) & AskedWord(i, other));
  }
  return found->second = static_cast<std::uint32_t>(both);
}

// Bands of ranks, delays and wishes are left out.
std::uint64_t Router::Engine::AskedWord(std::size_t word, const Asked& asked) const {
  const std::uint64_t satisfying = eligibility_.SatisfyingWord(word, asked.requirement);
  if (asked.serving == kNoSlot) return satisfying;
  return satisfying & eligibility_.SatisfyingWord(word, asked.serving);
}

Router::Engine::Staffing Router::Engine::StaffingOf(const Asked& asked) const {
  Staffing staffing;
  for (std::size_t i = 0; i < logged_in_.words(); ++i) {
    if (logged_in_.word(i) == 0) continue;
    const std::uint64_t word = AskedWord(i, asked) & logged_in_.word(i);
    staffing.logged_in += static_cast<std::uint32_t>(std::popcount(word));
    staffing.ready += static_cast<std::uint32_t>(std::popcount(word & ready_.word(i)));
  }
  return staffing;
}

// Who comes before the contact and competes for those who satisfy the requirement.
Router::Engine::Crowd Router::Engine::CrowdAhead(ContactSlot slot, const Asked& asked) const {
  Crowd crowd;
  const std::uint32_t servers = SatisfyingBoth(asked, asked);
  if (servers == 0) return crowd;
  const std::size_t lines = active_lines_.size();
  const std::size_t stride = (lines + kMostLinesAsked - 1) / kMostLinesAsked;
  std::int64_t looked_at = 0;
  Share untouched = kWhole;
  absl::int128 rivals = 0;
  for (std::size_t i = 0; i < lines; i += stride) {
    const Line& line = lines_[active_lines_[i]];
    looked_at += line_set_.Size(line.root);
    const Asked other{line.key.requirement, queues_[line.key.queue].serving};
    const std::uint32_t shared = SatisfyingBoth(other, asked);
    if (shared == 0 || !ServedBefore(line.head, slot)) continue;
    const Share ahead = kWhole * line_set_.CountWhile(line.root, [&](ContactSlot waiting) {
      return ServedBefore(waiting, slot);
    });
    if (line.key.queue == contacts_[slot].queue) crowd.of_queue += ahead;
    crowd.all += ahead;
    const std::uint32_t theirs = SatisfyingBoth(other, other);
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

WaitStage Router::Engine::StageUnder(ContactSlot slot, RequirementId requirement,
                                     QueueSlot queue) const {
  const ContactRecord& contact = contacts_[slot];
  const Asked asked{requirement, queues_[queue].serving};
  const Crowd crowd = CrowdAhead(slot, asked);
  const Share ahead = AheadInFull(crowd.competition);
  const Share own =
      crowd.all == 0 ? 0 : static_cast<Share>(absl::int128(ahead) * crowd.of_queue / crowd.all);
  WaitStage stage = StageOf(queues_[queue], own, ahead - own);
  const Staffing staffing = StaffingOf(asked);
  if (staffing.ready == 0) return stage;
  const std::int64_t places = any_places_ + places_[contact.channel];
  stage.servers =
      std::max<Share>(Share{staffing.ready} * places * kWhole / everyone_.ready, kWhole / 1024);
  // Of those to come with more priority, the part that comes to these agents. One that starts
  // higher by so much is caught up with by waiting.
  const auto above = arrivals_.AboveOf(now_, contact.start);
  if (above.every == kNever) return stage;
  stage.overtaken_every = static_cast<DurationNs>(
      std::min<absl::int128>(absl::int128(above.every) * everyone_.ready / staffing.ready, kNever));
  if (contact.gain_per_minute > 0) {
    stage.overtaken_within = static_cast<DurationNs>(
        std::min<absl::int128>(absl::int128(above.by) * kMinute / contact.gain_per_minute, kNever));
  }
  return stage;
}

// From now on, as its steps by time widen it.
std::size_t Router::Engine::StagesOf(ContactSlot slot, absl::Span<WaitStage> stages) const {
  const ContactRecord& contact = contacts_[slot];
  stages[0] = StageUnder(slot, contact.requirement, contact.queue);
  std::size_t count = 1;
  if (contact.plan == kNoSlot) return count;
  const PlanRecord& plan = plans_[contact.plan];
  QueueSlot queue = contact.queue;
  for (std::size_t i = contact.steps_passed; i < plan.plan->steps.size(); ++i) {
    const Step& step = plan.plan->steps[i];
    const DurationNs in = contact.plan_start + step.after - now_;
    if (step.when != nullptr || in <= stages[count - 1].from || count == stages.size()) continue;
    if (plan.step_queues[i] != kNoSlot) queue = plan.step_queues[i];
    if (plan.step_requirements[i] == kNoSlot) continue;
    stages[count] = StageUnder(slot, plan.step_requirements[i], queue);
    stages[count++].from = in;
  }
  return count;
}

WaitPrediction Router::Engine::PredictionOf(ContactSlot slot) const {
  const ContactRecord& contact = contacts_[slot];
  WaitPrediction prediction;
  if (contact.state != ContactState::kQueued) return prediction;
  WaitStage stages[kMostStages];
  const std::size_t count = StagesOf(slot, absl::MakeSpan(stages));
  const WaitDistribution wait = PredictWait(absl::MakeConstSpan(stages, count));
  // One that is not yet wanted stands in no line.
  const DurationNs held = std::max<DurationNs>(0, contact.not_before - now_);
  const auto later = [&](DurationNs time) { return time == kNever ? kNever : time + held; };
  prediction.mean = later(wait.mean);
  prediction.median = later(wait.median);
  prediction.p90 = later(wait.p90);
  if (wait.mean == kNever) {
    const Staffing staffing = StaffingOf({contact.requirement, queues_[contact.queue].serving});
    prediction.never = everyone_.staffed == 0    ? NeverBecause::kNobodyLoggedIn
                       : staffing.logged_in == 0 ? NeverBecause::kNobodySatisfies
                                                 : NeverBecause::kNobodyReady;
  }
  const QueueRecord& queue = queues_[contact.queue];
  prediction.length_over_rate =
      queue.yardsticks.LengthOverRate(now_, held > 0 ? 0 : AheadInQueue(slot));
  prediction.last_to_enter = queue.yardsticks.LastToEnter();
  return prediction;
}

// ---- How good it was ----------------------------------------------------------------------------

void Router::Engine::PrepareMeasures() {
  measures_.resize(kMostMeasured);
  for (std::uint16_t i = 0; i < kMostMeasured; ++i) free_measures_.push_back(i);
}

// After the turn in which it came, for one that has to wait.
void Router::Engine::BeginMeasuring(ContactSlot slot) {
  ContactRecord& contact = contacts_.Change(slot);
  if (contact.line == kNoSlot || free_measures_.empty()) return;
  const std::size_t under_way = kMostMeasured - free_measures_.size();
  if (contact.number % kMeasuredOneIn != 0 && under_way >= kFewMeasured) return;
  contact.measure = free_measures_.back();
  free_measures_.pop_back();
  measures_[contact.measure] = {contact.queue, now_, PredictionOf(slot)};
}

void Router::Engine::EndMeasuring(ContactSlot slot, bool served) {
  ContactRecord& contact = contacts_.Change(slot);
  if (contact.measure == kNoMeasure) return;
  if (served) {
    const Measure& measure = measures_[contact.measure];
    const DurationNs wait = now_ - measure.since;
    const WaitPrediction& said = measure.prediction;
    QueueRecord& queue = queues_[measure.queue];
    queue.accuracy.predicted.Measure(said.mean, said.p90, wait);
    queue.accuracy.length_over_rate.Measure(said.length_over_rate, 0, wait);
    queue.accuracy.last_to_enter.Measure(said.last_to_enter, 0, wait);
  }
  free_measures_.push_back(contact.measure);
  contact.measure = kNoMeasure;
}

}  // namespace strowger::routing
