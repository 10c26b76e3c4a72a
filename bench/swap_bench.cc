// Swapping rules under load: a hundred documents a second, half of them wrong, while contacts come
// and go through the same domain; and what memory has become after many swaps.
//
//   strowger_swap_bench SECONDS RATE RULES SWAPS
//
// Open loop: RATE calls a second, each a submission and a cancellation, latency from the planned
// time of the submission to its release. SECONDS without swaps, SECONDS with, in turn, five times.
// Then SWAPS swaps as fast as they go; resident memory after a tenth of them and after all.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "services/journal/memory_journal.h"
#include "services/rules/loader.h"
#include "services/rules/publisher.h"
#include "services/runtime/blocking.h"
#include "services/runtime/clock.h"
#include "services/runtime/domains.h"

namespace strowger {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kRounds = 5;
constexpr int kSwapsPerSecond = 100;

// `edition` makes texts differ; an odd one is wrong.
std::string Document(int rules, int edition, bool wrong) {
  std::string text =
      "schema: strowger.rules/v1\nrule_set: shop\n"
      "vocabulary: {channels: [voice], contact: {tier: {type: string, default: none}, "
      "balance: {type: double, default: 0.0}}}\nrules:\n";
  for (int i = 0; i < rules; ++i) {
    const std::string name = wrong && i == rules / 2 ? "contact.teir" : "contact.tier";
    text += "  - {id: r" + std::to_string(i) + ", when: " + name + " == \"t" + std::to_string(i) +
            "\" && contact.balance > " + std::to_string(edition % 1000) +
            ".0, then: {queue: main, priority: " + std::to_string(i % 100) + "}}\n";
  }
  return text + "  - {id: rest, then: {queue: main}}\nqueues: {main: {}}\n";
}

class Call final : public runtime::CommandTask {
 public:
  void OnReleased(const runtime::Receipt& receipt, const runtime::EventSlice&) override {
    failed = !receipt.result.ok();
    latency = Clock::now() - planned;
    done.store(true, std::memory_order_release);
  }
  Clock::time_point planned;
  Clock::duration latency{};
  bool failed = false;
  std::atomic<bool> done{false};
};

class Centre {
 public:
  explicit Centre(int rules) : rules_(rules) {
    auto first = rules::LoadRuleText(Document(rules, 0, false), "bench").rule_set;
    routing::Limits limits;
    limits.ended_contacts = 1'000;
    runtime::ExecutorOptions options;
    options.kept_command_ids = 1'024;
    options.kept_events = 1'024;  // full before memory is looked at
    auto executor = std::make_unique<runtime::DomainExecutor>(
        options, std::make_unique<routing::Router>(limits, first), journal_, &clock_);
    executor_ = &domains_.Add("default", std::move(executor));
    publisher_ = std::make_unique<rules::Publisher>(domains_, rules::PublisherOptions{});
    rules::RuleVersion version;
    version.version = 1;
    version.compiled = first;
    std::vector<rules::RuleVersion> versions = {version};
    if (!publisher_->Begin("default", std::move(versions)).ok()) std::abort();
  }

  // In microseconds, sorted; counts what failed.
  std::vector<double> Load(double seconds, int rate, int& failed) {
    const int calls = static_cast<int>(seconds * rate);
    std::vector<std::unique_ptr<Call>> arrivals(static_cast<std::size_t>(calls));
    std::vector<std::unique_ptr<Call>> ends(static_cast<std::size_t>(calls));
    const Clock::time_point begin = Clock::now();
    for (int i = 0; i < calls; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const std::string id = "c" + std::to_string(i);
      arrivals[at] = std::make_unique<Call>();
      arrivals[at]->planned = begin + std::chrono::nanoseconds(1'000'000'000LL * i / rate);
      std::this_thread::sleep_until(arrivals[at]->planned);
      routing::SubmitContact submit;
      submit.contact = id;
      submit.channel = "voice";
      submit.attributes = {{"tier", std::string("t7")}, {"balance", 5.0}};
      arrivals[at]->command.body = std::move(submit);
      Submit(*arrivals[at]);
      ends[at] = std::make_unique<Call>();
      ends[at]->command.body = routing::CancelContact{id, false};
      Submit(*ends[at]);
    }
    std::vector<double> latencies;
    for (const auto& calls_of : {&arrivals, &ends}) {
      for (const auto& call : *calls_of) {
        while (!call->done.load(std::memory_order_acquire)) std::this_thread::yield();
        failed += call->failed ? 1 : 0;
      }
    }
    for (const auto& call : arrivals) {
      latencies.push_back(std::chrono::duration<double, std::micro>(call->latency).count());
    }
    std::sort(latencies.begin(), latencies.end());
    return latencies;
  }

  // Every second one is wrong. False: it went otherwise than it should.
  bool Swap(int edition) {
    rules::PublishRequest request;
    request.text = Document(rules_, edition, edition % 2 == 1);
    request.source = "bench";
    request.author = request.comment = "bench";
    std::atomic<int> came{0};
    const bool taken = publisher_->Publish(std::move(request), [&](rules::PublishAnswer answer) {
      const bool ok = answer.receipt.result.ok();
      came.store(ok == (edition % 2 == 0) ? 1 : 2, std::memory_order_release);
    });
    if (!taken) return false;
    while (came.load(std::memory_order_acquire) == 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    return came.load(std::memory_order_acquire) == 1;
  }

 private:
  void Submit(Call& call) {
    if (executor_->Submit(&call) == runtime::DomainExecutor::Submission::kAccepted) return;
    call.failed = true;
    call.done.store(true, std::memory_order_release);
  }

  const int rules_;
  runtime::SystemClock clock_;
  journal::MemoryJournal journal_{journal::MemoryJournalOptions{.kept = 0}};
  runtime::Domains domains_;
  runtime::DomainExecutor* executor_ = nullptr;
  std::unique_ptr<rules::Publisher> publisher_;
};

long ResidentKib() {
  std::ifstream in("/proc/self/statm");
  long all = 0;
  long resident = 0;
  in >> all >> resident;
  return resident * 4;
}

double At(const std::vector<double>& sorted, double quantile) {
  return sorted[static_cast<std::size_t>(quantile * static_cast<double>(sorted.size() - 1))];
}

void Latencies(Centre& centre, double seconds, int rate) {
  int edition = 1;
  int failed = 0;
  int wrong = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<double> quiet = centre.Load(seconds, rate, failed);
    std::atomic<bool> stop{false};
    int swaps = 0;
    std::thread swapper([&] {
      Clock::time_point next = Clock::now();
      while (!stop.load(std::memory_order_relaxed)) {
        next += std::chrono::milliseconds(1'000 / kSwapsPerSecond);
        wrong += centre.Swap(edition++) ? 0 : 1;
        ++swaps;
        std::this_thread::sleep_until(next);
      }
    });
    const std::vector<double> swapped = centre.Load(seconds, rate, failed);
    stop = true;
    swapper.join();
    std::printf("p50 %.1f -> %.1f us, p99 %.1f -> %.1f us, swaps %.0f/s\n", At(quiet, 0.5),
                At(swapped, 0.5), At(quiet, 0.99), At(swapped, 0.99), swaps / seconds);
  }
  std::printf("failed calls %d, swaps that went otherwise than they should %d\n", failed, wrong);
}

void Memory(Centre& centre, int swaps) {
  for (int i = 0; i < swaps; ++i) {
    if (!centre.Swap(i)) std::abort();
    if (i + 1 == swaps / 10) std::printf("after %d swaps %ld KiB\n", i + 1, ResidentKib());
  }
  std::printf("after %d swaps %ld KiB\n", swaps, ResidentKib());
}

int Main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
  const int rate = argc > 2 ? std::atoi(argv[2]) : 2'000;
  const int rules = argc > 3 ? std::atoi(argv[3]) : 50;
  const int swaps = argc > 4 ? std::atoi(argv[4]) : 10'000;
  Centre centre(rules);
  Latencies(centre, seconds, rate);
  Memory(centre, swaps);
  return 0;
}

}  // namespace
}  // namespace strowger

int main(int argc, char** argv) { return strowger::Main(argc, argv); }
