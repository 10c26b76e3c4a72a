// Routes recorded calls through a service in virtual time, as fast as it answers.
//
// Time only moves with commands, so they must be sent in order of time; but what an answer calls
// for (an offer wants an accept at the same instant) must be sent before anything later. The driver
// plays all the agents, so it knows which commands can lead to an offer: an arrival when somebody
// free has its skill, and an agent who becomes free while somebody waits whom the agent can serve.
// A batch ends with such a command; everything else (arrivals into a queue, abandonments,
// completions with nobody to serve next, the accept itself) travels with what comes before and
// after. That makes one exchange for each call served.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/strowgerctl/client/agenda.h"
#include "services/strowgerctl/client/command_link.h"
#include "services/strowgerctl/replay/call_records.h"
#include "services/strowgerctl/replay/staffing.h"

namespace strowger::ctl {

// What became of a call, by the service's own events.
struct CallResult {
  bool served = false;
  bool abandoned = false;
  std::int64_t wait_ns = 0;  // served: until assigned
  std::uint32_t ends = 0;    // that were reported: one, if all is well
};

struct ReplayProgress {
  std::uint32_t submitted = 0;
  std::uint32_t ended = 0;
  std::int64_t time_s = 0;
};

class ReplayDriver : private SessionListener {
 public:
  // `calls` and `agents` must outlive the driver; so must `link`, a session of a domain that has
  // neither contacts nor agents and runs under ReplayRules(TypesOf(calls)).
  ReplayDriver(const std::vector<CallRecord>& calls, const std::vector<InferredAgent>& agents,
               CommandLink& link, std::function<void(const ReplayProgress&)> on_progress);

  // Everything, once. Cancelled after an interrupt; otherwise not ok when the service does what it
  // should not, such as refusing a command. Calls that nobody is left to serve are canceled at the
  // end. That ends are missing is no error here: see `results`.
  absl::Status Run();

  // In the order of the calls.
  const std::vector<CallResult>& results() const { return results_; }
  // Canceled at the end, because nobody could serve them.
  std::uint32_t left_over() const { return left_over_; }

 private:
  enum class CallState : std::uint8_t { kToCome, kWaiting, kHandling, kEnded };
  struct CallNow {
    CallState state = CallState::kToCome;
    std::uint32_t type = 0;
    std::uint32_t agent = 0;     // handling
    std::uint64_t offer_id = 0;  // the one accepted
  };
  struct AgentNow {
    bool on_shift = false;
    bool busy = false;
    std::vector<std::uint32_t> types;  // that the agent can serve
  };
  struct OpenOffer {
    std::uint32_t call = 0;
    std::uint32_t agent = 0;
    std::uint64_t offer_id = 0;
  };

  void OnReply(const v1::Command& command, const v1::CommandReply& reply) override;
  void OnEvent(const v1::Event& event) override;
  void OnOffered(const std::string& contact_id, const std::string& agent_id,
                 std::uint64_t offer_id);
  void OnEnded(const v1::EndedEvent& ended);
  void Fail(const std::string& what);

  void Plan();
  v1::Command& Add();
  absl::Status Flush();
  absl::Status RegisterAgents();
  absl::Status Do(const AgendaItem& item);
  absl::Status Arrive(std::uint32_t call);
  absl::Status Complete(std::uint32_t call);
  absl::Status Abandon(std::uint32_t call);
  absl::Status BeginShift(std::uint32_t agent);
  absl::Status EndShift(std::uint32_t agent);
  void SetState(std::uint32_t agent, v1::AgentState state);
  // The agent is free now: an offer follows if somebody waits.
  absl::Status Freed(std::uint32_t agent);
  // Sends what there is and accepts the offer that must come of its last command.
  absl::Status AwaitOffer();
  absl::Status CancelTheRest();
  absl::Status AwaitEnds();

  bool SomebodyFree(std::uint32_t type) const { return free_by_type_[type] > 0; }
  bool SomebodyWaits(const AgentNow& agent) const;
  void CountFree(const AgentNow& agent, int change);
  std::optional<std::uint32_t> CallOf(const std::string& contact_id) const;

  const std::vector<CallRecord>& calls_;
  const std::vector<InferredAgent>& agents_;
  CommandLink& link_;
  const std::function<void(const ReplayProgress&)> on_progress_;
  const std::map<std::string, std::int64_t> medians_;

  std::vector<CallNow> now_;
  std::vector<AgentNow> staff_;
  std::map<std::string, std::uint32_t> agent_numbers_;
  std::vector<std::string> types_;
  std::vector<int> free_by_type_;     // agents on shift and not busy
  std::vector<int> waiting_by_type_;  // contacts
  Agenda agenda_;
  std::int64_t time_s_ = 0;

  CommandBatch batch_;
  std::optional<OpenOffer> offer_;
  absl::Status trouble_;

  std::vector<CallResult> results_;
  ReplayProgress progress_;
  std::uint32_t left_over_ = 0;
};

}  // namespace strowger::ctl
