#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "routing-core/cel/value.h"

namespace strowger::cel {

/// Working memory of evaluations, owned by the caller and used by one thread at a time. It keeps
/// what it has grown to, so that once warm no evaluation allocates. Each evaluation starts by
/// forgetting the one before: a result that points into the scratch is good until then.
class Scratch {
 public:
  /// An evaluation that needs more than `max_bytes` of strings, lists and maps, or more than
  /// `max_steps` turns of macro loops in all, ends in an error of code kLimit.
  explicit Scratch(size_t max_bytes = kDefaultMaxBytes, uint64_t max_steps = kDefaultMaxSteps)
      : max_bytes_(max_bytes), max_steps_(max_steps) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  static constexpr size_t kDefaultMaxBytes = size_t{8} << 20;
  static constexpr uint64_t kDefaultMaxSteps = 4'000'000;

  /// Forgets everything allocated, keeps the memory, and answers `registers` values of
  /// undetermined content. The evaluator calls this first.
  Value* Begin(size_t registers) {
    used_ = 0;
    block_ = 0;
    total_ = 0;
    steps_left_ = max_steps_;
    if (registers_.size() < registers) registers_.resize(registers);
    return registers_.data();
  }

  /// What the evaluation since Begin has used.
  size_t bytes_used() const { return total_; }
  uint64_t steps_used() const { return max_steps_ - steps_left_; }

  /// `bytes` of memory aligned for any value, or null when the limit is passed.
  void* Allocate(size_t bytes);
  char* AllocateText(size_t bytes) { return static_cast<char*>(Allocate(bytes)); }
  Value* AllocateValues(size_t count);
  MapEntry* AllocateEntries(size_t count);

  /// Takes one step of the evaluation's allowance; false when it is used up.
  bool TakeStep() {
    if (steps_left_ == 0) return false;
    --steps_left_;
    return true;
  }

 private:
  struct Block {
    std::unique_ptr<std::byte[]> memory;
    size_t size;
  };

  size_t max_bytes_;
  uint64_t max_steps_;
  uint64_t steps_left_ = 0;
  std::vector<Value> registers_;
  std::vector<Block> blocks_;
  size_t block_ = 0;  // the block being filled
  size_t used_ = 0;   // bytes used of it
  size_t total_ = 0;  // bytes handed out in this evaluation
};

}  // namespace strowger::cel
