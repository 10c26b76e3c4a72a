// Rule files: read, parsed, compiled, and their findings told to a person.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "routing-core/rules/compiler.h"
#include "routing-core/rules/document.h"
#include "routing/rule_set.h"

namespace strowger::rules {

struct LoadResult {
  std::string name;  // of the file, for messages
  std::string text;  // as read; empty when it could not be
  Node root;
  const Node* tests = nullptr;                       // inside root; null when it has none
  std::shared_ptr<const routing::RuleSet> rule_set;  // null when there is an error
  std::vector<Finding> findings;                     // in the order of the document

  LoadResult() = default;
  // Moving keeps `tests` good, since it lives in a vector of root's; copying would not.
  LoadResult(LoadResult&&) = default;
  LoadResult& operator=(LoadResult&&) = default;
  bool ok() const { return rule_set != nullptr; }
};

// A file that cannot be read is a finding. At most ParseLimits::max_bytes are read.
LoadResult LoadRuleFile(const std::string& path);
// `name` stands for the file in messages; `now` is as in CompileOptions.
LoadResult LoadRuleText(std::string text, std::string name,
                        std::optional<routing::TimeNs> now = std::nullopt);

// For people, one finding:
//
//   retail.yaml:12:15: error: unknown name contact.teir (rule vip)
//       when: contact.teir == "gold"
//             ^
//   did you mean contact.tier?
//
// Position 0: without a place and source line.
std::string RenderFinding(std::string_view name, std::string_view text, const Finding& finding);
// All of them, and a last line that counts errors and warnings; empty without findings.
std::string RenderFindings(const LoadResult& result);
// The same for a document that was only parsed.
std::string RenderFindings(std::string_view name, std::string_view text,
                           const std::vector<Finding>& findings);

}  // namespace strowger::rules
