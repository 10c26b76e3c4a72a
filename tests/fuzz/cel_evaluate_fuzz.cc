// Variables and an expression over them out of any bytes: up to a NUL the expression, after it what
// the variables hold.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "routing-core/cel/compiler.h"
#include "routing-core/cel/constant_pool.h"

namespace strowger::cel {
namespace {

void Require(bool condition) {
  if (!condition) __builtin_trap();
}

/// Takes values from the input until it is used up; then everything is zero.
class Source {
 public:
  explicit Source(std::string_view bytes) : bytes_(bytes) {}

  uint8_t Byte() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }
  uint64_t Word() {
    uint64_t word = 0;
    const size_t size = std::min(bytes_.size(), sizeof word);
    std::memcpy(&word, bytes_.data(), size);
    bytes_.remove_prefix(size);
    return word;
  }
  std::string_view Text() {
    const std::string_view text = bytes_.substr(0, Byte() % 24);
    bytes_.remove_prefix(std::min(bytes_.size(), text.size()));
    return text;
  }

 private:
  std::string_view bytes_;
};

int64_t Clamp(int64_t seconds) {
  return std::clamp(seconds, kMinTimestampSeconds, kMaxTimestampSeconds);
}

Value Make(Source& source, ConstantPool& pool, int depth);

Value MakeList(Source& source, ConstantPool& pool, int depth) {
  std::vector<Value> items(source.Byte() % 4);
  for (Value& item : items) item = Make(source, pool, depth - 1);
  return pool.Keep(Value::List(items.data(), items.size()));
}

Value MakeMap(Source& source, ConstantPool& pool, int depth) {
  std::vector<MapEntry> entries(source.Byte() % 4);
  for (MapEntry& entry : entries) {
    entry = {Make(source, pool, 0), Make(source, pool, depth - 1)};
  }
  if (SortEntries(entries.data(), entries.size()) != KeyProblem::kNone) return Value::Null();
  return pool.Keep(Value::Map(entries.data(), entries.size()));
}

Value Make(Source& source, ConstantPool& pool, int depth) {
  switch (source.Byte() % (depth > 0 ? 10 : 8)) {
    case 0:
      return Value::Int(static_cast<int64_t>(source.Word()));
    case 1:
      return Value::Uint(source.Word());
    case 2: {
      const uint64_t word = source.Word();
      double real = 0;
      std::memcpy(&real, &word, sizeof real);
      return Value::Double(real);
    }
    case 3:
      return Value::String(pool.Text(source.Text()));
    case 4:
      return Value::Bool(source.Byte() % 2 == 1);
    case 5:
      return Value::Time({Clamp(static_cast<int64_t>(source.Word())),
                          static_cast<uint32_t>(source.Word() % 1'000'000'000)});
    case 6:
      return Value::Duration(static_cast<int64_t>(source.Word()));
    case 7:
      return Value::Null();
    case 8:
      return MakeList(source, pool, depth);
    default:
      return MakeMap(source, pool, depth);
  }
}

constexpr uint32_t kVariables = 8;

class Bindings : public Activation {
 public:
  explicit Bindings(std::string_view bytes) {
    Source source(bytes);
    // The types that the checker has been promised come first.
    values_.push_back(Value::Int(static_cast<int64_t>(source.Word())));
    values_.push_back(Value::String(pool_.Text(source.Text())));
    values_.push_back(Value::Time({Clamp(static_cast<int64_t>(source.Word())), 5}));
    values_.push_back(source.Byte() % 2 == 1 ? Value::Bool(true) : Value());
    while (values_.size() < kVariables) values_.push_back(Make(source, pool_, 3));
  }
  Value Load(uint32_t slot) const override { return values_[slot]; }

 private:
  ConstantPool pool_;
  std::vector<Value> values_;
};

Env MakeEnv() {
  Env env;
  env.AddVariable("x", Type::Int(), 0);
  env.AddVariable("c.tier", Type::String(), 1);
  env.AddVariable("now", Type::Time(), 2);
  env.AddVariable("c.on", Type::Bool(), 3);
  for (uint32_t slot = 4; slot < kVariables; ++slot) {
    env.AddVariable(std::string(1, static_cast<char>('a' + slot - 4)), Type::Dyn(), slot);
  }
  return env;
}

bool AreSame(const Value& a, const Value& b) {
  if (a.is(Kind::kError) || b.is(Kind::kError)) return a.kind() == b.kind();
  return DebugString(a) == DebugString(b);
}

bool IsLimit(const Value& value) {
  return value.is(Kind::kError) && value.error_code() == ErrorCode::kLimit;
}

void EvaluateOne(std::string_view bytes) {
  static const Env kEnv = MakeEnv();
  static Scratch scratch(size_t{1} << 18, 20'000);
  static Scratch other(size_t{1} << 18, 20'000);
  const size_t end = std::min(bytes.find('\0'), bytes.size());
  const Bindings bindings(bytes.substr(std::min(end + 1, bytes.size())));
  CompileOptions options;
  options.max_source = 2048;
  const CompileResult checked = Compile(kEnv, bytes.substr(0, end), options);
  options.check = false;
  const CompileResult unchecked = Compile(kEnv, bytes.substr(0, end), options);
  Require(checked.ok() == checked.findings.empty());
  if (!unchecked.ok()) {
    Require(!checked.ok());
    return;
  }
  const Value value = unchecked.program->Evaluate(bindings, scratch);
  Require(!value.is(Kind::kAbsent));
  if (value.is(Kind::kError)) unchecked.program->Describe(value);
  if (!checked.ok()) return;
  // Checking may refuse an expression, and never changes what it means.
  const Value same = checked.program->Evaluate(bindings, other);
  Require(IsLimit(value) || IsLimit(same) || AreSame(value, same));
}

}  // namespace
}  // namespace strowger::cel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  strowger::cel::EvaluateOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
