// strowger_simulation: the process on a bad day, seed after seed.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <iostream>

#include "tests/simulation/simulation.h"

int main(int argc, char** argv) {
  CLI::App app("The process without its sockets: crashes, a bad disk, a bad wire, a bad clock");
  std::uint64_t first = 1;
  std::uint64_t last = 200;
  std::uint64_t steps = 300;
  app.add_option("--first", first, "First seed")->capture_default_str();
  app.add_option("--last", last, "Last seed")->capture_default_str();
  app.add_option("--steps", steps, "Steps of each")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  strowger::simulation::SimulationTally sum;
  std::uint64_t failed = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    const auto report = strowger::simulation::Simulate(seed, steps);
    sum += report.tally;
    if (report.trouble.empty()) continue;
    ++failed;
    std::cout << "seed " << seed << ": " << report.trouble << std::endl;
  }
  std::cout << "records " << sum.commands << ", of them the domain's own " << sum.own_records
            << "\nanswered " << sum.answered << ", repeats " << sum.repeats << "\ncrashes "
            << sum.crashes << ", records lost that nobody had been answered for "
            << sum.lost_records << "\nbatches refused by a full disk " << sum.refused_batches
            << "\ncheckpoints " << sum.checkpoints << ", starts from one " << sum.from_checkpoint
            << ", damaged ones passed over " << sum.passed_over << "\nclock jumps "
            << sum.clock_jumps << '\n'
            << last - first + 1 - failed << " passed, " << failed << " failed\n";
  return failed == 0 ? 0 : 1;
}
