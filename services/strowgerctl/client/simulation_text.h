// A simulation for people.
#pragma once

#include <cstddef>
#include <string>

#include "strowger/v1/simulation.pb.h"

namespace strowger::ctl {

// `base` and `candidate` name the rule sets. Ends with a newline; `width` as Table::Render has it.
std::string SimulationText(const v1::Simulation& simulation, const std::string& base,
                           const std::string& candidate, bool colour, std::size_t width);

}  // namespace strowger::ctl
