// What keeps agents from a contact: every test that an agent must pass, once, in the order of
// Obstacle. Explanations, waits and the remembered decisions all ask here. The search itself asks
// the same in another order (MayTake), which the tests hold equal.
#include <algorithm>
#include <array>
#include <bit>

#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {

constexpr std::uint64_t kEverybody = ~std::uint64_t{0};

}  // namespace

// 64 agents, who leave at the first test that they fail.
class Router::Engine::Sieve {
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

bool Router::Engine::IsPlain(const ContactRecord& contact) const {
  const QueueRecord& queue = queues_[contact.queue];
  return listed_count_ == 0 && bounded_count_ == 0 && contact.request == kNoSlot &&
         contact.first_bar == kNoSlot && contact.first_hold == kNoSlot && !contact.ranks.IsBand() &&
         queue.delays.empty() && !queue.settings.max_occupancy && ServingMask(queue) == kNoSlot;
}

Router::Engine::Sorted Router::Engine::SortByObstacle(const ContactRecord& contact,
                                                      std::size_t word, std::uint64_t among,
                                                      Offers offers) const {
  Sorted at{};
  Sieve sieve(among & logged_in_.word(word), word, at);
  KeepServing(contact.queue, word, sieve);
  sieve.Keep(Obstacle::kRequirement, eligibility_.SatisfyingWord(word, contact.requirement));
  KeepWished(contact, word, sieve);
  sieve.Keep(Obstacle::kNotReady, ready_.word(word));

  const std::uint64_t fits = fits_[contact.channel].word(word);
  sieve.Keep(Obstacle::kBusy, ~wrapping_up_.word(word) & (fits | reserving_.word(word)));
  const std::uint64_t bounded = bounded_count_ == 0 ? 0 : bounded_.word(word);
  sieve.Ask(Obstacle::kBusy, bounded,
            [&](AgentSlot agent) { return !IsInWrapUpOf(agents_[agent], contact.queue); });
  if (offers == Offers::kExact) {
    sieve.Ask(Obstacle::kBusy, ~fits,
              [&](AgentSlot agent) { return FitsWithoutOffers(agents_[agent], contact.channel); });
  }
  sieve.Keep(Obstacle::kReserved, fits);
  sieve.Keep(Obstacle::kExcluded, ~backing_off_.word(word));
  sieve.Keep(Obstacle::kExcluded, ~BarredWord(contact, word));
  KeepOldEnough(contact, word, sieve);
  sieve.Keep(Obstacle::kCap, ~pace_used_up_.word(word));
  sieve.Ask(Obstacle::kCap, bounded, [&](AgentSlot agent) {
    return IsUnderCap(agents_[agent], contact.queue, contact.labels);
  });
  if (queues_[contact.queue].settings.max_occupancy) {
    sieve.Ask(Obstacle::kCap, kEverybody,
              [&](AgentSlot agent) { return !IsTooBusy(agent, queues_[contact.queue]); });
  }
  at[static_cast<std::size_t>(Obstacle::kNone)] = sieve.rest();
  return at;
}

void Router::Engine::KeepServing(QueueSlot queue, std::size_t word, Sieve& sieve) const {
  const RequirementId serving = ServingMask(queues_[queue]);
  if (serving != kNoSlot) {
    sieve.Keep(Obstacle::kOtherQueue, eligibility_.SatisfyingWord(word, serving));
    return;
  }
  sieve.Ask(Obstacle::kOtherQueue, listed_.word(word), [&](AgentSlot agent) {
    return FindServed(agents_[agent].queues, queue) != nullptr || IsLent(agent, queue);
  });
}

// Whom the contact wishes for, and the ranks that it is for.
void Router::Engine::KeepWished(const ContactRecord& contact, std::size_t word,
                                Sieve& sieve) const {
  if (contact.request != kNoSlot) {
    const AgentSlot wanted = requests_[contact.request].agent;
    const std::uint64_t bit = std::uint64_t{1} << (wanted % 64);
    sieve.Keep(Obstacle::kRequirement, wanted / 64 == word ? bit : 0);
  }
  if (!contact.ranks.IsBand()) return;
  sieve.Ask(Obstacle::kRank, kEverybody,
            [&](AgentSlot agent) { return contact.ranks.Admits(RankIn(contact.queue, agent)); });
}

// Who takes a contact of this queue only when it has waited for so long.
void Router::Engine::KeepOldEnough(const ContactRecord& contact, std::size_t word,
                                   Sieve& sieve) const {
  if (queues_[contact.queue].delays.empty()) return;
  const DurationNs waited = std::max<DurationNs>(0, now_ - contact.wait_base);
  sieve.Ask(Obstacle::kDelay, listed_.word(word), [&](AgentSlot agent) {
    const ServedQueue* const served = FindServed(agents_[agent].queues, contact.queue);
    return served == nullptr || served->delay <= waited;  // null: lent to it
  });
}

// Without the tests that nobody can fail where IsPlain, and for all words at once.
void Router::Engine::RememberPlainly(const ContactRecord& contact, const ChoiceRecord& record) {
  const std::size_t words = record.words;
  const std::uint64_t* const fits = fits_[contact.channel].data();
  std::array<std::uint64_t, DecisionLog::kMostWords> satisfying;
  std::fill_n(satisfying.begin(), words, kEverybody);
  eligibility_.KeepSatisfying(contact.requirement, 0, absl::MakeSpan(satisfying.data(), words));
  std::array<std::uint64_t, DecisionLog::kMostWords> at_hand;
  for (std::size_t i = 0; i < words; ++i) {
    at_hand[i] = ~wrapping_up_.word(i) & (fits[i] | reserving_.word(i));
  }
  const auto test = [](Obstacle obstacle, const std::uint64_t* column, std::uint64_t flip) {
    return BitKernels::Test{column, flip, static_cast<unsigned>(obstacle)};
  };
  const BitKernels::Test tests[] = {
      test(Obstacle::kOffline, logged_in_.data(), 0),
      test(Obstacle::kRequirement, satisfying.data(), 0),
      test(Obstacle::kNotReady, ready_.data(), 0),
      test(Obstacle::kBusy, at_hand.data(), 0),
      test(Obstacle::kReserved, fits, 0),
      test(Obstacle::kExcluded, backing_off_.data(), kEverybody),
      test(Obstacle::kCap, pace_used_up_.data(), kEverybody),
  };
  ChosenBitKernels().number_failing(absl::MakeSpan(tests), static_cast<unsigned>(Obstacle::kNone),
                                    words, DecisionLog::kMostWords, decisions_.PlanesOf(record));
}

void Router::Engine::RememberObstacles(const ContactRecord& contact, const ChoiceRecord& record) {
  if (IsPlain(contact)) return RememberPlainly(contact, record);
  for (std::size_t word = 0; word < record.words; ++word) {
    Sorted at = SortByObstacle(contact, word, kEverybody, Offers::kRoughly);
    // Whoever has an offer of this round already.
    for (HoldSlot h = contact.first_hold; h != kNoSlot; h = holds_[h].next_of_contact) {
      const std::uint64_t bit = std::uint64_t{1} << (holds_[h].agent % 64);
      if (holds_[h].agent / 64 != word) continue;
      at[static_cast<std::size_t>(Obstacle::kReserved)] |=
          at[static_cast<std::size_t>(Obstacle::kNone)] & bit;
      at[static_cast<std::size_t>(Obstacle::kNone)] &= ~bit;
    }
    decisions_.SetObstacles(record, word, at);
  }
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
