// The canonical state of the naive router, and the contact as conditions see it.
#include <algorithm>
#include <set>

#include "tests/model/naive_figures.h"
#include "tests/model/naive_router.h"

namespace strowger::model {

using routing::CanonicalAgent;
using routing::CanonicalContact;
using routing::CanonicalQueue;
using routing::CanonicalState;
using routing::ContactState;

namespace {

std::vector<routing::Attribute> List(const std::map<std::string, routing::AttributeValue>& map) {
  std::vector<routing::Attribute> list;
  for (const auto& [name, value] : map) list.push_back({name, value});
  return list;
}

CanonicalContact CanonicalOf(const NaiveContact& contact) {
  CanonicalContact out;
  out.contact = contact.id;
  out.number = contact.number;
  out.state = static_cast<std::uint8_t>(contact.state);
  out.end_reason = contact.end_reason;
  out.channel = contact.channel;
  out.queue = contact.queue;
  out.rule = contact.rule;
  out.location = contact.location;
  out.attributes = List(contact.attributes);
  out.labels = contact.labels;
  out.arrival = contact.arrival;
  out.not_before = contact.not_before;
  out.plan_start = contact.plan_start;
  out.priority = contact.priority;
  out.priority_updated = contact.priority_updated;
  if (contact.live()) {
    out.requirement = contact.requirement;
    out.ranks = contact.ranks;
    out.lift = contact.lift;
    out.prefer = contact.prefer;
    if (contact.request.has_value()) {
      out.requested_agent = contact.request->agent;
      out.requested_for = contact.request->lasts;
      out.requested_only = contact.request->only;
    }
    out.steps_passed = static_cast<std::uint32_t>(contact.steps_passed);
    out.step = contact.step;
  }
  if (contact.live() || contact.resumable_since != 0) out.resume_key = contact.resume_key;
  out.resumable_since = contact.resumable_since;
  out.attempt = contact.attempt;
  out.assigned_at = contact.assigned_at;
  out.lease_until = contact.lease_until;
  out.agent = contact.agent;
  if (contact.state == ContactState::kHandling) {
    out.held_since = contact.held_since;
    out.hold_time = contact.hold_time;
  }
  out.replan_due = contact.replan_due;
  if (contact.waiting()) out.entered_at = contact.entered_at;
  if (contact.vigil.has_value()) {
    out.watched_since = contact.vigil->joined;
    out.empty_since = contact.vigil->empty_since;
  }
  if (contact.live()) {
    const std::set<std::string> entered(contact.queues_entered.begin(),
                                        contact.queues_entered.end());
    out.queues_entered.assign(entered.begin(), entered.end());
  }
  for (const NaiveBar& bar : contact.bars) {
    out.bars.push_back({bar.agent, bar.parted_at, bar.until, bar.cleared});
  }
  std::sort(out.bars.begin(), out.bars.end(),
            [](const auto& left, const auto& right) { return left.agent < right.agent; });
  return out;
}

CanonicalAgent CanonicalOf(const NaiveAgent& agent) {
  CanonicalAgent out;
  out.agent = agent.id;
  out.number = agent.number;
  out.state = agent.state;
  out.reason = agent.reason;
  for (const auto& [skill, proficiency] : agent.skills) out.skills.push_back({skill, proficiency});
  out.team = agent.team;
  out.location = agent.location;
  out.attributes = List(agent.attributes);
  out.rank = agent.rank;
  for (const auto& [queue, entry] : agent.queues) out.queues.push_back(entry);
  out.weight = agent.weight;
  out.capacity = agent.capacity;
  out.wrap_up = agent.wrap_up;
  out.handling_cap = agent.handling_cap;
  out.pace = agent.pace;
  for (const NaiveAssignment& assignment : agent.paced) out.paced.push_back(assignment.time);
  out.outside = agent.outside;
  out.lease = agent.lease;
  out.lease_until = agent.lease_until;
  out.pending = agent.pending;
  out.pending_reason = agent.pending_reason;
  out.logged_in_at = agent.logged_in_at;
  out.idle_since = agent.idle_since;
  out.barred_until = agent.barred_until;
  out.handled = agent.handled;
  out.handle_time = agent.handle_time;
  out.declined_in_row = agent.declined_in_row;
  out.expired_in_row = agent.expired_in_row;
  for (const NaiveWrapUp& wrap_up : agent.wrap_ups) {
    out.wrap_ups.push_back({wrap_up.contact, wrap_up.channel, wrap_up.queue, wrap_up.labels,
                            wrap_up.until, wrap_up.scope});
  }
  out.busy_total = agent.busy.total;
  out.busy_since = agent.busy.since;
  out.resting_total = agent.resting.total;
  out.resting_since = agent.resting.since;
  return out;
}

CanonicalQueue CanonicalOf(const NaiveQueue& queue) {
  CanonicalQueue out;
  out.queue = queue.settings.name;
  out.entered = queue.entered;
  out.assigned = queue.assigned;
  std::copy(std::begin(queue.ended), std::end(queue.ended), std::begin(out.ended));
  out.overflowed = queue.overflowed;
  out.wait_sum = queue.wait_sum;
  out.handle_sum = queue.handle_sum;
  out.hold_sum = queue.hold_sum;
  out.closed = queue.closed;
  out.longest_wait = queue.longest_wait;
  out.look_due = queue.look_due.value_or(0);
  out.borrows = queue.borrows;
  out.last_chosen = queue.last_chosen;
  for (const auto& [agent, assigned] : queue.assigned_to) out.assigned_to.push_back(assigned);
  return out;
}

}  // namespace

CanonicalState NaiveRouter::Canonical() const {
  CanonicalState state;
  state.domain.rule_set_version = version_;
  state.domain.rule_set_hash = std::string(rule_set_->hash());
  for (const auto& declared : rule_set_->flags()) {
    state.domain.flags.push_back({declared.name, flags_.at(declared.name)});
  }
  if (candidate_ != nullptr) {
    state.domain.candidate_hash = std::string(candidate_->hash());
    state.domain.candidate_share = share_;
  }
  state.domain.contacts_seen = contacts_seen_;
  state.domain.agents_seen = agents_seen_;
  state.domain.offers_made = offers_made_;
  state.domain.random_state = random_state_;
  for (const auto& [id, contact] : contacts_) state.contacts.push_back(CanonicalOf(contact));
  for (const auto& [number, offer] : offers_) {
    state.offers.push_back({number, offer.contact, offer.agent, offer.made_at, offer.until});
  }
  for (const auto& [id, agent] : agents_) state.agents.push_back(CanonicalOf(agent));
  for (const auto& [name, queue] : queues_) state.queues.push_back(CanonicalOf(queue));
  return state;
}

NaiveFacts::NaiveFacts(const NaiveContact& contact) {
  facts_.id = contact.id;
  facts_.channel = contact.channel;
  facts_.location = contact.location;
  facts_.arrival = contact.arrival;
  facts_.attempt = contact.attempt;
  for (const auto& [name, value] : contact.attributes) {
    routing::AttributeView view;
    view.name = name;
    if (const auto* text = std::get_if<std::string>(&value)) {
      view.value = std::string_view(*text);
    } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      view.value = *integer;
    } else if (const auto* real = std::get_if<double>(&value)) {
      view.value = *real;
    } else if (const auto* flag = std::get_if<bool>(&value)) {
      view.value = *flag;
    } else {
      const auto& list = std::get<std::vector<std::string>>(value);
      lists_.emplace_back(list.begin(), list.end());
      view.value = absl::Span<const std::string_view>(lists_.back());
    }
    attributes_.push_back(view);
  }
  facts_.attributes = attributes_;
}

}  // namespace strowger::model
