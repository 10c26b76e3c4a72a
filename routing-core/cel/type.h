#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "routing-core/cel/value.h"

namespace strowger::cel {

/// A type as the checker sees it. `dyn` is what is not known before evaluation: it fits everywhere,
/// and the evaluator then checks the value. Immutable in use; cheap enough to copy off the hot
/// path.
class Type {
 public:
  /// dyn.
  Type() = default;
  /// A type without parameters; kList and kMap get dyn for theirs. kAbsent and kError are no types.
  explicit Type(Kind kind);

  static Type Dyn() { return Type(); }
  static Type Null() { return Type(Kind::kNull); }
  static Type Bool() { return Type(Kind::kBool); }
  static Type Int() { return Type(Kind::kInt); }
  static Type Uint() { return Type(Kind::kUint); }
  static Type Double() { return Type(Kind::kDouble); }
  static Type String() { return Type(Kind::kString); }
  static Type Time() { return Type(Kind::kTimestamp); }
  static Type Duration() { return Type(Kind::kDuration); }
  static Type List(Type item);
  static Type Map(Type key, Type value);
  /// The type of types.
  static Type Denotation() { return Type(Kind::kType); }

  bool IsDyn() const { return dyn_; }
  bool Is(Kind kind) const { return !dyn_ && kind_ == kind; }
  /// Meaningless for dyn.
  Kind kind() const { return kind_; }
  /// Item type of a list, value type of a map, dyn for anything else.
  Type item() const { return parameters_.empty() ? Type() : parameters_.back(); }
  /// Key type of a map, dyn for anything else.
  Type key() const { return parameters_.size() == 2 ? parameters_.front() : Type(); }

  /// As ParseType reads it: `int`, `list(string)`, `map(string, dyn)`.
  std::string ToString() const;

  bool operator==(const Type& other) const = default;

 private:
  bool dyn_ = true;
  Kind kind_ = Kind::kAbsent;
  std::vector<Type> parameters_;
};

/// Whether a value of one type may stand where the other is wanted, dyn at any depth fitting all.
bool Fits(const Type& a, const Type& b);

/// The closest type that both fit: either when equal, else dyn where they differ.
Type Join(const Type& a, const Type& b);

/// Reads `null bool int uint double string timestamp duration type dyn list(T) map(K, V)`, at most
/// 32 levels deep. Empty when `text` is no such type.
std::optional<Type> ParseType(std::string_view text);

}  // namespace strowger::cel
