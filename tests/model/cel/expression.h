#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/model/cel/naive_value.h"

namespace strowger::cel::naive {

enum class Form {
  kLiteral,
  kName,    // text: a variable, dots included, or that of a loop
  kSelect,  // kids[0].text
  kHas,     // has(kids[0].text)
  kBinary,  // text: the operator
  kAnd,
  kOr,
  kNot,
  kNegate,
  kIndex,
  kConditional,
  kList,
  kMap,     // keys and values in turn
  kMacro,   // kids[0].text(names, the other kids)
  kBind,    // cel.bind(names[0], kids[0], kids[1])
  kCall,    // text(kids)
  kMethod,  // kids[0].text(the other kids)
};

/// An expression as the generator makes it: independent of the parser and its tree.
struct Expression {
  Form form = Form::kLiteral;
  Thing literal;
  std::string text;
  std::vector<std::string> names;
  std::vector<Expression> kids;
};

/// Source text that must be read as this expression: parentheses where precedence wants them and
/// here and there where it does not, blanks, line ends and comments between tokens.
std::string Write(const Expression& expression, std::mt19937_64& random);

}  // namespace strowger::cel::naive
