// What a command must look like before the state is even asked: sizes, ranges, things that exclude
// each other. Whatever stands here is invalid_argument.
#pragma once

#include "routing/command.h"
#include "routing/outcome.h"

namespace strowger::routing {

Result CheckForm(const SubmitContact& command, TimeNs now);
Result CheckForm(const UpdateContact& command, TimeNs now);
Result CheckForm(const CancelContact& command);
Result CheckForm(const EraseContactData& command);
Result CheckForm(const AgentUpdate& update);
Result CheckForm(const SetAgentState& command);
Result CheckForm(const RemoveAgent& command);
Result CheckForm(const RenewLease& command);
Result CheckForm(const TransferContact& command);
Result CheckForm(const SetQueueOpen& command);
Result CheckForm(const MoveContacts& command);
// In byte order, each once, not too many.
bool AreLabels(const std::vector<std::string>& labels);
// Accept, decline, complete and finish share their two ids; `contact` may be allowed to be empty.
Result CheckPair(const std::string& contact, const std::string& agent, bool contact_optional,
                 bool agent_optional);

// Of what a caller may send; a plan with its queue.
bool IsWellFormed(const Requirement& requirement);
bool IsWellFormed(const Plan& plan);

}  // namespace strowger::routing
