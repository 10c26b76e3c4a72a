// strowgerctl completion: what a shell needs to complete commands and options, made from the parser
// itself, so that it knows whatever the tool knows.
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "services/strowgerctl/command.h"

namespace strowger {
namespace {

// One line for the command and each below it: ["rules apply"]="--share --shadow ..."
void PrintWords(CLI::App& command, const std::string& path) {
  std::string words;
  for (const CLI::App* below : command.get_subcommands({})) words += below->get_name() + " ";
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) words += "--" + name + " ";
  }
  if (!words.empty()) words.pop_back();
  std::cout << "    [\"strowgerctl" << path << "\"]=\"" << words << "\"\n";
  for (CLI::App* below : command.get_subcommands({})) {
    PrintWords(*below, path + " " + below->get_name());
  }
}

int PrintBash(CLI::App& app) {
  std::cout << "# bash completion of strowgerctl: source <(strowgerctl completion bash)\n"
               "_strowgerctl() {\n"
               "  local -A words=(\n";
  PrintWords(app, "");
  std::cout << "  )\n"
               "  local path=strowgerctl word\n"
               "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
               "    [[ -v words[\"$path $word\"] ]] && path=\"$path $word\"\n"
               "  done\n"
               "  mapfile -t COMPREPLY < <(compgen -W \"${words[$path]}\" -- "
               "\"${COMP_WORDS[COMP_CWORD]}\")\n"
               "}\n"
               "# Where nothing fits, names of files.\n"
               "complete -o default -F _strowgerctl strowgerctl\n";
  return kExitOk;
}

}  // namespace

void RegisterCompletion(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command = app.add_subcommand("completion", "What a shell needs to complete commands");
  command->require_subcommand(1);
  CLI::App* bash = command->add_subcommand("bash", "For bash");
  bash->footer(
      "Examples:\n  source <(strowgerctl completion bash)\n"
      "  strowgerctl completion bash > /etc/bash_completion.d/strowgerctl");
  bash->callback([&app, &chosen] { chosen.run = [&app] { return PrintBash(app); }; });
}

}  // namespace strowger
