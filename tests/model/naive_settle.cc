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
using routing::TimeNs;
using routing::WrapUpScope;

namespace {

constexpr DurationNs kHalfHour = 30 * kMinute;

template <typename T>
int Compare(const T& left, const T& right) {
  return left < right ? -1 : (right < left ? 1 : 0);
}

// Those of a lower class are served first.
enum : int { kStarved, kNeedy, kOrdinary, kContent };

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
  if (restarting_) {
    to_place_.clear();
    freed_.clear();
    return;
  }
  Match();
  LookAtQueues();
  if (!freed_.empty()) Match();
}

void NaiveRouter::Match() {
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
  if (!InLine(contact)) return;  // offered meanwhile, in the turn of another
  std::vector<NaiveAgent*> eligible;
  for (auto& [id, agent] : agents_) {
    const bool chooses_itself = std::find(freed_.begin(), freed_.end(), id) != freed_.end();
    if (!chooses_itself && Eligible(agent, contact)) eligible.push_back(&agent);
  }
  NaiveAgent* best = Choose(contact, eligible);
  if (best == nullptr) return;
  // A limit of occupancy lets agents free as time passes, without any word of it.
  const bool guarded = queues_.at(contact.queue).settings.max_occupancy.has_value();
  const bool alone = std::none_of(contacts_.begin(), contacts_.end(), [&](const auto& entry) {
    const NaiveContact& other = entry.second;
    return InLine(other) && other.queue == contact.queue && other.id != contact.id;
  });
  NaiveContact& first = guarded && !alone && !batch_ ? *FirstFor(*best) : contact;
  Offer(first, *best);
  if (&first != &contact) Place(contact);
}

namespace {

// A queue that the agent is only lent to comes after all of its own.
std::int64_t OrderFor(const NaiveAgent& agent, const NaiveContact& contact) {
  if (agent.queues.empty()) return 0;
  const auto entry = agent.queues.find(contact.queue);
  return entry == agent.queues.end() ? routing::kMaxQueueOrder + 1 : entry->second.order;
}

}  // namespace

// Whom the agent would serve first, if anybody.
NaiveContact* NaiveRouter::FirstFor(const NaiveAgent& agent) {
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
  return first;
}

bool NaiveRouter::TakeOne(NaiveAgent& agent) {
  NaiveContact* first = FirstFor(agent);
  if (first == nullptr) return false;
  Offer(*first, agent);
  return true;
}

// ---- The contact side -------------------------------------------------------------------------

bool NaiveRouter::InLine(const NaiveContact& contact) const {
  return contact.state == ContactState::kQueued && contact.opened;
}

bool NaiveRouter::ServedBefore(const NaiveContact& left, const NaiveContact& right) const {
  const int left_class = ServiceClass(left);
  const int right_class = ServiceClass(right);
  if (left_class != right_class) return left_class < right_class;
  if (left_class == kStarved) {
    if (WaitOf(left) != WaitOf(right)) return WaitOf(left) > WaitOf(right);
  } else if (left_class == kOrdinary) {
    const absl::int128 left_priority = EffectivePriority(left.priority, WaitOf(left));
    const absl::int128 right_priority = EffectivePriority(right.priority, WaitOf(right));
    if (left_priority != right_priority) return left_priority > right_priority;
  } else {
    const absl::int128 left_need = absl::int128(WaitOf(left)) * Within(right);
    const absl::int128 right_need = absl::int128(WaitOf(right)) * Within(left);
    if (left_need != right_need) return left_need > right_need;
  }
  if (left.arrival != right.arrival) return left.arrival < right.arrival;
  return left.number < right.number;
}

// What the waits of a queue that serves the greatest need are measured by.
DurationNs NaiveRouter::Within(const NaiveContact& contact) const {
  return std::max<DurationNs>(1, queues_.at(contact.queue).settings.service_level.within);
}

int NaiveRouter::ServiceClass(const NaiveContact& contact) const {
  const routing::QueueSettings& settings = queues_.at(contact.queue).settings;
  const DurationNs wait = WaitOf(contact);
  if (settings.starvation_bound.has_value() && wait >= *settings.starvation_bound) return kStarved;
  if (settings.serve == routing::Serve::kPriority) return kOrdinary;
  return wait >= Within(contact) ? kNeedy : kContent;
}

bool NaiveRouter::Barred(const NaiveContact& contact, const std::string& agent) const {
  return std::any_of(contact.bars.begin(), contact.bars.end(),
                     [&](const NaiveBar& bar) { return bar.agent == agent; });
}

// ---- The agent side ---------------------------------------------------------------------------

bool NaiveRouter::Admitted(const NaiveAgent& agent, const NaiveContact& contact) const {
  if (!Serves(agent, contact.queue) && !Lent(agent, contact.queue)) return false;
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
  if (!CanTakeAnything(agent) || Barred(contact, agent.id)) return false;
  if (TooBusy(agent, queues_.at(contact.queue))) return false;
  const std::vector<Held> held = InHand(agent);
  if (!Fits(agent.capacity, ChannelsOf(held, agent.outside), contact.channel)) return false;
  if (!IsUnderCaps(agent.handling_cap, held, contact.queue, contact.labels)) return false;
  for (const NaiveWrapUp& wrap_up : agent.wrap_ups) {
    if (wrap_up.scope == WrapUpScope::kQueue && wrap_up.queue == contact.queue) return false;
  }
  return Asks(contact, agent);
}

// Whatever the contact may be.
bool NaiveRouter::CanTakeAnything(const NaiveAgent& agent) const {
  const bool wholly_wrapping =
      std::any_of(agent.wrap_ups.begin(), agent.wrap_ups.end(),
                  [](const NaiveWrapUp& wrap_up) { return wrap_up.scope == WrapUpScope::kAgent; });
  return agent.ready() && agent.barred_until == 0 && !wholly_wrapping && !IsPaceUsedUp(agent);
}

std::vector<Held> NaiveRouter::InHand(const NaiveAgent& agent) const {
  std::vector<Held> held;
  for (const auto& [number, offer] : offers_) {
    if (offer.agent != agent.id) continue;
    held.push_back({contacts_.at(offer.contact).channel, offer.queue, offer.labels});
  }
  for (const auto& [id, contact] : contacts_) {
    if (contact.state != ContactState::kHandling || contact.agent != agent.id) continue;
    held.push_back({contact.channel, contact.queue, contact.taken_labels});
  }
  for (const NaiveWrapUp& wrap_up : agent.wrap_ups) {
    if (wrap_up.scope == WrapUpScope::kQueue) continue;
    held.push_back({wrap_up.channel, wrap_up.queue, wrap_up.labels});
  }
  return held;
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
