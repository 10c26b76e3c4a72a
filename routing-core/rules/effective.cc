#include "routing-core/rules/effective.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "routing-core/rules/canonical_text.h"
#include "routing-core/rules/reader.h"
#include "routing/time.h"

namespace strowger::rules {
namespace {

Node Scalar(std::string_view text) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.scalar = text;
  return node;
}

Node Mapping() {
  Node node;
  node.kind = Node::Kind::kMapping;
  return node;
}

void Put(Node& mapping, std::string_view key, Node value) {
  mapping.entries.emplace_back(Scalar(key), std::move(value));
}

Node* FindIn(Node& mapping, std::string_view key) {
  for (auto& [name, value] : mapping.entries) {
    if (name.scalar == key) return &value;
  }
  return nullptr;
}

bool IsNull(const Node& node) {
  return node.kind == Node::Kind::kNull ||
         (node.is_scalar() && node.style == Node::Style::kPlain &&
          (node.scalar == "null" || node.scalar == "~" || node.scalar.empty()));
}

// ---- Defaults ---------------------------------------------------------------------------------

// What a key that is left out means. A section in front of a dot is made when it is not there.
struct Default {
  std::string_view key;
  std::string_view value;
};

constexpr auto kOfQueue = std::to_array<Default>({
    {"select", "longest_idle"},
    {"serve", "priority"},
    {"use_rank", "true"},
    {"offer.timeout", "20s"},
    {"offer.parallel", "1"},
    {"offer.mode", "offer"},
    {"exclude_for", "30s"},
    {"retry", "1s"},
    {"on_decline.back_off", "0"},
    {"on_decline.not_ready_after", "0"},
    {"on_decline.reason", "declined"},
    {"on_expire.back_off", "0"},
    {"on_expire.not_ready_after", "1"},
    {"on_expire.reason", "no_answer"},
    {"wrap_up", "0"},
    {"wrap_up_scope", "unit"},
    {"handling_lease", "0"},
    {"service_level.target", "0.8"},
    {"service_level.within", "20s"},
    {"service_level.abandoned", "late"},
    {"window", "30m"},
    {"external", "false"},
});
constexpr auto kOfWhenEmpty = std::to_array<Default>({
    {"nobody", "logged_in"},
    {"after", "0"},
    {"grace", "0"},
});
constexpr auto kOfPlan = std::to_array<Default>({{"skip_if_empty", "false"}});
constexpr auto kOfWish = std::to_array<Default>({{"requested_only", "false"}});
constexpr auto kOfPriority = std::to_array<Default>({{"start", "0"}, {"gain", "0/min"}});
constexpr auto kOfStep = std::to_array<Default>({{"after", "0"}, {"skip_if_empty", "true"}});
constexpr auto kOfOverflow = std::to_array<Default>({{"after", "0"}});
constexpr auto kOfDestination = std::to_array<Default>({{"keep_requirement", "false"}});
constexpr auto kOfDocument = std::to_array<Default>({{"time_zone", "UTC"}});

void FillIn(Node& mapping, absl::Span<const Default> defaults) {
  for (const Default& one : defaults) {
    const std::size_t dot = one.key.find('.');
    Node* at = &mapping;
    if (dot != std::string_view::npos) {
      const std::string_view section = one.key.substr(0, dot);
      at = FindIn(mapping, section);
      if (at == nullptr) {
        Put(mapping, section, Mapping());
        at = &mapping.entries.back().second;
      }
    }
    const std::string_view key = dot == std::string_view::npos ? one.key : one.key.substr(dot + 1);
    if (FindIn(*at, key) == nullptr) Put(*at, key, Scalar(one.value));
  }
}

// ---- One way of saying it ---------------------------------------------------------------------

// 60s and 1m, 0 and 0s.
void SayDurationsAlike(Node& node) {
  if (node.is_scalar() && node.style == Node::Style::kPlain) {
    const auto duration = ParseDuration(node.scalar);
    const bool has_unit =
        !node.scalar.empty() && (node.scalar.back() < '0' || node.scalar.back() > '9');
    if (duration && has_unit) node.scalar = *duration == 0 ? "0" : FormatDuration(*duration);
  }
  for (Node& item : node.items) SayDurationsAlike(item);
  for (auto& [key, value] : node.entries) {
    // Expressions, and names that look like durations, are nobody's durations.
    constexpr std::string_view kOthers[] = {"when", "who",    "id",      "queue",
                                            "name", "values", "default", "requested_agent"};
    if (std::find(std::begin(kOthers), std::end(kOthers), key.scalar) != std::end(kOthers))
      continue;
    SayDurationsAlike(value);
  }
}

void DropNulls(Node& mapping) {
  std::erase_if(mapping.entries, [](const auto& entry) { return IsNull(entry.second); });
}

// `key: 5` for `key: {name: 5}`.
void Unfold(Node& mapping, std::string_view key, std::string_view name) {
  Node* const value = FindIn(mapping, key);
  if (value == nullptr || !value->is_scalar()) return;
  Node unfolded = Mapping();
  Put(unfolded, name, std::move(*value));
  *value = std::move(unfolded);
}

void SayPriority(Node& mapping) {
  Unfold(mapping, "priority", "start");
  Node* const priority = FindIn(mapping, "priority");
  if (priority == nullptr || FindIn(*priority, "add") != nullptr) return;
  FillIn(*priority, kOfPriority);
}

// `location` is another word for same_location.
void SayPrefer(Node& mapping) {
  Node* const prefer = FindIn(mapping, "prefer");
  if (prefer == nullptr) return;
  for (auto& [name, weight] : prefer->entries) {
    if (name.scalar == "location") name.scalar = "same_location";
  }
}

void SayDestination(Node& destination) {
  DropNulls(destination);
  Unfold(destination, "treatment", "name");
  SayPriority(destination);
  if (FindIn(destination, "queue") != nullptr) FillIn(destination, kOfDestination);
}

void SaySteps(Node& mapping) {
  Node* const steps = FindIn(mapping, "steps");
  if (steps == nullptr) return;
  for (std::size_t i = 0; i < steps->items.size(); ++i) {
    Node& step = steps->items[i];
    DropNulls(step);
    if (FindIn(step, "id") == nullptr) Put(step, "id", Scalar(std::to_string(i + 1)));
    SayPriority(step);
    SayPrefer(step);
    FillIn(step, kOfStep);
  }
}

void SayOverflow(Node& mapping) {
  Node* const overflow = FindIn(mapping, "overflow");
  if (overflow == nullptr) return;
  for (std::size_t i = 0; i < overflow->items.size(); ++i) {
    Node& one = overflow->items[i];
    DropNulls(one);
    if (FindIn(one, "id") == nullptr) Put(one, "id", Scalar(std::to_string(i + 1)));
    if (Node* const to = FindIn(one, "to")) SayDestination(*to);
    Unfold(one, "treatment", "name");
    FillIn(one, kOfOverflow);
  }
}

void SayPlan(Node& plan) {
  DropNulls(plan);
  Unfold(plan, "treatment", "name");
  if (FindIn(plan, "queue") == nullptr) return;
  if (FindIn(plan, "require") == nullptr && FindIn(plan, "who") == nullptr) {
    Put(plan, "require", Mapping());
  }
  if (FindIn(plan, "priority") == nullptr) Put(plan, "priority", Mapping());
  SayPriority(plan);
  SayPrefer(plan);
  SaySteps(plan);
  SayOverflow(plan);
  if (Node* const limit = FindIn(plan, "wait_limit")) {
    DropNulls(*limit);
    Unfold(*limit, "treatment", "name");
  }
  if (FindIn(plan, "requested_agent") != nullptr) FillIn(plan, kOfWish);
  FillIn(plan, kOfPlan);
}

void SayQueue(Node& queue) {
  if (IsNull(queue)) queue = Mapping();
  DropNulls(queue);
  if (Node* const full = FindIn(queue, "when_full")) {
    if (Node* const to = FindIn(*full, "to")) *full = Node(*to);
    SayDestination(*full);
  }
  if (Node* const empty = FindIn(queue, "when_empty")) {
    DropNulls(*empty);
    Unfold(*empty, "treatment", "name");
    if (Node* const to = FindIn(*empty, "to")) SayDestination(*to);
    FillIn(*empty, kOfWhenEmpty);
  }
  FillIn(queue, kOfQueue);
}

void SortKeys(Node& node) {
  std::sort(node.entries.begin(), node.entries.end(),
            [](const auto& a, const auto& b) { return a.first.scalar < b.first.scalar; });
  for (auto& [key, value] : node.entries) SortKeys(value);
  for (Node& item : node.items) SortKeys(item);
}

// ---- YAML -------------------------------------------------------------------------------------

constexpr std::size_t kShort = 80;

bool IsFlat(const Node& node) {
  const auto is_leaf = [](const Node& child) {
    return child.items.empty() && child.entries.empty();
  };
  return std::all_of(node.items.begin(), node.items.end(), is_leaf) &&
         std::all_of(node.entries.begin(), node.entries.end(),
                     [&](const auto& entry) { return is_leaf(entry.second); });
}

void Append(const Node& node, std::size_t indent, std::string& out);

// After "key:" or "-".
void AppendValue(const Node& node, std::size_t indent, std::string& out) {
  const std::string line = CanonicalText(node);
  if ((node.items.empty() && node.entries.empty()) ||
      (IsFlat(node) && line.size() + indent <= kShort)) {
    out.append(" ").append(line).append("\n");
    return;
  }
  out.append("\n");
  Append(node, indent, out);
}

void Append(const Node& node, std::size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  for (const auto& [key, value] : node.entries) {
    out.append(margin).append(CanonicalText(key)).append(":");
    AppendValue(value, indent + 2, out);
  }
  for (const Node& item : node.items) {
    const std::string line = CanonicalText(item);
    if (IsFlat(item) && line.size() + indent <= kShort) {
      out.append(margin).append("- ").append(line).append("\n");
      continue;
    }
    // The first key stands beside the dash.
    std::string block;
    Append(item, indent + 2, block);
    if (block.size() > indent) block[indent] = '-';
    out.append(block);
  }
}

}  // namespace

Node EffectiveDocument(const Node& root) {
  Node document = root;
  std::erase_if(document.entries, [](const auto& entry) { return entry.first.scalar == "tests"; });
  DropNulls(document);
  SayDurationsAlike(document);
  if (Node* const rules = FindIn(document, "rules")) {
    for (Node& rule : rules->items) {
      if (Node* const then = FindIn(rule, "then")) SayPlan(*then);
    }
  }
  if (Node* const queues = FindIn(document, "queues")) {
    for (auto& [name, queue] : queues->entries) SayQueue(queue);
  }
  FillIn(document, kOfDocument);
  return document;
}

std::string ToYaml(const Node& node) {
  std::string text;
  Append(node, 0, text);
  return text;
}

std::string FrameOf(const Node& root) {
  Node frame = Mapping();
  for (const auto& entry : root.entries) {
    const std::string& key = entry.first.scalar;
    if (key != "let" && key != "rules" && key != "calendars") frame.entries.push_back(entry);
  }
  frame = EffectiveDocument(frame);
  SortKeys(frame);
  return CanonicalText(frame);
}

}  // namespace strowger::rules
