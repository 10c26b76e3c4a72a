#include "routing-core/rules/usage.h"

#include <set>
#include <string>
#include <string_view>

#include "routing-core/cel/lexer.h"

namespace strowger::rules {
namespace {

using Names = std::set<std::string, std::less<>>;

struct Used {
  Names skills;
  Names queues;
  Names lets;
  Names calendars;
  Names flags;
};

void AddSkills(const routing::Requirement& requirement, Used& used) {
  for (const routing::SkillMinimum& minimum : requirement.require)
    used.skills.insert(minimum.skill);
  for (const routing::Atom& atom : requirement.who.atoms) {
    if (atom.kind == routing::Atom::Kind::kSkillAtLeast) used.skills.insert(atom.name);
  }
}

void AddDestination(const routing::Destination& to, Used& used) {
  used.queues.insert(to.queue);
  if (to.requirement) AddSkills(*to.requirement, used);
}

void AddPreferred(const std::vector<routing::Preference>& prefer, Used& used) {
  for (const routing::Preference& preference : prefer) used.skills.insert(preference.name);
}

void AddPlan(const routing::Plan& plan, Used& used) {
  used.queues.insert(plan.queue);
  AddSkills(plan.requirement, used);
  AddPreferred(plan.prefer, used);
  for (const routing::Step& step : plan.steps) {
    used.queues.insert(step.queue);
    if (step.prefer) AddPreferred(*step.prefer, used);
    if (step.requirement) AddSkills(*step.requirement, used);
  }
  for (const routing::Overflow& overflow : plan.overflow) AddDestination(overflow.to, used);
}

// calendar.NAME.open_at() is a function and not a slot.
void AddCalledCalendars(const cel::Program& program, Used& used) {
  const std::vector<cel::Token> tokens = cel::Lex(program.source()).tokens;
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (tokens[i].text == "calendar" && tokens[i + 1].kind == cel::TokenKind::kDot) {
      used.calendars.insert(tokens[i + 2].text);
    }
  }
}

void AddProgram(const cel::Program& program, const Scope& scope, Used& used) {
  for (const std::uint32_t number : program.slots()) {
    const Slot& slot = scope.slots()[number];
    switch (slot.kind) {
      case Slot::Kind::kLet:
        used.lets.insert(scope.lets()[slot.index].name);
        break;
      case Slot::Kind::kOpen:
      case Slot::Kind::kOpensIn:
      case Slot::Kind::kClosesIn:
        used.calendars.insert(scope.calendars()[slot.index].name());
        break;
      case Slot::Kind::kFlag:
        used.flags.insert(scope.flags()[slot.index].name);
        break;
      default:
        break;
    }
  }
  if (program.calls_host()) AddCalledCalendars(program, used);
}

void ReportMissing(const Node* declared, const Names& used, std::string_view complaint,
                   Report& report) {
  if (declared == nullptr) return;
  for (const auto& [key, value] : declared->entries) {
    if (used.count(key.scalar) > 0) continue;
    const Report::Step step(report, key.scalar);
    report.Warning(key, std::string(complaint) + ' ' + key.scalar);
  }
}

}  // namespace

void ReportUnused(const Node& root, const Scope& scope, const CompiledRuleSet::Parts& parts,
                  absl::Span<const std::shared_ptr<const cel::Program>> programs, Report& report) {
  Used used;
  for (const CompiledRule& rule : parts.rules) AddPlan(rule.plan, used);
  for (const routing::QueueSettings& queue : parts.queues) {
    if (queue.when_full) AddDestination(*queue.when_full, used);
    for (const routing::Borrow& borrow : queue.borrow) AddSkills({{}, borrow.who}, used);
  }
  for (const auto& program : programs) AddProgram(*program, scope, used);
  if (const Node* vocabulary = root.Find("vocabulary")) {
    const Report::Step in_vocabulary(report, "vocabulary");
    const Report::Step step(report, "skills");
    ReportMissing(vocabulary->Find("skills"), used.skills, "no rule asks for the skill", report);
  }
  const auto report_missing = [&](std::string_view section, const Names& names,
                                  std::string_view complaint) {
    const Report::Step step(report, section);
    ReportMissing(root.Find(section), names, complaint, report);
  };
  report_missing("calendars", used.calendars, "no condition looks at the calendar");
  report_missing("flags", used.flags, "no condition reads the flag");
  report_missing("let", used.lets, "no condition uses the let");
  report_missing("queues", used.queues, "no rule sends contacts to the queue");
}

}  // namespace strowger::rules
