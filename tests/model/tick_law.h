// The law: ticks inserted at random instants change no event but its sequence and index.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/model/subject.h"

namespace strowger::model {

// Runs the commands of a seed once as they are and once with ticks in between. Nothing when the
// events are the same and the states end alike.
std::optional<std::string> BreaksTickLaw(std::uint64_t seed, std::uint64_t commands,
                                         const SubjectFactory& factory);

}  // namespace strowger::model
