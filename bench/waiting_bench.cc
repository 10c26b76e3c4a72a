// Contact surplus: contacts wait, and every freed agent picks the one to be served first.
#include <malloc.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bench/centre.h"
#include "benchmark/benchmark.h"

namespace strowger::bench {
namespace {

using routing::AcceptOffer;
using routing::CompleteContact;
using routing::Event;
using routing::EventType;

CentreShape Shape(int requirements, bool aging) {
  CentreShape shape;
  shape.agents = 1000;
  shape.skill_every = 3;
  shape.requirements = RandomRequirements(requirements);
  shape.aging = aging;
  return shape;
}

class Overload {
 public:
  Overload(CentreShape shape, std::int64_t waiting, bool attributes)
      : centre_(std::move(shape), false), attributes_(attributes) {
    WaitUntil(waiting);
  }
  // Contacts bring plans of their own, one of `own` after the other.
  Overload(CentreShape shape, std::int64_t waiting, std::vector<routing::Requirement> own)
      : centre_(std::move(shape), false), attributes_(false), own_(std::move(own)) {
    WaitUntil(waiting);
  }

  void Submit() {
    if (own_.empty()) return AcceptWhatIsOffered(centre_.Apply(centre_.Next(attributes_)));
    AcceptWhatIsOffered(centre_.Apply(centre_.Asking(own_[next_own_++ % own_.size()])));
  }

  // The contact that has been handled the longest ends; its agent picks the next and accepts it.
  void CompleteAndPick() {
    complete_.contact = handled_[oldest_];
    oldest_ = (oldest_ + 1) % handled_.size();
    --count_;
    AcceptWhatIsOffered(centre_.Apply(complete_));
  }

  std::size_t handled() const { return count_; }

 private:
  void WaitUntil(std::int64_t waiting) {
    while (centre_.router().Domain().contacts_queued < static_cast<std::uint64_t>(waiting)) {
      const std::int64_t missing =
          waiting - static_cast<std::int64_t>(centre_.router().Domain().contacts_queued);
      for (std::int64_t i = 0; i < missing; ++i) Submit();
    }
  }

  void AcceptWhatIsOffered(const routing::EventBuffer& events) {
    accept_.contact.clear();
    for (const Event& event : events) {
      if (event.type != EventType::kOffered) continue;
      accept_.contact = event.contact;
      accept_.agent = event.agent;
    }
    if (accept_.contact.empty()) return;
    handled_[(oldest_ + count_) % handled_.size()] = accept_.contact;
    ++count_;
    centre_.Apply(accept_);
  }

  Centre centre_;
  bool attributes_;
  std::vector<routing::Requirement> own_;
  std::size_t next_own_ = 0;
  AcceptOffer accept_;
  CompleteContact complete_;
  std::vector<std::string> handled_ = std::vector<std::string>(16'384);  // more than agents
  std::size_t oldest_ = 0;
  std::size_t count_ = 0;
};

// One contact comes and waits, one is completed, one is picked and accepted: four transitions, one
// decision.
void Pick(benchmark::State& state, bool aging) {
  Overload overload(Shape(static_cast<int>(state.range(1)), aging), state.range(0), false);
  // Every agent has picked a few times before the first that counts.
  for (int i = 0; i < 5000 && overload.handled() > 0; ++i) {
    overload.Submit();
    overload.CompleteAndPick();
  }
  for (auto _ : state) {
    overload.Submit();
    overload.CompleteAndPick();
    if (overload.handled() == 0) {
      state.SkipWithError("no overload");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}

void Sizes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"waiting", "requirements"});
  for (const int requirements : {1, 1000, 10'000}) {
    for (const int waiting : {1, 1000, 10'000, 1'000'000}) bench->Args({waiting, requirements});
  }
}

BENCHMARK_CAPTURE(Pick, by_arrival, false)->Apply(Sizes);
BENCHMARK_CAPTURE(Pick, half_of_them_aging, true)->Apply(Sizes);

// The same where each contact asks for something of its own that has not come before, as a platform
// may that decides itself: 43,000 requirements.
void PickOfTheirOwn(benchmark::State& state) {
  CentreShape shape;
  shape.agents = 10'000;
  shape.skill_every = 4;
  shape.requirements = RandomRequirements(1);
  Overload overload(std::move(shape), state.range(0), ManyRequirements(43'000));
  for (auto _ : state) {
    overload.Submit();
    overload.CompleteAndPick();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(PickOfTheirOwn)->ArgName("waiting")->Arg(1000)->Arg(10'000)->Iterations(20'000);

void MemoryOfWaiting(benchmark::State& state) {
  for (auto _ : state) {
    const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    const Overload overload(Shape(1000, false), state.range(0), true);
    const std::size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
    state.counters["bytes_each"] =
        static_cast<double>(after - before) / static_cast<double>(state.range(0));
  }
}
BENCHMARK(MemoryOfWaiting)->Arg(1'000'000)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace strowger::bench
