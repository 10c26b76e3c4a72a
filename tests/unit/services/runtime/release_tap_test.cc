// Whoever goes along with a domain: when it is told of what.
#include "services/runtime/release_tap.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/services/runtime/support.h"

namespace strowger::runtime {
namespace {

// Writes down what it is told.
class Listener final : public ReleaseTap {
 public:
  absl::Status Begin(const routing::Router& router) override {
    told.push_back("begin " + std::to_string(router.Domain().sequence));
    return begins;
  }
  void EndPast(std::uint64_t sequence) override {
    told.push_back("past " + std::to_string(sequence));
  }
  void OnReleased(const ReleasedBatch& batch) override {
    if (batch.chunk == nullptr) return;
    for (const routing::Event& event : batch.chunk->events()) {
      told.push_back(std::string(Name(event.type)) + " " + std::string(event.contact));
    }
    EXPECT_GE(batch.last, batch.chunk->events().back().sequence);
    EXPECT_EQ(batch.contacts, nullptr);  // it wants none
  }

  absl::Status begins;
  std::vector<std::string> told;
};

using Told = std::vector<std::string>;

void Do(DomainExecutor& executor, routing::CommandBody body) {
  RecordingTask task(std::move(body));
  ASSERT_EQ(executor.Submit(&task), DomainExecutor::Submission::kAccepted);
  task.released.Await(1);
}

// A journal of two commands.
class WithPast : public testing::Test {
 protected:
  WithPast() {
    DomainExecutor executor(Harness::Small({}), MakeRouter(), journal_, nullptr);
    for (const char* id : {"a", "b"}) Do(executor, Contact(id));
  }
  auto Recover(std::vector<ReleaseTap*> taps) {
    ExecutorOptions options;
    options.taps = std::move(taps);
    return DomainExecutor::Recover(Harness::Small(options), MakeRouter(), journal_, nullptr,
                                   nullptr);
  }

  journal::MemoryJournal journal_{journal::MemoryJournalOptions{}};
};

using ReleaseTapTest = WithPast;

TEST_F(ReleaseTapTest, AllAreToldOfThePastThenOfWhatIsNewEachOnce) {
  Listener one, other;
  const auto executor = Recover({&one, &other});
  ASSERT_TRUE(executor.ok());
  Do(**executor, Contact("c"));
  EXPECT_EQ(one.told, (Told{"begin 0", "queued a", "queued b", "past 2", "queued c"}));
  EXPECT_EQ(other.told, one.told);
}

TEST_F(ReleaseTapTest, OneThatCannotBeginEndsTheRecovery) {
  Listener listener;
  listener.begins = absl::UnavailableError("no disk");
  EXPECT_EQ(Recover({&listener}).status(), listener.begins);
  EXPECT_EQ(listener.told, Told{"begin 0"});
}

// So that nobody takes what a broken journal has for all there was.
TEST_F(ReleaseTapTest, APastThatIsWrongHasNoEnd) {
  routing::Command early;
  early.sequence = 3;
  early.time = -1;
  early.body = routing::Tick{};
  const journal::RecordView record{&early, {}, {}, 0, nullptr};
  ASSERT_TRUE(journal_.Append(3, {&record, 1}).ok());
  Listener listener;
  EXPECT_TRUE(absl::IsDataLoss(Recover({&listener}).status()));
  EXPECT_EQ(listener.told, (Told{"begin 0", "queued a", "queued b"}));
}

}  // namespace
}  // namespace strowger::runtime
