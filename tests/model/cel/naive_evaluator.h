#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/model/cel/expression.h"

namespace strowger::cel::naive {

/// Variables with their values; one that is declared and has no value holds an error.
using Globals = std::map<std::string, Thing>;

/// The value of the expression, by walking it: the language definition taken at its word.
Thing Evaluate(const Expression& expression, const Globals& globals);

/// A function that is no operator and no macro; an error when the arguments do not suit it.
Thing Call(const std::string& name, bool method, const std::vector<Thing>& arguments);

/// `a op b` for the operators that do not absorb errors.
Thing Binary(const std::string& op, const Thing& a, const Thing& b);

}  // namespace strowger::cel::naive
