// Agent surplus: a contact comes, is offered, accepted and completed. Three commands, one decision.
#include <string>

#include "bench/centre.h"
#include "benchmark/benchmark.h"

namespace strowger::bench {
namespace {

using routing::AcceptOffer;
using routing::CompleteContact;
using routing::Event;
using routing::EventType;

// Share of agents who have what a contact asks for, in thousandths; this for skills at random.
constexpr int kAtRandom = 0;

void RouteAndComplete(benchmark::State& state, routing::Strategy select) {
  CentreShape shape;
  shape.agents = static_cast<int>(state.range(0));
  shape.select = select;
  const auto share = static_cast<int>(state.range(1));
  shape.requirements = share == kAtRandom ? RandomRequirements(200) : TheShare();
  if (share != kAtRandom) shape.share = share;
  Centre centre(std::move(shape), true);
  AcceptOffer accept;
  CompleteContact complete;
  std::int64_t missed = 0;
  for (auto _ : state) {
    accept.contact.clear();
    for (const Event& event : centre.Apply(centre.Next())) {
      if (event.type != EventType::kOffered) continue;
      accept.contact = event.contact;
      accept.agent = event.agent;
    }
    if (accept.contact.empty()) {
      ++missed;  // it waits for ever: nobody has that skill at that level
      continue;
    }
    complete.contact = accept.contact;
    centre.Apply(accept);
    centre.Apply(complete);
  }
  if (missed * 100 > static_cast<std::int64_t>(state.iterations())) {
    state.SkipWithError("nobody was eligible");
  }
  state.SetItemsProcessed(state.iterations());
}

void Sizes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"agents", "share"});
  for (const int share : {kAtRandom, 10, 100, 600}) {
    for (const int agents : {1000, 10'000, 100'000}) bench->Args({agents, share});
  }
}

BENCHMARK_CAPTURE(RouteAndComplete, longest_idle, routing::Strategy::kLongestIdle)->Apply(Sizes);
BENCHMARK_CAPTURE(RouteAndComplete, in_order, routing::Strategy::kInOrder)->Apply(Sizes);
BENCHMARK_CAPTURE(RouteAndComplete, least_busy, routing::Strategy::kLeastBusy)->Apply(Sizes);
BENCHMARK_CAPTURE(RouteAndComplete, best_skill, routing::Strategy::kBestSkill)->Apply(Sizes);

// Of the other strategies at random alone.
void SizesAtRandom(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"agents", "share"});
  for (const int agents : {1000, 10'000, 100'000}) bench->Args({agents, kAtRandom});
}

BENCHMARK_CAPTURE(RouteAndComplete, fewest_contacts, routing::Strategy::kFewestContacts)
    ->Apply(SizesAtRandom);
BENCHMARK_CAPTURE(RouteAndComplete, least_handle_time, routing::Strategy::kLeastHandleTime)
    ->Apply(SizesAtRandom);
BENCHMARK_CAPTURE(RouteAndComplete, least_skilled, routing::Strategy::kLeastSkilled)
    ->Apply(SizesAtRandom);
BENCHMARK_CAPTURE(RouteAndComplete, round_robin, routing::Strategy::kRoundRobin)
    ->Apply(SizesAtRandom);
BENCHMARK_CAPTURE(RouteAndComplete, random, routing::Strategy::kRandom)->Apply(SizesAtRandom);
BENCHMARK_CAPTURE(RouteAndComplete, allocation, routing::Strategy::kAllocation)
    ->Apply(SizesAtRandom);
BENCHMARK_CAPTURE(RouteAndComplete, score, routing::Strategy::kScore)->Apply(SizesAtRandom);

}  // namespace
}  // namespace strowger::bench

BENCHMARK_MAIN();
