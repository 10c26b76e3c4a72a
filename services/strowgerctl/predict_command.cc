// strowgerctl predict: how long a contact has still to wait, or would have to.
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/strings/numbers.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/prediction_text.h"
#include "services/strowgerctl/command.h"
#include "strowger/v1/routing.grpc.pb.h"

namespace strowger {
namespace {

struct PredictOptions {
  ctl::ClientOptions client;
  std::string id;
  std::string channel;
  std::string queue;
  std::string location;
  std::vector<std::string> attributes;
};

// "tier=gold". Numbers and truth values are taken for such; in quotes anything is a text.
bool ReadAttribute(const std::string& text, v1::Attribute& attribute) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) return false;
  const std::string value = text.substr(equals + 1);
  std::int64_t whole = 0;
  double number = 0;
  attribute.set_name(text.substr(0, equals));
  if (value.size() > 1 && value.front() == '"' && value.back() == '"') {
    attribute.set_string_value(value.substr(1, value.size() - 2));
  } else if (value == "true" || value == "false") {
    attribute.set_bool_value(value == "true");
  } else if (absl::SimpleAtoi(value, &whole)) {
    attribute.set_int_value(whole);
  } else if (absl::SimpleAtod(value, &number)) {
    attribute.set_double_value(number);
  } else {
    attribute.set_string_value(value);
  }
  return true;
}

bool ReadContact(const PredictOptions& options, v1::Contact& contact) {
  contact.set_channel(options.channel);
  contact.set_location(options.location);
  if (!options.queue.empty()) contact.mutable_plan()->set_queue(options.queue);
  for (const std::string& text : options.attributes) {
    if (ReadAttribute(text, *contact.add_attributes())) continue;
    std::cerr << "strowgerctl: '" << text << "' is no attribute; one is NAME=VALUE\n";
    return false;
  }
  return true;
}

int RunPredict(const PredictOptions& options) {
  v1::PredictWaitRequest request;
  request.set_domain(options.client.domain);
  if (options.id.empty() == options.channel.empty()) {
    std::cerr << "strowgerctl: a contact's id or --channel of one that has not come\n";
    return kExitUnusable;
  }
  if (!options.id.empty()) {
    request.set_contact_id(options.id);
  } else if (!ReadContact(options, *request.mutable_contact())) {
    return kExitUnusable;
  }
  grpc::ClientContext context;
  ctl::SetCallDeadline(context);
  v1::PredictWaitResponse response;
  const grpc::Status status = v1::RoutingService::NewStub(ctl::Connect(options.client))
                                  ->PredictWait(&context, request, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (options.client.json) {
    ctl::PrintJson(response);
  } else {
    std::cout << ctl::PredictionText(response, options.id);
  }
  return kExitOk;
}

}  // namespace

void RegisterPredict(CLI::App& app, CommandToRun& chosen) {
  CLI::App* const command = app.add_subcommand(
      "predict", "How long a contact has still to wait, or would have to if it came now");
  auto options = std::make_shared<PredictOptions>();
  ctl::AddClientOptions(*command, options->client);
  command->add_option("id", options->id, "A contact that waits")->type_name("ID");
  command->add_option("--channel", options->channel, "Of a contact that has not come")
      ->type_name("NAME");
  command->add_option("--attribute", options->attributes, "Of that contact; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command->add_option("--location", options->location, "Of that contact")->type_name("NAME");
  command->add_option("--queue", options->queue, "That queue, for anyone; no rule is asked")
      ->type_name("NAME");
  command->footer(std::string("Examples:\n"
                              "  strowgerctl predict c-1017\n"
                              "  strowgerctl predict --channel voice --attribute tier=gold\n"
                              "  strowgerctl predict --channel chat --queue billing -o json\n\n") +
                  ctl::kClientHelp);
  command->callback(
      [&chosen, options] { chosen.run = [options] { return RunPredict(*options); }; });
}

}  // namespace strowger
