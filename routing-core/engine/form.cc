#include "routing-core/engine/form.h"

#include <algorithm>
#include <string_view>

#include "routing/limits.h"

namespace strowger::routing {
namespace {

constexpr Result Invalid(std::string_view field) { return {Outcome::kInvalidArgument, field}; }

bool IsId(std::string_view id) { return !id.empty() && id.size() <= kMaxIdBytes; }
bool IsName(std::string_view name) { return !name.empty() && name.size() <= kMaxNameBytes; }
bool IsWithin(std::int64_t value, std::int64_t low, std::int64_t high) {
  return value >= low && value <= high;
}
bool IsDuration(DurationNs duration) { return IsWithin(duration, 0, kLongestDuration); }

bool IsAttribute(const Attribute& attribute) {
  if (!IsName(attribute.name)) return false;
  if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    return text->size() <= kMaxStringAttributeBytes;
  }
  const auto* list = std::get_if<std::vector<std::string>>(&attribute.value);
  if (list == nullptr) return true;
  return list->size() <= kMaxListAttributeItems &&
         std::all_of(list->begin(), list->end(), [](const std::string& item) {
           return item.size() <= kMaxStringAttributeBytes;
         });
}

bool AreAttributes(const std::vector<Attribute>& attributes) {
  if (attributes.size() > kMaxAttributes) return false;
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    if (!IsAttribute(attributes[i])) return false;
    for (std::size_t j = 0; j < i; ++j) {
      if (attributes[i].name == attributes[j].name) return false;
    }
  }
  return true;
}

bool HaveCommon(const std::vector<Attribute>& some, const std::vector<Attribute>& others) {
  return std::any_of(others.begin(), others.end(), [&some](const Attribute& other) {
    return std::any_of(some.begin(), some.end(),
                       [&other](const Attribute& one) { return one.name == other.name; });
  });
}

bool IsPriority(const Priority& priority) {
  return IsWithin(priority.start, -kMaxPriority, kMaxPriority) &&
         IsWithin(priority.gain_per_minute, 0, kMaxPriority) &&
         (!priority.max || IsWithin(*priority.max, priority.start, kMaxPriority));
}

bool IsChange(const std::optional<PriorityChange>& change) {
  if (!change) return true;
  if (change->set) return change->add == 0 && IsPriority(*change->set);
  return IsWithin(change->add, -kMaxPriority, kMaxPriority);
}

// Postfix with one result, every atom there.
bool IsFormula(const Formula& formula) {
  if (formula.terms.size() > kMaxRequirementTerms) return false;
  std::size_t depth = 0;
  for (const Formula::Term& term : formula.terms) {
    switch (term.op) {
      case Formula::Op::kAtom:
        if (term.atom >= formula.atoms.size()) return false;
        ++depth;
        break;
      case Formula::Op::kTrue:
      case Formula::Op::kFalse:
        ++depth;
        break;
      case Formula::Op::kNot:
        if (depth < 1) return false;
        break;
      case Formula::Op::kAnd:
      case Formula::Op::kOr:
        if (depth < 2) return false;
        --depth;
        break;
    }
  }
  return formula.terms.empty() ? formula.atoms.empty() : depth == 1;
}

bool IsRequirement(const Requirement& requirement) {
  if (requirement.require.size() > kMaxSkillsPerAgent) return false;
  for (const SkillMinimum& minimum : requirement.require) {
    if (!IsName(minimum.skill) || !IsWithin(minimum.at_least, 1, kMaxProficiency)) return false;
  }
  const auto before = [](const SkillMinimum& a, const SkillMinimum& b) {
    return a.skill < b.skill;
  };
  if (!std::is_sorted(requirement.require.begin(), requirement.require.end(), before)) return false;
  for (std::size_t i = 1; i < requirement.require.size(); ++i) {
    if (requirement.require[i].skill == requirement.require[i - 1].skill) return false;
  }
  for (const Atom& atom : requirement.who.atoms) {
    if (!IsName(atom.name)) return false;
    if (atom.kind == Atom::Kind::kSkillAtLeast && !IsWithin(atom.at_least, 1, kMaxProficiency)) {
      return false;
    }
  }
  return IsFormula(requirement.who);
}

bool IsDestination(const Destination& to) {
  return to.queue.empty() != to.treatment.empty() && to.queue.size() <= kMaxNameBytes &&
         to.treatment.size() <= kMaxNameBytes &&
         (!to.requirement || IsRequirement(*to.requirement)) && IsChange(to.priority);
}

bool IsRank(const std::optional<std::int64_t>& rank) {
  return !rank || IsWithin(*rank, -kMaxRank, kMaxRank);
}

bool IsRanks(const std::optional<RankChange>& change) {
  return !change ||
         (IsRank(change->low) && IsRank(change->high) && IsWithin(change->raise, 0, kMaxRank));
}

bool ArePreferences(const std::vector<Preference>& prefer) {
  if (prefer.size() > kMaxPreferences) return false;
  for (std::size_t i = 0; i < prefer.size(); ++i) {
    if (!IsName(prefer[i].name) || !IsWithin(prefer[i].weight, 0, kMaxPreferWeight)) return false;
    for (std::size_t j = 0; j < i; ++j) {
      if (prefer[i].name == prefer[j].name) return false;
    }
  }
  return true;
}

Result CheckSteps(const std::vector<Step>& steps) {
  if (steps.size() > kMaxSteps) return Invalid("plan.steps");
  DurationNs earliest = 0;
  for (const Step& step : steps) {
    if (!IsName(step.id)) return Invalid("plan.steps.id");
    if (!IsDuration(step.after) || step.after < earliest) return Invalid("plan.steps.after");
    earliest = step.after;
    if (step.requirement && !IsRequirement(*step.requirement)) return Invalid("plan.steps.require");
    if (!IsChange(step.priority)) return Invalid("plan.steps.priority");
    if (step.queue.size() > kMaxNameBytes) return Invalid("plan.steps.queue");
    if (!IsRanks(step.ranks)) return Invalid("plan.steps.ranks");
    if (!IsRank(step.lift)) return Invalid("plan.steps.lift");
    if (step.prefer && !ArePreferences(*step.prefer)) return Invalid("plan.steps.prefer");
  }
  return {};
}

bool IsRequest(const AgentRequest& request) {
  return request.agent.size() <= kMaxIdBytes && (!request.lasts || IsDuration(*request.lasts));
}

Result CheckPlan(const Plan& plan) {
  if (!IsName(plan.queue)) return Invalid("plan.queue");
  if (!plan.treatment.empty()) return Invalid("plan.treatment");
  if (!IsRequirement(plan.requirement)) return Invalid("plan.require");
  if (!IsPriority(plan.priority)) return Invalid("plan.priority");
  if (!IsRank(plan.ranks.low) || !IsRank(plan.ranks.high)) return Invalid("plan.ranks");
  if (!IsRank(plan.lift)) return Invalid("plan.lift");
  if (!ArePreferences(plan.prefer)) return Invalid("plan.prefer");
  if (Result result = CheckSteps(plan.steps); !result.ok()) return result;
  if (plan.overflow.size() > kMaxOverflows) return Invalid("plan.overflow");
  for (const Overflow& overflow : plan.overflow) {
    if (!IsName(overflow.id)) return Invalid("plan.overflow.id");
    if (!IsDuration(overflow.after)) return Invalid("plan.overflow.after");
    if (!IsDestination(overflow.to)) return Invalid("plan.overflow.to");
  }
  if (!IsRequest(plan.requested)) return Invalid("plan.requested_agent");
  if (plan.wait_limit && !IsDuration(plan.wait_limit->after)) return Invalid("plan.wait_limit");
  if (plan.wait_limit && plan.wait_limit->treatment.size() > kMaxNameBytes) {
    return Invalid("plan.wait_limit.treatment");
  }
  return {};
}

bool IsCapacity(const Capacity& capacity) {
  if (capacity.total && !IsWithin(*capacity.total, 0, kMaxCapacity)) return false;
  if (capacity.channels.size() > kMaxChannels) return false;
  for (std::size_t i = 0; i < capacity.channels.size(); ++i) {
    const ChannelCapacity& channel = capacity.channels[i];
    if (!IsName(channel.channel) || !IsWithin(channel.max, 0, kMaxCapacity) ||
        !IsWithin(channel.cost, 0, kMaxCapacity) ||
        channel.interruptible_by.size() > kMaxChannels) {
      return false;
    }
    if (i > 0 && capacity.channels[i - 1].channel >= channel.channel) return false;
  }
  return !capacity.one_of_any || (capacity.channels.empty() && !capacity.total);
}

bool AreSkills(const std::vector<SkillLevel>& skills) {
  if (skills.size() > kMaxSkillsPerAgent) return false;
  for (std::size_t i = 0; i < skills.size(); ++i) {
    if (!IsName(skills[i].skill) || !IsWithin(skills[i].proficiency, 1, kMaxProficiency)) {
      return false;
    }
    if (i > 0 && skills[i - 1].skill >= skills[i].skill) return false;
  }
  return true;
}

bool AreCaps(const std::vector<Cap>& caps) {
  if (caps.size() > kMaxCaps) return false;
  for (std::size_t i = 0; i < caps.size(); ++i) {
    if (!IsName(caps[i].name) || !IsWithin(caps[i].most, 0, kMaxCapacity)) return false;
    if (i > 0 && caps[i - 1].name >= caps[i].name) return false;
  }
  return true;
}

bool AreQueues(const std::vector<AgentQueue>& queues) {
  if (queues.size() > kMaxQueuesPerAgent) return false;
  for (std::size_t i = 0; i < queues.size(); ++i) {
    const AgentQueue& served = queues[i];
    if (!IsName(served.queue) || !IsWithin(served.order, 0, kMaxQueueOrder) ||
        !IsDuration(served.delay) || !IsRank(served.rank)) {
      return false;
    }
    if (i > 0 && queues[i - 1].queue >= served.queue) return false;
  }
  return true;
}

bool IsPace(const Pace& pace) {
  return IsWithin(pace.contacts, 0, kMaxCapacity) && IsDuration(pace.per) &&
         (pace.per > 0) == (pace.contacts > 0);
}

bool IsOutsideWork(const OutsideWork& outside) {
  const std::vector<ChannelCount>& counts = outside.channels;
  if (counts.size() > kMaxChannels) return false;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (!IsName(counts[i].channel) || !IsWithin(counts[i].contacts, 0, kMaxCapacity)) return false;
    if (i > 0 && counts[i - 1].channel >= counts[i].channel) return false;
  }
  return true;
}

Result CheckBounds(const AgentUpdate& update) {
  const auto& cap = update.handling_cap;
  if (cap && (!AreCaps(cap->labels) || !AreCaps(cap->queues)))
    return Invalid("agents.handling_cap");
  if (update.pace && !IsPace(*update.pace)) return Invalid("agents.pace");
  if (update.outside && !IsOutsideWork(*update.outside)) return Invalid("agents.outside");
  return {};
}

}  // namespace

bool AreLabels(const std::vector<std::string>& labels) {
  if (labels.size() > kMaxLabels) return false;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!IsName(labels[i]) || (i > 0 && labels[i - 1] >= labels[i])) return false;
  }
  return true;
}

Result CheckForm(const SubmitContact& command, TimeNs now) {
  if (!IsId(command.contact)) return Invalid("contact");
  if (!IsName(command.channel)) return Invalid("channel");
  if (!AreAttributes(command.attributes)) return Invalid("attributes");
  if (!AreAttributes(command.unstored) || HaveCommon(command.attributes, command.unstored)) {
    return Invalid("attributes");
  }
  if (command.location.size() > kMaxNameBytes) return Invalid("location");
  if (command.not_before && !IsWithin(*command.not_before, 1, kLatestTime)) {
    return Invalid("not_before");
  }
  if (command.virtual_arrival && !IsWithin(*command.virtual_arrival, 1, now)) {
    return Invalid("virtual_arrival");
  }
  if (command.priority && !IsPriority(*command.priority)) return Invalid("priority");
  if (!AreLabels(command.labels)) return Invalid("labels");
  if (!IsRequest(command.requested)) return Invalid("requested_agent");
  if (command.resume && !IsId(command.resume->key)) return Invalid("resume.key");
  if (command.resume && !IsDuration(command.resume->within)) return Invalid("resume.within");
  return command.plan ? CheckPlan(*command.plan) : Result{};
}

Result CheckForm(const UpdateContact& command, TimeNs now) {
  if (!IsId(command.contact)) return Invalid("contact");
  if (!AreAttributes(command.attributes)) return Invalid("attributes");
  if (command.priority && !IsPriority(*command.priority)) return Invalid("priority");
  if (command.virtual_arrival &&
      (command.priority || !IsWithin(*command.virtual_arrival, 1, now))) {
    return Invalid("virtual_arrival");
  }
  if (command.requirement && !IsRequirement(*command.requirement)) return Invalid("require");
  if (command.requirement && command.replan) return Invalid("replan");
  if (command.labels && !AreLabels(*command.labels)) return Invalid("labels");
  return {};
}

Result CheckForm(const CancelContact& command) {
  return IsId(command.contact) ? Result{} : Invalid("contact");
}

Result CheckForm(const AgentUpdate& update) {
  if (!IsId(update.agent)) return Invalid("agents.agent");
  if (update.skills && !AreSkills(*update.skills)) return Invalid("agents.skills");
  if (update.team && update.team->size() > kMaxNameBytes) return Invalid("agents.team");
  if (update.location && update.location->size() > kMaxNameBytes) return Invalid("agents.location");
  if (update.attributes && !AreAttributes(*update.attributes)) return Invalid("agents.attributes");
  if (!IsRank(update.rank)) return Invalid("agents.rank");
  if (update.weight && !IsWithin(*update.weight, 1, kMaxWeight)) return Invalid("agents.weight");
  if (update.queues && !AreQueues(*update.queues)) return Invalid("agents.queues");
  if (update.capacity && !IsCapacity(*update.capacity)) return Invalid("agents.capacity");
  if (update.wrap_up && !IsDuration(*update.wrap_up)) return Invalid("agents.wrap_up");
  if (update.reason.size() > kMaxNameBytes) return Invalid("agents.reason");
  if (update.lease && !IsDuration(*update.lease)) return Invalid("agents.lease");
  if (update.pending && (!update.state || *update.state == AgentState::kReady)) {
    return Invalid("agents.pending");
  }
  return CheckBounds(update);
}

Result CheckForm(const SetAgentState& command) {
  if (!IsId(command.agent)) return Invalid("agent");
  if (command.reason.size() > kMaxNameBytes) return Invalid("reason");
  if (command.lease && !IsDuration(*command.lease)) return Invalid("lease");
  if (command.pending && (command.force || command.state == AgentState::kReady)) {
    return Invalid("pending");
  }
  return {};
}

Result CheckForm(const RemoveAgent& command) {
  return IsId(command.agent) ? Result{} : Invalid("agent");
}

Result CheckForm(const RenewLease& command) {
  if (command.agent.empty() && command.contact.empty()) return Invalid("agent");
  return CheckPair(command.contact, command.agent, true, true);
}

Result CheckForm(const TransferContact& command) {
  if (!IsId(command.contact)) return Invalid("contact");
  if (command.queue.empty() == command.agent.empty()) return Invalid("to");
  if (command.queue.size() > kMaxNameBytes) return Invalid("to.queue");
  if (command.agent.size() > kMaxIdBytes) return Invalid("to.agent");
  if (command.requirement && !IsRequirement(*command.requirement)) return Invalid("require");
  return IsChange(command.priority) ? Result{} : Invalid("priority");
}

Result CheckForm(const EraseContactData& command) {
  return IsId(command.contact) ? Result{} : Invalid("contact");
}

Result CheckForm(const SetQueueOpen& command) {
  return IsName(command.queue) ? Result{} : Invalid("queue");
}

Result CheckForm(const MoveContacts& command) {
  if (!IsName(command.from)) return Invalid("from");
  return IsName(command.to) && command.to != command.from ? Result{} : Invalid("to");
}

Result CheckPair(const std::string& contact, const std::string& agent, bool contact_optional,
                 bool agent_optional) {
  if (!IsId(contact) && !(contact_optional && contact.empty())) return Invalid("contact");
  if (!IsId(agent) && !(agent_optional && agent.empty())) return Invalid("agent");
  return {};
}

bool IsWellFormed(const Requirement& requirement) { return IsRequirement(requirement); }
bool IsWellFormed(const Plan& plan) { return CheckPlan(plan).ok(); }

}  // namespace strowger::routing
