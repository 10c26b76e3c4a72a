// Counts what the test program allocates.
#pragma once

#include <cstddef>

namespace strowger::rules {

std::size_t Allocations();

}  // namespace strowger::rules
