// strowgerctl backup and restore: a backup asked for and listed, and a data folder made of one.
#include <unistd.h>

#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/table.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/data_commands.h"
#include "services/strowgerd/domain_backup.h"
#include "strowger/v1/admin.grpc.pb.h"

namespace strowger {
namespace {

using Align = ctl::Align;

int Report(const absl::Status& status) {
  std::cerr << "strowgerctl: " << status.message() << '\n';
  return status.code() == absl::StatusCode::kDataLoss ? kExitFailed : kExitUnusable;
}

// ---- backup -------------------------------------------------------------------------------------

int RunBackup(const ctl::ClientOptions& options) {
  const auto stub = v1::AdminService::NewStub(ctl::Connect(options));
  grpc::ClientContext context;  // without a deadline: a large journal takes its time
  v1::BackupRequest request;
  request.set_domain(options.domain);
  v1::BackupResponse response;
  const grpc::Status status = stub->Backup(&context, request, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options);
  if (options.json) {
    ctl::PrintJson(response);
    return kExitOk;
  }
  std::cout << "Backup " << response.backup_id() << " in " << response.folder() << ": "
            << ctl::CountText(response.bytes()) << " bytes, every command up to "
            << ctl::CountText(response.sequence())
            << ". To make a data folder of it: strowgerctl restore --from " << response.folder()
            << " --data FOLDER\n";
  return kExitOk;
}

// ---- restore ------------------------------------------------------------------------------------

struct RestoreOptions {
  std::string from;
  std::string data;
  std::string domain = "default";
  std::uint32_t id = 0;
  bool list = false;
  bool json = false;
};

int RunList(const RestoreOptions& options) {
  const auto backups = daemon::ListBackups(options.from, options.domain);
  if (!backups.ok()) return Report(backups.status());
  if (options.json) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const daemon::DomainBackup& backup : *backups) {
      all.push_back({{"id", backup.id},
                     {"time", ctl::TimeText(backup.time)},
                     {"bytes", backup.bytes},
                     {"checkpoint", backup.checkpoint},
                     {"sequence", backup.sequence}});
    }
    std::cout << all.dump(2) << '\n';
    return kExitOk;
  }
  ctl::Table table({{"BACKUP", Align::kRight},
                    {"TIME"},
                    {"BYTES", Align::kRight},
                    {"CHECKPOINT", Align::kRight},
                    {"SEQUENCE", Align::kRight}});
  for (const daemon::DomainBackup& backup : *backups) {
    table.AddRow({std::to_string(backup.id), ctl::TimeText(backup.time),
                  ctl::CountText(backup.bytes), ctl::CountText(backup.checkpoint),
                  ctl::CountText(backup.sequence)});
  }
  std::cout << table.Render(ctl::HasColour(STDOUT_FILENO));
  return kExitOk;
}

int RunRestore(const RestoreOptions& options) {
  if (options.list) return RunList(options);
  if (options.data.empty()) {
    std::cerr << "strowgerctl: --data is missing: the data folder that is to be made\n";
    return kExitUnusable;
  }
  const auto restored =
      daemon::RestoreDomain(options.from, options.domain, options.id, options.data);
  if (!restored.ok()) return Report(restored.status());
  if (options.json) {
    const nlohmann::ordered_json facts = {{"id", restored->backup.id},
                                          {"domain", options.domain},
                                          {"checkpoint", restored->backup.checkpoint},
                                          {"records_applied", restored->records},
                                          {"sequence", restored->sequence},
                                          {"state_hash", restored->state_hash.ToHex()}};
    std::cout << facts.dump(2) << '\n';
    return kExitOk;
  }
  std::cout << "Restored " << options.domain << " from backup " << restored->backup.id << " of "
            << ctl::TimeText(restored->backup.time) << " into " << options.data
            << ": checkpoint at " << ctl::CountText(restored->backup.checkpoint) << ", "
            << ctl::CountText(restored->records) << " records behind it, sequence "
            << ctl::CountText(restored->sequence) << ", state hash " << restored->state_hash.ToHex()
            << '\n';
  return kExitOk;
}

}  // namespace

void RegisterBackup(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command = app.add_subcommand("backup", "Back a domain up now, while it works");
  const auto options = std::make_shared<ctl::ClientOptions>();
  ctl::AddClientOptions(*command, *options);
  command->footer(std::string("Example:\n  strowgerctl backup\n\n") + ctl::kClientHelp);
  command->callback([&chosen, options] { chosen.run = [options] { return RunBackup(*options); }; });
}

void RegisterRestore(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command = app.add_subcommand(
      "restore", "Make a data folder of a backup, with the service stopped, and check it");
  const auto options = std::make_shared<RestoreOptions>();
  command->add_option("--from", options->from, "The folder with the backups")->required();
  command->add_option("--data", options->data, "The data folder; must not have the domain yet");
  command->add_option("--domain", options->domain, "The domain")->capture_default_str();
  command->add_option("--id", options->id, "Which backup (default: the newest)");
  command->add_flag("--list", options->list, "List the backups instead");
  ctl::AddOutputOption(*command, options->json);
  command->footer(
      "Example:\n  strowgerctl restore --from /var/lib/strowger/backup --list\n"
      "  strowgerctl restore --from /var/lib/strowger/backup --data /var/lib/strowger-new");
  command->callback(
      [&chosen, options] { chosen.run = [options] { return RunRestore(*options); }; });
}

}  // namespace strowger
