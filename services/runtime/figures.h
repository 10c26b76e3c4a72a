// What a domain publishes about itself for metrics and status. Every value has one writer at a time
// and is an atomic that readers may load at any moment, relaxed: each is right by itself, no two
// are of exactly the same instant.
//
// Counters and histograms move with every batch. What has to be asked of the router (queues,
// contacts and agents by state) costs time that grows with the number of queues, and is published
// at most once in ExecutorOptions::figures_interval; it is never staler than that interval, and
// `as_of` says of when it is.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "routing/command.h"
#include "routing/event.h"
#include "routing/outcome.h"
#include "routing/router.h"

namespace strowger::runtime {

// One thread at a time adds; a plain load and store is cheaper than a locked add.
template <typename Value>
class SingleWriter {
 public:
  void Add(Value amount = 1) { Set(Get() + amount); }
  void Set(Value value) { value_.store(value, std::memory_order_relaxed); }
  Value Get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<Value> value_{0};
};

using Counter = SingleWriter<std::uint64_t>;
using Gauge = SingleWriter<std::int64_t>;

// Durations in buckets whose bounds double from 1 us to 2^24 us (16.8 s). One thread at a time
// observes.
class LatencyHistogram {
 public:
  static constexpr int kBounds = 25;
  // Upper bound of a bucket, inclusive; the bucket after the last is unbounded.
  static constexpr std::int64_t BoundNs(int bucket) { return std::int64_t{1000} << bucket; }

  // `times` observations of one duration. A negative one counts as 0.
  void Observe(std::int64_t ns, std::uint64_t times = 1) {
    const std::uint64_t clamped = ns > 0 ? static_cast<std::uint64_t>(ns) : 0;
    buckets_[static_cast<std::size_t>(BucketOf(clamped))].Add(times);
    sum_ns_.Add(clamped * times);
  }

  std::uint64_t count(int bucket) const { return buckets_[static_cast<std::size_t>(bucket)].Get(); }
  std::uint64_t sum_ns() const { return sum_ns_.Get(); }

 private:
  static int BucketOf(std::uint64_t ns) {
    if (ns <= 1000) return 0;
    const int bucket = static_cast<int>(std::bit_width((ns - 1) / 1000));
    return bucket < kBounds ? bucket : kBounds;
  }

  std::array<Counter, kBounds + 1> buckets_;
  Counter sum_ns_;
};

inline constexpr std::size_t kCommandKinds = std::variant_size_v<routing::CommandBody>;
// By index of the alternative: "submit_contact".
std::string_view CommandKindName(std::size_t kind);

// What the figures of QueueView become: the same names, units and meanings.
struct QueueFigures {
  std::string queue;  // never changes once it can be seen
  std::atomic<bool> external{false};
  Gauge waiting, offered, handling;
  Gauge oldest_wait, predicted_wait;  // ns, as of Figures::as_of; kNever: infinite
  Gauge agents_staffed, agents_ready, agents_free;
  Gauge occupancy, service_level, abandon_rate;  // millionths
  Counter entered, assigned, overflowed;
  std::array<Counter, routing::kEndReasonCount> ended;
  Counter wait_sum, handle_sum, hold_sum;  // ns
  Gauge closed;                            // 1: takes no new contacts
  Gauge longest_wait;                      // ns, of a contact at its assignment
  Gauge starvation_bound;                  // ns; -1: none
  struct Prediction {
    Counter measured, never, absolute, within_p90;  // absolute: ns
    Gauge bias;                                     // ns
  };
  Prediction predicted, length_over_rate, last_to_enter;
};

// The figures of every queue that the domain has had. A slot, once seen, stays where it is.
class QueueTable {
 public:
  // One thread at a time.
  void Publish(const std::vector<routing::QueueView>& queues);

  // Any thread. Slots below size() may be read for as long as the table lives.
  std::size_t size() const { return size_.load(std::memory_order_acquire); }
  const QueueFigures& operator[](std::size_t slot) const {
    return blocks_[slot / kBlock][slot % kBlock];
  }

 private:
  static constexpr std::size_t kBlock = 64;
  static constexpr std::size_t kBlocks = 1024;  // beyond 65,536 queues the rest goes unpublished

  QueueFigures* SlotOf(const std::string& queue);

  std::array<std::unique_ptr<QueueFigures[]>, kBlocks> blocks_;
  std::atomic<std::size_t> size_{0};
  absl::flat_hash_map<std::string, std::size_t> slots_;  // the publishing thread's own
};

struct Figures {
  // ---- Written by the writer, with every batch ----------------------------------------------
  Counter batches;
  std::array<std::array<Counter, routing::kOutcomeCount>, kCommandKinds> commands;  // sequenced
  Counter repeats;          // answered from memory
  Counter refused_appends;  // batches that the journal had no room for
  Counter shed_by_journal;  // commands refused because of that
  Counter shed_late;        // commands whose caller had given up before their turn
  Counter handed_on;        // times that a borrowed thread passed the domain to the worker
  std::array<Counter, routing::kEventTypeCount> events;
  Counter agent_lease_lapses, handling_lease_lapses;
  Counter sequence;  // of the last command applied
  Gauge time;        // of that command
  // From a command's batch being taken to the events of that batch being there: an upper bound of
  // its own decision latency, at the cost of two looks at the clock a batch.
  LatencyHistogram decision_latency;

  // ---- Written by the writer, at most once in an interval -----------------------------------
  Gauge as_of;  // the domain's time then
  Gauge contacts_queued, contacts_offered, contacts_handling;
  std::array<Gauge, 3> agents;  // by AgentState
  Counter rule_set_version, rule_errors;
  Gauge deadlines;
  QueueTable queues;

  // ---- Written by whoever releases ----------------------------------------------------------
  Counter released;                  // tasks
  LatencyHistogram journal_latency;  // of a batch, from before its append to its being durable
  LatencyHistogram reply_latency;    // of a command, from CommandTask::received_ns to its release

  // ---- Written by any thread, when it is refused at the door --------------------------------
  std::atomic<std::uint64_t> refused_full{0};
  std::atomic<std::uint64_t> refused_closed{0};

  // REQUIRES: called by the writer.
  void Publish(const routing::Router& router);
};

}  // namespace strowger::runtime
