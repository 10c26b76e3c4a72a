#include <cstddef>
#include <cstdint>
#include <string_view>

#include "routing-core/cel/compiler.h"

namespace strowger::cel {
namespace {

class FuzzActivation : public Activation {
 public:
  Value Load(uint32_t slot) const override {
    static const Value kTags[] = {Value::String("vip"), Value::String("churn:high")};
    static const MapEntry kEntries[] = {{Value::Int(1), Value::String("one")}};
    switch (slot) {
      case 0:
        return Value::Int(7);
      case 1:
        return Value::String("gold");
      case 2:
        return Value::List(kTags, 2);
      case 3:
        return Value::Time({1234567890, 5});
      case 4:
        return Value::Map(kEntries, 1);
      case 5:
        return Value::Double(0.5);
      default:
        return Value();
    }
  }
};

Env MakeEnv() {
  Env env;
  env.AddVariable("x", Type::Int(), 0);
  env.AddVariable("c.tier", Type::String(), 1);
  env.AddVariable("c.tags", Type::List(Type::String()), 2);
  env.AddVariable("now", Type::Time(), 3);
  env.AddVariable("m", Type::Map(Type::Int(), Type::String()), 4);
  env.AddVariable("d", Type::Dyn(), 5);
  env.AddVariable("c.none", Type::Bool(), 6);
  return env;
}

}  // namespace

/// Compiles the bytes with and without the checker and evaluates what compiles. Whatever they are,
/// nothing may crash, run away or answer something absent.
void FuzzOne(std::string_view source) {
  static const Env kEnv = MakeEnv();
  static const FuzzActivation kActivation;
  static Scratch scratch(size_t{1} << 20, 50'000);
  for (const bool check : {true, false}) {
    CompileOptions options;
    options.check = check;
    options.max_source = 4096;
    const CompileResult compiled = Compile(kEnv, source, options);
    if (compiled.ok() != compiled.findings.empty()) __builtin_trap();
    if (!compiled.ok()) continue;
    const Value value = compiled.program->Evaluate(kActivation, scratch);
    if (value.is(Kind::kAbsent)) __builtin_trap();
    if (value.is(Kind::kError)) compiled.program->Describe(value);
    DebugString(value);
  }
}

}  // namespace strowger::cel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  strowger::cel::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
