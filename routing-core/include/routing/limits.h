// Every bound of the core in one place, so that memory and worst cases follow from this file.
#pragma once

#include <cstddef>
#include <cstdint>

namespace strowger::routing {

// Fixed by the contract: past them a command is refused as invalid_argument, and a rule document
// does not load.
inline constexpr std::size_t kMaxIdBytes = 128;
inline constexpr std::size_t kMaxNameBytes = 128;
inline constexpr std::size_t kMaxStringAttributeBytes = 4096;
inline constexpr std::size_t kMaxListAttributeItems = 256;
inline constexpr std::size_t kMaxAttributes = 64;
// Id, location and attributes of a contact together, names included, as the core stores them.
inline constexpr std::size_t kMaxContactBytes = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxSkillsPerAgent = 128;
inline constexpr std::size_t kMaxChannels = 32;
inline constexpr std::size_t kMaxLabels = 16;  // of a contact
inline constexpr std::size_t kMaxCaps = 256;   // of an agent, by label and by queue each
inline constexpr std::size_t kMaxSteps = 32;
inline constexpr std::size_t kMaxOverflows = 16;
inline constexpr std::size_t kMaxRequirementTerms = 128;
// Offers of one round.
inline constexpr std::int64_t kMaxParallelOffers = 50;
inline constexpr std::int64_t kMaxProficiency = 100;
inline constexpr std::int64_t kMaxRank = 1'000'000;
inline constexpr std::size_t kMaxQueuesPerAgent = 256;
inline constexpr std::int64_t kMaxQueueOrder = 1'000'000;
inline constexpr std::int64_t kMaxWeight = 1'000;  // of an agent
inline constexpr std::size_t kMaxBorrows = 16;
inline constexpr std::size_t kMaxShares = 10'000;
inline constexpr std::int64_t kMaxShare = 1'000 * std::int64_t{1'000'000};  // millionths
inline constexpr std::size_t kMaxPreferences = 16;
inline constexpr std::int64_t kMaxPreferWeight = 1'000 * std::int64_t{1'000'000};  // millionths
inline constexpr std::int64_t kMaxPriority = 1'000'000;
inline constexpr std::int64_t kMaxCapacity = 1'000;

// Of a rule set.
inline constexpr std::size_t kMaxFlags = 64;

// Of each kind, for explanations; and the versions of rules that they may speak of.
inline constexpr std::size_t kRememberedDecisions = 4'096;
inline constexpr std::size_t kRememberedRuleSets = 20;

// Distinct sets of labels in use at once; past them a command is refused as over_limit.
inline constexpr std::uint32_t kMaxLabelSets = 65'536;

// Chosen per domain: past them a command is refused as over_limit.
struct Limits {
  std::uint32_t agents = 100'000;
  std::uint32_t contacts = 1'000'000;      // queued, offered or handled at once
  std::uint32_t ended_contacts = 100'000;  // remembered after their end, the oldest forgotten first
  std::uint32_t queues = 10'000;
  std::uint32_t atoms = 4'096;  // distinct tests on agents: a skill at a level, a team, ...
  std::uint32_t plans = 65'536;
  // Contacts asked for again after each command while an activation says replan.
  std::uint32_t replan_slice = 256;
};

}  // namespace strowger::routing
