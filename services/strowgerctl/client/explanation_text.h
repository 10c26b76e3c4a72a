// What the service answers to "why", as one would tell a colleague.
#pragma once

#include <string>

#include "strowger/v1/routing.pb.h"
#include "strowger/v1/rules.pb.h"

namespace strowger::ctl {

std::string WhyText(const v1::WhyWaitingResponse& why);

// `all_rules`: also those far from the one that decided.
std::string ExplainText(const v1::ExplainDecisionResponse& explanation, bool all_rules = false);

// "shadow: 120 contacts seen; 3 by another rule, 1 with another plan", and the last of them.
std::string CandidateText(const v1::CandidateStatus& candidate);

}  // namespace strowger::ctl
