// What differs between a terminal and a pipe.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace strowger::ctl {

bool IsTerminal(int fd);
// Whether to print colours there: on a terminal, unless NO_COLOR is set.
bool HasColour(int fd);
// Characters in a line; 0: there is no end, since it is no terminal.
std::size_t TerminalWidth(int fd);

// From now on Ctrl-C and SIGTERM only set a flag; a second one ends the program.
void CatchInterrupts();
bool Interrupted();

// One line on standard error, redrawn in place, where that is a terminal; otherwise nothing.
class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar() { Clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // Whether a new Update would be seen: cheap, to ask before composing the note.
  bool Due();
  // `done` of `whole`, and a few words.
  void Update(std::uint64_t done, std::uint64_t whole, const std::string& note);
  // Takes the line away, so that something else may be printed.
  void Clear();

 private:
  const bool shown_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_;
};

// Shows what `make` gives once a second, in place where that is a terminal, until Ctrl-C or until
// it gives nothing.
void KeepShowing(const std::function<std::optional<std::string>()>& make);

// A block of lines on standard output: on a terminal redrawn in place, otherwise printed anew each
// time.
class LiveBlock {
 public:
  LiveBlock();
  void Show(const std::string& lines);
  bool in_place() const { return in_place_; }

 private:
  const bool in_place_;
  std::size_t lines_ = 0;  // drawn last
};

}  // namespace strowger::ctl
