#include "services/strowgerctl/client/report_text.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "services/strowgerctl/client/wire_time.h"

namespace strowger::ctl {
namespace {

using google::protobuf::Duration;
using google::protobuf::Timestamp;

absl::TimeZone ZoneOf(const v1::GetReportResponse& report) {
  absl::TimeZone zone;
  return absl::LoadTimeZone(report.time_zone(), &zone) ? zone : absl::UTCTimeZone();
}

absl::Time TimeOf(const Timestamp& time) { return absl::FromUnixNanos(NsOf(time)); }

// More than one local day, so that a time of day alone would not do.
bool HasSeveralDays(const v1::GetReportResponse& report) {
  const absl::TimeZone zone = ZoneOf(report);
  return absl::ToCivilDay(TimeOf(report.end_time()), zone) -
             absl::ToCivilDay(TimeOf(report.begin_time()), zone) >
         1;
}

template <typename Line>
std::string IntervalText(const v1::GetReportResponse& report, const Line& line) {
  const absl::Time begin = TimeOf(line.begin_time());
  const bool whole_day = TimeOf(line.end_time()) - begin > absl::Hours(2);
  const char* const form = whole_day                ? "%Y-%m-%d"
                           : HasSeveralDays(report) ? "%m-%d %H:%M"
                                                    : "%H:%M";
  return absl::FormatTime(form, begin, ZoneOf(report));
}

std::string MeanText(const Duration& mean, bool has) {
  return has ? DurationText(NsOf(mean)) : "-";
}

std::string RatioText(double ratio, bool has) {
  return has ? absl::StrFormat("%.0f %%", 100 * ratio) : "-";
}

std::int64_t Add(const Duration& duration, Duration* sum) {
  const std::int64_t ns = NsOf(*sum) + NsOf(duration);
  sum->set_seconds(ns / kSecondNs);
  sum->set_nanos(static_cast<std::int32_t>(ns % kSecondNs));
  return ns;
}

void SetMean(std::int64_t total, std::uint64_t count, Duration* mean) {
  const std::int64_t ns = count == 0 ? 0 : total / static_cast<std::int64_t>(count);
  mean->set_seconds(ns / kSecondNs);
  mean->set_nanos(static_cast<std::int32_t>(ns % kSecondNs));
}

double Ratio(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

// ---- Queues -------------------------------------------------------------------------------------

std::uint64_t OtherOf(const v1::QueueReport& line) {
  return line.overflowed() + line.canceled() + line.rejected() + line.expired() + line.treated();
}

v1::QueueReport TotalOf(const google::protobuf::RepeatedPtrField<v1::QueueReport>& lines) {
  v1::QueueReport sum;
  for (const v1::QueueReport& line : lines) {
    sum.set_queued(sum.queued() + line.queued());
    sum.set_assigned(sum.assigned() + line.assigned());
    sum.set_assigned_in_time(sum.assigned_in_time() + line.assigned_in_time());
    sum.set_handled(sum.handled() + line.handled());
    sum.set_abandoned(sum.abandoned() + line.abandoned());
    sum.set_short_abandoned(sum.short_abandoned() + line.short_abandoned());
    sum.set_treated(sum.treated() + OtherOf(line));  // stands for all of them
    Add(line.total_wait(), sum.mutable_total_wait());
    Add(line.total_handling(), sum.mutable_total_handling());
    Add(line.total_wrap_up(), sum.mutable_total_wrap_up());
    if (NsOf(line.longest_wait()) > NsOf(sum.longest_wait())) {
      *sum.mutable_longest_wait() = line.longest_wait();
    }
  }
  if (sum.assigned() > 0) {
    SetMean(NsOf(sum.total_wait()), sum.assigned(), sum.mutable_speed_of_answer());
  }
  if (sum.handled() > 0) {
    SetMean(NsOf(sum.total_handling()) + NsOf(sum.total_wrap_up()), sum.handled(),
            sum.mutable_handle_time());
  }
  const std::uint64_t counted = sum.assigned() + sum.abandoned();
  if (counted > 0) sum.set_service_level(Ratio(sum.assigned_in_time(), counted));
  return sum;
}

std::vector<Cell> CellsOf(const std::string& time, const v1::QueueReport& line) {
  return {time,
          line.queue(),
          CountText(line.queued()),
          CountText(line.assigned()),
          RatioText(line.service_level(), line.has_service_level()),
          MeanText(line.speed_of_answer(), line.has_speed_of_answer()),
          DurationText(NsOf(line.longest_wait())),
          CountText(line.abandoned()),
          CountText(line.short_abandoned()),
          CountText(OtherOf(line)),
          CountText(line.handled()),
          MeanText(line.handle_time(), line.has_handle_time())};
}

// ---- Agents -------------------------------------------------------------------------------------

v1::AgentReport TotalOf(const google::protobuf::RepeatedPtrField<v1::AgentReport>& lines) {
  v1::AgentReport sum;
  for (const v1::AgentReport& line : lines) {
    sum.set_offered(sum.offered() + line.offered());
    sum.set_assigned(sum.assigned() + line.assigned());
    sum.set_declined(sum.declined() + line.declined());
    sum.set_expired(sum.expired() + line.expired());
    sum.set_handled(sum.handled() + line.handled());
    Add(line.total_handling(), sum.mutable_total_handling());
    Add(line.total_wrap_up(), sum.mutable_total_wrap_up());
    Add(line.logged_in_time(), sum.mutable_logged_in_time());
    Add(line.handling_time(), sum.mutable_handling_time());
    Add(line.wrap_up_time(), sum.mutable_wrap_up_time());
    Add(line.not_ready_time(), sum.mutable_not_ready_time());
    Add(line.reserved_time(), sum.mutable_reserved_time());
    Add(line.free_time(), sum.mutable_free_time());
  }
  if (sum.handled() > 0) {
    SetMean(NsOf(sum.total_handling()) + NsOf(sum.total_wrap_up()), sum.handled(),
            sum.mutable_handle_time());
  }
  const std::int64_t occupied = NsOf(sum.handling_time()) + NsOf(sum.wrap_up_time());
  const std::int64_t available = occupied + NsOf(sum.reserved_time()) + NsOf(sum.free_time());
  if (available > 0) {
    sum.set_occupancy(static_cast<double>(occupied) / static_cast<double>(available));
  }
  return sum;
}

std::vector<Cell> CellsOf(const std::string& time, const v1::AgentReport& line) {
  return {time,
          line.agent_id(),
          CountText(line.offered()),
          CountText(line.assigned()),
          CountText(line.declined()),
          CountText(line.expired()),
          CountText(line.handled()),
          MeanText(line.handle_time(), line.has_handle_time()),
          DurationText(NsOf(line.logged_in_time())),
          DurationText(NsOf(line.handling_time())),
          DurationText(NsOf(line.wrap_up_time())),
          DurationText(NsOf(line.not_ready_time())),
          RatioText(line.occupancy(), line.has_occupancy())};
}

template <typename Lines>
void AddLines(const v1::GetReportResponse& report, const Lines& lines, Table& table) {
  for (const auto& line : lines) table.AddRow(CellsOf(IntervalText(report, line), line));
  if (lines.empty()) return;
  std::vector<Cell> total = CellsOf("total", TotalOf(lines));
  for (Cell& cell : total) cell.ink = Ink::kBold;
  table.AddRow(std::move(total));
}

// ---- CSV ----------------------------------------------------------------------------------------

std::string Field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string Seconds(const Duration& duration) {
  const std::int64_t ms = NsOf(duration) / (kSecondNs / 1000);
  return absl::StrFormat("%d.%03d", ms / 1000, ms % 1000);
}
std::string Seconds(const Duration& duration, bool has) {
  return has ? Seconds(duration) : std::string();
}
std::string Fraction(double ratio, bool has) {
  return has ? absl::StrFormat("%.4f", ratio) : std::string();
}

std::string Record(std::vector<std::string> fields) {
  for (std::string& field : fields) field = Field(field);
  return absl::StrJoin(fields, ",") + "\r\n";
}

std::vector<std::string> IntervalFields(const Timestamp& begin, const Timestamp& end,
                                        const absl::TimeZone& zone) {
  constexpr char kForm[] = "%Y-%m-%dT%H:%M:%S%Ez";
  return {absl::FormatTime(kForm, TimeOf(begin), zone), absl::FormatTime(kForm, TimeOf(end), zone)};
}

}  // namespace

std::string ReportTitle(const v1::GetReportResponse& report) {
  const absl::TimeZone zone = ZoneOf(report);
  const absl::Time begin = TimeOf(report.begin_time());
  const absl::Time as_of = TimeOf(report.as_of());
  std::string title = absl::FormatTime("%A %Y-%m-%d", begin, zone);
  if (HasSeveralDays(report)) {
    const absl::Time last = TimeOf(report.end_time()) - absl::Seconds(1);
    absl::StrAppend(&title, " to ", absl::FormatTime("%A %Y-%m-%d", last, zone));
  }
  absl::StrAppend(&title, ", ", report.time_zone());
  if (as_of < TimeOf(report.end_time())) {
    absl::StrAppend(&title, absl::FormatTime(", as of %H:%M:%S", as_of, zone));
  }
  if (report.queues().empty() && report.agents().empty()) {
    absl::StrAppend(&title, ": nothing happened");
  }
  const absl::Time since = TimeOf(report.since());
  if (since > begin && since > absl::UnixEpoch()) {
    absl::StrAppend(&title, "\nNothing is known of before ",
                    absl::FormatTime("%Y-%m-%d %H:%M", since, zone), ", when these reports begin.");
  }
  return title;
}

Table QueueReportTable(const v1::GetReportResponse& report) {
  Table table({{"FROM"},
               {"QUEUE"},
               {"QUEUED", Align::kRight},
               {"SERVED", Align::kRight},
               {"LEVEL", Align::kRight},
               {"ASA", Align::kRight},
               {"LONGEST", Align::kRight, 6},
               {"ABANDONED", Align::kRight},
               {"SHORT", Align::kRight, 9},
               {"OTHER", Align::kRight, 8},
               {"HANDLED", Align::kRight, 7},
               {"AHT", Align::kRight, 5}});
  AddLines(report, report.queues(), table);
  return table;
}

Table AgentReportTable(const v1::GetReportResponse& report) {
  Table table({{"FROM"},
               {"AGENT"},
               {"OFFERED", Align::kRight, 7},
               {"TAKEN", Align::kRight},
               {"DECLINED", Align::kRight, 6},
               {"MISSED", Align::kRight, 5},
               {"HANDLED", Align::kRight},
               {"AHT", Align::kRight},
               {"LOGGED IN", Align::kRight, 4},
               {"HANDLING", Align::kRight, 3},
               {"WRAP-UP", Align::kRight, 8},
               {"NOT READY", Align::kRight, 9},
               {"OCCUPANCY", Align::kRight}});
  AddLines(report, report.agents(), table);
  return table;
}

std::string QueueReportCsv(const v1::GetReportResponse& report) {
  std::string csv = Record({"begin",
                            "end",
                            "queue",
                            "queued",
                            "assigned",
                            "assigned_in_time",
                            "handled",
                            "transferred",
                            "overflowed",
                            "abandoned",
                            "short_abandoned",
                            "abandoned_in_time",
                            "canceled",
                            "rejected",
                            "expired",
                            "treated",
                            "total_wait_seconds",
                            "longest_wait_seconds",
                            "speed_of_answer_seconds",
                            "total_handling_seconds",
                            "total_hold_seconds",
                            "total_wrap_up_seconds",
                            "handle_time_seconds",
                            "service_level",
                            "abandonment_rate"});
  const absl::TimeZone zone = ZoneOf(report);
  for (const v1::QueueReport& line : report.queues()) {
    std::vector<std::string> fields = IntervalFields(line.begin_time(), line.end_time(), zone);
    fields.push_back(line.queue());
    for (const std::uint64_t count :
         {line.queued(), line.assigned(), line.assigned_in_time(), line.handled(),
          line.transferred(), line.overflowed(), line.abandoned(), line.short_abandoned(),
          line.abandoned_in_time(), line.canceled(), line.rejected(), line.expired(),
          line.treated()}) {
      fields.push_back(absl::StrCat(count));
    }
    fields.push_back(Seconds(line.total_wait()));
    fields.push_back(Seconds(line.longest_wait()));
    fields.push_back(Seconds(line.speed_of_answer(), line.has_speed_of_answer()));
    fields.push_back(Seconds(line.total_handling()));
    fields.push_back(Seconds(line.total_hold()));
    fields.push_back(Seconds(line.total_wrap_up()));
    fields.push_back(Seconds(line.handle_time(), line.has_handle_time()));
    fields.push_back(Fraction(line.service_level(), line.has_service_level()));
    fields.push_back(Fraction(line.abandonment_rate(), line.has_abandonment_rate()));
    csv += Record(std::move(fields));
  }
  return csv;
}

std::string AgentReportCsv(const v1::GetReportResponse& report) {
  std::string csv = Record({"begin",
                            "end",
                            "agent",
                            "offered",
                            "assigned",
                            "declined",
                            "expired",
                            "handled",
                            "transferred",
                            "total_handling_seconds",
                            "total_hold_seconds",
                            "total_wrap_up_seconds",
                            "handle_time_seconds",
                            "logged_in_seconds",
                            "handling_seconds",
                            "wrap_up_seconds",
                            "not_ready_seconds",
                            "reserved_seconds",
                            "free_seconds",
                            "occupancy",
                            "utilization"});
  const absl::TimeZone zone = ZoneOf(report);
  for (const v1::AgentReport& line : report.agents()) {
    std::vector<std::string> fields = IntervalFields(line.begin_time(), line.end_time(), zone);
    fields.push_back(line.agent_id());
    for (const std::uint64_t count : {line.offered(), line.assigned(), line.declined(),
                                      line.expired(), line.handled(), line.transferred()}) {
      fields.push_back(absl::StrCat(count));
    }
    fields.push_back(Seconds(line.total_handling()));
    fields.push_back(Seconds(line.total_hold()));
    fields.push_back(Seconds(line.total_wrap_up()));
    fields.push_back(Seconds(line.handle_time(), line.has_handle_time()));
    for (const Duration* const spent :
         {&line.logged_in_time(), &line.handling_time(), &line.wrap_up_time(),
          &line.not_ready_time(), &line.reserved_time(), &line.free_time()}) {
      fields.push_back(Seconds(*spent));
    }
    fields.push_back(Fraction(line.occupancy(), line.has_occupancy()));
    fields.push_back(Fraction(line.utilization(), line.has_utilization()));
    csv += Record(std::move(fields));
  }
  return csv;
}

}  // namespace strowger::ctl
