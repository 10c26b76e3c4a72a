#include "services/rules/scenario_contact.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "routing-core/cel/finding.h"
#include "routing-core/rules/compiler.h"
#include "routing-core/rules/plan_reader.h"
#include "routing-core/rules/reader.h"
#include "routing-core/rules/vocabulary.h"
#include "routing/limits.h"
#include "services/rules/scenario_values.h"

namespace strowger::rules {
namespace {

using Keys = absl::Span<const std::string_view>;

constexpr std::string_view kSubmitKeys[] = {
    "id",     "channel",    "location", "priority",  "not_before", "virtual_arrival",
    "resume", "attributes", "labels",   "command_id"};
constexpr std::string_view kUpdateKeys[] = {"id",     "contact",   "priority",        "require",
                                            "who",    "replan",    "virtual_arrival", "attributes",
                                            "labels", "command_id"};
// Keys of a plan that a contact may have without one, before those of its rule.
constexpr std::string_view kOwnKeys[] = {"priority", "requested_agent", "requested_for",
                                         "requested_only"};
// The router counts these itself; `treatment` is what only a rule can say.
constexpr std::string_view kNotGiven[] = {"age", "attempt", "treatment"};

bool Contains(Keys keys, std::string_view name) {
  return std::find(keys.begin(), keys.end(), name) != keys.end();
}

// A word that is nearly a key is taken for a slip of the pen, unless it is declared as an
// attribute.
std::string_view MisspeltKey(std::string_view name, Keys keys, const Vocabulary& vocabulary) {
  if (name.size() < 4) return {};
  if (vocabulary.contact.has_value() && vocabulary.contact->contains(name)) return {};
  for (const std::string_view key : keys) {
    if (cel::EditDistance(name, key, 1) == 1) return key;
  }
  return {};
}

class ContactReader {
 public:
  ContactReader(const Node& node, Keys keys, const ContactScope& scope, Report& report)
      : node_(node), keys_(keys), scope_(scope), report_(report) {
    if (!node.is_mapping()) report.Error(node, "a contact's keys and values are wanted");
  }

  std::string Text(std::string_view key) {
    const Node* value = node_.Find(key);
    if (value == nullptr) return "";
    Report::Step step(report_, key);
    return ReadString(*value, report_).value_or("");
  }

  std::optional<routing::TimeNs> Time(std::string_view key) {
    const Node* value = node_.Find(key);
    if (value == nullptr) return std::nullopt;
    Report::Step step(report_, key);
    return ReadInstant(*value, scope_.start, report_);
  }

  std::optional<routing::Priority> Priority() {
    const Node* value = node_.Find("priority");
    if (value == nullptr) return std::nullopt;
    Report::Step step(report_, "priority");
    return ReadPriority(*value, report_);
  }

  // In byte order; nothing when the key is not there.
  std::optional<std::vector<std::string>> Labels() {
    const Node* value = node_.Find("labels");
    if (value == nullptr) return std::nullopt;
    Report::Step step(report_, "labels");
    auto labels = ReadStrings(*value, report_);
    if (!labels.has_value()) return std::nullopt;
    std::sort(labels->begin(), labels->end());
    labels->erase(std::unique(labels->begin(), labels->end()), labels->end());
    if (labels->size() > routing::kMaxLabels) {
      report_.Error(*value, absl::StrCat("a contact has at most ", routing::kMaxLabels,
                                         " labels, and here are ", labels->size()));
    }
    return labels;
  }

  // Those of all keys that are not reserved, and those under `attributes`.
  std::vector<routing::Attribute> Attributes() {
    for (const auto& [key, value] : node_.entries) {
      if (Contains(kNotGiven, key.scalar)) {
        report_.Error(key, absl::StrCat("'", key.scalar, "' cannot be given with a contact"));
      } else if (key.scalar == "attributes") {
        for (const auto& [name, inner] : value.entries) AddAttribute(name, inner);
      } else if (!Contains(keys_, key.scalar)) {
        AddAttribute(key, value);
      }
    }
    return std::move(attributes_);
  }

 private:
  void AddAttribute(const Node& name, const Node& value) {
    const Vocabulary& vocabulary = VocabularyOf(*scope_.rule_set);
    const std::string_view meant = MisspeltKey(name.scalar, keys_, vocabulary);
    if (!meant.empty()) {
      report_.Error(name, absl::StrCat("a contact has no key '", name.scalar, "'"),
                    std::string(meant));
      return;
    }
    Report::Step step(report_, name.scalar);
    if (auto read = ReadAttribute(name.scalar, value, vocabulary.contact, report_)) {
      attributes_.push_back({name.scalar, *std::move(read)});
    }
  }

  const Node& node_;
  Keys keys_;
  const ContactScope& scope_;
  Report& report_;
  std::vector<routing::Attribute> attributes_;
};

// The keys of an explicit plan that a contact may carry.
std::vector<std::string_view> ContactPlanKeys() {
  std::vector<std::string_view> keys(PlanKeys().begin(), PlanKeys().end());
  keys.erase(std::remove(keys.begin(), keys.end(), "treatment"), keys.end());
  return keys;
}

bool HasPlan(const Node& node) {
  const auto keys = ContactPlanKeys();
  return std::any_of(keys.begin(), keys.end(), [&node](std::string_view key) {
    return !Contains(kOwnKeys, key) && node.Find(key) != nullptr;
  });
}

std::optional<routing::Resume> ReadResume(const Node& contact, Report& report) {
  constexpr std::string_view kKeys[] = {"key", "within"};
  const Node* node = contact.Find("resume");
  if (node == nullptr) return std::nullopt;
  Report::Step step(report, "resume");
  const Fields fields(*node, kKeys, report);
  routing::Resume resume;
  const Node* key = fields.Find("key");
  const Node* within = fields.Find("within");
  if (fields.ok() && (key == nullptr || within == nullptr)) {
    report.Error(*node, "'key' and 'within' are both wanted");
  }
  if (key != nullptr) resume.key = ReadName(*key, report).value_or("");
  if (within != nullptr) resume.within = ReadDuration(*within, report).value_or(0);
  return resume;
}

}  // namespace

routing::SubmitContact ReadSubmit(const Node& node, const ContactScope& scope, bool needs_id,
                                  Report& report) {
  std::vector<std::string_view> keys = ContactPlanKeys();
  keys.insert(keys.end(), std::begin(kSubmitKeys), std::end(kSubmitKeys));
  ContactReader reader(node, keys, scope, report);
  routing::SubmitContact contact;
  contact.contact = reader.Text("id");
  if (needs_id && node.is_mapping() && node.Find("id") == nullptr) {
    report.Error(node, "'id' is missing");
  }
  contact.channel = node.Find("channel") == nullptr ? "voice" : reader.Text("channel");
  contact.location = reader.Text("location");
  contact.not_before = reader.Time("not_before");
  contact.virtual_arrival = reader.Time("virtual_arrival");
  contact.attributes = reader.Attributes();
  SetApart(VocabularyOf(*scope.rule_set), contact.attributes, contact.unstored);
  contact.labels = reader.Labels().value_or(std::vector<std::string>());
  contact.resume = ReadResume(node, report);
  contact.requested = ReadAgentRequest(node, report);
  if (!HasPlan(node)) {
    contact.priority = reader.Priority();
  } else {
    contact.plan = ReadPlan(node, *ContextOf(*scope.rule_set), report);
    contact.plan->requested = {};  // said by the contact
  }
  return contact;
}

routing::UpdateContact ReadUpdate(const Node& node, const ContactScope& scope, Report& report) {
  ContactReader reader(node, kUpdateKeys, scope, report);
  routing::UpdateContact update;
  update.contact = reader.Text(node.Find("contact") != nullptr ? "contact" : "id");
  if (node.is_mapping() && node.Find("contact") == nullptr && node.Find("id") == nullptr) {
    report.Error(node, "'contact' is missing");
  }
  update.virtual_arrival = reader.Time("virtual_arrival");
  update.priority = reader.Priority();
  update.attributes = reader.Attributes();
  for (const routing::Attribute& attribute : update.attributes) {
    if (IsStored(VocabularyOf(*scope.rule_set), attribute.name)) continue;
    report.Error(node, attribute.name + " is not stored: it is given at arrival alone");
  }
  update.labels = reader.Labels();
  update.requirement = ReadRequirement(node, *ContextOf(*scope.rule_set), report);
  if (const Node* replan = node.Find("replan")) {
    Report::Step step(report, "replan");
    update.replan = ReadBool(*replan, report).value_or(false);
  }
  return update;
}

}  // namespace strowger::rules
