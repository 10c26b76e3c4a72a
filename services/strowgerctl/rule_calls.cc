#include "services/strowgerctl/rule_calls.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>

#include "services/strowgerctl/client/table.h"
#include "services/strowgerctl/client/terminal.h"

namespace strowger {

void PrintFinding(const std::string& file, const v1::Finding& finding, bool colour) {
  const bool error = finding.severity() == v1::SEVERITY_ERROR;
  std::cerr << file << ':' << finding.line() << ':' << finding.column() << ": "
            << ctl::Inked(error ? "error" : "warning", error ? ctl::Ink::kBad : ctl::Ink::kWarning,
                          colour)
            << ": " << finding.message() << '\n';
  if (!finding.excerpt().empty()) {
    std::cerr << finding.excerpt() << (finding.excerpt().back() == '\n' ? "" : "\n");
  }
  if (!finding.rule().empty()) std::cerr << "    in rule " << finding.rule() << '\n';
  if (!finding.suggestion().empty()) std::cerr << "    meant: " << finding.suggestion() << "?\n";
}

void PrintVersion(const v1::RuleSetVersion& version) {
  std::cout << version.rule_set() << " version " << version.version()
            << " is in force from sequence " << version.sequence() << ", hash " << version.hash()
            << '\n';
}

std::optional<std::string> ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in.good() && !in.eof()) {
    std::cerr << "strowgerctl: cannot read " << path << '\n';
    return std::nullopt;
  }
  return text.str();
}

void AddAudit(CLI::App& command, RulesOptions& options) {
  const char* user = std::getenv("USER");
  if (user != nullptr) options.author = user;
  CLI::Option* author =
      command.add_option("--author", options.author, "Who does this; default: $USER");
  author->type_name("NAME");
  if (options.author.empty()) author->required();
  command.add_option("--comment", options.comment, "Why")->required()->type_name("TEXT");
  command.add_option("--if-version", options.if_version, "Only if this version is in force")
      ->type_name("N");
}

void AddWaiting(CLI::App& command, RulesOptions& options) {
  command
      .add_option("--waiting", options.waiting,
                  "Contacts that wait: keep their plan, or replan: the new rules decide again")
      ->check(CLI::IsMember({"keep", "replan"}))
      ->capture_default_str();
}

std::shared_ptr<RulesOptions> AddCommand(CLI::App& rules, CommandToRun& chosen,
                                         const std::string& name, const std::string& what,
                                         const std::string& examples,
                                         int (*run)(const RulesOptions&)) {
  CLI::App* command = rules.add_subcommand(name, what);
  auto options = std::make_shared<RulesOptions>();
  ctl::AddClientOptions(*command, options->client);
  command->footer("Examples:\n" + examples + "\n" + ctl::kClientHelp);
  command->callback(
      [&chosen, options, run] { chosen.run = [options, run] { return run(*options); }; });
  return options;
}

bool ReadRuleSource(const std::string& text, v1::RuleSource& source) {
  if (text.empty()) return true;
  if (text == "candidate") {
    source.set_candidate(true);
    return true;
  }
  const bool number =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  if (number && text.size() < 19) {
    source.set_version(std::stoull(text));
    return true;
  }
  const std::optional<std::string> document = ReadText(text);
  if (document) source.set_text(*document);
  return document.has_value();
}

}  // namespace strowger
