#include "services/rules/scenario_checks.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "routing-core/rules/reader.h"
#include "services/rules/scenario_expect.h"
#include "services/rules/scenario_values.h"

namespace strowger::rules {
namespace {

using Kind = routing::AgentWork::Kind;

// A value as it is, in the terms of CheckedField.
struct Actual {
  std::variant<std::string, std::int64_t> value;
  std::string shown;
};

using Actuals = std::map<std::string, Actual, std::less<>>;

Actual Text(std::string_view text) {
  return {std::string(text), text.empty() ? "none" : std::string(text)};
}
Actual Number(std::uint64_t number) {
  return {static_cast<std::int64_t>(number), absl::StrCat(number)};
}
Actual Decimal(std::int64_t count, int digits) { return {count, WriteDecimal(count, digits)}; }
Actual Duration(routing::DurationNs duration) {
  return {duration, duration == routing::kNever ? "infinite" : FormatDuration(duration)};
}

// In whole seconds: nobody promises a customer less.
Actual Prediction(routing::DurationNs mean) {
  return Duration(mean == routing::kNever ? mean : mean - mean % routing::kSecond);
}

Actuals Describe(const routing::ContactView& contact, const routing::WaitView& wait) {
  const bool ended = contact.end_reason != routing::EndReason::kNone;
  return {{"state", Text(Name(contact.state))},
          {"queue", Text(contact.queue)},
          {"position", Number(contact.position)},
          {"effective_priority", Decimal(contact.effective_priority_thousandths, 3)},
          {"step", Text(contact.step)},
          {"end_reason", Text(ended ? Name(contact.end_reason) : std::string_view())},
          {"predicted_wait", Prediction(contact.predicted_wait.mean)},
          {"agent", Text(contact.agent)},
          {"why_waiting.code", Text(Name(wait.code))}};
}

std::uint64_t CountWork(const routing::AgentView& agent, Kind kind) {
  return static_cast<std::uint64_t>(
      std::count_if(agent.work.begin(), agent.work.end(),
                    [kind](const routing::AgentWork& work) { return work.kind == kind; }));
}

Actuals Describe(const routing::AgentView& agent, const std::string& channel) {
  const std::int64_t free = FreeCapacity(agent, channel);
  return {{"state", Text(Name(agent.state))},
          {"reason", Text(agent.reason)},
          {"free", Number(static_cast<std::uint64_t>(free))},
          {"reserved", Number(CountWork(agent, Kind::kReserved))},
          {"handling", Number(CountWork(agent, Kind::kHandling))},
          {"wrap_up", Number(CountWork(agent, Kind::kWrapUp))},
          {"handled", Number(agent.handled)},
          {"pending", Text(agent.pending ? Name(*agent.pending) : std::string_view())}};
}

Actuals Describe(const routing::QueueView& queue) {
  Actuals actuals = {{"waiting", Number(queue.waiting)},
                     {"oldest_wait", Duration(queue.oldest_wait)},
                     {"predicted_wait", Prediction(queue.predicted_wait)},
                     {"agents_staffed", Number(queue.agents_staffed)},
                     {"agents_ready", Number(queue.agents_ready)},
                     {"agents_free", Number(queue.agents_free)},
                     {"occupancy", Decimal(queue.occupancy, 6)},
                     {"service_level", Decimal(queue.service_level, 6)},
                     {"abandon_rate", Decimal(queue.abandon_rate, 6)}};
  for (int i = 1; i < routing::kEndReasonCount; ++i) {
    const auto reason = static_cast<routing::EndReason>(i);
    actuals.insert_or_assign(std::string(Name(reason)), Number(queue.ended[i]));
  }
  return actuals;
}

std::optional<Actuals> Find(const Check& check, const routing::Router& router,
                            const std::string& channel) {
  switch (check.subject) {
    case Check::Subject::kContact:
      if (const auto contact = router.FindContact(check.id)) {
        return Describe(*contact, *router.WhyWaiting(check.id));
      }
      break;
    case Check::Subject::kAgent:
      if (const auto agent = router.FindAgent(check.id)) return Describe(*agent, channel);
      break;
    case Check::Subject::kQueue:
      if (const auto queue = router.FindQueue(check.id)) return Describe(*queue);
      break;
  }
  return std::nullopt;
}

bool Holds(const CheckedField& field, const Actual& actual) {
  if (const auto* text = std::get_if<std::string>(&field.value)) {
    const auto& is = std::get<std::string>(actual.value);
    // Whether any state is pending, or which.
    if (field.name == "pending" && *text == "true") return !is.empty();
    if (field.name == "pending" && *text == "false") return is.empty();
    return *text == is;
  }
  const CheckedNumber& wanted = std::get<CheckedNumber>(field.value);
  const std::int64_t number = std::get<std::int64_t>(actual.value);
  if (wanted.slack == 0) return number == wanted.number;
  return number >= wanted.number - wanted.slack && number <= wanted.number + wanted.slack;
}

// ---- Capacity ---------------------------------------------------------------------------------

bool IsWrapUp(const routing::AgentWork& work, routing::WrapUpScope scope) {
  return work.kind == Kind::kWrapUp && work.scope == scope;
}

// The channels of all that uses capacity.
std::vector<std::string_view> ChannelsInUse(const routing::AgentView& agent) {
  std::vector<std::string_view> channels;
  for (const routing::AgentWork& work : agent.work) {
    if (!IsWrapUp(work, routing::WrapUpScope::kQueue)) channels.push_back(work.channel);
  }
  for (const routing::ChannelCount& count : agent.outside.channels) {
    channels.insert(channels.end(), static_cast<std::size_t>(count.contacts), count.channel);
  }
  return channels;
}

const routing::ChannelCapacity* FindChannel(const routing::Capacity& capacity,
                                            std::string_view channel) {
  for (const routing::ChannelCapacity& candidate : capacity.channels) {
    if (candidate.channel == channel) return &candidate;
  }
  return nullptr;
}

bool InterruptedBy(const routing::ChannelCapacity& held, const std::string& channel) {
  const auto& by = held.interruptible_by;
  return std::find(by.begin(), by.end(), channel) != by.end();
}

}  // namespace

std::int64_t FreeCapacity(const routing::AgentView& agent, const std::string& channel) {
  for (const routing::AgentWork& work : agent.work) {
    if (IsWrapUp(work, routing::WrapUpScope::kAgent)) return 0;
  }
  const std::vector<std::string_view> in_use = ChannelsInUse(agent);
  if (agent.capacity.one_of_any) return in_use.empty() ? 1 : 0;
  const routing::ChannelCapacity* own = FindChannel(agent.capacity, channel);
  if (own == nullptr) return 0;
  std::int64_t held = 0;
  std::int64_t cost = 0;
  for (const std::string_view used : in_use) {
    if (used == channel) ++held;
    const routing::ChannelCapacity* other = FindChannel(agent.capacity, used);
    if (other != nullptr && !InterruptedBy(*other, channel)) cost += other->cost;
  }
  std::int64_t free = std::max<std::int64_t>(0, own->max - held);
  if (!agent.capacity.total.has_value()) return free;
  // A channel that interrupts itself does not add to its own cost.
  const std::int64_t left = *agent.capacity.total - cost;
  if (own->cost > left) return 0;
  if (own->cost == 0 || InterruptedBy(*own, channel)) return free;
  return std::min(free, left / own->cost);
}

std::vector<std::string> FailedChecks(const Check& check, const routing::Router& router,
                                      const std::string& first_channel) {
  const std::string who = absl::StrCat(std::string(SubjectName(check.subject)), " ", check.id);
  const auto actuals = Find(check, router, first_channel);
  if (!actuals.has_value()) return {absl::StrCat("there is no ", who)};
  std::vector<std::string> failed;
  for (const CheckedField& field : check.fields) {
    const Actual& actual = actuals->find(field.name)->second;
    if (Holds(field, actual)) continue;
    failed.push_back(
        absl::StrCat(who, ": ", field.name, " is ", actual.shown, ", not ", field.shown));
  }
  return failed;
}

}  // namespace strowger::rules
