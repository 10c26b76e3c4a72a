// The core alone: decisions per second against the size of the centre. No rules: a plan by channel.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "routing/router.h"

namespace strowger::routing {
namespace {

constexpr int kSkills = 64;

// One queue, the longest idle first, a handful of requirements.
class OneQueue final : public RuleSet {
 public:
  OneQueue() {
    settings_.name = "queue";
    settings_.offer_timeout = kLongestDuration;
    settings_.on_expire.not_ready_after = 0;
    std::mt19937_64 random(1);
    for (int i = 0; i < 32; ++i) {
      auto plan = std::make_unique<Plan>();
      plan->queue = "queue";
      const auto skill = static_cast<int>(random() % kSkills);
      plan->requirement.require = {
          {"skill" + std::to_string(skill), static_cast<std::int64_t>(1 + random() % 5)}};
      list_.push_back(plan.get());
      plans_.push_back(std::move(plan));
    }
  }

  std::string_view name() const override { return "bench"; }
  std::string_view hash() const override { return "bench"; }
  std::string_view text() const override { return {}; }
  absl::Span<const QueueSettings> queues() const override { return {&settings_, 1}; }
  absl::Span<const Plan* const> plans() const override { return list_; }
  Decision Classify(const ContactFacts& contact, TimeNs /*now*/,
                    const FigureSource& /*figures*/) const override {
    return {
        "rule",
        list_[contact.id.size() < 2 ? 0
                                    : static_cast<unsigned char>(contact.id[1]) % list_.size()]};
  }

 private:
  QueueSettings settings_;
  std::vector<std::unique_ptr<Plan>> plans_;
  std::vector<const Plan*> list_;
};

class Centre {
 public:
  explicit Centre(int agents) : router_(LimitsFor(agents), std::make_shared<OneQueue>()) {
    std::mt19937_64 random(2);
    for (int i = 0; i < agents; ++i) {
      UpsertAgents upsert;
      AgentUpdate& update = upsert.agents.emplace_back();
      update.agent = "agent" + std::to_string(i);
      std::vector<SkillLevel> skills;
      for (int s = 0; s < kSkills; ++s) {
        if (random() % 8 == 0) {
          skills.push_back(
              {"skill" + std::to_string(s), static_cast<std::int64_t>(1 + random() % 10)});
        }
      }
      std::sort(skills.begin(), skills.end(),
                [](const SkillLevel& a, const SkillLevel& b) { return a.skill < b.skill; });
      update.skills = std::move(skills);
      update.state = AgentState::kReady;
      Apply(std::move(upsert));
    }
  }

  template <typename Body>
  const EventBuffer& Apply(Body body) {
    command_.sequence = ++sequence_;
    command_.time = now_ += 1000;
    command_.body = std::move(body);
    events_.clear();
    router_.Apply(command_, events_);
    return events_;
  }

  SubmitContact Next() {
    SubmitContact submit;
    submit.contact =
        "c" + std::string(1, static_cast<char>('0' + number_ % 64)) + std::to_string(number_);
    ++number_;
    submit.channel = "voice";
    return submit;
  }

 private:
  static Limits LimitsFor(int agents) {
    Limits limits;
    limits.agents = static_cast<std::uint32_t>(agents) + 1;
    limits.contacts = 2'000'000;
    limits.ended_contacts = 1000;
    return limits;
  }

  Router router_;
  Command command_;
  EventBuffer events_;
  std::uint64_t sequence_ = 0;
  std::uint64_t number_ = 0;
  TimeNs now_ = 1'000'000 * kMinute;
};

// A contact comes, is offered, accepted and completed: three commands, one decision.
void BM_RouteAndComplete(benchmark::State& state) {
  Centre centre(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    AcceptOffer accept;
    for (const Event& event : centre.Apply(centre.Next())) {
      if (event.type != EventType::kOffered) continue;
      accept.contact = event.contact;
      accept.agent = event.agent;
    }
    if (accept.contact.empty()) {
      state.SkipWithError("nobody was eligible");
      break;
    }
    CompleteContact complete;
    complete.contact = accept.contact;
    centre.Apply(std::move(accept));
    centre.Apply(std::move(complete));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_RouteAndComplete)->Arg(100)->Arg(1000)->Arg(10'000)->Unit(benchmark::kNanosecond);

}  // namespace
}  // namespace strowger::routing

BENCHMARK_MAIN();
