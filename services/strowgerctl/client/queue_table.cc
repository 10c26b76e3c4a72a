#include "services/strowgerctl/client/queue_table.h"

#include <algorithm>
#include <cstddef>
#include <vector>

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

std::vector<Cell> QueueRow(const v1::QueueFigures& each) {
  const std::uint64_t busy =
      each.agents_ready() - std::min(each.agents_ready(), each.agents_free());
  const std::uint64_t other =
      each.canceled() + each.rejected() + each.expired() + each.treated() + each.overflowed();
  return {each.closed() ? Cell{absl::StrCat(each.queue(), " (closed)"), Ink::kWarning}
                        : Cell(each.queue()),
          WaitingCell(each),
          each.waiting() == 0 ? "-" : DurationText(NsOf(each.oldest_wait())),
          PredictedWaitText(each.predicted_wait(), each.has_predicted_wait()),
          LevelCell(each),
          CountText(each.agents_staffed()),
          CountText(each.agents_ready()),
          CountText(each.agents_free()),
          CountText(busy),
          CountText(each.handling()),
          CountText(each.entered()),
          CountText(each.assigned()),
          CountText(each.abandoned()),
          CountText(other)};
}

// Nobody here serves it: contacts only pass through.
std::vector<Cell> ExternalRow(const v1::QueueFigures& each) {
  constexpr std::size_t kFirstColumns = 13;
  std::vector<Cell> row(kFirstColumns, Cell(""));
  row.front() = {absl::StrCat(each.queue(), " (external)"), Ink::kFaint};
  row.push_back(CountText(each.treated()));
  return row;
}

}  // namespace

// FREE and BUSY are the ready agents with and without room for one more contact; OTHER are contacts
// that left in another way than served or abandoned.
Table QueueTable(const google::protobuf::RepeatedPtrField<v1::QueueFigures>& queues) {
  Table table({{"QUEUE"},
               {"WAITING", Align::kRight},
               {"OLDEST", Align::kRight},
               {"PREDICTED", Align::kRight, 2},
               {"LEVEL", Align::kRight},
               {"STAFFED", Align::kRight, 7},
               {"READY", Align::kRight},
               {"FREE", Align::kRight},
               {"BUSY", Align::kRight, 9},
               {"HANDLING", Align::kRight, 4},
               {"ENTERED", Align::kRight, 6},
               {"SERVED", Align::kRight, 5},
               {"ABANDONED", Align::kRight, 3},
               {"OTHER", Align::kRight, 8}});
  for (const v1::QueueFigures& each : queues) {
    table.AddRow(each.external() ? ExternalRow(each) : QueueRow(each));
  }
  return table;
}

}  // namespace strowger::ctl
