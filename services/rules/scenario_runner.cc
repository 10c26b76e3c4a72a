#include "services/rules/scenario_runner.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "routing-core/rules/reader.h"
#include "routing-core/rules/trace.h"
#include "routing/router.h"
#include "services/rules/scenario_checks.h"
#include "services/rules/scenario_classify.h"
#include "services/rules/scenario_diff.h"
#include "services/rules/scenario_events.h"

namespace strowger::rules {
namespace {

using routing::Outcome;
using routing::TimeNs;

// Ample for a test, and quick to set up.
constexpr routing::Limits kLimits{2'000, 20'000, 20'000, 1'000, 4'096, 4'096};

// What the conditions came to when rules last decided about the contact.
void ReachBranches(const routing::Router& router, const std::string& contact,
                   const TestedRules& rules, ScenarioCoverage& coverage) {
  const auto decisions = router.DecisionsAbout(contact);
  if (!decisions || decisions->classifications.empty()) return;
  const routing::Classification& last = decisions->classifications.back();
  if (last.by_candidate) return;
  const auto trace = TraceDecision(last);
  if (!trace) return;
  for (const TracedRule& rule : trace->rules) {
    if (rule.parts.empty()) coverage.ReachBranch(rules, rule.rule, 0, rule.truth);
    for (std::size_t i = 0; i < rule.parts.size(); ++i) {
      if (!rule.parts[i].known) continue;
      coverage.ReachBranch(rules, rule.rule, i, rule.parts[i].truth);
    }
  }
}

// ---- Timelines --------------------------------------------------------------------------------

class TimelineRunner {
 public:
  TimelineRunner(const Scenario& scenario, const Timeline& timeline, ScenarioCoverage* coverage)
      : scenario_(scenario),
        timeline_(timeline),
        coverage_(coverage),
        router_(kLimits, scenario.rules->rule_set),
        versions_{scenario.rules} {}

  ScenarioResult Run() {
    for (std::size_t i = 0; i < timeline_.agents.size(); ++i) {
      const Outcome outcome = Send(scenario_.start, routing::UpsertAgents{{timeline_.agents[i]}});
      if (outcome == Outcome::kOk) continue;
      return {false, absl::StrCat("  agent ", timeline_.agents[i].agent, " (line ",
                                  timeline_.agents_at[i].line, ") cannot log in\n",
                                  ListEvents(happened_))};
    }
    for (std::size_t i = 0; i < timeline_.entries.size(); ++i) {
      const std::string trouble = RunEntry(timeline_.entries[i]);
      if (trouble.empty()) continue;
      return {false, absl::StrCat(Heading(i), trouble)};
    }
    return {true, ""};
  }

 private:
  std::string Heading(std::size_t index) const {
    const Entry& entry = timeline_.entries[index];
    return absl::StrCat("  entry ", index + 1, " at ", FormatDuration(entry.offset),
                        entry.verb.empty() ? "" : ", ", entry.verb, " (line ", entry.at.line,
                        ")\n");
  }

  // What went wrong, or nothing.
  std::string RunEntry(const Entry& entry) {
    happened_.clear();
    const TimeNs now = scenario_.start + entry.offset;
    const Outcome outcome = Do(entry, now);
    if (entry.advance > 0) Send(now + entry.advance, routing::Tick{});
    std::string trouble = CompareWithExpectation(entry, outcome);
    std::string checks;
    for (const Check& check : entry.checks) {
      for (const std::string& failed : FailedChecks(check, router_, timeline_.first_channel)) {
        absl::StrAppend(&checks, "    ", failed, " (line ", check.at.line, ")\n");
      }
    }
    if (trouble.empty() && !checks.empty() && !happened_.empty()) {
      trouble = absl::StrCat("    what happened:\n", ListEvents(happened_));
    }
    return checks + trouble;
  }

  // A refusal that nothing in the entry expects is a failure too: a test whose command never took
  // place proves nothing.
  std::string CompareWithExpectation(const Entry& entry, Outcome outcome) {
    const auto refusal = Describe(outcome).type;
    const bool expected =
        entry.expect.has_value() &&
        std::any_of(entry.expect->events.begin(), entry.expect->events.end(),
                    [&refusal](const ExpectedHappening& e) { return e.what.type == refusal; });
    if (entry.expect.has_value()) {
      std::string listing = CompareEvents(*entry.expect, happened_, entry.offset);
      if (!listing.empty()) {
        return absl::StrCat("    what happened ('-' did not, '+' should not have):\n", listing);
      }
    }
    if (outcome == Outcome::kOk || expected) return "";
    return absl::StrCat("    the command was refused, which nothing here expects:\n",
                        ListEvents(happened_));
  }

  // ---- Commands ----

  // A repeated command id does nothing and comes to what it first came to.
  Outcome Do(const Entry& entry, TimeNs now) {
    const auto known = outcomes_.find(entry.command_id);
    if (!entry.command_id.empty() && known != outcomes_.end()) {
      Send(now, routing::Tick{});
      return Note(now, {known->second, "a repeated command id"});
    }
    const Outcome outcome = std::visit(
        [this, now](const auto& action) { return this->Act(now, action); }, entry.action);
    if (!entry.command_id.empty()) outcomes_.emplace(entry.command_id, outcome);
    return outcome;
  }

  Outcome Act(TimeNs now, std::monostate) { return Send(now, routing::Tick{}); }

  Outcome Act(TimeNs now, const routing::CommandBody& body) {
    if (const auto* accept = std::get_if<routing::AcceptOffer>(&body)) {
      return Send(now, Resolved(*accept));
    }
    if (const auto* decline = std::get_if<routing::DeclineOffer>(&body)) {
      return Send(now, Resolved(*decline));
    }
    return Send(now, body);
  }

  Outcome Act(TimeNs now, const Activate& activate) {
    if (activate.rules->ok()) {
      return Switch(now, activate.rules, activate.if_version, activate.replan);
    }
    Send(now, routing::Tick{});
    if (activate.if_version.has_value() && *activate.if_version != versions_.size()) {
      return Note(now, {Outcome::kVersionMismatch, {}});
    }
    const Finding& first = activate.rules->findings.front();
    return Note(now, {Outcome::kRuleSetInvalid, first.message});
  }

  Outcome Act(TimeNs now, const Rollback& rollback) {
    if (rollback.to <= versions_.size()) {
      return Switch(now, versions_[rollback.to - 1], {}, rollback.replan);
    }
    Send(now, routing::Tick{});
    return Note(now, {Outcome::kInvalidArgument, "there is no such version"});
  }

  Outcome Act(TimeNs now, const Try& trial) {
    if (!trial.rules->ok()) {
      Send(now, routing::Tick{});
      return Note(now, {Outcome::kRuleSetInvalid, trial.rules->findings.front().message});
    }
    routing::SetCandidate body;
    body.rule_set = trial.rules->rule_set;
    body.share = trial.share;
    const Outcome outcome = Send(now, std::move(body));
    if (outcome == Outcome::kOk) candidate_ = trial.rules;
    return outcome;
  }

  Outcome Act(TimeNs now, const Foresee& asked) {
    Send(now, routing::Tick{});
    const routing::ArrivalPrediction predicted = router_.Predict(asked.contact);
    if (predicted.refusal.ok()) {
      happened_.push_back({now - scenario_.start, Describe(predicted), ""});
    }
    return Note(now, {predicted.refusal.outcome, std::string(predicted.refusal.field)});
  }

  Outcome Act(TimeNs now, const Promote&) {
    if (router_.Candidate().has_value()) return Switch(now, candidate_, {}, false);
    Send(now, routing::Tick{});
    return Note(now, {Outcome::kWrongState, "there is no candidate"});
  }

  Outcome Switch(TimeNs now, const std::shared_ptr<const TestedRules>& rules,
                 std::optional<std::uint64_t> if_version, bool replan) {
    const Outcome outcome =
        Send(now, routing::ActivateRuleSet{rules->rule_set, if_version, replan});
    if (outcome != Outcome::kOk) return outcome;
    versions_.push_back(rules);
    if (coverage_ != nullptr) coverage_->Add(rules);
    return outcome;
  }

  // The n-th offer of the pair by the router's number; one that was never made is not open either.
  template <typename Answer>
  Answer Resolved(Answer answer) const {
    if (answer.offer == 0) return answer;
    const auto offers = offers_.find({answer.contact, answer.agent});
    const bool made = offers != offers_.end() && answer.offer <= offers->second.size();
    answer.offer =
        made ? offers->second[answer.offer - 1] : std::numeric_limits<std::uint64_t>::max();
    return answer;
  }

  Outcome Send(TimeNs now, routing::CommandBody body) {
    routing::Command command;
    command.sequence = ++sequence_;
    command.time = now;
    command.body = std::move(body);
    events_.clear();
    const routing::Result result = router_.Apply(command, events_);
    if (coverage_ != nullptr && result.ok()) CoverBranches(command.body);
    for (const routing::Event& event : events_) Collect(event);
    return Note(now, {result.outcome, std::string(result.field)});
  }

  struct Refusal {
    Outcome outcome;
    std::string note;
  };

  Outcome Note(TimeNs now, const Refusal& refusal) {
    if (refusal.outcome != Outcome::kOk) {
      happened_.push_back({now - scenario_.start, Describe(refusal.outcome), refusal.note});
    }
    return refusal.outcome;
  }

  // ---- Events ----

  void Collect(const routing::Event& event) {
    happened_.push_back({event.time - scenario_.start, Describe(event), ""});
    const std::string contact(event.contact);
    if (event.type == routing::EventType::kOffered) {
      offers_[{contact, std::string(event.agent)}].push_back(event.offer);
    }
    if (coverage_ != nullptr && !contact.empty()) Cover(event, contact);
  }

  void CoverBranches(const routing::CommandBody& body) {
    const auto* const submit = std::get_if<routing::SubmitContact>(&body);
    const auto* const update = std::get_if<routing::UpdateContact>(&body);
    const bool classified =
        (submit != nullptr && !submit->plan) || (update != nullptr && update->replan);
    if (classified) {
      ReachBranches(router_, submit != nullptr ? submit->contact : update->contact,
                    *versions_.back(), *coverage_);
    }
  }

  void Cover(const routing::Event& event, const std::string& contact) {
    using Type = routing::EventType;
    const bool placed = event.type == Type::kQueued || event.type == Type::kReplanned;
    auto& rules = placed_by_[contact];
    if (placed || rules == nullptr) rules = versions_.back();
    const auto view = router_.FindContact(contact);
    if (!view.has_value()) return;
    const auto reach = [&](std::string_view kind, std::string_view what, std::string_view id) {
      coverage_->Reach(*rules, absl::StrCat(std::string(kind), " ", std::string(what),
                                            id.empty() ? "" : "/", std::string(id)));
    };
    if (!view->rule.empty()) reach("rule", view->rule, "");
    if (event.type == Type::kStep) reach("step", view->rule, event.text);
    if (event.type == Type::kOverflowed && !event.text.empty()) {
      reach("overflow", view->rule, event.text);
    }
    if (event.type == Type::kOverflowed && event.text.empty()) reach("when_full", event.queue, "");
    if (event.type != Type::kEnded) return;
    if (event.cause == routing::Cause::kWaitLimit) reach("wait_limit", view->rule, "");
    if (event.cause == routing::Cause::kQueueFull) reach("when_full", event.queue, "");
  }

  const Scenario& scenario_;
  const Timeline& timeline_;
  ScenarioCoverage* coverage_;
  routing::Router router_;
  std::vector<std::shared_ptr<const TestedRules>> versions_;  // version n at n - 1
  std::shared_ptr<const TestedRules> candidate_;              // the last one tried
  std::uint64_t sequence_ = 0;
  routing::EventBuffer events_;
  std::vector<Happened> happened_;  // since the previous entry
  std::map<std::string, Outcome> outcomes_;
  std::map<std::pair<std::string, std::string>, std::vector<std::uint64_t>> offers_;
  std::map<std::string, std::shared_ptr<const TestedRules>> placed_by_;
};

// ---- The short forms --------------------------------------------------------------------------

ScenarioResult RunClassification(const Scenario& scenario, const Classification& body,
                                 ScenarioCoverage* coverage) {
  routing::Plan storage;
  const routing::Decision decision =
      ClassifyAlone(body.contact, scenario.start, *scenario.rules->rule_set, storage);
  if (coverage != nullptr) {
    coverage->Reach(*scenario.rules, absl::StrCat("rule ", std::string(decision.rule)));
    routing::Router router(kLimits, scenario.rules->rule_set);
    routing::Command command;
    command.sequence = 1;
    command.time = scenario.start;
    routing::SubmitContact contact = body.contact;
    contact.contact = "contact";  // the short form has no id
    command.body = contact;
    routing::EventBuffer events;
    router.Apply(command, events);
    ReachBranches(router, contact.contact, *scenario.rules, *coverage);
  }
  const auto actual = PlanFields(decision);
  std::string report;
  for (const ExpectedPlanField& field : body.fields) {
    const auto found = std::find_if(actual.begin(), actual.end(),
                                    [&field](const auto& f) { return f.first == field.name; });
    const std::string is = found == actual.end() ? "" : found->second;
    if (is == field.value) continue;
    absl::StrAppend(&report, "    ", field.name, " is ", is.empty() ? "none" : is, ", not ",
                    field.value.empty() ? "none" : field.value, " (line ", field.at.line, ")\n");
  }
  if (report.empty()) return {true, ""};
  absl::StrAppend(&report, "    the rules decided:\n");
  for (const auto& [name, value] : actual)
    absl::StrAppend(&report, "      ", name, ": ", value, "\n");
  return {false, absl::StrCat("  the contact was not placed as expected\n", report)};
}

// `suggests: tier` also fits `contact.tier`.
bool Suggests(const Finding& finding, const std::string& name) {
  return finding.suggestion == name || absl::EndsWith(finding.suggestion, "." + name);
}

bool Fits(const ExpectedFinding& expected, const Finding& finding) {
  const std::string message = absl::AsciiStrToLower(finding.message);
  const bool says =
      std::all_of(expected.says.begin(), expected.says.end(), [&message](const std::string& part) {
        return absl::StrContains(message, absl::AsciiStrToLower(part));
      });
  return says && (!expected.rule || *expected.rule == finding.rule) &&
         (!expected.path || *expected.path == finding.path) &&
         (!expected.line || *expected.line == finding.at.line) &&
         (!expected.column || *expected.column == finding.at.column) &&
         (!expected.severity || *expected.severity == finding.severity) &&
         (!expected.suggests || Suggests(finding, *expected.suggests));
}

ScenarioResult RunFindingsTest(const Scenario& scenario, const FindingsTest& body) {
  const std::vector<Finding>& findings = scenario.rules->findings;
  std::vector<bool> taken(findings.size(), false);
  std::string missing;
  std::size_t next = 0;
  for (const ExpectedFinding& expected : body.findings) {
    const auto found =
        std::find_if(findings.begin() + static_cast<std::ptrdiff_t>(next), findings.end(),
                     [&expected](const Finding& finding) { return Fits(expected, finding); });
    if (found == findings.end()) {
      absl::StrAppend(&missing, "    the finding at line ", expected.at.line, " was not made\n");
      continue;
    }
    next = static_cast<std::size_t>(found - findings.begin()) + 1;
    taken[next - 1] = true;
  }
  const bool others = std::find(taken.begin(), taken.end(), false) != taken.end();
  if (missing.empty() && (!body.only || !others)) return {true, ""};
  std::string report =
      absl::StrCat("  the findings of ", scenario.rules->name, " are not as expected\n", missing,
                   "    findings", body.only ? " ('+' should not be):\n" : ":\n");
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const Finding& finding = findings[i];
    absl::StrAppend(
        &report, body.only && !taken[i] ? "    + " : "      ", finding.at.line, ":",
        finding.at.column, " ", finding.path, ": ", finding.message,
        finding.rule.empty() ? "" : absl::StrCat(" (rule ", finding.rule, ")"),
        finding.suggestion.empty() ? "" : absl::StrCat("; suggests ", finding.suggestion), "\n");
  }
  return {false, report};
}

}  // namespace

ScenarioResult RunScenario(const Scenario& scenario, ScenarioCoverage* coverage) {
  if (const auto* findings = std::get_if<FindingsTest>(&scenario.body)) {
    return RunFindingsTest(scenario, *findings);
  }
  if (coverage != nullptr) coverage->Add(scenario.rules);
  if (const auto* short_form = std::get_if<Classification>(&scenario.body)) {
    return RunClassification(scenario, *short_form, coverage);
  }
  return TimelineRunner(scenario, std::get<Timeline>(scenario.body), coverage).Run();
}

}  // namespace strowger::rules
