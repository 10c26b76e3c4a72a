// What the writer hands to whoever keeps the history, and submissions decided before they are
// recorded.
#include "services/runtime/history_feed.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/services/runtime/support.h"

namespace strowger::runtime {
namespace {

struct Told {
  std::vector<std::string> ended;  // with their channel
  std::vector<std::string> erased;
  std::uint64_t after = 0;  // of the first part
};

Told TakeAll(HistoryFeed& feed) {
  Told told;
  bool first = true;
  for (const auto& part : feed.Take()) {
    if (first) told.after = part->after;
    first = false;
    if (part->contacts == nullptr) continue;
    for (const auto& ended : part->contacts->ended) {
      const routing::Event& event = part->chunk->events()[ended.event];
      EXPECT_EQ(event.type, routing::EventType::kEnded);
      const std::string what = ended.contact ? ended.contact->channel : "forgotten";
      told.ended.push_back(std::string(event.contact) + " " + what);
    }
    for (const auto& erased : part->contacts->erased) told.erased.push_back(erased.contact);
  }
  return told;
}

void Do(DomainExecutor& executor, routing::CommandBody body) {
  RecordingTask task(std::move(body));
  ASSERT_EQ(executor.Submit(&task), DomainExecutor::Submission::kAccepted);
  task.released.Await(1);
}

TEST(HistoryFeed, TellsWhatEndedAndWhatWasErased) {
  HistoryFeed feed;
  ExecutorOptions options;
  options.taps = {&feed};
  Harness harness(SyncMode::kNone, nullptr, options);
  Do(harness.executor, Contact("c1"));
  Do(harness.executor, Contact("c2"));
  Do(harness.executor, Cancel("c2"));
  Do(harness.executor, Cancel("nobody"));                 // refused: nothing to tell
  Do(harness.executor, routing::EraseContactData{"c1"});  // lives: refused
  Do(harness.executor, routing::EraseContactData{"c2"});
  EXPECT_EQ(feed.told(), 6U);
  const Told told = TakeAll(feed);
  EXPECT_EQ(told.ended, std::vector<std::string>{"c2 voice"});
  EXPECT_EQ(told.erased, std::vector<std::string>{"c2"});
  EXPECT_TRUE(feed.Take().empty());
}

TEST(HistoryFeed, DropsWhatHasNoRoomAndSaysSo) {
  HistoryFeed feed(8);
  ExecutorOptions options;
  options.taps = {&feed};
  Harness harness(SyncMode::kNone, nullptr, options);
  for (const char* id : {"a", "b", "c", "d", "e"}) Do(harness.executor, Contact(id));
  EXPECT_EQ(feed.dropped(), 5U);
  EXPECT_EQ(feed.told(), 4U);
  EXPECT_EQ(feed.Take().size(), 4U);
  EXPECT_TRUE(feed.closed());  // also now that there would be room
  Do(harness.executor, Cancel("a"));
  EXPECT_EQ(feed.dropped(), 6U);
  EXPECT_TRUE(feed.Take().empty());
  feed.Reopen();
  Do(harness.executor, Cancel("b"));
  EXPECT_FALSE(feed.closed());
  EXPECT_EQ(feed.told(), 7U);
  const Told told = TakeAll(feed);
  EXPECT_EQ(told.after, 6U);  // more than the four that were handed over before
  EXPECT_EQ(told.ended, std::vector<std::string>{"b voice"});
}

// Its commands were applied while nobody noted what they say of contacts.
TEST(HistoryFeed, DropsABatchThatBeganBeforeItWasOpened) {
  HistoryFeed feed(1);
  auto chunk = std::make_shared<EventChunk>();
  routing::Event event;
  event.sequence = 1;
  chunk->Add(event);
  ASSERT_TRUE(feed.WantsContacts(1));
  feed.OnReleased({1, chunk, nullptr});
  ASSERT_TRUE(feed.closed());
  EXPECT_FALSE(feed.WantsContacts(2));
  feed.Reopen();
  feed.OnReleased({2, nullptr, nullptr});
  EXPECT_EQ(feed.dropped(), 2U);
  EXPECT_TRUE(feed.WantsContacts(4));
  feed.OnReleased({4, nullptr, nullptr});  // 3 and 4
  EXPECT_EQ(feed.dropped(), 4U);
  EXPECT_TRUE(feed.WantsContacts(5));
  feed.OnReleased({5, nullptr, nullptr});
  EXPECT_EQ(feed.dropped(), 4U);
  EXPECT_EQ(feed.told(), 5U);
}

TEST(HistoryFeed, TellsAPastAgainButNotWhatIsKnown) {
  journal::MemoryJournal journal{journal::MemoryJournalOptions{}};
  {
    DomainExecutor executor(Harness::Small({}), MakeRouter(), journal, nullptr);
    for (const char* id : {"a", "b"}) {
      Do(executor, Contact(id));
      Do(executor, Cancel(id));
    }
  }
  HistoryFeed feed;
  feed.Skip(2);
  ExecutorOptions options;
  options.taps = {&feed};
  auto again =
      DomainExecutor::Recover(Harness::Small(options), MakeRouter(), journal, nullptr, nullptr);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(TakeAll(feed).ended, std::vector<std::string>{"b voice"});
  EXPECT_EQ(feed.told(), 4U);
}

// Sends whoever brings a card to one queue, everybody else to the other.
class CardRules final : public OneQueueRules {
 public:
  CardRules() {
    card_.queue = rest_.queue = "default";
    card_.priority.start = 5;
  }
  absl::Span<const routing::Plan* const> plans() const override { return plans_; }
  routing::Decision Classify(const routing::ContactFacts& contact, routing::TimeNs,
                             const routing::FigureSource&) const override {
    for (const routing::AttributeView& attribute : contact.attributes) {
      if (attribute.name == "card") return DecisionOf("card");
    }
    return DecisionOf("all");
  }
  routing::Decision DecisionOf(std::string_view rule) const override {
    if (rule == "card") return {"card", &card_};
    return rule == "all" ? routing::Decision{"all", &rest_} : routing::Decision{};
  }

 private:
  routing::Plan card_, rest_;
  std::vector<const routing::Plan*> plans_ = {&card_, &rest_};
};

TEST(Unstored, IsDecidedBeforeItIsRecordedAndReplaysAlike) {
  const auto rules = std::make_shared<CardRules>();
  const auto make = [&rules] {
    routing::Limits limits;
    limits.agents = 64;
    return std::make_unique<routing::Router>(limits, rules);
  };
  journal::MemoryJournal journal{journal::MemoryJournalOptions{}};
  DomainExecutor executor(Harness::Small({}), make(), journal, nullptr);
  // Those around it are in one batch with it, as far as that goes.
  std::vector<std::unique_ptr<RecordingTask>> tasks;
  std::vector<Task*> batch;
  for (const char* id : {"a", "b", "c", "d"}) {
    routing::SubmitContact submit = Contact(id);
    if (*id == 'b' || *id == 'c') submit.unstored = {{"card", std::string("4929")}};
    tasks.push_back(std::make_unique<RecordingTask>(submit));
    tasks.back()->command.time = routing::kSecond;
    batch.push_back(tasks.back().get());
  }
  ASSERT_EQ(executor.Submit(batch), DomainExecutor::Submission::kAccepted);
  for (const auto& task : tasks) {
    task->released.Await(1);
    EXPECT_TRUE(task->receipt.result.ok());
  }
  routing::StateHash hash;
  ReadAndWait(executor, [&](const Reading& reading) {
    hash = reading.router.Hash();
    EXPECT_EQ(reading.router.FindContact("a")->rule, "all");
    EXPECT_EQ(reading.router.FindContact("b")->rule, "card");
    EXPECT_EQ(reading.router.FindContact("c")->rule, "card");
    EXPECT_TRUE(reading.router.FindContact("b")->attributes.empty());
  });
  executor.Drain();
  int submissions = 0;
  ASSERT_TRUE(journal
                  .Read(1,
                        [&](const journal::Record& record) {
                          const auto* submit =
                              std::get_if<routing::SubmitContact>(&record.command.body);
                          if (submit == nullptr) return true;
                          ++submissions;
                          EXPECT_TRUE(submit->unstored.empty());
                          EXPECT_EQ(submit->decided.has_value(),
                                    submit->contact == "b" || submit->contact == "c");
                          return true;
                        })
                  .ok());
  EXPECT_EQ(submissions, 4);
  auto again = DomainExecutor::Recover(Harness::Small({}), make(), journal, nullptr, nullptr);
  ASSERT_TRUE(again.ok());
  ReadAndWait(**again, [&](const Reading& reading) { EXPECT_EQ(reading.router.Hash(), hash); });
}

TEST(Unstored, IsShedWithAFullJournalAndComesThroughAfterwards) {
  Harness harness;
  harness.journal.refusing = true;
  routing::SubmitContact submit = Contact("a");
  submit.unstored = {{"card", std::string("4929")}};
  RecordingTask shed(submit);
  ASSERT_EQ(harness.executor.Submit(&shed), DomainExecutor::Submission::kAccepted);
  shed.released.Await(1);
  EXPECT_EQ(shed.receipt.result.outcome, routing::Outcome::kShedding);
  harness.journal.refusing = false;
  RecordingTask taken(submit);
  ASSERT_EQ(harness.executor.Submit(&taken), DomainExecutor::Submission::kAccepted);
  taken.released.Await(1);
  EXPECT_TRUE(taken.receipt.result.ok());
}

}  // namespace
}  // namespace strowger::runtime
