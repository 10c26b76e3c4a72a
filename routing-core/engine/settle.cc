// The only place that matches contacts and agents.
#include <algorithm>
#include <bit>

#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {
// Of a curve, before an agent turns to its own lines.
constexpr int kHeadsTried = 16;
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
  if (batch_ || restarting_) ForgetAsked();
  if (restarting_) return;
  if (batch_) {
    batch_ = false;
    return PlaceAllInOrder();
  }
  if (to_place_.size() > 1) {
    std::sort(to_place_.begin(), to_place_.end(),
              [this](ContactSlot a, ContactSlot b) { return ServedBefore(a, b); });
  }
  for (std::size_t i = 0; i < to_place_.size(); ++i) {
    contacts_.Change(to_place_[i]).waiting_for_placement = false;
    TryPlace(to_place_[i]);
  }
  to_place_.clear();
  // Round and round: one contact an agent a turn, until none can take another.
  for (std::size_t i = 0; i < freed_.size(); ++i) {
    const AgentSlot agent = freed_[i];
    agents_.Change(agent).freed = false;
    const ContactSlot contact = available_.Test(agent) ? ChooseContact(agent) : kNoSlot;
    if (contact == kNoSlot) continue;
    MakeOffer(contact, agent);
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
  const auto later = [this](ContactSlot a, ContactSlot b) { return ServedBefore(b, a); };
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

bool Router::Engine::TryPlace(ContactSlot slot) {
  if (contacts_[slot].line == kNoSlot) return false;
  const AgentSlot agent = ChooseAgent(slot);
  if (agent == kNoSlot) return false;
  MakeOffer(slot, agent);
  return true;
}

// Mostly the agent may serve one of those who come next. Where it may not, contacts that it cannot
// serve stand before the others, and it looks at its own lines alone.
ContactSlot Router::Engine::ChooseContact(AgentSlot agent) {
  ContactSlot chosen = kNoSlot;
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
    const LineKey& key = lines_[head.line].key;
    if (bounded != nullptr && !IsWithinBounds(*bounded, key.queue, key.labels)) return false;
    const ContactSlot first = FirstUnbarred(lines_[head.line], agent);
    if (first == kNoSlot) return false;
    if (chosen == kNoSlot || ServedBefore(first, chosen)) chosen = first;
    return first == head.contact;
  });
  return budget >= 0;
}

ContactSlot Router::Engine::ChooseOfOwnLines(AgentSlot agent) {
  ContactSlot chosen = kNoSlot;
  Turn turn;
  const AgentRecord* const bounded = bounded_.Test(agent) ? &agents_[agent] : nullptr;
  const auto look_at = [&](const Line& line) {
    if (!fits_[line.key.channel].Test(agent)) return;
    if (bounded != nullptr && !IsWithinBounds(*bounded, line.key.queue, line.key.labels)) return;
    if (chosen != kNoSlot && !TurnOfHead(line).Before(turn)) return;
    const ContactSlot first = FirstUnbarred(line, agent);
    if (first == kNoSlot) return;
    const Turn other = TurnOf(contacts_[first]);
    if (chosen != kNoSlot && !other.Before(turn)) return;
    chosen = first;
    turn = other;
  };
  const absl::Span<const std::uint64_t> satisfied = eligibility_.SatisfiedBy(agent);
  const std::size_t words = std::min(satisfied.size(), required_.words());
  for (std::size_t word = 0; word < words; ++word) {
    for (std::uint64_t own = satisfied[word] & required_.word(word); own != 0; own &= own - 1) {
      const std::size_t requirement = word * 64 + static_cast<std::size_t>(std::countr_zero(own));
      for (LineSlot slot = lines_of_requirement_[requirement]; slot != kNoSlot;
           slot = lines_[slot].next_of_requirement) {
        look_at(lines_[slot]);
      }
    }
  }
  return chosen;
}

ContactSlot Router::Engine::FirstUnbarred(const Line& line, AgentSlot agent) const {
  ContactSlot contact = line.head;
  while (contact != kNoSlot && IsBarred(contacts_[contact], agent)) {
    contact = line_set_.After(line.root, contact);
  }
  return contact;
}

}  // namespace strowger::routing
