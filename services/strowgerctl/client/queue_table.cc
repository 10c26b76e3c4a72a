#include "services/strowgerctl/client/queue_table.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/strowgerctl/client/names.h"
#include "services/strowgerctl/client/wire_time.h"

namespace strowger::ctl {
namespace {

// Below these a service level is worth a look, and bad.
constexpr double kFairLevel = 0.8;
constexpr double kPoorLevel = 0.6;

Cell LevelCell(const v1::QueueFigures& figures) {
  if (figures.assigned() + figures.abandoned() == 0) return "-";
  const double level = figures.service_level();
  const Ink ink = level >= kFairLevel   ? Ink::kGood
                  : level >= kPoorLevel ? Ink::kWarning
                                        : Ink::kBad;
  return {absl::StrFormat("%.0f %%", 100 * level), ink};
}

Cell WaitingCell(const v1::QueueFigures& figures) {
  return {CountText(figures.waiting()), figures.waiting() == 0 ? Ink::kFaint : Ink::kBold};
}

}  // namespace

Table QueueTable(const google::protobuf::RepeatedPtrField<v1::QueueFigures>& queues) {
  Table table({{"QUEUE"},
               {"WAITING", Align::kRight},
               {"OLDEST", Align::kRight},
               {"PREDICTED", Align::kRight},
               {"LEVEL", Align::kRight},
               {"STAFFED", Align::kRight},
               {"READY", Align::kRight},
               {"FREE", Align::kRight},
               {"HANDLING", Align::kRight},
               {"ENTERED", Align::kRight},
               {"SERVED", Align::kRight},
               {"ABANDONED", Align::kRight},
               {"OTHER ENDS", Align::kRight}});
  for (const v1::QueueFigures& each : queues) {
    if (each.external()) {
      table.AddRow({{absl::StrCat(each.queue(), " (external)"), Ink::kFaint},
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    CountText(each.entered()),
                    "",
                    "",
                    CountText(each.treated())});
      continue;
    }
    const std::uint64_t other =
        each.canceled() + each.rejected() + each.expired() + each.treated() + each.overflowed();
    table.AddRow({each.queue(), WaitingCell(each),
                  each.waiting() == 0 ? "-" : DurationText(NsOf(each.oldest_wait())),
                  PredictedWaitText(each.predicted_wait(), each.has_predicted_wait()),
                  LevelCell(each), CountText(each.agents_staffed()), CountText(each.agents_ready()),
                  CountText(each.agents_free()), CountText(each.handling()),
                  CountText(each.entered()), CountText(each.assigned()),
                  CountText(each.abandoned()), CountText(other)});
  }
  return table;
}

}  // namespace strowger::ctl
