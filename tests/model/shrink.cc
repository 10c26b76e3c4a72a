#include "tests/model/shrink.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <utility>

namespace strowger::model {

using routing::Command;

namespace {

std::vector<Command> Without(const std::vector<Command>& commands, std::size_t begin,
                             std::size_t end) {
  std::vector<Command> rest(commands.begin(),
                            commands.begin() + static_cast<std::ptrdiff_t>(begin));
  rest.insert(rest.end(), commands.begin() + static_cast<std::ptrdiff_t>(end), commands.end());
  return rest;
}

}  // namespace

std::vector<Command> Shrink(std::vector<Command> commands, const Fails& fails,
                            std::uint64_t tries) {
  bool again = true;
  for (std::size_t piece = commands.size() / 2; piece > 0 && again;) {
    bool shorter = false;
    // From the back: what comes late depends on what came before, not the other way round.
    for (std::size_t end = commands.size(); end > 0 && tries > 0; --tries) {
      const std::size_t begin = end > piece ? end - piece : 0;
      std::vector<Command> rest = Without(commands, begin, end);
      if (fails(rest)) {
        commands = std::move(rest);
        shorter = true;
      }
      end = begin;
    }
    // Single commands are tried again until none can go.
    again = tries > 0 && (piece > 1 || shorter);
    piece = std::max<std::size_t>(piece / 2, 1);
  }
  return commands;
}

bool FailsApart(const std::function<bool()>& run) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    std::freopen("/dev/null", "w", stderr);
    _exit(run() ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

}  // namespace strowger::model
