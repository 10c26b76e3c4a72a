// strowgerctl rules apply, get, history and rollback: the rules of a running service.
#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "absl/strings/numbers.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/explanation_text.h"
#include "services/strowgerctl/client/names.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/command.h"
#include "services/strowgerctl/rule_calls.h"
#include "strowger/v1/rules.grpc.pb.h"

namespace strowger {
namespace {

// "5%", "0.5%".
bool ReadShare(const std::string& text, v1::ApplyRuleSetRequest& request) {
  double percent = 0;
  const bool ends = !text.empty() && text.back() == '%';
  if (ends && absl::SimpleAtod(text.substr(0, text.size() - 1), &percent) && percent > 0 &&
      percent <= 100) {
    request.set_share_millionths(static_cast<std::uint32_t>(percent * 10'000 + 0.5));
    return true;
  }
  std::cerr << "strowgerctl: --share is a percentage such as 5%, not " << text << '\n';
  return false;
}

int RunApply(const RulesOptions& options) {
  std::optional<std::string> text = ReadText(options.file);
  if (!text.has_value()) return kExitUnusable;
  const auto channel = ctl::Connect(options.client);
  v1::ApplyRuleSetRequest request;
  int code = kExitOk;
  if (!AddTime(channel, options.client, request, code)) return code;
  request.set_domain(options.client.domain);
  request.set_text(*std::move(text));
  if (options.if_version.has_value()) request.set_expected_version(*options.if_version);
  request.set_author(options.author);
  request.set_comment(options.comment);
  request.set_shadow(options.shadow);
  if (!options.share.empty() && !ReadShare(options.share, request)) return kExitUnusable;
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
    if (response.has_candidate()) {
      std::cout << "on trial: " << ctl::CandidateText(response.candidate());
    } else {
      PrintVersion(response.version());
    }
    return kExitOk;
  }
  std::cerr << "strowgerctl: nothing was changed. Mend the document and apply it again.\n";
  return kExitFailed;
}

int RunGet(const RulesOptions& options) {
  v1::GetRuleSetRequest request;
  request.set_domain(options.client.domain);
  if (options.version.has_value()) request.set_version(*options.version);
  request.set_effective(options.effective);
  request.set_candidate(options.candidate);
  grpc::ClientContext context;
  ctl::SetCallDeadline(context);
  v1::GetRuleSetResponse response;
  const grpc::Status status = v1::RuleService::NewStub(ctl::Connect(options.client))
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
  const auto stub = v1::RuleService::NewStub(ctl::Connect(options.client));
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
  const auto channel = ctl::Connect(options.client);
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

}  // namespace

void RegisterRuleVersions(CLI::App& app, CommandToRun& chosen) {
  CLI::App& rules = *app.get_subcommand("rules");
  const auto apply = AddCommand(
      rules, chosen, "apply", "Check a rule document and put it in force on the service",
      "  strowgerctl rules apply retail.yaml --comment \"more people for billing\"\n"
      "  strowgerctl rules apply retail.yaml --if-version 7 --author ann --comment fix\n\n"
      "  strowgerctl rules apply retail.yaml --shadow --comment \"what would it change?\"\n"
      "  strowgerctl rules apply retail.yaml --share 5% --comment \"a few calls first\"\n\n"
      "With findings that are errors nothing changes.\n",
      RunApply);
  CLI::App& apply_command = *rules.get_subcommand("apply");
  apply_command.add_option("file", apply->file, "The rule document")->required()->type_name("FILE");
  apply_command.add_flag("--shadow", apply->shadow,
                         "Try it beside the rules in force: it decides nothing and is compared");
  apply_command.add_option("--share", apply->share, "Try it on this share of contacts")
      ->type_name("PERCENT");
  AddAudit(apply_command, *apply);
  AddWaiting(apply_command, *apply);

  const auto get =
      AddCommand(rules, chosen, "get", "The text of the rules in force, or of a version",
                 "  strowgerctl rules get > retail.yaml\n  strowgerctl rules get 3\n", RunGet);
  rules.get_subcommand("get")
      ->add_option("version", get->version, "Default: the one in force")
      ->type_name("N");

  const auto show = AddCommand(
      rules, chosen, "show", "The same, with defaults filled in if asked for",
      "  strowgerctl rules show --effective\n  strowgerctl rules show --candidate\n", RunGet);
  CLI::App& show_command = *rules.get_subcommand("show");
  show_command.add_option("version", show->version, "Default: the one in force")->type_name("N");
  show_command.add_flag("--effective", show->effective,
                        "Defaults filled in, and one way of saying what can be said in several");
  show_command.add_flag("--candidate", show->candidate, "The one on trial");

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
  AddWaiting(rollback_command, *rollback);
}

}  // namespace strowger
