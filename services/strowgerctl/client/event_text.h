// Events as lines for people.
#pragma once

#include <string>

#include "strowger/v1/events.pb.h"

namespace strowger::ctl {

// "offered", "agent_state"; "unknown" for a kind that this version does not know.
std::string KindOf(const v1::Event& event);
// What it says beyond its kind: "c1 to ann, queue billing".
std::string DetailOf(const v1::Event& event);

}  // namespace strowger::ctl
