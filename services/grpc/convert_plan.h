// Plans, requirements and priorities, both ways.
#pragma once

#include <string>

#include "routing/plan.h"
#include "services/grpc/convert_values.h"
#include "strowger/v1/plans.pb.h"

namespace strowger::grpc_api {

void Convert(const v1::Priority& from, Conversion& conversion, routing::Priority& to);
// Compiles `who` against the vocabulary of the rule set in force.
void Convert(const v1::Requirement& from, Conversion& conversion, routing::Requirement& to);
// Compiles the conditions of steps and overflows.
void Convert(const v1::Plan& from, Conversion& conversion, routing::Plan& to);

void SetPriority(const routing::Priority& from, v1::Priority* to);
void SetRequirement(const routing::Requirement& from, v1::Requirement* to);

// The formula as an expression that compiles to it again; empty for the empty one.
std::string RenderWho(const routing::Formula& formula);

}  // namespace strowger::grpc_api
