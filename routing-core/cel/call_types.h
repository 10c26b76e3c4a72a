#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "routing-core/cel/env.h"
#include "routing-core/cel/function.h"
#include "routing-core/cel/type.h"

namespace strowger::cel {

/// Whether one value may be of either type: they fit, or one is null and the other a time that a
/// host may leave unset.
bool AreAlike(const Type& a, const Type& b);

/// The type of an operator's result, or nothing when no values of these types can be operands.
std::optional<Type> OperatorType(Function function, const std::vector<Type>& operands);

/// Whether `<` and its like are kept from numbers of these two types only by their being different.
bool AreDifferentNumbers(const Type& a, const Type& b);

/// How an operator is written: "+", "in", "[]".
std::string_view OperatorText(Function function);

struct CallType {
  Function function = Function::kNone;  // kNone: no function has this name, style and arity
  bool fits = false;                    // whether one takes these types
  Type result;
};

/// What calling the language's function `name` with arguments of these types means. The receiver of
/// a method is the first argument.
CallType FunctionType(std::string_view name, CallStyle style, const std::vector<Type>& arguments);

/// Whether some of `overloads` takes `count` arguments, and whether one takes these types.
CallType HostType(const std::vector<HostFunction>& overloads, const std::vector<Type>& arguments);

/// "size(string), size(list(dyn))": the ways to call a function of the language, for a finding.
std::string WaysToCall(std::string_view name, CallStyle style);

/// "(int, string)".
std::string TypeList(const std::vector<Type>& types, size_t first = 0);

}  // namespace strowger::cel
