#include "services/rules/scenario_classify.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "routing-core/rules/plan_reader.h"
#include "routing-core/rules/reader.h"
#include "services/rules/scenario_values.h"

namespace strowger::rules {
namespace {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

// ---- Plans as text ----------------------------------------------------------------------------

std::string Show(const routing::AttributeValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return absl::StrCat("'", *text, "'");
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return absl::StrCat(*integer);
  if (const auto* real = std::get_if<double>(&value)) return absl::StrCat(*real);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  return "list";
}

std::string Show(const routing::Atom& atom) {
  switch (atom.kind) {
    case routing::Atom::Kind::kSkillAtLeast:
      return absl::StrCat("agent.skills.", atom.name, " >= ", atom.at_least);
    case routing::Atom::Kind::kTeam:
      return absl::StrCat("agent.team == '", atom.name, "'");
    case routing::Atom::Kind::kLocation:
      return absl::StrCat("agent.location == '", atom.name, "'");
    case routing::Atom::Kind::kAgentId:
      return absl::StrCat("agent.id == '", atom.name, "'");
    case routing::Atom::Kind::kAttribute:
      return absl::StrCat("agent.attributes.", atom.name, " == ", Show(atom.value));
  }
  return "";
}

// Out of postfix order, with a bracket round every pair.
std::string Show(const routing::Formula& formula) {
  using Op = routing::Formula::Op;
  std::vector<std::string> stack;
  for (const routing::Formula::Term& term : formula.terms) {
    if (term.op == Op::kAtom) {
      stack.push_back(Show(formula.atoms[term.atom]));
    } else if (term.op == Op::kTrue || term.op == Op::kFalse) {
      stack.emplace_back(term.op == Op::kTrue ? "true" : "false");
    } else if (term.op == Op::kNot) {
      stack.back() = absl::StrCat("!(", stack.back(), ")");
    } else {
      const std::string right = std::move(stack.back());
      stack.pop_back();
      stack.back() =
          absl::StrCat("(", stack.back(), term.op == Op::kAnd ? " && " : " || ", right, ")");
    }
  }
  return stack.empty() ? "" : stack.back();
}

std::string Show(const std::vector<routing::SkillMinimum>& require) {
  return absl::StrCat("{",
                      absl::StrJoin(require, ", ",
                                    [](std::string* out, const routing::SkillMinimum& minimum) {
                                      absl::StrAppend(out, minimum.skill, ": ", minimum.at_least);
                                    }),
                      "}");
}

template <typename Items>
std::string ShowIds(const Items& items) {
  return absl::StrJoin(items, ", ",
                       [](std::string* out, const auto& item) { out->append(item.id); });
}

void AddPriority(const routing::Priority& priority, NamedValues& values) {
  values.emplace_back("priority.start", absl::StrCat(priority.start));
  values.emplace_back("priority.gain", absl::StrCat(priority.gain_per_minute));
  if (priority.max) values.emplace_back("priority.max", absl::StrCat(*priority.max));
}

// ---- Expectations -----------------------------------------------------------------------------

class ExpectedPlanReader {
 public:
  ExpectedPlanReader(const Node& node, const routing::RuleSet& rule_set, Report& report)
      : fields_(node, kKeys, report), context_(ContextOf(rule_set)), report_(report) {}

  std::vector<ExpectedPlanField> Read() {
    for (const char* key : {"rule", "queue"}) {
      if (const Node* value = fields_.Find(key)) {
        Add(*value, key, ReadString(*value, report_).value_or(""));
      }
    }
    if (const Node* treatment = fields_.Find("treatment")) {
      Add(*treatment, "treatment", ReadTreatment(*treatment, report_).value_or(""));
    }
    if (const Node* priority = fields_.Find("priority")) ReadExpectedPriority(*priority);
    ReadExpectedRequirement();
    for (const char* key : {"steps", "overflow"}) {
      if (const Node* ids = fields_.Find(key)) {
        const auto names = ReadStrings(*ids, report_);
        if (names) Add(*ids, key, absl::StrJoin(*names, ", "));
      }
    }
    if (const Node* limit = fields_.Find("wait_limit")) ReadExpectedLimit(*limit);
    return std::move(expected_);
  }

 private:
  static constexpr std::string_view kKeys[] = {"rule", "queue", "treatment", "priority",  "require",
                                               "who",  "steps", "overflow",  "wait_limit"};

  void Add(const Node& at, std::string name, std::string value) {
    expected_.push_back({at.at, std::move(name), std::move(value)});
  }

  // A number is the start; of a mapping only what it names counts.
  void ReadExpectedPriority(const Node& node) {
    const auto priority = ReadPriority(node, report_);
    if (!priority.has_value()) return;
    NamedValues all;
    AddPriority(*priority, all);
    for (auto& [name, value] : all) {
      const std::string key = name.substr(name.find('.') + 1);
      const bool named = node.is_mapping() ? node.Find(key) != nullptr : key == "start";
      if (named) Add(node, name, value);
    }
  }

  void ReadExpectedRequirement() {
    const auto requirement = ReadRequirement(fields_.node(), *context_, report_);
    if (!requirement.has_value()) return;
    if (const Node* require = fields_.Find("require")) {
      Add(*require, "require", Show(requirement->require));
    }
    if (const Node* who = fields_.Find("who")) Add(*who, "who", Show(requirement->who));
  }

  void ReadExpectedLimit(const Node& node) {
    constexpr std::string_view kLimitKeys[] = {"after", "treatment"};
    if (node.is_scalar()) {
      if (const auto after = rules::ReadDuration(node, report_)) {
        Add(node, "wait_limit.after", FormatDuration(*after));
      }
      return;
    }
    const Fields limit(node, kLimitKeys, report_);
    if (const Node* value = limit.Find("after")) {
      if (const auto after = rules::ReadDuration(*value, report_)) {
        Add(*value, "wait_limit.after", FormatDuration(*after));
      }
    }
    if (const Node* value = limit.Find("treatment")) {
      Add(*value, "wait_limit.treatment", ReadTreatment(*value, report_).value_or(""));
    }
  }

  Fields fields_;
  std::unique_ptr<PlanContext> context_;
  Report& report_;
  std::vector<ExpectedPlanField> expected_;
};

// ---- The empty centre -------------------------------------------------------------------------

class EmptyCentre : public routing::FigureSource {
 public:
  explicit EmptyCentre(const routing::RuleSet& rule_set) : rule_set_(rule_set) {}

  std::optional<std::int64_t> QueueFigure(std::string_view queue,
                                          routing::Figure figure) const override {
    for (const routing::QueueSettings& settings : rule_set_.queues()) {
      if (settings.name != queue) continue;
      return figure == routing::Figure::kPredictedWait ? routing::kNever : 0;
    }
    return std::nullopt;
  }

 private:
  const routing::RuleSet& rule_set_;
};

// Views of a contact's attributes, with room for the items of lists.
class AttributeViews {
 public:
  explicit AttributeViews(const std::vector<routing::Attribute>& attributes) {
    lists_.reserve(attributes.size());
    for (const routing::Attribute& attribute : attributes) {
      views_.push_back({attribute.name, std::visit(*this, attribute.value)});
    }
  }

  using Value = routing::AttributeView::Value;
  template <typename T>
  Value operator()(const T& value) {
    return value;
  }
  Value operator()(const std::string& text) { return std::string_view(text); }
  Value operator()(const std::vector<std::string>& items) {
    lists_.emplace_back(items.begin(), items.end());
    return absl::Span<const std::string_view>(lists_.back());
  }

  absl::Span<const routing::AttributeView> views() const { return views_; }

 private:
  std::vector<routing::AttributeView> views_;
  std::vector<std::vector<std::string_view>> lists_;
};

}  // namespace

std::vector<ExpectedPlanField> ReadExpectedPlan(const Node& node, const routing::RuleSet& rule_set,
                                                Report& report) {
  return ExpectedPlanReader(node, rule_set, report).Read();
}

routing::Decision ClassifyAlone(const routing::SubmitContact& contact, routing::TimeNs now,
                                const routing::RuleSet& rule_set, routing::Plan& storage) {
  std::vector<routing::Attribute> all = contact.attributes;
  all.insert(all.end(), contact.unstored.begin(), contact.unstored.end());
  const AttributeViews attributes(all);
  routing::ContactFacts facts;
  facts.id = contact.contact;
  facts.channel = contact.channel;
  facts.location = contact.location;
  facts.attributes = attributes.views();
  facts.arrival = contact.virtual_arrival.value_or(now);
  routing::Decision decision = rule_set.Classify(facts, now, EmptyCentre(rule_set));
  if (decision.plan != nullptr && contact.priority.has_value()) {
    storage = *decision.plan;
    storage.priority = *contact.priority;
    decision.plan = &storage;
  }
  return decision;
}

NamedValues PlanFields(const routing::Decision& decision) {
  NamedValues values;
  values.emplace_back("rule", decision.rule);
  if (decision.plan == nullptr) return values;
  const routing::Plan& plan = *decision.plan;
  values.emplace_back("queue", plan.queue);
  values.emplace_back("treatment", plan.treatment);
  AddPriority(plan.priority, values);
  values.emplace_back("require", Show(plan.requirement.require));
  values.emplace_back("who", Show(plan.requirement.who));
  values.emplace_back("steps", ShowIds(plan.steps));
  values.emplace_back("overflow", ShowIds(plan.overflow));
  if (plan.wait_limit.has_value()) {
    values.emplace_back("wait_limit.after", FormatDuration(plan.wait_limit->after));
    values.emplace_back("wait_limit.treatment", plan.wait_limit->treatment);
  }
  const auto empty = [](const auto& named) { return named.second.empty(); };
  values.erase(std::remove_if(values.begin(), values.end(), empty), values.end());
  return values;
}

}  // namespace strowger::rules
