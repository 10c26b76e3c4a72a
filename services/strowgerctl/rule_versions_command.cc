// strowgerctl rules apply, get, history and rollback: the rules of a running service.
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>

#include <CLI/CLI.hpp>

#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/names.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/command.h"
#include "strowger/v1/rules.grpc.pb.h"

namespace strowger {
namespace {

struct RulesOptions {
  ctl::ClientOptions client;
  std::string file;
  std::optional<std::uint64_t> version;     // get: which; rollback: to which
  std::optional<std::uint64_t> if_version;  // only if this one is in force
  std::string author;
  std::string comment;
  std::string waiting = "keep";  // or replan
};

void PrintFinding(const std::string& file, const v1::Finding& finding, bool colour) {
  const bool error = finding.severity() == v1::SEVERITY_ERROR;
  std::cerr << file << ':' << finding.line() << ':' << finding.column() << ": "
            << ctl::Inked(error ? "error" : "warning", error ? ctl::Ink::kBad : ctl::Ink::kWarning,
                          colour)
            << ": " << finding.message() << '\n';
  if (!finding.excerpt().empty()) {
    std::cerr << finding.excerpt() << (finding.excerpt().back() == '\n' ? "" : "\n");
  }
  if (!finding.rule().empty()) std::cerr << "    in rule " << finding.rule() << '\n';
  if (!finding.suggestion().empty()) std::cerr << "    meant: " << finding.suggestion() << "?\n";
}

void PrintVersion(const v1::RuleSetVersion& version) {
  std::cout << version.rule_set() << " version " << version.version()
            << " is in force from sequence " << version.sequence() << ", hash " << version.hash()
            << '\n';
}

// Where the service's clock is virtual the request needs a time; false where it could not be had.
template <typename Request>
bool AddTime(const std::shared_ptr<grpc::Channel>& channel, const ctl::ClientOptions& options,
             Request& request, int& code) {
  std::int64_t ns = 0;
  const grpc::Status status = ctl::TimeForCommands(channel, options.domain, &ns);
  if (!status.ok()) {
    code = ctl::ReportFailure(status, options);
    return false;
  }
  if (ns != 0) ctl::SetTimestamp(ns, request.mutable_at());
  return true;
}

std::optional<std::string> ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in.good() && !in.eof()) {
    std::cerr << "strowgerctl: cannot read " << path << '\n';
    return std::nullopt;
  }
  return text.str();
}

int RunApply(const RulesOptions& options) {
  std::optional<std::string> text = ReadText(options.file);
  if (!text.has_value()) return kExitUnusable;
  const auto channel = ctl::Connect(options.client.server);
  v1::ApplyRuleSetRequest request;
  int code = kExitOk;
  if (!AddTime(channel, options.client, request, code)) return code;
  request.set_domain(options.client.domain);
  request.set_text(*std::move(text));
  if (options.if_version.has_value()) request.set_expected_version(*options.if_version);
  request.set_author(options.author);
  request.set_comment(options.comment);
  if (options.waiting == "replan") request.set_waiting(v1::WAITING_CONTACTS_REPLAN);
  grpc::ClientContext context;
  ctl::SetCallDeadline(context);
  v1::ApplyRuleSetResponse response;
  const grpc::Status status =
      v1::RuleService::NewStub(channel)->ApplyRuleSet(&context, request, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  const bool in_force = response.receipt().outcome() == v1::OUTCOME_OK;
  if (options.client.json) {
    ctl::PrintJson(response);
    return in_force ? kExitOk : kExitFailed;
  }
  for (const v1::Finding& finding : response.findings()) {
    PrintFinding(options.file, finding, ctl::HasColour(STDERR_FILENO));
  }
  if (in_force) {
    PrintVersion(response.version());
    return kExitOk;
  }
  std::cerr << "strowgerctl: nothing was changed. Mend the document and apply it again.\n";
  return kExitFailed;
}

int RunGet(const RulesOptions& options) {
  v1::GetRuleSetRequest request;
  request.set_domain(options.client.domain);
  if (options.version.has_value()) request.set_version(*options.version);
  grpc::ClientContext context;
  ctl::SetCallDeadline(context);
  v1::GetRuleSetResponse response;
  const grpc::Status status = v1::RuleService::NewStub(ctl::Connect(options.client.server))
                                  ->GetRuleSet(&context, request, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (options.client.json) {
    ctl::PrintJson(response);
  } else {
    std::cout << response.text();
  }
  return kExitOk;
}

void PrintHistory(const v1::ListRuleSetVersionsResponse& all) {
  ctl::Table table({{"VERSION", ctl::Align::kRight},
                    {"IN FORCE SINCE"},
                    {"SEQUENCE", ctl::Align::kRight},
                    {"RULE SET"},
                    {"HASH"},
                    {"AUTHOR"},
                    {"COMMENT"}});
  for (const v1::RuleSetVersion& each : all.versions()) {
    const std::string comment =
        each.restored_version() == 0
            ? each.comment()
            : "(version " + std::to_string(each.restored_version()) + " again) " + each.comment();
    table.AddRow({{std::to_string(each.version()) + (each.active() ? " *" : "  "),
                   each.active() ? ctl::Ink::kGood : ctl::Ink::kPlain},
                  ctl::TimeText(ctl::NsOf(each.activated_at())),
                  ctl::CountText(each.sequence()),
                  each.rule_set(),
                  each.hash().substr(0, 12),
                  each.author(),
                  comment});
  }
  std::cout << table.Render(ctl::HasColour(STDOUT_FILENO));
}

int RunHistory(const RulesOptions& options) {
  const auto stub = v1::RuleService::NewStub(ctl::Connect(options.client.server));
  v1::ListRuleSetVersionsRequest request;
  request.set_domain(options.client.domain);
  v1::ListRuleSetVersionsResponse all;
  do {
    grpc::ClientContext context;
    ctl::SetCallDeadline(context);
    v1::ListRuleSetVersionsResponse page;
    const grpc::Status status = stub->ListRuleSetVersions(&context, request, &page);
    if (!status.ok()) return ctl::ReportFailure(status, options.client);
    request.set_page_token(page.next_page_token());
    all.MergeFrom(page);
  } while (!request.page_token().empty());
  all.clear_next_page_token();
  if (options.client.json) {
    ctl::PrintJson(all);
  } else {
    PrintHistory(all);
  }
  return kExitOk;
}

int RunRollback(const RulesOptions& options) {
  const auto channel = ctl::Connect(options.client.server);
  v1::RollbackRuleSetRequest request;
  int code = kExitOk;
  if (!AddTime(channel, options.client, request, code)) return code;
  request.set_domain(options.client.domain);
  request.set_to_version(*options.version);
  if (options.if_version.has_value()) request.set_expected_version(*options.if_version);
  request.set_author(options.author);
  request.set_comment(options.comment);
  if (options.waiting == "replan") request.set_waiting(v1::WAITING_CONTACTS_REPLAN);
  grpc::ClientContext context;
  ctl::SetCallDeadline(context);
  v1::RollbackRuleSetResponse response;
  const grpc::Status status =
      v1::RuleService::NewStub(channel)->RollbackRuleSet(&context, request, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (options.client.json) {
    ctl::PrintJson(response);
  } else {
    PrintVersion(response.version());
  }
  return kExitOk;
}

// The options of what changes rules: both are kept with the version.
void AddAudit(CLI::App& command, RulesOptions& options) {
  const char* user = std::getenv("USER");
  if (user != nullptr) options.author = user;
  CLI::Option* author =
      command.add_option("--author", options.author, "Who does this; default: $USER");
  author->type_name("NAME");
  if (options.author.empty()) author->required();
  command.add_option("--comment", options.comment, "Why")->required()->type_name("TEXT");
  command
      .add_option("--waiting", options.waiting,
                  "Contacts that wait: keep their plan, or replan: the new rules decide again")
      ->check(CLI::IsMember({"keep", "replan"}))
      ->capture_default_str();
  command.add_option("--if-version", options.if_version, "Only if this version is in force")
      ->type_name("N");
}

std::shared_ptr<RulesOptions> AddCommand(CLI::App& rules, CommandToRun& chosen,
                                         const std::string& name, const std::string& what,
                                         const std::string& examples,
                                         int (*run)(const RulesOptions&)) {
  CLI::App* command = rules.add_subcommand(name, what);
  auto options = std::make_shared<RulesOptions>();
  ctl::AddClientOptions(*command, options->client);
  command->footer("Examples:\n" + examples + "\n" + ctl::kClientHelp);
  command->callback(
      [&chosen, options, run] { chosen.run = [options, run] { return run(*options); }; });
  return options;
}

}  // namespace

void RegisterRuleVersions(CLI::App& app, CommandToRun& chosen) {
  CLI::App& rules = *app.get_subcommand("rules");
  const auto apply = AddCommand(
      rules, chosen, "apply", "Check a rule document and put it in force on the service",
      "  strowgerctl rules apply retail.yaml --comment \"more people for billing\"\n"
      "  strowgerctl rules apply retail.yaml --if-version 7 --author ann --comment fix\n\n"
      "With findings that are errors nothing changes.\n",
      RunApply);
  CLI::App& apply_command = *rules.get_subcommand("apply");
  apply_command.add_option("file", apply->file, "The rule document")->required()->type_name("FILE");
  AddAudit(apply_command, *apply);

  const auto get =
      AddCommand(rules, chosen, "get", "The text of the rules in force, or of a version",
                 "  strowgerctl rules get > retail.yaml\n  strowgerctl rules get 3\n", RunGet);
  rules.get_subcommand("get")
      ->add_option("version", get->version, "Default: the one in force")
      ->type_name("N");

  AddCommand(rules, chosen, "history", "Every version that was in force, newest first",
             "  strowgerctl rules history\n", RunHistory);

  const auto rollback = AddCommand(
      rules, chosen, "rollback", "Put the text of an earlier version in force again",
      "  strowgerctl rules rollback 3 --comment \"version 4 starves sales\"\n", RunRollback);
  CLI::App& rollback_command = *rules.get_subcommand("rollback");
  rollback_command.add_option("version", rollback->version, "The version to go back to")
      ->required()
      ->type_name("N");
  AddAudit(rollback_command, *rollback);
}

}  // namespace strowger
