// Broken invariants end the process, in release builds too: the journal reproduces them.
#pragma once

namespace strowger::routing {

// Prints the expectation and aborts. Out of line, to keep callers small.
[[noreturn]] void CheckFailed(const char* expectation);

inline void Check(bool holds, const char* expectation) {
  if (!holds) [[unlikely]]
    CheckFailed(expectation);
}

}  // namespace strowger::routing
