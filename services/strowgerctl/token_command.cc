// token: who may call, without a service.
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "services/access/identities.h"
#include "services/access/token.h"
#include "services/strowgerctl/command.h"

namespace strowger {
namespace {

struct TokenOptions {
  std::string name;
  std::string role;
  std::vector<std::string> domains;
};

int RunNew(const TokenOptions& options) {
  const std::optional<std::string> token = access::NewToken();
  if (!token) {
    std::cerr << "strowgerctl: the system gives no random bytes\n";
    return kExitUnusable;
  }
  access::Identity identity;
  identity.name = options.name;
  identity.role = *access::RoleOf(options.role);
  identity.domains = options.domains;
  identity.token = access::HashOf(*token);
  const std::string line = access::LineOf(identity);
  // What a name or domain holds must not break the line that it stands in.
  const auto parsed = access::Identities::Parse(line, "line");
  if (!parsed.ok() || (*parsed)->all() != std::vector<access::Identity>{identity}) {
    std::cerr << "strowgerctl: the name and the domains must be plain text of up to 128 bytes\n";
    return kExitUnusable;
  }
  std::cout << line << '\n';
  std::cerr << "The line above is for the file that access.identities names. The token, shown this "
               "once:\n"
            << *token << '\n';
  return kExitOk;
}

}  // namespace

void RegisterToken(CLI::App& app, CommandToRun& chosen) {
  CLI::App* token = app.add_subcommand("token", "Tokens by which callers are known");
  token->require_subcommand(1);
  CLI::App* command = token->add_subcommand("new", "Make a token for somebody");
  const auto options = std::make_shared<TokenOptions>();
  command->add_option("name", options->name, "Who will have it; for the audit trail")
      ->required()
      ->type_name("NAME");
  command->add_option("--role", options->role, "What it is for")
      ->required()
      ->check(CLI::IsMember({"platform", "operator", "supervisor", "read-only", "auditor"}))
      ->type_name("ROLE");
  command
      ->add_option("--domain", options->domains, "A domain it is for, or '*' for all; repeatable")
      ->required()
      ->type_name("NAME");
  command->footer(
      R"(The line for the file of identities goes to standard output, the token to standard error. The
service keeps a SHA-256 hash of the token's 256 random bits; a lost token is replaced, not found.

Examples:
  strowgerctl token new anna --role operator --domain '*' >>/etc/strowger/identities.yaml
  strowgerctl token new pbx --role platform --domain default >>/etc/strowger/identities.yaml

Exit code: 0 done, 2 the arguments are wrong.)");
  command->callback([&chosen, options] { chosen.run = [options] { return RunNew(*options); }; });
}

}  // namespace strowger
