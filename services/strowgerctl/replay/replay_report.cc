#include "services/strowgerctl/replay/replay_report.h"

#include <cstddef>
#include <map>

#include "absl/strings/str_cat.h"
#include "services/strowgerctl/client/wire_time.h"

namespace strowger::ctl {
namespace {

void Count(bool served, bool abandoned, std::int64_t wait_ns, std::int64_t threshold_s,
           CallTally& tally) {
  ++tally.calls;
  if (abandoned) ++tally.abandoned;
  if (!served) return;
  ++tally.served;
  tally.wait_ns += wait_ns;
  if (wait_ns <= threshold_s * kSecondNs) ++tally.within;
}

std::string MeanWait(const CallTally& tally) {
  return tally.served == 0 ? "-"
                           : DurationText(tally.wait_ns / static_cast<std::int64_t>(tally.served));
}

std::string Level(const CallTally& tally) {
  return ShareText(tally.within, tally.served + tally.abandoned);
}

}  // namespace

std::vector<TypeReport> TallyByType(const std::vector<CallRecord>& calls,
                                    const std::vector<CallResult>& results,
                                    std::int64_t threshold_s) {
  std::map<std::string, TypeReport> by_type;
  TypeReport all;
  all.type = "all";
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const CallRecord& call = calls[i];
    const CallResult& result = results[i];
    TypeReport& one = by_type[call.type];
    one.type = call.type;
    for (TypeReport* report : {&one, &all}) {
      Count(call.served, !call.served, call.wait_s * kSecondNs, threshold_s, report->recorded);
      Count(result.served, result.abandoned, result.wait_ns, threshold_s, report->replayed);
    }
  }
  std::vector<TypeReport> reports;
  reports.reserve(by_type.size() + 1);
  for (auto& [type, report] : by_type) reports.push_back(std::move(report));
  reports.push_back(std::move(all));
  return reports;
}

Table ReportTable(const std::vector<TypeReport>& reports, std::int64_t threshold_s) {
  const std::string level = absl::StrCat("IN ", threshold_s, " s");
  Table table({{"TYPE"},
               {"OFFERED", Align::kRight},
               {"SERVED", Align::kRight},
               {"recorded", Align::kRight},
               {"ABANDONED", Align::kRight},
               {"recorded", Align::kRight},
               {"MEAN WAIT", Align::kRight},
               {"recorded", Align::kRight},
               {level, Align::kRight},
               {"recorded", Align::kRight}});
  for (const TypeReport& report : reports) {
    const CallTally& then = report.recorded;
    const CallTally& now = report.replayed;
    const Ink ink = report.type == "all" ? Ink::kBold : Ink::kPlain;
    table.AddRow({{report.type, ink},
                  CountText(now.calls),
                  CountText(now.served),
                  {CountText(then.served), Ink::kFaint},
                  CountText(now.abandoned),
                  {CountText(then.abandoned), Ink::kFaint},
                  MeanWait(now),
                  {MeanWait(then), Ink::kFaint},
                  Level(now),
                  {Level(then), Ink::kFaint}});
  }
  return table;
}

}  // namespace strowger::ctl
