#include "services/grpc/convert_plan.h"

#include <cmath>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "routing-core/cel/finding.h"
#include "routing-core/rules/compiler.h"
#include "routing-core/rules/plan_reader.h"
#include "routing-core/rules/who.h"
#include "routing/limits.h"
#include "services/grpc/convert_commands.h"

namespace strowger::grpc_api {
namespace {

using routing::kMaxPriority;

constexpr std::size_t kMaxExpressionBytes = 65'536;

void AddFindings(const std::vector<cel::Finding>& findings, const char* field,
                 Violations& violations) {
  for (const cel::Finding& finding : findings) {
    std::string text = absl::StrCat(finding.line, ":", finding.column, ": ", finding.message);
    if (!finding.suggestion.empty()) {
      absl::StrAppend(&text, "; did you mean ", finding.suggestion, "?");
    }
    violations.Add(field, std::move(text));
  }
}

void ConvertSkill(const v1::SkillRequirement& from, Conversion& conversion,
                  routing::SkillMinimum& to) {
  Violations& violations = conversion.violations;
  RequireName(from.skill(), "skill", violations);
  RequireKnown(from.skill(), conversion.vocabulary.skills, "skill", "skill", violations);
  to.skill = from.skill();
  to.at_least = from.min_proficiency() == 0 ? 1 : from.min_proficiency();
  std::int64_t most = routing::kMaxProficiency;
  if (conversion.vocabulary.skills.has_value()) {
    const auto range = conversion.vocabulary.skills->find(from.skill());
    if (range != conversion.vocabulary.skills->end()) most = range->second.most;
  }
  RequireWithin(to.at_least, 1, most, "min_proficiency", violations);
}

void ConvertSkills(const google::protobuf::RepeatedPtrField<v1::SkillRequirement>& from,
                   Conversion& conversion, std::vector<routing::SkillMinimum>& to) {
  to.clear();
  LimitCount(from.size(), routing::kMaxSkillsPerAgent, "skills", conversion.violations);
  if (static_cast<std::size_t>(from.size()) > routing::kMaxSkillsPerAgent) return;
  to.resize(static_cast<std::size_t>(from.size()));
  for (int i = 0; i < from.size(); ++i) {
    const Violations::Step step(conversion.violations, "skills", i);
    ConvertSkill(from[i], conversion, to[static_cast<std::size_t>(i)]);
  }
  SortUnique(
      to, [](const routing::SkillMinimum& item) { return item.skill; }, "skills",
      conversion.violations);
}

std::shared_ptr<const routing::Condition> CompileWhen(const std::string& text,
                                                      Conversion& conversion) {
  if (text.empty()) return nullptr;
  LimitBytes(text, kMaxExpressionBytes, "when", conversion.violations);
  if (text.size() > kMaxExpressionBytes) return nullptr;
  rules::ConditionResult compiled = rules::CompileCondition(text, conversion.rule_set);
  AddFindings(compiled.findings, "when", conversion.violations);
  return std::move(compiled.condition);
}

// The two fields of the oneof `priority`, in a step or an overflow.
template <typename From>
std::optional<routing::PriorityChange> ConvertChange(const From& from, Conversion& conversion) {
  routing::PriorityChange change;
  if (from.has_set_priority()) {
    const Violations::Step step(conversion.violations, "set_priority");
    Convert(from.set_priority(), conversion, change.set.emplace());
    return change;
  }
  if (!from.has_add_priority()) return std::nullopt;
  RequireWithin(from.add_priority(), -kMaxPriority, kMaxPriority, "add_priority",
                conversion.violations);
  change.add = from.add_priority();
  return change;
}

// A rank that is given and within the limit.
template <typename From>
std::optional<std::int64_t> ConvertRank(bool given, From rank, const char* field,
                                        Violations& violations) {
  if (!given) return std::nullopt;
  RequireWithin(rank, -routing::kMaxRank, routing::kMaxRank, field, violations);
  return rank;
}

// The lower and the upper end, in a band or in a change of one.
template <typename From, typename To>
void ConvertEnds(const From& from, Violations& violations, To& to) {
  to.low = ConvertRank(from.has_low(), from.low(), "low", violations);
  to.high = ConvertRank(from.has_high(), from.high(), "high", violations);
}

void ConvertPreference(const v1::Preference& from, Conversion& conversion,
                       routing::Preference& to) {
  Violations& violations = conversion.violations;
  RequireName(from.name(), "name", violations);
  if (!rules::IsPreferTerm(from.name())) {
    RequireKnown(from.name(), conversion.vocabulary.skills, "skill", "name", violations);
  }
  to.name = from.name();
  const double most = static_cast<double>(routing::kMaxPreferWeight) / 1e6;
  if (from.weight() >= 0 && from.weight() <= most) {
    to.weight = std::llround(from.weight() * 1e6);
  } else {
    violations.Add("weight", "must be 0 to 1,000");
  }
}

void ConvertPrefer(const google::protobuf::RepeatedPtrField<v1::Preference>& from,
                   const char* field, Conversion& conversion,
                   std::vector<routing::Preference>& to) {
  Violations& violations = conversion.violations;
  LimitCount(from.size(), routing::kMaxPreferences, field, violations);
  if (static_cast<std::size_t>(from.size()) > routing::kMaxPreferences) return;
  std::set<std::string> names;
  for (int i = 0; i < from.size(); ++i) {
    const Violations::Step step(violations, field, i);
    to.emplace_back();
    ConvertPreference(from[i], conversion, to.back());
    if (!names.insert(from[i].name()).second) {
      violations.Add("name", from[i].name() + " is given twice");
    }
  }
}

void ConvertRanks(const v1::Step& from, Conversion& conversion, routing::Step& to) {
  Violations& violations = conversion.violations;
  if (from.has_ranks()) {
    const Violations::Step step(violations, "ranks");
    ConvertEnds(from.ranks(), violations, to.ranks.emplace());
    RequireWithin(from.ranks().raise(), 0, routing::kMaxRank, "raise", violations);
    to.ranks->raise = from.ranks().raise();
  }
  to.lift = ConvertRank(from.has_lift(), from.lift(), "lift", violations);
  if (from.has_prefer()) {
    const Violations::Step step(violations, "prefer");
    ConvertPrefer(from.prefer().terms(), "terms", conversion, to.prefer.emplace());
  }
}

void Convert(const v1::Step& from, routing::DurationNs earliest, Conversion& conversion,
             routing::Step& to) {
  Violations& violations = conversion.violations;
  RequireName(from.id(), "id", violations);
  AllowName(from.queue(), "queue", violations);
  to.id = from.id();
  to.queue = from.queue();
  if (from.has_after()) {
    to.after = ToDuration(from.after(), "after", violations).value_or(earliest);
  }
  if (to.after < earliest) violations.Add("after", "must not be less than that of the step before");
  if (!from.has_after() && from.when().empty()) {
    violations.Add("after", "a step needs after, when or both");
  }
  to.when = CompileWhen(from.when(), conversion);
  if (from.has_requirement()) {
    const Violations::Step step(violations, "requirement");
    Convert(from.requirement(), conversion, to.requirement.emplace());
  }
  to.priority = ConvertChange(from, conversion);
  ConvertRanks(from, conversion, to);
  to.skip_if_empty = !from.has_skip_if_empty() || from.skip_if_empty();
}

void CheckTreatment(const v1::Overflow& from, Violations& violations) {
  if (from.has_requirement()) violations.Add("requirement", "goes with to_queue only");
  if (from.keep_requirement()) violations.Add("keep_requirement", "goes with to_queue only");
  if (from.has_set_priority()) violations.Add("set_priority", "goes with to_queue only");
  if (from.has_add_priority()) violations.Add("add_priority", "goes with to_queue only");
}

void Convert(const v1::Overflow& from, Conversion& conversion, routing::Overflow& to) {
  Violations& violations = conversion.violations;
  RequireName(from.id(), "id", violations);
  to.id = from.id();
  if (from.has_after()) to.after = ToDuration(from.after(), "after", violations).value_or(0);
  to.when = CompileWhen(from.when(), conversion);
  if (from.has_to_queue()) {
    RequireName(from.to_queue(), "to_queue", violations);
    to.to.queue = from.to_queue();
  } else if (from.has_treatment()) {
    RequireName(from.treatment(), "treatment", violations);
    to.to.treatment = from.treatment();
    CheckTreatment(from, violations);
  } else {
    violations.Add("to_queue", "either to_queue or treatment is required");
  }
  if (from.has_requirement()) {
    const Violations::Step step(violations, "requirement");
    Convert(from.requirement(), conversion, to.to.requirement.emplace());
  }
  to.to.keep_requirement = from.keep_requirement();
  to.to.priority = ConvertChange(from, conversion);
}

template <typename Items>
void RequireDistinctIds(const Items& items, const char* field, Violations& violations) {
  std::set<std::string> ids;
  for (int i = 0; i < items.size(); ++i) {
    const Violations::Step step(violations, field, i);
    if (!ids.insert(items[i].id()).second) {
      violations.Add("id", items[i].id() + " comes twice in the plan");
    }
  }
}

void ConvertSteps(const v1::Plan& from, Conversion& conversion, routing::Plan& to) {
  LimitCount(from.steps_size(), routing::kMaxSteps, "steps", conversion.violations);
  if (static_cast<std::size_t>(from.steps_size()) > routing::kMaxSteps) return;
  routing::DurationNs earliest = 0;
  for (int i = 0; i < from.steps_size(); ++i) {
    const Violations::Step step(conversion.violations, "steps", i);
    to.steps.emplace_back();
    Convert(from.steps(i), earliest, conversion, to.steps.back());
    earliest = to.steps.back().after;
  }
  RequireDistinctIds(from.steps(), "steps", conversion.violations);
}

void ConvertOverflows(const v1::Plan& from, Conversion& conversion, routing::Plan& to) {
  LimitCount(from.overflows_size(), routing::kMaxOverflows, "overflows", conversion.violations);
  if (static_cast<std::size_t>(from.overflows_size()) > routing::kMaxOverflows) return;
  for (int i = 0; i < from.overflows_size(); ++i) {
    const Violations::Step step(conversion.violations, "overflows", i);
    to.overflow.emplace_back();
    Convert(from.overflows(i), conversion, to.overflow.back());
  }
  RequireDistinctIds(from.overflows(), "overflows", conversion.violations);
}

void Convert(const v1::WaitLimit& from, Conversion& conversion, routing::WaitLimit& to) {
  Violations& violations = conversion.violations;
  AllowName(from.treatment(), "treatment", violations);
  to.treatment = from.treatment();
  to.after = from.has_after() ? ToDuration(from.after(), "after", violations).value_or(1) : 0;
  if (to.after == 0) violations.Add("after", "is required, above 0");
}

}  // namespace

void Convert(const v1::Priority& from, Conversion& conversion, routing::Priority& to) {
  Violations& violations = conversion.violations;
  RequireWithin(from.start(), -kMaxPriority, kMaxPriority, "start", violations);
  RequireWithin(from.gain_per_minute(), 0, kMaxPriority, "gain_per_minute", violations);
  to.start = from.start();
  to.gain_per_minute = from.gain_per_minute();
  to.max.reset();
  if (!from.has_max()) return;
  RequireWithin(from.max(), from.start(), kMaxPriority, "max", violations);
  to.max = from.max();
}

void Convert(const v1::Requirement& from, Conversion& conversion, routing::Requirement& to) {
  ConvertSkills(from.skills(), conversion, to.require);
  to.who.atoms.clear();
  to.who.terms.clear();
  if (from.who().empty()) return;
  LimitBytes(from.who(), kMaxExpressionBytes, "who", conversion.violations);
  if (from.who().size() > kMaxExpressionBytes) return;
  rules::WhoResult compiled = rules::CompileWho(from.who(), &conversion.vocabulary);
  AddFindings(compiled.findings, "who", conversion.violations);
  if (compiled.findings.empty()) to.who = std::move(compiled.formula);
}

void Convert(const v1::Plan& from, Conversion& conversion, routing::Plan& to) {
  Violations& violations = conversion.violations;
  to = {};
  RequireName(from.queue(), "queue", violations);
  to.queue = from.queue();
  if (from.has_requirement()) {
    const Violations::Step step(violations, "requirement");
    Convert(from.requirement(), conversion, to.requirement);
  }
  if (from.has_ranks()) {
    const Violations::Step step(violations, "ranks");
    ConvertEnds(from.ranks(), violations, to.ranks);
  }
  to.lift = ConvertRank(from.has_lift(), from.lift(), "lift", violations);
  ConvertPrefer(from.prefer(), "prefer", conversion, to.prefer);
  ConvertSteps(from, conversion, to);
  ConvertOverflows(from, conversion, to);
  if (from.has_wait_limit()) {
    const Violations::Step step(violations, "wait_limit");
    Convert(from.wait_limit(), conversion, to.wait_limit.emplace());
  }
  to.skip_if_empty = from.skip_if_empty();
}

void Convert(const v1::TransferContact& from, Conversion& conversion,
             routing::TransferContact& to) {
  Violations& violations = conversion.violations;
  RequireName(from.contact_id(), "contact_id", violations);
  AllowName(from.to().queue(), "to.queue", violations);
  AllowName(from.to().agent_id(), "to.agent_id", violations);
  if (from.to().queue().empty() && from.to().agent_id().empty()) {
    violations.Add("to", "either a queue or an agent is required");
  }
  to.contact = from.contact_id();
  to.queue = from.to().queue();
  to.agent = from.to().agent_id();
  to.requirement.reset();
  if (from.has_requirement()) {
    const Violations::Step step(violations, "requirement");
    Convert(from.requirement(), conversion, to.requirement.emplace());
  }
  to.priority = ConvertChange(from, conversion);
}

void SetPriority(const routing::Priority& from, v1::Priority* to) {
  to->set_start(static_cast<std::int32_t>(from.start));
  to->set_gain_per_minute(static_cast<std::uint32_t>(from.gain_per_minute));
  if (from.max) to->set_max(static_cast<std::int32_t>(*from.max));
}

void SetRequirement(const routing::Requirement& from, v1::Requirement* to) {
  for (const routing::SkillMinimum& minimum : from.require) {
    v1::SkillRequirement* const skill = to->add_skills();
    skill->set_skill(minimum.skill);
    skill->set_min_proficiency(static_cast<std::uint32_t>(minimum.at_least));
  }
  to->set_who(RenderWho(from.who));
}

}  // namespace strowger::grpc_api
