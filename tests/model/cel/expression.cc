#include "tests/model/cel/expression.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "absl/strings/str_cat.h"

namespace strowger::cel::naive {
namespace {

// How tightly a form binds; a part that binds less than its place wants is put in parentheses.
enum Level { kConditionalLevel, kOrLevel, kAndLevel, kRelation, kSum, kProduct, kUnary, kMember };

int BinaryLevel(const std::string& op) {
  if (op == "+" || op == "-") return kSum;
  return op == "*" || op == "/" || op == "%" ? kProduct : kRelation;
}

bool IsNegative(const Thing& thing) {
  return (thing.is == Is::kInt && thing.integer < 0) ||
         (thing.is == Is::kDouble && std::signbit(thing.real));
}

int LevelOf(const Expression& e) {
  switch (e.form) {
    case Form::kConditional:
      return kConditionalLevel;
    case Form::kOr:
      return kOrLevel;
    case Form::kAnd:
      return kAndLevel;
    case Form::kBinary:
      return BinaryLevel(e.text);
    case Form::kNot:
    case Form::kNegate:
      return kUnary;
    case Form::kLiteral:
      return IsNegative(e.literal) ? kUnary : kMember;
    default:
      return kMember;
  }
}

class Writer {
 public:
  explicit Writer(std::mt19937_64& random) : random_(random) {}

  std::string Part(const Expression& e, int wanted) {
    const std::string text = Text(e);
    if (LevelOf(e) >= wanted && random_() % 16 != 0) return text;
    return absl::StrCat("(", Gap(), text, Gap(), ")");
  }

 private:
  std::string Gap() {
    static constexpr std::array<const char*, 8> kGaps = {" ",    "\n",     "\t", "  ",
                                                         "\r\n", "// '\n", "\f", " //\n "};
    return random_() % 4 == 0 ? kGaps[random_() % kGaps.size()] : "";
  }
  /// Between a word and what might run into it.
  std::string Blank() { return absl::StrCat(" ", Gap()); }

  std::string Text(const Expression& e) {
    switch (e.form) {
      case Form::kLiteral:
        return Literal(e.literal);
      case Form::kName:
        return e.text;
      case Form::kSelect:
        return absl::StrCat(Part(e.kids[0], kMember), Blank(), ".", Gap(), e.text);
      case Form::kHas:
        return absl::StrCat("has(", Part(e.kids[0], kMember), Blank(), ".", e.text, ")");
      case Form::kBinary:
        return absl::StrCat(Part(e.kids[0], BinaryLevel(e.text)), Blank(), e.text, Blank(),
                            Part(e.kids[1], BinaryLevel(e.text) + 1));
      case Form::kAnd:
        return Joined(e.kids, 0, "&&", kAndLevel + 1);
      case Form::kOr:
        return Joined(e.kids, 0, "||", kOrLevel + 1);
      case Form::kNot:
        return absl::StrCat("!", Gap(), Operand(e));
      case Form::kNegate:
        return absl::StrCat("-", Gap(), Operand(e));
      default:
        return Bracketed(e);
    }
  }

  std::string Operand(const Expression& e) {
    const Expression& operand = e.kids[0];
    // A minus before a number would become part of it.
    if (e.form == Form::kNegate && operand.form == Form::kLiteral) {
      return absl::StrCat("(", Text(operand), ")");
    }
    return Part(operand, operand.form == e.form ? kUnary : kMember);
  }

  std::string Bracketed(const Expression& e) {
    switch (e.form) {
      case Form::kIndex:
        return absl::StrCat(Part(e.kids[0], kMember), Gap(), "[", Whole(e.kids[1]), "]");
      case Form::kConditional:
        return absl::StrCat(Part(e.kids[0], kOrLevel), Blank(), "?", Gap(),
                            Part(e.kids[1], kOrLevel), Blank(), ":", Gap(), Whole(e.kids[2]));
      case Form::kList:
        return absl::StrCat("[", Joined(e.kids, 0, ",", kConditionalLevel), Gap(), "]");
      case Form::kMap:
        return Entries(e);
      case Form::kMacro:
        return absl::StrCat(Part(e.kids[0], kMember), Blank(), ".", e.text, "(", Names(e),
                            Joined(e.kids, 1, ",", kConditionalLevel), ")");
      case Form::kBind:
        return absl::StrCat("cel.bind(", Names(e), Joined(e.kids, 0, ",", kConditionalLevel), ")");
      case Form::kMethod:
        return absl::StrCat(Part(e.kids[0], kMember), Blank(), ".", Gap(), e.text, Gap(), "(",
                            Joined(e.kids, 1, ",", kConditionalLevel), ")");
      default:
        return absl::StrCat(e.text, Gap(), "(", Joined(e.kids, 0, ",", kConditionalLevel), ")");
    }
  }

  std::string Whole(const Expression& e) {
    return absl::StrCat(Gap(), Part(e, kConditionalLevel), Gap());
  }

  std::string Joined(const std::vector<Expression>& kids, size_t first, const char* between,
                     int level) {
    std::string text;
    for (size_t i = first; i < kids.size(); ++i) {
      absl::StrAppend(&text, i == first ? "" : between, Gap(), Part(kids[i], level), Gap());
    }
    return text;
  }

  std::string Names(const Expression& e) {
    std::string text;
    for (const std::string& name : e.names) absl::StrAppend(&text, Gap(), name, Gap(), ",");
    return text;
  }

  std::string Entries(const Expression& e) {
    std::string text = "{";
    for (size_t i = 0; i < e.kids.size(); i += 2) {
      absl::StrAppend(&text, i == 0 ? "" : ",", Whole(e.kids[i]), ":", Whole(e.kids[i + 1]));
    }
    return text + "}";
  }

  std::string Literal(const Thing& thing) {
    switch (thing.is) {
      case Is::kNull:
        return "null";
      case Is::kBool:
        return thing.boolean ? "true" : "false";
      case Is::kInt:
        return std::to_string(static_cast<int64_t>(thing.integer));
      case Is::kUint:
        return std::to_string(static_cast<uint64_t>(thing.integer)) + "u";
      case Is::kDouble:
        return DoubleText(thing.real);
      default:
        return StringText(thing.text);
    }
  }

  static std::string DoubleText(double value) {
    std::array<char, 40> buffer;
    std::snprintf(buffer.data(), buffer.size(), "%.17g", value);
    std::string text = buffer.data();
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
  }

  std::string StringText(const std::string& text) {
    const char quote = random_() % 2 == 0 ? '\'' : '"';
    const std::string delimiter(random_() % 4 == 0 ? 3 : 1, quote);
    std::string written = delimiter;
    for (const char c : text) {
      const bool plain = c != '\\' && c != '\'' && c != '"' && static_cast<unsigned char>(c) >= ' ';
      if (plain) {
        written += c;
      } else {
        absl::StrAppend(&written, "\\x", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
      }
    }
    return written + delimiter;
  }

  std::mt19937_64& random_;
};

}  // namespace

std::string Write(const Expression& expression, std::mt19937_64& random) {
  return Writer(random).Part(expression, kConditionalLevel);
}

}  // namespace strowger::cel::naive
