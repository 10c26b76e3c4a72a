#include "routing-core/rules/evaluation.h"

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "routing-core/cel/scratch.h"
#include "routing-core/rules/distance.h"

namespace strowger::rules {

// A result is good while its decision and, for lets, its queue are those of the moment.
struct Workspace {
  struct LetMemo {
    std::uint64_t decision = 0;
    std::string queue;
    cel::Value value;  // may point into the scratch
    cel::Scratch scratch;
  };
  struct AttributeMemo {
    std::uint64_t decision = 0;
    const routing::AttributeView* view = nullptr;  // null: the contact does not have it
  };
  struct ListMemo {
    std::uint64_t decision = 0;
    std::vector<cel::Value> items;
  };
  struct ZoneMemo {
    std::string name;
    std::optional<absl::TimeZone> zone;
  };

  std::uint64_t decision = 0;
  cel::Scratch scratch;
  std::deque<LetMemo> lets;  // by index; a deque, since a scratch cannot move
  std::vector<AttributeMemo> attributes;
  std::vector<ListMemo> lists;
  // Zones that contacts have named, so that the database and its lock are asked once for each.
  std::vector<ZoneMemo> zones;
  std::size_t next_zone = 0;
};

namespace {

constexpr std::size_t kMaxZones = 64;

Workspace& WorkspaceOfThread() {
  thread_local Workspace workspace;
  return workspace;
}

const std::optional<absl::TimeZone>& CachedZone(Workspace& workspace, std::string_view name) {
  for (const Workspace::ZoneMemo& memo : workspace.zones) {
    if (memo.name == name) return memo.zone;
  }
  if (workspace.zones.size() < kMaxZones) workspace.zones.emplace_back();
  Workspace::ZoneMemo& memo = workspace.zones[workspace.next_zone];
  workspace.next_zone = (workspace.next_zone + 1) % kMaxZones;
  memo.name = name;
  memo.zone = FindZone(name);
  return memo.zone;
}

cel::Value WrongType() {
  return cel::Value::Error(
      cel::ErrorCode::kNoSuchOverload,
      "the contact's attribute is not of the type that the vocabulary declares");
}

cel::Value TimeValue(routing::TimeNs time) {
  cel::Timestamp timestamp;
  timestamp.seconds = time / routing::kSecond;
  timestamp.nanos = static_cast<std::uint32_t>(time % routing::kSecond);
  return cel::Value::Time(timestamp);
}

}  // namespace

Evaluation::Evaluation(const Scope& scope, const routing::ConditionInput& input)
    : cel::Activation(this),
      scope_(scope),
      input_(input),
      queue_(input.queue),
      workspace_(WorkspaceOfThread()) {
  ++workspace_.decision;
  while (workspace_.lets.size() < scope.lets().size()) workspace_.lets.emplace_back();
  if (workspace_.lists.size() < scope.attributes().size()) {
    workspace_.lists.resize(scope.attributes().size());
    workspace_.attributes.resize(scope.attributes().size());
  }
}

routing::Truth Evaluation::Evaluate(const cel::Program& condition) {
  const cel::Value value = condition.Evaluate(*this, workspace_.scratch);
  if (!value.is(cel::Kind::kBool)) return routing::Truth::kError;
  return value.boolean() ? routing::Truth::kTrue : routing::Truth::kFalse;
}

cel::Value Evaluation::Load(std::uint32_t number) const {
  const Slot& slot = scope_.slots()[number];
  const routing::ContactFacts& contact = *input_.contact;
  switch (slot.kind) {
    case Slot::Kind::kContactId:
      return cel::Value::String(contact.id);
    case Slot::Kind::kChannel:
      return cel::Value::String(contact.channel);
    case Slot::Kind::kLocation:
      return cel::Value::String(contact.location);
    case Slot::Kind::kAge:
      return cel::Value::Duration(input_.now - contact.arrival);
    case Slot::Kind::kAttempt:
      return cel::Value::Int(contact.attempt);
    case Slot::Kind::kAttribute:
      return Attribute(slot.index);
    case Slot::Kind::kNow:
      return TimeValue(input_.now);
    case Slot::Kind::kOpen:
    case Slot::Kind::kOpensIn:
    case Slot::Kind::kClosesIn:
      return OfCalendar(slot);
    case Slot::Kind::kFigure:
      return OfFigure(slot);
    case Slot::Kind::kLet:
      return OfLet(slot.index);
    case Slot::Kind::kPlace:
      return cel::Value::String(scope_.places()[slot.index]);
    case Slot::Kind::kFlag: {
      const auto on = input_.figures->Flag(scope_.flags()[slot.index].name);
      return on ? cel::Value::Bool(*on)
                : cel::Value::Error(cel::ErrorCode::kHost, "the rules in force have no such flag");
    }
  }
  return {};
}

const routing::AttributeView* Evaluation::FindAttribute(std::uint32_t index) const {
  Workspace::AttributeMemo& memo = workspace_.attributes[index];
  if (memo.decision != workspace_.decision) {
    memo.view = nullptr;
    for (const routing::AttributeView& view : input_.contact->attributes) {
      if (view.name == scope_.attributes()[index]->name) memo.view = &view;
    }
    memo.decision = workspace_.decision;
  }
  return memo.view;
}

cel::Value Evaluation::Attribute(std::uint32_t index) const {
  const ContactAttribute& attribute = *scope_.attributes()[index];
  const routing::AttributeView* found = FindAttribute(index);
  if (found == nullptr) return attribute.default_view;
  const auto& type = attribute.type;
  const auto fits = [&](AttributeType wanted) { return !type || *type == wanted; };
  if (const auto* text = std::get_if<std::string_view>(&found->value)) {
    return fits(AttributeType::kString) ? cel::Value::String(*text) : WrongType();
  }
  if (const auto* integer = std::get_if<std::int64_t>(&found->value)) {
    if (fits(AttributeType::kInt)) return cel::Value::Int(*integer);
    // JSON and YAML write a whole double as 5.
    if (type == AttributeType::kDouble) return cel::Value::Double(static_cast<double>(*integer));
    return WrongType();
  }
  if (const auto* real = std::get_if<double>(&found->value)) {
    return fits(AttributeType::kDouble) ? cel::Value::Double(*real) : WrongType();
  }
  if (const auto* boolean = std::get_if<bool>(&found->value)) {
    return fits(AttributeType::kBool) ? cel::Value::Bool(*boolean) : WrongType();
  }
  if (!fits(AttributeType::kStringList)) return WrongType();
  return ListOf(index, std::get<absl::Span<const std::string_view>>(found->value));
}

cel::Value Evaluation::ListOf(std::uint32_t index, absl::Span<const std::string_view> items) const {
  Workspace::ListMemo& memo = workspace_.lists[index];
  if (memo.decision != workspace_.decision) {
    memo.items.clear();
    for (const std::string_view item : items) memo.items.push_back(cel::Value::String(item));
    memo.decision = workspace_.decision;
  }
  return cel::Value::List(memo.items.data(), memo.items.size());
}

cel::Value Evaluation::OfCalendar(const Slot& slot) const {
  const Calendar& calendar = scope_.calendars()[slot.index];
  if (slot.kind == Slot::Kind::kOpen) return cel::Value::Bool(calendar.OpenAt(input_.now));
  if (slot.kind == Slot::Kind::kOpensIn) {
    const auto duration = calendar.OpensIn(input_.now);
    return duration ? cel::Value::Duration(*duration)
                    : cel::Value::Error(cel::ErrorCode::kHost, "the calendar never opens");
  }
  const auto duration = calendar.ClosesIn(input_.now);
  return duration ? cel::Value::Duration(*duration)
                  : cel::Value::Error(cel::ErrorCode::kHost, "the calendar never closes");
}

cel::Value Evaluation::OfFigure(const Slot& slot) const {
  const bool of_queue = slot.owner == routing::FigureOwner::kQueue;
  const std::string_view queue = slot.queue.empty() ? queue_ : std::string_view(slot.queue);
  const auto figure = of_queue ? input_.figures->QueueFigure(queue, slot.figure)
                               : input_.figures->GroupFigure(slot.owner, slot.queue, slot.figure);
  if (!figure) {
    return cel::Value::Error(cel::ErrorCode::kHost,
                             of_queue ? "there is no such queue" : "there is no such figure");
  }
  switch (slot.figure) {
    case routing::Figure::kOldestWait:
    case routing::Figure::kPredictedWait:
      return cel::Value::Duration(*figure);  // kNever is the largest duration
    case routing::Figure::kOccupancy:
    case routing::Figure::kServiceLevel:
    case routing::Figure::kAbandonRate:
      return cel::Value::Double(static_cast<double>(*figure) / 1e6);
    default:
      return cel::Value::Int(*figure);
  }
}

// A let knows only lets before it, so that this ends, and each works in a scratch of its own.
cel::Value Evaluation::OfLet(std::uint32_t index) const {
  const Let& let = scope_.lets()[index];
  Workspace::LetMemo& memo = workspace_.lets[index];
  if (memo.decision != workspace_.decision || (let.reads.own_queue && memo.queue != queue_)) {
    memo.value = let.program->Evaluate(*this, memo.scratch);
    memo.decision = workspace_.decision;
    memo.queue = queue_;
  }
  return memo.value;
}

cel::Value Evaluation::OpenAt(const void* context, std::uint64_t tag,
                              absl::Span<const cel::Value> arguments) {
  const auto* evaluation = static_cast<const Evaluation*>(context);
  const auto& zone = CachedZone(evaluation->workspace_, arguments[0].string());
  if (!zone) return cel::Value::Error(cel::ErrorCode::kHost, "unknown time zone");
  const Calendar& calendar = evaluation->scope_.calendars()[tag];
  return cel::Value::Bool(calendar.OpenAt(evaluation->input_.now, *zone));
}

cel::Value Evaluation::DistanceKm(const void* context, std::uint64_t /*tag*/,
                                  absl::Span<const cel::Value> arguments) {
  const auto& locations = static_cast<const Evaluation*>(context)->scope_.vocabulary().locations;
  std::array<Coordinates, 2> ends;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto found = locations->find(arguments[i].string());
    if (found == locations->end() || !found->second.latitude) {
      return cel::Value::Error(cel::ErrorCode::kHost, "this location has no coordinates");
    }
    ends[i] = {*found->second.latitude, *found->second.longitude};
  }
  return cel::Value::Double(static_cast<double>(DistanceMetres(ends[0], ends[1])) / 1000);
}

}  // namespace strowger::rules
