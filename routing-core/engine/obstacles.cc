// What keeps agents from a contact: every test that an agent must pass, once, in the order of
// Obstacle. Explanations, waits and the remembered decisions all ask here. The search itself asks
// the same in another order (MayTake), which the tests hold equal.
#include <algorithm>
#include <array>
#include <bit>

#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {

// 64 agents, who leave at the first test that they fail.
class Sieve {
 public:
  Sieve(std::uint64_t agents, std::size_t word, std::array<std::uint64_t, kObstacleCount>& at)
      : rest_(agents), first_(static_cast<AgentSlot>(word * 64)), at_(at) {}

  void Keep(Obstacle obstacle, std::uint64_t passing) {
    at_[static_cast<std::size_t>(obstacle)] |= rest_ & ~passing;
    rest_ &= passing;
  }
  // One by one those of `asked`; the others pass.
  template <typename Passes>
  void Ask(Obstacle obstacle, std::uint64_t asked, Passes passes) {
    std::uint64_t failing = 0;
    for (std::uint64_t left = rest_ & asked; left != 0; left &= left - 1) {
      const auto bit = static_cast<AgentSlot>(std::countr_zero(left));
      if (!passes(first_ + bit)) failing |= std::uint64_t{1} << bit;
    }
    Keep(obstacle, ~failing);
  }
  std::uint64_t rest() const { return rest_; }

 private:
  std::uint64_t rest_;
  const AgentSlot first_;
  std::array<std::uint64_t, kObstacleCount>& at_;
};

constexpr std::uint64_t kEverybody = ~std::uint64_t{0};

}  // namespace

Router::Engine::Sorted Router::Engine::SortByObstacle(const ContactRecord& contact,
                                                      std::size_t word, std::uint64_t among,
                                                      Offers offers) const {
  Sorted at{};
  Sieve sieve(among & logged_in_.word(word), word, at);
  const QueueSlot queue = contact.queue;
  const RequirementId serving = ServingMask(queues_[queue]);
  if (serving != kNoSlot) {
    sieve.Keep(Obstacle::kOtherQueue, eligibility_.SatisfyingWord(word, serving));
  } else {
    sieve.Ask(Obstacle::kOtherQueue, listed_.word(word), [&](AgentSlot agent) {
      return FindServed(agents_[agent].queues, queue) != nullptr || IsLent(agent, queue);
    });
  }
  sieve.Keep(Obstacle::kRequirement, eligibility_.SatisfyingWord(word, contact.requirement));
  if (contact.request != kNoSlot) {
    const AgentSlot wanted = requests_[contact.request].agent;
    const std::uint64_t bit = std::uint64_t{1} << (wanted % 64);
    sieve.Keep(Obstacle::kRequirement, wanted / 64 == word ? bit : 0);
  }
  if (contact.ranks.IsBand()) {
    sieve.Ask(Obstacle::kRank, kEverybody,
              [&](AgentSlot agent) { return contact.ranks.Admits(RankIn(queue, agent)); });
  }
  sieve.Keep(Obstacle::kNotReady, ready_.word(word));

  const std::uint64_t bounded = bounded_count_ == 0 ? 0 : bounded_.word(word);
  const std::uint64_t fits = fits_[contact.channel].word(word);
  sieve.Keep(Obstacle::kBusy, ~wrapping_up_.word(word) & (fits | reserving_.word(word)));
  sieve.Ask(Obstacle::kBusy, bounded,
            [&](AgentSlot agent) { return !IsInWrapUpOf(agents_[agent], queue); });
  if (offers == Offers::kExact) {
    sieve.Ask(Obstacle::kBusy, ~fits,
              [&](AgentSlot agent) { return FitsWithoutOffers(agents_[agent], contact.channel); });
  }
  sieve.Keep(Obstacle::kReserved, fits);
  sieve.Keep(Obstacle::kExcluded, ~backing_off_.word(word) & ~BarredWord(contact, word));
  if (!queues_[queue].delays.empty()) {
    const DurationNs waited = std::max<DurationNs>(0, now_ - contact.wait_base);
    sieve.Ask(Obstacle::kDelay, listed_.word(word), [&](AgentSlot agent) {
      const ServedQueue* const served = FindServed(agents_[agent].queues, queue);
      return served == nullptr || served->delay <= waited;  // null: lent to it
    });
  }
  sieve.Keep(Obstacle::kCap, ~pace_used_up_.word(word));
  sieve.Ask(Obstacle::kCap, bounded,
            [&](AgentSlot agent) { return IsUnderCap(agents_[agent], queue, contact.labels); });
  if (queues_[queue].settings.max_occupancy) {
    sieve.Ask(Obstacle::kCap, kEverybody,
              [&](AgentSlot agent) { return !IsTooBusy(agent, queues_[queue]); });
  }
  at[static_cast<std::size_t>(Obstacle::kNone)] = sieve.rest();
  return at;
}

Obstacle Router::Engine::ObstacleOf(const ContactRecord& contact, AgentSlot agent) const {
  const std::uint64_t bit = std::uint64_t{1} << (agent % 64);
  const Sorted at = SortByObstacle(contact, agent / 64, bit, Offers::kExact);
  for (int i = 0; i < kObstacleCount; ++i) {
    if (at[static_cast<std::size_t>(i)] != 0) return static_cast<Obstacle>(i);
  }
  return Obstacle::kOffline;
}

std::uint64_t Router::Engine::BarredWord(const ContactRecord& contact, std::size_t word) const {
  std::uint64_t barred = 0;
  for (BarSlot bar = contact.first_bar; bar != kNoSlot; bar = bars_[bar].next_of_contact) {
    const AgentSlot agent = bars_[bar].agent;
    if (agent / 64 == word) barred |= std::uint64_t{1} << (agent % 64);
  }
  return barred;
}

}  // namespace strowger::routing
