// The router's predictions against the waits that its contacts then have, beside the two
// yardsticks: one queue, two skills, and a centre whose staffing changes through the day.
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "routing/router.h"
#include "tests/unit/routing-core/simple_rules.h"

namespace strowger::routing {
namespace {

constexpr int kSeeds = 5;
constexpr int kContacts = 10'000;
constexpr TimeNs kStart = 1'000'000 * kMinute;

// Contacts that ask for one skill and wait in one queue.
struct Kind {
  std::string queue;
  std::string skill;
  double every = 1;  // seconds between two, on average
  double handling = 1;
};

struct Team {
  int agents = 1;
  std::vector<std::string> skills;
  // Of every two hours, away in the second; so staffing goes up and down.
  bool comes_and_goes = false;
};

struct Centre {
  std::string name;
  std::vector<Kind> kinds;
  std::vector<Team> teams;
  friend std::ostream& operator<<(std::ostream& out, const Centre& centre) {
    return out << centre.name;
  }
};

// Root mean square errors in seconds, and the coverage of P90.
struct Errors {
  double predicted = 0;
  double length_over_rate = 0;
  double last_to_enter = 0;
  double covered = 0;
  double count = 0;

  void Add(const WaitPrediction& said, DurationNs wait) {
    const auto square = [&](DurationNs mean) {
      const double error = static_cast<double>(mean - wait) / 1e9;
      return error * error;
    };
    predicted += square(said.mean);
    length_over_rate += square(said.length_over_rate);
    last_to_enter += square(said.last_to_enter);
    covered += wait <= said.p90;
    ++count;
  }
};

class Simulation {
 public:
  Simulation(const Centre& centre, int seed)
      : centre_(centre),
        random_(static_cast<std::mt19937_64::result_type>(seed)),
        router_({}, std::make_shared<SimpleRules>(Queues(centre))) {}

  Errors Run() {
    LogIn();
    for (std::size_t i = 0; i < centre_.kinds.size(); ++i) ExpectArrival(i);
    while (submitted_ < kContacts) {
      const auto [time, act] = agenda_.begin()->second;
      agenda_.erase(agenda_.begin());
      now_ = std::max(now_, time);
      act();
    }
    return errors_;
  }

 private:
  static std::vector<QueueSettings> Queues(const Centre& centre) {
    std::map<std::string, bool> names;
    for (const Kind& kind : centre.kinds) names[kind.queue] = true;
    std::vector<QueueSettings> queues;
    for (const auto& [name, is] : names) queues.push_back(Queue(name));
    return queues;
  }

  DurationNs Draw(double seconds) {
    const double u = std::uniform_real_distribution<>(0, 1)(random_);
    return static_cast<DurationNs>(-seconds * 1e9 * std::log(1 - u));
  }

  void At(TimeNs time, std::function<void()> act) {
    agenda_.emplace(std::pair(time, ++acts_), std::pair(time, std::move(act)));
  }

  void LogIn() {
    UpsertAgents upsert;
    for (const Team& team : centre_.teams) {
      for (int i = 0; i < team.agents; ++i) {
        AgentUpdate agent;
        agent.agent = "agent" + std::to_string(upsert.agents.size());
        agent.state = AgentState::kReady;
        agent.skills.emplace();
        for (const std::string& skill : team.skills) agent.skills->push_back({skill, 5});
        if (team.comes_and_goes) Alternate(agent.agent, true, kStart);
        upsert.agents.push_back(std::move(agent));
      }
    }
    Do(std::move(upsert));
  }

  void Alternate(const std::string& agent, bool is_there, TimeNs since) {
    const TimeNs until = since + kHour;
    At(until, [this, agent, is_there, until] {
      SetAgentState set;
      set.agent = agent;
      set.state = is_there ? AgentState::kNotReady : AgentState::kReady;
      set.reason = is_there ? "break" : "";
      Do(std::move(set));
      Alternate(agent, !is_there, until);
    });
  }

  void ExpectArrival(std::size_t kind) {
    At(now_ + Draw(centre_.kinds[kind].every), [this, kind] { Arrive(kind); });
  }

  void Arrive(std::size_t index) {
    const Kind& kind = centre_.kinds[index];
    SubmitContact submit;
    submit.contact = std::to_string(submitted_++);
    submit.channel = "voice";
    submit.plan.emplace();
    submit.plan->queue = kind.queue;
    submit.plan->requirement.require.push_back({kind.skill, 1});
    const std::string id = submit.contact;
    handling_[id] = kind.handling;
    Do(std::move(submit));
    const ContactView contact = *router_.FindContact(id);
    const WaitPrediction& said = contact.predicted_wait;
    const bool warm = submitted_ > kContacts / 20;
    if (warm && contact.state == ContactState::kQueued && said.mean != kNever &&
        said.length_over_rate != kNever && said.last_to_enter != kNever) {
      waiting_[id] = {now_, said};
    }
    ExpectArrival(index);
  }

  // Every offer is accepted at once.
  void Do(CommandBody body) {
    Command command;
    command.sequence = ++sequence_;
    command.time = now_;
    command.body = std::move(body);
    EventBuffer events;
    ASSERT_TRUE(router_.Apply(command, events).ok());
    std::vector<AcceptOffer> accepts;
    for (const Event& event : events) {
      if (event.type != EventType::kOffered) continue;
      accepts.push_back({std::string(event.contact), std::string(event.agent), event.offer});
    }
    for (AcceptOffer& accept : accepts) {
      const std::string contact = accept.contact;
      Do(std::move(accept));
      Begin(contact);
    }
  }

  void Begin(const std::string& contact) {
    const auto waited = waiting_.find(contact);
    if (waited != waiting_.end()) {
      errors_.Add(waited->second.second, now_ - waited->second.first);
      waiting_.erase(waited);
    }
    At(now_ + Draw(handling_.at(contact)), [this, contact] {
      handling_.erase(contact);
      CompleteContact complete;
      complete.contact = contact;
      Do(std::move(complete));
    });
  }

  const Centre centre_;
  std::mt19937_64 random_;
  Router router_;
  TimeNs now_ = kStart;
  std::uint64_t sequence_ = 0;
  std::uint64_t acts_ = 0;
  int submitted_ = 0;
  std::map<std::pair<TimeNs, std::uint64_t>, std::pair<TimeNs, std::function<void()>>> agenda_;
  std::map<std::string, double> handling_;
  std::map<std::string, std::pair<TimeNs, WaitPrediction>> waiting_;
  Errors errors_;
};

class Prediction : public testing::TestWithParam<Centre> {};

TEST_P(Prediction, IsNearerThanBothYardsticks) {
  Errors all;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    const Errors one = Simulation(GetParam(), seed).Run();
    all.predicted += one.predicted;
    all.length_over_rate += one.length_over_rate;
    all.last_to_enter += one.last_to_enter;
    all.covered += one.covered;
    all.count += one.count;
  }
  const double predicted = std::sqrt(all.predicted / all.count);
  const double length_over_rate = std::sqrt(all.length_over_rate / all.count);
  const double last_to_enter = std::sqrt(all.last_to_enter / all.count);
  RecordProperty("contacts", static_cast<int>(all.count));
  RecordProperty("rmse_predicted", std::to_string(predicted));
  RecordProperty("rmse_length_over_rate", std::to_string(length_over_rate));
  RecordProperty("rmse_last_to_enter", std::to_string(last_to_enter));
  RecordProperty("covered_by_p90", std::to_string(all.covered / all.count));
  EXPECT_LT(predicted, length_over_rate);
  EXPECT_LT(predicted, last_to_enter);
}

INSTANTIATE_TEST_SUITE_P(
    Centres, Prediction,
    testing::Values(Centre{"one_queue", {{"all", "a", 19, 180}}, {{10, {"a"}, false}}},
                    Centre{"two_skills",
                           {{"sales", "a", 24, 180}, {"support", "b", 36, 240}},
                           {{5, {"a"}, false}, {4, {"b"}, false}, {6, {"a", "b"}, false}}},
                    Centre{"two_skills_one_queue",
                           {{"all", "a", 24, 180}, {"all", "b", 40, 180}},
                           {{6, {"a"}, false}, {3, {"b"}, false}, {4, {"a", "b"}, false}}},
                    Centre{"staff_comes_and_goes",
                           {{"all", "a", 18, 180}},
                           {{9, {"a"}, false}, {5, {"a"}, true}}}),
    [](const testing::TestParamInfo<Centre>& one) { return one.param.name; });

}  // namespace
}  // namespace strowger::routing
