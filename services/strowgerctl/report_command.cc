// strowgerctl report: what happened in each interval of a day, as a table, CSV or JSON.
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>

#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/report_text.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/command.h"
#include "strowger/v1/queues.grpc.pb.h"

namespace strowger {
namespace {

constexpr std::uint32_t kPage = 5'000;

struct ReportOptions {
  ctl::ClientOptions client;
  std::vector<std::string> names;
  std::string day = "today";
  std::string to;
  std::string interval = "30";
  std::string output = "table";
  bool agents = false;
  bool empty = false;
};

v1::GetReportRequest RequestOf(const ReportOptions& options) {
  v1::GetReportRequest request;
  request.set_domain(options.client.domain);
  request.set_first_day(options.day);
  request.set_last_day(options.to);
  request.set_interval(options.interval == "15"    ? v1::REPORT_INTERVAL_QUARTER_HOUR
                       : options.interval == "day" ? v1::REPORT_INTERVAL_DAY
                                                   : v1::REPORT_INTERVAL_HALF_HOUR);
  request.set_subject(options.agents ? v1::REPORT_SUBJECT_AGENTS : v1::REPORT_SUBJECT_QUEUES);
  for (const std::string& name : options.names) request.add_names(name);
  request.set_include_empty(options.empty);
  request.set_page_size(kPage);
  return request;
}

int RunReport(const ReportOptions& options) {
  const auto stub = v1::QueueService::NewStub(ctl::Connect(options.client));
  v1::GetReportRequest request = RequestOf(options);
  v1::GetReportResponse all;
  do {
    grpc::ClientContext context;
    ctl::SetCallDeadline(context);
    v1::GetReportResponse page;
    const grpc::Status status = stub->GetReport(&context, request, &page);
    if (!status.ok()) return ctl::ReportFailure(status, options.client);
    request.set_page_token(page.next_page_token());
    // Of one day from the first page on, also when midnight passes meanwhile.
    if (all.queues().empty() && all.agents().empty())
      all = page;
    else {
      all.mutable_queues()->MergeFrom(page.queues());
      all.mutable_agents()->MergeFrom(page.agents());
    }
  } while (!request.page_token().empty());
  all.clear_next_page_token();
  if (options.output == "json") {
    ctl::PrintJson(all);
  } else if (options.output == "csv") {
    std::cout << (options.agents ? ctl::AgentReportCsv(all) : ctl::QueueReportCsv(all));
  } else {
    const ctl::Table table =
        options.agents ? ctl::AgentReportTable(all) : ctl::QueueReportTable(all);
    std::cout << ctl::ReportTitle(all) << '\n';
    if (!table.empty())
      std::cout << table.Render(ctl::HasColour(STDOUT_FILENO), ctl::TerminalWidth(STDOUT_FILENO));
  }
  return kExitOk;
}

}  // namespace

void RegisterReport(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command =
      app.add_subcommand("report", "What happened in each interval of a day, by queue or agent");
  const auto options = std::make_shared<ReportOptions>();
  ctl::AddServerOption(*command, options->client);
  command
      ->add_option("--domain", options->client.domain,
                   "The domain; the service's default if not given")
      ->type_name("NAME");
  command->add_option("names", options->names, "Only these queues or agents")->type_name("NAME");
  command->add_flag("--agents", options->agents, "By agent, and how they spent their time");
  command
      ->add_option("--day", options->day,
                   "today, yesterday, or a day such as 2026-03-29, in the site's time zone")
      ->capture_default_str()
      ->type_name("DAY");
  command->add_option("--to", options->to, "The last day, where there are several")
      ->type_name("DAY");
  command->add_option("--interval", options->interval, "15 or 30 minutes, or day")
      ->check(CLI::IsMember({"15", "30", "day"}))
      ->capture_default_str()
      ->type_name("LENGTH");
  command->add_flag("--empty", options->empty, "Also intervals in which nothing happened");
  command->add_option("-o,--output", options->output, "table, csv or json")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str()
      ->type_name("FORM");
  command->footer(
      std::string(
          "Examples:\n"
          "  strowgerctl report\n"
          "  strowgerctl report --interval 15 billing\n"
          "  strowgerctl report --agents --interval day --day yesterday\n"
          "  strowgerctl report --day 2026-03-01 --to 2026-03-31 -o csv >march.csv\n\n"
          "QUEUED counts contacts that entered the queue, SERVED those assigned to an agent, "
          "OTHER\n"
          "those that left in another way than served or abandoned. LEVEL is the service level, "
          "ASA\n"
          "the mean wait of those served, AHT handling and wrap-up over HANDLED. The total counts\n"
          "those who abandoned as late. Each thing counts in the interval in which it happened, a\n"
          "handling in the one in which it ended. CSV is RFC 4180, with times in seconds.\n\n") +
      ctl::kClientHelp);
  command->callback([&chosen, options] { chosen.run = [options] { return RunReport(*options); }; });
}

}  // namespace strowger
