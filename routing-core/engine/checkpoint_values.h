// Which fields the values of the public headers have, for checkpoints.
//
// The sizes are there so that a field that comes is not forgotten: visit it here (with Since and a
// new kCheckpointFormat), then correct the size. They are those of the one library and word size
// that everybody builds with.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "routing-core/engine/checkpoint_bytes.h"
#include "routing/attribute.h"
#include "routing/command.h"
#include "routing/limits.h"
#include "routing/plan.h"
#include "routing/rule_set.h"

namespace strowger::routing {

// True where sizes can be compared.
inline constexpr bool kUsualLayout = sizeof(void*) == 8 && sizeof(std::string) == 32;

template <std::size_t kIs, std::size_t kWas>
struct SizeIsStill {
  static_assert(kIs == kWas || !kUsualLayout, "a field came or went: visit it, then its size");
  static constexpr bool kValue = true;
};

template <typename T, std::size_t kBytes>
inline constexpr bool kAllFieldsVisited = SizeIsStill<sizeof(T), kBytes>::kValue;

// ---- Attributes -------------------------------------------------------------------------------

template <typename Value, std::size_t kKind = 0>
void EmplaceKind(std::size_t kind, Value& value) {
  if (kind == kKind) {
    value.template emplace<kKind>();
  } else if constexpr (kKind + 1 < std::variant_size_v<Value>) {
    EmplaceKind<Value, kKind + 1>(kind, value);
  }
}

static_assert(std::variant_size_v<AttributeValue> == 5);
template <typename A>
void Fields(A& archive, As<A, AttributeValue>& value) {
  auto kind = static_cast<std::uint32_t>(value.index());
  archive.Index(kind, std::variant_size_v<AttributeValue>);
  if constexpr (A::kLoads) EmplaceKind(kind, value);
  std::visit([&](auto& held) { archive(held); }, value);
}

static_assert(kAllFieldsVisited<Attribute, 72>);
template <typename A>
void Fields(A& archive, As<A, Attribute>& attribute) {
  archive(attribute.name, attribute.value);
}

// ---- Plans ------------------------------------------------------------------------------------

static_assert(kAllFieldsVisited<Atom, 88>);
template <typename A>
void Fields(A& archive, As<A, Atom>& atom) {
  archive.Enum(atom.kind, 5);
  archive(atom.name, atom.at_least, atom.value);
}

static_assert(kAllFieldsVisited<Formula::Term, 8>);
template <typename A>
void Fields(A& archive, As<A, Formula::Term>& term) {
  archive.Enum(term.op, 6);
  archive(term.atom);
}

static_assert(kAllFieldsVisited<SkillMinimum, 40>);
template <typename A>
void Fields(A& archive, As<A, SkillMinimum>& minimum) {
  archive(minimum.skill, minimum.at_least);
}

static_assert(kAllFieldsVisited<Requirement, 72> && kAllFieldsVisited<Formula, 48>);
template <typename A>
void Fields(A& archive, As<A, Requirement>& requirement) {
  archive(requirement.require, requirement.who.atoms, requirement.who.terms);
}

static_assert(kAllFieldsVisited<Priority, 32>);
template <typename A>
void Fields(A& archive, As<A, Priority>& priority) {
  archive(priority.start, priority.gain_per_minute, priority.max);
}

static_assert(kAllFieldsVisited<PriorityChange, 48>);
template <typename A>
void Fields(A& archive, As<A, PriorityChange>& change) {
  archive(change.set, change.add);
}

static_assert(kAllFieldsVisited<Destination, 208>);
template <typename A>
void Fields(A& archive, As<A, Destination>& to) {
  archive(to.queue, to.treatment, to.requirement, to.keep_requirement, to.priority);
}

static_assert(kAllFieldsVisited<WaitLimit, 40>);
template <typename A>
void Fields(A& archive, As<A, WaitLimit>& limit) {
  archive(limit.after, limit.treatment);
}

static_assert(kAllFieldsVisited<Preference, 40>);
template <typename A>
void Fields(A& archive, As<A, Preference>& preference) {
  archive(preference.name, preference.weight);
}

static_assert(kAllFieldsVisited<RankBand, 32>);
template <typename A>
void Fields(A& archive, As<A, RankBand>& band) {
  archive(band.low, band.high);
}

static_assert(kAllFieldsVisited<RankChange, 40>);
template <typename A>
void Fields(A& archive, As<A, RankChange>& change) {
  archive(change.low, change.high, change.raise);
}

static_assert(kAllFieldsVisited<AgentRequest, 56>);
template <typename A>
void Fields(A& archive, As<A, AgentRequest>& request) {
  archive(request.agent, request.lasts, request.only);
}

// Conditions stand as their source; `condition(archive, when)` turns the one into the other.
static_assert(kAllFieldsVisited<Step, 328>);
static_assert(kAllFieldsVisited<Overflow, 264>);
static_assert(kAllFieldsVisited<Plan, 400>);
template <typename A, typename OnCondition>
void PlanFields(A& archive, As<A, Plan>& plan, OnCondition condition) {
  archive(plan.queue, plan.treatment, plan.requirement, plan.priority, plan.prefer);
  const auto each = [&archive](auto& list, auto fields) {
    if constexpr (A::kLoads) {
      const std::size_t count = archive.Count();
      for (std::size_t i = 0; i < count && archive.ok(); ++i) fields(list.emplace_back());
    } else {
      archive.Count(list.size());
      for (const auto& item : list) fields(item);
    }
  };
  each(plan.steps, [&](auto& step) {
    archive(step.id, step.after);
    condition(archive, step.when);
    archive(step.requirement, step.priority, step.queue, step.skip_if_empty);
    archive(step.ranks);
    archive(step.lift);
    archive(step.prefer);
  });
  each(plan.overflow, [&](auto& overflow) {
    archive(overflow.id, overflow.after);
    condition(archive, overflow.when);
    archive(overflow.to);
  });
  archive(plan.wait_limit, plan.skip_if_empty);
  archive(plan.ranks);
  archive(plan.lift);
  archive(plan.requested);
}

// ---- Agents -----------------------------------------------------------------------------------

static_assert(kAllFieldsVisited<SkillLevel, 40>);
template <typename A>
void Fields(A& archive, As<A, SkillLevel>& skill) {
  archive(skill.skill, skill.proficiency);
}

static_assert(kAllFieldsVisited<ChannelCapacity, 72>);
template <typename A>
void Fields(A& archive, As<A, ChannelCapacity>& channel) {
  archive(channel.channel, channel.max, channel.cost, channel.interruptible_by);
}

static_assert(kAllFieldsVisited<Capacity, 48>);
template <typename A>
void Fields(A& archive, As<A, Capacity>& capacity) {
  archive(capacity.total, capacity.channels, capacity.one_of_any);
}

static_assert(kAllFieldsVisited<Cap, 40>);
template <typename A>
void Fields(A& archive, As<A, Cap>& cap) {
  archive(cap.name, cap.most);
}

static_assert(kAllFieldsVisited<HandlingCap, 48>);
template <typename A>
void Fields(A& archive, As<A, HandlingCap>& cap) {
  archive(cap.labels, cap.queues);
}

static_assert(kAllFieldsVisited<Pace, 16>);
template <typename A>
void Fields(A& archive, As<A, Pace>& pace) {
  archive(pace.contacts, pace.per);
}

static_assert(kAllFieldsVisited<ChannelCount, 40>);
template <typename A>
void Fields(A& archive, As<A, ChannelCount>& count) {
  archive(count.channel, count.contacts);
}

static_assert(kAllFieldsVisited<OutsideWork, 32>);
template <typename A>
void Fields(A& archive, As<A, OutsideWork>& outside) {
  archive(outside.channels, outside.resets_idle);
}

// ---- Queues and limits ------------------------------------------------------------------------

static_assert(kAllFieldsVisited<ServiceLevel, 24>);
template <typename A>
void Fields(A& archive, As<A, ServiceLevel>& level) {
  archive(level.target, level.within);
  archive.Enum(level.abandoned, 3);
}

static_assert(kAllFieldsVisited<OfferFailure, 48>);
template <typename A>
void Fields(A& archive, As<A, OfferFailure>& failure) {
  archive(failure.back_off, failure.not_ready_after, failure.reason);
}

static_assert(kAllFieldsVisited<WhenEmpty, 232>);
template <typename A>
void Fields(A& archive, As<A, WhenEmpty>& when) {
  archive.Enum(when.nobody, 3);
  archive(when.after, when.grace, when.to);
}

static_assert(kAllFieldsVisited<AgentShare, 40>);
static_assert(kAllFieldsVisited<Borrow, 64>);

// Of a queue that the active rule set does not have: loans and shares of such a queue are over, and
// need not be visited.
static_assert(kAllFieldsVisited<QueueSettings, 808>);
template <typename A>
void Fields(A& archive, As<A, QueueSettings>& settings) {
  archive(settings.name);
  archive.Enum(settings.select, static_cast<int>(kStrategyCount));
  archive(settings.offer_timeout, settings.exclude_for, settings.retry, settings.on_decline,
          settings.on_expire, settings.wrap_up);
  archive.Enum(settings.wrap_up_scope, 3);
  archive(settings.handling_lease, settings.max_waiting, settings.when_full, settings.service_level,
          settings.window, settings.external);
  archive(settings.use_rank);
  archive.Enum(settings.serve, 2);
  archive(settings.starvation_bound, settings.max_occupancy, settings.offer_parallel,
          settings.offer_assigns, settings.when_empty);
}

static_assert(kAllFieldsVisited<Limits, 28>);
template <typename A>
void Fields(A& archive, As<A, Limits>& limits) {
  archive(limits.agents, limits.contacts, limits.ended_contacts, limits.queues, limits.atoms,
          limits.plans);
  archive(limits.replan_slice);
}

}  // namespace strowger::routing
