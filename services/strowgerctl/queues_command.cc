// strowgerctl queues: queues in figures, once or all the time; closing, opening, emptying them.
#include <unistd.h>

#include <iostream>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>

#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/queue_table.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/command.h"
#include "strowger/v1/queues.grpc.pb.h"

namespace strowger {
namespace {

struct QueuesOptions {
  ctl::ClientOptions client;
  std::vector<std::string> queues;
  bool watch = false;
  double interval_s = 1;
};

int ListAll(v1::QueueService::Stub& stub, const QueuesOptions& options) {
  v1::ListQueuesRequest request;
  request.set_domain(options.client.domain);
  request.set_page_size(1000);
  v1::ListQueuesResponse all;
  do {
    grpc::ClientContext context;
    ctl::SetCallDeadline(context);
    v1::ListQueuesResponse page;
    const grpc::Status status = stub.ListQueues(&context, request, &page);
    if (!status.ok()) return ctl::ReportFailure(status, options.client);
    request.set_page_token(page.next_page_token());
    all.MergeFrom(page);
  } while (!request.page_token().empty());
  if (options.client.json) {
    all.clear_next_page_token();
    ctl::PrintJson(all);
  } else {
    std::cout << ctl::QueueTable(all.queues())
                     .Render(ctl::HasColour(STDOUT_FILENO), ctl::TerminalWidth(STDOUT_FILENO));
  }
  return kExitOk;
}

int ListNamed(v1::QueueService::Stub& stub, const QueuesOptions& options) {
  v1::ListQueuesResponse all;
  for (const std::string& name : options.queues) {
    v1::GetQueueRequest request;
    request.set_domain(options.client.domain);
    request.set_queue(name);
    grpc::ClientContext context;
    ctl::SetCallDeadline(context);
    v1::GetQueueResponse response;
    const grpc::Status status = stub.GetQueue(&context, request, &response);
    if (!status.ok()) return ctl::ReportFailure(status, options.client);
    *all.add_queues() = response.figures();
    all.set_sequence(response.sequence());
  }
  if (options.client.json) {
    ctl::PrintJson(all);
  } else {
    std::cout << ctl::QueueTable(all.queues())
                     .Render(ctl::HasColour(STDOUT_FILENO), ctl::TerminalWidth(STDOUT_FILENO));
  }
  return kExitOk;
}

int WatchQueues(v1::QueueService::Stub& stub, const QueuesOptions& options) {
  v1::WatchQueuesRequest request;
  request.set_domain(options.client.domain);
  for (const std::string& name : options.queues) request.add_queues(name);
  const auto nanoseconds =
      static_cast<std::int64_t>(options.interval_s * static_cast<double>(ctl::kSecondNs));
  request.mutable_interval()->set_seconds(nanoseconds / ctl::kSecondNs);
  request.mutable_interval()->set_nanos(static_cast<std::int32_t>(nanoseconds % ctl::kSecondNs));
  grpc::ClientContext context;
  const auto reader = stub.WatchQueues(&context, request);
  ctl::LiveBlock block;
  v1::WatchQueuesResponse response;
  while (reader->Read(&response)) {
    if (options.client.json) {
      ctl::PrintJson(response, /*one_line=*/true);
    } else {
      block.Show(ctl::TimeText(ctl::NsOf(response.time())) + "\n" +
                 ctl::QueueTable(response.queues())
                     .Render(ctl::HasColour(STDOUT_FILENO), ctl::TerminalWidth(STDOUT_FILENO)));
    }
  }
  const grpc::Status status = reader->Finish();
  return status.ok() ? kExitOk : ctl::ReportFailure(status, options.client);
}

int RunQueues(const QueuesOptions& options) {
  const auto stub = v1::QueueService::NewStub(ctl::Connect(options.client));
  if (options.watch) return WatchQueues(*stub, options);
  return options.queues.empty() ? ListAll(*stub, options) : ListNamed(*stub, options);
}

// ---- What changes queues ------------------------------------------------------------------------

// Sends what `command` of the request says, at the time that a virtual clock asks for.
template <typename Request, typename Response, typename Call>
int Change(const QueuesOptions& options, Request request, Call call, const std::string& done) {
  const auto channel = ctl::Connect(options.client);
  std::int64_t ns = 0;
  grpc::Status status = ctl::TimeForCommands(channel, options.client.domain, &ns);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (ns != 0) ctl::SetTimestamp(ns, request.mutable_at());
  request.set_domain(options.client.domain);
  grpc::ClientContext context;
  ctl::SetCallDeadline(context);
  Response response;
  const auto stub = v1::QueueService::NewStub(channel);
  status = (stub.get()->*call)(&context, request, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (options.client.json) {
    ctl::PrintJson(response);
  } else {
    std::cout << done << '\n';
  }
  return kExitOk;
}

int RunClose(const QueuesOptions& options) {
  v1::CloseQueueRequest request;
  request.mutable_command()->set_queue(options.queues.front());
  return Change<v1::CloseQueueRequest, v1::CloseQueueResponse>(
      options, request, &v1::QueueService::Stub::CloseQueue,
      options.queues.front() + " takes no new contacts; those that wait go on.");
}

int RunOpen(const QueuesOptions& options) {
  v1::OpenQueueRequest request;
  request.mutable_command()->set_queue(options.queues.front());
  return Change<v1::OpenQueueRequest, v1::OpenQueueResponse>(
      options, request, &v1::QueueService::Stub::OpenQueue,
      options.queues.front() + " takes contacts.");
}

int RunMove(const QueuesOptions& options) {
  v1::MoveContactsRequest request;
  request.mutable_command()->set_from_queue(options.queues[0]);
  request.mutable_command()->set_to_queue(options.queues[1]);
  return Change<v1::MoveContactsRequest, v1::MoveContactsResponse>(
      options, request, &v1::QueueService::Stub::MoveContacts,
      "All who waited in " + options.queues[0] + " wait in " + options.queues[1] + ".");
}

void AddChange(CLI::App& queues, CommandToRun& chosen, const std::string& name,
               const std::string& what, int count, const std::string& example,
               int (*run)(const QueuesOptions&)) {
  CLI::App* command = queues.add_subcommand(name, what);
  const auto options = std::make_shared<QueuesOptions>();
  ctl::AddClientOptions(*command, options->client);
  command->add_option("queues", options->queues, count == 2 ? "From, to" : "The queue")
      ->required()
      ->expected(count)
      ->type_name("QUEUE");
  command->footer("Example:\n  " + example + "\n\n" + ctl::kClientHelp);
  command->callback(
      [&chosen, options, run] { chosen.run = [options, run] { return run(*options); }; });
}

}  // namespace

void RegisterQueues(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command =
      app.add_subcommand("queues", "Queues in figures: waiting, waits, agents, ends");
  const auto options = std::make_shared<QueuesOptions>();
  ctl::AddClientOptions(*command, options->client);
  command->add_option("queues", options->queues, "Only these")->type_name("QUEUE");
  command->add_flag("-w,--watch", options->watch, "Go on, in place, until Ctrl-C");
  command->add_option("--interval", options->interval_s, "With --watch: seconds between two looks")
      ->check(CLI::Range(0.1, 3600.0))
      ->type_name("SECONDS");
  command->footer(std::string("Examples:\n"
                              "  strowgerctl queues\n"
                              "  strowgerctl queues --watch billing sales\n\n"
                              "LEVEL is the service level over the queue's window.\n\n") +
                  ctl::kClientHelp);
  // A subcommand's own callback comes first and has the last word.
  command->callback([&chosen, options, command] {
    if (command->get_subcommands().empty()) chosen.run = [options] { return RunQueues(*options); };
  });
  AddChange(*command, chosen, "close", "Take no new contacts; those that wait go on", 1,
            "strowgerctl queues close billing", RunClose);
  AddChange(*command, chosen, "open", "Take contacts again", 1, "strowgerctl queues open billing",
            RunOpen);
  AddChange(*command, chosen, "move", "All who wait in one queue to another, places kept", 2,
            "strowgerctl queues move billing general", RunMove);
}

}  // namespace strowger
