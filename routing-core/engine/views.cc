// Copies of the state for readers.
#include <algorithm>

#include "routing-core/engine/engine.h"

namespace strowger::routing {

std::vector<Attribute> Router::Engine::AttributesOf(const ContactRecord& contact) const {
  DecodeAttributes(contact.data.view(), contact.id_bytes, views_scratch_);
  std::vector<Attribute> attributes;
  for (const AttributeView& view : views_scratch_.views) {
    Attribute attribute;
    attribute.name = view.name;
    attribute.value = Own(view.value);
    attributes.push_back(std::move(attribute));
  }
  std::sort(attributes.begin(), attributes.end(),
            [](const Attribute& a, const Attribute& b) { return a.name < b.name; });
  return attributes;
}

RankBand Router::Engine::BandOf(const RankTerms& ranks) {
  RankBand band;
  if (ranks.low != RankTerms::kLowest) band.low = ranks.low;
  if (ranks.high != RankTerms::kHighest) band.high = ranks.high;
  return band;
}

std::optional<std::int64_t> Router::Engine::LiftOf(const RankTerms& ranks) {
  if (ranks.lift == RankTerms::kLowest) return std::nullopt;
  return ranks.lift;
}

// By name.
std::vector<AgentQueue> Router::Engine::QueuesOf(const AgentRecord& agent) const {
  std::vector<AgentQueue> queues;
  for (const ServedQueue& served : agent.queues) {
    AgentQueue& entry = queues.emplace_back();
    entry.queue = names_.name(queues_[served.queue].name);
    entry.order = served.order;
    entry.delay = served.delay;
    if (served.has_rank) entry.rank = served.rank;
  }
  std::sort(queues.begin(), queues.end(),
            [](const AgentQueue& a, const AgentQueue& b) { return a.queue < b.queue; });
  return queues;
}

ContactView Router::Engine::ViewOf(ContactSlot slot) const {
  const ContactRecord& contact = contacts_[slot];
  ContactView view;
  view.contact = IdOf(contact);
  view.channel = channels_.name(contact.channel);
  if (contact.queue != kNoSlot) view.queue = names_.name(queues_[contact.queue].name);
  view.rule = NameOr(contact.rule);
  view.state = contact.state;
  const EndRecord& end = EndOf(contact);
  view.end_reason = end.reason;
  view.end_cause = end.cause;
  view.treatment = end.treatment.view();
  view.position = Position(slot);
  view.priority.start = contact.start;
  view.priority.gain_per_minute = contact.gain_per_minute;
  if (contact.max != kNoMax) view.priority.max = contact.max;
  const absl::int128 scaled = EffectivePriority(contact, now_) * 1000;
  absl::int128 thousandths = scaled / kMinute;
  if (scaled < 0 && thousandths * kMinute != scaled) --thousandths;
  view.effective_priority_thousandths = static_cast<std::int64_t>(thousandths);
  if (contact.step_taken > 0) {
    view.step = plans_[contact.plan].plan->steps[contact.step_taken - 1U].id;
  }
  if (contact.requirement != kNoSlot)
    view.requirement = eligibility_.requirement(contact.requirement);
  view.ranks = BandOf(contact.ranks);
  view.lift = LiftOf(contact.ranks);
  view.attributes = AttributesOf(contact);
  view.labels = label_sets_.labels(contact.labels);
  view.location = LocationOf(contact.data.view(), contact.id_bytes);
  if (contact.request != kNoSlot) view.requested_agent = agents_[RequestedBy(contact)].id;
  view.arrival = contact.arrival;
  view.not_before = contact.not_before;
  view.assigned_at = contact.assigned_at;
  view.ended_at = end.at;
  view.predicted_wait = PredictionOf(slot);
  for (HoldSlot h = contact.first_hold; h != kNoSlot; h = holds_[h].next_of_contact) {
    const Hold& hold = holds_[h];
    view.agent = agents_[hold.agent].id;
    if (hold.kind == AgentWork::Kind::kReserved) {
      view.offers.push_back({hold.offer, view.agent, hold.until});
    } else {
      view.held_since = hold.held_since;
      view.hold_time = HoldTimeOf(hold);
    }
  }
  return view;
}

AgentView Router::Engine::ViewOf(const AgentRecord& agent) const {
  AgentView view;
  view.agent = agent.id;
  view.state = agent.state;
  view.reason = agent.reason;
  view.skills = agent.skills;
  view.team = agent.team;
  view.location = agent.location;
  view.attributes = agent.attributes;
  view.rank = agent.rank;
  view.queues = QueuesOf(agent);
  view.weight = agent.weight;
  view.capacity = agent.capacity;
  view.wrap_up = agent.wrap_up.value_or(0);
  view.wrap_up_given = agent.wrap_up.has_value();
  view.handling_cap = agent.handling_cap;
  view.pace = agent.pace;
  view.outside = agent.outside;
  view.lease = agent.lease;
  view.lease_until = agent.lease_until;
  view.pending = agent.pending;
  view.pending_reason = agent.pending_reason;
  for (HoldSlot slot = agent.first_hold; slot != kNoSlot; slot = holds_[slot].next_of_agent) {
    const Hold& hold = holds_[slot];
    AgentWork work;
    work.contact = hold.contact == kNoSlot ? hold.contact_id.view() : IdOf(contacts_[hold.contact]);
    work.channel = channels_.name(hold.channel);
    work.queue = names_.name(queues_[hold.queue].name);
    work.kind = hold.kind;
    work.offer = hold.offer;
    work.since = hold.since;
    work.until = hold.until;
    work.scope = hold.scope;
    view.work.push_back(std::move(work));
  }
  view.state_since = agent.state_since;
  view.logged_in_at = agent.logged_in_at;
  view.idle_since = agent.idle_since;
  view.handled = agent.handled;
  view.handle_time = agent.handle_time;
  return view;
}

QueueView Router::Engine::ViewOf(const QueueRecord& queue) const {
  QueueView view;
  view.queue = names_.name(queue.name);
  view.external = queue.settings.external;
  view.closed = queue.closed;
  view.waiting = Waiting(queue);
  view.offered = queue.offered;
  view.handling = queue.handling;
  view.oldest_wait = OldestWait(queue);
  view.predicted_wait = PredictedWait(queue);
  const Staff staff = StaffOf(queue);
  view.agents_staffed = staff.staffed;
  view.agents_ready = staff.ready;
  view.agents_free = staff.free;
  view.occupancy = QueueOccupancy(queue);
  view.service_level = ServiceLevelOf(queue);
  view.abandon_rate = AbandonRateOf(queue);
  view.entered = queue.entered;
  view.assigned = queue.assigned;
  std::copy(std::begin(queue.ended), std::end(queue.ended), std::begin(view.ended));
  view.overflowed = queue.overflowed;
  view.wait_sum = queue.wait_sum;
  view.handle_sum = queue.handle_sum;
  view.hold_sum = queue.hold_sum;
  view.longest_wait = queue.longest_wait;
  view.starvation_bound = queue.settings.starvation_bound;
  view.prediction = queue.accuracy;
  return view;
}

std::optional<ContactView> Router::Engine::FindContact(std::string_view id) const {
  const ContactSlot slot = ContactNamed(id);
  if (slot == kNoSlot) return std::nullopt;
  return ViewOf(slot);
}

std::optional<AgentView> Router::Engine::FindAgent(std::string_view id) const {
  const AgentSlot slot = AgentNamed(id);
  if (slot == kNoSlot) return std::nullopt;
  return ViewOf(agents_[slot]);
}

std::optional<QueueView> Router::Engine::FindQueue(std::string_view name) const {
  const QueueSlot slot = QueueNamed(name);
  if (slot == kNoSlot) return std::nullopt;
  return ViewOf(queues_[slot]);
}

DomainView Router::Engine::Domain() const {
  DomainView view;
  view.sequence = sequence_;
  view.time = now_;
  view.rule_set_version = version_;
  view.rule_set = rule_set_;
  view.contacts_queued = queued_count_;
  view.contacts_offered = offered_count_;
  view.contacts_handling = handling_count_;
  view.agents_by_state[static_cast<int>(AgentState::kOffline)] =
      agents_by_id_.size() - everyone_.staffed;
  view.agents_by_state[static_cast<int>(AgentState::kNotReady)] =
      everyone_.staffed - everyone_.ready;
  view.agents_by_state[static_cast<int>(AgentState::kReady)] = everyone_.ready;
  view.rule_errors = condition_errors_;
  view.deadlines = deadlines_.size();
  return view;
}

std::vector<AgentView> Router::Engine::ListAgents(
    std::string_view after, std::size_t limit,
    const std::function<bool(const AgentView&)>& keep) const {
  std::vector<AgentSlot> slots;
  for (AgentSlot slot = 0; slot < agents_.extent(); ++slot) {
    if (agents_[slot].in_use && agents_[slot].id > after) slots.push_back(slot);
  }
  std::sort(slots.begin(), slots.end(),
            [this](AgentSlot a, AgentSlot b) { return agents_[a].id < agents_[b].id; });
  std::vector<AgentView> views;
  for (const AgentSlot slot : slots) {
    if (views.size() == limit) break;
    AgentView view = ViewOf(agents_[slot]);
    if (keep == nullptr || keep(view)) views.push_back(std::move(view));
  }
  return views;
}

bool Router::Engine::IsMeant(const ContactRecord& contact, const ContactFilter& filter) const {
  if (contact.state == ContactState::kEnded) return false;
  if (filter.state && contact.state != *filter.state) return false;
  if (contact.arrival < filter.since) return false;
  if (filter.until != 0 && contact.arrival >= filter.until) return false;
  if (!filter.channel.empty() && channels_.name(contact.channel) != filter.channel) return false;
  if (!filter.queue.empty() &&
      (contact.queue == kNoSlot || names_.name(queues_[contact.queue].name) != filter.queue)) {
    return false;
  }
  if (filter.agent.empty()) return true;
  HoldSlot hold = contact.first_hold;
  while (hold != kNoSlot && agents_[holds_[hold].agent].id != filter.agent) {
    hold = holds_[hold].next_of_contact;
  }
  return hold != kNoSlot;
}

// Places are slots. A free one was an ended contact and still says so.
std::vector<ContactView> Router::Engine::ListContacts(const ContactFilter& filter,
                                                      std::uint64_t& place, std::size_t look_at,
                                                      std::size_t limit) const {
  std::vector<ContactView> views;
  const std::uint64_t end = contacts_.extent();
  const std::uint64_t last = place < end && look_at < end - place ? place + look_at : end;
  while (place < last && views.size() < limit) {
    const auto slot = static_cast<ContactSlot>(place++);
    if (IsMeant(contacts_[slot], filter)) views.push_back(ViewOf(slot));
  }
  if (place >= end) place = kNoPlace;
  return views;
}

std::vector<QueueView> Router::Engine::ListQueues() const {
  std::vector<QueueView> views;
  for (const QueueSettings& settings : rule_set_->queues()) {
    views.push_back(ViewOf(queues_[QueueNamed(settings.name)]));
  }
  for (const QueueRecord& queue : queues_) {
    if (queue.retired) views.push_back(ViewOf(queue));
  }
  return views;
}

}  // namespace strowger::routing
