// The commands about what a service keeps: its checkpoints, its journal.
#pragma once

#include "services/strowgerctl/command.h"

namespace strowger {

// Asks a running service.
void RegisterCheckpoint(CLI::App& app, CommandToRun& chosen);
void RegisterBackup(CLI::App& app, CommandToRun& chosen);
void RegisterErase(CLI::App& app, CommandToRun& chosen);
// Makes a data folder.
void RegisterRestore(CLI::App& app, CommandToRun& chosen);
// Looks into a data folder.
void RegisterJournal(CLI::App& app, CommandToRun& chosen);

}  // namespace strowger
