// strowgerctl cel-conformance: the expression language against its specification's own tests.
#include <iostream>

#include <CLI/CLI.hpp>

#include "services/strowgerctl/cel_conformance.h"
#include "services/strowgerctl/command.h"

namespace strowger {

void RegisterCelConformance(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command = app.add_subcommand(
      "cel-conformance", "Evaluate conformance cases of the expression language, one JSON a line");
  command->footer(
      "Reads one case a line from standard input and writes one result a line to standard output.\n"
      "Example:\n  strowgerctl cel-conformance < cases.jsonl > results.jsonl\n\n"
      "Exit code: 0 when every line was handled.");
  command->callback(
      [&chosen] { chosen.run = [] { return RunCelConformance(std::cin, std::cout, std::cerr); }; });
}

}  // namespace strowger
