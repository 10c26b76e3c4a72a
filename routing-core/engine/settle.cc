// The only place that matches contacts and agents.
#include <algorithm>

#include "routing-core/engine/engine.h"

namespace strowger::routing {

void Router::Engine::Settle() {
  if (batch_) {
    for (const AgentSlot agent : freed_) agents_.Change(agent).freed = false;
    for (const ContactSlot contact : to_place_) {
      contacts_.Change(contact).waiting_for_placement = false;
    }
    freed_.clear();
    to_place_.clear();
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
  std::vector<ContactSlot> heads;
  for (const LineSlot line : active_lines_) heads.push_back(line_set_.First(lines_[line].root));
  while (!heads.empty()) {
    const auto best =
        std::min_element(heads.begin(), heads.end(),
                         [this](ContactSlot a, ContactSlot b) { return ServedBefore(a, b); });
    const ContactSlot contact = *best;
    const LineSlot line = contacts_[contact].line;
    const bool barred = contacts_[contact].first_bar != kNoSlot;
    const bool placed = TryPlace(contact);
    const ContactSlot next =
        placed || barred ? line_set_.After(lines_[line].root, contact) : kNoSlot;
    if (next == kNoSlot) {
      heads.erase(best);
    } else {
      *best = next;
    }
  }
}

bool Router::Engine::TryPlace(ContactSlot slot) {
  if (contacts_[slot].line == kNoSlot) return false;
  const AgentSlot agent = ChooseAgent(slot);
  if (agent == kNoSlot) return false;
  MakeOffer(slot, agent);
  return true;
}

ContactSlot Router::Engine::ChooseContact(AgentSlot agent) const {
  ContactSlot chosen = kNoSlot;
  for (const LineSlot slot : active_lines_) {
    const Line& line = lines_[slot];
    if (!fits_[line.key.channel].Test(agent)) continue;
    if (!eligibility_.Satisfies(agent, line.key.requirement)) continue;
    const ContactSlot first = FirstUnbarred(line, agent);
    if (first == kNoSlot) continue;
    if (chosen == kNoSlot || ServedBefore(first, chosen)) chosen = first;
  }
  return chosen;
}

ContactSlot Router::Engine::FirstUnbarred(const Line& line, AgentSlot agent) const {
  ContactSlot contact = line_set_.First(line.root);
  while (contact != kNoSlot && IsBarred(contacts_[contact], agent)) {
    contact = line_set_.After(line.root, contact);
  }
  return contact;
}

}  // namespace strowger::routing
