#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "routing-core/cel/runtime.h"
#include "routing-core/cel/string_literal.h"

namespace strowger::cel {
namespace {

Value IndexOutOfRange() {
  return Value::Error(ErrorCode::kIndexOutOfRange, "string index out of range");
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Byte position of the code point with this number; the length for one past the last, nothing
/// beyond.
std::optional<size_t> ByteOf(std::string_view text, int64_t code_point) {
  if (code_point < 0) return std::nullopt;
  size_t byte = 0;
  for (; code_point > 0 && byte < text.size(); --code_point) {
    ++byte;
    while (byte < text.size() && IsContinuation(text[byte])) ++byte;
  }
  return code_point == 0 ? std::optional(byte) : std::nullopt;
}

Value CharAt(std::string_view text, int64_t position) {
  const std::optional<size_t> from = ByteOf(text, position);
  if (!from) return IndexOutOfRange();
  const std::string_view rest = text.substr(*from);
  return Value::String(rest.substr(0, ByteOf(rest, 1).value_or(0)));
}

Value FoundAt(std::string_view text, size_t byte) {
  return Value::Int(byte == std::string_view::npos ? -1 : CountCodePoints(text.substr(0, byte)));
}

Value FindText(Function function, absl::Span<const Value> arguments) {
  const std::string_view text = arguments[0].string();
  const std::string_view wanted = arguments[1].string();
  const bool last = function == Function::kLastIndexOf;
  if (arguments.size() == 2) return FoundAt(text, last ? text.rfind(wanted) : text.find(wanted));
  if (!arguments[2].is(Kind::kInt)) return NoSuchOverload();
  const std::optional<size_t> from = ByteOf(text, arguments[2].integer());
  if (!from) return IndexOutOfRange();
  return FoundAt(text, last ? text.rfind(wanted, *from) : text.find(wanted, *from));
}

Value Substring(absl::Span<const Value> arguments) {
  const std::string_view text = arguments[0].string();
  const std::optional<size_t> from = ByteOf(text, arguments[1].integer());
  if (!from) return IndexOutOfRange();
  if (arguments.size() == 2) return Value::String(text.substr(*from));
  if (!arguments[2].is(Kind::kInt)) return NoSuchOverload();
  const std::optional<size_t> to = ByteOf(text, arguments[2].integer());
  if (!to || *to < *from) return IndexOutOfRange();
  return Value::String(text.substr(*from, *to - *from));
}

Value ChangeCase(std::string_view text, char first, char last, Scratch& scratch) {
  char* changed = scratch.AllocateText(text.size());
  if (changed == nullptr) return OutOfMemory();
  // The cases of a letter differ in one bit.
  std::transform(text.begin(), text.end(), changed, [first, last](char c) {
    return c >= first && c <= last ? static_cast<char>(c ^ 0x20) : c;
  });
  return Value::String({changed, text.size()});
}

Value Reverse(std::string_view text, Scratch& scratch) {
  char* reversed = scratch.AllocateText(text.size());
  if (reversed == nullptr) return OutOfMemory();
  char* end = reversed + text.size();
  for (size_t at = 0; at < text.size();) {
    const size_t length = *ByteOf(text.substr(at), 1);
    end -= length;
    text.copy(end, length, at);
    at += length;
  }
  return Value::String({reversed, text.size()});
}

/// Where `wanted` occurs in `text`, from the left and without overlap. An empty one occurs before
/// every code point and at the end.
class Occurrences {
 public:
  Occurrences(std::string_view text, std::string_view wanted) : text_(text), wanted_(wanted) {}

  /// The byte at which the next one starts.
  std::optional<size_t> Next() {
    if (next_ > text_.size()) return std::nullopt;
    const size_t at = text_.find(wanted_, next_);
    if (at == std::string_view::npos) return std::nullopt;
    next_ = at + wanted_.size();
    if (wanted_.empty()) next_ += at < text_.size() ? *ByteOf(text_.substr(at), 1) : 1;
    return at;
  }

 private:
  std::string_view text_;
  std::string_view wanted_;
  size_t next_ = 0;
};

Value Replace(absl::Span<const Value> arguments, Scratch& scratch) {
  if (!arguments[2].is(Kind::kString)) return NoSuchOverload();
  if (arguments.size() == 4 && !arguments[3].is(Kind::kInt)) return NoSuchOverload();
  const int64_t limit = arguments.size() == 4 ? arguments[3].integer() : -1;
  const std::string_view text = arguments[0].string();
  const std::string_view old = arguments[1].string();
  const std::string_view replacement = arguments[2].string();

  int64_t count = 0;
  Occurrences counted(text, old);
  while (count != limit && counted.Next()) ++count;
  const size_t size = text.size() + static_cast<size_t>(count) * replacement.size() -
                      static_cast<size_t>(count) * old.size();
  char* result = scratch.AllocateText(size);
  if (result == nullptr) return OutOfMemory();

  char* end = result;
  size_t from = 0;
  Occurrences occurrences(text, old);
  for (; count > 0; --count) {
    const size_t at = *occurrences.Next();
    end += text.copy(end, at - from, from);
    end += replacement.copy(end, replacement.size());
    from = at + old.size();
  }
  text.copy(end, text.size() - from, from);
  return Value::String({result, size});
}

/// Where split() cuts: at every separator, and with an empty one between any two code points.
std::optional<size_t> NextCut(Occurrences& occurrences, std::string_view text, bool between) {
  std::optional<size_t> at = occurrences.Next();
  if (between && at == size_t{0}) at = occurrences.Next();
  if (between && at == text.size()) return std::nullopt;
  return at;
}

Value Split(absl::Span<const Value> arguments, Scratch& scratch) {
  if (arguments.size() == 3 && !arguments[2].is(Kind::kInt)) return NoSuchOverload();
  const int64_t limit = arguments.size() == 3 ? arguments[2].integer() : -1;
  const std::string_view text = arguments[0].string();
  const std::string_view separator = arguments[1].string();
  const bool between = separator.empty();
  if (limit == 0 || (between && text.empty())) return Value::List(nullptr, 0);

  int64_t pieces = 1;
  Occurrences counted(text, separator);
  while (pieces != limit && NextCut(counted, text, between)) ++pieces;
  Value* items = scratch.AllocateValues(static_cast<size_t>(pieces));
  if (items == nullptr) return OutOfMemory();

  size_t from = 0;
  Occurrences occurrences(text, separator);
  for (int64_t i = 0; i + 1 < pieces; ++i) {
    const size_t at = *NextCut(occurrences, text, between);
    items[i] = Value::String(text.substr(from, at - from));
    from = at + separator.size();
  }
  items[pieces - 1] = Value::String(text.substr(from));
  return Value::List(items, static_cast<size_t>(pieces));
}

Value Join(absl::Span<const Value> arguments, Scratch& scratch) {
  if (!arguments[0].is(Kind::kList)) return NoSuchOverload();
  std::string_view separator;
  if (arguments.size() == 2) {
    if (!arguments[1].is(Kind::kString)) return NoSuchOverload();
    separator = arguments[1].string();
  }
  const absl::Span<const Value> items(arguments[0].items(), arguments[0].size());
  size_t size = 0;
  for (const Value& item : items) {
    if (!item.is(Kind::kString)) return NoSuchOverload();
    size += item.string().size() + separator.size();
  }
  char* text = scratch.AllocateText(size);
  if (text == nullptr) return OutOfMemory();
  char* end = text;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i != 0) end += separator.copy(end, separator.size());
    end += items[i].string().copy(end, items[i].string().size());
  }
  return Value::String({text, static_cast<size_t>(end - text)});
}

/// White space as Unicode has it.
constexpr std::array<std::string_view, 25> kSpaces = {
    " ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\u0085", "\u00a0", "\u1680",
    "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
    "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

size_t SpaceAtStart(std::string_view text) {
  for (const std::string_view space : kSpaces) {
    if (text.substr(0, space.size()) == space) return space.size();
  }
  return 0;
}

size_t SpaceAtEnd(std::string_view text) {
  for (const std::string_view space : kSpaces) {
    if (text.size() >= space.size() && text.substr(text.size() - space.size()) == space) {
      return space.size();
    }
  }
  return 0;
}

std::string_view Trim(std::string_view text) {
  while (const size_t size = SpaceAtStart(text)) text.remove_prefix(size);
  while (const size_t size = SpaceAtEnd(text)) text.remove_suffix(size);
  return text;
}

}  // namespace

std::string QuoteText(std::string_view text) {
  constexpr std::string_view kSpecial = "\a\b\f\n\r\t\v\\\"";
  constexpr std::string_view kLetters = "abfnrtv\\\"";
  std::string quoted = "\"";
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    if (length == 0) {
      quoted += "\ufffd";
      text.remove_prefix(1);
      continue;
    }
    if (const size_t special = kSpecial.find(text[0]); special != std::string_view::npos) {
      quoted += '\\';
      quoted += kLetters[special];
    } else {
      quoted += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return quoted + "\"";
}

Value CallStringExtension(Function function, absl::Span<const Value> arguments, Scratch& scratch) {
  if (function == Function::kJoin) return Join(arguments, scratch);
  if (!arguments[0].is(Kind::kString)) return NoSuchOverload();
  const std::string_view text = arguments[0].string();
  switch (function) {
    case Function::kLowerAscii:
      return ChangeCase(text, 'A', 'Z', scratch);
    case Function::kUpperAscii:
      return ChangeCase(text, 'a', 'z', scratch);
    case Function::kReverse:
      return Reverse(text, scratch);
    case Function::kTrim:
      return Value::String(Trim(text));
    case Function::kQuote:
      return CopyText(QuoteText(text), scratch);
    case Function::kCharAt:
      return arguments[1].is(Kind::kInt) ? CharAt(text, arguments[1].integer()) : NoSuchOverload();
    case Function::kSubstring:
      return arguments[1].is(Kind::kInt) ? Substring(arguments) : NoSuchOverload();
    default:
      break;
  }
  if (!arguments[1].is(Kind::kString)) return NoSuchOverload();
  if (function == Function::kReplace) return Replace(arguments, scratch);
  if (function == Function::kSplit) return Split(arguments, scratch);
  return FindText(function, arguments);
}

}  // namespace strowger::cel
