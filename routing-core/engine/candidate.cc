// Operators' switches, and a rule set on trial beside the one in force.
#include <algorithm>
#include <utility>

#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {

constexpr std::int64_t kAll = 1'000'000;

std::uint64_t HexWord(std::string_view digits) {
  std::uint64_t word = 0;
  for (const char c : digits) {
    const int digit = c >= 'a' ? c - 'a' + 10 : c - '0';
    word = word << 4 | static_cast<std::uint64_t>(digit & 0xf);
  }
  return word;
}

// The hash of a rule set, as it is written: 32 hexadecimal digits, the high half first.
SipKey SipKeyOf(std::string_view hash) {
  return {HexWord(hash.substr(std::min<std::size_t>(16, hash.size()))),
          HexWord(hash.substr(0, 16))};
}

}  // namespace

Result Router::Engine::Set(const SetFlag& command) {
  for (FlagRecord& flag : flags_) {
    if (flag.name != command.flag) continue;
    flag.on = command.on;
    return {};
  }
  return {Outcome::kInvalidArgument, "flag"};
}

Result Router::Engine::Set(const SetCandidate& command) {
  if (command.share < 0 || command.share > kAll) return {Outcome::kInvalidArgument, "share"};
  if (command.if_version && *command.if_version != version_) {
    return {Outcome::kVersionMismatch, "if_version"};
  }
  if (command.rule_set == nullptr) {
    if (candidate_.rule_set == nullptr) return {Outcome::kWrongState, "candidate"};
    DropCandidate();
    return {};
  }
  if (command.rule_set->frame() != rule_set_->frame()) {
    return {Outcome::kRuleSetInvalid, "rule_set"};
  }
  std::vector<RequirementId> interned;
  const bool fits = InternAll(*command.rule_set, interned);
  if (fits) {
    DropCandidate();
    candidate_.rule_set = command.rule_set;
    candidate_.share = command.share;
    candidate_.number = RememberRuleSet(command.rule_set);
    candidate_.key = SipKeyOf(command.rule_set->hash());
    BindGroups(*command.rule_set, candidate_.groups);
    if (command.rule_set != rule_set_ && command.share > 0) AddRulePlans(command.rule_set);
    for (const auto& set : {command.rule_set, rule_set_}) {
      for (const Plan* plan : set->plans()) candidate_.plan_hashes[plan] = PlanHash(*plan);
    }
    candidate_.differences.reserve(kKeptDifferences);
  }
  for (const RequirementId id : interned) eligibility_.Release(id);
  return fits ? Result{} : Result{Outcome::kOverLimit, "rule_set"};
}

// Contacts keep the plans that it gave them.
void Router::Engine::DropCandidate() {
  if (candidate_.rule_set == nullptr) return;
  ReleaseGroups(candidate_.groups);
  if (candidate_.rule_set != rule_set_ && candidate_.share > 0) {
    for (const Plan* plan : candidate_.rule_set->plans()) {
      ReleasePlan(rule_plans_.at(plan));
      rule_plans_.erase(plan);
    }
  }
  candidate_ = Trial{};
}

// The same contacts on every machine, and more of them, none less, when the share grows.
bool Router::Engine::IsOfShare(std::string_view contact) const {
  if (candidate_.share == 0) return false;
  const absl::uint128 scaled = absl::uint128(SipHash64(contact, candidate_.key)) * kAll;
  return absl::Uint128High64(scaled) < static_cast<std::uint64_t>(candidate_.share);
}

const RuleSet& Router::Engine::RulesFor(std::string_view contact) const {
  const bool by_candidate = candidate_.rule_set != nullptr && IsOfShare(contact);
  return by_candidate ? *candidate_.rule_set : *rule_set_;
}

void Router::Engine::CompareCandidate(const ContactFacts& facts, const Decision& decision,
                                      bool decided) {
  ++candidate_.seen;
  candidate_.decided += decided ? 1 : 0;
  if (candidate_.share > 0) return;
  const Decision other = candidate_.rule_set->Classify(facts, now_, *this);
  if (other.rule == decision.rule) {
    const bool same_plan = other.plan == nullptr || candidate_.plan_hashes.at(other.plan) ==
                                                        candidate_.plan_hashes.at(decision.plan);
    if (same_plan) return;
    ++candidate_.other_plan;
  } else {
    ++candidate_.other_rule;
  }
  const std::size_t place = candidate_.differences_seen++ % kKeptDifferences;
  if (place == candidate_.differences.size()) candidate_.differences.emplace_back();
  CandidateDifference& difference = candidate_.differences[place];
  difference.sequence = sequence_;
  difference.contact = facts.id;
  difference.rule = decision.rule;
  difference.candidate_rule = other.rule;
}

std::vector<FlagView> Router::Engine::Flags() const {
  std::vector<FlagView> views;
  for (std::size_t i = 0; i < flags_.size(); ++i) {
    views.push_back({flags_[i].name, flags_[i].on, flags_[i].on != rule_set_->flags()[i].on});
  }
  return views;
}

std::optional<CandidateView> Router::Engine::Candidate() const {
  if (candidate_.rule_set == nullptr) return std::nullopt;
  CandidateView view;
  view.rule_set = candidate_.rule_set;
  view.share = candidate_.share;
  view.seen = candidate_.seen;
  view.decided = candidate_.decided;
  view.other_rule = candidate_.other_rule;
  view.other_plan = candidate_.other_plan;
  view.differences = candidate_.differences;
  if (!view.differences.empty()) {
    const std::size_t oldest = candidate_.differences_seen % view.differences.size();
    std::rotate(view.differences.begin(),
                view.differences.begin() + static_cast<std::ptrdiff_t>(oldest),
                view.differences.end());
  }
  return view;
}

}  // namespace strowger::routing
