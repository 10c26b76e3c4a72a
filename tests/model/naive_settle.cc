// Settle: contacts that asked are placed, then freed agents take their turns.
#include <algorithm>
#include <set>

#include "absl/numeric/int128.h"
#include "tests/model/eligibility.h"
#include "tests/model/naive_router.h"

namespace strowger::model {

using routing::ContactState;
using routing::DurationNs;
using routing::kMinute;
using routing::Strategy;
using routing::TimeNs;

namespace {

constexpr DurationNs kHalfHour = 30 * kMinute;

template <typename T>
int Compare(const T& left, const T& right) {
  return left < right ? -1 : (right < left ? 1 : 0);
}

void AddOnce(std::vector<std::string>& list, const std::string& id) {
  if (std::find(list.begin(), list.end(), id) == list.end()) list.push_back(id);
}

// In units of 1 / (60 * 10^9), so that it is exact.
absl::int128 EffectivePriority(const routing::Priority& priority, DurationNs wait) {
  absl::int128 value = absl::int128(priority.start) * kMinute +
                       absl::int128(priority.gain_per_minute) * absl::int128(wait);
  if (priority.max.has_value()) value = std::min(value, absl::int128(*priority.max) * kMinute);
  return value;
}

}  // namespace

void NaiveRouter::AskPlace(const NaiveContact& contact) { AddOnce(to_place_, contact.id); }

void NaiveRouter::Freed(const NaiveAgent& agent) { AddOnce(freed_, agent.id); }

void NaiveRouter::Settle() {
  if (batch_) {
    freed_.clear();
    for (const auto& [id, contact] : contacts_) AskPlace(contact);
  }
  std::vector<NaiveContact*> line;
  for (const std::string& id : to_place_) {
    const auto contact = contacts_.find(id);
    if (contact != contacts_.end() && InLine(contact->second)) line.push_back(&contact->second);
  }
  std::sort(line.begin(), line.end(), [this](const NaiveContact* left, const NaiveContact* right) {
    if (left->request.has_value() != right->request.has_value()) return left->request.has_value();
    return ServedBefore(*left, *right);
  });
  for (NaiveContact* contact : line) Place(*contact);
  for (bool took = true; took;) {
    took = false;
    for (const std::string& id : freed_) {
      const auto agent = agents_.find(id);
      if (agent != agents_.end() && TakeOne(agent->second)) took = true;
    }
  }
  to_place_.clear();
  freed_.clear();
  batch_ = false;
}

void NaiveRouter::Place(NaiveContact& contact) {
  NaiveAgent* best = nullptr;
  for (auto& [id, agent] : agents_) {
    const bool chooses_itself = std::find(freed_.begin(), freed_.end(), id) != freed_.end();
    if (chooses_itself || !Eligible(agent, contact)) continue;
    if (best == nullptr || BetterAgent(agent, *best, contact)) best = &agent;
  }
  if (best != nullptr) Offer(contact, *best);
}

namespace {

std::int64_t OrderFor(const NaiveAgent& agent, const NaiveContact& contact) {
  const auto entry = agent.queues.find(contact.queue);
  return entry == agent.queues.end() ? 0 : entry->second.order;
}

}  // namespace

bool NaiveRouter::TakeOne(NaiveAgent& agent) {
  NaiveContact* first = nullptr;
  for (auto& [id, contact] : contacts_) {
    if (!InLine(contact) || !Eligible(agent, contact)) continue;
    if (first == nullptr) {
      first = &contact;
      continue;
    }
    const bool wishes = contact.request.has_value();
    const std::int64_t order = OrderFor(agent, contact);
    const std::int64_t other = OrderFor(agent, *first);
    const bool before = wishes != first->request.has_value() ? wishes
                        : !wishes && order != other          ? order < other
                                                             : ServedBefore(contact, *first);
    if (before) first = &contact;
  }
  if (first == nullptr) return false;
  Offer(*first, agent);
  return true;
}

// ---- The contact side -------------------------------------------------------------------------

bool NaiveRouter::InLine(const NaiveContact& contact) const {
  return contact.state == ContactState::kQueued && contact.opened;
}

bool NaiveRouter::ServedBefore(const NaiveContact& left, const NaiveContact& right) const {
  const absl::int128 left_priority = EffectivePriority(left.priority, WaitOf(left));
  const absl::int128 right_priority = EffectivePriority(right.priority, WaitOf(right));
  if (left_priority != right_priority) return left_priority > right_priority;
  if (left.arrival != right.arrival) return left.arrival < right.arrival;
  return left.number < right.number;
}

bool NaiveRouter::Barred(const NaiveContact& contact, const std::string& agent) const {
  return std::any_of(contact.bars.begin(), contact.bars.end(),
                     [&](const NaiveBar& bar) { return bar.agent == agent; });
}

// ---- The agent side ---------------------------------------------------------------------------

bool NaiveRouter::Admitted(const NaiveAgent& agent, const NaiveContact& contact) const {
  if (!Serves(agent, contact.queue)) return false;
  const std::int64_t rank = RankFor(agent, contact);
  return rank >= contact.ranks.low.value_or(rank) && rank <= contact.ranks.high.value_or(rank);
}

bool NaiveRouter::OldEnough(const NaiveAgent& agent, const NaiveContact& contact) const {
  const auto entry = agent.queues.find(contact.queue);
  const TimeNs since = std::max(contact.arrival, contact.not_before);
  return entry == agent.queues.end() || now_ - since >= entry->second.delay;
}

std::int64_t NaiveRouter::RankFor(const NaiveAgent& agent, const NaiveContact& contact) const {
  const auto entry = agent.queues.find(contact.queue);
  return entry == agent.queues.end() ? agent.rank : entry->second.rank.value_or(agent.rank);
}

// When the next contact of the queue will have waited as long as some agent wants.
std::optional<TimeNs> NaiveRouter::NextDelay(const NaiveQueue& queue) const {
  std::optional<TimeNs> next;
  for (const auto& [agent_id, agent] : agents_) {
    const auto entry = agent.queues.find(queue.settings.name);
    if (entry == agent.queues.end() || entry->second.delay == 0) continue;
    for (const auto& [id, contact] : contacts_) {
      if (!contact.waiting() || contact.queue != queue.settings.name) continue;
      const TimeNs then = std::max(contact.arrival, contact.not_before) + entry->second.delay;
      if (then > now_) next = std::min(next.value_or(then), then);
    }
  }
  return next;
}

void NaiveRouter::FireDelays() {
  for (const auto& [id, contact] : contacts_) {
    if (!contact.waiting()) continue;
    for (const auto& [agent_id, agent] : agents_) {
      const auto entry = agent.queues.find(contact.queue);
      if (entry == agent.queues.end() || entry->second.delay == 0) continue;
      const TimeNs since = std::max(contact.arrival, contact.not_before);
      if (since + entry->second.delay == now_) AskPlace(contact);
    }
  }
}

bool NaiveRouter::Eligible(const NaiveAgent& agent, const NaiveContact& contact) const {
  if (!Admitted(agent, contact) || !OldEnough(agent, contact)) return false;
  if (!agent.ready() || agent.barred_until != 0 || Barred(contact, agent.id)) return false;
  const bool wholly_wrapping =
      std::any_of(agent.wrap_ups.begin(), agent.wrap_ups.end(),
                  [](const NaiveWrapUp& wrap_up) { return wrap_up.whole_agent; });
  if (wholly_wrapping || !Fits(agent.capacity, InHand(agent), contact.channel)) return false;
  return Asks(contact, agent);
}

std::vector<std::string> NaiveRouter::InHand(const NaiveAgent& agent) const {
  std::vector<std::string> channels;
  for (const auto& [number, offer] : offers_) {
    if (offer.agent == agent.id) channels.push_back(contacts_.at(offer.contact).channel);
  }
  for (const auto& [id, contact] : contacts_) {
    if (contact.state == ContactState::kHandling && contact.agent == agent.id) {
      channels.push_back(contact.channel);
    }
  }
  for (const NaiveWrapUp& wrap_up : agent.wrap_ups) channels.push_back(wrap_up.channel);
  return channels;
}

bool NaiveRouter::BetterAgent(const NaiveAgent& left, const NaiveAgent& right,
                              const NaiveContact& contact) const {
  if (queues_.at(contact.queue).settings.use_rank) {
    const auto lifted = [&](const NaiveAgent& agent) {
      const std::int64_t rank = RankFor(agent, contact);
      return std::max(rank, contact.lift.value_or(rank));
    };
    if (lifted(left) != lifted(right)) return lifted(left) < lifted(right);
  }
  const int by_strategy = CompareByStrategy(left, right, contact);
  if (by_strategy != 0) return by_strategy < 0;
  if (left.idle_since != right.idle_since) return left.idle_since < right.idle_since;
  return left.id < right.id;
}

int NaiveRouter::CompareByStrategy(const NaiveAgent& left, const NaiveAgent& right,
                                   const NaiveContact& contact) const {
  switch (queues_.at(contact.queue).settings.select) {
    case Strategy::kLongestIdle:
      return 0;
    case Strategy::kLeastBusy: {
      const auto [left_busy, left_of] = Occupancy(left);
      const auto [right_busy, right_of] = Occupancy(right);
      // 0 / 0 counts as 0: nothing measured means nothing busy.
      const int occupancy = Compare(absl::int128(left_busy) * std::max<DurationNs>(right_of, 1),
                                    absl::int128(right_busy) * std::max<DurationNs>(left_of, 1));
      return occupancy != 0 ? occupancy : Compare(InHand(left).size(), InHand(right).size());
    }
    case Strategy::kBestSkill:
      return Compare(SkillSum(right, contact), SkillSum(left, contact));
    case Strategy::kInOrder:
      return Compare(left.number, right.number);
  }
  return 0;
}

std::int64_t NaiveRouter::SkillSum(const NaiveAgent& agent, const NaiveContact& contact) const {
  std::set<std::string> named;
  for (const routing::SkillMinimum& minimum : contact.requirement.require) {
    named.insert(minimum.skill);
  }
  for (const routing::Atom& atom : contact.requirement.who.atoms) {
    if (atom.kind == routing::Atom::Kind::kSkillAtLeast) named.insert(atom.name);
  }
  for (const routing::Preference& preference : contact.prefer) named.insert(preference.name);
  std::int64_t sum = 0;
  for (const std::string& skill : named) {
    const auto found = agent.skills.find(skill);
    if (found != agent.skills.end()) sum += found->second;
  }
  return sum;
}

std::pair<DurationNs, DurationNs> NaiveRouter::Occupancy(const NaiveAgent& agent) const {
  const TimeNs window_start = (now_ / kMinute - 29) * kMinute;
  const DurationNs busy = agent.busy.Within(window_start, now_);
  const DurationNs resting = agent.resting.Within(window_start, now_);
  const DurationNs measured = std::min(kHalfHour, now_ - agent.logged_in_at) - resting;
  return {busy, measured};
}

void NaiveSpans::Set(bool on, TimeNs now) {
  if (on && since == 0) {
    since = now;
  } else if (!on && since != 0) {
    closed.emplace_back(since, now);
    total += now - since;
    since = 0;
  }
  std::erase_if(closed, [now](const auto& span) { return span.second < now - kHalfHour; });
}

DurationNs NaiveSpans::Within(TimeNs from, TimeNs now) const {
  DurationNs sum = 0;
  for (const auto& [begin, end] : closed) {
    sum += std::max<DurationNs>(0, end - std::max(begin, from));
  }
  if (since != 0) sum += now - std::max(since, from);
  return sum;
}

}  // namespace strowger::model
