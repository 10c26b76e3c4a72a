// What a checkpoint costs by the size of the state: saving, loading, and the state hash that says
// that both came out right. 10,000 agents; each contact waits with five attributes.
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "bench/centre.h"
#include "benchmark/benchmark.h"
#include "routing/checkpoint.h"

namespace strowger::bench {
namespace {

CentreShape Shape() {
  CentreShape shape;
  shape.agents = 10'000;
  shape.requirements = RandomRequirements(200);
  return shape;
}

std::unique_ptr<Centre> Filled(std::int64_t contacts) {
  auto centre = std::make_unique<Centre>(Shape(), false);
  for (std::int64_t i = 0; i < contacts; ++i) centre->Apply(centre->Next(true));
  return centre;
}

std::string Saved(const routing::Router& router) {
  std::string bytes;
  router.Save([&bytes](std::string_view piece) { bytes.append(piece); });
  return bytes;
}

// The bench's rules are made in code: it hands over the one set that there is.
class OneRuleSet final : public routing::RuleSource {
 public:
  explicit OneRuleSet(const routing::Router& router) : rule_set_(router.Domain().rule_set) {}
  std::shared_ptr<const routing::RuleSet> RuleSetOf(std::string_view, std::string_view) override {
    return rule_set_;
  }
  std::shared_ptr<const routing::Condition> ConditionOf(std::string_view,
                                                        const routing::RuleSet&) override {
    return nullptr;
  }

 private:
  std::shared_ptr<const routing::RuleSet> rule_set_;
};

void Save(benchmark::State& state) {
  const auto centre = Filled(state.range(0));
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    centre->router().Save([&bytes](std::string_view piece) { bytes += piece.size(); });
  }
  state.counters["bytes_each"] = static_cast<double>(bytes) / static_cast<double>(state.range(0));
}

void Load(benchmark::State& state) {
  const auto centre = Filled(state.range(0));
  const std::string bytes = Saved(centre->router());
  OneRuleSet rules(centre->router());
  for (auto _ : state) {
    const routing::LoadedRouter loaded = routing::Router::Load(bytes, rules);
    if (loaded.router == nullptr) return state.SkipWithError(loaded.error.c_str());
  }
}

void Hash(benchmark::State& state) {
  const auto centre = Filled(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(centre->router().Hash());
}

void Sizes(benchmark::internal::Benchmark* bench) {
  bench->ArgName("contacts")->Unit(benchmark::kMillisecond);
  for (const int contacts : {10'000, 100'000, 900'000}) bench->Arg(contacts);
}

BENCHMARK(Save)->Apply(Sizes);
BENCHMARK(Load)->Apply(Sizes);
BENCHMARK(Hash)->Apply(Sizes);

}  // namespace
}  // namespace strowger::bench

BENCHMARK_MAIN();
