#include "services/strowgerctl/client/terminal.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <thread>

namespace strowger::ctl {
namespace {

constexpr std::chrono::milliseconds kRedraw(100);
constexpr std::chrono::seconds kPause(1);
constexpr std::uint64_t kBarWidth = 30;

volatile sig_atomic_t interrupted = 0;

extern "C" void OnInterrupt(int) { interrupted = 1; }

}  // namespace

bool IsTerminal(int fd) { return isatty(fd) == 1; }

bool HasColour(int fd) { return IsTerminal(fd) && std::getenv("NO_COLOR") == nullptr; }

std::size_t TerminalWidth(int fd) {
  winsize size = {};
  if (!IsTerminal(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

void CatchInterrupts() {
  struct sigaction action {};
  action.sa_handler = OnInterrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // the second one ends the program
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool Interrupted() { return interrupted != 0; }

ProgressBar::ProgressBar()
    : shown_(IsTerminal(STDERR_FILENO)), next_(std::chrono::steady_clock::now()) {}

bool ProgressBar::Due() { return shown_ && std::chrono::steady_clock::now() >= next_; }

void ProgressBar::Update(std::uint64_t done, std::uint64_t whole, const std::string& note) {
  if (!shown_) return;
  next_ = std::chrono::steady_clock::now() + kRedraw;
  const std::uint64_t filled = whole == 0 ? 0 : std::min(done, whole) * kBarWidth / whole;
  std::string bar;
  for (std::uint64_t i = 0; i < kBarWidth; ++i) bar += i < filled ? "█" : "░";
  std::cerr << "\r\x1b[K" << bar << "  " << note << std::flush;
  drawn_ = true;
}

void ProgressBar::Clear() {
  if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

void KeepShowing(const std::function<std::optional<std::string>()>& make) {
  CatchInterrupts();
  LiveBlock block;
  for (std::optional<std::string> lines = make(); lines && !Interrupted(); lines = make()) {
    block.Show(*lines);
    std::this_thread::sleep_for(kPause);
  }
}

LiveBlock::LiveBlock() : in_place_(IsTerminal(STDOUT_FILENO)) {}

void LiveBlock::Show(const std::string& lines) {
  if (!in_place_) {
    std::cout << lines << std::flush;
    return;
  }
  if (lines_ > 0) std::cout << "\x1b[" << lines_ << "A\x1b[J";
  // Lines that do not fit are cut, not wrapped: a line more, and the next block would miss its
  // place.
  std::cout << "\x1b[?7l" << lines << "\x1b[?7h" << std::flush;
  lines_ = static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
}

}  // namespace strowger::ctl
