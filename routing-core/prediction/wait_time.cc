#include "routing-core/prediction/wait_time.h"

#include <algorithm>
#include <cmath>

#include "absl/numeric/int128.h"

namespace strowger::routing {
namespace {

// Stages that are summed one by one; the rest is integrated.
constexpr std::int64_t kSummed = 64;
// 1 / x of a Share is a number of 2^-42nds.
constexpr int kInverseBits = 42;
constexpr absl::int128 kInverse = absl::int128(1) << 62;
// More than this is called never: a century.
constexpr DurationNs kLongestPrediction = 100LL * 365 * kDay;

// T / P, the weight of one more ahead against one more server.
Share GivingUp(const WaitStage& stage) {
  if (stage.patience == kNever) return 0;
  const DurationNs patience = std::max<DurationNs>(stage.patience, 1);
  const absl::int128 ratio = (absl::int128(stage.service_time) * kWhole + patience / 2) / patience;
  return static_cast<Share>(std::min<absl::int128>(ratio, absl::int128(kWhole) << 20));
}

// The integral of 1 / (servers + x giving_up) for x in [from, to), in 2^-42nds. Simpson's rule over
// pieces in which the integrand does no more than halve.
absl::int128 Integral(Share servers, Share giving_up, Share from, Share to) {
  const auto rate = [&](absl::int128 x) { return absl::int128(servers) + x * giving_up / kWhole; };
  absl::int128 total = 0;
  absl::int128 begin = from;
  while (begin < to) {
    // Where the rate has doubled, and at least one whole further.
    const absl::int128 doubled =
        giving_up == 0 ? absl::int128(to) : begin + rate(begin) * kWhole / giving_up + kWhole;
    const absl::int128 end = std::min<absl::int128>(to, doubled);
    constexpr int kSlices = 8;
    absl::int128 sum = 0;
    for (int i = 0; i <= kSlices; ++i) {
      const int weight = i == 0 || i == kSlices ? 1 : i % 2 == 1 ? 4 : 2;
      sum += weight * (kInverse / rate(begin + (end - begin) * i / kSlices));
    }
    total += sum * (end - begin) / kWhole / (3 * kSlices);
    begin = end;
  }
  return total;
}

// Sum over i = 0..ahead of 1 / (servers + i giving_up), in 2^-42nds; the last one counts by the
// part of it that is ahead.
absl::int128 StageSum(Share servers, Share giving_up, Share ahead) {
  const std::int64_t whole = ahead / kWhole;
  absl::int128 sum = 0;
  const std::int64_t summed = std::min(whole + 1, kSummed);
  for (std::int64_t i = 0; i < summed; ++i) {
    sum += kInverse / (absl::int128(servers) + absl::int128(i) * giving_up);
  }
  const absl::int128 next = absl::int128(servers) + absl::int128(whole + 1) * giving_up;
  sum += (ahead % kWhole) * (kInverse / next) / kWhole;
  if (whole + 1 > kSummed) {
    // Each term is the integral over the whole around it.
    const Share half = kWhole / 2;
    sum += Integral(servers, giving_up, kSummed * kWhole - half, whole * kWhole + half);
  }
  return sum;
}

DurationNs Bounded(absl::int128 duration) {
  return duration > kLongestPrediction ? kNever : static_cast<DurationNs>(duration);
}

// Those who overtake keep agents from those ahead: their share of the agents' time, at most 99 %,
// for as long as they still overtake.
DurationNs Overtaken(DurationNs mean, const WaitStage& stage) {
  if (stage.overtaken_every == kNever || stage.overtaken_within <= 0) return mean;
  const absl::int128 every = std::max<DurationNs>(stage.overtaken_every, 1);
  const absl::int128 kept = std::min<absl::int128>(
      absl::int128(stage.service_time) * kWhole * kWhole / (every * stage.servers),
      absl::int128(kWhole) * 99 / 100);
  const absl::int128 for_ever = absl::int128(mean) * kWhole / (kWhole - kept);
  if (for_ever <= stage.overtaken_within) return Bounded(for_ever);
  return Bounded(mean + absl::int128(stage.overtaken_within) * kept / kWhole);
}

// Variance of one stage's wait over the square of its mean, as doubles.
double RelativeVariance(const WaitStage& stage) {
  const double servers = static_cast<double>(stage.servers);
  const double giving_up = static_cast<double>(GivingUp(stage));
  const std::int64_t whole = stage.ahead / kWhole;
  double sum = 0;
  double squares = 0;
  const std::int64_t summed = std::min(whole, 4 * kSummed);
  for (std::int64_t i = 0; i <= summed; ++i) {
    const double one = 1 / (servers + static_cast<double>(i) * giving_up);
    sum += one;
    squares += one * one;
  }
  if (whole > summed) {  // the integrals of both, from summed + 1/2 to whole + 1/2
    const double a = servers + (static_cast<double>(summed) + 0.5) * giving_up;
    const double n = static_cast<double>(whole - summed);
    const double b = a + n * giving_up;
    squares += n / (a * b);
    sum += giving_up * n < a / 1e6 ? n / a : std::log(b / a) / giving_up;
  }
  const double unknown = 1 / (static_cast<double>(stage.observed) + 1);
  return squares / (sum * sum) + unknown;
}

// Which stage its turn is predicted to come in, and when.
struct Turning {
  std::size_t stage = 0;
  DurationNs mean = kNever;
  DurationNs dead = 0;  // of it: while nobody serves, which no chance changes
};

Turning TurnOf(absl::Span<const WaitStage> stages) {
  absl::int128 left = kWhole;  // of the work ahead
  DurationNs elapsed = 0;
  DurationNs dead = 0;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].free) return {i, elapsed, elapsed};
    const DurationNs mean = MeanWait(stages[i]);
    const bool last = i + 1 == stages.size();
    const DurationNs length = last ? kNever : stages[i + 1].from - elapsed;
    if (mean != kNever) {
      const absl::int128 needed = left * mean / kWhole;
      if (last || needed <= length) return {i, Bounded(elapsed + needed), dead};
      left -= absl::int128(length) * kWhole / mean;
    } else if (!last) {
      dead += length;
    }
    if (!last) elapsed += length;
  }
  return {stages.size() - 1, kNever, dead};
}

}  // namespace

Share AheadInFull(const Competition& competition) {
  const Share servers = competition.servers;
  if (competition.seen <= 0 || competition.touched <= 0 || servers <= 0) return competition.same;
  const auto times = [](Share a, Share b) {
    return static_cast<Share>(absl::int128(a) * b / kWhole);
  };
  const auto over = [](Share a, Share b) {
    return static_cast<Share>(absl::int128(a) * kWhole / std::max<Share>(b, 1));
  };
  const Share own = competition.same + kWhole;  // itself included
  const Share others = over(competition.seen, competition.touched);
  const Share shared = times(servers, competition.touched);
  const Share taken = times(shared, over(own, own + others));
  // In service times, by how many are served in one.
  const Share rate = servers - shared + taken;
  const Share others_rate = competition.rivals - taken;
  Share wait = over(own, rate);
  if (others_rate > 0) {
    const Share drained = over(others, others_rate);
    if (drained < wait) wait = drained + over(own - times(rate, drained), servers);
  }
  return std::max<Share>(times(wait, servers) - kWhole, competition.same);
}

WaitStage StageBehind(const WaitingCrowd& own, const WaitingCrowd& others, TimeNs now) {
  WaitStage stage;
  stage.ahead = own.ahead + others.ahead;
  const absl::int128 mine = absl::int128(own.ahead + kWhole) * own.service->MeanTime(now);
  const absl::int128 theirs = absl::int128(others.ahead) * others.service->MeanTime(now);
  stage.service_time = static_cast<DurationNs>((mine + theirs) / (stage.ahead + kWhole));
  stage.observed = own.service->observed(now);
  // Rates of giving up add up by heads.
  constexpr absl::int128 kScale = absl::int128(1) << 60;
  absl::int128 rate = 0;
  for (const WaitingCrowd& crowd : {own, others}) {
    const DurationNs patience = crowd.patience->MeanTime(now);
    if (patience != kNever) rate += kScale * crowd.ahead / std::max<DurationNs>(patience, 1);
  }
  if (rate > 0) {
    stage.patience = static_cast<DurationNs>(
        std::min<absl::int128>(kScale * stage.ahead / rate, kLongestDuration));
  }
  return stage;
}

DurationNs MeanWait(const WaitStage& stage) {
  if (stage.servers <= 0 || stage.service_time == kNever) return kNever;
  const absl::int128 sum = StageSum(stage.servers, GivingUp(stage), stage.ahead);
  // A service time is below 2^55 ns, and so the product below 2^127.
  constexpr absl::int128 kMost = absl::int128(1) << 72;
  if (sum > kMost) return kNever;
  return Overtaken(Bounded((absl::int128(stage.service_time) * sum) >> kInverseBits), stage);
}

DurationNs MeanWait(absl::Span<const WaitStage> stages) { return TurnOf(stages).mean; }

WaitDistribution PredictWait(absl::Span<const WaitStage> stages) {
  WaitDistribution predicted;
  const Turning turn = TurnOf(stages);
  predicted.mean = turn.mean;
  if (turn.mean == kNever) return predicted;
  const double ninth = RelativeVariance(stages[turn.stage]) / 9;
  const auto quantile = [&](double normal) {
    const double root = std::max(0.0, 1 - ninth + normal * std::sqrt(ninth));
    const double served = static_cast<double>(turn.mean - turn.dead) * root * root * root;
    const double value = static_cast<double>(turn.dead) + served;
    return static_cast<DurationNs>(std::min(value, static_cast<double>(kLongestPrediction)));
  };
  predicted.median = quantile(0);
  predicted.p90 = quantile(1.2815515655446004);  // of the standard normal
  return predicted;
}

}  // namespace strowger::routing
