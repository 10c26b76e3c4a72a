// Operators' switches, a rule set beside the active one, and what a contact waits for.
#include <algorithm>
#include <utility>

#include "absl/numeric/int128.h"
#include "routing/siphash.h"
#include "tests/model/eligibility.h"
#include "tests/model/naive_router.h"

namespace strowger::model {

using routing::Figure;
using routing::FigureGroup;
using routing::FigureOwner;
using routing::Outcome;
using routing::WaitCode;

// ---- Flags ------------------------------------------------------------------------------------

Outcome NaiveRouter::Set(const routing::SetFlag& command) {
  const auto found = flags_.find(command.flag);
  if (found == flags_.end()) return Outcome::kInvalidArgument;
  found->second = command.on;
  return Outcome::kOk;
}

void NaiveRouter::TakeOverFlags(const std::shared_ptr<const routing::RuleSet>& next) {
  std::map<std::string, bool> switched;
  for (const routing::FlagDefault& old : rule_set_->flags()) {
    if (flags_.at(old.name) != old.on) switched[old.name] = flags_.at(old.name);
  }
  flags_.clear();
  for (const routing::FlagDefault& flag : next->flags()) {
    flags_[flag.name] = switched.contains(flag.name) ? switched.at(flag.name) : flag.on;
  }
}

// ---- A rule set on trial ----------------------------------------------------------------------

Outcome NaiveRouter::Set(const routing::SetCandidate& command) {
  if (command.share < 0 || command.share > 1'000'000) return Outcome::kInvalidArgument;
  if (command.if_version.has_value() && *command.if_version != version_) {
    return Outcome::kVersionMismatch;
  }
  if (command.rule_set == nullptr && candidate_ == nullptr) return Outcome::kWrongState;
  if (command.rule_set != nullptr && command.rule_set->frame() != rule_set_->frame()) {
    return Outcome::kRuleSetInvalid;
  }
  candidate_ = command.rule_set;
  share_ = command.rule_set == nullptr ? 0 : command.share;
  return Outcome::kOk;
}

bool NaiveRouter::DecidedByCandidate(const std::string& contact) const {
  if (candidate_ == nullptr) return false;
  const std::string hash(candidate_->hash());
  const routing::SipKey key{std::stoull(hash.substr(16, 16), nullptr, 16),
                            std::stoull(hash.substr(0, 16), nullptr, 16)};
  const absl::uint128 scaled = absl::uint128(routing::SipHash64(contact, key)) * 1'000'000;
  return scaled < absl::MakeUint128(static_cast<std::uint64_t>(share_), 0);
}

// ---- Teams and locations ----------------------------------------------------------------------

std::optional<std::int64_t> NaiveRouter::GroupFigureOf(FigureOwner owner, std::string_view name,
                                                       Figure figure) const {
  bool known = false;
  for (const auto& set : {rule_set_, candidate_}) {
    if (set == nullptr) continue;
    for (const FigureGroup& group : set->groups()) {
      known = known || (group.owner == owner && group.name == name);
    }
  }
  if (!known || (Bit(figure) & routing::kAgentFigures) == 0) return std::nullopt;
  std::int64_t count = 0;
  absl::int128 busy = 0;
  absl::int128 measured = 0;
  for (const auto& [id, agent] : agents_) {
    if ((owner == FigureOwner::kTeam ? agent.team : agent.location) != name) continue;
    if (figure != Figure::kOccupancy && CountsAs(agent, figure)) ++count;
    if (figure != Figure::kOccupancy || !agent.logged_in()) continue;
    busy += Occupancy(agent).first;
    measured += Occupancy(agent).second;
  }
  if (figure != Figure::kOccupancy) return count;
  return measured == 0 ? 0 : static_cast<std::int64_t>(busy * 1'000'000 / measured);
}

// ---- What a contact waits for -----------------------------------------------------------------

// What is left of the work of an agent once nothing is offered to it.
bool NaiveRouter::FitsWithoutOffers(const NaiveAgent& agent, const NaiveContact& contact) const {
  std::vector<Held> held;
  for (const auto& [id, other] : contacts_) {
    const bool handled = other.state == routing::ContactState::kHandling;
    if (handled && other.agent == agent.id) held.push_back({other.channel, {}, {}});
  }
  for (const NaiveWrapUp& wrap_up : agent.wrap_ups) {
    if (wrap_up.scope == routing::WrapUpScope::kAgent) return false;
    const bool of_queue = wrap_up.scope == routing::WrapUpScope::kQueue;
    if (of_queue && wrap_up.queue == contact.queue) return false;
    if (!of_queue) held.push_back({wrap_up.channel, {}, {}});
  }
  return Fits(agent.capacity, ChannelsOf(held, agent.outside), contact.channel);
}

// Agents leave the list at the first thing that they are not; the code is that at which the last
// of them left.
WaitCode NaiveRouter::WaitCodeOf(const std::string& id) const {
  const auto found = contacts_.find(id);
  if (found == contacts_.end() || !found->second.waiting()) return WaitCode::kNone;
  const NaiveContact& contact = found->second;
  std::vector<const NaiveAgent*> left;
  for (const auto& [name, agent] : agents_) {
    const bool serves = Serves(agent, contact.queue) || Lent(agent, contact.queue);
    if (agent.logged_in() && serves) left.push_back(&agent);
  }
  if (left.empty()) return WaitCode::kNobodyLoggedIn;
  const auto nobody = [&left](const auto& test) {
    std::erase_if(left, [&](const NaiveAgent* agent) { return !test(*agent); });
    return left.empty();
  };
  if (nobody([&](const NaiveAgent& agent) { return Reaches(contact, agent); })) {
    return WaitCode::kNobodySatisfies;
  }
  if (nobody([](const NaiveAgent& agent) { return agent.ready(); })) return WaitCode::kNobodyReady;
  if (nobody([&](const NaiveAgent& agent) { return FitsWithoutOffers(agent, contact); })) {
    return WaitCode::kAllBusy;
  }
  if (contact.state == routing::ContactState::kOffered) return WaitCode::kReserved;
  if (nobody([&](const NaiveAgent& agent) {
        return Fits(agent.capacity, ChannelsOf(InHand(agent), agent.outside), contact.channel);
      })) {
    return WaitCode::kReserved;
  }
  if (nobody([&](const NaiveAgent& agent) {
        return agent.barred_until == 0 && !Barred(contact, agent.id);
      })) {
    return WaitCode::kExcluded;
  }
  // Before its not_before it is as young as can be, not younger.
  if (nobody([&](const NaiveAgent& agent) {
        const auto entry = agent.queues.find(contact.queue);
        return entry == agent.queues.end() || WaitOf(contact) >= entry->second.delay;
      })) {
    return WaitCode::kDelay;
  }
  if (!contact.opened) return WaitCode::kNotBefore;
  const auto capped = [&](const NaiveAgent& agent) {
    return IsPaceUsedUp(agent) || TooBusy(agent, queues_.at(contact.queue)) ||
           !IsUnderCaps(agent.handling_cap, InHand(agent), contact.queue, contact.labels);
  };
  return nobody([&](const NaiveAgent& agent) { return !capped(agent); }) ? WaitCode::kCap
                                                                         : WaitCode::kNone;
}

std::uint64_t NaiveRouter::EligibleFor(const std::string& id) const {
  const auto found = contacts_.find(id);
  if (found == contacts_.end() || !found->second.waiting()) return 0;
  std::uint64_t eligible = 0;
  for (const auto& [name, agent] : agents_) eligible += Eligible(agent, found->second) ? 1 : 0;
  return eligible;
}

}  // namespace strowger::model
