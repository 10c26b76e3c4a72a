// strowgerctl rules diff, candidate, promote, discard and flag: before and beside a new version.
#include <unistd.h>

#include <iostream>

#include <CLI/CLI.hpp>

#include "services/strowgerctl/client/explanation_text.h"
#include "services/strowgerctl/client/table.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/rule_calls.h"

namespace strowger {
namespace {

ctl::Ink InkOf(v1::ChangeKind kind) {
  switch (kind) {
    case v1::CHANGE_KIND_ADDED:
      return ctl::Ink::kGood;
    case v1::CHANGE_KIND_REMOVED:
      return ctl::Ink::kBad;
    default:
      return ctl::Ink::kPlain;
  }
}

int RunDiff(const RulesOptions& options) {
  v1::DiffRuleSetsRequest request;
  request.set_domain(options.client.domain);
  // One alone is compared with what is in force.
  const bool one = options.to.empty();
  if (!ReadRuleSource(one ? std::string() : options.from, *request.mutable_from()) ||
      !ReadRuleSource(one ? options.from : options.to, *request.mutable_to())) {
    return kExitUnusable;
  }
  grpc::ClientContext context;
  ctl::SetCallDeadline(context);
  v1::DiffRuleSetsResponse response;
  const grpc::Status status = v1::RuleService::NewStub(ctl::Connect(options.client))
                                  ->DiffRuleSets(&context, request, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (options.client.json) {
    ctl::PrintJson(response);
    return kExitOk;
  }
  const bool colour = ctl::HasColour(STDOUT_FILENO);
  for (const v1::RuleChange& change : response.changes()) {
    std::cout << ctl::Inked(change.text(), InkOf(change.kind()), colour) << '\n';
  }
  if (response.changes().empty()) std::cout << "no difference: both mean the same\n";
  return kExitOk;
}

// False, and the exit code, when there is no answer.
bool GetRules(const RulesOptions& options, v1::GetRuleSetResponse& response, int& code) {
  v1::GetRuleSetRequest request;
  request.set_domain(options.client.domain);
  grpc::ClientContext context;
  ctl::SetCallDeadline(context);
  const grpc::Status status = v1::RuleService::NewStub(ctl::Connect(options.client))
                                  ->GetRuleSet(&context, request, &response);
  if (!status.ok()) code = ctl::ReportFailure(status, options.client);
  return status.ok();
}

int RunCandidate(const RulesOptions& options) {
  v1::GetRuleSetResponse response;
  int code = kExitOk;
  if (!GetRules(options, response, code)) return code;
  if (!response.has_candidate()) {
    std::cerr << "strowgerctl: no rule set is on trial; `rules apply FILE --shadow` begins one\n";
    return kExitFailed;
  }
  if (options.client.json) {
    ctl::PrintJson(response.candidate());
  } else {
    std::cout << ctl::CandidateText(response.candidate());
  }
  return kExitOk;
}

template <typename Request>
bool Begin(const RulesOptions& options, const std::shared_ptr<grpc::Channel>& channel,
           Request& request, int& code) {
  if (!AddTime(channel, options.client, request, code)) return false;
  request.set_domain(options.client.domain);
  request.set_author(options.author);
  request.set_comment(options.comment);
  return true;
}

int RunPromote(const RulesOptions& options) {
  const auto channel = ctl::Connect(options.client);
  v1::PromoteRuleSetRequest request;
  int code = kExitOk;
  if (!Begin(options, channel, request, code)) return code;
  if (options.if_version) request.set_expected_version(*options.if_version);
  if (options.waiting == "replan") request.set_waiting(v1::WAITING_CONTACTS_REPLAN);
  grpc::ClientContext context;
  ctl::SetCallDeadline(context);
  v1::PromoteRuleSetResponse response;
  const grpc::Status status =
      v1::RuleService::NewStub(channel)->PromoteRuleSet(&context, request, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (options.client.json) {
    ctl::PrintJson(response);
  } else {
    PrintVersion(response.version());
  }
  return kExitOk;
}

int RunDiscard(const RulesOptions& options) {
  const auto channel = ctl::Connect(options.client);
  v1::DiscardCandidateRequest request;
  int code = kExitOk;
  if (!Begin(options, channel, request, code)) return code;
  if (options.if_version) request.set_expected_version(*options.if_version);
  grpc::ClientContext context;
  ctl::SetCallDeadline(context);
  v1::DiscardCandidateResponse response;
  const grpc::Status status =
      v1::RuleService::NewStub(channel)->DiscardCandidate(&context, request, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (options.client.json) {
    ctl::PrintJson(response);
  } else {
    std::cout << "the trial has ended\n";
  }
  return kExitOk;
}

int ShowFlags(const RulesOptions& options) {
  v1::GetRuleSetResponse response;
  int code = kExitOk;
  if (!GetRules(options, response, code)) return code;
  ctl::Table table({{"FLAG"}, {"STANDS"}, {""}});
  for (const v1::Flag& flag : response.flags()) {
    if (!options.flag.empty() && flag.flag() != options.flag) continue;
    table.AddRow({{flag.flag()},
                  {flag.on() ? "on" : "off", flag.on() ? ctl::Ink::kGood : ctl::Ink::kPlain},
                  {flag.changed() ? "switched by an operator" : ""}});
  }
  std::cout << table.Render(ctl::HasColour(STDOUT_FILENO));
  return kExitOk;
}

int RunFlag(const RulesOptions& options) {
  if (options.position.empty()) return ShowFlags(options);
  if (options.comment.empty() || options.author.empty()) {
    std::cerr
        << "strowgerctl: --author and --comment are required to switch a flag: who, and why\n";
    return kExitUnusable;
  }
  const auto channel = ctl::Connect(options.client);
  v1::SetFlagRequest request;
  int code = kExitOk;
  if (!Begin(options, channel, request, code)) return code;
  request.set_flag(options.flag);
  request.set_on(options.position == "on");
  grpc::ClientContext context;
  ctl::SetCallDeadline(context);
  v1::SetFlagResponse response;
  const grpc::Status status =
      v1::RuleService::NewStub(channel)->SetFlag(&context, request, &response);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (options.client.json) {
    ctl::PrintJson(response);
  } else {
    std::cout << options.flag << " is " << options.position << " from sequence "
              << response.receipt().sequence() << '\n';
  }
  return kExitOk;
}

void AddFlagCommand(CLI::App& rules, CommandToRun& chosen) {
  const auto flag = AddCommand(rules, chosen, "flag", "Show or switch the flags of the rules",
                               "  strowgerctl rules flag\n"
                               "  strowgerctl rules flag emergency on --comment \"line cut\"\n",
                               RunFlag);
  CLI::App& command = *rules.get_subcommand("flag");
  command.add_option("name", flag->flag, "Default: all of them")->type_name("NAME");
  command.add_option("position", flag->position, "Where it is to stand")
      ->check(CLI::IsMember({"on", "off"}));
  AddAudit(command, *flag);
  command.get_option("--comment")->required(false);
  command.get_option("--author")->required(false);
}

}  // namespace

void RegisterRuleTrials(CLI::App& app, CommandToRun& chosen) {
  CLI::App& rules = *app.get_subcommand("rules");
  const auto diff = AddCommand(
      rules, chosen, "diff", "What one rule document says otherwise than another",
      "  strowgerctl rules diff retail.yaml        against the rules in force\n"
      "  strowgerctl rules diff 6 7                between two versions\n"
      "  strowgerctl rules diff old.yaml new.yaml\n  strowgerctl rules diff candidate\n\n"
      "+ added, - removed, ~ changed, > moved; defaults are filled in on both sides.\n",
      RunDiff);
  CLI::App& command = *rules.get_subcommand("diff");
  command.add_option("from", diff->from, "A file, a version, or candidate")
      ->required()
      ->type_name("A");
  command.add_option("to", diff->to, "The same; without it A is compared with what is in force")
      ->type_name("B");
  AddCommand(rules, chosen, "candidate", "How the rule set on trial does",
             "  strowgerctl rules candidate\n", RunCandidate);
  const auto promote = AddCommand(
      rules, chosen, "promote", "Put the rule set on trial in force",
      "  strowgerctl rules promote --comment \"a week in shadow, nothing odd\"\n", RunPromote);
  AddAudit(*rules.get_subcommand("promote"), *promote);
  AddWaiting(*rules.get_subcommand("promote"), *promote);
  const auto discard =
      AddCommand(rules, chosen, "discard", "End the trial",
                 "  strowgerctl rules discard --comment \"starves sales\"\n", RunDiscard);
  AddAudit(*rules.get_subcommand("discard"), *discard);
  AddFlagCommand(rules, chosen);
}

}  // namespace strowger
