// Events as scenario tests see them: a type and named fields, all text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "routing/event.h"
#include "routing/outcome.h"
#include "routing/router.h"
#include "services/rules/scenario.h"

namespace strowger::rules {

// A field that a test may name, and the values it can have (none listed: any text).
struct EventField {
  std::string_view name;
  std::vector<std::string_view> values;
};

struct EventShape {
  std::string_view type;
  std::vector<EventField> fields;
};

// Every event that a test may expect, `refused` and `predicted` included.
const std::vector<EventShape>& EventShapes();
// Null when there is no such event.
const EventShape* FindEventShape(std::string_view type);

// Fields without a value are left out.
Happening Describe(const routing::Event& event);
Happening Describe(routing::Outcome refusal);
Happening Describe(const routing::ArrivalPrediction& predicted);  // of one that is not refused

// "offered {contact: c1, agent: ann}"
std::string Show(const Happening& happening);

// The type is the same and every field of `expected` has its value in `actual`; an expected empty
// value also fits a field that is left out.
bool Fits(const Happening& expected, const Happening& actual);

// For each of `expected`, in order, the index of the event that it takes, each later than the one
// before; nothing for one that finds none (the search then goes on from where it stood).
std::vector<std::optional<std::size_t>> MatchInOrder(absl::Span<const ExpectedHappening> expected,
                                                     absl::Span<const Happening> actual);

}  // namespace strowger::rules
