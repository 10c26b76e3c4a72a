// strowgerctl: the operator's tool.
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "routing-core/cel/finding.h"
#include "services/strowgerctl/command.h"
#include "services/strowgerctl/data_commands.h"

namespace {

constexpr char kHelp[] = R"(Examples:
  strowgerctl rules check retail.yaml  is this rule document good?
  strowgerctl test tests/scenarios     do the rules do what their tests say?
  strowgerctl queues --watch           what is waiting, and for how long?
  strowgerctl report                   what has happened today?
  strowgerctl replay calls.csv.gz      how would recorded calls have fared?
  strowgerctl load --rate 5000         how soon does the service answer?

Each command has examples of its own: strowgerctl COMMAND --help)";

// A word in the place of a command that is none: says so and names the nearest. The parser alone
// would only say that a command is missing.
bool ComplainOfUnknownCommand(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return false;
  const std::string word = argv[1];
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  const auto nearest = strowger::cel::NearestName(word, names);
  for (const std::string& name : names) {
    if (name == word) return false;
  }
  std::cerr << "strowgerctl: there is no command '" << word << "'";
  if (!nearest.empty()) std::cerr << "; did you mean '" << nearest << "'?";
  std::cerr << "\nstrowgerctl --help lists them\n";
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("strowgerctl works with the rules and the service of Strowger, the contact router");
  app.name("strowgerctl");
  app.set_version_flag("--version", "strowgerctl " STROWGER_VERSION);
  app.require_subcommand(1);
  app.footer(kHelp);

  strowger::CommandToRun chosen;
  strowger::RegisterTest(app, chosen);
  strowger::RegisterRules(app, chosen);
  strowger::RegisterRuleVersions(app, chosen);
  strowger::RegisterRuleTrials(app, chosen);
  strowger::RegisterSimulate(app, chosen);
  strowger::RegisterToken(app, chosen);
  strowger::RegisterStatus(app, chosen);
  strowger::RegisterQueues(app, chosen);
  strowger::RegisterAgents(app, chosen);
  strowger::RegisterContacts(app, chosen);
  strowger::RegisterReport(app, chosen);
  strowger::RegisterEvents(app, chosen);
  strowger::RegisterExplain(app, chosen);
  strowger::RegisterPredict(app, chosen);
  strowger::RegisterCheckpoint(app, chosen);
  strowger::RegisterBackup(app, chosen);
  strowger::RegisterRestore(app, chosen);
  strowger::RegisterErase(app, chosen);
  strowger::RegisterDrain(app, chosen);
  strowger::RegisterJournal(app, chosen);
  strowger::RegisterReplay(app, chosen);
  strowger::RegisterDay(app, chosen);
  strowger::RegisterDemo(app, chosen);
  strowger::RegisterLoad(app, chosen);
  strowger::RegisterCelConformance(app, chosen);
  strowger::RegisterCompletion(app, chosen);

  // A group of commands has the tool's examples from its parent, which are not about it.
  for (CLI::App* group : app.get_subcommands({})) {
    if (group->get_footer() != kHelp) continue;
    group->footer("Each has an example of its own: strowgerctl " + group->get_name() +
                  " COMMAND --help");
  }

  if (ComplainOfUnknownCommand(app, argc, argv)) return strowger::kExitUnusable;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? strowger::kExitOk : strowger::kExitUnusable;
  }
  return chosen.run();
}
