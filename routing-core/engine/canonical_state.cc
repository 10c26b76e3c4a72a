// The state spelled out for hash and twin, and the engine's own consistency checks.
#include <algorithm>
#include <tuple>

#include "routing-core/engine/check.h"
#include "routing-core/engine/engine.h"

namespace strowger::routing {

CanonicalContact Router::Engine::CanonicalOf(const ContactRecord& contact) const {
  CanonicalContact out;
  out.contact = IdOf(contact);
  out.number = contact.number;
  out.state = static_cast<std::uint8_t>(contact.state);
  out.end_reason = EndOf(contact).reason;
  out.channel = channels_.name(contact.channel);
  if (contact.queue != kNoSlot) out.queue = names_.name(queues_[contact.queue].name);
  out.rule = NameOr(contact.rule);
  out.location = LocationOf(contact.data.view(), contact.id_bytes);
  out.attributes = AttributesOf(contact);
  out.labels = label_sets_.labels(contact.labels);
  out.arrival = contact.arrival;
  out.not_before = contact.not_before;
  out.plan_start = contact.plan_start;
  out.priority.start = contact.start;
  out.priority.gain_per_minute = contact.gain_per_minute;
  if (contact.max != kNoMax) out.priority.max = contact.max;
  out.priority_updated = contact.priority_updated;
  if (contact.requirement != kNoSlot)
    out.requirement = eligibility_.requirement(contact.requirement);
  out.ranks = BandOf(contact.ranks);
  out.lift = LiftOf(contact.ranks);
  if (contact.plan != kNoSlot) out.prefer = PreferOf(contact);
  if (contact.request != kNoSlot) {
    const Request& request = requests_[contact.request];
    out.requested_agent = agents_[request.agent].id;
    out.requested_for = request.lasts;
    out.requested_only = request.only;
  }
  if (contact.state != ContactState::kEnded || contact.resumable) {
    out.resume_key = ResumeKeyOf(contact.data.view(), contact.id_bytes);
  }
  if (contact.resumable) out.resumable_since = EndOf(contact).at;
  out.steps_passed = contact.steps_passed;
  if (contact.step_taken > 0) {
    out.step = plans_[contact.plan].plan->steps[contact.step_taken - 1U].id;
  }
  out.attempt = contact.attempt;
  out.assigned_at = contact.assigned_at;
  if (contact.state == ContactState::kHandling) {
    const Hold& hold = holds_[contact.first_hold];
    out.agent = agents_[hold.agent].id;
    out.lease_until = hold.until;
    out.held_since = hold.held_since;
    out.hold_time = hold.hold_time;
  }
  out.replan_due = contact.replan_due;
  if (contact.in_queue) out.entered_at = contact.entered_at;
  if (contact.ward != kNoSlot) {
    const Ward& ward = wards_[contact.ward];
    const TimeNs since = vigils_[ward.vigil].since;
    out.watched_since = ward.joined;
    if (since != 0) out.empty_since = std::max(since, ward.joined);
  }
  if (contact.state != ContactState::kEnded) out.queues_entered = QueuesEntered(contact);
  for (BarSlot slot = contact.first_bar; slot != kNoSlot; slot = bars_[slot].next_of_contact) {
    const Bar& bar = bars_[slot];
    out.bars.push_back({agents_[bar.agent].id, bar.parted_at, bar.until, bar.cleared});
  }
  std::sort(out.bars.begin(), out.bars.end(),
            [](const CanonicalBar& a, const CanonicalBar& b) { return a.agent < b.agent; });
  return out;
}

std::vector<std::string> Router::Engine::QueuesEntered(const ContactRecord& contact) const {
  std::vector<std::string> names = {names_.name(queues_[contact.base_queue].name)};
  for (VisitSlot visit = contact.first_visit; visit != kNoSlot; visit = visits_[visit].next) {
    names.push_back(names_.name(queues_[visits_[visit].queue].name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

CanonicalAgent Router::Engine::CanonicalOf(const AgentRecord& agent) const {
  CanonicalAgent out;
  out.agent = agent.id;
  out.number = agent.number;
  out.state = agent.state;
  out.reason = agent.reason;
  out.skills = agent.skills;
  out.team = agent.team;
  out.location = agent.location;
  out.attributes = agent.attributes;
  std::sort(out.attributes.begin(), out.attributes.end(),
            [](const Attribute& a, const Attribute& b) { return a.name < b.name; });
  out.rank = agent.rank;
  out.queues = QueuesOf(agent);
  out.weight = agent.weight;
  out.capacity = agent.capacity;
  out.wrap_up = agent.wrap_up;
  out.handling_cap = agent.handling_cap;
  out.pace = agent.pace;
  for (const PacedAssignment& assignment : agent.paced) out.paced.push_back(assignment.time);
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
  for (HoldSlot slot = agent.first_hold; slot != kNoSlot; slot = holds_[slot].next_of_agent) {
    const Hold& hold = holds_[slot];
    if (hold.kind != AgentWork::Kind::kWrapUp) continue;
    out.wrap_ups.push_back({std::string(hold.contact_id.view()), channels_.name(hold.channel),
                            names_.name(queues_[hold.queue].name), label_sets_.labels(hold.labels),
                            hold.until, hold.scope});
  }
  out.busy_total = agent.busy_total;
  out.busy_since = agent.busy_since;
  out.resting_total = agent.resting_total;
  out.resting_since = agent.resting_since;
  return out;
}

CanonicalDomain Router::Engine::CanonicalOfDomain() const {
  CanonicalDomain out;
  out.rule_set_version = version_;
  out.rule_set_hash = rule_set_->hash();
  for (const FlagRecord& flag : flags_) out.flags.push_back({flag.name, flag.on});
  if (candidate_.rule_set != nullptr) {
    out.candidate_hash = candidate_.rule_set->hash();
    out.candidate_share = candidate_.share;
  }
  out.contacts_seen = contacts_seen_;
  out.agents_seen = agents_seen_;
  out.offers_made = offers_made_;
  out.random_state = random_state_;
  return out;
}

CanonicalOffer Router::Engine::CanonicalOf(const Hold& offer) const {
  return {offer.offer, std::string(IdOf(contacts_[offer.contact])), agents_[offer.agent].id,
          offer.since, offer.until};
}

CanonicalQueue Router::Engine::CanonicalOf(const QueueRecord& queue) const {
  CanonicalQueue out;
  out.queue = names_.name(queue.name);
  out.entered = queue.entered;
  out.assigned = queue.assigned;
  std::copy(std::begin(queue.ended), std::end(queue.ended), std::begin(out.ended));
  out.overflowed = queue.overflowed;
  out.wait_sum = queue.wait_sum;
  out.handle_sum = queue.handle_sum;
  out.hold_sum = queue.hold_sum;
  out.closed = queue.closed;
  out.longest_wait = queue.longest_wait;
  out.look_due = queue.look_due;
  for (const BorrowRecord& borrow : queue.borrows) out.borrows.push_back(borrow.holds);
  out.last_chosen = queue.last_chosen;
  for (const ShareRecord& share : queue.shares) out.assigned_to.push_back(share.assigned);
  return out;
}

// Sums do not mind the order.
StateHash Router::Engine::Hash() const {
  StateHash sum = routing::Hash(CanonicalOfDomain());
  for (const ContactSlot slot : contacts_by_id_) {
    sum += routing::Hash(CanonicalOf(contacts_[slot]));
  }
  for (const auto& [id, slot] : agents_by_id_) {
    sum += routing::Hash(CanonicalOf(agents_[slot]));
    for (HoldSlot h = agents_[slot].first_hold; h != kNoSlot; h = holds_[h].next_of_agent) {
      const bool offer = holds_[h].kind == AgentWork::Kind::kReserved;
      if (offer) sum += routing::Hash(CanonicalOf(holds_[h]));
    }
  }
  for (const QueueRecord& queue : queues_) sum += routing::Hash(CanonicalOf(queue));
  return sum;
}

CanonicalState Router::Engine::Canonical() const {
  CanonicalState state;
  state.domain = CanonicalOfDomain();
  for (const ContactSlot slot : contacts_by_id_) {
    state.contacts.push_back(CanonicalOf(contacts_[slot]));
  }
  for (const auto& [id, slot] : agents_by_id_) {
    const AgentRecord& agent = agents_[slot];
    state.agents.push_back(CanonicalOf(agent));
    for (HoldSlot h = agent.first_hold; h != kNoSlot; h = holds_[h].next_of_agent) {
      const Hold& hold = holds_[h];
      if (hold.kind != AgentWork::Kind::kReserved) continue;
      state.offers.push_back(CanonicalOf(hold));
    }
  }
  for (const QueueRecord& queue : queues_) state.queues.push_back(CanonicalOf(queue));
  const auto by = [](auto member) {
    return [member](const auto& a, const auto& b) { return a.*member < b.*member; };
  };
  std::sort(state.contacts.begin(), state.contacts.end(), by(&CanonicalContact::contact));
  std::sort(state.offers.begin(), state.offers.end(), by(&CanonicalOffer::offer));
  std::sort(state.agents.begin(), state.agents.end(), by(&CanonicalAgent::agent));
  std::sort(state.queues.begin(), state.queues.end(), by(&CanonicalQueue::queue));
  return state;
}

void Router::Engine::CheckInvariants() {
  std::uint32_t queued = 0;
  std::uint32_t offered = 0;
  std::uint32_t handling = 0;
  for (const ContactSlot slot : contacts_by_id_) {
    const ContactRecord& contact = contacts_[slot];
    Check(ContactNamed(IdOf(contact)) == slot, "an index of contacts that finds what it says");
    queued += contact.state == ContactState::kQueued;
    offered += contact.state == ContactState::kOffered;
    handling += contact.state == ContactState::kHandling;
    const bool waits =
        contact.state == ContactState::kQueued || contact.state == ContactState::kOffered;
    Check(contact.in_queue == waits, "waiting contacts, and only those, in a queue");
    Check(contact.line == kNoSlot || contact.state == ContactState::kQueued,
          "only queued contacts in a line");
    Check(!contact.waiting_for_placement, "nothing left to place at rest");
  }
  Check(queued == queued_count_ && offered == offered_count_ && handling == handling_count_,
        "counts of contacts by state that are right");
  Check(live_count_ == queued + offered + handling, "a right count of live contacts");
  Check(freed_.empty() && to_place_.empty(), "nothing left to match at rest");
  for (AgentSlot slot = 0; slot < agents_.extent(); ++slot) {
    const AgentRecord& agent = agents_[slot];
    if (!agent.in_use) continue;
    Check(free_.Test(slot) == (IsAvailable(agent) && HasRoom(agent)), "a true mask of the free");
    // With the last contact to be replanned everybody is placed.
    if (!free_.Test(slot) || !to_replan_.empty()) continue;
    // Occupancy falls as time passes, which a look notices within a second.
    const ContactSlot left = ChooseContact(slot);
    Check(left == kNoSlot || queues_[contacts_[left].queue].settings.max_occupancy,
          "work conservation at rest");
  }
  CheckOrders();
  CheckLines();
}

void Router::Engine::CheckLines() const {
  std::size_t heads = 0;
  for (const CurveSlot slot : active_curves_) heads += curves_[slot].heads.heads().size();
  const auto wishes =
      std::count_if(active_lines_.begin(), active_lines_.end(),
                    [this](LineSlot slot) { return lines_[slot].key.requested != kNoSlot; });
  Check(heads + static_cast<std::size_t>(wishes) == active_lines_.size(),
        "a head for every line with contacts, but for those of wishes");
  for (const LineSlot slot : active_lines_) {
    const Line& line = lines_[slot];
    if (line.key.requested != kNoSlot) {
      Check(line.head == line_set_.First(line.root), "the first of each line at its head");
      continue;
    }
    const Curve& curve = curves_[standings_[line.standing].curve];
    const Head& head = curve.heads.heads()[head_places_[slot]];
    Check(line.head == line_set_.First(line.root) && head.line == slot &&
              head.contact == line.head && head.number == contacts_[line.head].number &&
              line.head_number == head.number && wanted_.Contains(line.key.requirement),
          "the first of each line at its head");
    Check(curve.heads.top().contact == line.head ||
              ServedBefore(curve.heads.top().contact, line.head),
          "the first of each curve at its top");
  }
  for (const QueueRecord& queue : queues_) {
    std::uint64_t queued = 0;
    for (const StandingSlot slot : queue.standings) {
      queued += standing_set_.Size(standings_[slot].root);
    }
    Check(queued == queue.queued, "all who stand in a queue's lines in its standings");
  }
}

void Router::Engine::CheckOrders() const {
  AgentSlot before = kNoSlot;
  by_idleness_.ForEach([&](AgentSlot slot, ChannelMask open) {
    const AgentRecord& agent = agents_[slot];
    Check(agent.in_use && open == OpenChannels(slot), "agents in order, open for what fits them");
    if (before != kNoSlot) {
      const AgentRecord& other = agents_[before];
      Check(std::tie(other.rank, other.idle_since, other.id) <
                std::tie(agent.rank, agent.idle_since, agent.id),
            "agents in order of idleness");
    }
    before = slot;
  });
  before = kNoSlot;
  by_registration_.ForEach([&](AgentSlot slot, ChannelMask open) {
    const AgentRecord& agent = agents_[slot];
    Check(agent.in_use && open == OpenChannels(slot), "agents in order, open for what fits them");
    if (before != kNoSlot) {
      const AgentRecord& other = agents_[before];
      Check(std::tie(other.rank, other.number) < std::tie(agent.rank, agent.number),
            "agents in order of registration");
    }
    before = slot;
  });
}

}  // namespace strowger::routing
