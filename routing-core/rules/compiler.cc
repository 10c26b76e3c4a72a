#include "routing-core/rules/compiler.h"
#include "routing/siphash.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "routing-core/rules/calendar_check.h"
#include "routing-core/rules/canonical_text.h"
#include "routing-core/rules/compiled_rule_set.h"
#include "routing-core/rules/condition.h"
#include "routing-core/rules/condition_check.h"
#include "routing-core/rules/effective.h"
#include "routing-core/rules/plan_reader.h"
#include "routing-core/rules/queue_reader.h"
#include "routing-core/rules/reader.h"
#include "routing-core/rules/rule_index.h"
#include "routing-core/rules/scope.h"
#include "routing-core/rules/usage.h"
#include "routing/limits.h"

namespace strowger::rules {
namespace {

constexpr std::string_view kSchema = "strowger.rules/v1";
constexpr std::string_view kDefaultName = "default";
constexpr std::string_view kDefaultText =
    "schema: strowger.rules/v1\n"
    "rule_set: default\n"
    "rules:\n"
    "  - {id: default, then: {queue: default}}\n"
    "queues:\n"
    "  default: {}\n";
constexpr std::size_t kMaxQueues = 10'000;

// Plans inside a document: its own names, and conditions in its own scope, which is still growing.
class DocumentContext final : public PlanContext {
 public:
  explicit DocumentContext(std::shared_ptr<Scope> scope, const std::vector<std::string>& queues)
      : scope_(std::move(scope)), domains_(*scope_), queues_(queues.begin(), queues.end()) {}

  const Vocabulary& vocabulary() const override { return scope_->vocabulary(); }

  bool KnowsQueue(const Node& name, Report& report) const override {
    if (queues_.count(name.scalar) > 0) return true;
    report.UnknownName(name, "no queue " + name.scalar + " is declared", name.scalar, queues_);
    return false;
  }

  std::shared_ptr<const routing::Condition> CompileWhen(const Node& expression,
                                                        Report& report) const override {
    auto compiled = CompileExpression(expression, Use::kCondition, report);
    if (!compiled) return nullptr;
    return std::make_shared<CompiledCondition>(scope_, std::move(*compiled));
  }

  enum class Use { kLet, kCondition, kLastRule };

  // Nothing, and findings, when it does not compile.
  std::optional<Expression> CompileExpression(const Node& expression, Use use,
                                              Report& report) const {
    if (!expression.is_scalar()) {
      report.Error(expression, "expected an expression such as contact.channel == \"voice\"");
      return std::nullopt;
    }
    Expression compiled = scope_->Compile(expression.scalar, use != Use::kLet);
    for (const cel::Finding& finding : compiled.findings) {
      report.InExpression(expression, finding);
    }
    if (compiled.program == nullptr) return std::nullopt;
    programs_.push_back(compiled.program);
    Check(expression, *compiled.program, use, report);
    return compiled;
  }

  // Of every expression so far.
  const std::vector<std::shared_ptr<const cel::Program>>& programs() const { return programs_; }
  Domains& domains() const { return domains_; }

 private:
  void Check(const Node& expression, const cel::Program& program, Use use, Report& report) const {
    const bool condition = program.result_type().Is(cel::Kind::kBool) && use != Use::kLastRule;
    for (const cel::Finding& finding :
         condition ? CheckCondition(program, domains_) : CheckAttributes(program, *scope_)) {
      report.InExpression(expression, finding, Finding::Severity::kWarning);
    }
  }

  std::shared_ptr<Scope> scope_;
  mutable Domains domains_;
  mutable std::vector<std::shared_ptr<const cel::Program>> programs_;
  std::set<std::string, std::less<>> queues_;
};

class Compiler {
 public:
  Compiler(const Node& root, const CompileOptions& options)
      : root_(root), options_(options), report_(options.text) {}

  CompileResult Run() {
    CompileResult result;
    ReadDocument();
    if (report_.errors() == 0) {
      parts_.scope = scope_;
      parts_.text = options_.fragment ? CanonicalText(root_) : std::string(options_.text);
      parts_.frame = FrameOf(root_);
      using Indexing = CompiledRuleSet::Indexing;
      result.rule_set = std::make_shared<CompiledRuleSet>(
          std::move(parts_), options_.index ? Indexing::kOn : Indexing::kOff);
    }
    result.findings = report_.Take();
    result.tests = root_.Find("tests");
    return result;
  }

 private:
  void ReadDocument() {
    static constexpr std::string_view kKeys[] = {"schema",    "rule_set", "time_zone", "vocabulary",
                                                 "calendars", "flags",    "let",       "rules",
                                                 "queues",    "tests"};
    const Fields fields(root_, kKeys, report_);
    if (!fields.ok()) return;
    ReadHead(fields);
    MakeScope(fields);
    const DocumentContext context(scope_, queue_names_);
    ReadLets(fields, context);
    ReadRules(fields, context);
    ReadQueues(fields, context);
    ReportShadows(context);
    if (report_.errors() == 0 && fields.Has("rules")) {
      ReportUnused(root_, *scope_, parts_, context.programs(), report_);
    }
  }

  void ReadHead(const Fields& fields) {
    if (const Node* schema = fields.Find("schema")) {
      const Report::Step step(report_, "schema");
      if (schema->scalar != kSchema) {
        report_.Error(*schema,
                      "expected " + std::string(kSchema) + ", found \"" + schema->scalar + '"',
                      std::string(kSchema));
      }
    } else if (!options_.fragment) {
      report_.Error(root_, "the document needs schema: " + std::string(kSchema));
    }
    parts_.name = kDefaultName;
    if (const Node* name = fields.Find("rule_set")) {
      const Report::Step step(report_, "rule_set");
      parts_.name = ReadName(*name, report_).value_or("");
    } else if (!options_.fragment) {
      report_.Error(root_, "the document needs rule_set: a name for the set");
    }
  }

  // ---- What conditions can name ----

  void MakeScope(const Fields& fields) {
    Scope::Options scope;
    scope.identity = routing::SipHash128(parts_.text).ToHex();
    absl::TimeZone zone = absl::UTCTimeZone();
    if (const Node* name = fields.Find("time_zone")) {
      const Report::Step step(report_, "time_zone");
      if (const auto found = FindZone(name->scalar)) {
        zone = *found;
        scope.time_zone = name->scalar;
      } else {
        report_.Error(*name, "unknown time zone \"" + name->scalar +
                                 "\"; expected a name such as Europe/London");
      }
    }
    if (const Node* vocabulary = fields.Find("vocabulary")) {
      const Report::Step step(report_, "vocabulary");
      scope.vocabulary = ReadVocabulary(*vocabulary, report_);
    }
    if (const Node* calendars = fields.Find("calendars")) {
      const Report::Step step(report_, "calendars");
      scope.calendars = ReadCalendars(*calendars, zone);
    }
    if (const Node* flags = fields.Find("flags")) {
      const Report::Step step(report_, "flags");
      scope.flags = ReadFlags(*flags);
    }
    ReadQueueNames(fields);
    scope.queues = queue_names_;
    scope_ = std::make_shared<Scope>(std::move(scope));
  }

  std::vector<routing::FlagDefault> ReadFlags(const Node& node) {
    std::vector<routing::FlagDefault> flags;
    if (!node.is_mapping()) report_.Error(node, "expected a mapping such as {emergency: false}");
    if (node.entries.size() > routing::kMaxFlags) {
      report_.Error(node, std::to_string(node.entries.size()) + " flags; the limit is " +
                              std::to_string(routing::kMaxFlags));
    }
    for (const auto& [key, value] : node.entries) {
      const Report::Step step(report_, key.scalar);
      if (!IsIdentifier(key.scalar)) {
        report_.Error(key,
                      "the name of a flag is letters, digits and _, not beginning with a digit");
      }
      ReadName(key, report_);
      flags.push_back({key.scalar, ReadBool(value, report_).value_or(false)});
    }
    return flags;
  }

  std::vector<Calendar> ReadCalendars(const Node& node, const absl::TimeZone& zone) {
    std::vector<Calendar> calendars;
    if (!node.is_mapping()) report_.Error(node, "expected a mapping of calendar names");
    if (node.entries.size() > kMaxCalendars) {
      report_.Error(node, std::to_string(node.entries.size()) + " calendars; the limit is " +
                              std::to_string(kMaxCalendars));
    }
    for (const auto& [key, value] : node.entries) {
      const Report::Step step(report_, key.scalar);
      if (!IsIdentifier(key.scalar)) {
        report_.Error(key,
                      "the name of a calendar is letters, digits and _, not beginning with a "
                      "digit");
      }
      if (auto calendar = ReadCalendar(value, key.scalar, zone, report_)) {
        CheckCalendar(*calendar, value, options_.now, report_);
        calendars.push_back(std::move(*calendar));
      } else {
        // One without hours stands in, so that conditions that name it are not reported as well.
        calendars.emplace_back(key.scalar, zone, std::vector<Calendar::Day>(7),
                               std::vector<absl::CivilDay>());
      }
    }
    return calendars;
  }

  void ReadQueueNames(const Fields& fields) {
    const Node* queues = fields.Find("queues");
    if (queues != nullptr && queues->is_mapping()) {
      for (const auto& [key, value] : queues->entries) queue_names_.push_back(key.scalar);
    }
    if (queues == nullptr && !fields.Has("rules") && options_.fragment) {
      queue_names_.emplace_back(kDefaultName);
    }
  }

  void ReadLets(const Fields& fields, const DocumentContext& context) {
    const Node* lets = fields.Find("let");
    if (lets == nullptr) return;
    const Report::Step in_let(report_, "let");
    if (!lets->is_mapping()) {
      report_.Error(*lets, "expected a mapping of names to expressions");
      return;
    }
    if (lets->entries.size() > kMaxLets) {
      report_.Error(*lets, std::to_string(lets->entries.size()) + " lets; the limit is " +
                               std::to_string(kMaxLets));
      return;
    }
    for (const auto& [key, value] : lets->entries) {
      const Report::Step step(report_, key.scalar);
      if (std::string problem = scope_->LetProblem(key.scalar); !problem.empty()) {
        report_.Error(key, std::move(problem));
        continue;
      }
      auto compiled = context.CompileExpression(value, DocumentContext::Use::kLet, report_);
      if (!compiled) compiled = scope_->Compile("dyn(false)", false);  // lest its uses be reported
      AddCost(value, *compiled->program);
      scope_->AddLet(key.scalar, std::move(*compiled));
    }
  }

  // A decision may come to evaluate every let and every rule's condition.
  void AddCost(const Node& node, const cel::Program& program) {
    const bool within = decision_cost_ <= kMaxDecisionCost;
    decision_cost_ += program.cost();
    if (!within || decision_cost_ <= kMaxDecisionCost) return;
    report_.Error(node, "with this, a decision costs up to " + std::to_string(decision_cost_) +
                            " steps; the limit is " + std::to_string(kMaxDecisionCost));
  }

  // ---- Rules ----

  void ReadRules(const Fields& fields, const DocumentContext& context) {
    const Node* rules = fields.Find("rules");
    if (rules == nullptr) {
      if (!options_.fragment) report_.Error(root_, "the document needs rules");
      if (options_.fragment && !fields.Has("queues")) AddDefaultRule();
      return;
    }
    const Report::Step in_rules(report_, "rules");
    if (!rules->is_sequence() || rules->items.empty()) {
      report_.Error(*rules, "expected a list of at least one rule");
      return;
    }
    if (rules->items.size() > kMaxRules) {
      report_.Error(*rules, std::to_string(rules->items.size()) + " rules; the limit is " +
                                std::to_string(kMaxRules));
      return;
    }
    parts_.rules.reserve(rules->items.size());
    for (std::size_t i = 0; i < rules->items.size(); ++i) {
      const Report::Step step(report_, i);
      rules_read_.push_back({&rules->items[i], i});
      ReadRule(rules->items[i], i + 1 == rules->items.size(), context);
      if (parts_.rules.size() < rules_read_.size()) rules_read_.pop_back();  // it was no mapping
      report_.set_rule({});
    }
  }

  void AddDefaultRule() {
    CompiledRule rule;
    rule.id = kDefaultName;
    rule.plan.queue = kDefaultName;
    parts_.rules.push_back(std::move(rule));
  }

  void ReadRule(const Node& node, bool last, const DocumentContext& context) {
    static constexpr std::string_view kKeys[] = {"id", "when", "then"};
    CompiledRule rule;
    const Node* id = node.Find("id");
    if (id != nullptr && id->is_scalar()) report_.set_rule(id->scalar);
    const Fields fields(node, kKeys, report_);
    if (!fields.ok()) return;
    if (id == nullptr) {
      report_.Error(node, "a rule needs an id");
    } else {
      const Report::Step step(report_, "id");
      rule.id = ReadName(*id, report_).value_or("");
      if (!rule.id.empty() && !rule_ids_.insert(rule.id).second) {
        report_.Error(*id, "the id " + rule.id + " is taken by an earlier rule");
      }
    }
    if (const Node* then = fields.Find("then")) {
      const Report::Step step(report_, "then");
      rule.plan = ReadThen(*then, context);
    } else {
      report_.Error(node, "a rule needs then: what it decides");
    }
    if (const Node* when = fields.Find("when")) {
      const Report::Step step(report_, "when");
      ReadWhen(*when, last, context, rule);
    } else {
      rules_read_.back().usable = true;
    }
    parts_.rules.push_back(std::move(rule));
  }

  routing::Plan ReadThen(const Node& node, const DocumentContext& context) {
    const Fields fields(node, PlanKeys(), report_);
    if (!fields.ok()) return {};
    if (fields.Has("queue") == fields.Has("treatment")) {
      report_.Error(node, "a rule names either a queue or a treatment");
    }
    if (fields.Has("treatment")) {
      for (const auto& [key, value] : node.entries) {
        if (key.scalar == "treatment" || key.scalar == "queue") continue;
        report_.Error(key, key.scalar + " has no effect: a treatment ends the contact");
      }
    }
    return ReadPlan(node, context, report_);
  }

  void ReadWhen(const Node& node, bool last, const DocumentContext& context, CompiledRule& rule) {
    using Use = DocumentContext::Use;
    auto compiled =
        context.CompileExpression(node, last ? Use::kLastRule : Use::kCondition, report_);
    if (!compiled) return;
    AddCost(node, *compiled->program);
    rules_read_.back().usable = true;
    rules_read_.back().own_queue = compiled->reads.own_queue;
    const auto constant = compiled->program->constant();
    const bool always = constant && constant->IsTrue();
    if (last && !always) {
      report_.Error(node, "the last rule must be unconditional: a contact must end somewhere");
    }
    if (compiled->reads.own_queue && rule.plan.queue.empty()) {
      cel::Finding finding;
      finding.offset = scope_->PlaceOfOwnQueue(node.scalar);
      finding.message = "queue.* means the queue that the rule names, and this rule names none";
      report_.InExpression(node, finding);
    }
    if (!always) rule.when = std::move(compiled->program);
  }

  void ReportShadows(const DocumentContext& context) {
    std::vector<RuleCondition> conditions;
    for (std::size_t i = 0; i < rules_read_.size(); ++i) {
      RuleCondition condition;
      condition.when = parts_.rules[i].when.get();
      condition.queue = parts_.rules[i].plan.queue;
      condition.own_queue = rules_read_[i].own_queue;
      condition.usable = rules_read_[i].usable;
      conditions.push_back(condition);
    }
    const Report::Step in_rules(report_, "rules");
    for (const Shadow& shadow : FindShadowed(conditions, context.domains())) {
      const RuleRead& rule = rules_read_[shadow.rule];
      const Report::Step item(report_, rule.item);
      report_.set_rule(parts_.rules[shadow.rule].id);
      const Node* id = rule.node->Find("id");
      report_.Warning(id == nullptr ? *rule.node : *id, NeverReached(shadow));
    }
    report_.set_rule({});
  }

  std::string NeverReached(const Shadow& shadow) const {
    std::vector<std::string> names;
    for (const std::size_t by : shadow.by) names.push_back(parts_.rules[by].id);
    if (shadow.and_all_after) {
      return "never reached, nor is any rule below: the rule " + names[0] +
             ", above, takes every contact";
    }
    return "never reached: " + std::string(names.size() == 1 ? "the rule " : "one of the rules ") +
           Enumerate(names) + ", above, takes every contact that this one would take";
  }

  // ---- Queues ----

  void ReadQueues(const Fields& fields, const DocumentContext& context) {
    const Node* queues = fields.Find("queues");
    if (queues == nullptr) {
      for (const std::string& name : queue_names_) {
        parts_.queues.emplace_back().name = name;
      }
      if (queue_names_.empty()) report_.Error(root_, "the document needs queues");
      return;
    }
    const Report::Step in_queues(report_, "queues");
    if (!queues->is_mapping() || queues->entries.empty()) {
      report_.Error(*queues, "expected a mapping of at least one queue");
      return;
    }
    if (queues->entries.size() > kMaxQueues) {
      report_.Error(*queues, std::to_string(queues->entries.size()) + " queues; the limit is " +
                                 std::to_string(kMaxQueues));
      return;
    }
    for (const auto& [key, value] : queues->entries) {
      const Report::Step step(report_, key.scalar);
      report_.set_rule(key.scalar);
      ReadName(key, report_);
      parts_.queues.push_back(ReadQueueSettings(key.scalar, value, context, report_));
      report_.set_rule({});
    }
  }

  // Beside parts_.rules, one for one.
  struct RuleRead {
    const Node* node = nullptr;
    std::size_t item = 0;    // of the list
    bool usable = false;     // its condition compiles, or it has none
    bool own_queue = false;  // the condition reads queue.*
  };

  const Node& root_;
  const CompileOptions& options_;
  Report report_;
  std::shared_ptr<Scope> scope_;
  std::vector<std::string> queue_names_;
  std::set<std::string, std::less<>> rule_ids_;
  std::vector<RuleRead> rules_read_;
  std::uint64_t decision_cost_ = 0;
  CompiledRuleSet::Parts parts_;
};

}  // namespace

CompileResult Compile(const Node& root, const CompileOptions& options) {
  return Compiler(root, options).Run();
}

std::shared_ptr<const routing::RuleSet> DefaultRuleSet() {
  CompiledRuleSet::Parts parts;
  parts.name = kDefaultName;
  parts.text = kDefaultText;
  Scope::Options scope;
  scope.queues.emplace_back(kDefaultName);
  parts.scope = std::make_shared<Scope>(std::move(scope));
  parts.queues.emplace_back().name = kDefaultName;
  CompiledRule rule;
  rule.id = kDefaultName;
  rule.plan.queue = kDefaultName;
  parts.rules.push_back(std::move(rule));
  return std::make_shared<CompiledRuleSet>(std::move(parts));
}

}  // namespace strowger::rules
