// The end of the process, for what must not be survived: a broken invariant, or a sync that failed.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace strowger::runtime {

[[noreturn]] inline void Fatal(std::string_view what) {
  std::fprintf(stderr, "strowger: fatal: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

}  // namespace strowger::runtime
