#include "services/rules/scenario_agent.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "routing-core/rules/reader.h"
#include "routing/limits.h"
#include "services/rules/scenario_values.h"

namespace strowger::rules {
namespace {

using routing::AgentUpdate;
using routing::Capacity;
using routing::ChannelCapacity;

constexpr std::string_view kKeys[] = {"id",     "skills",  "team",       "location", "attributes",
                                      "rank",   "queues",  "capacity",   "wrap_up",  "state",
                                      "reason", "pending", "lease",      "force",    "handling_cap",
                                      "pace",   "outside", "command_id", "weight"};
constexpr std::string_view kStates[] = {"offline", "not_ready", "ready"};

std::vector<routing::SkillLevel> ReadSkills(const Node& node, Report& report) {
  std::vector<routing::SkillLevel> skills;
  if (!node.is_mapping())
    report.Error(node, "skills with their proficiencies are wanted", "{billing: 5}");
  for (const auto& [name, level] : node.entries) {
    Report::Step step(report, name.scalar);
    if (const auto proficiency = ReadInteger(level, 1, routing::kMaxProficiency, report)) {
      skills.push_back({name.scalar, *proficiency});
    }
  }
  std::sort(skills.begin(), skills.end(),
            [](const auto& a, const auto& b) { return a.skill < b.skill; });
  return skills;
}

// A number, or {max, cost}.
ChannelCapacity ReadChannel(const std::string& name, const Node& node, Report& report) {
  constexpr std::string_view kChannelKeys[] = {"max", "cost"};
  ChannelCapacity channel;
  channel.channel = name;
  if (!node.is_mapping()) {
    channel.max = ReadInteger(node, 0, routing::kMaxCapacity, report).value_or(1);
    return channel;
  }
  const Fields fields(node, kChannelKeys, report);
  const auto number = [&fields, &report](std::string_view key) -> std::int64_t {
    const Node* value = fields.Find(key);
    if (value == nullptr) return 1;
    return ReadInteger(*value, 0, routing::kMaxCapacity, report).value_or(1);
  };
  channel.max = number("max");
  channel.cost = number("cost");
  return channel;
}

void ReadInterruptible(const Node& node, Capacity& capacity, Report& report) {
  if (!node.is_mapping()) {
    report.Error(node, "channels with the channels that may interrupt them are wanted",
                 "{email: [voice]}");
  }
  for (const auto& [name, by] : node.entries) {
    const std::string& interrupted = name.scalar;
    const auto found =
        std::find_if(capacity.channels.begin(), capacity.channels.end(),
                     [&](const ChannelCapacity& c) { return c.channel == interrupted; });
    if (found == capacity.channels.end()) {
      report.Error(name, absl::StrCat("'", interrupted, "' is not among the agent's channels"));
    } else if (auto channels = ReadStrings(by, report)) {
      std::sort(channels->begin(), channels->end());
      found->interruptible_by = *std::move(channels);
    }
  }
}

Capacity ReadCapacity(const Node& node, Report& report) {
  constexpr std::string_view kLongKeys[] = {"total", "channels", "interruptible"};
  Capacity capacity;
  const bool is_long =
      std::any_of(std::begin(kLongKeys), std::end(kLongKeys),
                  [&node](std::string_view key) { return node.Find(key) != nullptr; });
  const Node* channels = is_long ? node.Find("channels") : &node;
  if (channels == nullptr || !channels->is_mapping()) {
    report.Error(node, "channels with the contacts of each are wanted", "{voice: 1, chat: 3}");
    return capacity;
  }
  for (const auto& [name, channel] : channels->entries) {
    Report::Step step(report, name.scalar);
    capacity.channels.push_back(ReadChannel(name.scalar, channel, report));
  }
  std::sort(capacity.channels.begin(), capacity.channels.end(),
            [](const auto& a, const auto& b) { return a.channel < b.channel; });
  if (!is_long) return capacity;
  const Fields fields(node, kLongKeys, report);
  if (const Node* total = fields.Find("total")) {
    capacity.total = ReadInteger(*total, 0, routing::kMaxCapacity, report);
  }
  if (const Node* by = fields.Find("interruptible")) ReadInterruptible(*by, capacity, report);
  return capacity;
}

std::vector<routing::Attribute> ReadAttributes(const Node& node, const Vocabulary& vocabulary,
                                               Report& report) {
  std::vector<routing::Attribute> attributes;
  if (!node.is_mapping()) report.Error(node, "attributes with their values are wanted");
  for (const auto& [name, value] : node.entries) {
    Report::Step step(report, name.scalar);
    if (auto read = ReadAttribute(name.scalar, value, vocabulary.agent, report)) {
      attributes.push_back({name.scalar, *std::move(read)});
    }
  }
  return attributes;
}

std::vector<routing::Cap> ReadCaps(const Node& node, Report& report) {
  std::vector<routing::Cap> caps;
  if (!node.is_mapping()) report.Error(node, "names with their caps are wanted", "{blue: 2}");
  for (const auto& [name, most] : node.entries) {
    Report::Step step(report, name.scalar);
    if (const auto cap = ReadInteger(most, 0, routing::kMaxCapacity, report)) {
      caps.push_back({name.scalar, *cap});
    }
  }
  std::sort(caps.begin(), caps.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return caps;
}

routing::HandlingCap ReadHandlingCap(const Node& node, Report& report) {
  constexpr std::string_view kCapKeys[] = {"labels", "queues"};
  routing::HandlingCap cap;
  const Fields fields(node, kCapKeys, report);
  if (const Node* labels = fields.Find("labels")) cap.labels = ReadCaps(*labels, report);
  if (const Node* queues = fields.Find("queues")) cap.queues = ReadCaps(*queues, report);
  return cap;
}

routing::Pace ReadPace(const Node& node, Report& report) {
  constexpr std::string_view kPaceKeys[] = {"contacts", "per"};
  routing::Pace pace;
  const Fields fields(node, kPaceKeys, report);
  if (const Node* contacts = fields.Find("contacts")) {
    pace.contacts = ReadInteger(*contacts, 0, routing::kMaxCapacity, report).value_or(0);
  }
  if (const Node* per = fields.Find("per")) pace.per = ReadDuration(*per, report).value_or(0);
  if (pace.contacts > 0 && pace.per == 0) report.Error(node, "a pace needs a time", "per: 1h");
  if (pace.contacts == 0) pace.per = 0;
  return pace;
}

// `{voice: 1}`, with `resets_idle: true` among the channels.
routing::OutsideWork ReadOutside(const Node& node, Report& report) {
  routing::OutsideWork outside;
  if (!node.is_mapping()) report.Error(node, "channels with contacts are wanted", "{voice: 1}");
  for (const auto& [name, value] : node.entries) {
    Report::Step step(report, name.scalar);
    if (name.scalar == "resets_idle") {
      outside.resets_idle = ReadBool(value, report).value_or(false);
    } else if (const auto contacts = ReadInteger(value, 0, routing::kMaxCapacity, report)) {
      outside.channels.push_back({name.scalar, *contacts});
    }
  }
  std::sort(outside.channels.begin(), outside.channels.end(),
            [](const auto& a, const auto& b) { return a.channel < b.channel; });
  return outside;
}

void ReadBounds(const Fields& fields, AgentUpdate& agent, Report& report) {
  if (const Node* cap = fields.Find("handling_cap")) {
    agent.handling_cap = ReadHandlingCap(*cap, report);
  }
  if (const Node* pace = fields.Find("pace")) agent.pace = ReadPace(*pace, report);
  if (const Node* outside = fields.Find("outside")) agent.outside = ReadOutside(*outside, report);
}

std::vector<routing::AgentQueue> ReadQueues(const Node& node, Report& report) {
  constexpr std::string_view kQueueKeys[] = {"queue", "order", "delay", "rank"};
  std::vector<routing::AgentQueue> queues;
  if (!node.is_sequence()) {
    report.Error(node, "queues are wanted", "[{queue: sales, order: 1, delay: 30s, rank: 0}]");
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    Report::Step step(report, i);
    const Fields fields(node.items[i], kQueueKeys, report);
    routing::AgentQueue& served = queues.emplace_back();
    served.queue = ReadRequired(fields, "queue");
    if (const Node* order = fields.Find("order")) {
      served.order = ReadInteger(*order, 0, routing::kMaxQueueOrder, report).value_or(0);
    }
    if (const Node* delay = fields.Find("delay")) {
      served.delay = ReadDuration(*delay, report).value_or(0);
    }
    if (const Node* rank = fields.Find("rank")) {
      served.rank = ReadInteger(*rank, -routing::kMaxRank, routing::kMaxRank, report);
    }
  }
  std::sort(queues.begin(), queues.end(),
            [](const auto& a, const auto& b) { return a.queue < b.queue; });
  return queues;
}

void ReadState(const Fields& fields, AgentUpdate& agent, Report& report) {
  if (const Node* state = fields.Find("state")) {
    if (const auto place = ReadWord(*state, kStates, report)) {
      agent.state = static_cast<routing::AgentState>(*place);
    }
  }
  if (const Node* reason = fields.Find("reason")) {
    agent.reason = ReadString(*reason, report).value_or("");
  }
  if (const Node* pending = fields.Find("pending")) {
    agent.pending = ReadBool(*pending, report).value_or(false);
    if (agent.pending &&
        agent.state.value_or(routing::AgentState::kReady) == routing::AgentState::kReady) {
      report.Error(*pending, "only going not_ready or offline can wait");
    }
  }
  if (const Node* lease = fields.Find("lease")) agent.lease = ReadDuration(*lease, report);
}

}  // namespace

AgentUpdate ReadAgent(const Node& node, const Vocabulary& vocabulary, Report& report) {
  const Fields fields(node, kKeys, report);
  AgentUpdate agent;
  agent.agent = ReadRequired(fields, "id");
  if (const Node* skills = fields.Find("skills")) agent.skills = ReadSkills(*skills, report);
  if (const Node* team = fields.Find("team")) agent.team = ReadString(*team, report);
  if (const Node* place = fields.Find("location")) agent.location = ReadString(*place, report);
  if (const Node* own = fields.Find("attributes")) {
    agent.attributes = ReadAttributes(*own, vocabulary, report);
  }
  if (const Node* rank = fields.Find("rank")) {
    agent.rank = ReadInteger(*rank, -routing::kMaxRank, routing::kMaxRank, report);
  }
  if (const Node* weight = fields.Find("weight")) {
    agent.weight = ReadInteger(*weight, 1, routing::kMaxWeight, report);
  }
  if (const Node* queues = fields.Find("queues")) {
    Report::Step step(report, "queues");
    agent.queues = ReadQueues(*queues, report);
  }
  if (const Node* capacity = fields.Find("capacity")) {
    agent.capacity = ReadCapacity(*capacity, report);
  }
  if (const Node* wrap_up = fields.Find("wrap_up")) agent.wrap_up = ReadDuration(*wrap_up, report);
  ReadBounds(fields, agent, report);
  ReadState(fields, agent, report);
  return agent;
}

}  // namespace strowger::rules
