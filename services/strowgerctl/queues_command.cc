// strowgerctl queues: queues in figures, once or all the time.
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
    std::cout << ctl::QueueTable(all.queues()).Render(ctl::HasColour(STDOUT_FILENO));
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
    std::cout << ctl::QueueTable(all.queues()).Render(ctl::HasColour(STDOUT_FILENO));
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
                 ctl::QueueTable(response.queues()).Render(ctl::HasColour(STDOUT_FILENO)));
    }
  }
  const grpc::Status status = reader->Finish();
  return status.ok() ? kExitOk : ctl::ReportFailure(status, options.client);
}

int RunQueues(const QueuesOptions& options) {
  const auto stub = v1::QueueService::NewStub(ctl::Connect(options.client.server));
  if (options.watch) return WatchQueues(*stub, options);
  return options.queues.empty() ? ListAll(*stub, options) : ListNamed(*stub, options);
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
  command->callback([&chosen, options] { chosen.run = [options] { return RunQueues(*options); }; });
}

}  // namespace strowger
