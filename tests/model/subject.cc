#include "tests/model/subject.h"

#include <utility>

#include "routing/router.h"
#include "tests/model/naive_router.h"

namespace strowger::model {
namespace {

class RouterSubject : public Subject {
 public:
  RouterSubject(const routing::Limits& limits, std::shared_ptr<const routing::RuleSet> rule_set)
      : router_(limits, std::move(rule_set)) {}

  routing::Result Apply(const routing::Command& command, routing::EventBuffer& events) override {
    return router_.Apply(command, events);
  }
  routing::TimeNs next_deadline() const override { return router_.next_deadline(); }
  routing::CanonicalState Canonical() const override { return router_.Canonical(); }
  routing::StateHash Hash() const override { return router_.Hash(); }
  void CheckInvariants() const override { router_.CheckInvariants(); }

 private:
  routing::Router router_;
};

class NaiveSubject : public Subject {
 public:
  NaiveSubject(const routing::Limits& limits, std::shared_ptr<const routing::RuleSet> rule_set)
      : router_(limits, std::move(rule_set)) {}

  routing::Result Apply(const routing::Command& command, routing::EventBuffer& events) override {
    return router_.Apply(command, events);
  }
  routing::TimeNs next_deadline() const override { return router_.next_deadline(); }
  routing::CanonicalState Canonical() const override { return router_.Canonical(); }
  routing::StateHash Hash() const override { return routing::Hash(router_.Canonical()); }
  void CheckInvariants() const override {}

 private:
  NaiveRouter router_;
};

}  // namespace

std::unique_ptr<Subject> MakeRouterSubject(const routing::Limits& limits,
                                           std::shared_ptr<const routing::RuleSet> rule_set) {
  return std::make_unique<RouterSubject>(limits, std::move(rule_set));
}

std::unique_ptr<Subject> MakeNaiveSubject(const routing::Limits& limits,
                                          std::shared_ptr<const routing::RuleSet> rule_set) {
  return std::make_unique<NaiveSubject>(limits, std::move(rule_set));
}

}  // namespace strowger::model
