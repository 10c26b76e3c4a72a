#include <algorithm>

#include "routing/limits.h"
#include "services/grpc/convert_commands.h"

namespace strowger::grpc_api {
namespace {

constexpr int kMaxAgents = 1'000;  // in one command
constexpr int kMaxSynced = 100'000;

void ConvertSkills(const v1::SkillList& from, Conversion& conversion,
                   std::vector<routing::SkillLevel>& to) {
  Violations& violations = conversion.violations;
  const Violations::Step list(violations, "skills");
  to.clear();
  LimitCount(from.skills_size(), routing::kMaxSkillsPerAgent, "skills", violations);
  if (static_cast<std::size_t>(from.skills_size()) > routing::kMaxSkillsPerAgent) return;
  for (int i = 0; i < from.skills_size(); ++i) {
    const Violations::Step item(violations, "skills", i);
    const v1::Skill& skill = from.skills(i);
    RequireName(skill.skill(), "skill", violations);
    RequireKnown(skill.skill(), conversion.vocabulary.skills, "skill", "skill", violations);
    RequireWithin(skill.proficiency(), 1, routing::kMaxProficiency, "proficiency", violations);
    to.push_back({skill.skill(), skill.proficiency()});
  }
  SortUnique(
      to, [](const routing::SkillLevel& item) { return item.skill; }, "skills", violations);
}

void ConvertChannel(const v1::ChannelCapacity& from, Conversion& conversion,
                    routing::ChannelCapacity& to) {
  Violations& violations = conversion.violations;
  const auto& channels = conversion.vocabulary.channels;
  RequireName(from.channel(), "channel", violations);
  RequireKnown(from.channel(), channels, "channel", "channel", violations);
  RequireWithin(from.max(), 0, routing::kMaxCapacity, "max", violations);
  RequireWithin(from.cost(), 0, routing::kMaxCapacity, "cost", violations);
  to.channel = from.channel();
  to.max = from.max();
  to.cost = from.has_cost() ? from.cost() : 1;
  LimitCount(from.interruptible_by_size(), routing::kMaxChannels, "interruptible_by", violations);
  if (static_cast<std::size_t>(from.interruptible_by_size()) > routing::kMaxChannels) return;
  to.interruptible_by.assign(from.interruptible_by().begin(), from.interruptible_by().end());
  for (int i = 0; i < from.interruptible_by_size(); ++i) {
    const Violations::Step step(violations, "interruptible_by", i);
    RequireName(from.interruptible_by(i), "", violations);
    RequireKnown(from.interruptible_by(i), channels, "channel", "", violations);
  }
  SortUnique(
      to.interruptible_by, [](const std::string& name) { return name; }, "interruptible_by",
      violations);
}

void ConvertCapacity(const v1::Capacity& from, Conversion& conversion, routing::Capacity& to) {
  Violations& violations = conversion.violations;
  const Violations::Step step(violations, "capacity");
  to = {};
  if (from.has_total()) {
    RequireWithin(from.total(), 0, routing::kMaxCapacity, "total", violations);
    to.total = from.total();
  }
  LimitCount(from.channels_size(), routing::kMaxChannels, "channels", violations);
  if (static_cast<std::size_t>(from.channels_size()) > routing::kMaxChannels) return;
  for (int i = 0; i < from.channels_size(); ++i) {
    const Violations::Step item(violations, "channels", i);
    to.channels.emplace_back();
    ConvertChannel(from.channels(i), conversion, to.channels.back());
  }
  SortUnique(
      to.channels, [](const routing::ChannelCapacity& item) { return item.channel; }, "channels",
      violations);
}

void ConvertCaps(const google::protobuf::RepeatedPtrField<v1::Cap>& from, const char* field,
                 Violations& violations, std::vector<routing::Cap>& to) {
  LimitCount(from.size(), routing::kMaxCaps, field, violations);
  if (static_cast<std::size_t>(from.size()) > routing::kMaxCaps) return;
  for (int i = 0; i < from.size(); ++i) {
    const Violations::Step item(violations, field, i);
    RequireName(from[i].name(), "name", violations);
    RequireWithin(from[i].most(), 0, routing::kMaxCapacity, "most", violations);
    to.push_back({from[i].name(), from[i].most()});
  }
  SortUnique(
      to, [](const routing::Cap& item) { return item.name; }, field, violations);
}

void ConvertPace(const v1::Pace& from, Violations& violations, routing::Pace& to) {
  const Violations::Step step(violations, "pace");
  to = {};
  RequireWithin(from.contacts(), 0, routing::kMaxCapacity, "contacts", violations);
  to.contacts = from.contacts();
  if (from.has_per()) to.per = ToDuration(from.per(), "per", violations).value_or(0);
  if (to.contacts > 0 && to.per == 0) violations.Add("per", "is required with contacts");
  if (to.contacts == 0) to.per = 0;
}

void ConvertOutside(const v1::OutsideWork& from, Conversion& conversion, routing::OutsideWork& to) {
  Violations& violations = conversion.violations;
  const Violations::Step step(violations, "outside");
  to = {};
  to.resets_idle = from.resets_idle();
  LimitCount(from.channels_size(), routing::kMaxChannels, "channels", violations);
  if (static_cast<std::size_t>(from.channels_size()) > routing::kMaxChannels) return;
  for (int i = 0; i < from.channels_size(); ++i) {
    const Violations::Step item(violations, "channels", i);
    const v1::ChannelCount& count = from.channels(i);
    RequireName(count.channel(), "channel", violations);
    RequireKnown(count.channel(), conversion.vocabulary.channels, "channel", "channel", violations);
    RequireWithin(count.contacts(), 0, routing::kMaxCapacity, "contacts", violations);
    to.channels.push_back({count.channel(), count.contacts()});
  }
  SortUnique(
      to.channels, [](const routing::ChannelCount& item) { return item.channel; }, "channels",
      violations);
}

void ConvertBounds(const v1::Agent& from, Conversion& conversion, routing::AgentUpdate& to) {
  if (from.has_handling_cap()) {
    const Violations::Step step(conversion.violations, "handling_cap");
    routing::HandlingCap& cap = to.handling_cap.emplace();
    ConvertCaps(from.handling_cap().labels(), "labels", conversion.violations, cap.labels);
    ConvertCaps(from.handling_cap().queues(), "queues", conversion.violations, cap.queues);
  }
  if (from.has_pace()) ConvertPace(from.pace(), conversion.violations, to.pace.emplace());
  if (from.has_outside()) ConvertOutside(from.outside(), conversion, to.outside.emplace());
}

void CheckPending(bool pending, int state, Violations& violations) {
  if (!pending || state == v1::AGENT_STATE_OFFLINE || state == v1::AGENT_STATE_NOT_READY) return;
  violations.Add("pending", "goes with the states offline and not ready only");
}

void ConvertQueue(const v1::AgentQueue& from, Violations& violations, routing::AgentQueue& to) {
  RequireName(from.queue(), "queue", violations);
  RequireWithin(from.order(), 0, routing::kMaxQueueOrder, "order", violations);
  to.queue = from.queue();
  to.order = from.order();
  if (from.has_delay()) to.delay = ToDuration(from.delay(), "delay", violations).value_or(0);
  if (!from.has_rank()) return;
  RequireWithin(from.rank(), 0, routing::kMaxRank, "rank", violations);
  to.rank = from.rank();
}

void ConvertQueues(const v1::AgentQueueList& from, Violations& violations,
                   std::vector<routing::AgentQueue>& to) {
  const Violations::Step list(violations, "queues");
  LimitCount(from.queues_size(), routing::kMaxQueuesPerAgent, "queues", violations);
  if (static_cast<std::size_t>(from.queues_size()) > routing::kMaxQueuesPerAgent) return;
  for (int i = 0; i < from.queues_size(); ++i) {
    const Violations::Step item(violations, "queues", i);
    to.emplace_back();
    ConvertQueue(from.queues(i), violations, to.back());
  }
  SortUnique(
      to, [](const routing::AgentQueue& item) { return item.queue; }, "queues", violations);
}

void ConvertState(int state, bool required, const std::string& reason, Violations& violations,
                  std::optional<routing::AgentState>& to) {
  to.reset();
  switch (state) {
    case v1::AGENT_STATE_UNSPECIFIED:
      if (required) violations.Add("state", "is required");
      break;
    case v1::AGENT_STATE_OFFLINE:
      to = routing::AgentState::kOffline;
      break;
    case v1::AGENT_STATE_NOT_READY:
      to = routing::AgentState::kNotReady;
      break;
    case v1::AGENT_STATE_READY:
      to = routing::AgentState::kReady;
      break;
    default:
      UnknownEnum(state, "state", violations);
  }
  AllowName(reason, "reason", violations);
  if (!reason.empty() && state != v1::AGENT_STATE_NOT_READY) {
    violations.Add("reason", "goes with the state not ready only");
  }
}

// A team or location: a name of the vocabulary, or empty to have none.
template <typename Names>
void ConvertPlace(const std::string& name, const std::optional<Names>& known, const char* field,
                  Violations& violations, std::optional<std::string>& to) {
  AllowName(name, field, violations);
  if (!name.empty()) RequireKnown(name, known, field, field, violations);
  to = name;
}

void Convert(const v1::Agent& from, Conversion& conversion, routing::AgentUpdate& to) {
  Violations& violations = conversion.violations;
  const rules::Vocabulary& vocabulary = conversion.vocabulary;
  to = {};
  RequireName(from.id(), "id", violations);
  to.agent = from.id();
  if (from.has_skills()) ConvertSkills(from.skills(), conversion, to.skills.emplace());
  if (from.has_team()) ConvertPlace(from.team(), vocabulary.teams, "team", violations, to.team);
  if (from.has_location()) {
    ConvertPlace(from.location(), vocabulary.locations, "location", violations, to.location);
  }
  if (from.has_attributes()) {
    const Violations::Step step(violations, "attributes");
    ConvertAttributes(from.attributes().attributes(), "attributes", Bearer::kAgent, conversion,
                      to.attributes.emplace());
  }
  if (from.has_rank()) {
    RequireWithin(from.rank(), 0, routing::kMaxRank, "rank", violations);
    to.rank = from.rank();
  }
  if (from.has_queues()) ConvertQueues(from.queues(), violations, to.queues.emplace());
  if (from.has_weight()) {
    RequireWithin(from.weight(), 1, routing::kMaxWeight, "weight", violations);
    to.weight = from.weight();
  }
  if (from.has_capacity()) ConvertCapacity(from.capacity(), conversion, to.capacity.emplace());
  if (from.has_wrap_up()) to.wrap_up = ToDuration(from.wrap_up(), "wrap_up", violations);
  ConvertState(from.state(), /*required=*/false, from.reason(), violations, to.state);
  to.reason = from.reason();
  to.pending = from.pending();
  CheckPending(from.pending(), from.state(), violations);
  if (from.has_lease()) to.lease = ToDuration(from.lease(), "lease", violations);
  ConvertBounds(from, conversion, to);
}

void ConvertAgents(const google::protobuf::RepeatedPtrField<v1::Agent>& from, int most,
                   Conversion& conversion, std::vector<routing::AgentUpdate>& to) {
  Violations& violations = conversion.violations;
  LimitCount(from.size(), static_cast<std::size_t>(most), "agents", violations);
  to.resize(static_cast<std::size_t>(std::min(from.size(), most)));
  for (std::size_t i = 0; i < to.size(); ++i) {
    const Violations::Step step(violations, "agents", static_cast<int>(i));
    Convert(from[static_cast<int>(i)], conversion, to[i]);
  }
}

}  // namespace

void Convert(const v1::UpsertAgents& from, Conversion& conversion, routing::UpsertAgents& to) {
  if (from.agents_size() == 0) conversion.violations.Add("agents", "at least one is required");
  ConvertAgents(from.agents(), kMaxAgents, conversion, to.agents);
}

void Convert(const v1::SyncAgents& from, Conversion& conversion, routing::SyncAgents& to) {
  ConvertAgents(from.agents(), kMaxSynced, conversion, to.agents);
}

void Convert(const v1::SetAgentState& from, Conversion& conversion, routing::SetAgentState& to) {
  Violations& violations = conversion.violations;
  RequireName(from.agent_id(), "agent_id", violations);
  to.agent = from.agent_id();
  std::optional<routing::AgentState> state;
  ConvertState(from.state(), /*required=*/true, from.reason(), violations, state);
  to.state = state.value_or(routing::AgentState::kOffline);
  to.reason = from.reason();
  to.force = from.force();
  to.pending = from.pending();
  CheckPending(from.pending(), from.state(), violations);
  if (from.pending() && from.force()) violations.Add("pending", "not together with force");
  to.lease.reset();
  if (from.has_lease()) to.lease = ToDuration(from.lease(), "lease", violations);
}

void Convert(const v1::RemoveAgent& from, Conversion& conversion, routing::RemoveAgent& to) {
  RequireName(from.agent_id(), "agent_id", conversion.violations);
  to.agent = from.agent_id();
  to.force = from.force();
}

}  // namespace strowger::grpc_api
