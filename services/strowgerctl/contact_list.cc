// strowgerctl contacts: contacts that live and contacts that have ended, one line each.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

#include <google/protobuf/util/time_util.h>
#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/names.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/command.h"
#include "strowger/v1/routing.grpc.pb.h"

namespace strowger {
namespace {

using ctl::Align;

struct ListOptions {
  ctl::ClientOptions client;
  bool live = false;
  bool ended = false;
  std::string queue;
  std::string agent;
  std::string channel;
  std::string from;
  std::string to;
  std::uint32_t limit = 100;
};

// "2h": so long ago; else a time such as 2026-03-30T09:15:00Z.
bool ReadTime(const std::string& text, google::protobuf::Timestamp* to) {
  absl::Duration ago;
  if (absl::ParseDuration(text, &ago)) {
    ctl::SetTimestamp(absl::ToUnixNanos(absl::Now() - ago), to);
    return true;
  }
  return google::protobuf::util::TimeUtil::FromString(text, to);
}

CLI::Validator IsTime() {
  const auto check = [](const std::string& text) {
    google::protobuf::Timestamp time;
    if (ReadTime(text, &time)) return std::string();
    return absl::StrCat("must be a time such as 2026-03-30T09:15:00Z, or so long ago as 2h, not '",
                        text, "'");
  };
  return {check, "TIME"};
}

v1::ListContactsRequest RequestOf(const ListOptions& options) {
  v1::ListContactsRequest request;
  request.set_domain(options.client.domain);
  if (options.live != options.ended) {
    request.set_selection(options.live ? v1::CONTACT_SELECTION_LIVE : v1::CONTACT_SELECTION_ENDED);
  }
  request.set_queue(options.queue);
  request.set_agent_id(options.agent);
  request.set_channel(options.channel);
  if (!options.from.empty()) ReadTime(options.from, request.mutable_from());
  if (!options.to.empty()) ReadTime(options.to, request.mutable_to());
  return request;
}

std::string AgentText(const v1::ContactStatus& contact) {
  if (!contact.placement().agent_id().empty()) return contact.placement().agent_id();
  return contact.placement().offers().empty() ? "" : contact.placement().offers(0).agent_id();
}

std::string HandledText(const v1::ContactStatus& contact) {
  std::int64_t ns = 0;
  for (const v1::Handling& handling : contact.handlings()) {
    ns += ctl::NsOf(handling.ended_at()) - ctl::NsOf(handling.began_at());
  }
  return contact.handlings().empty() ? "" : ctl::DurationText(ns);
}

std::string EndText(const v1::Placement& placement) {
  if (placement.state() != v1::CONTACT_STATE_ENDED) return "";
  return placement.treatment().empty()
             ? ctl::NameOf(placement.end_reason())
             : absl::StrCat(ctl::NameOf(placement.end_reason()), " (", placement.treatment(), ")");
}

void AddContact(const v1::ContactStatus& contact, ctl::Table& table) {
  const v1::Placement& placement = contact.placement();
  const bool ended = placement.state() == v1::CONTACT_STATE_ENDED;
  table.AddRow({contact.contact_id(),
                {ctl::NameOf(placement.state()), ended ? ctl::Ink::kFaint : ctl::Ink::kGood},
                contact.channel(),
                placement.queue(),
                AgentText(contact),
                ctl::TimeText(ctl::NsOf(contact.arrived_at())),
                contact.has_waited() ? ctl::DurationText(ctl::NsOf(contact.waited())) : "",
                HandledText(contact),
                EndText(placement)});
}

int RunList(const ListOptions& options) {
  const auto stub = v1::RoutingService::NewStub(ctl::Connect(options.client));
  v1::ListContactsRequest request = RequestOf(options);
  v1::ListContactsResponse all;
  do {
    const std::uint32_t left = options.limit - static_cast<std::uint32_t>(all.contacts_size());
    request.set_page_size(std::min<std::uint32_t>(left, 1'000));
    grpc::ClientContext context;
    ctl::SetCallDeadline(context);
    v1::ListContactsResponse page;
    const grpc::Status status = stub->ListContacts(&context, request, &page);
    if (!status.ok()) return ctl::ReportFailure(status, options.client);
    request.set_page_token(page.next_page_token());
    all.MergeFrom(page);
    all.set_next_page_token(page.next_page_token());
    all.set_sequence(page.sequence());
  } while (!request.page_token().empty() &&
           static_cast<std::uint32_t>(all.contacts_size()) < options.limit);
  if (options.client.json) {
    ctl::PrintJson(all);
    return kExitOk;
  }
  ctl::Table table({{"CONTACT"},
                    {"STATE"},
                    {"CHANNEL", Align::kLeft, 4},
                    {"QUEUE"},
                    {"AGENT", Align::kLeft, 2},
                    {"ARRIVED"},
                    {"WAITED", Align::kRight, 1},
                    {"HANDLED", Align::kRight, 3},
                    {"END"}});
  for (const v1::ContactStatus& contact : all.contacts()) AddContact(contact, table);
  std::cout << table.Render(ctl::HasColour(STDOUT_FILENO), ctl::TerminalWidth(STDOUT_FILENO));
  if (!all.next_page_token().empty()) {
    std::cout << "There are more: --limit, or narrow it down.\n";
  }
  return kExitOk;
}

}  // namespace

void RegisterContactList(CLI::App& contacts, CommandToRun& chosen) {
  const auto options = std::make_shared<ListOptions>();
  ctl::AddClientOptions(contacts, options->client);
  contacts.add_flag("--live", options->live, "Only those that are queued, offered or handled");
  contacts.add_flag("--ended", options->ended, "Only those that have ended, the last first");
  contacts.add_option("--queue", options->queue, "Only those in this queue, or that ever were")
      ->type_name("NAME");
  contacts.add_option("--agent", options->agent, "Only those that this agent has, or ever had")
      ->type_name("ID");
  contacts.add_option("--channel", options->channel, "Only those of this channel")
      ->type_name("NAME");
  contacts
      .add_option("--from", options->from,
                  "Only those that arrived (live) or ended (ended) at or after this time; 2h: ago")
      ->check(IsTime());
  contacts.add_option("--to", options->to, "And before this time")->check(IsTime());
  contacts.add_option("--limit", options->limit, "At most so many (default 100)")
      ->check(CLI::Range(1, 1'000'000));
  contacts.footer(std::string("Examples:\n"
                              "  strowgerctl contacts --live --queue billing\n"
                              "  strowgerctl contacts --ended --agent ann --from 2h\n"
                              "  strowgerctl contacts get c-1017\n\n") +
                  ctl::kClientHelp);
  contacts.callback([&contacts, &chosen, options] {
    if (!contacts.get_subcommands().empty()) return;  // one was named
    chosen.run = [options] { return RunList(*options); };
  });
}

}  // namespace strowger
