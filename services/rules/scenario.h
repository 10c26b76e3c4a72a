// Scenario tests as read from a file: what is to be done, when, and what must come of it. The
// reader (scenario_reader.h) makes them, the runner (scenario_runner.h) runs them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "routing-core/rules/document.h"
#include "routing/command.h"
#include "routing/outcome.h"
#include "routing/rule_set.h"
#include "routing/time.h"
#include "services/rules/loader.h"

namespace strowger::rules {

// A rule document that tests refer to, shared by all that name the same one. A document inside a
// test has the name "file:line" and positions that count in the file of the test.
using TestedRules = LoadResult;

// ---- What must happen -------------------------------------------------------------------------

// An event, or a refusal, by the names that tests use. Values are text: ids, names and numbers.
struct Happening {
  std::string type;
  std::vector<std::pair<std::string, std::string>> fields;
};

struct ExpectedHappening {
  Position at;
  Happening what;  // only the fields that matter
};

// `none` and an empty `only` differ in nothing; both allow no event since the previous entry.
struct Expectation {
  Position at;
  std::vector<ExpectedHappening> events;
  bool only = false;
};

// ---- What must be true ------------------------------------------------------------------------

// A number that may be given less exactly than it is known: equal when |actual - number| <= slack.
struct CheckedNumber {
  std::int64_t number = 0;
  std::int64_t slack = 0;
};

struct CheckedField {
  Position at;
  std::string name;
  std::string shown;  // the expected value as written
  std::variant<std::string, CheckedNumber> value;
};

struct Check {
  enum class Subject { kContact, kAgent, kQueue };
  Position at;
  Subject subject = Subject::kContact;
  std::string id;
  std::vector<CheckedField> fields;
};

// ---- What is done -----------------------------------------------------------------------------

// Refused as rule_set_invalid when the document has errors, unless the version differs first.
struct Activate {
  std::shared_ptr<const TestedRules> rules;
  std::optional<std::uint64_t> if_version;
  bool replan = false;
};

// The text of an earlier version is activated again.
struct Rollback {
  std::uint64_t to = 0;
  bool replan = false;
};

// A rule document beside the one in force.
struct Try {
  std::shared_ptr<const TestedRules> rules;
  std::int64_t share = 0;  // millionths; 0: in shadow
};

// The one on trial comes into force.
struct Promote {};

// What would become of such a contact, which does not come.
struct Foresee {
  routing::SubmitContact contact;
};

// monostate: nothing but time. In accept and decline `offer` is the n-th offer made to the pair in
// this test, counted from 1; 0 is the newest.
using Action =
    std::variant<std::monostate, routing::CommandBody, Activate, Rollback, Try, Promote, Foresee>;

struct Entry {
  Position at;
  routing::DurationNs offset = 0;   // from the start of the test
  routing::DurationNs advance = 0;  // time let pass after the action
  std::string verb;                 // "submit"; empty without an action
  Action action;
  std::string command_id;
  std::optional<Expectation> expect;
  std::vector<Check> checks;
};

struct Timeline {
  std::vector<routing::AgentUpdate> agents;  // logged in at the start, in this order
  std::vector<Position> agents_at;
  std::string first_channel;  // what `free` of an agent counts
  std::vector<Entry> entries;
};

// ---- The short forms --------------------------------------------------------------------------

struct ExpectedPlanField {
  Position at;
  std::string name;  // "rule", "priority.gain", ...: as in PlanFields of scenario_plan.h
  std::string value;
};

// One contact classified in an empty centre.
struct Classification {
  routing::SubmitContact contact;
  std::vector<ExpectedPlanField> fields;
};

struct ExpectedFinding {
  Position at;
  std::optional<std::string> rule, path, suggests;
  std::optional<std::int64_t> line, column;
  std::optional<Finding::Severity> severity;
  std::vector<std::string> says;
};

// The document is loaded and its findings compared, in document order.
struct FindingsTest {
  std::vector<ExpectedFinding> findings;
  bool only = false;
};

struct Scenario {
  std::string name;
  Position at;
  routing::TimeNs start = 0;
  std::shared_ptr<const TestedRules> rules;
  std::variant<Timeline, Classification, FindingsTest> body;
};

// What one file held. With an error among the findings the scenarios are those that could be read.
struct ScenarioFile {
  std::string path;
  std::string text;
  std::vector<Finding> findings;  // of the tests themselves, in the order of the file
  std::vector<Scenario> scenarios;

  bool usable() const;
};

}  // namespace strowger::rules
