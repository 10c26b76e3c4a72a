#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/runtime/executor.h"
#include "services/runtime/sessions.h"
#include "tests/unit/services/runtime/support.h"

namespace strowger::runtime {
namespace {

using routing::Outcome;

class Opening : public OpenSessionTask {
 public:
  void OnReleased() override { released.Pass(); }
  Turnstile released;
};

class Closing : public CloseSessionTask {
 public:
  void OnReleased() override { released.Pass(); }
  Turnstile released;
};

class CountingOwner : public SessionOwner {
 public:
  void OnTakenOver() override { taken_over.Pass(); }
  Turnstile taken_over;
};

// A stream, as the service will have it.
class Stream {
 public:
  Stream(Harness& harness, std::string id) : harness_(harness) {
    opening.session_id = std::move(id);
    opening.owner = &owner;
    harness_.executor.Submit(&opening);
    opening.released.Await(1);
  }

  // Submits contacts numbered from `first` on, as one batch.
  std::vector<Receipt> Send(std::uint64_t first, std::vector<std::string> contacts,
                            std::string malformed = {}) {
    std::vector<std::unique_ptr<RecordingTask>> tasks;
    std::vector<Task*> pointers;
    for (std::string& contact : contacts) {
      auto task = std::make_unique<RecordingTask>(Contact(contact));
      task->session = opening.session;
      task->session_epoch = opening.epoch;
      task->number = first + tasks.size();
      if (contact == malformed) task->refusal = {Outcome::kInvalidArgument, "contact.channel"};
      pointers.push_back(task.get());
      tasks.push_back(std::move(task));
    }
    harness_.executor.Submit(pointers);
    tasks.back()->released.Await(1);
    std::vector<Receipt> receipts;
    for (const auto& task : tasks) receipts.push_back(task->receipt);
    return receipts;
  }

  void Close() {
    Closing closing;
    closing.session = opening.session;
    closing.epoch = opening.epoch;
    harness_.executor.Submit(&closing);
    closing.released.Await(1);
  }

  Opening opening;
  CountingOwner owner;

 private:
  Harness& harness_;
};

TEST(ExecutorSession, CommandsAreNumberedAndRepeatsAnswered) {
  Harness harness;
  Stream stream(harness, "s");
  EXPECT_EQ(stream.opening.highest_number, 0U);
  EXPECT_TRUE(stream.opening.outcomes.empty());
  std::vector<Receipt> receipts = stream.Send(1, {"a", "b", "b"});
  EXPECT_EQ(receipts[2].sequence, 3U);
  EXPECT_EQ(receipts[2].result.outcome, Outcome::kAlreadyExists);
  receipts = stream.Send(2, {"b", "b", "c"});
  EXPECT_TRUE(receipts[0].repeated);
  EXPECT_TRUE(receipts[0].result.ok());
  EXPECT_TRUE(receipts[1].repeated);
  EXPECT_EQ(receipts[1].result.outcome, Outcome::kAlreadyExists);
  EXPECT_FALSE(receipts[2].repeated);
  EXPECT_EQ(receipts[2].sequence, 4U);
}

TEST(ExecutorSession, AGapIsRefusedUnseen) {
  Harness harness;
  Stream stream(harness, "s");
  const std::vector<Receipt> receipts = stream.Send(2, {"a"});
  EXPECT_EQ(receipts[0].trouble, SessionTrouble::kGap);
  EXPECT_EQ(receipts[0].sequence, 0U);
  EXPECT_EQ(harness.Sequence(), 0U);
}

TEST(ExecutorSession, AMalformedCommandTakesItsNumberButNoSequence) {
  Harness harness;
  Stream stream(harness, "s");
  const std::vector<Receipt> receipts = stream.Send(1, {"a", "bad", "c"}, "bad");
  EXPECT_EQ(receipts[1].result.outcome, Outcome::kInvalidArgument);
  EXPECT_EQ(receipts[1].result.field, "contact.channel");
  EXPECT_EQ(receipts[1].sequence, 0U);
  EXPECT_EQ(receipts[2].sequence, 2U);
  const std::vector<Receipt> again = stream.Send(2, {"bad"});
  EXPECT_TRUE(again[0].repeated);
  EXPECT_EQ(again[0].result.outcome, Outcome::kInvalidArgument);
}

TEST(ExecutorSession, ReopeningReturnsNumberAndOutcomes) {
  ExecutorOptions options;
  options.session_credit = 2;
  Harness harness(SyncMode::kNone, nullptr, options);
  {
    Stream stream(harness, "s");
    stream.Send(1, {"a", "b", "b"});
    stream.Close();
  }
  Stream stream(harness, "s");
  EXPECT_EQ(stream.owner.taken_over.passed(), 0U);
  EXPECT_EQ(stream.opening.highest_number, 3U);
  ASSERT_EQ(stream.opening.outcomes.size(), 2U);
  EXPECT_EQ(stream.opening.outcomes[0].sequence, 2U);
  EXPECT_EQ(stream.opening.outcomes[1].result.outcome, Outcome::kAlreadyExists);
  EXPECT_EQ(stream.opening.position.sequence, 3U);
  EXPECT_EQ(stream.Send(1, {"a"})[0].trouble, SessionTrouble::kForgotten);
}

TEST(ExecutorSession, ATakenOverStreamIsToldAndCanDoNoMore) {
  Harness harness;
  Stream first(harness, "s");
  first.Send(1, {"a"});
  Stream second(harness, "s");
  first.owner.taken_over.Await(1);
  EXPECT_EQ(second.opening.highest_number, 1U);
  EXPECT_EQ(first.Send(2, {"b"})[0].trouble, SessionTrouble::kTakenOver);
  EXPECT_FALSE(second.Send(2, {"c"})[0].repeated);
  first.Close();
  second.Close();
}

TEST(ExecutorSession, ShedNumbersAreSentAgain) {
  Harness harness;
  Stream stream(harness, "s");
  stream.Send(1, {"a"});
  harness.journal.refusing = true;
  std::vector<Receipt> receipts = stream.Send(2, {"b", "bad", "c"}, "bad");
  for (const Receipt& receipt : receipts) {
    EXPECT_EQ(receipt.result.outcome, Outcome::kShedding);
  }
  harness.journal.refusing = false;
  receipts = stream.Send(5, {"d"});  // was on its way
  EXPECT_EQ(receipts[0].result.outcome, Outcome::kShedding);
  EXPECT_EQ(receipts[0].trouble, SessionTrouble::kNone);
  receipts = stream.Send(2, {"b", "bad", "c", "d"}, "bad");
  EXPECT_TRUE(receipts[0].result.ok());
  EXPECT_FALSE(receipts[0].repeated);
  EXPECT_EQ(receipts[3].sequence, 4U);
}

TEST(ExecutorSession, RecordsSayWhichSessionAndNumber) {
  Harness harness;
  Stream stream(harness, "s");
  stream.Send(1, {"a", "b"});
  harness.executor.Drain();
  std::vector<std::string> seen;
  ASSERT_TRUE(harness.journal
                  .Read(1,
                        [&](const journal::Record& record) {
                          seen.push_back(record.session_id + std::to_string(record.number));
                          return true;
                        })
                  .ok());
  EXPECT_EQ(seen, (std::vector<std::string>{"s1", "s2"}));
}

}  // namespace
}  // namespace strowger::runtime
