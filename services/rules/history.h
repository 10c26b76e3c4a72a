// The versions of one domain's rules.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "routing/rule_set.h"
#include "routing/time.h"

namespace strowger::rules {

struct RuleVersion {
  std::uint64_t version = 0;  // from 1
  std::string rule_set;
  std::string hash;
  std::string author;
  std::string comment;
  routing::TimeNs activated_at = 0;
  std::uint64_t sequence = 0;          // 0: the one that the domain started with
  std::uint64_t restored_version = 0;  // 0: its text was given
  bool active = false;
  // Null when it is too old to be kept.
  std::shared_ptr<const routing::RuleSet> compiled;
};

// Any thread.
class RuleHistory {
 public:
  // Keeps the text and the program of the last `kept` versions, of older ones the description, a
  // thousand of them in all.
  explicit RuleHistory(std::size_t kept) : kept_(kept) {}

  // Becomes the active one. REQUIRES: a version above the last.
  void Add(RuleVersion version);

  // Of the active one; never null once something was added. Cheap enough for every call.
  std::shared_ptr<const routing::RuleSet> active() const {
    return active_.load(std::memory_order_acquire);
  }
  std::optional<RuleVersion> Active() const;
  std::optional<RuleVersion> Find(std::uint64_t version) const;
  std::optional<RuleVersion> FindBySequence(std::uint64_t sequence) const;
  // Newest first, versions below `before`, at most `limit`.
  std::vector<RuleVersion> List(std::uint64_t before, std::size_t limit) const;

 private:
  RuleVersion Describe(const RuleVersion& version) const;  // REQUIRES: mutex_ held

  const std::size_t kept_;
  std::atomic<std::shared_ptr<const routing::RuleSet>> active_;
  mutable std::mutex mutex_;
  std::vector<RuleVersion> versions_;  // oldest first
};

}  // namespace strowger::rules
