// Contacts as scenario tests write them: reserved keys, and attributes by their own names.
#pragma once

#include "routing-core/rules/document.h"
#include "routing-core/rules/report.h"
#include "routing/command.h"
#include "routing/rule_set.h"
#include "routing/time.h"

namespace strowger::rules {

// What a contact's keys are read against.
struct ContactScope {
  const routing::RuleSet* rule_set = nullptr;  // names, types and conditions; outlives the read
  routing::TimeNs start = 0;                   // of the test: durations count from it
};

// `submit:` of a timeline, `contact:` of a short test. The id may be left out where `needs_id` is
// false. Any plan key besides `priority` makes a plan, also without a queue: the router refuses it.
routing::SubmitContact ReadSubmit(const Node& node, const ContactScope& scope, bool needs_id,
                                  Report& report);

// `update:` of a timeline.
routing::UpdateContact ReadUpdate(const Node& node, const ContactScope& scope, Report& report);

}  // namespace strowger::rules
