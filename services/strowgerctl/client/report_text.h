// Reports for people and spreadsheets.
#pragma once

#include <string>

#include "services/strowgerctl/client/table.h"
#include "strowger/v1/reports.pb.h"

namespace strowger::ctl {

// "Monday 2026-03-30, Europe/London, as of 15:07", and what is not known.
std::string ReportTitle(const v1::GetReportResponse& report);

// With a last line of totals.
Table QueueReportTable(const v1::GetReportResponse& report);
Table AgentReportTable(const v1::GetReportResponse& report);

// RFC 4180 with a header: begin and end in RFC 3339 with the site's offset, durations in seconds,
// ratios from 0 to 1, nothing where a mean or ratio is of nothing.
std::string QueueReportCsv(const v1::GetReportResponse& report);
std::string AgentReportCsv(const v1::GetReportResponse& report);

}  // namespace strowger::ctl
