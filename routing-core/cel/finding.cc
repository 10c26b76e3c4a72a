#include "routing-core/cel/finding.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace strowger::cel {

std::string_view StageName(Stage stage) {
  switch (stage) {
    case Stage::kParse:
      return "parse";
    case Stage::kCheck:
      return "check";
    case Stage::kEval:
      break;
  }
  return "eval";
}

Finding MakeFinding(Stage stage, std::string_view source, uint32_t offset, uint32_t length,
                    std::string message) {
  Finding finding;
  finding.stage = stage;
  finding.message = std::move(message);
  finding.offset = offset;
  finding.length = length;
  for (size_t i = 0; i < offset && i < source.size(); ++i) {
    const char c = source[i];
    if (c == '\n') {
      ++finding.line;
      finding.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++finding.column;
    }
  }
  return finding;
}

uint32_t EditDistance(std::string_view a, std::string_view b, uint32_t limit) {
  const size_t longer = std::max(a.size(), b.size());
  if (longer - std::min(a.size(), b.size()) > limit || longer > 256) return limit + 1;
  std::vector<uint32_t> before_last(b.size() + 1);
  std::vector<uint32_t> last(b.size() + 1);
  std::vector<uint32_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<uint32_t>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<uint32_t>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const uint32_t exchange = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({exchange, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return std::min(last[b.size()], limit + 1);
}

}  // namespace strowger::cel
