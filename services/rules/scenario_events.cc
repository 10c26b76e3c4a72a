#include "services/rules/scenario_events.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "routing-core/rules/reader.h"

namespace strowger::rules {
namespace {

using routing::Cause;
using routing::Event;
using routing::EventType;

std::vector<std::string_view> OutcomeNames() {
  std::vector<std::string_view> names;
  for (int i = 1; i < routing::kOutcomeCount; ++i) {
    names.push_back(Name(static_cast<routing::Outcome>(i)));
  }
  return names;
}

std::vector<std::string_view> CauseNames() {
  std::vector<std::string_view> names = {""};
  for (int i = 1; i < routing::kCauseCount; ++i) names.push_back(Name(static_cast<Cause>(i)));
  return names;
}

std::vector<std::string_view> EndReasonNames() {
  std::vector<std::string_view> names;
  for (int i = 1; i < routing::kEndReasonCount; ++i) {
    names.push_back(Name(static_cast<routing::EndReason>(i)));
  }
  return names;
}

std::vector<EventShape> MakeShapes() {
  const EventField contact{"contact", {}}, agent{"agent", {}}, queue{"queue", {}}, step{"step", {}},
      rule{"rule", {}}, treatment{"treatment", {}};
  const EventField cause{"cause", CauseNames()};
  return {
      {"queued", {contact, queue, {"position", {}}, rule}},
      {"offered", {contact, agent, queue}},
      {"assigned", {contact, agent}},
      {"declined", {contact, agent}},
      {"expired", {contact, agent}},
      {"rescinded", {contact, agent, cause}},
      {"requeued", {contact, queue, cause}},
      {"step", {contact, step}},
      {"step_skipped", {contact, step}},
      {"overflowed", {contact, {"from", {}}, {"to", {}}, {"overflow", {}}, cause}},
      {"transferred", {contact, {"from", {}}, {"to", {}}}},
      {"ended", {contact, {"reason", EndReasonNames()}, treatment, cause}},
      {"wrap_up", {agent, contact}},
      {"wrap_up_ended", {agent, contact}},
      {"agent_state", {agent, {"state", {"offline", "not_ready", "ready"}}, {"reason", {}}}},
      {"agent_removed", {agent}},
      {"replanned", {contact, queue, rule}},
      {"activated", {{"rule_set", {}}, {"version", {}}}},
      {"refused", {{"outcome", OutcomeNames()}}},
      {"predicted",
       {{"fate", {"waits", "at_once", "ended"}},
        queue,
        {"position", {}},
        rule,
        {"wait", {}},
        {"never", {"", "nobody_logged_in", "nobody_satisfies", "nobody_ready"}},
        {"reason", EndReasonNames()},
        treatment,
        cause}},
  };
}

class Builder {
 public:
  explicit Builder(std::string_view type) { happening_.type = type; }
  Builder& Add(std::string_view name, std::string_view value) {
    if (!value.empty()) happening_.fields.emplace_back(name, value);
    return *this;
  }
  Builder& Add(std::string_view name, std::uint64_t value) {
    happening_.fields.emplace_back(name, absl::StrCat(value));
    return *this;
  }
  Happening Done() { return std::move(happening_); }

 private:
  Happening happening_;
};

std::string_view CauseName(Cause cause) {
  return cause == Cause::kNone ? std::string_view() : Name(cause);
}

}  // namespace

const std::vector<EventShape>& EventShapes() {
  static const auto* const shapes = new std::vector<EventShape>(MakeShapes());
  return *shapes;
}

const EventShape* FindEventShape(std::string_view type) {
  for (const EventShape& shape : EventShapes()) {
    if (shape.type == type) return &shape;
  }
  return nullptr;
}

Happening Describe(const Event& event) {
  Builder built(Name(event.type));
  switch (event.type) {
    case EventType::kQueued:
      built.Add("contact", event.contact).Add("queue", event.queue);
      built.Add("position", event.number).Add("rule", event.text);
      break;
    case EventType::kOffered:
      built.Add("contact", event.contact).Add("agent", event.agent).Add("queue", event.queue);
      break;
    case EventType::kAssigned:
    case EventType::kDeclined:
    case EventType::kExpired:
      built.Add("contact", event.contact).Add("agent", event.agent);
      break;
    case EventType::kRescinded:
      built.Add("contact", event.contact).Add("agent", event.agent);
      built.Add("cause", CauseName(event.cause));
      break;
    case EventType::kRequeued:
      built.Add("contact", event.contact).Add("queue", event.queue);
      built.Add("cause", CauseName(event.cause));
      break;
    case EventType::kStep:
    case EventType::kStepSkipped:
      built.Add("contact", event.contact).Add("step", event.text);
      break;
    case EventType::kOverflowed:
      built.Add("contact", event.contact).Add("from", event.queue).Add("to", event.to_queue);
      built.Add("overflow", event.text).Add("cause", CauseName(event.cause));
      break;
    case EventType::kTransferred:
      // As the command says it: from the agent who had it, to a queue or an agent.
      built.Add("contact", event.contact).Add("from", event.agent);
      built.Add("to", event.text.empty() ? event.to_queue : event.text);
      break;
    case EventType::kEnded:
      built.Add("contact", event.contact).Add("reason", Name(event.reason));
      built.Add("treatment", event.text).Add("cause", CauseName(event.cause));
      break;
    case EventType::kWrapUp:
    case EventType::kWrapUpEnded:
      built.Add("agent", event.agent).Add("contact", event.contact);
      break;
    case EventType::kAgentState:
      built.Add("agent", event.agent).Add("state", Name(event.state)).Add("reason", event.text);
      break;
    case EventType::kAgentRemoved:
      built.Add("agent", event.agent);
      break;
    case EventType::kReplanned:
      built.Add("contact", event.contact).Add("queue", event.queue).Add("rule", event.text);
      break;
    case EventType::kActivated:
      built.Add("rule_set", event.text).Add("version", event.number);
      break;
  }
  return built.Done();
}

Happening Describe(const routing::ArrivalPrediction& predicted) {
  using Fate = routing::ArrivalPrediction::Fate;
  constexpr std::string_view kFates[] = {"", "ended", "at_once", "waits"};
  constexpr std::string_view kNever[] = {"", "nobody_logged_in", "nobody_satisfies",
                                         "nobody_ready"};
  Builder built("predicted");
  built.Add("fate", kFates[static_cast<int>(predicted.fate)]);
  built.Add("queue", predicted.queue).Add("rule", predicted.rule);
  if (predicted.fate == Fate::kWaits) {
    const bool ever = predicted.wait.mean != routing::kNever;
    built.Add("position", predicted.position);
    const routing::DurationNs seconds = predicted.wait.mean / routing::kSecond;
    built.Add("wait", ever ? FormatDuration(seconds * routing::kSecond) : "infinite");
    built.Add("never", kNever[static_cast<int>(predicted.wait.never)]);
  }
  if (predicted.fate == Fate::kEnded) {
    built.Add("reason", Name(predicted.end_reason)).Add("treatment", predicted.treatment);
    built.Add("cause", CauseName(predicted.end_cause));
  }
  return built.Done();
}

Happening Describe(routing::Outcome refusal) {
  return Builder("refused").Add("outcome", Name(refusal)).Done();
}

std::string Show(const Happening& happening) {
  if (happening.fields.empty()) return happening.type;
  std::string text = absl::StrCat(happening.type, " {");
  const char* separator = "";
  for (const auto& [name, value] : happening.fields) {
    absl::StrAppend(&text, separator, name, ": ", value);
    separator = ", ";
  }
  return absl::StrCat(text, "}");
}

bool Fits(const Happening& expected, const Happening& actual) {
  if (expected.type != actual.type) return false;
  return std::all_of(expected.fields.begin(), expected.fields.end(), [&actual](const auto& field) {
    for (const auto& [name, value] : actual.fields) {
      if (name == field.first) return value == field.second;
    }
    return field.second.empty();
  });
}

std::vector<std::optional<std::size_t>> MatchInOrder(absl::Span<const ExpectedHappening> expected,
                                                     absl::Span<const Happening> actual) {
  std::vector<std::optional<std::size_t>> taken(expected.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    for (std::size_t j = next; j < actual.size(); ++j) {
      if (!Fits(expected[i].what, actual[j])) continue;
      taken[i] = j;
      next = j + 1;
      break;
    }
  }
  return taken;
}

}  // namespace strowger::rules
