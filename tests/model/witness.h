// Watches a run from outside and holds it to the promises that need no twin: every contact reaches
// at most one end, is never with two agents, capacity holds when it is reserved, nobody waits for
// an agent who could take it, nobody is passed over by a later equal, counters are what events say.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "routing/command.h"
#include "routing/event.h"
#include "routing/outcome.h"
#include "tests/model/naive_router.h"

namespace strowger::model {

class Witness {
 public:
  // To be told before each command where the model stands, after it what came of it. The second
  // gives complaints, none when all is well.
  void Before(const NaiveRouter& model);
  std::vector<std::string> After(const routing::Command& command, const routing::Result& result,
                                 const routing::EventBuffer& events, const NaiveRouter& model);

 private:
  enum class Stage : std::uint8_t { kQueued, kOffered, kHandling, kEnded };
  enum class HoldKind : std::uint8_t { kReserved, kHandling, kWrapUp };

  struct Seen {
    Stage stage = Stage::kEnded;
    std::string channel;
    std::string agent;              // handled by
    std::set<std::string> offered;  // to whom
    Held held;                      // since it was assigned
  };
  struct Hold {
    std::string contact;
    Held what;
    HoldKind kind = HoldKind::kReserved;
    bool uses_capacity = true;
  };
  // What bounded an agent before the command.
  struct Bounds {
    routing::Capacity capacity;
    routing::OutsideWork outside;
    routing::HandlingCap caps;
  };
  // Assignments since the pace was last set.
  struct Paced {
    routing::Pace pace;
    std::uint64_t offers_before = 0;  // which a new pace does not take back
    std::vector<routing::TimeNs> assigned;
  };
  struct QueueCounts {
    std::uint64_t assigned = 0;
    std::uint64_t overflowed = 0;
    std::uint64_t ended[routing::kEndReasonCount] = {};
  };

  void See(const routing::Event& event, const NaiveRouter& model);
  void SeeOffered(const routing::Event& event, const NaiveRouter& model);
  void SeeAssigned(const routing::Event& event, const NaiveRouter& model);
  Held WhatIsHeld(const routing::Event& event, const NaiveRouter& model);
  void CheckBounds(const Held& held, const routing::Event& event, const NaiveRouter& model,
                   bool caps_bind);
  void CheckPace(const routing::Event& event, const NaiveRouter& model);
  void SeeEnded(const routing::Event& event);
  void SeeWrapUp(const routing::Event& event, const NaiveRouter& model);
  std::vector<Held> InHand(const std::string& agent);
  bool IsPaceUsedUp(const NaiveAgent& agent);
  bool LabelsAreKnown(const std::string& contact) const;
  void Release(const std::string& agent, const std::string& contact, HoldKind kind);
  void CheckFrame(const routing::Command& command, const routing::EventBuffer& events);
  void CheckOrder(const routing::Command& command, const routing::EventBuffer& events,
                  const NaiveRouter& model);
  void CheckWorkConservation(const NaiveRouter& model);
  void CheckState(const NaiveRouter& model);
  void Complain(const std::string& what) { complaints_.push_back(what); }

  std::map<std::string, Seen> contacts_;
  std::map<std::string, std::vector<Hold>> holds_;
  std::map<std::string, QueueCounts> queues_;
  std::uint64_t last_offer_ = 0;
  routing::TimeNs last_time_ = 0;
  std::vector<NaiveContact> queued_before_;
  std::map<std::string, Bounds> bounds_before_;
  std::map<std::string, Paced> paced_;
  const routing::Command* command_ = nullptr;
  std::vector<std::string> complaints_;
};

}  // namespace strowger::model
