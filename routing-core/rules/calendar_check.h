// What is suspicious in a calendar that can be read.
#pragma once

#include <optional>

#include "routing-core/rules/calendar.h"
#include "routing-core/rules/document.h"
#include "routing-core/rules/report.h"
#include "routing/time.h"

namespace strowger::rules {

// Warns of a calendar that never opens, of windows that overlap, of windows that begin or end while
// the clock jumps forward in one of the ten years from `now` (without it, from 2026), of dates
// given twice, and, where `now` is known, of a list of closed dates that has run out. `node` is
// what the calendar was read from.
void CheckCalendar(const Calendar& calendar, const Node& node, std::optional<routing::TimeNs> now,
                   Report& report);

}  // namespace strowger::rules
