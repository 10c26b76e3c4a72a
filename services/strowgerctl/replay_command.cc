// strowgerctl replay: recorded calls through a real service.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <limits>
#include <memory>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/session.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/command.h"
#include "services/strowgerctl/replay/call_records.h"
#include "services/strowgerctl/replay/own_server.h"
#include "services/strowgerctl/replay/replay_driver.h"
#include "services/strowgerctl/replay/replay_report.h"
#include "services/strowgerctl/replay/replay_rules.h"
#include "services/strowgerctl/replay/staffing.h"
#include "strowger/v1/admin.grpc.pb.h"
#include "strowger/v1/rules.grpc.pb.h"

namespace strowger {
namespace {

struct ReplayOptions {
  ctl::ClientOptions client;
  std::string file;
  std::string program;
  std::int64_t threshold_s = 20;
  std::int64_t break_after_min = 0;
};

class Replay {
 public:
  explicit Replay(const ReplayOptions& options) : options_(options) {}

  int Run() {
    absl::StatusOr<ctl::CallFile> file = ctl::ReadCallRecords(options_.file);
    if (!file.ok()) {
      return Unusable(absl::StrCat(options_.file, ": ", file.status().message()));
    }
    file_ = *std::move(file);
    agents_ = ctl::InferStaffing(file_.calls, {options_.break_after_min * 60});
    ctl::CatchInterrupts();
    if (options_.client.server.empty() && !StartServer()) return kExitUnusable;
    channel_ =
        server_ != nullptr ? ctl::Connect(server_->address()) : ctl::Connect(options_.client);
    PrintSource();
    int code = PrepareDomain();
    if (code == kExitOk) code = Drive();
    // A connection that nobody reads from any more would hold the server's end up.
    channel_.reset();
    return StopServer() ? code : kExitFailed;
  }

 private:
  int Unusable(const std::string& what) const {
    std::cerr << "strowgerctl: " << what << '\n';
    return kExitUnusable;
  }

  bool StartServer() {
    const std::string program =
        options_.program.empty() ? ctl::FindServerProgram() : options_.program;
    if (program.empty()) {
      Unusable("there is no strowgerd beside strowgerctl; name one with --strowgerd");
      return false;
    }
    auto server = ctl::OwnServer::Start(program);
    if (server.ok()) {
      server_ = *std::move(server);
    } else {
      Unusable(std::string(server.status().message()));
    }
    return server_ != nullptr;
  }

  bool StopServer() const {
    if (server_ == nullptr) return true;
    const absl::Status stopped = server_->Stop();
    if (!stopped.ok()) std::cerr << "strowgerctl: " << stopped.message() << '\n';
    return stopped.ok();
  }

  void PrintSource() const {
    std::size_t shifts = 0;
    for (const ctl::InferredAgent& agent : agents_) shifts += agent.shifts.size();
    std::cout << ctl::CountText(file_.rows) << " rows: " << ctl::CountText(file_.calls.size())
              << " contacts; apart from them " << ctl::CountText(file_.left_before_queue)
              << " that left before they queued and " << ctl::CountText(file_.phantoms)
              << " phantoms.\nInferred: " << agents_.size() << " agents with "
              << ctl::CountText(shifts) << " shifts; " << ctl::CountText(file_.without_agent)
              << " served calls do not say by whom.\n\n"
              << std::flush;
  }

  absl::StatusOr<v1::DomainStatus> DomainStatus(bool with_hash) const {
    grpc::ClientContext context;
    ctl::SetCallDeadline(context);
    v1::GetStatusRequest request;
    request.set_with_state_hash(with_hash);
    v1::GetStatusResponse response;
    const grpc::Status status =
        v1::AdminService::NewStub(channel_)->GetStatus(&context, request, &response);
    if (!status.ok()) return absl::UnavailableError(status.error_message());
    if (response.clock() != v1::CLOCK_MODE_VIRTUAL) {
      return absl::FailedPreconditionError(
          "the service keeps the time itself; a replay needs one with `clock: virtual`");
    }
    const std::string& domain = options_.client.domain;
    for (const v1::DomainStatus& each : response.domains()) {
      if (each.domain() == (domain.empty() ? "default" : domain)) return each;
    }
    return absl::NotFoundError(absl::StrCat("the service has no domain ", domain));
  }

  // Nobody in it, and the replay's rules in force.
  int PrepareDomain() const {
    const absl::StatusOr<v1::DomainStatus> status = DomainStatus(false);
    if (!status.ok()) return Unusable(std::string(status.status().message()));
    if (status->contacts_queued() + status->contacts_offered() + status->contacts_handling() +
            status->agents_ready() + status->agents_not_ready() !=
        0) {
      return Unusable("the domain has contacts or agents at work; a replay needs one at rest");
    }
    v1::ApplyRuleSetRequest request;
    request.set_domain(options_.client.domain);
    request.set_text(ctl::ReplayRules(ctl::TypesOf(file_.calls), options_.threshold_s));
    request.set_author("strowgerctl");
    request.set_comment("replay of recorded calls");
    ctl::SetTimestamp(FirstTime(), request.mutable_at());
    if (ctl::NsOf(status->time()) > FirstTime()) {
      return Unusable(
          "the domain's time is already past the first call; a replay needs a fresh one");
    }
    grpc::ClientContext context;
    ctl::SetCallDeadline(context);
    v1::ApplyRuleSetResponse response;
    const grpc::Status applied =
        v1::RuleService::NewStub(channel_)->ApplyRuleSet(&context, request, &response);
    if (!applied.ok()) return ctl::ReportFailure(applied, options_.client);
    if (response.receipt().outcome() == v1::OUTCOME_OK) return kExitOk;
    for (const v1::Finding& finding : response.findings()) {
      std::cerr << finding.path() << ": " << finding.message() << '\n' << finding.excerpt() << '\n';
    }
    return Unusable("the types of these calls do not make a rule set");
  }

  // Of the first thing that happens.
  std::int64_t FirstTime() const {
    std::int64_t first_s = std::numeric_limits<std::int64_t>::max();
    for (const ctl::CallRecord& call : file_.calls) first_s = std::min(first_s, call.arrival_s);
    for (const ctl::InferredAgent& agent : agents_) {
      if (!agent.shifts.empty()) first_s = std::min(first_s, agent.shifts.front().begin_s);
    }
    return file_.calls.empty() ? ctl::kSecondNs : first_s * ctl::kSecondNs;
  }

  int Drive() {
    auto session = ctl::GrpcSession::Open(channel_, options_.client.domain);
    if (!session.ok()) return Unusable(std::string(session.status().message()));
    const auto began = std::chrono::steady_clock::now();
    ctl::ProgressBar bar;
    const auto seconds = [&began] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    };
    ctl::ReplayDriver driver(
        file_.calls, agents_, **session, [&](const ctl::ReplayProgress& progress) {
          if (!bar.Due()) return;
          bar.Update(
              progress.ended, file_.calls.size(),
              absl::StrFormat("%s  %s of %s contacts ended, %.0f/s",
                              ctl::TimeText(progress.time_s * ctl::kSecondNs),
                              ctl::CountText(progress.ended), ctl::CountText(file_.calls.size()),
                              progress.ended / std::max(seconds(), 0.001)));
        });
    const absl::Status status = driver.Run();
    const double took = seconds();
    bar.Clear();
    if (!status.ok()) {
      std::cerr << "strowgerctl: the replay stopped: " << status.message() << '\n';
      return kExitFailed;
    }
    return Report(driver, took);
  }

  int Report(const ctl::ReplayDriver& driver, double seconds) const {
    const auto reports = ctl::TallyByType(file_.calls, driver.results(), options_.threshold_s);
    std::cout
        << ctl::ReportTable(reports, options_.threshold_s).Render(ctl::HasColour(STDOUT_FILENO))
        << '\n';
    if (driver.left_over() != 0) {
      std::cout << ctl::CountText(driver.left_over())
                << " were canceled at the end: nobody was left to serve them.\n";
    }
    const std::size_t contacts = file_.calls.size();
    std::size_t ended = 0;
    for (const ctl::CallResult& result : driver.results()) ended += result.ends == 1 ? 1 : 0;
    std::cout << absl::StrFormat("%.1f s, %.0f calls/s.\n", seconds,
                                 static_cast<double>(contacts) / std::max(seconds, 0.001));
    const absl::StatusOr<v1::DomainStatus> status = DomainStatus(true);
    if (!status.ok()) return Unusable(std::string(status.status().message()));
    std::cout << contacts << " contacts, " << ended << " ended, " << contacts - ended
              << " lost; state hash " << status->state_hash() << '\n';
    return ended == contacts ? kExitOk : kExitFailed;
  }

  const ReplayOptions& options_;
  ctl::CallFile file_;
  std::vector<ctl::InferredAgent> agents_;
  std::unique_ptr<ctl::OwnServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

constexpr char kHelp[] = R"(Examples:
  strowgerctl replay 1999-01.csv.gz
  strowgerctl day --csv > day.csv && strowgerctl replay day.csv

Reads call-by-call records (a row for each call: type, priority, times, outcome, server; plain or
gzip), infers agents, their shifts (first to last service of a day) and skills (the types they
served) from who served what and when, and routes every call at its recorded time through a
service, in virtual time. A call recorded as served lasts its recorded service time; one recorded as
abandoned leaves after its recorded wait, unless it is served before: then it lasts the median of
its type. Preferred calls (priority 2) have a head start of 90 s in the order of their queue.

The service is a strowgerd that this command starts for itself and ends, unless --server names one:
with `clock: virtual`, and a domain at rest whose rules this command replaces.

The last line is `N contacts, N ended, 0 lost; state hash H`; two replays of a file give one hash.

Exit code: 0 every contact reached one end, 1 some did not or the service did what it must not,
2 it could not run.)";

}  // namespace

void RegisterReplay(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command = app.add_subcommand("replay", "Route recorded calls through a service");
  const auto options = std::make_shared<ReplayOptions>();
  options->client.server.clear();
  command->add_option("file", options->file, "Call-by-call records, CSV")
      ->required()
      ->type_name("FILE");
  command->add_option("--server", options->client.server, "A service to use instead of an own one")
      ->type_name("ADDR");
  ctl::AddConnectionFiles(*command, options->client.files);
  command->add_option("--domain", options->client.domain, "With --server: the domain to use")
      ->type_name("NAME");
  command
      ->add_option("--strowgerd", options->program,
                   "The program to start; default: beside this one")
      ->type_name("PATH");
  command->add_option("--within", options->threshold_s, "Threshold of the service level")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{3600}))
      ->type_name("SECONDS");
  command
      ->add_option("--break-after", options->break_after_min,
                   "Take an agent to be away during gaps between services longer than this")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1440}))
      ->type_name("MINUTES");
  command->footer(kHelp);
  command->callback(
      [&chosen, options] { chosen.run = [options] { return Replay(*options).Run(); }; });
}

}  // namespace strowger
