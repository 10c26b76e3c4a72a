// A rule document as a tree with positions, whatever format it was written in. Readers (YAML, JSON)
// live in services/rules; everything here is pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strowger::rules {

// Counted from 1; columns in Unicode code points. 0: unknown.
struct Position {
  int line = 0;
  int column = 0;
};

struct Node {
  enum class Kind { kNull, kScalar, kSequence, kMapping };
  // How a scalar was written, which decides how places inside it map to places in the file
  // (PlaceInScalar), and whether "5" is a string.
  enum class Style { kPlain, kSingleQuoted, kDoubleQuoted, kBlock };

  Kind kind = Kind::kNull;
  Style style = Style::kPlain;
  Position at;              // of the first character; of a quote or block header where there is one
  std::size_t offset = 0;   // the same in bytes from the start of the text
  std::string scalar;       // kScalar: the value
  std::vector<Node> items;  // kSequence
  std::vector<std::pair<Node, Node>> entries;  // kMapping: in document order, keys unique

  // Declared here, defaulted below: a pair of nodes wants to know them before Node is complete.
  Node();
  Node(const Node&);
  Node(Node&&) noexcept;
  Node& operator=(const Node&);
  Node& operator=(Node&&) noexcept;
  ~Node();

  bool is_mapping() const { return kind == Kind::kMapping; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  // The value of a key, or null.
  const Node* Find(std::string_view key) const;
};

inline Node::Node() = default;
inline Node::Node(const Node&) = default;
inline Node::Node(Node&&) noexcept = default;
inline Node& Node::operator=(const Node&) = default;
inline Node& Node::operator=(Node&&) noexcept = default;
inline Node::~Node() = default;

inline const Node* Node::Find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name.scalar == key) return &value;
  }
  return nullptr;
}

// One thing to tell the author of a document.
struct Finding {
  enum class Severity { kError, kWarning };
  Severity severity = Severity::kError;
  Position at;
  std::string rule;        // id of the rule, queue or test concerned; empty: the document
  std::string path;        // "rules[2].then.steps[0].when"
  std::string message;     // one sentence
  std::string suggestion;  // the nearest known name, or what to write instead; may be empty
};

}  // namespace strowger::rules
