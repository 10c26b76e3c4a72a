// What the commands about the rules of a running service share.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <CLI/App.hpp>

#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/command.h"
#include "strowger/v1/rules.grpc.pb.h"

namespace strowger {

struct RulesOptions {
  ctl::ClientOptions client;
  std::string file;
  std::optional<std::uint64_t> version;     // get: which; rollback: to which
  std::optional<std::uint64_t> if_version;  // only if this one is in force
  bool shadow = false;
  std::string share;             // "5%"
  std::string waiting = "keep";  // or replan
  bool effective = false;
  bool candidate = false;
  // Of a diff and a simulation: a file, a version or "candidate"; empty: the one in force.
  std::string from;
  std::string to;
  std::string since;  // of a simulation
  std::string until;
  std::string flag;
  std::string position;  // "on" or "off"; empty: show them
  std::string author;
  std::string comment;
};

void PrintFinding(const std::string& file, const v1::Finding& finding, bool colour);
void PrintVersion(const v1::RuleSetVersion& version);
// Nothing, and a message, when it cannot be read.
std::optional<std::string> ReadText(const std::string& path);

// Where the service's clock is virtual the request needs a time; false where it could not be had.
template <typename Request>
bool AddTime(const std::shared_ptr<grpc::Channel>& channel, const ctl::ClientOptions& options,
             Request& request, int& code) {
  std::int64_t ns = 0;
  const grpc::Status status = ctl::TimeForCommands(channel, options.domain, &ns);
  if (!status.ok()) {
    code = ctl::ReportFailure(status, options);
    return false;
  }
  if (ns != 0) ctl::SetTimestamp(ns, request.mutable_at());
  return true;
}

// A number is a version, "candidate" the candidate, anything else a file; empty: nothing. False,
// and a message, when it cannot be read.
bool ReadRuleSource(const std::string& text, v1::RuleSource& source);

// The options of what changes rules: both are kept with the version.
void AddAudit(CLI::App& command, RulesOptions& options);
// What becomes of the contacts that wait.
void AddWaiting(CLI::App& command, RulesOptions& options);

std::shared_ptr<RulesOptions> AddCommand(CLI::App& rules, CommandToRun& chosen,
                                         const std::string& name, const std::string& what,
                                         const std::string& examples,
                                         int (*run)(const RulesOptions&));

}  // namespace strowger
