#include "routing-core/engine/check.h"

#include <cstdio>
#include <cstdlib>

namespace strowger::routing {

void CheckFailed(const char* expectation) {
  std::fprintf(stderr, "strowger: broken invariant: expected %s\n", expectation);
  std::abort();
}

}  // namespace strowger::routing
