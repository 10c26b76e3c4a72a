#include "services/strowgerctl/load/load_run.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/load/load_link.h"
#include "strowger/v1/admin.grpc.pb.h"
#include "strowger/v1/agents.grpc.pb.h"
#include "strowger/v1/events.grpc.pb.h"

namespace strowger::ctl {
namespace {

constexpr int kAgentsAtOnce = 500;
constexpr std::chrono::milliseconds kLook{100};
constexpr std::int64_t kSettleNs = 30'000'000'000;  // for what is on its way at the end
constexpr std::int64_t kLeadNs = 50'000'000;        // before the first contact

absl::Status ToAbsl(const grpc::Status& status) {
  return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

// ---- Events for unary calls ---------------------------------------------------------------------

class EventReader {
 public:
  EventReader(const std::shared_ptr<grpc::Channel>& channel, const std::string& domain,
              std::vector<std::unique_ptr<LoadTraffic>>& traffic)
      : stub_(v1::EventService::NewStub(channel)) {
    v1::WatchRequest request;
    request.set_domain(domain);
    request.set_state_first(true);  // answers at once, so that nothing is missed
    stream_ = stub_->Watch(&context_, request);
    v1::WatchResponse response;
    bool reading = stream_->Read(&response);
    while (reading && !response.state().last()) reading = stream_->Read(&response);
    thread_ = std::thread([this, &traffic] {
      v1::WatchResponse more;
      while (stream_->Read(&more)) {
        const std::int64_t now = SteadyNs();
        for (const v1::Event& event : more.events()) {
          for (const auto& each : traffic) each->OnEvent(event, now);
        }
      }
    });
  }
  ~EventReader() {
    context_.TryCancel();
    thread_.join();
    stream_->Finish();
  }
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;

 private:
  const std::unique_ptr<v1::EventService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchResponse>> stream_;
  std::thread thread_;
};

// ---- The run ------------------------------------------------------------------------------------

class LoadRun {
 public:
  LoadRun(const LoadOptions& options, const LoadProgress& progress)
      : options_(options),
        progress_(progress),
        channel_(Connect(options.server, options.files)),
        run_(absl::StrCat("load", absl::GetCurrentTimeNanos() / 1'000'000)) {}

  absl::StatusOr<LoadResult> Run() {
    auto live_before = LiveContacts();
    if (!live_before.ok()) return live_before.status();
    if (absl::Status status = SetAgents(v1::AGENT_STATE_READY); !status.ok()) return status;
    MakeTraffic();
    absl::StatusOr<LoadResult> result = Drive(*live_before);
    absl::Status gone = SetAgents(v1::AGENT_STATE_OFFLINE);
    // Agents cannot go while contacts are with them; what matters then is why these did not end.
    if (result.ok() && result->all_ended && !gone.ok()) return gone;
    return result;
  }

 private:
  absl::StatusOr<std::int64_t> LiveContacts() const {
    grpc::ClientContext context;
    SetCallDeadline(context);
    v1::GetStatusResponse response;
    const grpc::Status status =
        v1::AdminService::NewStub(channel_)->GetStatus(&context, {}, &response);
    if (!status.ok()) return ToAbsl(status);
    if (response.clock() != v1::CLOCK_MODE_SYSTEM) {
      return absl::FailedPreconditionError(
          "the service runs with `clock: virtual`; load needs one that keeps the time itself");
    }
    const std::string wanted = options_.domain.empty() ? "default" : options_.domain;
    for (const v1::DomainStatus& domain : response.domains()) {
      if (domain.domain() != wanted) continue;
      return static_cast<std::int64_t>(domain.contacts_queued() + domain.contacts_offered() +
                                       domain.contacts_handling());
    }
    return absl::NotFoundError(absl::StrCat("the service has no domain ", wanted));
  }

  absl::Status SetAgents(v1::AgentState state) const {
    const auto stub = v1::AgentService::NewStub(channel_);
    std::mt19937_64 random(options_.seed);
    for (int first = 0; first < options_.agents; first += kAgentsAtOnce) {
      v1::UpsertAgentsRequest request;
      request.set_domain(options_.domain);
      for (int i = first; i < std::min(first + kAgentsAtOnce, options_.agents); ++i) {
        v1::Agent& agent = *request.mutable_command()->add_agents();
        agent.set_id(absl::StrCat("load-agent-", i));
        agent.set_state(state);
        AddSkills(random, agent);
      }
      grpc::ClientContext context;
      SetCallDeadline(context);
      v1::UpsertAgentsResponse response;
      const grpc::Status status = stub->UpsertAgents(&context, request, &response);
      if (!status.ok()) return ToAbsl(status);
    }
    return absl::OkStatus();
  }

  void AddSkills(std::mt19937_64& random, v1::Agent& agent) const {
    if (options_.skills == 0) return;
    std::uniform_int_distribution<int> skill(0, options_.skills - 1);
    std::vector<int> chosen;
    while (static_cast<int>(chosen.size()) < std::min(options_.agent_skills, options_.skills)) {
      const int candidate = skill(random);
      if (std::find(chosen.begin(), chosen.end(), candidate) != chosen.end()) continue;
      chosen.push_back(candidate);
      v1::Skill& has = *agent.mutable_skills()->add_skills();
      has.set_skill(absl::StrCat("s", candidate));
      has.set_proficiency(5);
    }
  }

  void MakeTraffic() {
    TrafficOptions traffic;
    traffic.run = run_;
    traffic.rate = options_.rate / options_.connections;
    traffic.begin_ns = SteadyNs() + kLeadNs;
    traffic.end_ns = traffic.begin_ns + static_cast<std::int64_t>(options_.seconds * 1e9);
    traffic.accept_ns = static_cast<std::int64_t>(options_.accept_ms * 1e6);
    traffic.handling_ns = static_cast<std::int64_t>(options_.handling_ms * 1e6);
    traffic.channel = options_.channel;
    traffic.skills = options_.skills;
    traffic.required = options_.required;
    traffic.queue = options_.queue;
    begin_ns_ = traffic.begin_ns;
    end_ns_ = traffic.end_ns;
    for (int connection = 0; connection < options_.connections; ++connection) {
      traffic.connection = connection;
      traffic.seed = options_.seed * 1'000 + static_cast<std::uint64_t>(connection);
      traffic_.push_back(std::make_unique<LoadTraffic>(traffic));
    }
  }

  absl::StatusOr<LoadResult> Drive(std::int64_t live_before) {
    std::unique_ptr<EventReader> events;
    if (options_.unary) {
      events = std::make_unique<EventReader>(channel_, options_.domain, traffic_);
    }
    std::vector<std::unique_ptr<LoadLink>> links;
    std::vector<std::thread> threads;
    std::vector<absl::Status> ends(traffic_.size());
    for (std::size_t i = 0; i < traffic_.size(); ++i) {
      links.push_back(MakeLink(i));
      threads.emplace_back([&ends, i, link = links.back().get()] { ends[i] = link->Run(); });
    }
    LoadResult result;
    AwaitEnd();
    result.all_ended = WithdrawAndAwait(result.waiting);
    const auto live = LiveContacts();
    for (const auto& link : links) link->Stop();
    for (std::thread& thread : threads) thread.join();
    for (const absl::Status& end : ends) {
      if (!end.ok()) return end;
    }
    if (!live.ok()) return live.status();
    result.tally = Sum(/*with_latencies=*/true);
    result.seconds = options_.seconds;
    result.unaccounted = live_before + static_cast<std::int64_t>(Waiting()) - *live;
    return result;
  }

  std::unique_ptr<LoadLink> MakeLink(std::size_t number) const {
    const std::string id = absl::StrCat(run_, "-", number);
    const std::shared_ptr<grpc::Channel> channel = Connect(options_.server, options_.files);
    return options_.unary
               ? MakeUnaryLink(channel, options_.domain, id,
                               static_cast<std::size_t>(options_.in_flight), *traffic_[number])
               : MakeSessionLink(channel, options_.domain, id, *traffic_[number]);
  }

  void AwaitEnd() {
    for (std::int64_t now = SteadyNs(); now < end_ns_ && !Interrupted(); now = SteadyNs()) {
      if (progress_) progress_(static_cast<double>(now - begin_ns_) / 1e9, Sum());
      std::this_thread::sleep_for(kLook);
    }
  }

  // Withdraws what waits until nothing does, while agents finish what they have. False: something
  // has not ended when the time is over.
  bool WithdrawAndAwait(std::uint64_t& withdrawn) {
    const std::int64_t until = SteadyNs() + kSettleNs;
    for (std::int64_t now = SteadyNs(); now < until; now = SteadyNs()) {
      bool quiet = true;
      for (const auto& traffic : traffic_) {
        withdrawn += traffic->CancelWaiting(now);
        quiet = quiet && traffic->Quiet();
      }
      if (quiet && Waiting() == 0) return true;
      std::this_thread::sleep_for(kLook);
    }
    return false;
  }

  std::uint64_t Waiting() {
    const TrafficTally sum = Sum();
    return sum.accepted - std::min(sum.ended, sum.accepted);
  }

  TrafficTally Sum(bool with_latencies = false) {
    TrafficTally sum;
    for (const auto& traffic : traffic_) sum += traffic->Tally(with_latencies);
    return sum;
  }

  const LoadOptions& options_;
  const LoadProgress& progress_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::string run_;
  std::int64_t begin_ns_ = 0;
  std::int64_t end_ns_ = 0;
  std::vector<std::unique_ptr<LoadTraffic>> traffic_;
};

}  // namespace

absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options, const LoadProgress& progress) {
  return LoadRun(options, progress).Run();
}

double LatencyMs(std::vector<std::uint32_t>& us, double share) {
  if (us.empty()) return 0;
  const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(us.size() - 1));
  std::nth_element(us.begin(), us.begin() + place, us.end());
  return us[static_cast<std::size_t>(place)] / 1e3;
}

}  // namespace strowger::ctl
