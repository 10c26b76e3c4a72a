#include "services/rules/history.h"

#include <algorithm>
#include <utility>

namespace strowger::rules {
namespace {

// A process that swaps its rules for years must not grow by it; the audit trail has them all.
constexpr std::size_t kDescribedVersions = 1'000;

}  // namespace

void RuleHistory::Add(RuleVersion version) {
  const std::scoped_lock lock(mutex_);
  active_.store(version.compiled, std::memory_order_release);
  versions_.push_back(std::move(version));
  if (versions_.size() > kept_) versions_[versions_.size() - kept_ - 1].compiled = nullptr;
  if (versions_.size() > kDescribedVersions) versions_.erase(versions_.begin());
}

std::optional<RuleVersion> RuleHistory::Active() const {
  const std::scoped_lock lock(mutex_);
  if (versions_.empty()) return std::nullopt;
  return Describe(versions_.back());
}

std::optional<RuleVersion> RuleHistory::Find(std::uint64_t version) const {
  const std::scoped_lock lock(mutex_);
  const auto found =
      std::lower_bound(versions_.begin(), versions_.end(), version,
                       [](const RuleVersion& a, std::uint64_t b) { return a.version < b; });
  if (found == versions_.end() || found->version != version) return std::nullopt;
  return Describe(*found);
}

std::optional<RuleVersion> RuleHistory::FindBySequence(std::uint64_t sequence) const {
  const std::scoped_lock lock(mutex_);
  const auto found =
      std::lower_bound(versions_.begin(), versions_.end(), sequence,
                       [](const RuleVersion& a, std::uint64_t b) { return a.sequence < b; });
  if (found == versions_.end() || found->sequence != sequence) return std::nullopt;
  return Describe(*found);
}

std::vector<RuleVersion> RuleHistory::List(std::uint64_t before, std::size_t limit) const {
  const std::scoped_lock lock(mutex_);
  std::vector<RuleVersion> listed;
  for (auto it = versions_.rbegin(); it != versions_.rend() && listed.size() < limit; ++it) {
    if (it->version < before) listed.push_back(Describe(*it));
  }
  return listed;
}

RuleVersion RuleHistory::Describe(const RuleVersion& version) const {
  RuleVersion described = version;
  described.active = &version == &versions_.back();
  return described;
}

}  // namespace strowger::rules
