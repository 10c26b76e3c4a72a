#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/model/cel/expression.h"
#include "tests/model/cel/naive_evaluator.h"

namespace strowger::cel::naive {

/// Types that the generator aims at.
enum class Aim {
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kTime,
  kDuration,
  kInts,     // list(int)
  kStrings,  // list(string)
  kCounts,   // map(string, int)
};

/// The variables that expressions may use, as type names of the language and values.
struct Variable {
  std::string name;
  std::string type;
  Aim aim;
  Thing value;  // an error: absent
};
const std::vector<Variable>& Variables();

class ExpressionGenerator {
 public:
  /// With `wild` parts need not have the type that their place wants, and names may be unknown;
  /// without it every expression passes the checker.
  ExpressionGenerator(std::mt19937_64& random, bool wild) : random_(random), wild_(wild) {}

  Expression Make(int depth);

 private:
  struct Local {
    std::string name;
    Aim aim;
  };

  size_t Below(size_t count) { return random_() % count; }
  bool OneIn(size_t count) { return Below(count) == 0; }
  Aim AnyAim();

  Expression Of(Aim aim, int depth);
  Expression Leaf(Aim aim);
  Expression Literal(Aim aim);
  Expression Common(Aim aim, int depth);
  Expression OfBool(int depth);
  Expression OfInt(int depth);
  Expression OfUint(int depth);
  Expression OfDouble(int depth);
  Expression OfString(int depth);
  Expression OfTime(int depth);
  Expression OfDuration(int depth);
  Expression OfInts(int depth);
  Expression OfStrings(int depth);
  Expression OfCounts(int depth);
  Expression Macro(std::string name, Aim range, int variables, std::vector<Aim> bodies, int depth);
  Expression Logical(int depth);
  Expression Relation(int depth);

  std::mt19937_64& random_;
  bool wild_;
  std::vector<Local> locals_;
};

}  // namespace strowger::cel::naive
