#include "tests/model/subject.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "routing/checkpoint.h"
#include "routing/router.h"
#include "tests/model/naive_router.h"
#include "tests/model/seen_rules.h"

namespace strowger::model {
namespace {

// A router that is now and then replaced by what its checkpoint gives: at commands that depend on
// their sequences alone, so that a shorter list of commands still meets them.
class RouterSubject : public Subject {
 public:
  RouterSubject(const routing::Limits& limits, std::shared_ptr<const routing::RuleSet> rule_set,
                std::uint64_t reload_one_in)
      : router_(std::make_unique<routing::Router>(limits, rule_set)),
        reload_one_in_(reload_one_in) {
    seen_.See(std::move(rule_set));
  }

  routing::Result Apply(const routing::Command& command, routing::EventBuffer& events) override {
    if ((command.sequence * 0x9e3779b97f4a7c15 >> 32) % reload_one_in_ == 0) Reload();
    seen_.See(command);
    return router_->Apply(command, events);
  }
  routing::TimeNs next_deadline() const override { return router_->next_deadline(); }
  routing::CanonicalState Canonical() const override { return router_->Canonical(); }
  routing::StateHash Hash() const override { return router_->Hash(); }
  routing::ArrivalPrediction Predict(const routing::SubmitContact& command) override {
    const bool looks = ++predictions_ % kSaveOneIn == 0;
    const std::string before = looks ? Save(*router_) : std::string();
    routing::ArrivalPrediction predicted = router_->Predict(command);
    if (looks && Save(*router_) != before) Stop("a prediction has left something behind");
    return predicted;
  }
  WaitAnswer WhyWaiting(const std::string& contact) const override {
    const auto view = router_->WhyWaiting(contact);
    if (!view.has_value()) return {};
    return {view->code, view->agents[static_cast<int>(routing::Obstacle::kNone)]};
  }
  void CheckInvariants() const override { router_->CheckInvariants(); }

 private:
  static constexpr std::uint64_t kSaveOneIn = 16;

  static std::string Save(const routing::Router& router) {
    std::string bytes;
    router.Save([&bytes](std::string_view piece) { bytes.append(piece); });
    return bytes;
  }

  // What the copy lacks or has too much shows in what it would save; what both leave out shows in
  // what it does from here on.
  void Reload() {
    const std::string bytes = Save(*router_);
    routing::LoadedRouter loaded = routing::Router::Load(bytes, seen_);
    if (loaded.router == nullptr) Stop(loaded.error);
    if (loaded.router->Hash() != router_->Hash()) Stop("another state hash than was saved");
    const std::string again = Save(*loaded.router);
    const auto parted = std::mismatch(bytes.begin(), bytes.end(), again.begin(), again.end());
    if (again != bytes) {
      Stop("saved again it differs from byte " + std::to_string(parted.first - bytes.begin()));
    }
    router_ = std::move(loaded.router);
  }

  [[noreturn]] static void Stop(const std::string& why) {
    std::fprintf(stderr, "the state cannot be relied on: %s\n", why.c_str());
    std::abort();
  }

  SeenRules seen_;
  std::unique_ptr<routing::Router> router_;
  const std::uint64_t reload_one_in_;
  std::uint64_t predictions_ = 0;
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
  routing::ArrivalPrediction Predict(const routing::SubmitContact& command) override {
    return router_.Predict(command);
  }
  WaitAnswer WhyWaiting(const std::string& contact) const override {
    return {router_.WaitCodeOf(contact), router_.EligibleFor(contact)};
  }
  void CheckInvariants() const override {}

 private:
  NaiveRouter router_;
};

}  // namespace

SubjectFactory RouterSubjects(std::uint64_t reload_one_in) {
  return [reload_one_in](const routing::Limits& limits,
                         std::shared_ptr<const routing::RuleSet> rule_set) {
    return std::make_unique<RouterSubject>(limits, std::move(rule_set), reload_one_in);
  };
}

std::unique_ptr<Subject> MakeRouterSubject(const routing::Limits& limits,
                                           std::shared_ptr<const routing::RuleSet> rule_set) {
  return std::make_unique<RouterSubject>(limits, std::move(rule_set), kReloadOneIn);
}

std::unique_ptr<Subject> MakeNaiveSubject(const routing::Limits& limits,
                                          std::shared_ptr<const routing::RuleSet> rule_set) {
  return std::make_unique<NaiveSubject>(limits, std::move(rule_set));
}

}  // namespace strowger::model
