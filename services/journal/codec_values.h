// The parts of commands: times, attributes, requirements, plans, agents. Decoding trusts that a
// record was checked before it was written, and reports only what it cannot represent.
#pragma once

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include "absl/status/status.h"
#include "routing/command.h"
#include "routing/plan.h"
#include "routing/rule_set.h"
#include "routing/time.h"
#include "strowger/v1/plans.pb.h"
#include "strowger/v1/types.pb.h"

namespace strowger::journal {

void Put(routing::TimeNs time, google::protobuf::Timestamp* to);
void Put(routing::DurationNs duration, google::protobuf::Duration* to);
routing::TimeNs Get(const google::protobuf::Timestamp& from);
routing::DurationNs Get(const google::protobuf::Duration& from);

void Put(const routing::Attribute& attribute, ::strowger::v1::Attribute* to);
absl::Status Get(const ::strowger::v1::Attribute& from, routing::Attribute& to);

void Put(const routing::Priority& priority, ::strowger::v1::Priority* to);
routing::Priority Get(const ::strowger::v1::Priority& from);

void Put(const routing::Requirement& requirement, ::strowger::v1::Requirement* to);
absl::Status Get(const ::strowger::v1::Requirement& from, routing::Requirement& to);

absl::Status Put(const routing::Plan& plan, ::strowger::v1::Plan* to);
absl::Status Get(const ::strowger::v1::Plan& from, const routing::RuleSet* rule_set,
                 routing::Plan& to);

absl::Status Put(const routing::AgentUpdate& agent, ::strowger::v1::Agent* to);
absl::Status Get(const ::strowger::v1::Agent& from, routing::AgentUpdate& to);

void Put(routing::AgentState state, ::strowger::v1::AgentState* to);
absl::Status Get(::strowger::v1::AgentState from, routing::AgentState& to);

}  // namespace strowger::journal
