// What a domain has journaled gives, applied again, the same state.
#include "services/journal/replay.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "services/journal/memory_journal.h"
#include "services/runtime/blocking.h"
#include "services/runtime/executor.h"
#include "tests/unit/services/runtime/support.h"

namespace strowger::journal {
namespace {

using routing::kSecond;
using runtime::ApplyAndWait;

routing::UpsertAgents Agents() {
  routing::UpsertAgents upsert;
  for (const char* id : {"ann", "bob"}) {
    routing::AgentUpdate agent;
    agent.agent = id;
    agent.state = routing::AgentState::kReady;
    agent.wrap_up = 10 * kSecond;
    upsert.agents.push_back(agent);
  }
  return upsert;
}

// A little of everything: offers accepted, declined and expired, wrap-up, waits that end, refusals,
// repeats, a rule set put in force.
void Work(runtime::DomainExecutor& executor) {
  routing::TimeNs now = 1000 * kSecond;
  int ids = 0;
  const auto apply = [&](routing::CommandBody body) {
    now += kSecond / 2;
    const std::string id = "id-" + std::to_string(++ids / 2 * 2);  // now and then a repeat
    ApplyAndWait(executor, std::move(body), id, now);
  };
  ApplyAndWait(executor, Agents(), {}, now);
  for (int i = 0; i < 40; ++i) {
    const std::string contact = "c" + std::to_string(i);
    apply(runtime::ImpatientContact(contact, (5 + i % 20) * kSecond));
    apply(routing::AcceptOffer{contact, i % 2 == 0 ? "ann" : "bob", 0});
    apply(routing::DeclineOffer{contact, i % 3 == 0 ? "bob" : "ann", 0});
    if (i % 4 == 0) apply(routing::CompleteContact{contact, ""});
    if (i % 7 == 0) apply(runtime::Cancel("c" + std::to_string(i / 2)));
    if (i % 9 == 0) apply(routing::SetAgentState{"bob", routing::AgentState::kReady, "", false});
    if (i == 20) {
      apply(routing::ActivateRuleSet{std::make_shared<runtime::OneQueueRules>("second"), {}});
    }
  }
}

TEST(Replay, GivesTheSameStateHash) {
  MemoryJournal journal;
  runtime::ExecutorOptions options;
  options.kept_command_ids = 1'024;
  runtime::DomainExecutor executor(options, runtime::MakeRouter(), journal, nullptr);
  Work(executor);
  routing::StateHash hash;
  std::uint64_t sequence = 0;
  ReadAndWait(executor, [&](const runtime::Reading& reading) {
    hash = reading.router.Hash();
    sequence = reading.sequence;
  });
  executor.Drain();
  EXPECT_GT(executor.figures().repeats.Get(), 0U);

  const auto again = runtime::MakeRouter();
  const absl::StatusOr<std::uint64_t> applied = Replay(journal, *again);
  ASSERT_TRUE(applied.ok());
  EXPECT_EQ(*applied, sequence);
  EXPECT_EQ(again->Hash(), hash);
  EXPECT_EQ(again->Domain().rule_set_version, 2U);
  again->CheckInvariants();

  EXPECT_EQ(*Replay(journal, *again), 0U);  // nothing is applied twice
}

// A restart is one more record, before any other command, and so replays like them.
TEST(Replay, ARecoveryEndsWithARestartWhereOneIsWanted) {
  MemoryJournal journal;
  {
    runtime::DomainExecutor executor({}, runtime::MakeRouter(), journal, nullptr);
    ApplyAndWait(executor, Agents(), {}, kSecond);
  }
  const auto recover = [&](std::optional<routing::DurationNs> grace) {
    runtime::ExecutorOptions options;
    options.restart_grace = grace;
    auto executor =
        runtime::DomainExecutor::Recover(options, runtime::MakeRouter(), journal, nullptr, nullptr);
    EXPECT_TRUE(executor.ok());
    return *std::move(executor);
  };
  const auto lease_of_ann = [](runtime::DomainExecutor& executor) {
    routing::TimeNs until = 0;
    ReadAndWait(executor, [&](const runtime::Reading& reading) {
      until = reading.router.FindAgent("ann")->lease_until;
    });
    return until;
  };
  EXPECT_EQ(lease_of_ann(*recover(std::nullopt)), 0);
  {
    const auto executor = recover(5 * kSecond);
    const auto answer = ApplyAndWait(*executor, runtime::Contact("c1"), {}, 2 * kSecond);
    EXPECT_EQ(answer.receipt.sequence, 3U);
    EXPECT_EQ(lease_of_ann(*executor), 6 * kSecond);
  }
  const auto again = runtime::MakeRouter();
  EXPECT_EQ(*Replay(journal, *again), 3U);
  EXPECT_EQ(again->FindAgent("ann")->lease_until, 6 * kSecond);
  MemoryJournal empty;
  runtime::ExecutorOptions options;
  options.restart_grace = kSecond;
  const auto fresh =
      runtime::DomainExecutor::Recover(options, runtime::MakeRouter(), empty, nullptr, nullptr);
  ASSERT_TRUE(fresh.ok());
  (*fresh)->Drain();
  EXPECT_EQ(*Replay(empty, *runtime::MakeRouter()), 0U) << "what has no past does not restart";
}

TEST(Replay, AJournalThatBeginsTooLateIsRefused) {
  MemoryJournalOptions options;
  options.kept = 1;
  MemoryJournal journal(options);
  runtime::DomainExecutor executor({}, runtime::MakeRouter(), journal, nullptr);
  ApplyAndWait(executor, runtime::Contact("c1"), {}, kSecond);
  ApplyAndWait(executor, runtime::Contact("c2"), {}, kSecond);
  executor.Drain();
  EXPECT_EQ(Replay(journal, *runtime::MakeRouter()).status().code(), absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace strowger::journal
