// Between messages and the core's values: times, names, attributes, skills.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/repeated_ptr_field.h>
#include <google/protobuf/timestamp.pb.h>

#include "routing-core/rules/vocabulary.h"
#include "routing/attribute.h"
#include "routing/rule_set.h"
#include "routing/time.h"
#include "services/grpc/violations.h"
#include "strowger/v1/types.pb.h"

namespace strowger::grpc_api {

// What a request is read against. Reading goes on after a violation, so that all are told at once;
// what was made is then meaningless.
struct Conversion {
  const routing::RuleSet& rule_set;  // the one in force
  const rules::Vocabulary& vocabulary;
  Violations& violations;
};

// ---- Times ------------------------------------------------------------------------------------

std::optional<routing::TimeNs> ToTime(const google::protobuf::Timestamp& time, const char* field,
                                      Violations& violations);
std::optional<routing::DurationNs> ToDuration(const google::protobuf::Duration& duration,
                                              const char* field, Violations& violations);
void SetTime(routing::TimeNs time, google::protobuf::Timestamp* to);
void SetDuration(routing::DurationNs duration, google::protobuf::Duration* to);

// ---- Text and numbers -------------------------------------------------------------------------

// Ids and names: 1 to 128 bytes.
void RequireName(const std::string& text, const char* field, Violations& violations);
// The same, or empty.
void AllowName(const std::string& text, const char* field, Violations& violations);
void LimitBytes(const std::string& text, std::size_t most, const char* field,
                Violations& violations);
void LimitCount(int count, std::size_t most, const char* field, Violations& violations);
// False: a violation was added.
bool RequireWithin(std::int64_t value, std::int64_t least, std::int64_t most, const char* field,
                   Violations& violations);
void UnknownEnum(int value, const char* field, Violations& violations);

// A name of the vocabulary; anything goes where that is open. `what` as in "channel".
template <typename Names>
void RequireKnown(const std::string& name, const std::optional<Names>& known, const char* what,
                  const char* field, Violations& violations);
// Adds "unknown <what> <name>", and the nearest of `known`.
void AddUnknown(const std::string& name, const std::vector<std::string_view>& known,
                const char* what, const char* field, Violations& violations);

// Labels of a contact, into byte order.
void ConvertLabels(const google::protobuf::RepeatedPtrField<std::string>& from, const char* field,
                   Violations& violations, std::vector<std::string>& to);

// ---- Attributes and skills --------------------------------------------------------------------

enum class Bearer { kContact, kAgent };

// Fields are named under `field`: "attributes[2].name".
void ConvertAttributes(const google::protobuf::RepeatedPtrField<v1::Attribute>& from,
                       const char* field, Bearer bearer, Conversion& conversion,
                       std::vector<routing::Attribute>& to);
void SetAttribute(const routing::Attribute& from, v1::Attribute* to);

// Sorts by the key, and tells when one comes twice.
template <typename Item, typename Key>
void SortUnique(std::vector<Item>& items, Key key, const char* field, Violations& violations);

}  // namespace strowger::grpc_api

#include "services/grpc/convert_values_inl.h"
