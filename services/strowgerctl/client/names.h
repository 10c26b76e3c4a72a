// Enum values of the contract in words for people: "not_ready", "wait_limit".
#pragma once

#include <string>

#include "services/strowgerctl/client/table.h"
#include "strowger/v1/types.pb.h"

namespace strowger::ctl {

// The name of the value without its enum's prefix, in lower case: NameOf("AGENT_STATE_READY",
// "AGENT_STATE_") is "ready".
std::string PlainName(const std::string& name, const std::string& prefix);

std::string NameOf(v1::AgentState state);
std::string NameOf(v1::ContactState state);
std::string NameOf(v1::EndReason reason);
std::string NameOf(v1::Cause cause);
std::string NameOf(v1::HoldKind kind);
std::string NameOf(v1::Outcome outcome);

// "12.0 s", "never" where it is infinite, "-" where it is not given.
std::string PredictedWaitText(const v1::PredictedWait& wait, bool given);
// "topic=billing, balance=1000".
std::string AttributesText(const google::protobuf::RepeatedPtrField<v1::Attribute>& attributes);
// "billing 6, sales 3", then the expression, if any. "anyone" where nothing is asked.
std::string RequirementText(const v1::Requirement& requirement);

}  // namespace strowger::ctl
