// YAML, and JSON as the subset of it that it is, into document nodes with exact positions.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "routing-core/rules/document.h"

namespace strowger::rules {

struct ParseLimits {
  std::size_t max_bytes = std::size_t{4} << 20;
  int max_depth = 64;  // collections in one another
  std::size_t max_nodes = 500'000;
};

struct ParsedDocument {
  Node root;                      // null when there are findings
  std::vector<Finding> findings;  // errors; one that stops the parser is the last

  bool ok() const { return findings.empty(); }
};

// Refuses anchors, aliases, tags, duplicate keys, keys that are not scalars, a second document,
// text that is not UTF-8, and what is past the limits, the size before anything is parsed. Any
// bytes are fit to be given; nothing is thrown.
ParsedDocument ParseYaml(std::string_view text, const ParseLimits& limits = {});

}  // namespace strowger::rules
