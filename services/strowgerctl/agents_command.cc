// strowgerctl agents: who is there, and what they have in hand.
#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/names.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/command.h"
#include "strowger/v1/agents.grpc.pb.h"

namespace strowger {
namespace {

struct AgentsOptions {
  ctl::ClientOptions client;
  std::vector<std::string> states;
  std::vector<std::string> teams;
  std::vector<std::string> skills;
  bool watch = false;
};

v1::ListAgentsRequest RequestOf(const AgentsOptions& options) {
  v1::ListAgentsRequest request;
  request.set_domain(options.client.domain);
  request.set_page_size(1000);
  for (const std::string& state : options.states) {
    request.add_states(state == "ready"       ? v1::AGENT_STATE_READY
                       : state == "not_ready" ? v1::AGENT_STATE_NOT_READY
                                              : v1::AGENT_STATE_OFFLINE);
  }
  for (const std::string& team : options.teams) request.add_teams(team);
  for (const std::string& skill : options.skills) {
    v1::SkillRequirement* needed = request.add_skills();
    needed->set_skill(skill);
    needed->set_min_proficiency(1);
  }
  return request;
}

ctl::Ink InkOf(v1::AgentState state) {
  if (state == v1::AGENT_STATE_READY) return ctl::Ink::kGood;
  return state == v1::AGENT_STATE_NOT_READY ? ctl::Ink::kWarning : ctl::Ink::kFaint;
}

std::string HoldsText(const v1::AgentStatus& status) {
  std::vector<std::string> parts;
  for (const v1::Hold& hold : status.holds()) {
    parts.push_back(absl::StrCat(hold.contact_id(), " (", ctl::NameOf(hold.kind()), ")"));
  }
  return absl::StrJoin(parts, ", ");
}

std::string SkillsText(const v1::Agent& agent) {
  std::vector<std::string> parts;
  for (const v1::Skill& skill : agent.skills().skills()) {
    parts.push_back(absl::StrCat(skill.skill(), " ", skill.proficiency()));
  }
  return absl::StrJoin(parts, ", ");
}

void AddAgent(const v1::AgentStatus& status, ctl::Table& table) {
  const v1::Agent& agent = status.agent();
  const std::string state =
      agent.reason().empty() ? ctl::NameOf(agent.state())
                             : absl::StrCat(ctl::NameOf(agent.state()), " (", agent.reason(), ")");
  table.AddRow({agent.id(),
                {state, InkOf(agent.state())},
                ctl::TimeText(ctl::NsOf(status.state_since())),
                agent.team(),
                SkillsText(agent),
                ctl::CountText(status.handled()),
                HoldsText(status)});
}

grpc::Status ListAll(const AgentsOptions& options, v1::ListAgentsResponse& all) {
  const auto stub = v1::AgentService::NewStub(ctl::Connect(options.client));
  v1::ListAgentsRequest request = RequestOf(options);
  do {
    grpc::ClientContext context;
    ctl::SetCallDeadline(context);
    v1::ListAgentsResponse page;
    if (grpc::Status status = stub->ListAgents(&context, request, &page); !status.ok()) {
      return status;
    }
    request.set_page_token(page.next_page_token());
    all.MergeFrom(page);
  } while (!request.page_token().empty());
  all.clear_next_page_token();
  return grpc::Status::OK;
}

std::string AgentsText(const v1::ListAgentsResponse& all) {
  ctl::Table table({{"AGENT"},
                    {"STATE"},
                    {"SINCE", ctl::Align::kLeft, 3},
                    {"TEAM", ctl::Align::kLeft, 4},
                    {"SKILLS", ctl::Align::kLeft, 1},
                    {"HANDLED", ctl::Align::kRight, 2},
                    {"IN HAND"}});
  for (const v1::AgentStatus& status : all.agents()) AddAgent(status, table);
  return table.Render(ctl::HasColour(STDOUT_FILENO), ctl::TerminalWidth(STDOUT_FILENO));
}

int WatchAgents(const AgentsOptions& options) {
  grpc::Status status;
  ctl::KeepShowing([&]() -> std::optional<std::string> {
    v1::ListAgentsResponse all;
    status = ListAll(options, all);
    if (!status.ok()) return std::nullopt;
    return AgentsText(all);
  });
  return status.ok() ? kExitOk : ctl::ReportFailure(status, options.client);
}

int RunAgents(const AgentsOptions& options) {
  if (options.watch) return WatchAgents(options);
  v1::ListAgentsResponse all;
  const grpc::Status status = ListAll(options, all);
  if (!status.ok()) return ctl::ReportFailure(status, options.client);
  if (options.client.json) {
    ctl::PrintJson(all);
  } else {
    std::cout << AgentsText(all);
  }
  return kExitOk;
}

}  // namespace

void RegisterAgents(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command =
      app.add_subcommand("agents", "Agents, their state and what they have in hand");
  const auto options = std::make_shared<AgentsOptions>();
  ctl::AddClientOptions(*command, options->client);
  command->add_option("--state", options->states, "Only agents in one of these states")
      ->check(CLI::IsMember({"ready", "not_ready", "offline"}))
      ->type_name("STATE");
  command->add_option("--team", options->teams, "Only agents in one of these teams")
      ->type_name("NAME");
  command->add_option("--skill", options->skills, "Only agents with all of these skills")
      ->type_name("NAME");
  command->add_flag("--watch", options->watch, "Once a second, until Ctrl-C");
  command->footer(std::string("Examples:\n"
                              "  strowgerctl agents\n"
                              "  strowgerctl agents --state ready --skill billing\n\n") +
                  ctl::kClientHelp);
  command->callback([&chosen, options] { chosen.run = [options] { return RunAgents(*options); }; });
}

}  // namespace strowger
