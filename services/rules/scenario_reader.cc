#include "services/rules/scenario_reader.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "routing-core/rules/compiler.h"
#include "routing-core/rules/reader.h"
#include "services/rules/scenario_action.h"
#include "services/rules/scenario_agent.h"
#include "services/rules/scenario_classify.h"
#include "services/rules/scenario_expect.h"
#include "services/rules/scenario_values.h"
#include "services/rules/yaml.h"

namespace strowger::rules {
namespace {

using routing::TimeNs;

// Noon of a Monday, for tests that do not say when they are.
constexpr TimeNs kDefaultStart = 1'767'614'400 * routing::kSecond;  // 2026-01-05T12:00:00Z

constexpr std::string_view kTestKeys[] = {"name",    "at",     "rules", "agents",  "timeline",
                                          "contact", "expect", "only",  "findings"};

bool HasErrors(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Finding::Severity::kError;
  });
}

// ---- One test ---------------------------------------------------------------------------------

class TestReader {
 public:
  // `enclosing` is what a test without `rules` is about.
  TestReader(const ScenarioFile& file, std::shared_ptr<const TestedRules> enclosing,
             RulesLibrary& library, Report& report)
      : file_(file), enclosing_(std::move(enclosing)), library_(library), report_(report) {}

  std::optional<Scenario> Read(const Node& node);

 private:
  std::shared_ptr<const TestedRules> ReadRules(const Node& node);
  bool UsableRules(const Node& at);
  Timeline ReadTimeline(const Node& agents_and_entries);
  void ReadAgents(const Node& node, Timeline& timeline);
  std::optional<Entry> ReadEntry(const Node& node);
  void ReadEntryTime(const Fields& fields, Entry& entry);
  void ReadEntryAction(const Fields& fields, Entry& entry);
  void ReadEntryExpectation(const Fields& fields, Entry& entry);
  Classification ReadClassification(const Fields& fields);
  FindingsTest ReadFindingsTest(const Fields& fields);
  ActionScope Scope();

  const ScenarioFile& file_;
  std::shared_ptr<const TestedRules> enclosing_;
  RulesLibrary& library_;
  Report& report_;
  Scenario scenario_;
  // What is in force at the entry being read, as far as the file tells.
  std::vector<std::shared_ptr<const TestedRules>> versions_;
  routing::DurationNs clock_ = 0;
};

std::shared_ptr<const TestedRules> TestReader::ReadRules(const Node& node) {
  if (node.is_scalar() && node.style != Node::Style::kBlock) {
    const auto folder = std::filesystem::path(file_.path).parent_path();
    return library_.Load((folder / node.scalar).lexically_normal().string());
  }
  const std::string name = absl::StrCat(file_.path, ":", node.at.line);
  if (node.is_scalar()) {
    return std::make_shared<const TestedRules>(LoadRuleText(node.scalar, name));
  }
  auto rules = std::make_shared<TestedRules>();
  rules->name = name;
  rules->text = file_.text;
  rules->root = node;
  CompileOptions options;
  options.text = rules->text;
  options.fragment = true;
  CompileResult compiled = Compile(rules->root, options);
  rules->rule_set = std::move(compiled.rule_set);
  rules->findings = std::move(compiled.findings);
  return rules;
}

// Says what is wrong with the rules of a test that cannot run without them.
bool TestReader::UsableRules(const Node& at) {
  if (scenario_.rules->ok()) return true;
  for (const Finding& finding : scenario_.rules->findings) {
    if (finding.severity != Finding::Severity::kError) continue;
    report_.Error(at,
                  absl::StrCat("the rules have an error at ", scenario_.rules->name, ":",
                               finding.at.line, ":", finding.at.column, ": ", finding.message),
                  finding.suggestion);
  }
  return false;
}

ActionScope TestReader::Scope() {
  ActionScope scope;
  scope.contact = {versions_.back()->rule_set.get(), scenario_.start};
  scope.rules = [this](const Node& node) { return ReadRules(node); };
  return scope;
}

void TestReader::ReadAgents(const Node& node, Timeline& timeline) {
  Report::Step step(report_, "agents");
  if (!node.is_sequence()) report_.Error(node, "a list of agents is wanted");
  const Vocabulary& vocabulary = VocabularyOf(*scenario_.rules->rule_set);
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    Report::Step item(report_, i);
    routing::AgentUpdate agent = ReadAgent(node.items[i], vocabulary, report_);
    if (!agent.state.has_value()) agent.state = routing::AgentState::kReady;
    timeline.agents.push_back(std::move(agent));
    timeline.agents_at.push_back(node.items[i].at);
  }
}

void TestReader::ReadEntryTime(const Fields& fields, Entry& entry) {
  entry.offset = clock_;
  if (const Node* at = fields.Find("at")) {
    Report::Step step(report_, "at");
    if (const auto offset = ReadDuration(*at, report_)) {
      if (*offset < clock_) {
        report_.Error(*at, absl::StrCat("time runs backwards: the entry before ends at ",
                                        FormatDuration(clock_)));
      } else {
        entry.offset = *offset;
      }
    }
  }
  if (const Node* advance = fields.Find("advance")) {
    Report::Step step(report_, "advance");
    entry.advance = ReadDuration(*advance, report_).value_or(0);
  }
  clock_ = entry.offset + entry.advance;
  if (clock_ > routing::kLongestDuration) {
    report_.Error(fields.node(), "a test can last 366 days at the most");
  }
}

void TestReader::ReadEntryAction(const Fields& fields, Entry& entry) {
  const auto text = [this](const Node* value) {
    return value == nullptr ? std::string() : ReadString(*value, report_).value_or("");
  };
  entry.command_id = text(fields.Find("command_id"));
  for (const auto& [key, value] : fields.node().entries) {
    if (!IsAction(key.scalar)) continue;
    if (!entry.verb.empty()) {
      report_.Error(key, absl::StrCat("an entry has one action, and this one has '", entry.verb,
                                      "' already"));
      return;
    }
    entry.verb = key.scalar;
    Report::Step step(report_, key.scalar);
    entry.action = ReadAction(entry.verb, value, Scope(), report_);
    if (entry.command_id.empty()) entry.command_id = text(value.Find("command_id"));
  }
}

void TestReader::ReadEntryExpectation(const Fields& fields, Entry& entry) {
  if (const Node* expect = fields.Find("expect")) {
    Report::Step step(report_, "expect");
    entry.expect = ReadExpectation(*expect, report_);
  }
  if (const Node* only = fields.Find("only")) {
    Report::Step step(report_, "only");
    if (!entry.expect.has_value()) entry.expect = Expectation{only->at, {}, false};
    entry.expect->only |= ReadBool(*only, report_).value_or(false);
  }
  if (const Node* check = fields.Find("check")) {
    Report::Step step(report_, "check");
    entry.checks = ReadChecks(*check, report_);
  }
}

bool ExpectsRefusal(const Entry& entry) {
  return entry.expect.has_value() &&
         std::any_of(entry.expect->events.begin(), entry.expect->events.end(),
                     [](const ExpectedHappening& e) { return e.what.type == "refused"; });
}

std::optional<Entry> TestReader::ReadEntry(const Node& node) {
  const Fields fields(node, EntryKeys(), report_);
  if (!fields.ok()) return std::nullopt;
  Entry entry;
  entry.at = node.at;
  ReadEntryTime(fields, entry);
  ReadEntryAction(fields, entry);
  ReadEntryExpectation(fields, entry);
  if (ExpectsRefusal(entry)) return entry;
  if (const auto* activate = std::get_if<Activate>(&entry.action)) {
    if (activate->rules != nullptr && activate->rules->ok()) versions_.push_back(activate->rules);
  } else if (const auto* rollback = std::get_if<Rollback>(&entry.action)) {
    if (rollback->to <= versions_.size()) versions_.push_back(versions_[rollback->to - 1]);
  }
  return entry;
}

Timeline TestReader::ReadTimeline(const Node& test) {
  Timeline timeline;
  if (const Node* agents = test.Find("agents")) ReadAgents(*agents, timeline);
  const Node& entries = *test.Find("timeline");
  Report::Step step(report_, "timeline");
  if (!entries.is_sequence()) report_.Error(entries, "a list of entries is wanted");
  for (std::size_t i = 0; i < entries.items.size(); ++i) {
    Report::Step item(report_, i);
    auto entry = ReadEntry(entries.items[i]);
    if (!entry.has_value()) continue;
    const auto* body = std::get_if<routing::CommandBody>(&entry->action);
    const auto* submit = body ? std::get_if<routing::SubmitContact>(body) : nullptr;
    if (submit != nullptr && timeline.first_channel.empty()) {
      timeline.first_channel = submit->channel;
    }
    timeline.entries.push_back(*std::move(entry));
  }
  if (timeline.first_channel.empty()) timeline.first_channel = "voice";
  return timeline;
}

Classification TestReader::ReadClassification(const Fields& fields) {
  Classification body;
  const Node* contact = fields.Find("contact");
  {
    Report::Step step(report_, "contact");
    const ContactScope scope{scenario_.rules->rule_set.get(), scenario_.start};
    body.contact = ReadSubmit(*contact, scope, false, report_);
    if (body.contact.plan.has_value()) {
      report_.Error(*contact, "a contact with a plan of its own bypasses the rules",
                    "use a timeline");
    }
  }
  Report::Step step(report_, "expect");
  if (const Node* expect = fields.Find("expect")) {
    body.fields = ReadExpectedPlan(*expect, *scenario_.rules->rule_set, report_);
  } else {
    report_.Error(fields.node(), "'expect' is missing");
  }
  return body;
}

FindingsTest TestReader::ReadFindingsTest(const Fields& fields) {
  FindingsTest body;
  const Node& node = *fields.Find("findings");
  {
    Report::Step step(report_, "findings");
    body.findings = ReadExpectedFindings(node, report_);
  }
  body.only = node.is_scalar();
  if (const Node* only = fields.Find("only")) {
    body.only = ReadBool(*only, report_).value_or(false) || body.only;
  }
  return body;
}

std::optional<Scenario> TestReader::Read(const Node& node) {
  const std::size_t errors_before = report_.errors();
  const Node* name = node.Find("name");
  scenario_.name = name != nullptr ? name->scalar : absl::StrCat("line ", node.at.line);
  scenario_.at = node.at;
  report_.set_rule(scenario_.name);
  const Fields fields(node, kTestKeys, report_);
  if (!fields.ok()) return std::nullopt;
  scenario_.start = kDefaultStart;
  if (const Node* at = fields.Find("at")) {
    Report::Step step(report_, "at");
    scenario_.start = ReadInstant(*at, std::nullopt, report_).value_or(kDefaultStart);
  }
  const Node* rules = fields.Find("rules");
  scenario_.rules = rules != nullptr ? ReadRules(*rules) : enclosing_;
  const bool is_timeline = fields.Has("timeline");
  const bool is_short = fields.Has("contact");
  const bool is_findings = fields.Has("findings");
  if (is_timeline + is_short + is_findings != 1) {
    report_.Error(node, "a test has one of 'timeline', 'contact' and 'findings'");
    return std::nullopt;
  }
  if (is_findings) {
    scenario_.body = ReadFindingsTest(fields);
  } else {
    if (!UsableRules(rules != nullptr ? *rules : node)) return std::nullopt;
    versions_ = {scenario_.rules};
    if (is_timeline) scenario_.body = ReadTimeline(node);
    if (is_short) scenario_.body = ReadClassification(fields);
  }
  if (report_.errors() != errors_before) return std::nullopt;
  return std::move(scenario_);
}

// ---- The file ---------------------------------------------------------------------------------

// A file is a rule document as soon as it has a key of one; `rules` alone may be a test's.
bool IsRuleDocument(const Node& root) {
  constexpr std::string_view kOwnKeys[] = {"schema", "rule_set", "vocabulary", "calendars",
                                           "let",    "queues",   "rules",      "time_zone"};
  return std::any_of(std::begin(kOwnKeys), std::end(kOwnKeys),
                     [&root](std::string_view key) { return root.Find(key) != nullptr; });
}

void ReadTests(const Node& tests, const std::shared_ptr<const TestedRules>& enclosing,
               RulesLibrary& library, ScenarioFile& file) {
  Report report(file.text);
  Report::Step step(report, "tests");
  if (!tests.is_sequence()) report.Error(tests, "a list of tests is wanted");
  for (std::size_t i = 0; i < tests.items.size(); ++i) {
    Report::Step item(report, i);
    auto scenario = TestReader(file, enclosing, library, report).Read(tests.items[i]);
    if (scenario.has_value()) file.scenarios.push_back(*std::move(scenario));
  }
  file.findings = report.Take();
}

}  // namespace

bool ScenarioFile::usable() const { return !HasErrors(findings); }

std::shared_ptr<const TestedRules> RulesLibrary::Load(const std::string& path) {
  auto& rules = by_path_[path];
  if (rules != nullptr) return rules;
  if (paths_ == Paths::kAllowed) {
    rules = std::make_shared<const TestedRules>(LoadRuleFile(path));
  } else {
    auto refused = std::make_shared<TestedRules>();
    refused->name = path;
    refused->findings.emplace_back();
    refused->findings.back().message = "tests of this document cannot refer to other files";
    rules = std::move(refused);
  }
  return rules;
}

std::shared_ptr<const TestedRules> RulesLibrary::Load(const std::string& path,
                                                      const std::string& text) {
  auto& rules = by_path_[path];
  if (rules == nullptr) rules = std::make_shared<const TestedRules>(LoadRuleText(text, path));
  return rules;
}

std::shared_ptr<const TestedRules> RulesLibrary::Default() {
  if (default_ == nullptr) {
    auto rules = std::make_shared<TestedRules>();
    rules->name = "default rules";
    rules->rule_set = DefaultRuleSet();
    default_ = std::move(rules);
  }
  return default_;
}

ScenarioFile ReadScenarioText(std::string text, const std::string& path, RulesLibrary& library) {
  ScenarioFile file;
  file.path = path;
  file.text = std::move(text);
  ParsedDocument document = ParseYaml(file.text);
  file.findings = std::move(document.findings);
  if (HasErrors(file.findings)) return file;
  const Node* tests = document.root.Find("tests");
  if (IsRuleDocument(document.root)) {
    if (tests != nullptr) ReadTests(*tests, library.Load(path, file.text), library, file);
    return file;
  }
  constexpr std::string_view kFileKeys[] = {"tests"};
  Report report(file.text);
  const Fields fields(document.root, kFileKeys, report);
  if (fields.ok() && tests == nullptr) report.Error(document.root, "there are no tests here");
  file.findings = report.Take();
  if (tests != nullptr && file.findings.empty())
    ReadTests(*tests, library.Default(), library, file);
  return file;
}

ScenarioFile ReadScenarioFile(const std::string& path, RulesLibrary& library) {
  std::ifstream stream(path, std::ios::binary);
  // One byte past the limit is enough for the parser to refuse it.
  std::string text(ParseLimits{}.max_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (!stream.good() && !stream.eof()) {
    ScenarioFile file;
    file.path = path;
    Finding finding;
    finding.message = "the file cannot be read";
    file.findings.push_back(std::move(finding));
    return file;
  }
  return ReadScenarioText(std::move(text), path, library);
}

}  // namespace strowger::rules
