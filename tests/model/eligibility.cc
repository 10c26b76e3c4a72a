#include "tests/model/eligibility.h"

#include <algorithm>

namespace strowger::model {
namespace {

using routing::Atom;
using routing::Capacity;
using routing::ChannelCapacity;
using routing::Formula;

bool HasSkill(const AgentTraits& agent, const std::string& skill, std::int64_t at_least) {
  const auto found = agent.skills.find(skill);
  return found != agent.skills.end() && found->second >= at_least;
}

bool Holds(const Atom& atom, const AgentTraits& agent) {
  switch (atom.kind) {
    case Atom::Kind::kSkillAtLeast:
      return HasSkill(agent, atom.name, atom.at_least);
    case Atom::Kind::kTeam:
      return agent.team == atom.name;
    case Atom::Kind::kLocation:
      return agent.location == atom.name;
    case Atom::Kind::kAgentId:
      return agent.id == atom.name;
    case Atom::Kind::kAttribute: {
      const auto found = agent.attributes.find(atom.name);
      return found != agent.attributes.end() && found->second == atom.value;
    }
  }
  return false;
}

bool Holds(const Formula& formula, const AgentTraits& agent) {
  std::vector<bool> stack;
  const auto pop = [&stack] {
    const bool top = stack.back();
    stack.pop_back();
    return top;
  };
  for (const Formula::Term& term : formula.terms) {
    switch (term.op) {
      case Formula::Op::kAtom:
        stack.push_back(Holds(formula.atoms[term.atom], agent));
        break;
      case Formula::Op::kTrue:
        stack.push_back(true);
        break;
      case Formula::Op::kFalse:
        stack.push_back(false);
        break;
      case Formula::Op::kNot:
        stack.push_back(!pop());
        break;
      case Formula::Op::kAnd:
      case Formula::Op::kOr: {
        const bool right = pop();
        const bool left = pop();
        stack.push_back(term.op == Formula::Op::kAnd ? left && right : left || right);
        break;
      }
    }
  }
  return stack.empty() || stack.back();
}

const ChannelCapacity* FindChannel(const Capacity& capacity, std::string_view channel) {
  for (const ChannelCapacity& entry : capacity.channels) {
    if (entry.channel == channel) return &entry;
  }
  return nullptr;
}

bool InterruptibleBy(const ChannelCapacity& held, std::string_view channel) {
  return std::find(held.interruptible_by.begin(), held.interruptible_by.end(), channel) !=
         held.interruptible_by.end();
}

}  // namespace

bool Satisfies(const routing::Requirement& requirement, const AgentTraits& agent) {
  for (const routing::SkillMinimum& minimum : requirement.require) {
    if (!HasSkill(agent, minimum.skill, minimum.at_least)) return false;
  }
  return Holds(requirement.who, agent);
}

bool Fits(const Capacity& capacity, const std::vector<std::string>& in_hand,
          std::string_view channel) {
  if (capacity.one_of_any) return in_hand.empty();
  const ChannelCapacity* own = FindChannel(capacity, channel);
  if (own == nullptr) return false;
  if (std::count(in_hand.begin(), in_hand.end(), channel) >= own->max) return false;
  if (!capacity.total.has_value()) return true;
  std::int64_t used = own->cost;
  for (const std::string& held : in_hand) {
    const ChannelCapacity* entry = FindChannel(capacity, held);
    if (entry != nullptr && !InterruptibleBy(*entry, channel)) used += entry->cost;
  }
  return used <= *capacity.total;
}

bool IsUnderCaps(const routing::HandlingCap& caps, const std::vector<Held>& held,
                 const std::string& queue, const std::vector<std::string>& labels) {
  const auto has = [](const std::vector<std::string>& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  for (const routing::Cap& cap : caps.labels) {
    const auto count = std::count_if(held.begin(), held.end(),
                                     [&](const Held& one) { return has(one.labels, cap.name); });
    if (has(labels, cap.name) && count >= cap.most) return false;
  }
  for (const routing::Cap& cap : caps.queues) {
    const auto count = std::count_if(held.begin(), held.end(),
                                     [&](const Held& one) { return one.queue == cap.name; });
    if (queue == cap.name && count >= cap.most) return false;
  }
  return true;
}

std::vector<std::string> ChannelsOf(const std::vector<Held>& held,
                                    const routing::OutsideWork& outside) {
  std::vector<std::string> channels;
  for (const Held& one : held) channels.push_back(one.channel);
  for (const routing::ChannelCount& count : outside.channels) {
    channels.insert(channels.end(), static_cast<std::size_t>(count.contacts), count.channel);
  }
  return channels;
}

bool FitsAny(const Capacity& capacity, const std::vector<std::string>& in_hand) {
  if (capacity.one_of_any) return in_hand.empty();
  return std::any_of(
      capacity.channels.begin(), capacity.channels.end(),
      [&](const ChannelCapacity& entry) { return Fits(capacity, in_hand, entry.channel); });
}

}  // namespace strowger::model
