// Records as they are written to disk: strowger.journal.v1. What the messages mean stands there.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "routing/rule_set.h"
#include "services/journal/journal.h"
#include "strowger/journal/v1/journal.pb.h"

namespace strowger::journal {

// Overwrites `to`, reusing its memory. UNIMPLEMENTED: the command carries something that no caller
// can give it and the messages have no place for, such as `prefer` in a plan of the caller's.
absl::Status Encode(const RecordView& record, v1::Record& to);

// What decoding needs beyond the record.
struct DecodeContext {
  // Gives what is in force before the record: conditions of plans are compiled in its vocabulary.
  std::function<const routing::RuleSet*()> in_force;
  // Compiles the text of an activation.
  std::function<absl::StatusOr<std::shared_ptr<const routing::RuleSet>>(const std::string& text)>
      compile;
};

// DATA_LOSS: the record contradicts itself, a text that once compiled no longer does, or a rule set
// does not have its hash. FAILED_PRECONDITION: a newer version wrote something unknown to this one.
absl::StatusOr<Record> Decode(const v1::Record& from, const DecodeContext& context);

}  // namespace strowger::journal
