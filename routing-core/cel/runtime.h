#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "routing-core/cel/function.h"
#include "routing-core/cel/scratch.h"
#include "routing-core/cel/value.h"

/// The language's operators and functions on values, one file per concern. Arguments are never
/// absent nor errors; the caller has seen to that. An error that they answer has no offset yet.
namespace strowger::cel {

class Zone;

/// What a function may need besides its arguments.
struct CallContext {
  Scratch& scratch;
  const Zone& default_zone;
};

enum class Order : uint8_t { kLess, kEqual, kGreater, kUnordered };

// value.cc
double NumberAsDouble(const Value& value);
/// Orders two numbers of any kinds; an integer meets a double as a double.
Order CompareNumbers(const Value& a, const Value& b);

// errors.cc
Value NoSuchOverload();
Value Overflow();
Value OutOfMemory();

// arithmetic.cc
Value Add(const Value& a, const Value& b, Scratch& scratch);
Value Subtract(const Value& a, const Value& b);
Value Multiply(const Value& a, const Value& b);
Value Divide(const Value& a, const Value& b);
Value Modulo(const Value& a, const Value& b);
Value Negate(const Value& a);

// comparison.cc
/// `<`, `<=`, `>` or `>=`, given as the function that stands for it.
Value Compare(Function relation, const Value& a, const Value& b);

// collections.cc
Value Index(const Value& container, const Value& key);
Value SelectField(const Value& container, const Value& field);
Value HasField(const Value& container, const Value& field);
Value In(const Value& item, const Value& container);
Value MakeMap(MapEntry* entries, size_t size);
Value Concatenate(const Value& a, const Value& b, Scratch& scratch);

// conversion.cc
Value Convert(Function function, const Value& value, Scratch& scratch);
Value TypeOf(const Value& value);
std::string FormatDouble(double value);

// string_functions.cc
Value CallStringFunction(Function function, absl::Span<const Value> arguments);
/// Code points of valid UTF-8; stray bytes count as one each.
int64_t CountCodePoints(std::string_view text);
Value CopyText(std::string_view text, Scratch& scratch);

// string_extension.cc
Value CallStringExtension(Function function, absl::Span<const Value> arguments, Scratch& scratch);
/// The text as a literal in double quotes.
std::string QuoteText(std::string_view text);

// math_extension.cc
Value CallMathExtension(Function function, absl::Span<const Value> arguments);

// time_functions.cc
Value CallTimeGetter(Function function, const Value& value, const Zone& zone);
Value AddTime(const Value& a, const Value& b);
Value SubtractTime(const Value& a, const Value& b);

// time_text.cc
std::optional<Timestamp> ParseTimestamp(std::string_view text);
std::optional<int64_t> ParseDuration(std::string_view text);
std::string FormatTimestamp(Timestamp time);
std::string FormatDuration(int64_t nanoseconds);

// call.cc
/// Any function of the language by its arguments.
Value CallFunction(Function function, absl::Span<const Value> arguments,
                   const CallContext& context);

}  // namespace strowger::cel
