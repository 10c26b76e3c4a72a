// strowgerctl status, checkpoint and drain: the service as a process.
#include <unistd.h>

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/names.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/command.h"
#include "services/strowgerctl/data_commands.h"
#include "strowger/v1/admin.grpc.pb.h"

namespace strowger {
namespace {

using ctl::Align;

struct StatusOptions {
  ctl::ClientOptions client;
  bool hash = false;
};

std::string RulesText(const v1::DomainStatus& domain) {
  return domain.rule_set() + " version " + std::to_string(domain.rule_set_version()) + " (" +
         domain.rule_set_hash().substr(0, 12) + ")";
}

void PrintStatus(const v1::GetStatusResponse& response, bool with_hash) {
  const bool colour = ctl::HasColour(STDOUT_FILENO);
  const bool serving = response.state() == v1::SERVICE_STATE_SERVING;
  std::cout << "strowgerd " << response.version() << ", "
            << ctl::Inked(ctl::PlainName(v1::ServiceState_Name(response.state()), "SERVICE_STATE_"),
                          serving ? ctl::Ink::kGood : ctl::Ink::kWarning, colour)
            << " since " << ctl::TimeText(ctl::NsOf(response.started_at())) << "; clock "
            << ctl::PlainName(v1::ClockMode_Name(response.clock()), "CLOCK_MODE_") << ", journal "
            << ctl::PlainName(v1::JournalMode_Name(response.journal()), "JOURNAL_MODE_") << "\n\n";
  if (response.has_recovery()) {
    const v1::RecoveryProgress& recovery = response.recovery();
    std::cout << recovery.domain() << ": recovering, at "
              << (recovery.sequence() == 0 ? "its checkpoint"
                                           : "sequence " + ctl::CountText(recovery.sequence()))
              << " of " << ctl::CountText(recovery.last_sequence()) << '\n';
    return;
  }
  ctl::Table table({{"DOMAIN"},
                    {"SEQUENCE", Align::kRight},
                    {"DURABLE", Align::kRight},
                    {"TIME"},
                    {"RULES"},
                    {"QUEUED", Align::kRight},
                    {"OFFERED", Align::kRight},
                    {"HANDLING", Align::kRight},
                    {"READY", Align::kRight},
                    {"NOT READY", Align::kRight},
                    {"OFFLINE", Align::kRight},
                    {"RULE ERRORS", Align::kRight}});
  for (const v1::DomainStatus& domain : response.domains()) {
    table.AddRow({domain.domain(),
                  ctl::CountText(domain.sequence()),
                  ctl::CountText(domain.durable_sequence()),
                  ctl::TimeText(ctl::NsOf(domain.time())),
                  RulesText(domain),
                  ctl::CountText(domain.contacts_queued()),
                  ctl::CountText(domain.contacts_offered()),
                  ctl::CountText(domain.contacts_handling()),
                  ctl::CountText(domain.agents_ready()),
                  ctl::CountText(domain.agents_not_ready()),
                  ctl::CountText(domain.agents_offline()),
                  {ctl::CountText(domain.rule_errors()),
                   domain.rule_errors() == 0 ? ctl::Ink::kPlain : ctl::Ink::kBad}});
  }
  std::cout << table.Render(colour);
  if (!with_hash) return;
  std::cout << '\n';
  for (const v1::DomainStatus& domain : response.domains()) {
    std::cout << domain.domain() << ": state hash " << domain.state_hash() << " at sequence "
              << domain.sequence() << '\n';
  }
}

int RunStatus(const StatusOptions& options) {
  const auto stub = v1::AdminService::NewStub(ctl::Connect(options.client));
  grpc::ClientContext context;
  ctl::SetCallDeadline(context);
  v1::GetStatusRequest request;
  request.set_with_state_hash(options.hash);
  v1::GetStatusResponse response;
  const grpc::Status status = stub->GetStatus(&context, request, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (options.client.json) {
    ctl::PrintJson(response);
  } else {
    PrintStatus(response, options.hash);
  }
  return kExitOk;
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
  command->footer(std::string("Examples:\n  strowgerctl status\n  strowgerctl status -o json\n\n") +
                  ctl::kClientHelp);
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
