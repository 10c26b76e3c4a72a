#include "services/rules/scenario_action.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "routing-core/rules/compiler.h"
#include "routing-core/rules/plan_reader.h"
#include "routing-core/rules/reader.h"
#include "services/rules/scenario_agent.h"
#include "services/rules/scenario_values.h"

namespace strowger::rules {
namespace {

constexpr std::int64_t kMostCounted = std::numeric_limits<std::int64_t>::max();

using Keys = absl::Span<const std::string_view>;
using Reader = Action (*)(const Node&, const ActionScope&, Report&);

// `complete: c1` is short for `complete: {contact: c1}`.
Node Spelt(const Node& node, std::string_view key) {
  if (!node.is_scalar()) return node;
  Node name = node;
  name.scalar = key;
  Node mapping;
  mapping.kind = Node::Kind::kMapping;
  mapping.at = node.at;
  mapping.entries.emplace_back(std::move(name), node);
  return mapping;
}

std::string OptionalText(const Fields& fields, std::string_view key) {
  const Node* value = fields.Find(key);
  return value == nullptr ? "" : ReadString(*value, fields.report()).value_or("");
}

bool Flag(const Fields& fields, std::string_view key) {
  const Node* value = fields.Find(key);
  return value != nullptr && ReadBool(*value, fields.report()).value_or(false);
}

std::optional<std::uint64_t> Count(const Fields& fields, std::string_view key, std::int64_t least) {
  const Node* value = fields.Find(key);
  if (value == nullptr) return std::nullopt;
  const auto count = ReadInteger(*value, least, kMostCounted, fields.report());
  return count ? std::optional(static_cast<std::uint64_t>(*count)) : std::nullopt;
}

routing::CommandBody Withdrawal(const Node& node, bool by_customer, Report& report) {
  constexpr std::string_view kKeys[] = {"contact", "command_id"};
  const Node spelt = Spelt(node, "contact");
  const Fields fields(spelt, kKeys, report);
  return routing::CancelContact{ReadRequired(fields, "contact"), by_customer};
}

// {contact, agent, offer} of an answer to an offer.
template <typename Answer>
routing::CommandBody ReadAnswer(const Node& node, Report& report) {
  constexpr std::string_view kKeys[] = {"contact", "agent", "offer", "command_id"};
  const Fields fields(node, kKeys, report);
  Answer answer;
  answer.contact = ReadRequired(fields, "contact");
  answer.agent = ReadRequired(fields, "agent");
  answer.offer = Count(fields, "offer", 1).value_or(0);
  return answer;
}

std::vector<routing::AgentUpdate> ReadAgents(const Node& list, const ActionScope& scope,
                                             Report& report) {
  std::vector<routing::AgentUpdate> agents;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    Report::Step step(report, i);
    agents.push_back(ReadAgent(list.items[i], VocabularyOf(*scope.contact.rule_set), report));
  }
  return agents;
}

// One command, whether it is about one agent or about several.
Action ReadUpsert(const Node& node, const ActionScope& scope, Report& report) {
  routing::UpsertAgents upsert;
  if (node.is_sequence()) {
    upsert.agents = ReadAgents(node, scope, report);
  } else {
    upsert.agents.push_back(ReadAgent(node, VocabularyOf(*scope.contact.rule_set), report));
  }
  return routing::CommandBody(std::move(upsert));
}

Action ReadSync(const Node& node, const ActionScope& scope, Report& report) {
  if (!node.is_sequence()) report.Error(node, "a list of agents is wanted");
  return routing::CommandBody(routing::SyncAgents{ReadAgents(node, scope, report)});
}

// Time since the entry before was an outage.
Action ReadRestart(const Node& node, const ActionScope&, Report& report) {
  constexpr std::string_view kKeys[] = {"grace", "command_id"};
  routing::Restarted restarted;
  if (node.kind == Node::Kind::kNull) return routing::CommandBody(restarted);
  const Fields fields(node, kKeys, report);
  if (const Node* grace = fields.Find("grace")) {
    restarted.grace = ReadDuration(*grace, report).value_or(restarted.grace);
  }
  return routing::CommandBody(restarted);
}

// With `force` only the state is set, since that is all that can be forced.
Action ReadAgentAction(const Node& node, const ActionScope& scope, Report& report) {
  constexpr std::string_view kForcedKeys[] = {"id",    "state",   "reason",    "force",
                                              "lease", "pending", "command_id"};
  if (node.Find("force") == nullptr) return ReadUpsert(node, scope, report);
  const Fields fields(node, kForcedKeys, report);
  const auto agent = ReadAgent(node, VocabularyOf(*scope.contact.rule_set), report);
  if (!agent.state.has_value()) report.Error(node, "'force' needs a state");
  return routing::CommandBody(
      routing::SetAgentState{agent.agent, agent.state.value_or(routing::AgentState::kReady),
                             agent.reason, Flag(fields, "force"), agent.pending, agent.lease});
}

Action ReadRemoveAgent(const Node& node, const ActionScope&, Report& report) {
  constexpr std::string_view kKeys[] = {"id", "agent", "force", "command_id"};
  const Node spelt = Spelt(node, "agent");
  const Fields fields(spelt, kKeys, report);
  return routing::CommandBody(routing::RemoveAgent{
      ReadRequired(fields, fields.Has("id") ? "id" : "agent"), Flag(fields, "force")});
}

Action ReadComplete(const Node& node, const ActionScope&, Report& report) {
  constexpr std::string_view kKeys[] = {"contact", "agent", "command_id"};
  const Node spelt = Spelt(node, "contact");
  const Fields fields(spelt, kKeys, report);
  return routing::CommandBody(
      routing::CompleteContact{ReadRequired(fields, "contact"), OptionalText(fields, "agent")});
}

Action ReadFinishWrapUp(const Node& node, const ActionScope&, Report& report) {
  constexpr std::string_view kKeys[] = {"agent", "contact", "command_id"};
  const Node spelt = Spelt(node, "agent");
  const Fields fields(spelt, kKeys, report);
  return routing::CommandBody(
      routing::FinishWrapUp{ReadRequired(fields, "agent"), OptionalText(fields, "contact")});
}

Action ReadRenew(const Node& node, const ActionScope&, Report& report) {
  constexpr std::string_view kKeys[] = {"agent", "contact", "command_id"};
  const Node spelt = Spelt(node, "agent");
  const Fields fields(spelt, kKeys, report);
  routing::RenewLease renew{OptionalText(fields, "agent"), OptionalText(fields, "contact")};
  if (fields.ok() && renew.agent.empty() && renew.contact.empty()) {
    report.Error(node, "an agent or a contact is wanted", "{agent: ann}");
  }
  return routing::CommandBody(std::move(renew));
}

bool ReadWaiting(const Fields& fields) {
  constexpr std::string_view kWords[] = {"keep", "replan"};
  const Node* waiting = fields.Find("waiting");
  return waiting != nullptr && ReadWord(*waiting, kWords, fields.report()) == std::size_t{1};
}

Action ReadActivate(const Node& node, const ActionScope& scope, Report& report) {
  constexpr std::string_view kKeys[] = {"rules", "waiting", "if_version", "command_id"};
  const Fields fields(node, kKeys, report);
  Activate activate;
  activate.replan = ReadWaiting(fields);
  activate.if_version = Count(fields, "if_version", 0);
  if (const Node* rules = fields.Find("rules")) {
    activate.rules = scope.rules(*rules);
  } else if (fields.ok()) {
    report.Error(node, "'rules' is missing");
  }
  return activate;
}

Action ReadRollback(const Node& node, const ActionScope&, Report& report) {
  constexpr std::string_view kKeys[] = {"to", "waiting", "command_id"};
  const Fields fields(node, kKeys, report);
  const auto to = Count(fields, "to", 1);
  if (!to.has_value() && fields.ok()) report.Error(node, "'to' names the version");
  return Rollback{to.value_or(1), ReadWaiting(fields)};
}

// {contact, agent} of what is done to a handling.
template <typename Command>
Action ReadOfHandling(const Node& node, const ActionScope&, Report& report) {
  constexpr std::string_view kKeys[] = {"contact", "agent", "command_id"};
  const Node spelt = Spelt(node, "contact");
  const Fields fields(spelt, kKeys, report);
  return routing::CommandBody(
      Command{ReadRequired(fields, "contact"), OptionalText(fields, "agent")});
}

Action ReadAssign(const Node& node, const ActionScope&, Report& report) {
  constexpr std::string_view kKeys[] = {"contact", "agent", "command_id"};
  const Fields fields(node, kKeys, report);
  return routing::CommandBody(
      routing::AssignContact{ReadRequired(fields, "contact"), ReadRequired(fields, "agent")});
}

Action ReadTransfer(const Node& node, const ActionScope& scope, Report& report) {
  constexpr std::string_view kKeys[] = {"contact", "to",       "require",
                                        "who",     "priority", "command_id"};
  constexpr std::string_view kTargets[] = {"queue", "agent"};
  const Fields fields(node, kKeys, report);
  routing::TransferContact transfer;
  transfer.contact = ReadRequired(fields, "contact");
  if (const Node* to = fields.Find("to")) {
    Report::Step step(report, "to");
    const Fields target(*to, kTargets, report);
    transfer.queue = OptionalText(target, "queue");
    transfer.agent = OptionalText(target, "agent");
  }
  transfer.requirement = ReadRequirement(node, *ContextOf(*scope.contact.rule_set), report);
  if (const Node* priority = fields.Find("priority")) {
    Report::Step step(report, "priority");
    transfer.priority = ReadPriorityChange(*priority, report);
  }
  return routing::CommandBody(std::move(transfer));
}

template <bool open>
Action ReadSetOpen(const Node& node, const ActionScope&, Report& report) {
  constexpr std::string_view kKeys[] = {"queue", "command_id"};
  const Node spelt = Spelt(node, "queue");
  const Fields fields(spelt, kKeys, report);
  return routing::CommandBody(routing::SetQueueOpen{ReadRequired(fields, "queue"), open});
}

Action ReadMove(const Node& node, const ActionScope&, Report& report) {
  constexpr std::string_view kKeys[] = {"from", "to", "command_id"};
  const Fields fields(node, kKeys, report);
  return routing::CommandBody(
      routing::MoveContacts{ReadRequired(fields, "from"), ReadRequired(fields, "to")});
}

// {emergency: true}
Action ReadSetFlag(const Node& node, const ActionScope&, Report& report) {
  routing::SetFlag flag;
  if (!node.is_mapping() || node.entries.size() != 1) {
    report.Error(node, "expected one flag, such as {emergency: true}");
    return routing::CommandBody(flag);
  }
  const auto& [name, value] = node.entries.front();
  flag.flag = name.scalar;
  const Report::Step step(report, name.scalar);
  flag.on = ReadBool(value, report).value_or(false);
  return routing::CommandBody(std::move(flag));
}

Action ReadCandidate(const Node& node, const ActionScope& scope, Report& report) {
  constexpr std::string_view kKeys[] = {"rules", "share", "command_id"};
  constexpr std::int64_t kWhole = 1'000'000;
  const Fields fields(node, kKeys, report);
  Try trial;
  if (const Node* rules = fields.Find("rules")) {
    trial.rules = scope.rules(*rules);
  } else if (fields.ok()) {
    report.Error(node, "'rules' is missing");
  }
  if (const Node* share = fields.Find("share")) {
    trial.share = ReadMillionths(*share, 0, kWhole, report).value_or(0);
  }
  return trial;
}

struct Verb {
  std::string_view name;
  Reader read;
};

constexpr Verb kVerbs[] = {
    {"submit",
     [](const Node& node, const ActionScope& scope, Report& report) -> Action {
       return routing::CommandBody(ReadSubmit(node, scope.contact, true, report));
     }},
    {"predict",
     [](const Node& node, const ActionScope& scope, Report& report) -> Action {
       Foresee asked{ReadSubmit(node, scope.contact, false, report)};
       if (asked.contact.contact.empty()) asked.contact.contact.push_back('?');
       return asked;
     }},
    {"update",
     [](const Node& node, const ActionScope& scope, Report& report) -> Action {
       return routing::CommandBody(ReadUpdate(node, scope.contact, report));
     }},
    {"cancel",
     [](const Node& node, const ActionScope&, Report& report) -> Action {
       return Withdrawal(node, false, report);
     }},
    {"abandon",
     [](const Node& node, const ActionScope&, Report& report) -> Action {
       return Withdrawal(node, true, report);
     }},
    {"agent", ReadAgentAction},
    {"sync_agents", ReadSync},
    {"remove_agent", ReadRemoveAgent},
    {"accept",
     [](const Node& node, const ActionScope&, Report& report) -> Action {
       return ReadAnswer<routing::AcceptOffer>(node, report);
     }},
    {"decline",
     [](const Node& node, const ActionScope&, Report& report) -> Action {
       return ReadAnswer<routing::DeclineOffer>(node, report);
     }},
    {"complete", ReadComplete},
    {"finish_wrap_up", ReadFinishWrapUp},
    {"renew", ReadRenew},
    {"activate", ReadActivate},
    {"rollback", ReadRollback},
    {"restart", ReadRestart},
    {"set_flag", ReadSetFlag},
    {"candidate", ReadCandidate},
    {"promote", [](const Node&, const ActionScope&, Report&) -> Action { return Promote{}; }},
    {"discard",
     [](const Node&, const ActionScope&, Report&) -> Action {
       return routing::CommandBody(routing::SetCandidate{});
     }},
    {"transfer", ReadTransfer},
    {"assign", ReadAssign},
    {"hold", ReadOfHandling<routing::HoldContact>},
    {"resume", ReadOfHandling<routing::ResumeContact>},
    {"close_queue", ReadSetOpen<false>},
    {"open_queue", ReadSetOpen<true>},
    {"move", ReadMove},
};

const Verb* FindVerb(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kVerbs), std::end(kVerbs),
                                         [name](const Verb& verb) { return verb.name == name; });
  return found == std::end(kVerbs) ? nullptr : found;
}

}  // namespace

bool IsAction(std::string_view key) { return FindVerb(key) != nullptr; }

absl::Span<const std::string_view> EntryKeys() {
  static const auto* const keys = [] {
    auto* all =
        new std::vector<std::string_view>{"at", "advance", "command_id", "expect", "only", "check"};
    for (const Verb& verb : kVerbs) all->push_back(verb.name);
    return all;
  }();
  return *keys;
}

Action ReadAction(const std::string& verb, const Node& node, const ActionScope& scope,
                  Report& report) {
  return FindVerb(verb)->read(node, scope, report);
}

}  // namespace strowger::rules
