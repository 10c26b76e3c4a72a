#include <algorithm>
#include <memory>

#include "re2/re2.h"
#include "routing-core/cel/code.h"
#include "routing-core/cel/runtime.h"
#include "routing-core/cel/string_literal.h"

namespace strowger::cel {
namespace {

// Enough for any pattern a person writes; a counted repetition of a thousand fits no more.
constexpr int64_t kMaxPatternMemory = 1 << 20;

Value Size(const Value& value) {
  switch (value.kind()) {
    case Kind::kString:
      return Value::Int(CountCodePoints(value.string()));
    case Kind::kList:
    case Kind::kMap:
      return Value::Int(value.size());
    default:
      return NoSuchOverload();
  }
}

Value Matches(std::string_view text, std::string_view pattern) {
  const std::unique_ptr<RE2> compiled = CompilePattern(pattern);
  if (compiled == nullptr) return Value::Error(ErrorCode::kBadArgument, "invalid pattern");
  return Value::Bool(RE2::PartialMatch({text.data(), text.size()}, *compiled));
}

}  // namespace

std::unique_ptr<RE2> CompilePattern(std::string_view pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxPatternMemory);
  auto compiled = std::make_unique<RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  return compiled->ok() ? std::move(compiled) : nullptr;
}

int64_t CountCodePoints(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

Value CopyText(std::string_view text, Scratch& scratch) {
  char* copy = scratch.AllocateText(text.size());
  if (copy == nullptr) return OutOfMemory();
  text.copy(copy, text.size());
  return Value::String({copy, text.size()});
}

Value CallStringFunction(Function function, absl::Span<const Value> arguments) {
  if (function == Function::kSize) return Size(arguments[0]);
  if (!arguments[0].is(Kind::kString) || !arguments[1].is(Kind::kString)) return NoSuchOverload();
  const std::string_view text = arguments[0].string();
  const std::string_view other = arguments[1].string();
  switch (function) {
    case Function::kContains:
      return Value::Bool(text.find(other) != std::string_view::npos);
    case Function::kStartsWith:
      return Value::Bool(text.substr(0, other.size()) == other);
    case Function::kEndsWith:
      return Value::Bool(text.size() >= other.size() &&
                         text.substr(text.size() - other.size()) == other);
    default:
      return Matches(text, other);
  }
}

}  // namespace strowger::cel
