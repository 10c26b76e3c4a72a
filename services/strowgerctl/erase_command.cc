// strowgerctl erase: what is known of a contact that has ended is to be forgotten for good.
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/table.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/data_commands.h"
#include "strowger/v1/admin.grpc.pb.h"

namespace strowger {
namespace {

struct EraseOptions {
  ctl::ClientOptions client;
  std::string id;
};

void PrintErased(const std::string& contact, const v1::EraseContactDataResponse& response) {
  std::cout << "Nothing is left of " << contact << " but its id.";
  if (response.checkpoint_sequence() != 0) {
    std::cout << " There is one checkpoint, at sequence "
              << ctl::CountText(response.checkpoint_sequence()) << "; the journal begins at record "
              << ctl::CountText(response.first_record()) << '.';
  }
  std::cout << '\n';
  if (response.backups().empty()) return;
  std::cout << "Backups in " << response.backup_folder()
            << " were made before and may hold it still:\n";
  ctl::Table table({{"BACKUP", ctl::Align::kRight}, {"TIME"}, {"SEQUENCE", ctl::Align::kRight}});
  for (const v1::EarlierBackup& backup : response.backups()) {
    table.AddRow({std::to_string(backup.backup_id()), ctl::TimeText(ctl::NsOf(backup.time())),
                  ctl::CountText(backup.sequence())});
  }
  std::cout << table.Render(false);
}

int RunErase(const EraseOptions& options) {
  const auto channel = ctl::Connect(options.client);
  std::int64_t at_ns = 0;
  grpc::Status status = ctl::TimeForCommands(channel, options.client.domain, &at_ns);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  grpc::ClientContext context;  // without a deadline: a large state takes its time
  v1::EraseContactDataRequest request;
  request.set_domain(options.client.domain);
  request.set_contact_id(options.id);
  if (at_ns != 0) ctl::SetTimestamp(at_ns, request.mutable_at());
  v1::EraseContactDataResponse response;
  status = v1::AdminService::NewStub(channel)->EraseContactData(&context, request, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (options.client.json) {
    ctl::PrintJson(response);
  } else {
    PrintErased(options.id, response);
  }
  return kExitOk;
}

}  // namespace

void RegisterErase(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command = app.add_subcommand(
      "erase", "Erase what is known of a contact that has ended: state, history, journal");
  const auto options = std::make_shared<EraseOptions>();
  ctl::AddClientOptions(*command, options->client);
  command->add_option("id", options->id, "The contact")->required()->type_name("ID");
  command->footer(std::string("Answers when nothing of it is on disk any more, but for backups, "
                              "which it names.\n\nExample:\n  strowgerctl erase c-1017\n\n") +
                  ctl::kClientHelp);
  command->callback([&chosen, options] { chosen.run = [options] { return RunErase(*options); }; });
}

}  // namespace strowger
