// How the commands of strowgerctl hang together: each has a file of its own with a function that
// adds it to the parser; what it is to do runs after parsing.
#pragma once

#include <functional>

#include <CLI/App.hpp>

namespace strowger {

// Exit codes of every command; a command's help says what they mean for it.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;    // it ran, and the answer is no
inline constexpr int kExitUnusable = 2;  // it could not run: bad arguments or files

// The command that the command line names. Run answers the exit code.
struct CommandToRun {
  std::function<int()> run;
};

// Each adds one command (RegisterTest to the tool and, as `rules test`, to `rules`), with
// `chosen.run` set when the command line names it. `app` and `chosen` live until the program ends.
void RegisterTest(CLI::App& app, CommandToRun& chosen);
void RegisterRules(CLI::App& app, CommandToRun& chosen);
void RegisterCelConformance(CLI::App& app, CommandToRun& chosen);

// For the service's file of identities.
void RegisterToken(CLI::App& app, CommandToRun& chosen);

// Of a running service.
void RegisterStatus(CLI::App& app, CommandToRun& chosen);
void RegisterDrain(CLI::App& app, CommandToRun& chosen);
void RegisterAgents(CLI::App& app, CommandToRun& chosen);
void RegisterQueues(CLI::App& app, CommandToRun& chosen);
void RegisterContacts(CLI::App& app, CommandToRun& chosen);
void RegisterReport(CLI::App& app, CommandToRun& chosen);
// Makes the command `contacts` list them.
void RegisterContactList(CLI::App& contacts, CommandToRun& chosen);
void RegisterEvents(CLI::App& app, CommandToRun& chosen);
void RegisterExplain(CLI::App& app, CommandToRun& chosen);
void RegisterPredict(CLI::App& app, CommandToRun& chosen);
// Adds to the command `rules`, which must be there.
void RegisterRuleVersions(CLI::App& app, CommandToRun& chosen);
void RegisterRuleTrials(CLI::App& app, CommandToRun& chosen);
void RegisterSimulate(CLI::App& app, CommandToRun& chosen);

// Traffic for one.
void RegisterReplay(CLI::App& app, CommandToRun& chosen);
void RegisterDay(CLI::App& app, CommandToRun& chosen);
void RegisterDemo(CLI::App& app, CommandToRun& chosen);
void RegisterLoad(CLI::App& app, CommandToRun& chosen);

// Knows all commands that are there when it runs.
void RegisterCompletion(CLI::App& app, CommandToRun& chosen);

}  // namespace strowger
