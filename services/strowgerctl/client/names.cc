#include "services/strowgerctl/client/names.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/strowgerctl/client/wire_time.h"

namespace strowger::ctl {
namespace {

std::string ValueText(const v1::Attribute& attribute) {
  if (attribute.has_string_value()) return attribute.string_value();
  if (attribute.has_int_value()) return std::to_string(attribute.int_value());
  if (attribute.has_double_value()) return absl::StrCat(attribute.double_value());
  if (attribute.has_bool_value()) return attribute.bool_value() ? "true" : "false";
  return absl::StrCat("[", absl::StrJoin(attribute.string_list_value().values(), ", "), "]");
}

}  // namespace

std::string PlainName(const std::string& name, const std::string& prefix) {
  const std::string rest = name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : name;
  return rest == "UNSPECIFIED" || rest.empty() ? "-" : absl::AsciiStrToLower(rest);
}

std::string NameOf(v1::AgentState state) {
  return PlainName(v1::AgentState_Name(state), "AGENT_STATE_");
}
std::string NameOf(v1::ContactState state) {
  return PlainName(v1::ContactState_Name(state), "CONTACT_STATE_");
}
std::string NameOf(v1::EndReason reason) {
  return PlainName(v1::EndReason_Name(reason), "END_REASON_");
}
std::string NameOf(v1::Cause cause) { return PlainName(v1::Cause_Name(cause), "CAUSE_"); }
std::string NameOf(v1::HoldKind kind) { return PlainName(v1::HoldKind_Name(kind), "HOLD_KIND_"); }
std::string NameOf(v1::Outcome outcome) { return PlainName(v1::Outcome_Name(outcome), "OUTCOME_"); }

std::string PredictedWaitText(const v1::PredictedWait& wait, bool given) {
  if (!given) return "-";
  return wait.infinite() ? "never" : DurationText(NsOf(wait.mean()));
}

std::string AttributesText(const google::protobuf::RepeatedPtrField<v1::Attribute>& attributes) {
  std::vector<std::string> parts;
  for (const v1::Attribute& attribute : attributes) {
    parts.push_back(absl::StrCat(attribute.name(), "=", ValueText(attribute)));
  }
  return absl::StrJoin(parts, ", ");
}

std::string RequirementText(const v1::Requirement& requirement) {
  std::vector<std::string> parts;
  for (const v1::SkillRequirement& skill : requirement.skills()) {
    parts.push_back(absl::StrCat(skill.skill(), " ", skill.min_proficiency()));
  }
  if (!requirement.who().empty()) parts.push_back(requirement.who());
  return parts.empty() ? "anyone" : absl::StrJoin(parts, ", ");
}

}  // namespace strowger::ctl
