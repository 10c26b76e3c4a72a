// strowgerctl status, checkpoint and drain: the service as a process.
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/names.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/command.h"
#include "services/strowgerctl/data_commands.h"
#include "strowger/v1/admin.grpc.pb.h"

namespace strowger {
namespace {

struct StatusOptions {
  ctl::ClientOptions client;
  bool hash = false;
  bool watch = false;
};

std::string RulesText(const v1::DomainStatus& domain) {
  return domain.rule_set() + " version " + std::to_string(domain.rule_set_version()) + " (" +
         domain.rule_set_hash().substr(0, 12) + ")";
}

std::string HeadText(const v1::GetStatusResponse& response, bool colour) {
  const bool serving = response.state() == v1::SERVICE_STATE_SERVING;
  return absl::StrCat(
      "strowgerd ", response.version(), ", ",
      ctl::Inked(ctl::PlainName(v1::ServiceState_Name(response.state()), "SERVICE_STATE_"),
                 serving ? ctl::Ink::kGood : ctl::Ink::kWarning, colour),
      " since ", ctl::TimeText(ctl::NsOf(response.started_at())), "; clock ",
      ctl::PlainName(v1::ClockMode_Name(response.clock()), "CLOCK_MODE_"), ", journal ",
      ctl::PlainName(v1::JournalMode_Name(response.journal()), "JOURNAL_MODE_"), "\n");
}

std::string RecoveryText(const v1::RecoveryProgress& recovery) {
  const std::string reached = recovery.sequence() == 0
                                  ? std::string("its checkpoint")
                                  : "sequence " + ctl::CountText(recovery.sequence());
  return absl::StrCat("\n", recovery.domain(), ": recovering, at ", reached, " of ",
                      ctl::CountText(recovery.last_sequence()), "\n");
}

std::string DomainText(const v1::DomainStatus& domain, bool with_hash, bool colour) {
  const auto count = [](std::uint64_t value) { return ctl::CountText(value); };
  const std::uint64_t lag =
      domain.sequence() - std::min(domain.sequence(), domain.durable_sequence());
  std::string text = absl::StrCat(
      "\n", ctl::Inked(domain.domain(), ctl::Ink::kBold, colour), "\n  rules     ",
      RulesText(domain), "\n  commands  ", count(domain.sequence()), ", the last at ",
      ctl::TimeText(ctl::NsOf(domain.time())),
      lag == 0 ? "" : "; not yet durable: ", lag == 0 ? "" : count(lag), "\n  contacts  ",
      count(domain.contacts_queued()), " queued, ", count(domain.contacts_offered()), " offered, ",
      count(domain.contacts_handling()), " handled\n  agents    ", count(domain.agents_ready()),
      " ready, ", count(domain.agents_not_ready()), " not ready, ", count(domain.agents_offline()),
      " offline\n");
  if (domain.rule_errors() != 0) {
    absl::StrAppend(&text, "  ",
                    ctl::Inked(absl::StrCat("errors    ", count(domain.rule_errors()),
                                            " in conditions of rules, which count as false"),
                               ctl::Ink::kBad, colour),
                    "\n");
  }
  if (with_hash) {
    absl::StrAppend(&text, domain.domain(), ": state hash ", domain.state_hash(), " at sequence ",
                    domain.sequence(), "\n");
  }
  return text;
}

std::string StatusText(const v1::GetStatusResponse& response, bool with_hash) {
  const bool colour = ctl::HasColour(STDOUT_FILENO);
  std::string text = HeadText(response, colour);
  if (response.has_recovery()) return text + RecoveryText(response.recovery());
  for (const v1::DomainStatus& domain : response.domains()) {
    absl::StrAppend(&text, DomainText(domain, with_hash, colour));
  }
  return text;
}

// Leaves the other domains out. Empty: none is meant more than others.
grpc::Status KeepDomain(const std::string& name, v1::GetStatusResponse& response) {
  if (name.empty() || response.has_recovery()) return grpc::Status::OK;
  auto& domains = *response.mutable_domains();
  const auto others =
      std::remove_if(domains.begin(), domains.end(),
                     [&name](const v1::DomainStatus& domain) { return domain.domain() != name; });
  domains.erase(others, domains.end());
  if (!domains.empty()) return grpc::Status::OK;
  return {grpc::StatusCode::NOT_FOUND, "the service has no domain '" + name + "'"};
}

grpc::Status GetStatus(const StatusOptions& options, v1::GetStatusResponse& response) {
  const auto stub = v1::AdminService::NewStub(ctl::Connect(options.client));
  grpc::ClientContext context;
  ctl::SetCallDeadline(context);
  v1::GetStatusRequest request;
  request.set_with_state_hash(options.hash);
  grpc::Status status = stub->GetStatus(&context, request, &response);
  return status.ok() ? KeepDomain(options.client.domain, response) : status;
}

// Goes on when nothing answers: that is what one would see it come back by.
int WatchStatus(const StatusOptions& options) {
  ctl::KeepShowing([&options]() -> std::optional<std::string> {
    v1::GetStatusResponse response;
    const grpc::Status status = GetStatus(options, response);
    if (!status.ok()) return "nothing answers: " + status.error_message() + "\n";
    return StatusText(response, options.hash);
  });
  return kExitOk;
}

int RunStatus(const StatusOptions& options) {
  if (options.watch) return WatchStatus(options);
  v1::GetStatusResponse response;
  const grpc::Status status = GetStatus(options, response);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (options.client.json) {
    ctl::PrintJson(response);
  } else {
    std::cout << StatusText(response, options.hash);
  }
  return response.state() == v1::SERVICE_STATE_SERVING ? kExitOk : kExitFailed;
}

int RunCheckpoint(const ctl::ClientOptions& options) {
  const auto stub = v1::AdminService::NewStub(ctl::Connect(options));
  grpc::ClientContext context;  // without a deadline: a large state takes its time
  v1::CheckpointRequest request;
  request.set_domain(options.domain);
  v1::CheckpointResponse response;
  const grpc::Status status = stub->Checkpoint(&context, request, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options);
  if (options.json) {
    ctl::PrintJson(response);
    return kExitOk;
  }
  std::cout << (response.was_there() ? "Nothing has come since the checkpoint at sequence "
                                     : "Checkpoint at sequence ")
            << ctl::CountText(response.sequence()) << ": " << response.path() << ", "
            << ctl::CountText(response.bytes()) << " bytes, verified, in "
            << ctl::CountText(response.took_ms()) << " ms. The journal begins at record "
            << ctl::CountText(response.first_record()) << ".\n";
  return kExitOk;
}

int RunDrain(const ctl::ClientOptions& options) {
  const auto stub = v1::AdminService::NewStub(ctl::Connect(options));
  grpc::ClientContext context;
  ctl::SetCallDeadline(context);
  v1::DrainResponse response;
  const grpc::Status status = stub->Drain(&context, {}, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options);
  if (options.json) {
    ctl::PrintJson(response);
  } else {
    std::cout << (response.already_draining()
                      ? "It was draining already.\n"
                      : "Draining: it takes nothing new in, finishes its replies and exits.\n");
  }
  return kExitOk;
}

}  // namespace

void RegisterStatus(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command = app.add_subcommand("status", "What the service is doing, and how far it is");
  const auto options = std::make_shared<StatusOptions>();
  ctl::AddClientOptions(*command, options->client);
  command->add_flag("--hash", options->hash,
                    "Also the hash of the whole state; holds the domains up while it is computed");
  command->add_flag("--watch", options->watch, "Once a second, until Ctrl-C");
  command->footer(
      "Examples:\n  strowgerctl status\n  strowgerctl status --watch\n"
      "  until strowgerctl status; do sleep 1; done\n\n"
      "The service is looked for at 127.0.0.1:50051, at what STROWGER_SERVER names, or at "
      "--server:\n"
      "host:port or unix:PATH.\n\n"
      "Exit code: 0 it serves, 1 it answers but recovers or drains, 2 nothing answers there or "
      "the\n"
      "arguments are wrong.");
  command->callback([&chosen, options] { chosen.run = [options] { return RunStatus(*options); }; });
}

void RegisterCheckpoint(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command =
      app.add_subcommand("checkpoint", "Take a checkpoint of a domain now, while it works");
  const auto options = std::make_shared<ctl::ClientOptions>();
  ctl::AddClientOptions(*command, *options);
  command->footer(std::string("Example:\n  strowgerctl checkpoint\n\n") + ctl::kClientHelp);
  command->callback(
      [&chosen, options] { chosen.run = [options] { return RunCheckpoint(*options); }; });
}

void RegisterDrain(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command = app.add_subcommand("drain", "Let the service finish what it has and exit");
  const auto options = std::make_shared<ctl::ClientOptions>();
  ctl::AddClientOptions(*command, *options);
  command->footer(std::string("Example:\n  strowgerctl drain\n\n") + ctl::kClientHelp);
  command->callback([&chosen, options] { chosen.run = [options] { return RunDrain(*options); }; });
}

}  // namespace strowger
