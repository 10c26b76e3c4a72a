// strowgerctl journal: a data folder looked at without the service, or beside it; nothing in it is
// changed.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iostream>
#include <limits>
#include <memory>
#include <string>

#include <google/protobuf/util/json_util.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "services/journal/checkpoint_file.h"
#include "services/journal/rocks_journal.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/data_commands.h"
#include "services/strowgerd/data_folders.h"
#include "services/strowgerd/domain_checkpoint.h"
#include "services/strowgerd/domain_past.h"
#include "services/strowgerd/journal_up_to.h"

namespace strowger {
namespace {

using daemon::CheckpointFolder;
using daemon::JournalFolder;
using journal::RocksJournal;

struct JournalOptions {
  std::string data = "strowger-data";
  std::string domain = "default";
  std::uint64_t from = 0;
  std::uint64_t to = std::numeric_limits<std::uint64_t>::max();
  bool from_beginning = false;
  bool json = false;
};

int Report(const absl::Status& status) {
  std::cerr << "strowgerctl: " << status.message() << '\n';
  return status.code() == absl::StatusCode::kDataLoss ? kExitFailed : kExitUnusable;
}

absl::StatusOr<std::unique_ptr<RocksJournal>> Open(const JournalOptions& options) {
  journal::RocksJournalOptions store;
  store.folder = JournalFolder(options.data, options.domain);
  store.sync = journal::RocksJournalOptions::Sync::kNone;
  store.any_semantics = true;
  store.read_only = true;
  if (!std::filesystem::is_directory(store.folder)) {
    return absl::NotFoundError("there is no journal of domain '" + options.domain + "' in " +
                               options.data + "; --data names the folder of the service");
  }
  auto opened = RocksJournal::Open(store);
  if (opened.ok() && (*opened)->beginning() == nullptr) {
    return absl::NotFoundError("the journal " + store.folder + " is empty");
  }
  return opened;
}

// ---- verify -------------------------------------------------------------------------------------

int RunVerify(const JournalOptions& options) {
  const auto opened = Open(options);
  if (!opened.ok()) return Report(opened.status());
  const RocksJournal& journal = **opened;
  const std::uint64_t first = journal.first_sequence();
  const std::uint64_t last = journal.last_sequence();
  ctl::ProgressBar progress;
  std::uint64_t records = 0;
  const absl::Status status = journal.ReadRecords(first, [&](const journal::v1::Record& record) {
    ++records;
    if (progress.Due()) progress.Update(record.sequence() - first, last - first + 1, "records");
    return absl::OkStatus();
  });
  progress.Clear();
  if (!status.ok()) return Report(status);
  std::cout << "journal: " << ctl::CountText(records) << " records";
  if (records > 0) std::cout << ", " << first << " to " << last;
  std::cout << ", semantics " << journal.beginning()->semantics()
            << ": every batch is in the chain\n";
  bool good = true;
  for (const auto& file :
       journal::ListCheckpoints(CheckpointFolder(options.data, options.domain))) {
    const std::string trouble(daemon::CheckCheckpoint(file.path).message());
    const bool ahead = file.sequence > last;
    good = good && trouble.empty() && !ahead;
    std::cout << "checkpoint at " << file.sequence << ": "
              << (!trouble.empty() ? trouble
                  : ahead          ? "good, but the journal ends before it: records are missing"
                                   : "good, and its state has the hash that was written")
              << '\n';
  }
  return good ? kExitOk : kExitFailed;
}

// ---- dump ---------------------------------------------------------------------------------------

int RunDump(const JournalOptions& options) {
  const auto opened = Open(options);
  if (!opened.ok()) return Report(opened.status());
  const RocksJournal& journal = **opened;
  const std::uint64_t from = std::max(options.from, journal.first_sequence());
  const absl::Status status =
      journal.ReadRecords(from, [&](const journal::v1::Record& record) -> absl::Status {
        if (record.sequence() > options.to) return absl::CancelledError();
        std::string line;
        google::protobuf::util::JsonPrintOptions print;
        print.preserve_proto_field_names = true;
        if (!google::protobuf::util::MessageToJsonString(record, &line, print).ok()) {
          return absl::DataLossError("record " + std::to_string(record.sequence()) +
                                     " cannot be written as JSON");
        }
        std::cout << line << '\n';
        return std::cout ? absl::OkStatus() : absl::CancelledError();
      });
  return status.ok() || absl::IsCancelled(status) ? kExitOk : Report(status);
}

// ---- replay -------------------------------------------------------------------------------------

int RunReplay(const JournalOptions& options) {
  const auto opened = Open(options);
  if (!opened.ok()) return Report(opened.status());
  const RocksJournal& journal = **opened;
  if (journal.beginning()->semantics() != journal::kSemantics) {
    std::cerr << "strowgerctl: the journal was written by version "
              << journal.beginning()->semantics() << " of the semantics, this is version "
              << journal::kSemantics << ": replay it with the build that wrote it\n";
    return kExitUnusable;
  }
  const std::uint64_t to = std::min(options.to, journal.last_sequence());
  daemon::JournalUpTo records(journal, to);
  ctl::ProgressBar progress;
  daemon::PastOptions past_options;
  if (!options.from_beginning) {
    past_options.checkpoints = CheckpointFolder(options.data, options.domain);
  }
  past_options.up_to = to;
  past_options.executor.kept_events = 1;
  past_options.progress = [&](std::uint64_t sequence) {
    if (progress.Due()) progress.Update(sequence, to, "records");
  };
  past_options.passed_over = [](const journal::CheckpointFile&, const absl::Status& why) {
    std::cerr << "strowgerctl: " << why.message() << "; the one before it is taken\n";
  };
  const auto past = ReadPast(
      journal, records,
      [&records](journal::DecodeContext context) { records.SetDecodeContext(std::move(context)); },
      past_options);
  progress.Clear();
  if (!past.ok()) return Report(past.status());
  const routing::Router& router = past->executor->router();
  const routing::DomainView domain = router.Domain();
  const nlohmann::ordered_json facts = {{"sequence", domain.sequence},
                                        {"state_hash", router.Hash().ToHex()},
                                        {"checkpoint", past->checkpoint},
                                        {"records_applied", past->records},
                                        {"rules_version", domain.rule_set_version},
                                        {"contacts_queued", domain.contacts_queued},
                                        {"contacts_offered", domain.contacts_offered},
                                        {"contacts_handling", domain.contacts_handling}};
  if (options.json) {
    std::cout << facts.dump(2) << '\n';
    return kExitOk;
  }
  for (const auto& [name, value] : facts.items()) {
    std::cout << name << ": " << (value.is_string() ? value.get<std::string>() : value.dump())
              << '\n';
  }
  return kExitOk;
}

void AddFolder(CLI::App& command, JournalOptions& options) {
  command.add_option("--data", options.data, "The data folder of the service")
      ->capture_default_str();
  command.add_option("--domain", options.domain, "The domain")->capture_default_str();
}

}  // namespace

void RegisterJournal(CLI::App& app, CommandToRun& chosen) {
  CLI::App* journal = app.add_subcommand(
      "journal", "Look into a data folder; beside a service at work too, as of now");
  journal->require_subcommand(1);
  const auto options = std::make_shared<JournalOptions>();
  const auto add = [&](const std::string& name, const std::string& help,
                       int (*run)(const JournalOptions&)) {
    CLI::App* command = journal->add_subcommand(name, help);
    AddFolder(*command, *options);
    command->callback(
        [&chosen, options, run] { chosen.run = [options, run] { return run(*options); }; });
    return command;
  };
  add("verify", "Read every record and every checkpoint, and say whether all is as it was written",
      RunVerify)
      ->footer("Example:\n  strowgerctl journal verify --data /var/lib/strowger");
  CLI::App* dump = add("dump", "Records as JSON, one a line", RunDump);
  dump->add_option("--from", options->from, "First sequence");
  dump->add_option("--to", options->to, "Last sequence");
  dump->footer("Example:\n  strowgerctl journal dump --from 1000 --to 1010 | jq .command");
  CLI::App* replay = add("replay", "The state at a sequence: its hash, and what waits", RunReplay);
  replay->add_option("--to", options->to, "Last sequence that is applied (default: all)");
  replay->add_flag("--from-beginning", options->from_beginning, "Without the help of checkpoints");
  ctl::AddOutputOption(*replay, options->json);
  replay->footer("Example:\n  strowgerctl journal replay --to 1000");
}

}  // namespace strowger
