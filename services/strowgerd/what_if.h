// What would have been under other rules, told by a domain's journal: the commands that it holds
// behind a checkpoint are taken for a recording, which is played twice.
#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "services/grpc/hub.h"
#include "services/strowgerd/domain_past.h"
#include "services/whatif/comparison.h"

namespace strowger::daemon {

// Commands of the journal that are looked at, at most; the recording ends there.
inline constexpr std::uint64_t kMostRecordedCommands = 1'000'000;

// Beside the domain's writer, and as long as it takes. `progress` as in whatif::Play.
// INVALID_ARGUMENT, with what is wrong: rules that do not compile, or cannot come into force at the
// beginning. FAILED_PRECONDITION: nothing was recorded in that time.
absl::StatusOr<whatif::Comparison> WhatIf(const KeptDomain& domain,
                                          const grpc_api::WhatIfQuestion& question,
                                          const std::function<bool(double)>& progress);

}  // namespace strowger::daemon
