// A journal's records, applied again.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "routing/router.h"
#include "services/journal/journal.h"

namespace strowger::journal {

// Applies the records above the router's own sequence. Gives the number applied. The events, which
// went out when the commands were first applied, are dropped.
absl::StatusOr<std::uint64_t> Replay(const Journal& journal, routing::Router& router);

}  // namespace strowger::journal
