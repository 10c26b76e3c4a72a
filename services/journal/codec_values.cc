#include "services/journal/codec_values.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "routing-core/rules/who.h"
#include "services/journal/who_text.h"

namespace strowger::journal {
namespace {

namespace api = ::strowger::v1;

absl::Status Unknown(const char* what) {
  return absl::FailedPreconditionError(std::string(what) + " that this version does not know");
}

// Floor, so that the nanoseconds are never negative.
std::int64_t WholeSeconds(std::int64_t ns) {
  const std::int64_t seconds = ns / routing::kSecond;
  return seconds * routing::kSecond > ns ? seconds - 1 : seconds;
}

}  // namespace

void Put(routing::TimeNs time, google::protobuf::Timestamp* to) {
  to->set_seconds(WholeSeconds(time));
  to->set_nanos(static_cast<std::int32_t>(time - to->seconds() * routing::kSecond));
}

void Put(routing::DurationNs duration, google::protobuf::Duration* to) {
  to->set_seconds(duration / routing::kSecond);
  to->set_nanos(static_cast<std::int32_t>(duration % routing::kSecond));
}

routing::TimeNs Get(const google::protobuf::Timestamp& from) {
  return from.seconds() * routing::kSecond + from.nanos();
}

routing::DurationNs Get(const google::protobuf::Duration& from) {
  return from.seconds() * routing::kSecond + from.nanos();
}

// ---- Attributes -----------------------------------------------------------------------------

void Put(const routing::Attribute& attribute, api::Attribute* to) {
  to->set_name(attribute.name);
  if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    to->set_string_value(*text);
  } else if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
    to->set_int_value(*integer);
  } else if (const auto* real = std::get_if<double>(&attribute.value)) {
    to->set_double_value(*real);
  } else if (const auto* truth = std::get_if<bool>(&attribute.value)) {
    to->set_bool_value(*truth);
  } else {
    const auto& list = std::get<std::vector<std::string>>(attribute.value);
    to->mutable_string_list_value()->mutable_values()->Assign(list.begin(), list.end());
  }
}

absl::Status Get(const api::Attribute& from, routing::Attribute& to) {
  to.name = from.name();
  if (from.has_string_value()) {
    to.value = from.string_value();
  } else if (from.has_int_value()) {
    to.value = std::int64_t{from.int_value()};
  } else if (from.has_double_value()) {
    to.value = from.double_value();
  } else if (from.has_bool_value()) {
    to.value = from.bool_value();
  } else if (from.has_string_list_value()) {
    const auto& values = from.string_list_value().values();
    to.value = std::vector<std::string>(values.begin(), values.end());
  } else {
    return Unknown("an attribute of a type");
  }
  return absl::OkStatus();
}

// ---- Priority and requirement ---------------------------------------------------------------

void Put(const routing::Priority& priority, api::Priority* to) {
  to->set_start(static_cast<std::int32_t>(priority.start));
  to->set_gain_per_minute(static_cast<std::uint32_t>(priority.gain_per_minute));
  if (priority.max) to->set_max(static_cast<std::int32_t>(*priority.max));
}

routing::Priority Get(const api::Priority& from) {
  routing::Priority priority;
  priority.start = from.start();
  priority.gain_per_minute = from.gain_per_minute();
  if (from.has_max()) priority.max = from.max();
  return priority;
}

void Put(const routing::Requirement& requirement, api::Requirement* to) {
  for (const routing::SkillMinimum& minimum : requirement.require) {
    api::SkillRequirement* const skill = to->add_skills();
    skill->set_skill(minimum.skill);
    skill->set_min_proficiency(static_cast<std::uint32_t>(minimum.at_least));
  }
  to->set_who(WhoText(requirement.who));
}

absl::Status Get(const api::Requirement& from, routing::Requirement& to) {
  for (const api::SkillRequirement& skill : from.skills()) {
    to.require.push_back(routing::SkillMinimum{skill.skill(), skill.min_proficiency()});
  }
  if (from.who().empty()) return absl::OkStatus();
  rules::WhoResult who = rules::CompileWho(from.who());
  if (!who.findings.empty()) return absl::DataLossError("cannot read " + from.who());
  to.who = std::move(who.formula);
  return absl::OkStatus();
}

// ---- Agents ---------------------------------------------------------------------------------

void Put(routing::AgentState state, api::AgentState* to) {
  switch (state) {
    case routing::AgentState::kOffline:
      *to = api::AGENT_STATE_OFFLINE;
      return;
    case routing::AgentState::kNotReady:
      *to = api::AGENT_STATE_NOT_READY;
      return;
    case routing::AgentState::kReady:
      *to = api::AGENT_STATE_READY;
      return;
  }
}

absl::Status Get(api::AgentState from, routing::AgentState& to) {
  switch (from) {
    case api::AGENT_STATE_OFFLINE:
      to = routing::AgentState::kOffline;
      return absl::OkStatus();
    case api::AGENT_STATE_NOT_READY:
      to = routing::AgentState::kNotReady;
      return absl::OkStatus();
    case api::AGENT_STATE_READY:
      to = routing::AgentState::kReady;
      return absl::OkStatus();
    default:
      return Unknown("an agent state");
  }
}

namespace {

absl::Status PutCapacity(const routing::Capacity& capacity, api::Capacity* to) {
  if (capacity.one_of_any) return absl::UnimplementedError("a capacity of one of any channel");
  if (capacity.total) to->set_total(static_cast<std::uint32_t>(*capacity.total));
  for (const routing::ChannelCapacity& channel : capacity.channels) {
    api::ChannelCapacity* const added = to->add_channels();
    added->set_channel(channel.channel);
    added->set_max(static_cast<std::uint32_t>(channel.max));
    added->set_cost(static_cast<std::uint32_t>(channel.cost));
    added->mutable_interruptible_by()->Assign(channel.interruptible_by.begin(),
                                              channel.interruptible_by.end());
  }
  return absl::OkStatus();
}

routing::Capacity GetCapacity(const api::Capacity& from) {
  routing::Capacity capacity;
  if (from.has_total()) capacity.total = from.total();
  for (const api::ChannelCapacity& channel : from.channels()) {
    routing::ChannelCapacity added;
    added.channel = channel.channel();
    added.max = channel.max();
    added.cost = channel.has_cost() ? channel.cost() : 1;
    added.interruptible_by.assign(channel.interruptible_by().begin(),
                                  channel.interruptible_by().end());
    capacity.channels.push_back(std::move(added));
  }
  return capacity;
}

void PutCaps(const std::vector<routing::Cap>& caps,
             google::protobuf::RepeatedPtrField<api::Cap>* to) {
  for (const routing::Cap& cap : caps) {
    api::Cap* const added = to->Add();
    added->set_name(cap.name);
    added->set_most(static_cast<std::uint32_t>(cap.most));
  }
}

std::vector<routing::Cap> GetCaps(const google::protobuf::RepeatedPtrField<api::Cap>& from) {
  std::vector<routing::Cap> caps;
  for (const api::Cap& cap : from) caps.push_back(routing::Cap{cap.name(), cap.most()});
  return caps;
}

void PutBounds(const routing::AgentUpdate& agent, api::Agent* to) {
  if (agent.handling_cap) {
    PutCaps(agent.handling_cap->labels, to->mutable_handling_cap()->mutable_labels());
    PutCaps(agent.handling_cap->queues, to->mutable_handling_cap()->mutable_queues());
  }
  if (agent.pace) {
    to->mutable_pace()->set_contacts(static_cast<std::uint32_t>(agent.pace->contacts));
    Put(agent.pace->per, to->mutable_pace()->mutable_per());
  }
  if (agent.outside) {
    to->mutable_outside()->set_resets_idle(agent.outside->resets_idle);
    for (const routing::ChannelCount& count : agent.outside->channels) {
      api::ChannelCount* const added = to->mutable_outside()->add_channels();
      added->set_channel(count.channel);
      added->set_contacts(static_cast<std::uint32_t>(count.contacts));
    }
  }
}

void GetBounds(const api::Agent& from, routing::AgentUpdate& to) {
  if (from.has_handling_cap()) {
    to.handling_cap = routing::HandlingCap{GetCaps(from.handling_cap().labels()),
                                           GetCaps(from.handling_cap().queues())};
  }
  if (from.has_pace()) to.pace = routing::Pace{from.pace().contacts(), Get(from.pace().per())};
  if (from.has_outside()) {
    to.outside.emplace().resets_idle = from.outside().resets_idle();
    for (const api::ChannelCount& count : from.outside().channels()) {
      to.outside->channels.push_back(routing::ChannelCount{count.channel(), count.contacts()});
    }
  }
}

}  // namespace

absl::Status Put(const routing::AgentUpdate& agent, api::Agent* to) {
  to->set_id(agent.agent);
  if (agent.skills) {
    api::SkillList* const skills = to->mutable_skills();
    for (const routing::SkillLevel& level : *agent.skills) {
      api::Skill* const skill = skills->add_skills();
      skill->set_skill(level.skill);
      skill->set_proficiency(static_cast<std::uint32_t>(level.proficiency));
    }
  }
  if (agent.team) to->set_team(*agent.team);
  if (agent.location) to->set_location(*agent.location);
  if (agent.attributes) {
    api::AttributeList* const attributes = to->mutable_attributes();
    for (const routing::Attribute& attribute : *agent.attributes) {
      Put(attribute, attributes->add_attributes());
    }
  }
  if (agent.rank) to->set_rank(static_cast<std::uint32_t>(*agent.rank));
  if (agent.queues) {
    (void)to->mutable_queues();
    for (const routing::AgentQueue& served : *agent.queues) {
      api::AgentQueue* const queue = to->mutable_queues()->add_queues();
      queue->set_queue(served.queue);
      queue->set_order(static_cast<std::uint32_t>(served.order));
      Put(served.delay, queue->mutable_delay());
      if (served.rank) queue->set_rank(static_cast<std::uint32_t>(*served.rank));
    }
  }
  if (agent.weight) to->set_weight(static_cast<std::uint32_t>(*agent.weight));
  if (agent.wrap_up) Put(*agent.wrap_up, to->mutable_wrap_up());
  if (agent.state) {
    api::AgentState state = api::AGENT_STATE_UNSPECIFIED;
    Put(*agent.state, &state);
    to->set_state(state);
  }
  to->set_reason(agent.reason);
  to->set_pending(agent.pending);
  PutBounds(agent, to);
  if (agent.lease) Put(*agent.lease, to->mutable_lease());
  return agent.capacity ? PutCapacity(*agent.capacity, to->mutable_capacity()) : absl::OkStatus();
}

absl::Status Get(const api::Agent& from, routing::AgentUpdate& to) {
  to.agent = from.id();
  if (from.has_skills()) {
    to.skills.emplace();
    for (const api::Skill& skill : from.skills().skills()) {
      to.skills->push_back(routing::SkillLevel{skill.skill(), skill.proficiency()});
    }
  }
  if (from.has_team()) to.team = from.team();
  if (from.has_location()) to.location = from.location();
  if (from.has_attributes()) {
    to.attributes.emplace();
    for (const api::Attribute& attribute : from.attributes().attributes()) {
      if (absl::Status status = Get(attribute, to.attributes->emplace_back()); !status.ok()) {
        return status;
      }
    }
  }
  if (from.has_rank()) to.rank = from.rank();
  if (from.has_queues()) {
    to.queues.emplace();
    for (const api::AgentQueue& served : from.queues().queues()) {
      routing::AgentQueue& queue = to.queues->emplace_back();
      queue.queue = served.queue();
      queue.order = served.order();
      queue.delay = Get(served.delay());
      if (served.has_rank()) queue.rank = served.rank();
    }
  }
  if (from.has_weight()) to.weight = from.weight();
  if (from.has_capacity()) to.capacity = GetCapacity(from.capacity());
  if (from.has_wrap_up()) to.wrap_up = Get(from.wrap_up());
  to.reason = from.reason();
  to.pending = from.pending();
  GetBounds(from, to);
  if (from.has_lease()) to.lease = Get(from.lease());
  if (from.state() == api::AGENT_STATE_UNSPECIFIED) return absl::OkStatus();
  return Get(from.state(), to.state.emplace());
}

}  // namespace strowger::journal
