// A small centre at work, written down as it goes: what a recording is made of.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "routing/checkpoint.h"
#include "routing/router.h"
#include "services/whatif/recording.h"
#include "tests/unit/routing-core/simple_rules.h"

namespace strowger::whatif {

using routing::DurationNs;
using routing::kMinute;
using routing::kSecond;
using routing::TimeNs;

inline constexpr TimeNs kMorning = 1'000'000 * kMinute;

// Gives each of some rule sets by its hash.
class KnownRules final : public routing::RuleSource {
 public:
  explicit KnownRules(std::vector<std::shared_ptr<const routing::RuleSet>> rules)
      : rules_(std::move(rules)) {}
  std::shared_ptr<const routing::RuleSet> RuleSetOf(std::string_view hash,
                                                    std::string_view) override {
    for (const auto& each : rules_) {
      if (each->hash() == hash) return each;
    }
    return nullptr;
  }
  std::shared_ptr<const routing::Condition> ConditionOf(std::string_view,
                                                        const routing::RuleSet&) override {
    return nullptr;
  }

 private:
  const std::vector<std::shared_ptr<const routing::RuleSet>> rules_;
};

struct Habits {
  DurationNs every = 20 * kSecond;  // between two contacts, on average
  DurationNs service = 3 * kMinute;
  DurationNs patience = 4 * kMinute;
  DurationNs ring = 3 * kSecond;
  DurationNs wrap_up = 0;      // ended by hand after so long
  std::string handed_on_to;    // a queue, for one contact in five
  DurationNs renew_every = 0;  // of the lease of a handling
  int agents = 8;
};

class RecordedDay {
 public:
  RecordedDay(std::shared_ptr<const routing::RuleSet> rules, const Habits& habits,
              std::vector<std::string> channels, std::uint32_t seed)
      : habits_(habits),
        channels_(std::move(channels)),
        random_(seed),
        router_({}, std::move(rules)) {
    for (int i = 0; i < habits_.agents; ++i) {
      routing::AgentUpdate update;
      update.agent = "a" + std::to_string(i);
      update.state = routing::AgentState::kReady;
      routing::UpsertAgents upsert;
      upsert.agents.push_back(update);
      At(kMorning, [this, upsert] { Do(upsert); });
      // To lunch, once there is nothing in hand.
      At(kMorning + (60 + 20 * i) * kMinute, [this, id = update.agent] { Leave(id); });
    }
    At(kMorning + 1, [this] { Come(); });
  }

  // Until so much of it is over.
  void Run(DurationNs length) {
    const TimeNs end = kMorning + length;
    for (;;) {
      const TimeNs deadline = router_.next_deadline();
      const TimeNs next = agenda_.empty() ? routing::kNever : agenda_.begin()->first;
      if (std::min(deadline, next) > end) return;
      now_ = std::min(deadline, next);
      if (deadline <= next) {
        Do(routing::Tick{});
      } else {
        const auto act = std::move(agenda_.begin()->second);
        agenda_.erase(agenda_.begin());
        act();
      }
    }
  }

  void StartRecording(TimeNs since = 0) {
    std::string state;
    router_.Save([&state](std::string_view piece) { state.append(piece); });
    recorder_ = std::make_unique<Recorder>(std::move(state), since);
  }
  Recording TakeRecording() { return std::move(*recorder_).Finish(); }
  const routing::Router& router() const { return router_; }

 private:
  void At(TimeNs time, std::function<void()> act) { agenda_.emplace(time, std::move(act)); }
  DurationNs Drawn(DurationNs mean) {
    return static_cast<DurationNs>(
               std::exponential_distribution<double>(1 / static_cast<double>(mean))(random_)) +
           1;
  }

  bool Do(routing::CommandBody body) {
    routing::Command command;
    command.sequence = ++sequence_;
    command.time = now_;
    command.body = std::move(body);
    routing::EventBuffer events;
    const bool ok = router_.Apply(command, events).ok();
    if (recorder_ != nullptr && ok) recorder_->OnCommand(command);
    // Their text is good until the next Apply, and answers are only planned here.
    for (const routing::Event& event : events) {
      if (recorder_ != nullptr) recorder_->OnEvent(event);
      Answer(event);
    }
    return ok;
  }

  void Come() {
    routing::SubmitContact submit;
    submit.contact = "c" + std::to_string(++came_);
    submit.channel = channels_[came_ % channels_.size()];
    Do(submit);
    At(now_ + Drawn(habits_.patience), [this, id = submit.contact] {
      Do(routing::CancelContact{id, true});
    });
    At(now_ + Drawn(habits_.every), [this] { Come(); });
  }

  void Answer(const routing::Event& event) {
    const std::string contact(event.contact);
    const std::string agent(event.agent);
    switch (event.type) {
      case routing::EventType::kOffered:
        return At(event.time + habits_.ring, [=, this, offer = event.offer] {
          Do(routing::AcceptOffer{contact, agent, offer});
        });
      case routing::EventType::kAssigned: {
        const TimeNs end = event.time + Drawn(habits_.service);
        for (TimeNs time = event.time + habits_.renew_every; habits_.renew_every > 0 && time < end;
             time += habits_.renew_every) {
          At(time, [=, this] { Do(routing::RenewLease{agent, contact}); });
        }
        return At(end, [=, this] { EndService(contact, agent); });
      }
      case routing::EventType::kWrapUp:
        if (habits_.wrap_up == 0) return;
        return At(event.time + habits_.wrap_up, [=, this] {
          Do(routing::FinishWrapUp{agent, contact});
        });
      default:
        return;
    }
  }

  void EndService(const std::string& contact, const std::string& agent) {
    const bool hands_on = !habits_.handed_on_to.empty() && ++served_ % 5 == 0;
    if (hands_on && !handed_on_[contact]) {
      handed_on_[contact] = true;
      routing::TransferContact transfer;
      transfer.contact = contact;
      transfer.queue = habits_.handed_on_to;
      Do(transfer);
    } else {
      Do(routing::CompleteContact{contact, agent});
    }
  }

  void Leave(const std::string& agent) {
    const auto view = router_.FindAgent(agent);
    if (!view->work.empty()) return At(now_ + 10 * kSecond, [this, agent] { Leave(agent); });
    Do(routing::SetAgentState{agent, routing::AgentState::kNotReady, "lunch"});
    At(now_ + 30 * kMinute, [this, agent] {
      Do(routing::SetAgentState{agent, routing::AgentState::kReady, ""});
    });
  }

  const Habits habits_;
  const std::vector<std::string> channels_;
  std::mt19937_64 random_;
  routing::Router router_;
  std::unique_ptr<Recorder> recorder_;
  std::multimap<TimeNs, std::function<void()>> agenda_;
  std::map<std::string, bool> handed_on_;
  TimeNs now_ = kMorning;
  std::uint64_t sequence_ = 0;
  std::size_t came_ = 0;
  int served_ = 0;
};

}  // namespace strowger::whatif
