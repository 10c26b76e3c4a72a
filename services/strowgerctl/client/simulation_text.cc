#include "services/strowgerctl/client/simulation_text.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/strowgerctl/client/table.h"
#include "services/strowgerctl/client/wire_time.h"

namespace strowger::ctl {
namespace {

std::vector<Cell> RowOf(const std::string& queue, const std::string& rules,
                        const v1::SimulatedFigures& figures, Ink ink) {
  const std::uint64_t waited = figures.answered() + figures.abandoned();
  const auto duration = [&](const google::protobuf::Duration& length) {
    return figures.answered() == 0 ? "-" : DurationText(NsOf(length));
  };
  return {Cell(queue, Ink::kBold),
          Cell(rules, ink),
          CountText(figures.came()),
          CountText(figures.answered()),
          ShareText(figures.answered_in_time(), waited),
          CountText(figures.abandoned()),
          CountText(figures.otherwise_ended()),
          duration(figures.mean_wait()),
          duration(figures.p90_wait()),
          duration(figures.longest_wait())};
}

void AddQueue(const v1::SimulatedQueue& queue, const std::string& base,
              const std::string& candidate, Table& table) {
  const std::string name = queue.queue().empty() ? "all" : queue.queue();
  table.AddRow(RowOf(name, "as it was", queue.recorded(), Ink::kFaint));
  table.AddRow(RowOf("", base, queue.base(), Ink::kPlain));
  table.AddRow(RowOf("", candidate, queue.candidate(), Ink::kBold));
}

std::string Moves(const v1::Simulation& simulation, bool colour, std::size_t width) {
  if (simulation.moves().empty()) return {};
  Table table({{"FROM"}, {"TO"}, {"CONTACTS", Align::kRight}, {"FOR EXAMPLE", Align::kLeft, 1}});
  const auto place = [](const std::string& queue) { return queue.empty() ? "none" : queue; };
  for (const v1::SimulatedMove& move : simulation.moves()) {
    table.AddRow({place(move.from()), place(move.to()), CountText(move.contacts()),
                  absl::StrJoin(move.contact_ids(), ", ")});
  }
  return absl::StrCat("\n", table.Render(colour, width));
}

// What to bear in mind before the figures are believed.
std::string Remarks(const v1::Simulation& simulation) {
  std::string text;
  if (simulation.decided_before() > 0) {
    absl::StrAppend(&text, "Note: ", CountText(simulation.decided_before()),
                    " contacts were decided by attributes that are not kept; their rule was taken "
                    "over, where there is one of that name.\n");
  }
  if (simulation.refused_base() + simulation.refused_candidate() > 0) {
    absl::StrAppend(&text, "Note: what was done by hand could not be repeated ",
                    CountText(simulation.refused_base()), " and ",
                    CountText(simulation.refused_candidate()),
                    " times, since contacts and agents were elsewhere.\n");
  }
  if (simulation.unfinished_base() + simulation.unfinished_candidate() > 0) {
    absl::StrAppend(&text, "Note: ", CountText(simulation.unfinished_base()), " and ",
                    CountText(simulation.unfinished_candidate()),
                    " contacts were still there at the end.\n");
  }
  return text.empty() ? text : absl::StrCat("\n", text);
}

}  // namespace

std::string SimulationText(const v1::Simulation& simulation, const std::string& base,
                           const std::string& candidate, bool colour, std::size_t width) {
  Table table({{"QUEUE"},
               {"RULES"},
               {"CAME", Align::kRight},
               {"ANSWERED", Align::kRight},
               {"LEVEL", Align::kRight},
               {"ABANDONED", Align::kRight},
               {"OTHER", Align::kRight, 2},
               {"MEAN WAIT", Align::kRight},
               {"P90", Align::kRight, 1},
               {"LONGEST", Align::kRight, 3}});
  AddQueue(simulation.all(), base, candidate, table);
  for (const v1::SimulatedQueue& queue : simulation.queues()) {
    AddQueue(queue, base, candidate, table);
  }
  const auto count = [](std::uint64_t number) { return CountText(number); };
  return absl::StrCat(
      TimeText(NsOf(simulation.begin())), " to ", TimeText(NsOf(simulation.end())), ": ",
      count(simulation.contacts()), " contacts, played under both rule sets\n\n",
      table.Render(colour, width), "\nUnder ", candidate, ", compared with ", base, ":\n  ",
      count(simulation.other_rule()), " contacts are decided by another rule, ",
      count(simulation.other_queue()), " come to another queue, ", count(simulation.other_agent()),
      " to another agent\n  ", count(simulation.sooner()), " are answered sooner, ",
      count(simulation.later()), " later; ", count(simulation.answered_only_by_candidate()),
      " are answered only here, ", count(simulation.answered_only_by_base()), " only there\n",
      Moves(simulation, colour, width), Remarks(simulation));
}

}  // namespace strowger::ctl
