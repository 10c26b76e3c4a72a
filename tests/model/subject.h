// What is compared with the naive twin: the router, or a router that a test has spoilt.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "routing/canonical.h"
#include "routing/command.h"
#include "routing/event.h"
#include "routing/explanation.h"
#include "routing/limits.h"
#include "routing/outcome.h"
#include "routing/router.h"
#include "routing/rule_set.h"
#include "routing/time.h"

namespace strowger::model {

// Why a contact waits.
struct WaitAnswer {
  routing::WaitCode code = routing::WaitCode::kNone;
  std::uint64_t eligible = 0;  // agents whom nothing keeps from it
};

class Subject {
 public:
  virtual ~Subject() = default;
  virtual routing::Result Apply(const routing::Command& command, routing::EventBuffer& events) = 0;
  virtual routing::TimeNs next_deadline() const = 0;
  virtual routing::CanonicalState Canonical() const = 0;
  virtual routing::StateHash Hash() const = 0;
  virtual routing::ArrivalPrediction Predict(const routing::SubmitContact& command) = 0;
  virtual WaitAnswer WhyWaiting(const std::string& contact) const = 0;
  // Ends the process when a structure disagrees with itself.
  virtual void CheckInvariants() const = 0;
};

using SubjectFactory = std::function<std::unique_ptr<Subject>(
    const routing::Limits&, std::shared_ptr<const routing::RuleSet>)>;

// A router is replaced by what its checkpoint gives once in so many commands; saving and loading
// cost more than the commands do.
inline constexpr std::uint64_t kReloadOneIn = 50;
SubjectFactory RouterSubjects(std::uint64_t reload_one_in);
std::unique_ptr<Subject> MakeRouterSubject(const routing::Limits& limits,
                                           std::shared_ptr<const routing::RuleSet> rule_set);
std::unique_ptr<Subject> MakeNaiveSubject(const routing::Limits& limits,
                                          std::shared_ptr<const routing::RuleSet> rule_set);

}  // namespace strowger::model
