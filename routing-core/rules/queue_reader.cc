#include "routing-core/rules/queue_reader.h"

#include <array>
#include <string>

#include "routing-core/rules/reader.h"
#include "routing/limits.h"

namespace strowger::rules {
namespace {

using routing::QueueSettings;

// In the order of the enumerations.
constexpr std::array<std::string_view, routing::kStrategyCount> kStrategies = {
    "longest_idle",    "least_busy",        "best_skill",    "in_order",
    "fewest_contacts", "least_handle_time", "least_skilled", "round_robin",
    "random",          "allocation",        "score"};
constexpr std::array<std::string_view, 3> kAbandoned = {"late", "ignored", "credited"};
constexpr std::array<std::string_view, 2> kServes = {"priority", "greatest_need"};
constexpr std::array<std::string_view, 3> kScopes = {"unit", "agent", "queue"};
constexpr std::array<std::string_view, 3> kNobody = {"logged_in", "ready", "free"};
constexpr std::array<std::string_view, 2> kOfferModes = {"offer", "assign"};

constexpr std::int64_t kMillionth = 1'000'000;
constexpr std::int64_t kMaxWaitingLimit = 1'000'000'000;
constexpr int kBuckets = 30;

void Read(const Fields& fields, std::string_view key, routing::DurationNs& duration) {
  if (const Node* value = fields.Find(key)) {
    const Report::Step step(fields.report(), key);
    duration = ReadDuration(*value, fields.report()).value_or(duration);
  }
}

void Read(const Fields& fields, std::string_view key, bool& truth) {
  if (const Node* value = fields.Find(key)) {
    const Report::Step step(fields.report(), key);
    truth = ReadBool(*value, fields.report()).value_or(truth);
  }
}

template <typename Enum>
void Read(const Fields& fields, std::string_view key, absl::Span<const std::string_view> words,
          Enum& value) {
  if (const Node* node = fields.Find(key)) {
    const Report::Step step(fields.report(), key);
    if (const auto word = ReadWord(*node, words, fields.report())) value = static_cast<Enum>(*word);
  }
}

void ReadServiceLevel(const Node& node, Report& report, routing::ServiceLevel& level) {
  static constexpr std::string_view kKeys[] = {"target", "within", "abandoned"};
  const Fields fields(node, kKeys, report);
  if (const Node* target = fields.Find("target")) {
    const Report::Step step(report, "target");
    level.target = ReadMillionths(*target, 0, kMillionth, report).value_or(level.target);
  }
  Read(fields, "within", level.within);
  Read(fields, "abandoned", kAbandoned, level.abandoned);
}

void ReadOfferFailure(const Node& node, Report& report, routing::OfferFailure& failure) {
  static constexpr std::string_view kKeys[] = {"back_off", "not_ready_after", "reason"};
  constexpr std::int64_t kMostInRow = 1'000;
  const Fields fields(node, kKeys, report);
  Read(fields, "back_off", failure.back_off);
  if (const Node* after = fields.Find("not_ready_after")) {
    const Report::Step step(report, "not_ready_after");
    failure.not_ready_after = ReadInteger(*after, 0, kMostInRow, report).value_or(0);
  }
  if (const Node* reason = fields.Find("reason")) {
    const Report::Step step(report, "reason");
    failure.reason = ReadName(*reason, report).value_or("");
  }
}

void ReadOffer(const Node& node, Report& report, QueueSettings& settings) {
  static constexpr std::string_view kKeys[] = {"timeout", "parallel", "mode"};
  const Fields fields(node, kKeys, report);
  Read(fields, "timeout", settings.offer_timeout);
  if (settings.offer_timeout == 0) report.Error(node, "an offer needs some time");
  if (const Node* parallel = fields.Find("parallel")) {
    const Report::Step step(report, "parallel");
    settings.offer_parallel =
        ReadInteger(*parallel, 1, routing::kMaxParallelOffers, report).value_or(1);
  }
  if (const Node* mode = fields.Find("mode")) {
    const Report::Step step(report, "mode");
    settings.offer_assigns = ReadWord(*mode, kOfferModes, report) == std::size_t{1};
    if (settings.offer_assigns && settings.offer_parallel > 1) {
      report.Error(*mode, "a contact cannot be assigned to several agents: leave parallel out");
    }
  }
}

void ReadOffers(const Fields& fields, QueueSettings& settings) {
  Report& report = fields.report();
  if (const Node* offer = fields.Find("offer")) {
    const Report::Step step(report, "offer");
    ReadOffer(*offer, report, settings);
  }
  Read(fields, "exclude_for", settings.exclude_for);
  Read(fields, "retry", settings.retry);
  if (const Node* decline = fields.Find("on_decline")) {
    const Report::Step step(report, "on_decline");
    ReadOfferFailure(*decline, report, settings.on_decline);
  }
  if (const Node* expire = fields.Find("on_expire")) {
    const Report::Step step(report, "on_expire");
    ReadOfferFailure(*expire, report, settings.on_expire);
  }
}

void ReadShares(const Fields& fields, QueueSettings& settings) {
  Report& report = fields.report();
  const bool allocates = settings.select == routing::Strategy::kAllocation;
  const Node* const shares = fields.Find("shares");
  if (shares == nullptr) {
    if (allocates) report.Error(fields.node(), "select: allocation needs shares");
    return;
  }
  const Report::Step step(report, "shares");
  if (!allocates) report.Warning(*shares, "shares count with select: allocation only");
  if (!shares->is_mapping()) report.Error(*shares, "expected a mapping such as {ann: 2, bob: 1}");
  for (const auto& [agent, share] : shares->entries) {
    const Report::Step item(report, agent.scalar);
    ReadName(agent, report);
    const auto read = ReadMillionths(share, 1, routing::kMaxShare, report);
    settings.shares.push_back({agent.scalar, read.value_or(1)});
  }
  if (settings.shares.size() > routing::kMaxShares) {
    report.Error(*shares, std::to_string(settings.shares.size()) + " shares; the limit is " +
                              std::to_string(routing::kMaxShares));
  }
}

void ReadBorrow(const Node& node, const PlanContext& context, Report& report,
                QueueSettings& settings) {
  static constexpr std::string_view kKeys[] = {"when", "who"};
  const Fields fields(node, kKeys, report);
  if (!fields.ok()) return;
  if (!fields.Has("when") || !fields.Has("who")) {
    report.Error(node, "a loan needs when and who");
    return;
  }
  routing::Borrow borrow;
  {
    const Report::Step step(report, "when");
    borrow.when = context.CompileWhen(*fields.Find("when"), report);
  }
  borrow.who = ReadRequirement(node, context, report)->who;
  if (borrow.when != nullptr) settings.borrow.push_back(std::move(borrow));
}

void ReadService(const Fields& fields, const PlanContext& context, QueueSettings& settings) {
  Report& report = fields.report();
  Read(fields, "serve", kServes, settings.serve);
  if (const Node* bound = fields.Find("starvation_bound")) {
    const Report::Step step(report, "starvation_bound");
    settings.starvation_bound = ReadDuration(*bound, report);
  }
  if (const Node* most = fields.Find("max_occupancy")) {
    const Report::Step step(report, "max_occupancy");
    settings.max_occupancy = ReadMillionths(*most, 0, kMillionth, report);
  }
  const Node* const borrow = fields.Find("borrow");
  if (borrow == nullptr) return;
  const Report::Step step(report, "borrow");
  if (!borrow->is_sequence())
    report.Error(*borrow, "expected a list such as [{when: ..., who: ...}]");
  for (std::size_t i = 0; i < borrow->items.size(); ++i) {
    const Report::Step item(report, i);
    ReadBorrow(borrow->items[i], context, report, settings);
  }
  if (borrow->items.size() > routing::kMaxBorrows) {
    report.Error(*borrow, std::to_string(borrow->items.size()) + " loans; the limit is " +
                              std::to_string(routing::kMaxBorrows));
  }
}

// Beside its own keys it has those of a destination, at most one of them: without any the contact
// is rejected.
std::optional<routing::WhenEmpty> ReadWhenEmpty(const Node& node, const PlanContext& context,
                                                Report& report) {
  static constexpr std::string_view kKeys[] = {"nobody", "after", "grace", "treatment", "to"};
  routing::WhenEmpty when;
  const Fields fields(node, kKeys, report);
  if (!fields.ok()) return std::nullopt;
  Read(fields, "nobody", kNobody, when.nobody);
  Read(fields, "after", when.after);
  Read(fields, "grace", when.grace);
  const Node* treatment = fields.Find("treatment");
  const Node* to = fields.Find("to");
  if (treatment != nullptr && to != nullptr) {
    report.Error(node, "expected either to or treatment");
  } else if (treatment != nullptr) {
    const Report::Step step(report, "treatment");
    when.to.treatment = ReadTreatment(*treatment, report).value_or("");
  } else if (to != nullptr) {
    const Report::Step step(report, "to");
    when.to = ReadDestination(*to, context, report).value_or(routing::Destination{});
  }
  return when;
}

void ReadLimits(const Fields& fields, const PlanContext& context, QueueSettings& settings) {
  Report& report = fields.report();
  if (const Node* max = fields.Find("max_waiting")) {
    const Report::Step step(report, "max_waiting");
    settings.max_waiting = ReadInteger(*max, 0, kMaxWaitingLimit, report);
  }
  if (const Node* full = fields.Find("when_full")) {
    const Report::Step step(report, "when_full");
    settings.when_full = ReadDestination(*full, context, report);
    if (!fields.Has("max_waiting")) {
      report.Warning(*full, "a queue without max_waiting is never full");
    }
  }
  if (const Node* empty = fields.Find("when_empty")) {
    const Report::Step step(report, "when_empty");
    settings.when_empty = ReadWhenEmpty(*empty, context, report);
  }
  if (const Node* window = fields.Find("window")) {
    Read(fields, "window", settings.window);
    const Report::Step step(report, "window");
    if (settings.window == 0 || settings.window % (kBuckets * routing::kSecond) != 0) {
      report.Error(*window, "a window is a multiple of 30s");
    }
  }
}

}  // namespace

QueueSettings ReadQueueSettings(std::string_view name, const Node& node, const PlanContext& context,
                                Report& report) {
  static constexpr std::string_view kKeys[] = {
      "select",      "shares",        "use_rank",         "offer",
      "exclude_for", "retry",         "on_decline",       "on_expire",
      "wrap_up",     "wrap_up_scope", "handling_lease",   "max_waiting",
      "when_full",   "when_empty",    "service_level",    "window",
      "external",    "serve",         "starvation_bound", "max_occupancy",
      "borrow"};
  QueueSettings settings;
  settings.name = name;
  if (node.kind == Node::Kind::kNull) return settings;
  const Fields fields(node, kKeys, report);
  Read(fields, "select", kStrategies, settings.select);
  ReadShares(fields, settings);
  ReadService(fields, context, settings);
  Read(fields, "use_rank", settings.use_rank);
  ReadOffers(fields, settings);
  Read(fields, "wrap_up", settings.wrap_up);
  Read(fields, "wrap_up_scope", kScopes, settings.wrap_up_scope);
  Read(fields, "handling_lease", settings.handling_lease);
  ReadLimits(fields, context, settings);
  if (const Node* level = fields.Find("service_level")) {
    const Report::Step step(report, "service_level");
    ReadServiceLevel(*level, report, settings.service_level);
  }
  Read(fields, "external", settings.external);
  return settings;
}

}  // namespace strowger::rules
