#include "services/rules/surrogates.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace strowger::rules {
namespace {

constexpr std::size_t kEscape = 6;   // bytes of \uD83D
constexpr std::size_t kJoined = 10;  // bytes of \U0001F600

// The number of the escape \uXXXX at `i`, or nothing.
std::optional<std::uint32_t> EscapeAt(std::string_view text, std::size_t i) {
  if (text.size() < i + kEscape || text[i] != '\\' || text[i + 1] != 'u') return std::nullopt;
  std::uint32_t number = 0;
  const char* end = text.data() + i + kEscape;
  const auto [stop, error] = std::from_chars(text.data() + i + 2, end, number, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

bool IsHigh(std::uint32_t number) { return number >= 0xD800 && number < 0xDC00; }
bool IsLow(std::uint32_t number) { return number >= 0xDC00 && number < 0xE000; }

std::string Joined(std::uint32_t high, std::uint32_t low) {
  std::uint32_t point = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
  std::string text = "\\U00000000";
  for (std::size_t i = text.size(); point != 0; point >>= 4)
    text[--i] = "0123456789ABCDEF"[point & 15];
  return text;
}

class Joiner {
 public:
  explicit Joiner(std::string_view text) : text_(text) {}

  JoinedText Run() {
    while (at_ < text_.size() && !joined_.broken) {
      const char c = text_[at_];
      if (c == '"' && value_may_begin_) {
        Quoted();
      } else if (c == '\'' && value_may_begin_) {
        at_ = std::min(text_.find('\'', at_ + 1), text_.size());
        value_may_begin_ = false;
      } else if (c == '#' && (at_ == 0 || IsBlank(text_[at_ - 1]))) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        Outside(c);
      }
    }
    if (!joined_.pairs.empty()) joined_.text.append(text_.substr(copied_));
    return std::move(joined_);
  }

 private:
  static bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  void Outside(char c) {
    if (!IsBlank(c) || c == '\n') {
      value_may_begin_ = std::string_view("\n:,[{-?").find(c) != std::string_view::npos;
    }
    ++at_;
  }

  void Quoted() {
    value_may_begin_ = false;
    for (++at_; at_ < text_.size() && text_[at_] != '"';) {
      if (text_[at_] != '\\') {
        ++at_;
        continue;
      }
      const auto first = EscapeAt(text_, at_);
      if (!first || (!IsHigh(*first) && !IsLow(*first))) {
        at_ += 2;
        continue;
      }
      const auto second = EscapeAt(text_, at_ + kEscape);
      if (!IsHigh(*first) || !second || !IsLow(*second)) {
        joined_.broken = at_;
        return;
      }
      joined_.text.append(text_.substr(copied_, at_ - copied_));
      joined_.pairs.push_back(joined_.text.size());
      joined_.text += Joined(*first, *second);
      at_ += 2 * kEscape;
      copied_ = at_;
    }
    ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t copied_ = 0;  // up to here the text is in joined_.text, once there is a pair
  bool value_may_begin_ = true;
  JoinedText joined_;
};

}  // namespace

std::size_t JoinedText::OriginalOf(std::size_t offset) const {
  const auto before = std::lower_bound(pairs.begin(), pairs.end(), offset);
  return offset + static_cast<std::size_t>(before - pairs.begin()) * (2 * kEscape - kJoined);
}

JoinedText JoinSurrogates(std::string_view text) {
  if (text.find("\\u") == std::string_view::npos) return {};
  return Joiner(text).Run();
}

}  // namespace strowger::rules
