// The form of commands: what the naive router refuses as invalid_argument before it looks at any
// state.
#pragma once

#include "routing/command.h"
#include "routing/time.h"

namespace strowger::model {

bool WellFormed(const routing::SubmitContact& command, routing::TimeNs now);
bool WellFormed(const routing::TransferContact& command);
bool WellFormed(const routing::UpdateContact& command, routing::TimeNs now);
bool WellFormed(const routing::AgentUpdate& update);
bool WellFormed(const routing::SetAgentState& command);

}  // namespace strowger::model
