#include "routing-core/rules/plan_reader.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "routing-core/rules/reader.h"
#include "routing-core/rules/who.h"
#include "routing/limits.h"

namespace strowger::rules {
namespace {

constexpr std::array<std::string_view, 15> kPlanKeys = {
    "queue",           "treatment",     "require",        "who",        "priority",
    "requested_agent", "requested_for", "requested_only", "ranks",      "lift",
    "prefer",          "steps",         "overflow",       "wait_limit", "skip_if_empty"};

// ---- Requirement --------------------------------------------------------------------------------

void CheckSkill(const Node& key, const PlanContext& context, Report& report) {
  const auto& skills = context.vocabulary().skills;
  if (!skills || skills->count(key.scalar) > 0) return;
  std::vector<std::string_view> names;
  for (const auto& [name, range] : *skills) names.push_back(name);
  report.UnknownName(key, "no skill " + key.scalar + " is declared", key.scalar, names);
}

SkillRange RangeOf(std::string_view skill, const PlanContext& context) {
  const auto& skills = context.vocabulary().skills;
  if (!skills) return {};
  const auto found = skills->find(skill);
  return found == skills->end() ? SkillRange{} : found->second;
}

std::int64_t ReadMinimum(const Node& node, const std::string& skill, const PlanContext& context,
                         Report& report) {
  const SkillRange range = RangeOf(skill, context);
  const std::int64_t minimum =
      ReadInteger(node, 1, routing::kMaxProficiency, report).value_or(range.least);
  if (minimum > range.most) {
    report.Error(node,
                 "impossible: the proficiency of " + skill + " is " + std::to_string(range.least) +
                     " to " + std::to_string(range.most),
                 std::to_string(range.most));
  }
  return minimum;
}

std::vector<routing::SkillMinimum> ReadRequire(const Node& node, const PlanContext& context,
                                               Report& report) {
  std::vector<routing::SkillMinimum> minima;
  if (!node.is_mapping()) {
    report.Error(node, "expected a mapping of skills such as {billing: 6}; {} is anyone");
    return minima;
  }
  for (const auto& [key, value] : node.entries) {
    const Report::Step step(report, key.scalar);
    CheckSkill(key, context, report);
    ReadName(key, report);
    routing::SkillMinimum minimum;
    minimum.skill = key.scalar;
    minimum.at_least = ReadMinimum(value, key.scalar, context, report);
    minima.push_back(std::move(minimum));
  }
  if (minima.size() > routing::kMaxSkillsPerAgent) {
    report.Error(node, std::to_string(minima.size()) + " skills; the limit is " +
                           std::to_string(routing::kMaxSkillsPerAgent));
  }
  std::sort(minima.begin(), minima.end(),
            [](const auto& a, const auto& b) { return a.skill < b.skill; });
  return minima;
}

// ---- Parts of a plan ----------------------------------------------------------------------------

std::vector<routing::Preference> ReadPrefer(const Node& node, const PlanContext& context,
                                            Report& report) {
  std::vector<routing::Preference> preferences;
  if (!node.is_mapping()) {
    report.Error(node, "expected a mapping of weights such as {last_agent: 0.3}");
    return preferences;
  }
  for (const auto& [key, value] : node.entries) {
    const Report::Step step(report, key.scalar);
    routing::Preference preference;
    preference.name = key.scalar == "location" ? "same_location" : key.scalar;
    if (!IsPreferTerm(preference.name)) CheckSkill(key, context, report);
    preference.weight = ReadMillionths(value, 0, routing::kMaxPreferWeight, report).value_or(0);
    preferences.push_back(std::move(preference));
  }
  if (preferences.size() > routing::kMaxPreferences) {
    report.Error(node, std::to_string(preferences.size()) + " terms of prefer; the limit is " +
                           std::to_string(routing::kMaxPreferences));
  }
  return preferences;
}

// ---- Ranks --------------------------------------------------------------------------------------

std::optional<std::int64_t> ParseRank(std::string_view text) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.scalar = text;
  Report ignored("");
  return ReadInteger(node, -routing::kMaxRank, routing::kMaxRank, ignored);
}

// `0..2`, `5..`, `..2` or a single rank.
std::optional<routing::RankBand> ParseBand(std::string_view text) {
  const std::size_t dots = text.find("..");
  routing::RankBand band;
  if (dots == std::string_view::npos) {
    band.low = band.high = ParseRank(text);
    if (!band.low) return std::nullopt;
    return band;
  }
  const std::string_view low = text.substr(0, dots);
  const std::string_view high = text.substr(dots + 2);
  band.low = ParseRank(low);
  band.high = ParseRank(high);
  const bool ok = (low.empty() || band.low) && (high.empty() || band.high) &&
                  !(low.empty() && high.empty()) &&
                  (!band.low || !band.high || *band.low <= *band.high);
  if (!ok) return std::nullopt;
  return band;
}

routing::RankBand ReadBand(const Node& node, Report& report) {
  const auto band = node.is_scalar() ? ParseBand(node.scalar) : std::nullopt;
  if (!band) report.Error(node, "expected ranks such as 0..2, 5.. or 3");
  return band.value_or(routing::RankBand{});
}

// A band whose ends replace those in force, or `+3`.
std::optional<routing::RankChange> ReadRankChange(const Node& node, Report& report) {
  routing::RankChange change;
  if (node.is_scalar() && !node.scalar.empty() && node.scalar.front() == '+') {
    const auto raise = ParseRank(std::string_view(node.scalar).substr(1));
    if (raise && *raise >= 0) {
      change.raise = *raise;
      return change;
    }
  }
  const auto band = node.is_scalar() ? ParseBand(node.scalar) : std::nullopt;
  if (!band) {
    report.Error(node, "expected ranks such as 0..2, 5.., 3, or +3 to raise the upper end");
    return std::nullopt;
  }
  change.low = band->low;
  change.high = band->high;
  return change;
}

std::optional<std::int64_t> ReadLift(const Node& node, Report& report) {
  return ReadInteger(node, -routing::kMaxRank, routing::kMaxRank, report);
}

std::optional<std::string> ReadQueue(const Node& node, const PlanContext& context, Report& report) {
  auto queue = ReadName(node, report);
  if (!queue || !context.KnowsQueue(node, report)) return std::nullopt;
  return queue;
}

// An id, or the number of the step or overflow where it has none.
std::string ReadId(const Fields& fields, std::size_t index, std::set<std::string>& taken) {
  std::string id = std::to_string(index + 1);
  const Node* node = fields.Find("id");
  if (node != nullptr) {
    const Report::Step step(fields.report(), "id");
    id = ReadName(*node, fields.report()).value_or(id);
  }
  if (!taken.insert(id).second) {
    fields.report().Error(node == nullptr ? fields.node() : *node, "the id " + id + " is taken");
  }
  return id;
}

routing::DurationNs ReadAfter(const Fields& fields) {
  const Node* after = fields.Find("after");
  if (after == nullptr) return 0;
  const Report::Step step(fields.report(), "after");
  return ReadDuration(*after, fields.report()).value_or(0);
}

std::shared_ptr<const routing::Condition> ReadWhen(const Fields& fields,
                                                   const PlanContext& context) {
  const Node* when = fields.Find("when");
  if (when == nullptr) return nullptr;
  const Report::Step step(fields.report(), "when");
  return context.CompileWhen(*when, fields.report());
}

void ReadStepRanks(const Fields& fields, const PlanContext& context, routing::Step& result) {
  Report& report = fields.report();
  if (const Node* ranks = fields.Find("ranks")) {
    const Report::Step step(report, "ranks");
    result.ranks = ReadRankChange(*ranks, report);
  }
  if (const Node* lift = fields.Find("lift")) {
    const Report::Step step(report, "lift");
    result.lift = ReadLift(*lift, report);
  }
  if (const Node* prefer = fields.Find("prefer")) {
    const Report::Step step(report, "prefer");
    result.prefer = ReadPrefer(*prefer, context, report);
  }
}

routing::Step ReadStep(const Node& node, std::size_t index, std::set<std::string>& ids,
                       const PlanContext& context, Report& report) {
  static constexpr std::string_view kKeys[] = {"id",   "after",    "when",         "require",
                                               "who",  "priority", "queue",        "ranks",
                                               "lift", "prefer",   "skip_if_empty"};
  routing::Step result;
  const Fields fields(node, kKeys, report);
  if (!fields.ok()) return result;
  result.id = ReadId(fields, index, ids);
  result.after = ReadAfter(fields);
  result.when = ReadWhen(fields, context);
  if (!fields.Has("after") && !fields.Has("when")) {
    report.Error(node, "a step needs after, when, or both");
  }
  result.requirement = ReadRequirement(node, context, report);
  if (const Node* priority = fields.Find("priority")) {
    const Report::Step step(report, "priority");
    result.priority = ReadPriorityChange(*priority, report);
  }
  if (const Node* queue = fields.Find("queue")) {
    const Report::Step step(report, "queue");
    result.queue = ReadQueue(*queue, context, report).value_or("");
  }
  ReadStepRanks(fields, context, result);
  if (const Node* skip = fields.Find("skip_if_empty")) {
    const Report::Step step(report, "skip_if_empty");
    result.skip_if_empty = ReadBool(*skip, report).value_or(true);
  }
  return result;
}

routing::Overflow ReadOverflow(const Node& node, std::size_t index, std::set<std::string>& ids,
                               const PlanContext& context, Report& report) {
  static constexpr std::string_view kKeys[] = {"id", "after", "when", "to", "treatment"};
  routing::Overflow result;
  const Fields fields(node, kKeys, report);
  if (!fields.ok()) return result;
  result.id = ReadId(fields, index, ids);
  result.after = ReadAfter(fields);
  result.when = ReadWhen(fields, context);
  const Node* to = fields.Find("to");
  const Node* treatment = fields.Find("treatment");
  if ((to == nullptr) == (treatment == nullptr)) {
    report.Error(node, "an overflow needs either to or treatment");
  } else if (to != nullptr) {
    const Report::Step step(report, "to");
    result.to = ReadDestination(*to, context, report).value_or(routing::Destination{});
  } else {
    const Report::Step step(report, "treatment");
    result.to.treatment = ReadTreatment(*treatment, report).value_or("");
  }
  return result;
}

// Reads the items of a list that may have at most `most`.
template <typename Item, typename Read>
std::vector<Item> ReadItems(const Node& node, std::size_t most, const Read& read, Report& report) {
  std::vector<Item> items;
  if (!node.is_sequence()) {
    report.Error(node, "expected a list");
    return items;
  }
  if (node.items.size() > most) {
    report.Error(
        node, std::to_string(node.items.size()) + " entries; the limit is " + std::to_string(most));
  }
  std::set<std::string> ids;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Report::Step step(report, i);
    items.push_back(read(node.items[i], i, ids));
  }
  return items;
}

std::vector<routing::Step> ReadSteps(const Node& node, const PlanContext& context, Report& report) {
  auto steps = ReadItems<routing::Step>(
      node, routing::kMaxSteps,
      [&](const Node& item, std::size_t index, std::set<std::string>& ids) {
        return ReadStep(item, index, ids, context, report);
      },
      report);
  for (std::size_t i = 1; i < steps.size(); ++i) {
    if (steps[i].after >= steps[i - 1].after) continue;
    const Report::Step step(report, i);
    const Node* after = node.items[i].Find("after");
    if (after == nullptr && node.items[i].Find("when") == nullptr) continue;  // reported already
    report.Error(after == nullptr ? node.items[i] : *after,
                 "steps come in order of after: " + FormatDuration(steps[i].after) +
                     " is before the " + FormatDuration(steps[i - 1].after) +
                     " of the step above it");
  }
  return steps;
}

std::optional<routing::WaitLimit> ReadWaitLimit(const Node& node, Report& report) {
  static constexpr std::string_view kKeys[] = {"after", "treatment"};
  routing::WaitLimit limit;
  const Fields fields(node, kKeys, report);
  if (!fields.ok()) return std::nullopt;
  if (!fields.Has("after")) report.Error(node, "a wait limit needs after");
  limit.after = ReadAfter(fields);
  if (const Node* treatment = fields.Find("treatment")) {
    const Report::Step step(report, "treatment");
    limit.treatment = ReadTreatment(*treatment, report).value_or("");
  }
  return limit;
}

// What would come when the wait is over never comes.
template <typename Item>
void CheckAfters(const Node& mapping, std::string_view key, const std::vector<Item>& items,
                 routing::DurationNs limit, Report& report) {
  const Node* list = mapping.Find(key);
  const Report::Step step(report, key);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].after < limit) continue;
    const Report::Step item(report, i);
    const Node* after = list->items[i].Find("after");
    report.Warning(after == nullptr ? list->items[i] : *after,
                   "never reached: the wait limit is " + FormatDuration(limit));
  }
}

void CheckWithinLimit(const Node& mapping, const routing::Plan& plan, Report& report) {
  CheckAfters(mapping, "steps", plan.steps, plan.wait_limit->after, report);
  CheckAfters(mapping, "overflow", plan.overflow, plan.wait_limit->after, report);
}

void ReadWaiting(const Node& mapping, const PlanContext& context, Report& report,
                 routing::Plan& plan) {
  if (const Node* steps = mapping.Find("steps")) {
    const Report::Step step(report, "steps");
    plan.steps = ReadSteps(*steps, context, report);
  }
  if (const Node* overflow = mapping.Find("overflow")) {
    const Report::Step step(report, "overflow");
    plan.overflow = ReadItems<routing::Overflow>(
        *overflow, routing::kMaxOverflows,
        [&](const Node& item, std::size_t index, std::set<std::string>& ids) {
          return ReadOverflow(item, index, ids, context, report);
        },
        report);
  }
  if (const Node* limit = mapping.Find("wait_limit")) {
    const Report::Step step(report, "wait_limit");
    plan.wait_limit = ReadWaitLimit(*limit, report);
  }
  if (const Node* skip = mapping.Find("skip_if_empty")) {
    const Report::Step step(report, "skip_if_empty");
    plan.skip_if_empty = ReadBool(*skip, report).value_or(false);
  }
  if (plan.wait_limit && plan.wait_limit->after > 0) CheckWithinLimit(mapping, plan, report);
}

}  // namespace

bool IsPreferTerm(std::string_view name) { return routing::PreferTermNamed(name).has_value(); }

absl::Span<const std::string_view> PlanKeys() { return kPlanKeys; }

routing::AgentRequest ReadAgentRequest(const Node& mapping, Report& report) {
  routing::AgentRequest request;
  if (const Node* agent = mapping.Find("requested_agent")) {
    const Report::Step step(report, "requested_agent");
    request.agent = ReadName(*agent, report).value_or("");
  }
  if (const Node* lasts = mapping.Find("requested_for")) {
    const Report::Step step(report, "requested_for");
    request.lasts = ReadDuration(*lasts, report);
  }
  if (const Node* only = mapping.Find("requested_only")) {
    const Report::Step step(report, "requested_only");
    request.only = ReadBool(*only, report);
  }
  return request;
}

std::optional<std::string> ReadTreatment(const Node& node, Report& report) {
  if (!node.is_mapping()) return ReadName(node, report);
  static constexpr std::string_view kKeys[] = {"name"};
  const Fields fields(node, kKeys, report);
  const Node* name = fields.Find("name");
  if (name == nullptr) {
    report.Error(node, "a treatment needs a name");
    return std::nullopt;
  }
  const Report::Step step(report, "name");
  return ReadName(*name, report);
}

std::optional<routing::Priority> ReadPriority(const Node& node, Report& report) {
  constexpr std::int64_t kMost = routing::kMaxPriority;
  routing::Priority priority;
  if (!node.is_mapping()) {
    const auto start = ReadInteger(node, -kMost, kMost, report);
    if (!start) return std::nullopt;
    priority.start = *start;
    return priority;
  }
  static constexpr std::string_view kKeys[] = {"start", "gain", "max"};
  const std::size_t errors_before = report.errors();
  const Fields fields(node, kKeys, report);
  if (const Node* start = fields.Find("start")) {
    const Report::Step step(report, "start");
    priority.start = ReadInteger(*start, -kMost, kMost, report).value_or(0);
  }
  if (const Node* gain = fields.Find("gain")) {
    const Report::Step step(report, "gain");
    priority.gain_per_minute = ReadGain(*gain, report).value_or(0);
  }
  if (const Node* max = fields.Find("max")) {
    const Report::Step step(report, "max");
    priority.max = ReadInteger(*max, -kMost, kMost, report);
    if (priority.max && *priority.max < priority.start) {
      report.Error(*max, "max " + std::to_string(*priority.max) + " is below start " +
                             std::to_string(priority.start));
    }
  }
  if (report.errors() != errors_before) return std::nullopt;
  return priority;
}

std::optional<routing::PriorityChange> ReadPriorityChange(const Node& node, Report& report) {
  routing::PriorityChange change;
  if (node.is_mapping() && node.Find("add") != nullptr) {
    static constexpr std::string_view kKeys[] = {"add"};
    const Fields fields(node, kKeys, report);
    const Report::Step step(report, "add");
    const auto add = ReadInteger(*node.Find("add"), -2 * routing::kMaxPriority,
                                 2 * routing::kMaxPriority, report);
    if (!add) return std::nullopt;
    change.add = *add;
    return change;
  }
  change.set = ReadPriority(node, report);
  if (!change.set) return std::nullopt;
  return change;
}

std::optional<routing::Requirement> ReadRequirement(const Node& mapping, const PlanContext& context,
                                                    Report& report) {
  const Node* require = mapping.Find("require");
  const Node* who = mapping.Find("who");
  if (require == nullptr && who == nullptr) return std::nullopt;
  routing::Requirement requirement;
  if (require != nullptr) {
    const Report::Step step(report, "require");
    requirement.require = ReadRequire(*require, context, report);
  }
  if (who != nullptr) {
    const Report::Step step(report, "who");
    if (!who->is_scalar()) {
      report.Error(*who, "expected an expression such as agent.team == \"senior\"");
      return requirement;
    }
    WhoResult result = CompileWho(who->scalar, &context.vocabulary());
    for (const cel::Finding& finding : result.findings) report.InExpression(*who, finding);
    requirement.who = std::move(result.formula);
  }
  return requirement;
}

std::optional<routing::Destination> ReadDestination(const Node& node, const PlanContext& context,
                                                    Report& report) {
  static constexpr std::string_view kKeys[] = {"queue", "treatment",        "require",
                                               "who",   "keep_requirement", "priority"};
  if (node.is_mapping() && node.entries.size() == 1 && node.entries[0].first.scalar == "to") {
    const Report::Step step(report, "to");
    return ReadDestination(node.entries[0].second, context, report);
  }
  routing::Destination destination;
  const std::size_t errors_before = report.errors();
  const Fields fields(node, kKeys, report);
  if (!fields.ok()) return std::nullopt;
  if (fields.Has("queue") == fields.Has("treatment")) {
    report.Error(node, "expected either a queue or a treatment");
  }
  if (const Node* treatment = fields.Find("treatment")) {
    const Report::Step step(report, "treatment");
    destination.treatment = ReadTreatment(*treatment, report).value_or("");
  }
  if (const Node* queue = fields.Find("queue")) {
    const Report::Step step(report, "queue");
    destination.queue = ReadQueue(*queue, context, report).value_or("");
  }
  destination.requirement = ReadRequirement(node, context, report);
  if (const Node* keep = fields.Find("keep_requirement")) {
    const Report::Step step(report, "keep_requirement");
    destination.keep_requirement = ReadBool(*keep, report).value_or(false);
  }
  if (const Node* priority = fields.Find("priority")) {
    const Report::Step step(report, "priority");
    destination.priority = ReadPriorityChange(*priority, report);
  }
  if (report.errors() != errors_before) return std::nullopt;
  return destination;
}

routing::Plan ReadPlan(const Node& mapping, const PlanContext& context, Report& report) {
  routing::Plan plan;
  if (const Node* queue = mapping.Find("queue")) {
    const Report::Step step(report, "queue");
    plan.queue = ReadQueue(*queue, context, report).value_or("");
  }
  if (const Node* treatment = mapping.Find("treatment")) {
    const Report::Step step(report, "treatment");
    plan.treatment = ReadTreatment(*treatment, report).value_or("");
  }
  plan.requirement = ReadRequirement(mapping, context, report).value_or(routing::Requirement{});
  if (const Node* priority = mapping.Find("priority")) {
    const Report::Step step(report, "priority");
    plan.priority = ReadPriority(*priority, report).value_or(routing::Priority{});
  }
  plan.requested = ReadAgentRequest(mapping, report);
  if (const Node* ranks = mapping.Find("ranks")) {
    const Report::Step step(report, "ranks");
    plan.ranks = ReadBand(*ranks, report);
  }
  if (const Node* lift = mapping.Find("lift")) {
    const Report::Step step(report, "lift");
    plan.lift = ReadLift(*lift, report);
  }
  if (const Node* prefer = mapping.Find("prefer")) {
    const Report::Step step(report, "prefer");
    plan.prefer = ReadPrefer(*prefer, context, report);
  }
  ReadWaiting(mapping, context, report, plan);
  return plan;
}

}  // namespace strowger::rules
