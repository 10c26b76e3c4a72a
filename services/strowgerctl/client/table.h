// Tables for people.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace strowger::ctl {

enum class Ink { kPlain, kBold, kFaint, kGood, kWarning, kBad };

// The text in that ink, or as it is where there is no colour.
std::string Inked(std::string_view text, Ink ink, bool colour);

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
  int spare = 0;  // where there is no room the highest is left out first; 0: never
};

struct Cell {
  Cell(std::string cell_text, Ink cell_ink = Ink::kPlain)  // NOLINT: a text is a cell
      : text(std::move(cell_text)), ink(cell_ink) {}
  Cell(const char* cell_text) : text(cell_text) {}  // NOLINT: likewise

  std::string text;
  Ink ink = Ink::kPlain;
};

// Columns as wide as their widest cell, two spaces apart. Control characters in cells are shown
// as '?': what is printed may come from a caller's contact ids.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // A row shorter than the columns is filled up with empty cells.
  void AddRow(std::vector<Cell> cells);
  bool empty() const { return rows_.empty(); }
  // Each line ends with a newline; no trailing spaces. What does not fit into so many characters is
  // left out and named below; 0: everything is shown.
  std::string Render(bool colour, std::size_t width = 0) const;

 private:
  std::vector<std::size_t> ColumnsWithin(const std::vector<std::size_t>& widths,
                                         std::size_t width) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace strowger::ctl
