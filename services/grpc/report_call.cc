#include "services/grpc/report_call.h"

#include <algorithm>
#include <string>

#include "absl/strings/string_view.h"
#include "services/grpc/convert_values.h"
#include "services/grpc/paging.h"
#include "services/reports/site_days.h"

namespace strowger::grpc_api {
namespace {

constexpr std::uint32_t kMaxLines = 10'000;
constexpr std::uint32_t kUsualLines = 1'000;
constexpr int kMaxNames = 1'000;
constexpr int kMaxDays = 35;

void Check(const v1::GetReportRequest& request, Violations& violations) {
  RequireWithin(request.page_size(), 0, kMaxLines, "page_size", violations);
  LimitCount(request.names_size(), kMaxNames, "names", violations);
  for (int i = 0; i < std::min(request.names_size(), kMaxNames); ++i) {
    const Violations::Step step(violations, "names", i);
    RequireName(request.names(i), "", violations);
  }
  if (!v1::ReportInterval_IsValid(request.interval())) {
    UnknownEnum(request.interval(), "interval", violations);
  }
  if (!v1::ReportSubject_IsValid(request.subject())) {
    UnknownEnum(request.subject(), "subject", violations);
  }
}

reports::Query::Interval IntervalOf(v1::ReportInterval interval) {
  if (interval == v1::REPORT_INTERVAL_QUARTER_HOUR) return reports::Query::Interval::kQuarterHour;
  if (interval == v1::REPORT_INTERVAL_DAY) return reports::Query::Interval::kDay;
  return reports::Query::Interval::kHalfHour;
}

// Of a queue that the rules no longer have: as if they said nothing about it.
routing::ServiceLevel::Abandoned HowAbandonedCount(const routing::RuleSet& rules,
                                                   std::string_view queue) {
  for (const routing::QueueSettings& settings : rules.queues()) {
    if (settings.name == queue) return settings.service_level.abandoned;
  }
  return routing::ServiceLevel{}.abandoned;
}

double Ratio(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

std::uint64_t Count(std::int64_t value) { return static_cast<std::uint64_t>(value); }
std::uint64_t Ended(const reports::QueueRow& row, routing::EndReason reason) {
  return Count(row.ended[static_cast<std::size_t>(reason)]);
}

void SetServiceLevel(const reports::QueueRow& row, routing::ServiceLevel::Abandoned how,
                     v1::QueueReport& to) {
  using How = routing::ServiceLevel::Abandoned;
  const std::int64_t counted = how == How::kIgnored ? 0 : row.abandoned();
  const std::int64_t credited = how == How::kCredited ? row.abandoned_in_time : 0;
  const std::int64_t all = row.assigned + counted;
  if (all > 0) to.set_service_level(Ratio(row.assigned_in_time + credited, all));
}

void SetCounts(const reports::QueueRow& row, v1::QueueReport& to) {
  using routing::EndReason;
  to.set_queued(Count(row.queued));
  to.set_assigned(Count(row.assigned));
  to.set_assigned_in_time(Count(row.assigned_in_time));
  to.set_handled(Count(row.handled()));
  to.set_transferred(Count(row.transferred));
  to.set_overflowed(Count(row.overflowed));
  to.set_abandoned(Count(row.abandoned()));
  to.set_short_abandoned(Count(row.short_abandoned));
  to.set_abandoned_in_time(Count(row.abandoned_in_time));
  to.set_canceled(Ended(row, EndReason::kCanceled));
  to.set_rejected(Ended(row, EndReason::kRejected));
  to.set_expired(Ended(row, EndReason::kExpired));
  to.set_treated(Ended(row, EndReason::kTreated));
}

void SetQueueReport(const reports::ReportLine<reports::QueueRow>& line,
                    const routing::RuleSet& rules, v1::QueueReport& to) {
  const reports::QueueRow& row = line.row;
  SetTime(line.begin, to.mutable_begin_time());
  SetTime(line.end, to.mutable_end_time());
  to.set_queue(line.name);
  SetCounts(row, to);
  SetDuration(row.wait, to.mutable_total_wait());
  SetDuration(row.longest_wait, to.mutable_longest_wait());
  if (row.assigned > 0) SetDuration(row.wait / row.assigned, to.mutable_speed_of_answer());
  SetDuration(row.handling, to.mutable_total_handling());
  SetDuration(row.hold, to.mutable_total_hold());
  SetDuration(row.wrap_up, to.mutable_total_wrap_up());
  if (row.handled() > 0) {
    SetDuration((row.handling + row.wrap_up) / row.handled(), to.mutable_handle_time());
  }
  SetServiceLevel(row, HowAbandonedCount(rules, line.name), to);
  if (row.queued > 0) to.set_abandonment_rate(Ratio(row.abandoned(), row.queued));
}

void SetAgentReport(const reports::ReportLine<reports::AgentRow>& line, v1::AgentReport& to) {
  const reports::AgentRow& row = line.row;
  SetTime(line.begin, to.mutable_begin_time());
  SetTime(line.end, to.mutable_end_time());
  to.set_agent_id(line.name);
  to.set_offered(Count(row.offered));
  to.set_assigned(Count(row.assigned));
  to.set_declined(Count(row.declined));
  to.set_expired(Count(row.expired));
  to.set_handled(Count(row.handled));
  to.set_transferred(Count(row.transferred));
  SetDuration(row.handling, to.mutable_total_handling());
  SetDuration(row.hold, to.mutable_total_hold());
  SetDuration(row.wrap_up, to.mutable_total_wrap_up());
  if (row.handled > 0) {
    SetDuration((row.handling + row.wrap_up) / row.handled, to.mutable_handle_time());
  }
  SetDuration(row.logged_in(), to.mutable_logged_in_time());
  SetDuration(row.in_handling, to.mutable_handling_time());
  SetDuration(row.in_wrap_up, to.mutable_wrap_up_time());
  SetDuration(row.in_not_ready, to.mutable_not_ready_time());
  SetDuration(row.in_reserved, to.mutable_reserved_time());
  SetDuration(row.in_free, to.mutable_free_time());
  const std::int64_t available = row.occupied() + row.in_reserved + row.in_free;
  if (available > 0) to.set_occupancy(Ratio(row.occupied(), available));
  if (row.logged_in() > 0) to.set_utilization(Ratio(row.occupied(), row.logged_in()));
}

}  // namespace

void ReportCall::Start(const grpc::ByteBuffer& bytes) {
  if (grpc::Status taken = Take(bytes, request_); !taken.ok()) return Fail(taken);
  Violations violations;
  Check(request_, violations);
  first_ = ReadNumberToken(request_.page_token(), 0, violations).value_or(0);
  if (!violations.empty()) return Fail(BadRequest(violations));
  runtime::DomainExecutor* const executor = hub().domains.Find(request_.domain());
  if (executor == nullptr) {
    return Fail(Refused(routing::Outcome::kUnknownDomain, "domain",
                        Describe(routing::Outcome::kUnknownDomain)));
  }
  const auto submission = executor->Submit(this);
  if (submission != runtime::DomainExecutor::Submission::kAccepted) FailSubmission(submission);
}

// A deadline that is due and has not fired yet will carry its own time, so the report goes up to
// there.
void ReportCall::OnRead(const runtime::Reading& reading) {
  rule_set_ = reading.router.Domain().rule_set;
  as_of_ = std::max(reading.time, std::min(reading.now, reading.router.next_deadline()));
}

grpc::Status ReportCall::MakeQuery(reports::Query& query) const {
  Violations violations;
  const std::string_view zone = rule_set_->time_zone();
  // A zone that the system no longer has: the rule set was compiled when it did.
  if (!absl::LoadTimeZone(absl::string_view(zone.data(), zone.size()), &query.zone)) {
    query.zone = absl::UTCTimeZone();
  }
  const auto day = [&](const std::string& text, const char* field) {
    const auto read = reports::ReadDay(text, as_of_, query.zone);
    if (!read.ok()) violations.Add(field, std::string(read.status().message()));
    return read.value_or(absl::CivilDay());
  };
  query.first_day = day(request_.first_day(), "first_day");
  query.last_day =
      request_.last_day().empty() ? query.first_day : day(request_.last_day(), "last_day");
  if (violations.empty() && query.last_day < query.first_day) {
    violations.Add("last_day", "is before first_day");
  }
  if (violations.empty() && query.last_day - query.first_day >= kMaxDays) {
    violations.Add("last_day", "a report has at most 35 days");
  }
  if (!violations.empty()) return BadRequest(violations);
  query.interval = IntervalOf(request_.interval());
  const bool agents = request_.subject() == v1::REPORT_SUBJECT_AGENTS;
  query.subject = agents ? reports::Subject::kAgents : reports::Subject::kQueues;
  query.names.insert(request_.names().begin(), request_.names().end());
  query.with_empty = request_.include_empty();
  query.as_of = as_of_;
  return grpc::Status::OK;
}

void ReportCall::OnReleased() {
  reports::Query query;
  if (grpc::Status status = MakeQuery(query); !status.ok()) return Fail(status);
  hub().options.reports->Request(request_.domain(), std::move(query),
                                 [this](const auto& report) { Answer(report); });
}

// False: there is no such line.
bool ReportCall::AddLine(const reports::Report& report, std::size_t index,
                         v1::GetReportResponse& response) const {
  if (index < report.queues.size()) {
    SetQueueReport(report.queues[index], *rule_set_, *response.add_queues());
    return true;
  }
  if (index >= report.agents.size()) return false;
  SetAgentReport(report.agents[index], *response.add_agents());
  return true;
}

void ReportCall::Answer(const absl::StatusOr<reports::Report>& report) {
  if (!report.ok()) {
    const auto code = static_cast<grpc::StatusCode>(report.status().code());
    return Fail({code, std::string(report.status().message())});
  }
  v1::GetReportResponse response;
  response.set_time_zone(std::string(rule_set_->time_zone()));
  SetTime(report->begin, response.mutable_begin_time());
  SetTime(report->end, response.mutable_end_time());
  SetTime(as_of_, response.mutable_as_of());
  SetTime(report->since, response.mutable_since());
  const std::size_t wanted = request_.page_size() == 0 ? kUsualLines : request_.page_size();
  std::size_t bytes = 0;
  std::size_t line = first_;
  while (line < first_ + wanted && bytes < kMaxPageBytes && AddLine(*report, line, response)) {
    ++line;
    bytes += response.queues_size() > 0 ? response.queues().rbegin()->ByteSizeLong()
                                        : response.agents().rbegin()->ByteSizeLong();
  }
  if (line < report->queues.size() + report->agents.size()) {
    response.set_next_page_token(std::to_string(line));
  }
  Reply(response);
}

}  // namespace strowger::grpc_api
