#include "tests/model/cel/cel_differential.h"

#include <optional>
#include <random>
#include <vector>

#include "routing-core/cel/compiler.h"
#include "routing-core/cel/constant_pool.h"
#include "tests/model/cel/expression_generator.h"
#include "tests/model/cel/naive_evaluator.h"

namespace strowger::cel::naive {
namespace {

/// A thing as a value; an error is an absent variable.
Value ToValue(const Thing& thing, ConstantPool& pool) {
  std::vector<Value> items;
  std::vector<MapEntry> entries;
  switch (thing.is) {
    case Is::kBool:
      return Value::Bool(thing.boolean);
    case Is::kInt:
      return Value::Int(static_cast<int64_t>(thing.integer));
    case Is::kUint:
      return Value::Uint(static_cast<uint64_t>(thing.integer));
    case Is::kDouble:
      return Value::Double(thing.real);
    case Is::kString:
      return Value::String(pool.Text(thing.text));
    case Is::kTime:
      // None of the variables lies before 1970.
      return Value::Time({static_cast<int64_t>(thing.integer / 1'000'000'000),
                          static_cast<uint32_t>(thing.integer % 1'000'000'000)});
    case Is::kDuration:
      return Value::Duration(static_cast<int64_t>(thing.integer));
    case Is::kList:
      for (const Thing& item : thing.items) items.push_back(ToValue(item, pool));
      return pool.Keep(Value::List(items.data(), items.size()));
    case Is::kMap:
      for (const auto& [key, value] : thing.entries) {
        entries.push_back({ToValue(key, pool), ToValue(value, pool)});
      }
      SortEntries(entries.data(), entries.size());
      return pool.Keep(Value::Map(entries.data(), entries.size()));
    default:
      return Value();
  }
}

class World : public Activation {
 public:
  World() {
    for (const Variable& variable : Variables()) {
      env_.AddVariable(variable.name, *ParseType(variable.type),
                       static_cast<uint32_t>(values_.size()));
      values_.push_back(ToValue(variable.value, pool_));
      globals_[variable.name] = variable.value;
    }
  }
  Value Load(uint32_t slot) const override { return values_[slot]; }
  const Env& env() const { return env_; }
  const Globals& globals() const { return globals_; }

 private:
  Env env_;
  ConstantPool pool_;
  std::vector<Value> values_;
  Globals globals_;
};

bool IsLimit(const Value& value) {
  return value.is(Kind::kError) && value.error_code() == ErrorCode::kLimit;
}

/// Nothing when it does not compile.
std::optional<Value> Run(const World& world, const std::string& source, bool check,
                         Scratch& scratch, std::shared_ptr<const Program>& program,
                         std::string& problem) {
  CompileOptions options;
  options.check = check;
  options.max_nesting = 100;
  const CompileResult compiled = Compile(world.env(), source, options);
  if (!compiled.ok()) {
    const Finding& finding = compiled.findings.front();
    problem = std::string(StageName(finding.stage)) + ": " + finding.message;
    return std::nullopt;
  }
  program = compiled.program;
  return program->Evaluate(world, scratch);
}

}  // namespace

Tally Compare(uint64_t seed, uint64_t count) {
  const World world;
  std::mt19937_64 random(seed);
  Scratch scratch;
  Tally tally;
  for (; tally.expressions < count; ++tally.expressions) {
    const bool wild = random() % 2 == 0;
    const int depth = static_cast<int>(1 + random() % 4);
    const Expression expression = ExpressionGenerator(random, wild).Make(depth);
    const std::string source = Write(expression, random);
    const Thing wanted = Evaluate(expression, world.globals());
    if (wanted.is == Is::kError) ++tally.errors;
    for (const bool check : {true, false}) {
      std::shared_ptr<const Program> program;
      std::string problem;
      const std::optional<Value> got = Run(world, source, check, scratch, program, problem);
      if (!got && wild && check && problem.compare(0, 6, "check:") == 0) {
        ++tally.refused;
        continue;
      }
      if (got && (IsLimit(*got) || Same(wanted, FromValue(*got)))) continue;
      tally.failure = source + "\n  " + (check ? "checked" : "unchecked") + (wild ? ", wild" : "") +
                      "\n  wanted " + ToText(wanted) + "\n  got    " +
                      (got ? DebugString(*got) : problem);
      return tally;
    }
  }
  return tally;
}

}  // namespace strowger::cel::naive
