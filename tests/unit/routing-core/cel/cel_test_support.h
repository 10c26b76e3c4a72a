#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "routing-core/cel/compiler.h"

namespace strowger::cel {

/// Variables that tests read; slot i holds values[i].
class TestActivation : public Activation {
 public:
  std::vector<Value> values;
  mutable std::vector<uint32_t> loads;

  Value Load(uint32_t slot) const override {
    loads.push_back(slot);
    return slot < values.size() ? values[slot] : Value();
  }
};

/// An environment with values in it.
struct World {
  Env env;
  TestActivation activation;

  /// Declares the next slot; an absent value leaves it empty.
  World& With(const std::string& name, const Type& type, const Value& value) {
    EXPECT_TRUE(env.AddVariable(name, type, static_cast<uint32_t>(activation.values.size())));
    activation.values.push_back(value);
    return *this;
  }

  /// The value as DebugString writes it; "error: TEXT" when evaluation fails; and
  /// "parse|check LINE:COLUMN MESSAGE" for the first finding when it does not compile.
  std::string Evaluate(std::string_view expression, const CompileOptions& options = {}) const;

  /// Without the type checker.
  std::string EvaluateUnchecked(std::string_view expression) const;

  /// All findings as "LINE:COLUMN MESSAGE", with " [SUGGESTION]" where there is one.
  std::vector<std::string> Findings(std::string_view expression,
                                    const CompileOptions& options = {}) const;
};

/// An expression and what World::Evaluate must answer, or how that must begin.
struct Expectation {
  std::string_view expression;
  std::string_view result;
};

void ExpectAll(const World& world, const std::vector<Expectation>& expectations);
void ExpectAllUnchecked(const World& world, const std::vector<Expectation>& expectations);

}  // namespace strowger::cel
