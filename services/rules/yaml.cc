#include "services/rules/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <istream>
#include <optional>
#include <streambuf>
#include <string>
#include <unordered_set>
#include <utility>

#include "routing-core/rules/place.h"
#include "routing-core/rules/report.h"
#include "services/rules/surrogates.h"

namespace strowger::rules {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// yaml-cpp keeps every token of a bracketed collection until it closes, some hundred bytes each, so
// that brackets and commas are counted before it sees them. Those in strings count too: a document
// that is honest stays far below either.
constexpr std::size_t kMaxOpenBrackets = 1'000;
constexpr std::size_t kMaxBracketTokens = 500'000;

Finding Error(Position at, std::string message) {
  Finding finding;
  finding.at = at;
  finding.message = std::move(message);
  return finding;
}

// ---- Before parsing -----------------------------------------------------------------------------

// The length of the well-formed UTF-8 sequence at `i`; 0 when there is none.
std::size_t SequenceLength(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<std::uint8_t>(text[k]); };
  const std::uint8_t lead = byte(i);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() - i < length) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(i + k) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies past U+10FFFF.
  if (lead == 0xE0 && byte(i + 1) < 0xA0) return 0;
  if (lead == 0xED && byte(i + 1) > 0x9F) return 0;
  if (lead == 0xF0 && byte(i + 1) < 0x90) return 0;
  if (lead == 0xF4 && byte(i + 1) > 0x8F) return 0;
  return length;
}

std::optional<Finding> CheckCharacters(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = SequenceLength(text, i);
    if (length == 0) return Error(PlaceInText(text, i), "the text is not UTF-8 here");
    const auto c = static_cast<std::uint8_t>(text[i]);
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
      return Error(PlaceInText(text, i), "a control character does not belong in a document");
    }
    if (c == '\r' && text.substr(i + 1, 1) != "\n") {
      return Error(PlaceInText(text, i), "a carriage return must be followed by a line feed");
    }
    i += length;
  }
  return std::nullopt;
}

std::optional<Finding> CheckBrackets(std::string_view text) {
  std::size_t open = 0;
  std::size_t tokens = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool opens = c == '[' || c == '{';
    const bool closes = c == ']' || c == '}';
    if (opens) ++open;
    if (closes && open > 0) --open;
    if (opens || closes || c == ',') ++tokens;
    if (open > kMaxOpenBrackets) {
      return Error(PlaceInText(text, i), "too deeply nested: more than " +
                                             std::to_string(kMaxOpenBrackets) +
                                             " brackets are open here");
    }
    if (tokens > kMaxBracketTokens) {
      return Error(
          PlaceInText(text, i),
          "too large: more than " + std::to_string(kMaxBracketTokens) + " brackets and commas");
    }
  }
  return std::nullopt;
}

// ---- Building the tree --------------------------------------------------------------------------

struct Stop : std::exception {};  // ends the parse; never leaves ParseYaml

class Builder : public YAML::EventHandler {
 public:
  Builder(std::string_view text, const JoinedText& joined, const ParseLimits& limits,
          ParsedDocument& document)
      : text_(text),
        joined_(joined),
        limits_(limits),
        document_(document),
        shift_(text.substr(0, kByteOrderMark.size()) == kByteOrderMark ? kByteOrderMark.size() : 0),
        last_offset_(shift_) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) Fail(mark, "the document has ended; nothing may follow it");
  }
  void OnDocumentEnd() override {
    // yaml-cpp takes the end of the text for a closing quote, which would let half a file pass.
    if (last_quoted_ && !IsClosed(text_, *last_quoted_)) {
      document_.findings.push_back(
          Error(last_quoted_->at, "not valid YAML: a quote is not closed"));
    }
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    CheckPlain(mark, "", anchor);
    Add(MakeNode(Node::Kind::kNull, mark));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Fail(mark, "an alias is not allowed here: write the value out");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    CheckPlain(mark, tag, anchor);
    Node node = MakeNode(Node::Kind::kScalar, mark);
    node.scalar = value;
    if (tag == "!") {
      node.style = QuotedStyle(node.offset);
      last_quoted_ = node;
    }
    Add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    CheckPlain(mark, tag, anchor);
    Open(Node::Kind::kSequence, mark);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    CheckPlain(mark, tag, anchor);
    Open(Node::Kind::kMapping, mark);
  }
  void OnMapEnd() override { Close(); }

  std::size_t OffsetOf(const YAML::Mark& mark) const {
    return joined_.OriginalOf(static_cast<std::size_t>(std::max(mark.pos, 0)) + shift_);
  }

 private:
  // A collection whose end has not come.
  struct Level {
    Node node;
    std::optional<Node> key;  // of a mapping, while its value is awaited
    std::unordered_set<std::string> keys;
  };

  [[noreturn]] void Fail(const YAML::Mark& mark, std::string message) {
    document_.findings.push_back(Error(PlaceAt(OffsetOf(mark)), std::move(message)));
    throw Stop();
  }

  void CheckPlain(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0)
      Fail(mark, "an anchor is not allowed here: write the value out where it is needed");
    if (!tag.empty() && tag != "?" && tag != "!")
      Fail(mark, "a tag (" + tag + ") is not allowed here");
  }

  // Marks come nearly in order, so that the walk from the last one is short even in a document that
  // is one line of a million characters.
  Position PlaceAt(std::size_t offset) {
    if (offset < last_offset_) return PlaceInText(text_, offset);
    last_place_ = Advance(text_, last_place_, last_offset_, offset);
    last_offset_ = offset;
    return last_place_;
  }

  Node MakeNode(Node::Kind kind, const YAML::Mark& mark) {
    if (++nodes_ > limits_.max_nodes) {
      Fail(mark, "too large: more than " + std::to_string(limits_.max_nodes) + " values");
    }
    Node node;
    node.kind = kind;
    node.offset = OffsetOf(mark);
    node.at = PlaceAt(node.offset);
    return node;
  }

  Node::Style QuotedStyle(std::size_t offset) const {
    const char first = offset < text_.size() ? text_[offset] : '\0';
    if (first == '"') return Node::Style::kDoubleQuoted;
    if (first == '\'') return Node::Style::kSingleQuoted;
    return Node::Style::kBlock;
  }

  void Open(Node::Kind kind, const YAML::Mark& mark) {
    if (static_cast<int>(levels_.size()) >= limits_.max_depth) {
      Fail(mark, "too deeply nested: more than " + std::to_string(limits_.max_depth) + " levels");
    }
    Level level;
    level.node = MakeNode(kind, mark);
    levels_.push_back(std::move(level));
  }

  void Close() {
    Node node = std::move(levels_.back().node);
    levels_.pop_back();
    Add(std::move(node));
  }

  void Add(Node node) {
    if (levels_.empty()) {
      document_.root = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.is_sequence()) {
      level.node.items.push_back(std::move(node));
    } else if (!level.key) {
      CheckKey(level, node);
      level.key = std::move(node);
    } else {
      level.node.entries.emplace_back(std::move(*level.key), std::move(node));
      level.key.reset();
    }
  }

  void CheckKey(Level& level, const Node& key) {
    std::string message;
    if (!key.is_scalar()) {
      message = "a key must be a plain word";
    } else if (!level.keys.insert(key.scalar).second) {
      message = "the key " + key.scalar + " is given twice";
    }
    if (message.empty()) return;
    document_.findings.push_back(Error(key.at, std::move(message)));
    if (document_.findings.size() >= kMaxFindings) throw Stop();
  }

  std::string_view text_;
  const JoinedText& joined_;
  const ParseLimits& limits_;
  ParsedDocument& document_;
  std::size_t shift_;  // yaml-cpp does not count the byte order mark
  std::size_t last_offset_;
  Position last_place_{1, 1};
  std::vector<Level> levels_;
  std::optional<Node> last_quoted_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

// The text as a stream without copying it.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* start = const_cast<char*>(text.data());  // streambuf asks for it; nothing writes
    setg(start, start, start + text.size());
  }
};

// What yaml-cpp says, in words that help, where the cause is a common one.
std::string Explain(const std::string& message) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kWords = {{
      {"illegal map value",
       "a value cannot hold ': ' here; put the text in quotes, or check the indentation"},
      {"end of map not found", "this does not belong to the mapping; check quotes and indentation"},
      {"end of sequence not found", "this does not belong to the list; check the indentation"},
      {"end of map flow not found", "a { is not closed"},
      {"end of sequence flow not found", "a [ is not closed"},
      {"bad file", "too deeply nested"},
  }};
  for (const auto& [theirs, ours] : kWords) {
    if (message == theirs) return "not valid YAML: " + std::string(ours);
  }
  return "not valid YAML: " + message;
}

// The tab in the indentation of the line at `offset`, or nothing.
std::optional<std::size_t> IndentingTab(std::string_view text, std::size_t offset) {
  const std::size_t before = text.substr(0, std::min(offset, text.size())).rfind('\n');
  std::size_t at = before == std::string_view::npos ? 0 : before + 1;
  while (at < text.size() && text[at] == ' ') ++at;
  if (at < text.size() && text[at] == '\t') return at;
  return std::nullopt;
}

Finding Diagnose(std::string_view text, std::size_t offset, const std::string& message) {
  if (const auto tab = IndentingTab(text, offset)) {
    return Error(PlaceInText(text, *tab), "not valid YAML: a tab cannot indent; use spaces");
  }
  return Error(PlaceInText(text, offset), Explain(message));
}

}  // namespace

ParsedDocument ParseYaml(std::string_view text, const ParseLimits& limits) {
  ParsedDocument document;
  if (text.size() > limits.max_bytes) {
    document.findings.push_back(Error({}, "the document has " + std::to_string(text.size()) +
                                              " bytes; the limit is " +
                                              std::to_string(limits.max_bytes)));
    return document;
  }
  for (const auto check : {CheckCharacters, CheckBrackets}) {
    if (auto finding = check(text)) {
      document.findings.push_back(std::move(*finding));
      return document;
    }
  }
  const JoinedText joined = JoinSurrogates(text);
  if (joined.broken) {
    document.findings.push_back(Error(PlaceInText(text, *joined.broken),
                                      "this escape is half of a character: a pair such as "
                                      "\\uD83D\\uDE00 is wanted"));
    return document;
  }
  Builder builder(text, joined, limits, document);
  try {
    ViewBuffer buffer(joined.pairs.empty() ? text : std::string_view(joined.text));
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    // A second document is reported by the builder; after it there is nothing to learn.
    if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
  } catch (const Stop&) {
    // The finding is in the document already.
  } catch (const YAML::Exception& error) {
    document.findings.push_back(Diagnose(text, builder.OffsetOf(error.mark), error.msg));
  } catch (const std::exception& error) {
    document.findings.push_back(Error({}, std::string("cannot be parsed: ") + error.what()));
  }
  if (document.findings.empty() && document.root.kind == Node::Kind::kNull) {
    document.findings.push_back(Error({1, 1}, "the document is empty"));
  }
  if (!document.findings.empty()) document.root = Node();
  return document;
}

}  // namespace strowger::rules
