// strowgerctl day: a generated day, to look at or to replay.
#include <unistd.h>

#include <iostream>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>

#include "absl/strings/str_format.h"
#include "services/strowgerctl/client/table.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/command.h"
#include "services/strowgerctl/day/call_history.h"
#include "services/strowgerctl/day/day_generator.h"

namespace strowger {
namespace {

// 2026-11-02, a Monday.
constexpr std::int64_t kFirstDate = 20'759;
constexpr std::int64_t kHourMs = 3'600'000;

struct DayCommandOptions {
  ctl::DayOptions day;
  std::uint32_t days = 1;
  bool csv = false;
};

void PrintHistory(const DayCommandOptions& options) {
  std::cout << ctl::CallHistoryHeader();
  for (std::uint32_t i = 0; i < options.days; ++i) {
    ctl::DayOptions day = options.day;
    day.seed += i;
    std::cout << ctl::CallHistoryRows(ctl::GenerateDay(day), kFirstDate + i, day.seed);
  }
}

void PrintDay(const ctl::DayOptions& options) {
  const ctl::Day day = ctl::GenerateDay(options);
  // By hour: contacts of each channel, then agents at work at half past.
  std::map<std::int64_t, std::map<std::string, std::uint64_t>> hours;
  for (const ctl::DayContact& contact : day.contacts) {
    ++hours[contact.arrival_ms / kHourMs][contact.channel];
  }
  ctl::Table table({{"HOUR"},
                    {"VOICE", ctl::Align::kRight},
                    {"CHAT", ctl::Align::kRight},
                    {"EMAIL", ctl::Align::kRight},
                    {"AGENTS", ctl::Align::kRight}});
  for (auto& [hour, counts] : hours) {
    const std::int64_t half_past = hour * kHourMs + kHourMs / 2;
    std::uint64_t present = 0;
    for (const ctl::DayAgent& agent : day.agents) {
      for (const ctl::Presence& each : agent.presence) {
        if (each.from_ms <= half_past && half_past < each.to_ms) ++present;
      }
    }
    table.AddRow({absl::StrFormat("%02d", hour), ctl::CountText(counts["voice"]),
                  ctl::CountText(counts["chat"]), ctl::CountText(counts["email"]),
                  ctl::CountText(present)});
  }
  std::cout << ctl::CountText(day.contacts.size()) << " contacts, " << day.agents.size()
            << " agents, seed " << options.seed << "\n\n"
            << table.Render(ctl::HasColour(STDOUT_FILENO));
}

constexpr char kHelp[] = R"(Examples:
  strowgerctl day                             what the day of `strowgerctl demo` looks like
  strowgerctl day --seed 7 --csv > calls.csv  its telephone calls, as `strowgerctl replay` reads them

The same seed gives the same day on every machine.

Exit code: 0.)";

}  // namespace

void RegisterDay(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command =
      app.add_subcommand("day", "A generated day: its figures, or its calls as CSV");
  const auto options = std::make_shared<DayCommandOptions>();
  command->add_option("--seed", options->day.seed, "Which day")->type_name("N");
  command->add_option("--contacts", options->day.contacts, "How many come in a day")
      ->check(CLI::Range(1U, 1'000'000U))
      ->type_name("N");
  command->add_option("--agents", options->day.agents, "How many work; default: enough, nearly")
      ->check(CLI::Range(1U, 100'000U))
      ->type_name("N");
  command->add_flag("--csv", options->csv, "Print the telephone calls as call-by-call records");
  command->add_option("--days", options->days, "With --csv: so many days, one after another")
      ->check(CLI::Range(1U, 366U))
      ->type_name("N");
  command->footer(kHelp);
  command->callback([&chosen, options] {
    chosen.run = [options] {
      options->csv ? PrintHistory(*options) : PrintDay(options->day);
      return kExitOk;
    };
  });
}

}  // namespace strowger
