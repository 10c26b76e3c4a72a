#include "tests/model/naive_checks.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "routing/limits.h"

namespace strowger::model {
namespace {

using routing::Attribute;
using routing::Destination;
using routing::Plan;
using routing::Priority;
using routing::PriorityChange;
using routing::Requirement;

bool IdOk(const std::string& id) { return !id.empty() && id.size() <= routing::kMaxIdBytes; }

bool Within(std::int64_t value, std::int64_t low, std::int64_t high) {
  return low <= value && value <= high;
}

bool AttributesOk(const std::vector<Attribute>& attributes) {
  if (attributes.size() > routing::kMaxAttributes) return false;
  return std::all_of(attributes.begin(), attributes.end(), [](const Attribute& attribute) {
    const auto* text = std::get_if<std::string>(&attribute.value);
    const auto* list = std::get_if<std::vector<std::string>>(&attribute.value);
    return (text == nullptr || text->size() <= routing::kMaxStringAttributeBytes) &&
           (list == nullptr || list->size() <= routing::kMaxListAttributeItems);
  });
}

bool PriorityOk(const Priority& priority) {
  if (!Within(priority.start, -routing::kMaxPriority, routing::kMaxPriority)) return false;
  if (!Within(priority.gain_per_minute, 0, routing::kMaxPriority)) return false;
  return !priority.max.has_value() || Within(*priority.max, priority.start, routing::kMaxPriority);
}

bool PriorityOk(const std::optional<PriorityChange>& change) {
  if (!change.has_value()) return true;
  if (change->set.has_value()) return PriorityOk(*change->set);
  return Within(change->add, -routing::kMaxPriority, routing::kMaxPriority);
}

bool RequirementOk(const Requirement& requirement) {
  if (requirement.who.terms.size() > routing::kMaxRequirementTerms) return false;
  return std::all_of(requirement.require.begin(), requirement.require.end(),
                     [](const routing::SkillMinimum& minimum) {
                       return IdOk(minimum.skill) &&
                              Within(minimum.at_least, 1, routing::kMaxProficiency);
                     }) &&
         std::all_of(requirement.who.atoms.begin(), requirement.who.atoms.end(),
                     [](const routing::Atom& atom) {
                       return IdOk(atom.name) && Within(atom.at_least, 1, routing::kMaxProficiency);
                     });
}

bool RequirementOk(const std::optional<Requirement>& requirement) {
  return !requirement.has_value() || RequirementOk(*requirement);
}

bool DestinationOk(const Destination& to) {
  return to.queue.empty() != to.treatment.empty() && RequirementOk(to.requirement) &&
         PriorityOk(to.priority);
}

bool RankOk(const std::optional<std::int64_t>& rank) {
  return !rank.has_value() || Within(*rank, -routing::kMaxRank, routing::kMaxRank);
}

bool PreferOk(const std::vector<routing::Preference>& prefer) {
  std::set<std::string> names;
  for (const routing::Preference& preference : prefer) {
    if (!IdOk(preference.name) || !names.insert(preference.name).second) return false;
    if (!Within(preference.weight, 0, routing::kMaxPreferWeight)) return false;
  }
  return prefer.size() <= routing::kMaxPreferences;
}

bool QueuesOk(const std::vector<routing::AgentQueue>& queues) {
  std::set<std::string> names;
  for (const routing::AgentQueue& entry : queues) {
    if (!IdOk(entry.queue) || !names.insert(entry.queue).second || !RankOk(entry.rank)) {
      return false;
    }
    if (!Within(entry.order, 0, routing::kMaxQueueOrder)) return false;
    if (!Within(entry.delay, 0, routing::kLongestDuration)) return false;
  }
  return queues.size() <= routing::kMaxQueuesPerAgent;
}

bool StepsOk(const std::vector<routing::Step>& steps) {
  if (steps.size() > routing::kMaxSteps) return false;
  routing::DurationNs before = 0;
  for (const routing::Step& step : steps) {
    if (!Within(step.after, before, routing::kLongestDuration)) return false;
    if (!RequirementOk(step.requirement) || !PriorityOk(step.priority)) return false;
    if (!RankOk(step.lift) || (step.prefer.has_value() && !PreferOk(*step.prefer))) return false;
    if (step.ranks.has_value() && (!RankOk(step.ranks->low) || !RankOk(step.ranks->high) ||
                                   !Within(step.ranks->raise, 0, routing::kMaxRank))) {
      return false;
    }
    before = step.after;
  }
  return true;
}

bool PlanOk(const Plan& plan) {
  if (plan.queue.empty() || !plan.treatment.empty()) return false;
  if (!RequirementOk(plan.requirement) || !PriorityOk(plan.priority)) return false;
  if (!RankOk(plan.ranks.low) || !RankOk(plan.ranks.high) || !RankOk(plan.lift)) return false;
  if (!PreferOk(plan.prefer)) return false;
  if (!StepsOk(plan.steps) || plan.overflow.size() > routing::kMaxOverflows) return false;
  if (plan.wait_limit.has_value() &&
      !Within(plan.wait_limit->after, 0, routing::kLongestDuration)) {
    return false;
  }
  return std::all_of(
      plan.overflow.begin(), plan.overflow.end(), [](const routing::Overflow& overflow) {
        return Within(overflow.after, 0, routing::kLongestDuration) && DestinationOk(overflow.to);
      });
}

bool CapacityOk(const routing::Capacity& capacity) {
  if (capacity.channels.size() > routing::kMaxChannels) return false;
  if (capacity.total.has_value() && !Within(*capacity.total, 0, routing::kMaxCapacity)) {
    return false;
  }
  return std::all_of(capacity.channels.begin(), capacity.channels.end(),
                     [](const routing::ChannelCapacity& entry) {
                       return IdOk(entry.channel) && Within(entry.max, 0, routing::kMaxCapacity) &&
                              Within(entry.cost, 0, routing::kMaxCapacity);
                     });
}

bool SkillsOk(const std::vector<routing::SkillLevel>& skills) {
  if (skills.size() > routing::kMaxSkillsPerAgent) return false;
  return std::all_of(skills.begin(), skills.end(), [](const routing::SkillLevel& level) {
    return IdOk(level.skill) && Within(level.proficiency, 1, routing::kMaxProficiency);
  });
}

bool LabelsOk(const std::vector<std::string>& labels) {
  return labels.size() <= routing::kMaxLabels && std::all_of(labels.begin(), labels.end(), IdOk);
}

bool CapsOk(const std::vector<routing::Cap>& caps) {
  return caps.size() <= routing::kMaxCaps &&
         std::all_of(caps.begin(), caps.end(), [](const routing::Cap& cap) {
           return IdOk(cap.name) && Within(cap.most, 0, routing::kMaxCapacity);
         });
}

bool PaceOk(const routing::Pace& pace) {
  if (pace.contacts == 0) return pace.per == 0;
  return Within(pace.contacts, 1, routing::kMaxCapacity) &&
         Within(pace.per, 1, routing::kLongestDuration);
}

bool OutsideOk(const routing::OutsideWork& outside) {
  return outside.channels.size() <= routing::kMaxChannels &&
         std::all_of(outside.channels.begin(), outside.channels.end(),
                     [](const routing::ChannelCount& count) {
                       return IdOk(count.channel) &&
                              Within(count.contacts, 0, routing::kMaxCapacity);
                     });
}

bool LeaseOk(const std::optional<routing::DurationNs>& lease) {
  return !lease.has_value() || Within(*lease, 0, routing::kLongestDuration);
}

}  // namespace

bool WellFormed(const routing::SubmitContact& command, routing::TimeNs now) {
  if (!IdOk(command.contact) || !IdOk(command.channel)) return false;
  if (!AttributesOk(command.attributes) || !AttributesOk(command.unstored)) return false;
  for (const routing::Attribute& unstored : command.unstored) {
    for (const routing::Attribute& attribute : command.attributes) {
      if (attribute.name == unstored.name) return false;
    }
  }
  if (command.virtual_arrival.has_value() && *command.virtual_arrival > now) return false;
  if (command.priority.has_value() && !PriorityOk(*command.priority)) return false;
  if (!LabelsOk(command.labels)) return false;
  if (command.requested.agent.size() > routing::kMaxIdBytes) return false;
  if (!Within(command.requested.lasts.value_or(0), 0, routing::kLongestDuration)) return false;
  if (command.resume.has_value() &&
      !(IdOk(command.resume->key) &&
        Within(command.resume->within, 0, routing::kLongestDuration))) {
    return false;
  }
  return !command.plan.has_value() || PlanOk(*command.plan);
}

bool WellFormed(const routing::UpdateContact& command, routing::TimeNs now) {
  if (!IdOk(command.contact) || !AttributesOk(command.attributes)) return false;
  if (command.priority.has_value() && command.virtual_arrival.has_value()) return false;
  if (command.requirement.has_value() && command.replan) return false;
  if (command.priority.has_value() && !PriorityOk(*command.priority)) return false;
  if (command.virtual_arrival.has_value() && *command.virtual_arrival > now) return false;
  if (command.labels.has_value() && !LabelsOk(*command.labels)) return false;
  return RequirementOk(command.requirement);
}

bool WellFormed(const routing::SetAgentState& command) {
  const bool may_wait = command.state != routing::AgentState::kReady && !command.force;
  return LeaseOk(command.lease) && (may_wait || !command.pending);
}

bool WellFormed(const routing::TransferContact& command) {
  return command.queue.empty() != command.agent.empty() && RequirementOk(command.requirement) &&
         PriorityOk(command.priority);
}

bool WellFormed(const routing::AgentUpdate& update) {
  if (!IdOk(update.agent)) return false;
  if (update.skills.has_value() && !SkillsOk(*update.skills)) return false;
  if (update.attributes.has_value() && !AttributesOk(*update.attributes)) return false;
  if (update.capacity.has_value() && !CapacityOk(*update.capacity)) return false;
  if (!RankOk(update.rank)) return false;
  if (update.weight.has_value() && !Within(*update.weight, 1, routing::kMaxWeight)) return false;
  if (update.queues.has_value() && !QueuesOk(*update.queues)) return false;
  const auto& caps = update.handling_cap;
  if (caps.has_value() && !(CapsOk(caps->labels) && CapsOk(caps->queues))) return false;
  if (update.pace.has_value() && !PaceOk(*update.pace)) return false;
  if (update.outside.has_value() && !OutsideOk(*update.outside)) return false;
  if (!LeaseOk(update.lease)) return false;
  const bool may_wait = update.state.has_value() && *update.state != routing::AgentState::kReady;
  if (update.pending && !may_wait) return false;
  return !update.wrap_up.has_value() || Within(*update.wrap_up, 0, routing::kLongestDuration);
}

}  // namespace strowger::model
