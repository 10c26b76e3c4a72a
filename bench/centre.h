// A contact centre for the benches of the core: agents with skills at random, plans by requirement,
// no rules to evaluate.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "routing/router.h"

namespace strowger::bench {

struct CentreShape {
  int agents = 1000;
  // Each agent has each of 64 skills at a level of 1..10, one time in `skill_every`.
  int skill_every = 8;
  // And the skill "share" with this probability, in thousandths.
  int share = 1000;
  routing::Strategy select = routing::Strategy::kLongestIdle;
  std::vector<routing::Requirement> requirements;  // one plan each
  bool aging = false;  // of half the plans: priority rises while a contact waits
};

// `count` distinct ones: a skill at a level; past 640 a second skill.
std::vector<routing::Requirement> RandomRequirements(int count);
// `count` of them, each one to three of 64 skills at levels of 1 to 3; few come twice.
std::vector<routing::Requirement> ManyRequirements(int count);
// Whoever has the skill "share".
std::vector<routing::Requirement> TheShare();

class Centre {
 public:
  // Agents 0, 10, 20, ... and 3, 13, 23, ... and 7, 17, 27, ... start out handling a contact when
  // `busy` is set; all others are ready.
  Centre(CentreShape shape, bool busy);

  // The events are those of this command alone.
  template <typename Body>
  const routing::EventBuffer& Apply(Body&& body) {
    command_.sequence = ++sequence_;
    command_.time = now_ += 1000;
    command_.body = std::forward<Body>(body);
    events_.clear();
    router_.Apply(command_, events_);
    return events_;
  }

  // A contact under one of the plans in turn, with five attributes if asked for. One that brings
  // its own plan: `Asking`.
  routing::SubmitContact Next(bool attributes = false);
  routing::SubmitContact Asking(const routing::Requirement& requirement);
  int agents() const { return static_cast<int>(shape_.agents); }
  static std::string AgentId(int number) { return "agent" + std::to_string(number); }
  const routing::Router& router() const { return router_; }

 private:
  void AddAgents(bool busy);

  CentreShape shape_;
  routing::Router router_;
  routing::Command command_;
  routing::EventBuffer events_;
  std::uint64_t sequence_ = 0;
  std::uint64_t number_ = 0;
  routing::TimeNs now_ = 1'000'000 * routing::kMinute;
};

}  // namespace strowger::bench
