#include "bench/centre.h"

#include <algorithm>
#include <random>
#include <stdexcept>

namespace strowger::bench {
namespace {

using routing::AgentState;
using routing::AgentUpdate;
using routing::Plan;
using routing::Requirement;
using routing::SkillLevel;

constexpr int kSkills = 64;
constexpr int kLevels = 10;

std::string SkillName(int number) { return "skill" + std::to_string(number); }

// The number in its id says under which plan a contact goes: no rule is evaluated.
class PlanByNumber final : public routing::RuleSet {
 public:
  explicit PlanByNumber(const CentreShape& shape) {
    settings_.name = "queue";
    settings_.select = shape.select;
    settings_.offer_timeout = routing::kLongestDuration;
    settings_.on_expire.not_ready_after = 0;
    if (shape.select == routing::Strategy::kAllocation) {
      const int given = std::min(shape.agents, static_cast<int>(routing::kMaxShares));
      for (int i = 0; i < given; ++i) settings_.shares.push_back({Centre::AgentId(i), 1 + i % 5});
    }
    for (const Requirement& requirement : shape.requirements) {
      auto plan = std::make_unique<Plan>();
      plan->queue = "queue";
      plan->requirement = requirement;
      if (shape.select == routing::Strategy::kScore) {
        plan->prefer = {{requirement.require.front().skill, 3'000'000}, {"idleness", 1'000'000}};
      }
      if (shape.aging && plans_.size() % 2 == 0) plan->priority.gain_per_minute = 1;
      list_.push_back(plan.get());
      plans_.push_back(std::move(plan));
    }
    anyone_.queue = "queue";
    list_.push_back(&anyone_);
  }

  std::string_view name() const override { return "bench"; }
  std::string_view hash() const override { return "bench"; }
  std::string_view text() const override { return {}; }
  absl::Span<const routing::QueueSettings> queues() const override { return {&settings_, 1}; }
  absl::Span<const Plan* const> plans() const override { return list_; }
  routing::Decision Classify(const routing::ContactFacts& contact, routing::TimeNs /*now*/,
                             const routing::FigureSource& /*figures*/) const override {
    if (contact.channel == "any") return {"rule", &anyone_};
    std::size_t number = 0;
    for (const char digit : contact.id.substr(1)) {
      number = number * 10 + static_cast<std::size_t>(digit - '0');
    }
    return {"rule", plans_[number % plans_.size()].get()};
  }

 private:
  routing::QueueSettings settings_;
  Plan anyone_;
  std::vector<std::unique_ptr<Plan>> plans_;
  std::vector<const Plan*> list_;
};

routing::Limits LimitsFor(const CentreShape& shape) {
  routing::Limits limits;
  limits.agents = static_cast<std::uint32_t>(shape.agents) + 1;
  limits.contacts = 2'000'000;
  limits.ended_contacts = 1000;
  return limits;
}

bool StartsBusy(int agent) { return agent % 10 == 0 || agent % 10 == 3 || agent % 10 == 7; }

}  // namespace

std::vector<Requirement> RandomRequirements(int count) {
  std::vector<Requirement> list;
  std::mt19937_64 random(1);
  for (int i = 0; i < count; ++i) {
    Requirement requirement;
    const int first = i * 7 % kSkills;
    requirement.require = {{SkillName(first), 1 + i / kSkills % kLevels}};
    if (i >= kSkills * kLevels) {
      const int second = (first + 1 + static_cast<int>(random() % (kSkills - 1))) % kSkills;
      requirement.require.push_back({SkillName(second), static_cast<int>(1 + random() % 3)});
      std::sort(requirement.require.begin(), requirement.require.end(),
                [](const auto& a, const auto& b) { return a.skill < b.skill; });
    }
    list.push_back(std::move(requirement));
  }
  return list;
}

std::vector<Requirement> ManyRequirements(int count) {
  std::vector<Requirement> list;
  std::mt19937_64 random(3);
  for (int i = 0; i < count; ++i) {
    Requirement requirement;
    const std::size_t skills = 1 + random() % 3;
    while (requirement.require.size() < skills) {
      const std::string skill = SkillName(static_cast<int>(random() % kSkills));
      const auto same = [&](const auto& other) { return other.skill == skill; };
      if (std::none_of(requirement.require.begin(), requirement.require.end(), same)) {
        requirement.require.push_back({skill, static_cast<std::int64_t>(1 + random() % 3)});
      }
    }
    std::sort(requirement.require.begin(), requirement.require.end(),
              [](const auto& a, const auto& b) { return a.skill < b.skill; });
    list.push_back(std::move(requirement));
  }
  return list;
}

std::vector<Requirement> TheShare() {
  Requirement requirement;
  requirement.require = {{"share", 1}};
  return {requirement};
}

Centre::Centre(CentreShape shape, bool busy)
    : shape_(std::move(shape)), router_(LimitsFor(shape_), std::make_shared<PlanByNumber>(shape_)) {
  events_.reserve(4096);
  AddAgents(busy);
}

void Centre::AddAgents(bool busy) {
  std::mt19937_64 random(2);
  for (int i = 0; i < shape_.agents; ++i) {
    routing::UpsertAgents upsert;
    AgentUpdate& update = upsert.agents.emplace_back();
    update.agent = AgentId(i);
    std::vector<SkillLevel> skills;
    for (int s = 0; s < kSkills; ++s) {
      if (random() % static_cast<std::uint64_t>(shape_.skill_every) != 0) continue;
      skills.push_back({SkillName(s), static_cast<std::int64_t>(1 + random() % kLevels)});
    }
    if (random() % 1000 < static_cast<std::uint64_t>(shape_.share)) skills.push_back({"share", 5});
    std::sort(skills.begin(), skills.end(),
              [](const SkillLevel& a, const SkillLevel& b) { return a.skill < b.skill; });
    update.skills = std::move(skills);
    update.state = busy && !StartsBusy(i) ? AgentState::kOffline : AgentState::kReady;
    Apply(std::move(upsert));
  }
  if (!busy) return;
  for (int i = 0; i < shape_.agents; ++i) {
    if (!StartsBusy(i)) continue;
    routing::SubmitContact submit;
    submit.contact = "b" + std::to_string(i);
    submit.channel = "any";
    routing::AcceptOffer accept;
    for (const routing::Event& event : Apply(std::move(submit))) {
      if (event.type != routing::EventType::kOffered) continue;
      accept.contact = event.contact;
      accept.agent = event.agent;
    }
    if (accept.contact.empty()) throw std::logic_error("an agent to be busy");
    Apply(std::move(accept));
  }
  for (int i = 0; i < shape_.agents; ++i) {
    if (StartsBusy(i)) continue;
    routing::SetAgentState ready;
    ready.agent = AgentId(i);
    Apply(std::move(ready));
  }
}

routing::SubmitContact Centre::Next(bool attributes) {
  routing::SubmitContact submit;
  submit.contact = "c" + std::to_string(number_++);
  submit.channel = "voice";
  if (!attributes) return submit;
  const auto number = static_cast<std::int64_t>(number_);
  submit.attributes = {{"tier", std::string(number % 3 == 0 ? "gold" : "standard")},
                       {"language", std::string("german")},
                       {"balance", 10.5 + static_cast<double>(number)},
                       {"account", number},
                       {"returning", number % 2 == 0}};
  return submit;
}

routing::SubmitContact Centre::Asking(const Requirement& requirement) {
  routing::SubmitContact submit = Next();
  Plan& plan = submit.plan.emplace();
  plan.queue = "queue";
  plan.requirement = requirement;
  return submit;
}

}  // namespace strowger::bench
