#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "routing-core/rules/diff.h"
#include "routing-core/rules/effective.h"
#include "services/rules/loader.h"

namespace strowger::rules {
namespace {

class FewFigures final : public routing::FigureSource {
 public:
  std::optional<std::int64_t> QueueFigure(std::string_view queue,
                                          routing::Figure figure) const override {
    if (queue.size() > 8) return std::nullopt;
    return static_cast<std::int64_t>(queue.size()) * 100'000 + static_cast<int>(figure);
  }
};

void Classify(const routing::RuleSet& rule_set) {
  static constexpr std::string_view kTags[] = {"churn:price", "b"};
  static const std::vector<routing::AttributeView> kAttributes = {
      {"tier", std::string_view("gold")},
      {"balance", 1500.0},
      {"x", std::int64_t{5}},
      {"vip", true},
      {"tags", absl::Span<const std::string_view>(kTags)}};
  const FewFigures figures;
  routing::ContactFacts facts;
  facts.id = "c1";
  facts.channel = "voice";
  facts.attributes = kAttributes;
  const routing::TimeNs now = 1'767'614'400 * routing::kSecond;
  const routing::Decision decision = rule_set.Classify(facts, now, figures);
  // The last rule of a document takes what is left.
  if (decision.plan == nullptr) __builtin_trap();
}

}  // namespace

/// Loads the bytes as a rule document, tells what is wrong with it, and puts a contact through what
/// loads. Whatever they are, nothing may crash or run away.
void FuzzOne(std::string_view bytes) {
  if (bytes.size() > 16 * 1024) return;
  const LoadResult result = LoadRuleText(std::string(bytes), "fuzz");
  const bool wrong = std::any_of(
      result.findings.begin(), result.findings.end(),
      [](const Finding& finding) { return finding.severity == Finding::Severity::kError; });
  if (result.ok() == wrong) __builtin_trap();
  RenderFindings(result);
  if (!result.ok()) return;
  Classify(*result.rule_set);
  // Its effective form is a document that means the same.
  const std::string effective = ToYaml(EffectiveDocument(result.root));
  const LoadResult again = LoadRuleText(effective, "effective");
  if (!again.ok() || !DiffDocuments(result.root, again.root).empty()) __builtin_trap();
}

}  // namespace strowger::rules

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  strowger::rules::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
