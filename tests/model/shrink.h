// Makes a failing list of commands short.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "routing/command.h"

namespace strowger::model {

using Fails = std::function<bool(const std::vector<routing::Command>&)>;

// Delta debugging: leaves out ever smaller pieces as long as the rest still fails. REQUIRES:
// `commands` fails. At most `tries` runs.
std::vector<routing::Command> Shrink(std::vector<routing::Command> commands, const Fails& fails,
                                     std::uint64_t tries);

// Whether `run` returns true or ends its process, tried in a process of its own.
bool FailsApart(const std::function<bool()>& run);

}  // namespace strowger::model
