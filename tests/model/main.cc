// strowger_model: the router against its naive twin on random commands.
#include <sys/mman.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "tests/model/command_generator.h"
#include "tests/model/command_text.h"
#include "tests/model/differential.h"
#include "tests/model/shrink.h"
#include "tests/model/subject.h"
#include "tests/model/tick_law.h"

namespace strowger::model {
namespace {

struct Arguments {
  std::string seeds = "1..40";
  std::uint64_t tick_law = 0;
  std::uint64_t shrink_tries = 2'000;
  std::uint64_t reload_one_in = kReloadOneIn;
  bool twin_only = false;
  bool verbose = false;
  bool isolate = false;
  Options options;
};

// Where the run is, also for the handler of an abort and, with --isolate, for the parent process.
struct Where {
  volatile std::uint64_t seed = 0;
  volatile std::uint64_t command = 0;
};
Where* where = nullptr;

void OnAbort(int /*signal*/) {
  char line[160];
  const int length =
      std::snprintf(line, sizeof line,
                    "aborted in seed %llu at command %llu; --seeds N..N --isolate makes it short\n",
                    static_cast<unsigned long long>(where->seed),
                    static_cast<unsigned long long>(where->command));
  if (write(STDERR_FILENO, line, static_cast<std::size_t>(length)) < 0) _exit(2);
}

void PrintShrunk(std::uint64_t seed, std::uint64_t count, const SubjectFactory& factory,
                 const Arguments& flags) {
  if (flags.shrink_tries == 0) return;
  Options options = flags.options;
  options.hash_every = std::numeric_limits<std::uint64_t>::max();
  const auto fails = [&](const std::vector<routing::Command>& commands) {
    return FailsApart([&] { return RunList(seed, commands, factory, options).has_value(); });
  };
  const std::vector<routing::Command> all = CommandsOf(seed, count);
  const bool shows_in_events = fails(all);
  if (!shows_in_events) options.hash_every = 1;
  if (!shows_in_events && !fails(all)) {
    std::cout << "  (not the same when run again)\n";
    return;
  }
  const std::vector<routing::Command> few = Shrink(all, fails, flags.shrink_tries);
  std::cout << "  " << Describe(*CommandGenerator(seed).first_rule_set()) << "\n";
  for (const routing::Command& command : few) {
    const auto* activate = std::get_if<routing::ActivateRuleSet>(&command.body);
    if (activate != nullptr) std::cout << "  " << Describe(*activate->rule_set) << "\n";
    const auto* trial = std::get_if<routing::SetCandidate>(&command.body);
    if (trial != nullptr && trial->rule_set != nullptr) {
      std::cout << "  " << Describe(*trial->rule_set) << "\n";
    }
  }
  std::cout << "  " << few.size() << " commands show it:\n";
  for (const routing::Command& command : few) std::cout << "    " << Describe(command) << "\n";
  std::cout << "  and then\n" << std::flush;
  const auto difference = RunList(seed, few, factory, options);
  if (!difference.has_value()) return;
  for (const std::string& line : *difference) std::cout << "    " << line << "\n";
}

bool RunOne(std::uint64_t seed, const SubjectFactory& factory, const Arguments& flags,
            Tally& tally) {
  where->seed = seed;
  const Progress progress = [](std::uint64_t command) { where->command = command; };
  if (flags.isolate && FailsApart([&] {
        Tally unused;
        return RunSeed(seed, factory, flags.options, unused, progress).difference.has_value();
      })) {
    std::cout << "seed " << seed << ": fails at command " << where->command << "\n";
    PrintShrunk(seed, where->command, factory, flags);
    return false;
  }
  const SeedResult result = RunSeed(seed, factory, flags.options, tally, progress);
  if (result.difference.has_value()) {
    std::cout << "seed " << seed << ": differs at command " << result.commands << "\n";
    for (const std::string& line : *result.difference) std::cout << "  " << line << "\n";
    PrintShrunk(seed, result.commands, factory, flags);
    return false;
  }
  if (flags.tick_law == 0) return true;
  const auto broken = BreaksTickLaw(seed, flags.tick_law, factory);
  if (broken.has_value()) std::cout << "seed " << seed << ": tick law\n" << *broken << "\n";
  return !broken.has_value();
}

int Run(const Arguments& flags) {
  const std::size_t dots = flags.seeds.find("..");
  const std::uint64_t first = std::stoull(flags.seeds);
  const std::uint64_t last =
      dots == std::string::npos ? first : std::stoull(flags.seeds.substr(dots + 2));
  const SubjectFactory factory =
      flags.twin_only ? MakeNaiveSubject : RouterSubjects(flags.reload_one_in);
  Tally tally;
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    const bool ok = RunOne(seed, factory, flags, tally);
    ++(ok ? passed : failed);
    if (flags.verbose) {
      std::cout << "seed " << seed << (ok ? " ok, " : " FAILED, ") << tally.commands
                << " commands so far\n"
                << std::flush;
    }
  }
  std::cout << tally.Table();
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace strowger::model

int main(int argc, char** argv) {
  using namespace strowger::model;
  Arguments flags;
  CLI::App app("The router against its naive twin on random commands");
  app.add_option("--commands", flags.options.commands, "Commands a seed")->capture_default_str();
  app.add_option("--seeds", flags.seeds, "One seed, or A..B")->capture_default_str();
  app.add_option("--hash-every", flags.options.hash_every, "Compare whole states every K commands")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--reload-one-in", flags.reload_one_in,
                 "Replace the router by its checkpoint once in so many commands")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--tick-law", flags.tick_law, "Also insert ticks into so many commands a seed");
  app.add_option("--shrink-tries", flags.shrink_tries,
                 "Runs spent on making a failure short; 0: do not")
      ->capture_default_str();
  app.add_flag("--twin-only", flags.twin_only, "The twin against itself: invariants and counts");
  app.add_flag("--isolate", flags.isolate, "Survive a subject that ends the process");
  app.add_flag("!--no-witness", flags.options.witness, "Skip the checks that need no twin");
  app.add_flag("--verbose", flags.verbose, "A line a seed");
  CLI11_PARSE(app, argc, argv);
  void* shared =
      mmap(nullptr, sizeof(Where), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 2;
  where = new (shared) Where;
  std::signal(SIGABRT, OnAbort);
  return Run(flags);
}
