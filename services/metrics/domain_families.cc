#include "services/metrics/domain_families.h"

#include <array>

#include "routing/event.h"
#include "routing/outcome.h"
#include "services/journal/journal.h"

namespace strowger::metrics {
namespace {

using routing::EventType;
using runtime::Figures;

constexpr Definition kCommands{
    "strowger_commands_total", kCounter,
    "Commands sequenced and applied, by command and outcome. A series appears with its first."};
constexpr Definition kRepeats{"strowger_repeated_commands_total", kCounter,
                              "Commands answered from memory because their id was seen before."};
constexpr Definition kRefused{"strowger_refused_requests_total", kCounter,
                              "Requests refused unsequenced: mailbox full, draining, no room in "
                              "the journal, or their deadline "
                              "past before their turn."};
constexpr Definition kEvents{"strowger_events_total", kCounter, "Events, by type."};
constexpr Definition kOffers{"strowger_offers_total", kCounter,
                             "Offers made, and what became of them."};
constexpr Definition kLeaseLapses{"strowger_lease_lapses_total", kCounter,
                                  "Leases that were not renewed in time, of agents and handlings."};
constexpr Definition kContacts{"strowger_contacts", kGauge, "Live contacts, by state."};
constexpr Definition kAgents{"strowger_agents", kGauge, "Agents, by state."};
constexpr Definition kDeadlines{"strowger_deadlines", kGauge, "Deadlines set and not yet fired."};
constexpr Definition kRuleErrors{"strowger_rule_errors_total", kCounter,
                                 "Conditions of rules that ended in a run-time error."};
constexpr Definition kRuleSetVersion{"strowger_rule_set_version", kGauge,
                                     "Version of the rule set in force."};
constexpr Definition kSequence{"strowger_sequence", kGauge,
                               "Sequence of the last command applied."};
constexpr Definition kDurableSequence{"strowger_durable_sequence", kGauge,
                                      "Highest sequence known to be on stable storage."};
constexpr Definition kJournalLag{"strowger_journal_lag", kGauge,
                                 "Commands applied and not yet durable."};
constexpr Definition kJournalMode{"strowger_journal_mode_info", kGauge,
                                  "What replies wait for: sync, interval or none. Always 1."};
constexpr Definition kTime{"strowger_domain_time_seconds", kGauge,
                           "Stamp of the last command applied, in seconds since the epoch."};
constexpr Definition kDepth{"strowger_mailbox_depth", kGauge,
                            "Requests taken in and not answered."};
constexpr Definition kCapacity{"strowger_mailbox_capacity", kGauge,
                               "Requests that may be inside at once; beyond, they are refused."};
constexpr Definition kBatches{"strowger_batches_total", kCounter, "Batches run by the writer."};
constexpr Definition kHandedOn{"strowger_writer_hand_ons_total", kCounter,
                               "Times that a caller's thread passed a busy domain to its worker."};
constexpr Definition kDecisionLatency{
    "strowger_decision_latency_seconds", kHistogram,
    "From a command's batch being drained to the events of that batch being there."};
constexpr Definition kReplyLatency{"strowger_reply_latency_seconds", kHistogram,
                                   "From a command being received to its reply being released."};
constexpr Definition kJournalLatency{
    "strowger_journal_latency_seconds", kHistogram,
    "From a batch being drained to its being durable; without a gate, to its being applied."};

void AddCommands(std::string_view domain, const Figures& figures, Families& families) {
  for (std::size_t kind = 0; kind < runtime::kCommandKinds; ++kind) {
    for (std::size_t outcome = 0; outcome < routing::kOutcomeCount; ++outcome) {
      const std::uint64_t count = figures.commands[kind][outcome].Get();
      if (count == 0 && outcome != 0) continue;
      families.Add(kCommands,
                   {{"domain", domain},
                    {"command", runtime::CommandKindName(kind)},
                    {"outcome", Name(static_cast<routing::Outcome>(outcome))}},
                   count);
    }
  }
  families.Add(kRepeats, {{"domain", domain}}, figures.repeats.Get());
  const auto refused = [&](std::string_view reason, std::uint64_t count) {
    families.Add(kRefused, {{"domain", domain}, {"reason", reason}}, count);
  };
  refused("full", figures.refused_full.load(std::memory_order_relaxed));
  refused("draining", figures.refused_closed.load(std::memory_order_relaxed));
  refused("journal", figures.shed_by_journal.Get());
  refused("late", figures.shed_late.Get());
}

void AddEvents(std::string_view domain, const Figures& figures, Families& families) {
  const auto count = [&](EventType type) {
    return figures.events[static_cast<std::size_t>(type)].Get();
  };
  for (int type = 1; type < routing::kEventTypeCount; ++type) {
    const auto event = static_cast<EventType>(type);
    families.Add(kEvents, {{"domain", domain}, {"event", Name(event)}}, count(event));
  }
  const auto offers = [&](std::string_view outcome, EventType type) {
    families.Add(kOffers, {{"domain", domain}, {"outcome", outcome}}, count(type));
  };
  offers("made", EventType::kOffered);
  offers("accepted", EventType::kAssigned);
  offers("declined", EventType::kDeclined);
  offers("expired", EventType::kExpired);
  offers("rescinded", EventType::kRescinded);
  families.Add(kLeaseLapses, {{"domain", domain}, {"lease", "agent"}},
               figures.agent_lease_lapses.Get());
  families.Add(kLeaseLapses, {{"domain", domain}, {"lease", "handling"}},
               figures.handling_lease_lapses.Get());
}

void AddState(std::string_view domain, const Figures& figures, Families& families) {
  const auto contacts = [&](std::string_view state, const runtime::Gauge& count) {
    families.Add(kContacts, {{"domain", domain}, {"state", state}}, count.Get());
  };
  contacts("queued", figures.contacts_queued);
  contacts("offered", figures.contacts_offered);
  contacts("handling", figures.contacts_handling);
  for (std::size_t state = 0; state < figures.agents.size(); ++state) {
    families.Add(kAgents,
                 {{"domain", domain}, {"state", Name(static_cast<routing::AgentState>(state))}},
                 figures.agents[state].Get());
  }
  const Labels labels = {{"domain", domain}};
  families.Add(kDeadlines, labels, figures.deadlines.Get());
  families.Add(kRuleErrors, labels, figures.rule_errors.Get());
  families.Add(kRuleSetVersion, labels, figures.rule_set_version.Get());
  families.Add(kTime, labels, Seconds(figures.time.Get()));
}

void AddPipeline(std::string_view domain, const runtime::DomainExecutor& executor,
                 Families& families) {
  const Figures& figures = executor.figures();
  const Labels labels = {{"domain", domain}};
  // Durable first: the sequence, read later, cannot be behind it.
  const std::uint64_t durable = executor.journal().durable_sequence();
  const std::uint64_t sequence = figures.sequence.Get();
  families.Add(kSequence, labels, sequence);
  families.Add(kDurableSequence, labels, durable);
  families.Add(kJournalLag, labels, sequence > durable ? sequence - durable : 0);
  families.Add(kJournalMode, {{"domain", domain}, {"mode", executor.journal().mode()}},
               std::uint64_t{1});
  families.Add(kDepth, labels, std::uint64_t{executor.depth()});
  families.Add(kCapacity, labels, std::uint64_t{executor.capacity()});
  families.Add(kBatches, labels, figures.batches.Get());
  families.Add(kHandedOn, labels, figures.handed_on.Get());
  families.Add(kDecisionLatency, labels, figures.decision_latency);
  families.Add(kReplyLatency, labels, figures.reply_latency);
  families.Add(kJournalLatency, labels, figures.journal_latency);
}

}  // namespace

void AddDomain(std::string_view domain, const runtime::DomainExecutor& executor,
               Families& families) {
  AddCommands(domain, executor.figures(), families);
  AddEvents(domain, executor.figures(), families);
  AddState(domain, executor.figures(), families);
  AddPipeline(domain, executor, families);
}

}  // namespace strowger::metrics
