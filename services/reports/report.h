// A report: the rows of some days, put together to intervals of the site's time.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/reports/domain_reports.h"

namespace strowger::reports {

struct Query {
  Subject subject = Subject::kQueues;
  absl::TimeZone zone;
  absl::CivilDay first_day;
  absl::CivilDay last_day;  // included
  enum class Interval : std::uint8_t { kQuarterHour, kHalfHour, kDay };
  Interval interval = Interval::kHalfHour;
  std::set<std::string, std::less<>> names;  // empty: all
  // Also intervals that have begun and in which nothing happened, for each name that appears in
  // the report or in `names`.
  bool with_empty = false;
  routing::TimeNs as_of = 0;  // intervals that begin later are left out
};

template <typename Row>
struct ReportLine {
  routing::TimeNs begin = 0;
  routing::TimeNs end = 0;  // of the interval, which may not be over yet
  std::string name;
  Row row;
};

struct Report {
  routing::TimeNs begin = 0;
  routing::TimeNs end = 0;    // of the last day
  routing::TimeNs since = 0;  // nothing is known of before
  // By time, then name; those of the other subject are empty.
  std::vector<ReportLine<QueueRow>> queues;
  std::vector<ReportLine<AgentRow>> agents;
};

// May wait for the disk.
absl::StatusOr<Report> MakeReport(DomainReports& reports, const Query& query);

}  // namespace strowger::reports
