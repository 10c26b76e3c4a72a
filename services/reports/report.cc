#include "services/reports/report.h"

#include <algorithm>
#include <map>
#include <utility>

#include "services/reports/site_days.h"

namespace strowger::reports {
namespace {

routing::DurationNs LengthOf(Query::Interval interval) {
  switch (interval) {
    case Query::Interval::kQuarterHour:
      return kQuarter;
    case Query::Interval::kHalfHour:
      return 2 * kQuarter;
    case Query::Interval::kDay:
      break;
  }
  return 0;  // however long the day is
}

// The intervals of the days asked for that have begun. On the days on which clocks change there
// are more or fewer of them than on others.
std::vector<std::pair<routing::TimeNs, routing::TimeNs>> IntervalsOf(const Query& query) {
  std::vector<std::pair<routing::TimeNs, routing::TimeNs>> intervals;
  const routing::DurationNs length = LengthOf(query.interval);
  for (absl::CivilDay day = query.first_day; day <= query.last_day; ++day) {
    const routing::TimeNs end = BeginOfDay(day + 1, query.zone);
    for (routing::TimeNs begin = BeginOfDay(day, query.zone); begin < end;) {
      if (begin > query.as_of) return intervals;
      const routing::TimeNs next = length == 0 ? end : std::min(begin + length, end);
      intervals.emplace_back(begin, next);
      begin = next;
    }
  }
  return intervals;
}

template <typename Row>
absl::StatusOr<std::vector<ReportLine<Row>>> LinesOf(DomainReports& reports, const Query& query) {
  const auto intervals = IntervalsOf(query);
  std::vector<ReportLine<Row>> lines;
  if (intervals.empty()) return lines;
  std::map<std::pair<std::size_t, std::string>, Row> rows;  // by interval, then name
  std::set<std::string, std::less<>> names = query.names;
  std::size_t place = 0;
  bool readable = true;
  const absl::Status status =
      reports.Read(query.subject, QuarterOf(intervals.front().first),
                   QuarterOf(intervals.back().second + kQuarter - 1), query.as_of,
                   [&](std::int64_t quarter, std::string_view name, std::string_view bytes) {
                     if (!query.names.empty() && !query.names.contains(name)) return;
                     while (place < intervals.size() && intervals[place].second <= BeginOf(quarter))
                       ++place;
                     Row row;
                     readable = Decode(bytes, row) && readable;
                     if (place == intervals.size() || IsEmpty(row)) return;
                     AddTo(rows[{place, std::string(name)}], row);
                     if (query.with_empty) names.emplace(name);
                   });
  if (!status.ok()) return status;
  if (!readable) return absl::DataLossError("a row of the reports cannot be read");
  for (std::size_t i = 0; query.with_empty && i < intervals.size(); ++i) {
    for (const std::string& name : names) rows[{i, name}];
  }
  lines.reserve(rows.size());
  for (const auto& [key, row] : rows) {
    lines.push_back({intervals[key.first].first, intervals[key.first].second, key.second, row});
  }
  return lines;
}

}  // namespace

absl::StatusOr<Report> MakeReport(DomainReports& reports, const Query& query) {
  Report report;
  report.begin = BeginOfDay(query.first_day, query.zone);
  report.end = BeginOfDay(query.last_day + 1, query.zone);
  report.since = reports.since();
  if (query.subject == Subject::kQueues) {
    auto lines = LinesOf<QueueRow>(reports, query);
    if (!lines.ok()) return lines.status();
    report.queues = *std::move(lines);
  } else {
    auto lines = LinesOf<AgentRow>(reports, query);
    if (!lines.ok()) return lines.status();
    report.agents = *std::move(lines);
  }
  return report;
}

}  // namespace strowger::reports
