#include "routing-core/cel/function.h"

namespace strowger::cel {
namespace {

constexpr CallStyle kPlain = CallStyle::kPlain;
constexpr CallStyle kMethod = CallStyle::kMethod;

constexpr Signature kSignatures[] = {
    {"size", Function::kSize, kPlain, "s", 'i'},
    {"size", Function::kSize, kPlain, "l", 'i'},
    {"size", Function::kSize, kPlain, "m", 'i'},
    {"size", Function::kSize, kMethod, "s", 'i'},
    {"size", Function::kSize, kMethod, "l", 'i'},
    {"size", Function::kSize, kMethod, "m", 'i'},

    {"bool", Function::kToBool, kPlain, "b", 'b'},
    {"bool", Function::kToBool, kPlain, "s", 'b'},
    {"int", Function::kToInt, kPlain, "i", 'i'},
    {"int", Function::kToInt, kPlain, "u", 'i'},
    {"int", Function::kToInt, kPlain, "d", 'i'},
    {"int", Function::kToInt, kPlain, "s", 'i'},
    {"int", Function::kToInt, kPlain, "t", 'i'},
    {"uint", Function::kToUint, kPlain, "u", 'u'},
    {"uint", Function::kToUint, kPlain, "i", 'u'},
    {"uint", Function::kToUint, kPlain, "d", 'u'},
    {"uint", Function::kToUint, kPlain, "s", 'u'},
    {"double", Function::kToDouble, kPlain, "d", 'd'},
    {"double", Function::kToDouble, kPlain, "i", 'd'},
    {"double", Function::kToDouble, kPlain, "u", 'd'},
    {"double", Function::kToDouble, kPlain, "s", 'd'},
    {"string", Function::kToString, kPlain, "s", 's'},
    {"string", Function::kToString, kPlain, "b", 's'},
    {"string", Function::kToString, kPlain, "i", 's'},
    {"string", Function::kToString, kPlain, "u", 's'},
    {"string", Function::kToString, kPlain, "d", 's'},
    {"string", Function::kToString, kPlain, "t", 's'},
    {"string", Function::kToString, kPlain, "n", 's'},
    {"timestamp", Function::kToTimestamp, kPlain, "t", 't'},
    {"timestamp", Function::kToTimestamp, kPlain, "s", 't'},
    {"timestamp", Function::kToTimestamp, kPlain, "i", 't'},
    {"duration", Function::kToDuration, kPlain, "n", 'n'},
    {"duration", Function::kToDuration, kPlain, "s", 'n'},
    {"dyn", Function::kToDyn, kPlain, "*", '*'},
    {"type", Function::kTypeOf, kPlain, "*", 'T'},

    {"contains", Function::kContains, kMethod, "ss", 'b'},
    {"startsWith", Function::kStartsWith, kMethod, "ss", 'b'},
    {"endsWith", Function::kEndsWith, kMethod, "ss", 'b'},
    {"matches", Function::kMatches, kMethod, "ss", 'b'},
    {"matches", Function::kMatches, kPlain, "ss", 'b'},

    {"getDate", Function::kGetDate, kMethod, "t", 'i'},
    {"getDate", Function::kGetDate, kMethod, "ts", 'i'},
    {"getDayOfMonth", Function::kGetDayOfMonth, kMethod, "t", 'i'},
    {"getDayOfMonth", Function::kGetDayOfMonth, kMethod, "ts", 'i'},
    {"getDayOfWeek", Function::kGetDayOfWeek, kMethod, "t", 'i'},
    {"getDayOfWeek", Function::kGetDayOfWeek, kMethod, "ts", 'i'},
    {"getDayOfYear", Function::kGetDayOfYear, kMethod, "t", 'i'},
    {"getDayOfYear", Function::kGetDayOfYear, kMethod, "ts", 'i'},
    {"getFullYear", Function::kGetFullYear, kMethod, "t", 'i'},
    {"getFullYear", Function::kGetFullYear, kMethod, "ts", 'i'},
    {"getHours", Function::kGetHours, kMethod, "t", 'i'},
    {"getHours", Function::kGetHours, kMethod, "ts", 'i'},
    {"getHours", Function::kGetHours, kMethod, "n", 'i'},
    {"getMilliseconds", Function::kGetMilliseconds, kMethod, "t", 'i'},
    {"getMilliseconds", Function::kGetMilliseconds, kMethod, "ts", 'i'},
    {"getMilliseconds", Function::kGetMilliseconds, kMethod, "n", 'i'},
    {"getMinutes", Function::kGetMinutes, kMethod, "t", 'i'},
    {"getMinutes", Function::kGetMinutes, kMethod, "ts", 'i'},
    {"getMinutes", Function::kGetMinutes, kMethod, "n", 'i'},
    {"getMonth", Function::kGetMonth, kMethod, "t", 'i'},
    {"getMonth", Function::kGetMonth, kMethod, "ts", 'i'},
    {"getSeconds", Function::kGetSeconds, kMethod, "t", 'i'},
    {"getSeconds", Function::kGetSeconds, kMethod, "ts", 'i'},
    {"getSeconds", Function::kGetSeconds, kMethod, "n", 'i'},

    {"charAt", Function::kCharAt, kMethod, "si", 's'},
    {"indexOf", Function::kIndexOf, kMethod, "ss", 'i'},
    {"indexOf", Function::kIndexOf, kMethod, "ssi", 'i'},
    {"lastIndexOf", Function::kLastIndexOf, kMethod, "ss", 'i'},
    {"lastIndexOf", Function::kLastIndexOf, kMethod, "ssi", 'i'},
    {"join", Function::kJoin, kMethod, "S", 's'},
    {"join", Function::kJoin, kMethod, "Ss", 's'},
    {"lowerAscii", Function::kLowerAscii, kMethod, "s", 's'},
    {"upperAscii", Function::kUpperAscii, kMethod, "s", 's'},
    {"replace", Function::kReplace, kMethod, "sss", 's'},
    {"replace", Function::kReplace, kMethod, "sssi", 's'},
    {"reverse", Function::kReverse, kMethod, "s", 's'},
    {"split", Function::kSplit, kMethod, "ss", 'S'},
    {"split", Function::kSplit, kMethod, "ssi", 'S'},
    {"substring", Function::kSubstring, kMethod, "si", 's'},
    {"substring", Function::kSubstring, kMethod, "sii", 's'},
    {"trim", Function::kTrim, kMethod, "s", 's'},
    {"strings.quote", Function::kQuote, kPlain, "s", 's'},

    {"math.ceil", Function::kCeil, kPlain, "d", 'd'},
    {"math.floor", Function::kFloor, kPlain, "d", 'd'},
    {"math.round", Function::kRound, kPlain, "d", 'd'},
    {"math.trunc", Function::kTrunc, kPlain, "d", 'd'},
    {"math.abs", Function::kAbs, kPlain, "i", 'i'},
    {"math.abs", Function::kAbs, kPlain, "u", 'u'},
    {"math.abs", Function::kAbs, kPlain, "d", 'd'},
    {"math.sign", Function::kSign, kPlain, "i", 'i'},
    {"math.sign", Function::kSign, kPlain, "u", 'u'},
    {"math.sign", Function::kSign, kPlain, "d", 'd'},
    {"math.isNaN", Function::kIsNan, kPlain, "d", 'b'},
    {"math.isInf", Function::kIsInf, kPlain, "d", 'b'},
    {"math.isFinite", Function::kIsFinite, kPlain, "d", 'b'},
    {"math.bitAnd", Function::kBitAnd, kPlain, "ii", 'i'},
    {"math.bitAnd", Function::kBitAnd, kPlain, "uu", 'u'},
    {"math.bitOr", Function::kBitOr, kPlain, "ii", 'i'},
    {"math.bitOr", Function::kBitOr, kPlain, "uu", 'u'},
    {"math.bitXor", Function::kBitXor, kPlain, "ii", 'i'},
    {"math.bitXor", Function::kBitXor, kPlain, "uu", 'u'},
    {"math.bitNot", Function::kBitNot, kPlain, "i", 'i'},
    {"math.bitNot", Function::kBitNot, kPlain, "u", 'u'},
    {"math.bitShiftLeft", Function::kBitShiftLeft, kPlain, "ii", 'i'},
    {"math.bitShiftLeft", Function::kBitShiftLeft, kPlain, "ui", 'u'},
    {"math.bitShiftRight", Function::kBitShiftRight, kPlain, "ii", 'i'},
    {"math.bitShiftRight", Function::kBitShiftRight, kPlain, "ui", 'u'},
    {"math.sqrt", Function::kSqrt, kPlain, "i", 'd'},
    {"math.sqrt", Function::kSqrt, kPlain, "u", 'd'},
    {"math.sqrt", Function::kSqrt, kPlain, "d", 'd'},
};

}  // namespace

absl::Span<const Signature> Signatures() { return kSignatures; }

bool IsFunctionName(std::string_view name, CallStyle style) {
  // These two take any number of arguments and so have no signature.
  if (style == kPlain && (name == "math.greatest" || name == "math.least")) return true;
  for (const Signature& signature : kSignatures) {
    if (signature.style == style && signature.name == name) return true;
  }
  return false;
}

}  // namespace strowger::cel
