#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "routing-core/cel/type.h"
#include "routing-core/cel/value.h"

namespace strowger::cel {

/// A function of the host. Called with arguments that fit the declared types, none absent and none
/// an error, on the thread that evaluates. It must not throw, and must answer alike for like
/// arguments within one evaluation. What its result points to must live as long as the activation.
/// `context` is the activation's, `tag` the declaration's.
using HostFunctionPointer = Value (*)(const void* context, uint64_t tag,
                                      absl::Span<const Value> arguments);

struct HostFunction {
  /// As called, dots included: "distance_km", "calendar.support.open_at".
  std::string name;
  std::vector<Type> arguments;
  Type result;
  HostFunctionPointer function = nullptr;
  uint64_t tag = 0;
  /// Added to the static cost of a program for each call.
  uint64_t cost = 10;
};

struct Variable {
  Type type;
  uint32_t slot = 0;
};

/// The names that an expression may use beyond those of the language. Filled once, then only read
/// (from any number of threads); Compile copies what a program needs, so that an Env may go away
/// before the programs made with it, while the functions pointed to may not.
class Env {
 public:
  /// Declares the variable `name`, one or more identifiers joined by dots ("contact.tier"). Reading
  /// it asks the activation for `slot`. False, changing nothing, when the name is declared already.
  /// A name may be the beginning of another: the longest that is declared wins.
  bool AddVariable(std::string name, Type type, uint32_t slot);

  /// Declares a function. The same name may have several with different argument types. False when
  /// one of the same name and number of arguments fits the same arguments already.
  bool AddFunction(HostFunction function);

  /// The variable of exactly this name, or null.
  const Variable* FindVariable(std::string_view name) const;
  /// The functions of exactly this name, in the order of declaration; null when there are none.
  const std::vector<HostFunction>* FindFunctions(std::string_view name) const;
  /// Whether some variable or function is declared whose name starts with `prefix` and a dot.
  bool IsNamespace(std::string_view prefix) const;

  const std::map<std::string, Variable, std::less<>>& variables() const { return variables_; }
  const std::map<std::string, std::vector<HostFunction>, std::less<>>& functions() const {
    return functions_;
  }

 private:
  std::map<std::string, Variable, std::less<>> variables_;
  std::map<std::string, std::vector<HostFunction>, std::less<>> functions_;
};

}  // namespace strowger::cel
