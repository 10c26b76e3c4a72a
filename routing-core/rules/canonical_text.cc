#include "routing-core/rules/canonical_text.h"

#include <algorithm>

namespace strowger::rules {
namespace {

bool IsBare(const Node& scalar) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '/' || c == '+' || c == '-';
  };
  return scalar.style == Node::Style::kPlain && !scalar.scalar.empty() &&
         std::all_of(scalar.scalar.begin(), scalar.scalar.end(), fits);
}

void AppendScalar(const Node& scalar, std::string& text) {
  if (IsBare(scalar)) {
    text += scalar.scalar;
    return;
  }
  text += '"';
  for (const char c : scalar.scalar) {
    if (c == '"' || c == '\\') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else if (c == '\t') {
      text += "\\t";
    } else if (c == '\r') {
      text += "\\r";
    } else {
      text += c;
    }
  }
  text += '"';
}

void Append(const Node& node, std::string& text) {
  switch (node.kind) {
    case Node::Kind::kNull:
      text += "null";
      return;
    case Node::Kind::kScalar:
      AppendScalar(node, text);
      return;
    case Node::Kind::kSequence:
      text += '[';
      for (const Node& item : node.items) {
        if (&item != &node.items.front()) text += ", ";
        Append(item, text);
      }
      text += ']';
      return;
    case Node::Kind::kMapping:
      text += '{';
      for (const auto& entry : node.entries) {
        if (&entry != &node.entries.front()) text += ", ";
        AppendScalar(entry.first, text);
        text += ": ";
        Append(entry.second, text);
      }
      text += '}';
      return;
  }
}

}  // namespace

std::string CanonicalText(const Node& node) {
  std::string text;
  Append(node, text);
  return text;
}

}  // namespace strowger::rules
