#include "routing-core/cel/type.h"

#include <array>

namespace strowger::cel {
namespace {

struct NamedKind {
  std::string_view name;
  Kind kind;
};

constexpr std::array<NamedKind, 9> kSimpleTypes = {{
    {"null", Kind::kNull},
    {"bool", Kind::kBool},
    {"int", Kind::kInt},
    {"uint", Kind::kUint},
    {"double", Kind::kDouble},
    {"string", Kind::kString},
    {"timestamp", Kind::kTimestamp},
    {"duration", Kind::kDuration},
    {"type", Kind::kType},
}};

constexpr int kMaxTypeDepth = 32;

bool Consume(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

void SkipSpaces(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
}

std::optional<Type> ReadType(std::string_view& text, int depth);

std::optional<Type> ReadMap(std::string_view& text, int depth) {
  std::optional<Type> key = ReadType(text, depth);
  if (!key || !Consume(text, ",")) return std::nullopt;
  SkipSpaces(text);
  std::optional<Type> value = ReadType(text, depth);
  if (!value || !Consume(text, ")")) return std::nullopt;
  return Type::Map(*key, *value);
}

std::optional<Type> ReadType(std::string_view& text, int depth) {
  if (depth > kMaxTypeDepth) return std::nullopt;
  if (Consume(text, "list(")) {
    std::optional<Type> item = ReadType(text, depth + 1);
    if (!item || !Consume(text, ")")) return std::nullopt;
    return Type::List(*item);
  }
  if (Consume(text, "map(")) return ReadMap(text, depth + 1);
  size_t end = 0;
  while (end < text.size() && text[end] >= 'a' && text[end] <= 'z') ++end;
  const std::string_view name = text.substr(0, end);
  text.remove_prefix(end);
  if (name == "dyn") return Type::Dyn();
  for (const NamedKind& simple : kSimpleTypes) {
    if (simple.name == name) return Type(simple.kind);
  }
  return std::nullopt;
}

}  // namespace

Type::Type(Kind kind) : dyn_(false), kind_(kind) {
  if (kind == Kind::kList) parameters_.resize(1);
  if (kind == Kind::kMap) parameters_.resize(2);
}

Type Type::List(Type item) {
  Type type(Kind::kList);
  type.parameters_[0] = std::move(item);
  return type;
}

Type Type::Map(Type key, Type value) {
  Type type(Kind::kMap);
  type.parameters_[0] = std::move(key);
  type.parameters_[1] = std::move(value);
  return type;
}

std::string Type::ToString() const {
  if (dyn_) return "dyn";
  if (kind_ == Kind::kList) return "list(" + item().ToString() + ")";
  if (kind_ == Kind::kMap) return "map(" + key().ToString() + ", " + item().ToString() + ")";
  for (const NamedKind& simple : kSimpleTypes) {
    if (simple.kind == kind_) return std::string(simple.name);
  }
  return "?";
}

bool Fits(const Type& a, const Type& b) {
  if (a.IsDyn() || b.IsDyn()) return true;
  if (a.kind() != b.kind()) return false;
  return Fits(a.key(), b.key()) && Fits(a.item(), b.item());
}

Type Join(const Type& a, const Type& b) {
  if (a == b) return a;
  if (!Fits(a, b) || a.IsDyn() || b.IsDyn()) return Type::Dyn();
  if (a.Is(Kind::kList)) return Type::List(Join(a.item(), b.item()));
  return Type::Map(Join(a.key(), b.key()), Join(a.item(), b.item()));
}

std::optional<Type> ParseType(std::string_view text) {
  std::optional<Type> type = ReadType(text, 0);
  if (!text.empty()) return std::nullopt;
  return type;
}

}  // namespace strowger::cel
