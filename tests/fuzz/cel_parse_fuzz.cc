// Any bytes as source text of an expression: nothing may crash, and what is found wrong lies in the
// text.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "routing-core/cel/parser.h"

namespace strowger::cel {
namespace {

void Require(bool condition) {
  if (!condition) __builtin_trap();
}

void CheckNode(const Node& node, std::string_view source) {
  Require(node.start <= node.offset && node.offset + node.length <= source.size());
  Require(node.depth <= kMaxTreeDepth);
  for (const Node* child : node.children) {
    Require(child->depth < node.depth);
    CheckNode(*child, source);
  }
}

void CheckFinding(const Finding& finding, std::string_view source) {
  Require(finding.stage == Stage::kParse && !finding.message.empty());
  Require(size_t{finding.offset} + finding.length <= source.size());
  const std::string_view before = source.substr(0, finding.offset);
  Require(finding.line ==
          1 + static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n')));
  Require(finding.column >= 1 && finding.column <= finding.offset + 1);
}

void ParseOne(std::string_view source) {
  constexpr size_t kMaxSource = 8192;
  source = source.substr(0, kMaxSource);
  const ParseResult parsed = Parse(source, {32, kMaxSource});
  if (parsed.ast == nullptr) {
    CheckFinding(parsed.error, source);
  } else {
    CheckNode(*parsed.ast->root, source);
  }
}

}  // namespace
}  // namespace strowger::cel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  strowger::cel::ParseOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
