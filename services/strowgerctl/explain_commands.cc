// strowgerctl why and explain: answers about one contact.
#include <chrono>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/explanation_text.h"
#include "services/strowgerctl/command.h"
#include "strowger/v1/routing.grpc.pb.h"
#include "strowger/v1/rules.grpc.pb.h"

namespace strowger {
namespace {

struct WhyOptions {
  ctl::ClientOptions client;
  std::string id;
  bool all = false;
};

int RunWhy(const WhyOptions& options) {
  v1::WhyWaitingRequest request;
  request.set_domain(options.client.domain);
  request.set_contact_id(options.id);
  grpc::ClientContext context;
  ctl::SetCallDeadline(context);
  v1::WhyWaitingResponse response;
  const grpc::Status status = v1::RoutingService::NewStub(ctl::Connect(options.client))
                                  ->WhyWaiting(&context, request, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (options.client.json) {
    ctl::PrintJson(response);
  } else {
    std::cout << ctl::WhyText(response);
  }
  return kExitOk;
}

int RunExplain(const WhyOptions& options) {
  v1::ExplainDecisionRequest request;
  request.set_domain(options.client.domain);
  request.set_contact_id(options.id);
  grpc::ClientContext context;
  // What is not remembered any more is replayed from the journal.
  ctl::SetCallDeadline(context, std::chrono::minutes(2));
  v1::ExplainDecisionResponse response;
  const grpc::Status status = v1::RuleService::NewStub(ctl::Connect(options.client))
                                  ->ExplainDecision(&context, request, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (options.client.json) {
    ctl::PrintJson(response);
  } else {
    std::cout << ctl::ExplainText(response, options.all);
  }
  return kExitOk;
}

std::shared_ptr<WhyOptions> Add(CLI::App& app, CommandToRun& chosen, const std::string& name,
                                const std::string& what, const std::string& examples,
                                int (*run)(const WhyOptions&)) {
  CLI::App* const command = app.add_subcommand(name, what);
  auto options = std::make_shared<WhyOptions>();
  ctl::AddClientOptions(*command, options->client);
  command->add_option("id", options->id, "The contact")->required()->type_name("ID");
  command->footer("Examples:\n" + examples + "\n" + ctl::kClientHelp);
  command->callback(
      [&chosen, options, run] { chosen.run = [options, run] { return run(*options); }; });
  return options;
}

}  // namespace

void RegisterExplain(CLI::App& app, CommandToRun& chosen) {
  Add(app, chosen, "why", "Why a contact still waits: who could take it, and what comes next",
      "  strowgerctl why c-1017\n", RunWhy);
  const auto explain =
      Add(app, chosen, "explain",
          "Why a contact went where it went: rule, conditions, candidates, who was passed over",
          "  strowgerctl explain c-1017\n  strowgerctl explain c-1017 -o json\n", RunExplain);
  app.get_subcommand("explain")->add_flag("--all", explain->all, "Show every rule that was asked");
}

}  // namespace strowger
