// QueueService.GetReport.
#pragma once

#include <memory>
#include <optional>

#include "routing/rule_set.h"
#include "services/grpc/unary.h"
#include "services/reports/report.h"
#include "strowger/v1/reports.pb.h"

namespace strowger::grpc_api {

// Asks the domain for its time and rules, then the keeper of the reports, whose thread makes the
// reply.
class ReportCall final : public UnaryCall, public runtime::ReadTask {
 public:
  using UnaryCall::UnaryCall;
  void Start(const grpc::ByteBuffer& bytes);

 private:
  void OnRead(const runtime::Reading& reading) override;
  void OnReleased() override;
  grpc::Status MakeQuery(reports::Query& query) const;
  void Answer(const absl::StatusOr<reports::Report>& report);
  bool AddLine(const reports::Report& report, std::size_t index,
               v1::GetReportResponse& response) const;

  v1::GetReportRequest request_;
  std::uint64_t first_ = 0;  // line of the page
  std::shared_ptr<const routing::RuleSet> rule_set_;
  routing::TimeNs as_of_ = 0;
};

}  // namespace strowger::grpc_api
