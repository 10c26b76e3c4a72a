// Plays a generated day against a service with `clock: virtual`: the customers, the agents and the
// clock, which runs at a chosen multiple of the wall's. So rules, waits and service levels read in
// the day's own time, whatever the speed.
//
// Time moves in windows of a second: what falls into one goes out as a batch that ends with a tick,
// and what the router says meanwhile is answered later, as people would. A service that falls
// behind slows the day down; nothing is skipped.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/strowgerctl/client/agenda.h"
#include "services/strowgerctl/client/command_link.h"
#include "services/strowgerctl/day/day_generator.h"
#include "services/strowgerctl/day/random.h"

namespace strowger::ctl {

struct DemoOptions {
  std::uint64_t seed = 1;
  double speed = 60;             // 0: as fast as the service goes
  std::int64_t midnight_s = 0;   // of the day, since 1970
  std::int64_t duration_ms = 0;  // of the day; 0: all of it
};

// So far. Written by the driver, read by any thread.
struct DemoCounts {
  std::atomic<std::int64_t> now_ms{0};
  std::atomic<std::uint64_t> submitted{0};
  std::atomic<std::uint64_t> completed{0};
  std::atomic<std::uint64_t> abandoned{0};
  std::atomic<std::uint64_t> treated{0};
  std::atomic<std::uint64_t> other_ends{0};
  std::atomic<std::uint64_t> commands{0};
  std::atomic<std::uint64_t> late{0};     // refused because something else had happened meanwhile
  std::atomic<std::uint64_t> refused{0};  // otherwise

  std::uint64_t ended() const { return completed + abandoned + treated + other_ends; }
};

class DemoDriver : private SessionListener {
 public:
  // `day` and `link` must outlive it; the session's domain must be at rest.
  DemoDriver(const Day& day, const DemoOptions& options, CommandLink& link);

  // The day, until its end, the duration or an interrupt, which is no error; then agents go home.
  absl::Status Run();
  // Hears more of what has happened; returns when something did.
  absl::Status Listen() { return link_.AwaitEvents(*this); }

  const DemoCounts& counts() const { return counts_; }
  // A contact that ended more than once; empty: none.
  const std::string& contradiction() const { return contradiction_; }
  // The first refusal that no haste explains; empty: none.
  const std::string& first_refusal() const { return first_refusal_; }

 private:
  enum class ContactState : std::uint8_t { kToCome, kWaiting, kHandling, kEnded };
  struct ContactNow {
    ContactState state = ContactState::kToCome;
    std::uint64_t offer_id = 0;  // open; 0: none
    std::string offered_to;
  };
  struct AgentNow {
    bool logged_in = false;
    bool present = false;  // neither on a break nor about to go home
    bool leaving = false;
    std::uint32_t handling = 0;
  };
  // Details of the agents' agenda items.
  enum AgentStep : std::int64_t { kReturns, kBreaks, kGoesHome, kAnswersAgain };

  void OnReply(const v1::Command& command, const v1::CommandReply& reply) override;
  void OnEvent(const v1::Event& event) override;
  void OnOffered(const std::string& contact_id, const std::string& agent_id, std::uint64_t offer_id,
                 std::int64_t time_ms);
  void OnExpired(std::uint32_t contact, const std::string& agent_id);
  void OnAssigned(std::uint32_t contact, const std::string& agent_id, std::int64_t time_ms);
  void OnEnded(std::uint32_t contact, const v1::EndedEvent& ended);

  void Plan();
  absl::Status RegisterAgents();
  absl::Status SendHome();
  // Waits for the wall clock; false when interrupted.
  bool AwaitTime(std::int64_t day_ms) const;
  absl::Status PlayWindow();
  void Do(const AgendaItem& item);
  void Arrive(std::uint32_t contact);
  void Answer(std::uint32_t contact, std::int64_t detail);
  void Step(std::uint32_t agent, AgentStep step);
  void StayForNow(const std::string& agent_id);
  void SetState(std::uint32_t agent, v1::AgentState state, const std::string& reason = "");
  void Later(std::int64_t time_ms, AgendaItem::Kind kind, std::uint32_t number,
             std::int64_t detail);
  v1::Command& Add();
  absl::Status Flush();
  // The contact of an event; past all contacts if it is not one of the day.
  std::uint32_t ContactOf(const std::string& id) const;
  std::string IdOf(std::uint32_t contact) const;

  const Day& day_;
  const DemoOptions options_;
  CommandLink& link_;
  const std::string prefix_;  // of contact ids: the date
  Random random_;
  Agenda agenda_;
  std::vector<ContactNow> contacts_;
  std::vector<AgentNow> agents_;
  std::map<std::string, std::uint32_t> agent_numbers_;
  std::chrono::steady_clock::time_point began_;
  std::int64_t time_ms_ = 0;
  CommandBatch batch_;
  DemoCounts counts_;
  std::string contradiction_;
  std::string first_refusal_;
};

}  // namespace strowger::ctl
