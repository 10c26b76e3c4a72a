// The only place that matches contacts and agents.
#include <algorithm>

#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {
constexpr int kHeadsTried = 16;  // of a curve, before an agent turns to its own lines
}  // namespace

// What the turn has asked for: all are placed, or nobody.
void Router::Engine::ForgetAsked() {
  for (const AgentSlot agent : freed_) agents_.Change(agent).freed = false;
  for (const ContactSlot contact : to_place_) {
    contacts_.Change(contact).waiting_for_placement = false;
  }
  freed_.clear();
  to_place_.clear();
}

void Router::Engine::Settle() {
  Match();
  if (restarting_ || looked_at_queues_.empty()) return;
  LookAtQueues();
  if (!freed_.empty()) Match();
}

void Router::Engine::Match() {
  if (batch_ || restarting_) ForgetAsked();
  if (restarting_) return;
  if (batch_) {
    batch_ = false;
    return PlaceAllInOrder();
  }
  if (to_place_.size() > 1) {
    std::sort(to_place_.begin(), to_place_.end(),
              [this](ContactSlot a, ContactSlot b) { return PlacedBefore(a, b); });
  }
  for (std::size_t i = 0; i < to_place_.size(); ++i) {
    contacts_.Change(to_place_[i]).waiting_for_placement = false;
    PlaceInTurn(to_place_[i]);
  }
  to_place_.clear();
  // Round and round: one contact an agent a turn, until none can take another.
  for (std::size_t i = 0; i < freed_.size(); ++i) {
    const AgentSlot agent = freed_[i];
    agents_.Change(agent).freed = false;
    const ContactSlot contact = available_.Test(agent) ? ChooseContact(agent) : kNoSlot;
    if (contact == kNoSlot) continue;
    OfferByAgent(contact, agent);
    freed_.push_back(agent);
  }
  freed_.clear();
}

// Every contact that can be matched, in order of service. Once one finds nobody, no other of its
// line does, unless bars stood in its way.
void Router::Engine::PlaceAllInOrder() {
  std::vector<ContactSlot>& heads = heads_scratch_;
  heads.clear();
  for (const LineSlot line : active_lines_) heads.push_back(lines_[line].head);
  const auto later = [this](ContactSlot a, ContactSlot b) { return PlacedBefore(b, a); };
  std::make_heap(heads.begin(), heads.end(), later);
  while (!heads.empty()) {
    std::pop_heap(heads.begin(), heads.end(), later);
    const ContactSlot contact = heads.back();
    heads.pop_back();
    const LineSlot line = contacts_[contact].line;
    const bool barred = contacts_[contact].first_bar != kNoSlot;
    const bool placed = TryPlace(contact);
    const ContactSlot next =
        placed || barred ? line_set_.After(lines_[line].root, contact) : kNoSlot;
    if (next == kNoSlot) continue;
    heads.push_back(next);
    std::push_heap(heads.begin(), heads.end(), later);
  }
}

// In order of service, but who wishes for one agent comes before all who might take it away.
bool Router::Engine::PlacedBefore(ContactSlot a, ContactSlot b) const {
  const bool a_wishes = contacts_[a].request != kNoSlot;
  const bool b_wishes = contacts_[b].request != kNoSlot;
  return a_wishes != b_wishes ? a_wishes : ServedBefore(a, b);
}

bool Router::Engine::TryPlace(ContactSlot slot) {
  if (contacts_[slot].line == kNoSlot) return false;
  const AgentSlot agent = ChooseAgent(slot);
  if (agent == kNoSlot) return false;
  OfferByContact(slot, agent);
  return true;
}

// An agent may have become less busy than max_occupancy since the last look at the queue: then it
// takes whoever comes first of those who stand in line, and the contact looks for another.
void Router::Engine::PlaceInTurn(ContactSlot slot) {
  const QueueRecord& queue = queues_[contacts_[slot].queue];
  while (contacts_[slot].line != kNoSlot) {
    const AgentSlot agent = ChooseAgent(slot);
    if (agent == kNoSlot) return;
    const bool has_rivals = queue.settings.max_occupancy && queue.queued > 1;
    const ContactSlot first = has_rivals ? ChooseContact(agent) : slot;
    if (first == slot) return OfferByContact(slot, agent);
    OfferByAgent(first, agent);
  }
}

void Router::Engine::OfferByContact(ContactSlot contact, AgentSlot agent) {
  RememberChoice(contact, false);
  Offer(contact, agent);
}

void Router::Engine::OfferByAgent(ContactSlot contact, AgentSlot agent) {
  candidates_[0] = {agent, 0};
  candidate_count_ = 1;
  RememberChoice(contact, true);
  Offer(contact, agent);
}

// Mostly the agent may serve one of those who come next. Where it may not, contacts that it cannot
// serve stand before the others, and it looks at its own lines alone.
ContactSlot Router::Engine::ChooseContact(AgentSlot agent) {
  ContactSlot chosen = ChooseOfThoseWhoWish(agent);
  if (chosen != kNoSlot) return chosen;
  if (listed_.Test(agent)) return ChooseOfOwnQueues(agent);
  for (const CurveSlot slot : active_curves_) {
    const Curve& curve = curves_[slot];
    if (chosen != kNoSlot && !ServedBefore(curve.heads.top().contact, chosen)) continue;
    if (!ChooseOnCurve(curve, agent, chosen)) return ChooseOfOwnLines(agent);
  }
  return chosen;
}

// Replaces `chosen` by whom the agent serves first of the curve's contacts, if that one is served
// before. Heads come in order; only a bar lets somebody behind one be chosen. False when it gave
// up.
bool Router::Engine::ChooseOnCurve(const Curve& curve, AgentSlot agent, ContactSlot& chosen) const {
  int budget = kHeadsTried;
  const AgentRecord* const bounded = bounded_.Test(agent) ? &agents_[agent] : nullptr;
  curve.heads.Search(frontier_scratch_, [&](const Head& head) {
    if (budget-- == 0) return true;
    if (chosen != kNoSlot && !ServedBefore(head.contact, chosen)) return true;
    if (!fits_[head.channel].Test(agent)) return false;
    if (!eligibility_.Satisfies(agent, head.requirement)) return false;
    const Line& line = lines_[head.line];
    if (bounded != nullptr && !IsWithinBounds(*bounded, line.key.queue, line.key.labels)) {
      return false;
    }
    if (head.guarded && !IsFor(agent, line)) return false;
    const ContactSlot first = FirstUnbarred(lines_[head.line], agent);
    if (first == kNoSlot) return false;
    if (chosen == kNoSlot || ServedBefore(first, chosen)) chosen = first;
    return first == head.contact;
  });
  return budget >= 0;
}

// Of an agent without a queue list, requirement and capacity aside.
bool Router::Engine::IsFor(AgentSlot agent, const Line& line) const {
  return line.key.ranks.Admits(by_idleness_.RankOf(agent)) &&
         !IsTooBusy(agent, queues_[line.key.queue]);
}

ContactSlot Router::Engine::ChooseOfOwnLines(AgentSlot agent) {
  Choice choice;
  const auto holds = [&](std::uint32_t atom) { return eligibility_.HoldsFor(agent, atom); };
  wanted_.ForEachWithin(holds, [&](RequirementId requirement) {
    if (!eligibility_.Satisfies(agent, requirement)) return;
    for (LineSlot slot = lines_of_requirement_[requirement]; slot != kNoSlot;
         slot = lines_[slot].next) {
      Consider(lines_[slot], agent, choice);
    }
  });
  return choice.contact;
}

ContactSlot Router::Engine::ChooseOfThoseWhoWish(AgentSlot agent) const {
  Choice choice;
  for (LineSlot slot = agents_[agent].first_line; slot != kNoSlot; slot = lines_[slot].next) {
    const Line& line = lines_[slot];
    if (eligibility_.Satisfies(agent, line.key.requirement)) Consider(line, agent, choice);
  }
  return choice.contact;
}

// Of a line whose requirement the agent satisfies.
void Router::Engine::Consider(const Line& line, AgentSlot agent, Choice& choice) const {
  if (!fits_[line.key.channel].Test(agent)) return;
  if (!Admits(agent, line.key.queue, line.key.ranks, now_ - line.head_wait_base)) return;
  const bool bounded = bounded_.Test(agent);
  if (bounded && !IsWithinBounds(agents_[agent], line.key.queue, line.key.labels)) return;
  if (IsTooBusy(agent, queues_[line.key.queue])) return;
  if (choice.contact != kNoSlot && !TurnOfHead(line).Before(choice.turn)) return;
  const ContactSlot first = FirstUnbarred(line, agent);
  if (first == kNoSlot) return;
  if (!Admits(agent, line.key.queue, line.key.ranks, now_ - contacts_[first].wait_base)) return;
  const Turn other = TurnOf(contacts_[first]);
  if (choice.contact != kNoSlot && !other.Before(choice.turn)) return;
  choice = {first, 0, other};
}

// Of an agent with a queue list; queues that it is lent to come after its own.
ContactSlot Router::Engine::ChooseOfOwnQueues(AgentSlot agent) const {
  Choice choice;
  const ServedQueues& own = agents_[agent].queues;
  for (const ServedQueue& served : own) ChooseInQueue(agent, served, choice);
  if (choice.contact != kNoSlot) return choice.contact;
  for (const QueueSlot slot : looked_at_queues_) {
    ServedQueue lent;
    lent.queue = slot;
    if (FindServed(own, slot) == nullptr && IsLent(agent, slot)) ChooseInQueue(agent, lent, choice);
  }
  return choice.contact;
}

// Nobody in a line has waited longer than the first.
void Router::Engine::ChooseInQueue(AgentSlot agent, const ServedQueue& served,
                                   Choice& choice) const {
  const QueueRecord& queue = queues_[served.queue];
  if (choice.contact != kNoSlot && served.order > choice.order) return;
  if (queue.lines.empty() || IsTooBusy(agent, queue)) return;
  const bool bounded = bounded_.Test(agent);
  const std::int64_t rank = RankIn(served.queue, agent);
  for (const LineSlot slot : queue.lines) {
    const Line& line = lines_[slot];
    if (!fits_[line.key.channel].Test(agent) || !line.key.ranks.Admits(rank)) continue;
    if (now_ - line.head_wait_base < served.delay) continue;
    if (bounded && !IsWithinBounds(agents_[agent], served.queue, line.key.labels)) continue;
    if (!eligibility_.Satisfies(agent, line.key.requirement)) continue;
    const ContactSlot first = FirstUnbarred(line, agent);
    if (first == kNoSlot || now_ - contacts_[first].wait_base < served.delay) continue;
    const Turn turn = TurnOf(contacts_[first]);
    const bool level = choice.contact != kNoSlot && served.order == choice.order;
    if (level && !turn.Before(choice.turn)) continue;
    choice = {first, served.order, turn};
  }
}

ContactSlot Router::Engine::FirstUnbarred(const Line& line, AgentSlot agent) const {
  ContactSlot contact = line.head;
  while (contact != kNoSlot && IsBarred(contacts_[contact], agent)) {
    contact = line_set_.After(line.root, contact);
  }
  return contact;
}

}  // namespace strowger::routing
