// strowgerctl rules simulate: what the recorded traffic would have met with under other rules.
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <optional>

#include <CLI/CLI.hpp>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "routing-core/rules/reader.h"
#include "services/strowgerctl/client/simulation_text.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/rule_calls.h"

namespace strowger {
namespace {

// A time, or how long ago. False, and a message.
bool ReadTime(const std::string& text, const char* option, std::int64_t now_ns,
              google::protobuf::Timestamp* time) {
  absl::Time parsed;
  std::string error;
  if (const auto ago = rules::ParseDuration(text); ago && *ago < now_ns) {
    ctl::SetTimestamp(now_ns - *ago, time);
    return true;
  }
  if (absl::ParseTime(absl::RFC3339_full, text, &parsed, &error)) {
    ctl::SetTimestamp(absl::ToUnixNanos(parsed), time);
    return true;
  }
  std::cerr << "strowgerctl: --" << option << ": \"" << text
            << "\" is neither a time such as 2026-03-30T09:15:00Z nor how long ago, such as 8h\n";
  return false;
}

// False, and the exit code.
bool ReadRequest(const RulesOptions& options, const std::shared_ptr<grpc::Channel>& channel,
                 v1::SimulateRuleSetRequest& request, int& code) {
  code = kExitUnusable;
  request.set_domain(options.client.domain);
  if (!ReadRuleSource(options.to, *request.mutable_candidate())) return false;
  if (!options.from.empty() && !ReadRuleSource(options.from, *request.mutable_base())) return false;
  if (options.since.empty() && options.until.empty()) return true;
  std::int64_t now_ns = 0;
  const grpc::Status status = ctl::TimeForCommands(channel, options.client.domain, &now_ns);
  if (!status.ok()) {
    code = ctl::ReportFailure(status, options.client);
    return false;
  }
  if (now_ns == 0) now_ns = absl::ToUnixNanos(absl::Now());
  return (options.since.empty() ||
          ReadTime(options.since, "since", now_ns, request.mutable_since())) &&
         (options.until.empty() ||
          ReadTime(options.until, "until", now_ns, request.mutable_until()));
}

std::string NameOf(const std::string& source) {
  const bool is_version = !source.empty() && std::all_of(source.begin(), source.end(), [](char c) {
    return c >= '0' && c <= '9';
  });
  return source.empty() ? "in force" : is_version ? "version " + source : source;
}

int RunSimulate(const RulesOptions& options) {
  const auto channel = ctl::Connect(options.client);
  v1::SimulateRuleSetRequest request;
  int code = kExitOk;
  if (!ReadRequest(options, channel, request, code)) return code;
  ctl::CatchInterrupts();
  grpc::ClientContext context;
  const auto stub = v1::RuleService::NewStub(channel);
  const auto stream = stub->SimulateRuleSet(&context, request);
  ctl::ProgressBar bar;
  v1::SimulateRuleSetResponse response;
  std::optional<v1::Simulation> simulation;
  while (stream->Read(&response)) {
    if (ctl::Interrupted()) context.TryCancel();
    if (response.has_progress()) {
      bar.Update(response.progress().done_millionths(), 1'000'000, "playing what was recorded");
    } else if (response.has_simulation()) {
      simulation = std::move(*response.mutable_simulation());
    }
  }
  bar.Clear();
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (!simulation) {
    std::cerr << "strowgerctl: the service ended without an answer\n";
    return kExitFailed;
  }
  if (options.client.json) {
    ctl::PrintJson(*simulation);
  } else {
    std::cout << ctl::SimulationText(*simulation, NameOf(options.from), NameOf(options.to),
                                     ctl::HasColour(STDOUT_FILENO),
                                     ctl::TerminalWidth(STDOUT_FILENO));
  }
  return kExitOk;
}

}  // namespace

void RegisterSimulate(CLI::App& app, CommandToRun& chosen) {
  CLI::App& rules = *app.get_subcommand("rules");
  const auto options = AddCommand(
      rules, chosen, "simulate", "What recorded traffic would have met with under other rules",
      "  strowgerctl rules simulate retail.yaml              against the rules in force\n"
      "  strowgerctl rules simulate retail.yaml --since 8h\n"
      "  strowgerctl rules simulate candidate --against 6\n\n"
      "The service plays what its journal recorded twice, beside its own work: the same customers\n"
      "come, give up as they did and take as long to be served; the same agents are at work, and\n"
      "accept every offer. One who was answered, and has to wait longer here, gives up by the "
      "mean\n"
      "patience of those who did. `as it was` is the recording itself: how far it lies from the "
      "play\n"
      "under the same rules says how far the play is to be trusted. Nothing is put in force.\n",
      RunSimulate);
  CLI::App& command = *rules.get_subcommand("simulate");
  command.add_option("rules", options->to, "What is tried: a file, a version, or candidate")
      ->required()
      ->type_name("RULES");
  command
      .add_option("--against", options->from,
                  "What it is compared with: the same; default: the rules in force")
      ->type_name("RULES");
  command
      .add_option("--since", options->since,
                  "Figures begin there: a time, or how long ago; default: as early as the journal "
                  "goes")
      ->type_name("TIME");
  command.add_option("--until", options->until, "The same; default: now")->type_name("TIME");
}

}  // namespace strowger
