// The commands that unary callers may repeat: id to first outcome, for the last so many commands or
// so much time, whichever is less.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "routing/time.h"
#include "services/runtime/remembered.h"
#include "services/runtime/task.h"

namespace strowger::runtime {

// Belongs to a domain's writer. A ring of entries in order of arrival, found through chained hash
// buckets of a fixed size: nothing is ever rehashed, and in steady state nothing is allocated.
class CommandIds {
 public:
  // REQUIRES: capacity at least that of a batch, since the entries of one must not push each other
  // out.
  CommandIds(std::uint32_t capacity, routing::DurationNs window);

  struct Admitted {
    bool repeated = false;
    std::uint64_t ticket = 0;
    const Receipt* outcome = nullptr;  // of a repeat; null while the first one is not applied yet
  };

  // Finds the id, or enters it. Times must not decrease.
  Admitted Admit(std::string_view id, routing::TimeNs now);
  // Says what became of an entry. One that is gone already is passed over.
  void Settle(std::uint64_t ticket, const Receipt& receipt);
  // Null when the entry is not settled, or gone.
  const Receipt* Find(std::uint64_t ticket) const;
  // Takes the newest entry back, as if it had never been entered. REQUIRES: it is not settled.
  void WithdrawNewest();

  // What is settled, oldest first.
  void ForEach(const RememberedVisitor& visit) const;

  std::uint64_t size() const { return next_ticket_ - first_ticket_; }

 private:
  static constexpr std::uint64_t kNone = 0;
  static constexpr std::size_t kBlock = 1024;

  struct Entry {
    std::string id;
    std::uint64_t older = kNone;  // ticket of the next in the bucket's chain, newest first
    std::size_t hash = 0;
    routing::TimeNs time = 0;
    bool settled = false;
    Receipt receipt;
  };

  Entry& At(std::uint64_t ticket);
  const Entry& At(std::uint64_t ticket) const;
  bool Holds(std::uint64_t ticket) const;
  void Unlink(std::uint64_t ticket);
  void Forget(routing::TimeNs now);

  const std::uint32_t capacity_;
  const routing::DurationNs window_;
  std::uint64_t first_ticket_ = 1;  // tickets count from 1; entries are [first, next)
  std::uint64_t next_ticket_ = 1;
  std::vector<std::unique_ptr<Entry[]>> blocks_;  // by ticket modulo capacity; made at first use
  std::vector<std::uint64_t> buckets_;            // newest ticket, or kNone
};

}  // namespace strowger::runtime
