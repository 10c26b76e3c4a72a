// The only place that matches contacts and agents.
#include <algorithm>
#include <bit>

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
  const AgentSlot agent = ChooseAgent(slot, true);
  if (agent == kNoSlot) return false;
  MakeOffer(slot, agent);
  return true;
}

// Among the eligible whom this turn did not free: those choose for themselves. With `best` false
// any will do.
AgentSlot Router::Engine::ChooseAgent(ContactSlot slot, bool best) const {
  const ContactRecord& contact = contacts_[slot];
  const BitColumn& fits = fits_[contact.channel];
  AgentSlot chosen = kNoSlot;
  for (std::size_t word = 0; word < free_.words(); ++word) {
    std::uint64_t eligible = free_.word(word) & fits.word(word);
    if (eligible == 0) continue;
    eligible &= eligibility_.SatisfyingWord(word, contact.requirement);
    while (eligible != 0) {
      const auto agent =
          static_cast<AgentSlot>(word * 64) + static_cast<AgentSlot>(std::countr_zero(eligible));
      eligible &= eligible - 1;
      if (agents_[agent].freed || IsBarred(contact, agent)) continue;
      if (!best) return agent;
      if (chosen == kNoSlot || Beats(contact, agent, chosen)) chosen = agent;
    }
  }
  return chosen;
}

// A total order: rank, the strategy's key, longest idle, id.
bool Router::Engine::Beats(const ContactRecord& contact, AgentSlot a, AgentSlot b) const {
  const AgentRecord& x = agents_[a];
  const AgentRecord& y = agents_[b];
  if (x.rank != y.rank) return x.rank < y.rank;
  if (const int order = CompareByStrategy(contact, x, y); order != 0) return order < 0;
  if (x.idle_since != y.idle_since) return x.idle_since < y.idle_since;
  return x.id < y.id;
}

// Negative when `a` comes first, 0 when the strategy does not tell them apart.
int Router::Engine::CompareByStrategy(const ContactRecord& contact, const AgentRecord& a,
                                      const AgentRecord& b) const {
  const auto compare = [](auto x, auto y) { return x < y ? -1 : (y < x ? 1 : 0); };
  switch (queues_[contact.queue].settings.select) {
    case Strategy::kLongestIdle:
      return 0;
    case Strategy::kLeastBusy: {
      const Occupancy x = OccupancyOf(a);
      const Occupancy y = OccupancyOf(b);
      // busy / available, with 0 / 0 = 0, compared without division.
      const absl::int128 left = absl::int128(x.busy) * std::max<std::int64_t>(y.available, 1);
      const absl::int128 right = absl::int128(y.busy) * std::max<std::int64_t>(x.available, 1);
      if (left != right) return left < right ? -1 : 1;
      return compare(a.contacts(), b.contacts());
    }
    case Strategy::kBestSkill:
      return compare(SkillSum(contact, b), SkillSum(contact, a));
    case Strategy::kInOrder:
      return compare(a.number, b.number);
  }
  return 0;
}

// Over the distinct skills that the requirement and `prefer` name.
std::int64_t Router::Engine::SkillSum(const ContactRecord& contact,
                                      const AgentRecord& agent) const {
  const std::vector<std::string>& required = eligibility_.skills(contact.requirement);
  std::int64_t sum = 0;
  const auto add = [&](const std::string& skill) {
    const auto found =
        std::lower_bound(agent.skills.begin(), agent.skills.end(), skill,
                         [](const SkillLevel& a, const std::string& b) { return a.skill < b; });
    if (found != agent.skills.end() && found->skill == skill) sum += found->proficiency;
  };
  for (const std::string& skill : required) add(skill);
  if (contact.plan == kNoSlot) return sum;
  for (const std::string& skill : plans_[contact.plan].preferred_skills) {
    if (!std::binary_search(required.begin(), required.end(), skill)) add(skill);
  }
  return sum;
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
