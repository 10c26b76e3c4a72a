// strowgerctl contacts get: one contact, as the router sees it or as the history has it.
#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/event_text.h"
#include "services/strowgerctl/client/names.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/command.h"
#include "strowger/v1/routing.grpc.pb.h"

namespace strowger {
namespace {

struct GetOptions {
  ctl::ClientOptions client;
  std::string id;
};

// Key and value, a line each; keys without a value are left out.
class Sheet {
 public:
  void Add(std::string key, std::string value) {
    if (value.empty() || value == "-") return;
    table_.AddRow({{std::move(key), ctl::Ink::kFaint}, std::move(value)});
  }
  std::string Render(bool colour) const { return table_.Render(colour); }

 private:
  ctl::Table table_{{{"CONTACT"}, {""}}};
};

std::string PriorityText(const v1::ContactStatus& contact) {
  const v1::Priority& priority = contact.priority();
  const std::int64_t millis = contact.effective_priority_millis();
  std::string text = absl::StrFormat("%.3f now; starts at %d", static_cast<double>(millis) / 1000,
                                     priority.start());
  if (priority.gain_per_minute() != 0)
    absl::StrAppend(&text, ", +", priority.gain_per_minute(), "/min");
  if (priority.has_max()) absl::StrAppend(&text, ", at most ", priority.max());
  return text;
}

void AddHandlings(const v1::ContactStatus& contact, Sheet& sheet) {
  if (contact.has_waited()) sheet.Add("waited", ctl::DurationText(ctl::NsOf(contact.waited())));
  for (const v1::Handling& handling : contact.handlings()) {
    const std::int64_t ns = ctl::NsOf(handling.ended_at()) - ctl::NsOf(handling.began_at());
    sheet.Add("handled by", absl::StrCat(handling.agent_id(), " from ",
                                         ctl::TimeText(ctl::NsOf(handling.began_at())), ", ",
                                         ctl::DurationText(ns)));
  }
}

void AddEnd(const v1::ContactStatus& contact, Sheet& sheet) {
  const v1::Placement& placement = contact.placement();
  sheet.Add("end", ctl::NameOf(placement.end_reason()));
  sheet.Add("treatment", placement.treatment());
  sheet.Add("cause", ctl::NameOf(placement.cause()));
  sheet.Add("ended", ctl::TimeText(ctl::NsOf(contact.ended_at())));
}

void AddPlace(const v1::ContactStatus& contact, Sheet& sheet) {
  const v1::Placement& placement = contact.placement();
  sheet.Add("state", ctl::NameOf(placement.state()));
  sheet.Add("queue", placement.queue());
  sheet.Add("rule", placement.rule());
  if (placement.position() != 0) sheet.Add("position", std::to_string(placement.position()));
  sheet.Add("predicted wait",
            ctl::PredictedWaitText(placement.predicted_wait(), placement.has_predicted_wait()));
  for (const v1::Offer& offer : placement.offers()) {
    sheet.Add("offered to", absl::StrCat(offer.agent_id(), " until ",
                                         ctl::TimeText(ctl::NsOf(offer.expires_at()))));
  }
  sheet.Add("agent", placement.agent_id());
}

void PrintContact(const v1::ContactStatus& contact) {
  Sheet sheet;
  sheet.Add("id", contact.contact_id());
  sheet.Add("channel", contact.channel());
  sheet.Add("location", contact.location());
  sheet.Add("attributes", ctl::AttributesText(contact.attributes()));
  AddPlace(contact, sheet);
  sheet.Add("arrived", ctl::TimeText(ctl::NsOf(contact.arrived_at())));
  sheet.Add("not before", ctl::TimeText(ctl::NsOf(contact.not_before())));
  sheet.Add("assigned", ctl::TimeText(ctl::NsOf(contact.assigned_at())));
  if (contact.has_held_since()) {
    sheet.Add("on hold since", ctl::TimeText(ctl::NsOf(contact.held_since())));
  }
  const v1::ContactState state = contact.placement().state();
  if (state == v1::CONTACT_STATE_QUEUED || state == v1::CONTACT_STATE_OFFERED) {
    sheet.Add("priority", PriorityText(contact));
    sheet.Add("needs", ctl::RequirementText(contact.requirement()));
    sheet.Add("wishes for", contact.requested_agent());
    sheet.Add("last step", contact.step());
  }
  if (contact.rule_set_version() != 0) {
    sheet.Add("rules version", std::to_string(contact.rule_set_version()));
  }
  AddHandlings(contact, sheet);
  AddEnd(contact, sheet);
  std::cout << sheet.Render(ctl::HasColour(STDOUT_FILENO));
}

void PrintEvents(const v1::GetContactResponse& response) {
  if (response.events().empty()) return;
  ctl::Table table({{"TIME"}, {"EVENT"}, {"DETAIL"}});
  for (const v1::Event& event : response.events()) {
    table.AddRow(
        {ctl::TimeText(ctl::NsOf(event.time())), ctl::KindOf(event), ctl::DetailOf(event)});
  }
  std::cout << '\n' << table.Render(ctl::HasColour(STDOUT_FILENO));
  if (response.events_left_out() != 0) {
    std::cout << ctl::CountText(response.events_left_out())
              << " more in the middle of these were not kept.\n";
  }
}

int RunGet(const GetOptions& options) {
  const auto stub = v1::RoutingService::NewStub(ctl::Connect(options.client));
  v1::GetContactRequest request;
  request.set_domain(options.client.domain);
  request.set_contact_id(options.id);
  grpc::ClientContext context;
  ctl::SetCallDeadline(context);
  v1::GetContactResponse response;
  const grpc::Status status = stub->GetContact(&context, request, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (options.client.json) {
    ctl::PrintJson(response);
  } else {
    PrintContact(response.contact());
    PrintEvents(response);
  }
  return kExitOk;
}

}  // namespace

void RegisterContacts(CLI::App& app, CommandToRun& chosen) {
  CLI::App* contacts =
      app.add_subcommand("contacts", "Contacts that live, and those that have ended");
  contacts->require_subcommand(0, 1);
  RegisterContactList(*contacts, chosen);
  CLI::App* get = contacts->add_subcommand(
      "get", "One contact: where it stands and on what terms, or how it went");
  const auto options = std::make_shared<GetOptions>();
  ctl::AddClientOptions(*get, options->client);
  get->add_option("id", options->id, "The contact")->required()->type_name("ID");
  get->footer(std::string("Example:\n  strowgerctl contacts get c-1017\n\n") + ctl::kClientHelp);
  get->callback([&chosen, options] { chosen.run = [options] { return RunGet(*options); }; });
}

}  // namespace strowger
