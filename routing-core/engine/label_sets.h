// The labels of contacts: sets interned, so that contacts and lines refer to one by number.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "routing-core/engine/pool.h"

namespace strowger::routing {

using LabelSetId = std::uint32_t;
inline constexpr LabelSetId kNoLabels = 0;

// Counted; those that nobody refers to stay for the next contact like theirs until room is needed.
// The empty set is always there and not counted. One thread. Allocates only for sets not seen
// before.
class LabelSets {
 public:
  explicit LabelSets(std::uint32_t most) : most_(most), sets_(1) {}

  // Finds or makes, and refers once. `labels` in byte order. kNoSlot: as many as may be are in use.
  LabelSetId Intern(const std::vector<std::string>& labels) {
    if (labels.empty()) return kNoLabels;
    key_.clear();
    for (const std::string& label : labels) {
      key_.push_back(static_cast<char>(label.size()));
      key_.append(label);
    }
    const auto known = ids_.find(key_);
    if (known != ids_.end()) {
      Refer(known->second);
      return known->second;
    }
    if (ids_.size() >= most_) Reclaim();
    if (ids_.size() >= most_) return kNoSlot;
    LabelSetId id = static_cast<LabelSetId>(sets_.size());
    if (free_.empty()) {
      sets_.emplace_back();
    } else {
      id = free_.back();
      free_.pop_back();
    }
    sets_[id] = Set{labels, key_, 1};
    ids_.emplace(key_, id);
    return id;
  }
  void Refer(LabelSetId id) {
    if (id != kNoLabels) ++sets_[id].references;
  }
  void Release(LabelSetId id) {
    if (id != kNoLabels) --sets_[id].references;
  }

  const std::vector<std::string>& labels(LabelSetId id) const { return sets_[id].labels; }
  bool Has(LabelSetId id, std::string_view label) const {
    return std::binary_search(sets_[id].labels.begin(), sets_[id].labels.end(), label);
  }

 private:
  struct Set {
    std::vector<std::string> labels;
    std::string key;
    std::uint64_t references = 0;
  };

  void Reclaim() {
    for (LabelSetId id = 1; id < sets_.size(); ++id) {
      Set& set = sets_[id];
      if (set.references > 0 || set.key.empty()) continue;
      ids_.erase(set.key);
      set = Set{};
      free_.push_back(id);
    }
  }

  std::uint32_t most_;
  std::vector<Set> sets_;
  std::vector<LabelSetId> free_;
  absl::flat_hash_map<std::string, LabelSetId> ids_;
  std::string key_;
};

}  // namespace strowger::routing
