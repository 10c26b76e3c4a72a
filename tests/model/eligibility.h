// Who may serve whom, as pure functions of requirement, agent data and work in hand.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "routing/command.h"
#include "routing/plan.h"

namespace strowger::model {

// The side of an agent that a requirement asks about.
struct AgentTraits {
  std::string_view id;
  const std::map<std::string, std::int64_t>& skills;
  std::string_view team;
  std::string_view location;
  const std::map<std::string, routing::AttributeValue>& attributes;
};

bool Satisfies(const routing::Requirement& requirement, const AgentTraits& agent);

// `in_hand`: the channels of all contacts that use capacity, outside work included.
bool Fits(const routing::Capacity& capacity, const std::vector<std::string>& in_hand,
          std::string_view channel);

// One more contact of some channel fits.
bool FitsAny(const routing::Capacity& capacity, const std::vector<std::string>& in_hand);

// One contact that uses an agent's capacity.
struct Held {
  std::string channel;
  std::string queue;
  std::vector<std::string> labels;
};

// The caps let one more contact of the queue with these labels be held.
bool IsUnderCaps(const routing::HandlingCap& caps, const std::vector<Held>& held,
                 const std::string& queue, const std::vector<std::string>& labels);

// The channels of what is held and of outside work.
std::vector<std::string> ChannelsOf(const std::vector<Held>& held,
                                    const routing::OutsideWork& outside);

}  // namespace strowger::model
