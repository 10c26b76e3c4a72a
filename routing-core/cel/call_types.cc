#include "routing-core/cel/call_types.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace strowger::cel {
namespace {

struct OperatorSignature {
  Function function;
  std::string_view operands;
  char result;
};

// Lists, equality, ordering, `in` and indexing have rules of their own below.
constexpr OperatorSignature kOperators[] = {
    {Function::kNot, "b", 'b'},       {Function::kNegate, "i", 'i'},
    {Function::kNegate, "d", 'd'},    {Function::kAdd, "ii", 'i'},
    {Function::kAdd, "uu", 'u'},      {Function::kAdd, "dd", 'd'},
    {Function::kAdd, "ss", 's'},      {Function::kAdd, "tn", 't'},
    {Function::kAdd, "nt", 't'},      {Function::kAdd, "nn", 'n'},
    {Function::kSubtract, "ii", 'i'}, {Function::kSubtract, "uu", 'u'},
    {Function::kSubtract, "dd", 'd'}, {Function::kSubtract, "tt", 'n'},
    {Function::kSubtract, "tn", 't'}, {Function::kSubtract, "nn", 'n'},
    {Function::kMultiply, "ii", 'i'}, {Function::kMultiply, "uu", 'u'},
    {Function::kMultiply, "dd", 'd'}, {Function::kDivide, "ii", 'i'},
    {Function::kDivide, "uu", 'u'},   {Function::kDivide, "dd", 'd'},
    {Function::kModulo, "ii", 'i'},   {Function::kModulo, "uu", 'u'},
};

Type TypeOfLetter(char letter) {
  switch (letter) {
    case 'b':
      return Type::Bool();
    case 'i':
      return Type::Int();
    case 'u':
      return Type::Uint();
    case 'd':
      return Type::Double();
    case 's':
      return Type::String();
    case 't':
      return Type::Time();
    case 'n':
      return Type::Duration();
    case 'l':
      return Type(Kind::kList);
    case 'S':
      return Type::List(Type::String());
    case 'm':
      return Type(Kind::kMap);
    case 'T':
      return Type::Denotation();
    default:
      return Type::Dyn();
  }
}

bool FitsLetters(std::string_view letters, const std::vector<Type>& types) {
  if (letters.size() != types.size()) return false;
  for (size_t i = 0; i < types.size(); ++i) {
    if (!Fits(TypeOfLetter(letters[i]), types[i])) return false;
  }
  return true;
}

/// The type of what may come of several signatures.
void Include(Type result, std::optional<Type>& joined) {
  joined = joined ? Join(*joined, result) : result;
}

bool IsNumber(const Type& type) {
  return type.Is(Kind::kInt) || type.Is(Kind::kUint) || type.Is(Kind::kDouble);
}

bool IsOrdered(const Type& type) {
  return IsNumber(type) || type.Is(Kind::kBool) || type.Is(Kind::kString) ||
         type.Is(Kind::kTimestamp) || type.Is(Kind::kDuration);
}

bool AreOrdered(const Type& a, const Type& b) {
  if (a.IsDyn()) return b.IsDyn() || IsOrdered(b);
  if (b.IsDyn()) return IsOrdered(a);
  return IsOrdered(a) && a == b;
}

std::optional<Type> BoolIf(bool condition) {
  return condition ? std::optional(Type::Bool()) : std::nullopt;
}

bool IsIn(const Type& item, const Type& container) {
  if (container.Is(Kind::kList)) return Fits(item, container.item());
  if (container.Is(Kind::kMap)) return Fits(item, container.key());
  return container.IsDyn();
}

std::optional<Type> IndexType(const Type& container, const Type& key) {
  if (container.IsDyn()) return Type::Dyn();
  if (container.Is(Kind::kList) && Fits(key, Type::Int())) return container.item();
  if (container.Is(Kind::kMap) && Fits(key, container.key())) return container.item();
  return std::nullopt;
}

std::optional<Type> ArithmeticType(Function function, const std::vector<Type>& operands) {
  std::optional<Type> result;
  if (function == Function::kAdd) {
    const Type& a = operands[0];
    const Type& b = operands[1];
    const Type list(Kind::kList);
    if (Fits(a, list) && Fits(b, list)) {
      if (!a.IsDyn() && !b.IsDyn()) {
        return Fits(a, b) ? std::optional(Join(a, b)) : std::nullopt;
      }
      Include(list, result);
    }
  }
  for (const OperatorSignature& signature : kOperators) {
    if (signature.function == function && FitsLetters(signature.operands, operands)) {
      Include(TypeOfLetter(signature.result), result);
    }
  }
  return result;
}

/// math.greatest and math.least: any count of numbers, or one list of them.
CallType ExtremeType(Function function, const std::vector<Type>& arguments) {
  CallType call;
  if (arguments.empty()) return call;
  call.function = function;
  std::optional<Type> result;
  const bool list = arguments.size() == 1 && arguments[0].Is(Kind::kList);
  for (const Type& argument : arguments) {
    const Type type = list ? argument.item() : argument;
    if (!type.IsDyn() && !IsNumber(type)) return call;
    Include(type, result);
  }
  call.fits = true;
  call.result = *result;
  return call;
}

}  // namespace

bool AreAlike(const Type& a, const Type& b) {
  const auto nullable = [](const Type& type) {
    return type.Is(Kind::kTimestamp) || type.Is(Kind::kDuration);
  };
  return Fits(a, b) || (a.Is(Kind::kNull) && nullable(b)) || (b.Is(Kind::kNull) && nullable(a));
}

bool AreDifferentNumbers(const Type& a, const Type& b) {
  return IsNumber(a) && IsNumber(b) && a != b;
}

std::optional<Type> OperatorType(Function function, const std::vector<Type>& operands) {
  switch (function) {
    case Function::kEqual:
    case Function::kNotEqual:
      return BoolIf(AreAlike(operands[0], operands[1]));
    case Function::kLess:
    case Function::kLessOrEqual:
    case Function::kGreater:
    case Function::kGreaterOrEqual:
      return BoolIf(AreOrdered(operands[0], operands[1]));
    case Function::kIn:
      return BoolIf(IsIn(operands[0], operands[1]));
    case Function::kIndex:
      return IndexType(operands[0], operands[1]);
    default:
      return ArithmeticType(function, operands);
  }
}

std::string_view OperatorText(Function function) {
  switch (function) {
    case Function::kNot:
      return "!";
    case Function::kNegate:
    case Function::kSubtract:
      return "-";
    case Function::kAdd:
      return "+";
    case Function::kMultiply:
      return "*";
    case Function::kDivide:
      return "/";
    case Function::kModulo:
      return "%";
    case Function::kEqual:
      return "==";
    case Function::kNotEqual:
      return "!=";
    case Function::kLess:
      return "<";
    case Function::kLessOrEqual:
      return "<=";
    case Function::kGreater:
      return ">";
    case Function::kGreaterOrEqual:
      return ">=";
    case Function::kIn:
      return "in";
    case Function::kIndex:
      return "[]";
    default:
      return "?";
  }
}

CallType FunctionType(std::string_view name, CallStyle style, const std::vector<Type>& arguments) {
  if (style == CallStyle::kPlain && name == "math.greatest") {
    return ExtremeType(Function::kGreatest, arguments);
  }
  if (style == CallStyle::kPlain && name == "math.least") {
    return ExtremeType(Function::kLeast, arguments);
  }
  CallType call;
  std::optional<Type> result;
  for (const Signature& signature : Signatures()) {
    if (signature.style != style || signature.name != name ||
        signature.arguments.size() != arguments.size()) {
      continue;
    }
    call.function = signature.function;
    if (FitsLetters(signature.arguments, arguments))
      Include(TypeOfLetter(signature.result), result);
  }
  call.fits = result.has_value();
  if (result) call.result = *result;
  return call;
}

CallType HostType(const std::vector<HostFunction>& overloads, const std::vector<Type>& arguments) {
  CallType call;
  std::optional<Type> result;
  for (const HostFunction& overload : overloads) {
    if (std::equal(overload.arguments.begin(), overload.arguments.end(), arguments.begin(),
                   arguments.end(), Fits)) {
      Include(overload.result, result);
    }
  }
  call.fits = result.has_value();
  if (result) call.result = *result;
  return call;
}

std::string WaysToCall(std::string_view name, CallStyle style) {
  std::string ways;
  for (const Signature& signature : Signatures()) {
    if (signature.style != style || signature.name != name) continue;
    std::vector<Type> types;
    for (const char letter : signature.arguments) types.push_back(TypeOfLetter(letter));
    const bool method = style == CallStyle::kMethod;
    absl::StrAppend(&ways, ways.empty() ? "" : ", ", method ? types[0].ToString() + "." : "",
                    std::string(name), TypeList(types, method ? 1 : 0));
  }
  return ways;
}

std::string TypeList(const std::vector<Type>& types, size_t first) {
  std::string text = "(";
  for (size_t i = first; i < types.size(); ++i) {
    absl::StrAppend(&text, i == first ? "" : ", ", types[i].ToString());
  }
  return text + ")";
}

}  // namespace strowger::cel
