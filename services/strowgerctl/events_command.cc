// strowgerctl events: what the router says, as it says it.
#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/event_text.h"
#include "services/strowgerctl/client/table.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/command.h"
#include "strowger/v1/events.grpc.pb.h"

namespace strowger {
namespace {

// Without --follow: kept events come at once, so that silence means there are no more.
constexpr std::chrono::milliseconds kSilence(300);

struct EventsOptions {
  ctl::ClientOptions client;
  bool follow = false;
  std::optional<std::uint64_t> after;
  std::vector<std::string> types;
  std::vector<std::string> queues;
  std::vector<std::string> agents;
};

// Every kind but UNSPECIFIED, as it is written on the command line.
std::vector<std::string> KindNames() {
  std::vector<std::string> names;
  const auto* type = v1::EventType_descriptor();
  constexpr std::size_t kPrefix = std::string_view("EVENT_TYPE_").size();
  for (int i = 1; i < type->value_count(); ++i) {
    names.push_back(absl::AsciiStrToLower(type->value(i)->name().substr(kPrefix)));
  }
  return names;
}

v1::WatchRequest RequestOf(const EventsOptions& options) {
  v1::WatchRequest request;
  request.set_domain(options.client.domain);
  if (options.after.has_value()) {
    request.mutable_after()->set_sequence(*options.after);
  } else if (!options.follow) {
    request.mutable_after();  // {0, 0}: all that are kept
  }
  for (const std::string& name : options.types) {
    v1::EventType type = v1::EVENT_TYPE_UNSPECIFIED;
    if (v1::EventType_Parse(absl::StrCat("EVENT_TYPE_", absl::AsciiStrToUpper(name)), &type)) {
      request.add_types(type);
    }
  }
  for (const std::string& queue : options.queues) request.add_queues(queue);
  for (const std::string& agent : options.agents) request.add_agent_ids(agent);
  return request;
}

ctl::Ink InkOf(const v1::Event& event) {
  switch (event.event_case()) {
    case v1::Event::kAssigned:
      return ctl::Ink::kGood;
    case v1::Event::kDeclined:
    case v1::Event::kExpired:
    case v1::Event::kOverflowed:
      return ctl::Ink::kWarning;
    case v1::Event::kEnded:
      return event.ended().reason() == v1::END_REASON_COMPLETED ? ctl::Ink::kFaint : ctl::Ink::kBad;
    default:
      return ctl::Ink::kPlain;
  }
}

void PrintEvent(const v1::Event& event, bool colour) {
  std::cout << absl::StrFormat("%s  %8d.%-3d ", ctl::TimeText(ctl::NsOf(event.time())),
                               event.position().sequence(), event.position().index())
            << ctl::Inked(absl::StrFormat("%-14s", ctl::KindOf(event)), InkOf(event), colour) << ' '
            << ctl::DetailOf(event) << '\n';
}

int RunEvents(const EventsOptions& options) {
  const auto stub = v1::EventService::NewStub(ctl::Connect(options.client));
  grpc::ClientContext context;
  const auto reader = stub->Watch(&context, RequestOf(options));
  std::optional<ctl::StallGuard> silence;
  if (!options.follow) silence.emplace(context, kSilence);
  const bool colour = ctl::HasColour(STDOUT_FILENO);
  v1::WatchResponse response;
  while (reader->Read(&response)) {
    if (silence.has_value()) silence->Touch();
    for (const v1::Event& event : response.events()) {
      if (options.client.json) {
        ctl::PrintJson(event, /*one_line=*/true);
      } else {
        PrintEvent(event, colour);
      }
    }
    std::cout.flush();
  }
  const grpc::Status status = reader->Finish();
  const bool over = silence.has_value() && silence->stalled();
  return status.ok() || over ? kExitOk : ctl::ReportFailure(status, options.client);
}

}  // namespace

void RegisterEvents(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command =
      app.add_subcommand("events", "What the router says: recent events, or all to come");
  const auto options = std::make_shared<EventsOptions>();
  ctl::AddClientOptions(*command, options->client);
  command->add_flag("-f,--follow", options->follow, "Go on until Ctrl-C, from now or from --after");
  command->add_option("--after", options->after, "Only events of later commands than this sequence")
      ->type_name("SEQUENCE");
  command->add_option("--type", options->types, "Only these kinds")
      ->check(CLI::IsMember(KindNames()))
      ->type_name("KIND");
  command->add_option("--queue", options->queues, "Only those that name one of these queues")
      ->type_name("NAME");
  command->add_option("--agent", options->agents, "Only those that name one of these agents")
      ->type_name("ID");
  command->footer(std::string("Examples:\n"
                              "  strowgerctl events --follow\n"
                              "  strowgerctl events --type declined --type expired\n"
                              "  strowgerctl events -f -o json | jq .offered\n\n") +
                  ctl::kClientHelp);
  command->callback([&chosen, options] { chosen.run = [options] { return RunEvents(*options); }; });
}

}  // namespace strowger
