// Explanations, as the core and the rules give them, into messages.
#pragma once

#include <optional>

#include "routing-core/rules/trace.h"
#include "routing/explanation.h"
#include "strowger/v1/explain.pb.h"
#include "strowger/v1/routing.pb.h"

namespace strowger::grpc_api {

// All but contact_id's state and the sequence, which the view does not have.
void SetWait(const routing::WaitView& from, v1::WhyWaitingResponse* to);
// `trace`: none if the rule set is not known any more.
void SetDecision(const routing::Classification& from,
                 const std::optional<rules::DecisionTrace>& trace, v1::RuleDecision* to);
void SetChoice(const routing::Choice& from, v1::AgentChoice* to);

}  // namespace strowger::grpc_api
