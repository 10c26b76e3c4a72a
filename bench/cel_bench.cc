// The expression language alone: one condition of a rule, and the expression that cel-cpp measures
// itself by, each beside the same written in C++.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "benchmark/benchmark.h"
#include "routing-core/cel/compiler.h"

namespace strowger::cel {
namespace {

class Slots final : public Activation {
 public:
  explicit Slots(std::vector<Value> values) : values_(std::move(values)) {}
  Value Load(uint32_t slot) const override { return values_[slot]; }

 private:
  std::vector<Value> values_;
};

std::shared_ptr<const Program> CompileOrDie(const Env& env, std::string_view source) {
  CompileResult compiled = Compile(env, source);
  if (compiled.ok()) return compiled.program;
  std::cerr << source << ": " << compiled.findings.front().message << "\n";
  std::abort();
}

Env RuleNames() {
  Env env;
  env.AddVariable("contact.tier", Type::String(), 0);
  env.AddVariable("contact.balance", Type::Double(), 1);
  env.AddVariable("queue.waiting", Type::Int(), 2);
  env.AddVariable("contact.channel", Type::String(), 3);
  env.AddVariable("contact.tags", Type::List(Type::String()), 4);
  return env;
}

const Slots& RuleValues() {
  static const std::array<Value, 3> tags = {Value::String("vip"), Value::String("churn:high"),
                                            Value::String("beta")};
  static const Slots slots({Value::String("gold"), Value::Double(2500), Value::Int(3),
                            Value::String("email"), Value::List(tags.data(), tags.size())});
  return slots;
}

// Three comparisons and one `in`, all true, so that none is skipped.
constexpr std::string_view kCondition =
    R"(contact.tier == "gold" && contact.balance >= 1000.0 && queue.waiting < 5 &&
       contact.channel in ["voice", "chat", "email"])";

void Evaluate(benchmark::State& state, const Env& env, const Slots& slots,
              std::string_view source) {
  const auto program = CompileOrDie(env, source);
  Scratch scratch;
  for (auto _ : state) benchmark::DoNotOptimize(program->Evaluate(slots, scratch));
}

void BM_Condition(benchmark::State& state) {
  Evaluate(state, RuleNames(), RuleValues(), kCondition);
}
BENCHMARK(BM_Condition);

void BM_ConditionOfInts(benchmark::State& state) {
  Evaluate(state, RuleNames(), RuleValues(),
           "queue.waiting < 5 && queue.waiting >= 1 && queue.waiting != 2 && "
           "queue.waiting in [1, 2, 3, 4]");
}
BENCHMARK(BM_ConditionOfInts);

void BM_FirstConjunctFalse(benchmark::State& state) {
  Evaluate(state, RuleNames(), RuleValues(), R"(contact.tier == "silver" && queue.waiting < 5)");
}
BENCHMARK(BM_FirstConjunctFalse);

void BM_TagStartsWith(benchmark::State& state) {
  Evaluate(state, RuleNames(), RuleValues(), R"(contact.tags.exists(t, t.startsWith("churn:")))");
}
BENCHMARK(BM_TagStartsWith);

// cel-cpp's benchmark.

constexpr std::string_view kPolicy =
    R"(!(ip in ["10.0.1.4", "10.0.1.5", "10.0.1.6"]) &&
       ((path.startsWith("v1") && token in ["v1", "v2", "admin"]) ||
        (path.startsWith("v2") && token in ["v2", "v3", "admin"]) ||
        (path.startsWith("/admin") && token == "admin" &&
         ip in ["10.0.1.1", "10.0.1.2", "10.0.1.3"])))";

// The values that take the longest way: every part is looked at.
constexpr std::string_view kIp = "10.0.1.3";
constexpr std::string_view kPath = "/admin/edit";
constexpr std::string_view kToken = "admin";

void BM_Policy(benchmark::State& state) {
  Env env;
  env.AddVariable("ip", Type::String(), 0);
  env.AddVariable("path", Type::String(), 1);
  env.AddVariable("token", Type::String(), 2);
  Evaluate(state, env, Slots({Value::String(kIp), Value::String(kPath), Value::String(kToken)}),
           kPolicy);
}
BENCHMARK(BM_Policy);

bool IsIn(std::string_view text, const std::array<std::string_view, 3>& list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool PolicyByHand(std::string_view ip, std::string_view path, std::string_view token) {
  return !IsIn(ip, {"10.0.1.4", "10.0.1.5", "10.0.1.6"}) &&
         ((path.starts_with("v1") && IsIn(token, {"v1", "v2", "admin"})) ||
          (path.starts_with("v2") && IsIn(token, {"v2", "v3", "admin"})) ||
          (path.starts_with("/admin") && token == "admin" &&
           IsIn(ip, {"10.0.1.1", "10.0.1.2", "10.0.1.3"})));
}

void BM_PolicyByHand(benchmark::State& state) {
  std::string_view ip = kIp;
  std::string_view path = kPath;
  std::string_view token = kToken;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ip);
    benchmark::DoNotOptimize(path);
    benchmark::DoNotOptimize(token);
    benchmark::DoNotOptimize(PolicyByHand(ip, path, token));
  }
}
BENCHMARK(BM_PolicyByHand);

void BM_Compile(benchmark::State& state) {
  const Env env = RuleNames();
  for (auto _ : state) benchmark::DoNotOptimize(Compile(env, kCondition));
}
BENCHMARK(BM_Compile);

}  // namespace
}  // namespace strowger::cel

BENCHMARK_MAIN();
