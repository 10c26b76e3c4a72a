#include "services/strowgerctl/client/table.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace strowger::ctl {
namespace {

std::string_view CodeOf(Ink ink) {
  switch (ink) {
    case Ink::kPlain:
      return "";
    case Ink::kBold:
      return "\x1b[1m";
    case Ink::kFaint:
      return "\x1b[2m";
    case Ink::kGood:
      return "\x1b[32m";
    case Ink::kWarning:
      return "\x1b[33m";
    case Ink::kBad:
      return "\x1b[31m";
  }
  return "";
}

// Characters, near enough: bytes that do not continue another.
std::size_t WidthOf(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
  }));
}

std::string Printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F; }, '?');
  return text;
}

}  // namespace

std::string Inked(std::string_view text, Ink ink, bool colour) {
  if (!colour || ink == Ink::kPlain || text.empty()) return std::string(text);
  return std::string(CodeOf(ink)).append(text).append("\x1b[0m");
}

void Table::AddRow(std::vector<Cell> cells) {
  for (Cell& cell : cells) cell.text = Printable(std::move(cell.text));
  cells.resize(columns_.size(), Cell(""));
  rows_.push_back(std::move(cells));
}

// Those that are shown, by index.
std::vector<std::size_t> Table::ColumnsWithin(const std::vector<std::size_t>& widths,
                                              std::size_t width) const {
  std::vector<std::size_t> shown(columns_.size());
  std::iota(shown.begin(), shown.end(), std::size_t{0});
  const auto total = [&] {
    std::size_t sum = 2 * (shown.size() - 1);
    for (const std::size_t i : shown) sum += widths[i];
    return sum;
  };
  while (width != 0 && total() > width) {
    const auto least = std::max_element(
        shown.begin(), shown.end(),
        [this](std::size_t a, std::size_t b) { return columns_[a].spare < columns_[b].spare; });
    if (columns_[*least].spare == 0) break;
    shown.erase(least);
  }
  return shown;
}

std::string Table::Render(bool colour, std::size_t width) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = WidthOf(columns_[i].title);
    for (const auto& row : rows_) widest = std::max(widest, WidthOf(row[i].text));
    widths.push_back(widest);
  }
  const std::vector<std::size_t> shown = ColumnsWithin(widths, width);
  std::string out;
  const auto add_line = [&](const auto& text_of, const auto& ink_of) {
    std::string gap;  // held back, so that no line ends with spaces
    for (const std::size_t i : shown) {
      const std::string& text = text_of(i);
      const std::string padding(widths[i] - WidthOf(text), ' ');
      if (columns_[i].align == Align::kRight) gap += padding;
      if (!text.empty()) {
        out += gap + Inked(text, ink_of(i), colour);
        gap.clear();
      }
      if (columns_[i].align == Align::kLeft) gap += padding;
      gap += "  ";
    }
    out += '\n';
  };
  add_line([&](std::size_t i) -> const std::string& { return columns_[i].title; },
           [](std::size_t) { return Ink::kBold; });
  for (const auto& row : rows_) {
    add_line([&](std::size_t i) -> const std::string& { return row[i].text; },
             [&](std::size_t i) { return row[i].ink; });
  }
  std::string missing;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (std::find(shown.begin(), shown.end(), i) != shown.end()) continue;
    missing += (missing.empty() ? "" : ", ") + columns_[i].title;
  }
  if (!missing.empty()) {
    out += Inked("No room for " + missing + ".", Ink::kFaint, colour) + '\n';
  }
  return out;
}

}  // namespace strowger::ctl
