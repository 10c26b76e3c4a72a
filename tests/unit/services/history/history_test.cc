// The history by its store, its batches and its keeper: what is kept, found, forgotten and erased.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "routing/event.h"
#include "services/history/batch.h"
#include "services/history/keeper.h"
#include "services/history/store.h"
#include "services/journal/memory_journal.h"

namespace strowger::history {
namespace {

using routing::Event;
using routing::EventType;
using routing::kSecond;
using runtime::EventChunk;
using runtime::HistoryPart;

std::unique_ptr<HistoryStore> Open(const std::string& folder = "") {
  auto store = HistoryStore::Open(folder);
  EXPECT_TRUE(store.ok()) << store.status();
  return *std::move(store);
}

// Parts as a writer would hand them over.
class PartMaker {
 public:
  explicit PartMaker(std::uint64_t after) : after_(after), chunk_(std::make_shared<EventChunk>()) {}

  PartMaker& Add(EventType type, std::uint64_t sequence, const std::string& contact,
                 const std::string& queue = "", const std::string& agent = "") {
    Event event;
    event.type = type;
    event.sequence = last_ = sequence;
    event.time = static_cast<routing::TimeNs>(sequence) * kSecond;
    event.contact = contact;
    event.queue = queue;
    event.agent = agent;
    if (type == EventType::kEnded) {
      event.reason = routing::EndReason::kCompleted;
      routing::ContactView view;
      view.contact = contact;
      view.channel = "voice";
      view.queue = queue;
      view.attributes = {{"tier", std::string("gold")}};
      notes_->ended.push_back({chunk_->events().size(), view});
    }
    chunk_->Add(event);
    return *this;
  }
  PartMaker& Erase(std::uint64_t sequence, const std::string& contact) {
    notes_->erased.push_back({last_ = sequence, contact});
    return *this;
  }
  std::unique_ptr<HistoryPart> Part() {
    part_->after = after_;
    part_->last = last_;
    part_->chunk = chunk_;
    part_->contacts = notes_;
    return std::move(part_);
  }

 private:
  std::uint64_t after_;
  std::uint64_t last_ = 0;
  std::shared_ptr<EventChunk> chunk_;
  std::shared_ptr<runtime::ContactNotes> notes_ = std::make_shared<runtime::ContactNotes>();
  std::unique_ptr<HistoryPart> part_ = std::make_unique<HistoryPart>();
};

void Write(HistoryStore& store, PartMaker& maker) {
  HistoryBatch batch(store, {});
  const auto part = maker.Part();
  ASSERT_TRUE(batch.Add(*part).ok());
  ASSERT_TRUE(batch.Commit(part->last).ok());
}

// One contact from its arrival to its end, in commands from `sequence` on.
void WriteContact(HistoryStore& store, const std::string& id, std::uint64_t sequence,
                  const std::string& queue, const std::string& agent) {
  Write(store, PartMaker(sequence - 1)
                   .Add(EventType::kQueued, sequence, id, queue)
                   .Add(EventType::kAssigned, sequence + 1, id, queue, agent)
                   .Add(EventType::kEnded, sequence + 2, id, queue, agent));
}

std::vector<std::string> List(const HistoryStore& store, const HistoryFilter& filter,
                              std::size_t limit = 100, std::size_t look_at = 100) {
  std::vector<std::string> ids;
  std::string after;
  do {
    const auto page = store.List(filter, after, look_at, limit);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) break;
    EXPECT_LE(page->contacts.size(), limit);
    for (const EndedContact& contact : page->contacts) ids.push_back(contact.contact_id());
    after = page->next;
  } while (!after.empty());
  return ids;
}

using Ids = std::vector<std::string>;

TEST(HistoryStore, FindsByIdTimeQueueAndAgent) {
  const auto store = Open();
  WriteContact(*store, "c1", 10, "sales", "ann");
  WriteContact(*store, "c2", 20, "billing", "bob");
  WriteContact(*store, "c3", 30, "sales", "bob");
  const auto found = store->Find("c2");
  ASSERT_TRUE(found.ok() && *found);
  EXPECT_EQ((*found)->queue(), "billing");
  EXPECT_EQ((*found)->ended_at_ns(), 22 * kSecond);
  EXPECT_EQ((*found)->attributes(0).string_value(), "gold");
  EXPECT_EQ((*found)->events_size(), 3);
  EXPECT_FALSE(*store->Find("c"));
  EXPECT_FALSE(*store->Find("c22"));
  for (const std::size_t limit : {1U, 2U, 100U}) {
    for (const std::size_t look_at : {1U, 2U, 100U}) {
      EXPECT_EQ(List(*store, {}, limit, look_at), (Ids{"c3", "c2", "c1"}));
      EXPECT_EQ(List(*store, {.queue = "sales"}, limit, look_at), (Ids{"c3", "c1"}));
      EXPECT_EQ(List(*store, {.agent = "bob"}, limit, look_at), (Ids{"c3", "c2"}));
      EXPECT_EQ(List(*store, {.queue = "sales", .agent = "bob"}, limit, look_at), Ids{"c3"});
    }
  }
  EXPECT_EQ(List(*store, {.channel = "chat"}), Ids{});
  EXPECT_EQ(List(*store, {.since = 22 * kSecond, .until = 32 * kSecond}), Ids{"c2"});
  EXPECT_EQ(store->List({}, "nonsense", 10, 10).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(HistoryStore, AnIdUsedAgainGivesTheLastAndListsBoth) {
  const auto store = Open();
  WriteContact(*store, "c1", 10, "sales", "ann");
  WriteContact(*store, "c1", 20, "billing", "bob");
  EXPECT_EQ((*store->Find("c1"))->queue(), "billing");
  EXPECT_EQ(List(*store, {}), (Ids{"c1", "c1"}));
}

TEST(HistoryBatch, WhatWasPutByComesTogetherAtTheEnd) {
  const auto store = Open();
  Write(*store, PartMaker(0).Add(EventType::kQueued, 1, "c1", "sales"));
  Write(*store, PartMaker(1)
                    .Add(EventType::kAssigned, 2, "c1", "sales", "ann")
                    .Add(EventType::kTransferred, 3, "c1", "sales", "ann"));
  Write(*store, PartMaker(3)
                    .Add(EventType::kAssigned, 4, "c1", "billing", "bob")
                    .Add(EventType::kEnded, 5, "c1", "billing", "bob"));
  const auto contact = *store->Find("c1");
  ASSERT_TRUE(contact);
  EXPECT_EQ(contact->events_size(), 5);
  EXPECT_EQ(List(*store, {.queue = "sales"}), Ids{"c1"});
  EXPECT_EQ(List(*store, {.agent = "ann"}), Ids{"c1"});
  EXPECT_EQ(List(*store, {.agent = "bob"}), Ids{"c1"});
  // The next of that id begins with nothing.
  WriteContact(*store, "c1", 6, "sales", "ann");
  EXPECT_EQ((*store->Find("c1"))->events_size(), 3);
}

TEST(HistoryBatch, WhatIsKnownAlreadyIsNotWrittenTwice) {
  const auto store = Open();
  WriteContact(*store, "c1", 1, "sales", "ann");
  WriteContact(*store, "c1", 1, "sales", "ann");
  EXPECT_EQ(List(*store, {}), Ids{"c1"});
  EXPECT_EQ(store->mark()->contacts(), 1U);
}

TEST(HistoryBatch, ErasesWhatEndedBeforeAndNotWhatComesAfter) {
  const auto store = Open();
  WriteContact(*store, "c0", 1, "sales", "ann");
  Write(*store, PartMaker(3)
                    .Add(EventType::kQueued, 4, "c1", "sales")
                    .Add(EventType::kEnded, 5, "c1", "sales")
                    .Erase(6, "c1")
                    .Add(EventType::kQueued, 7, "c1", "billing")
                    .Add(EventType::kEnded, 8, "c1", "billing"));
  EXPECT_EQ(List(*store, {}), (Ids{"c1", "c0"}));
  EXPECT_EQ((*store->Find("c1"))->queue(), "billing");
  EXPECT_EQ(List(*store, {.queue = "sales"}), Ids{"c0"});
  EXPECT_EQ(store->mark()->contacts(), 2U);
}

TEST(HistoryBatch, OfALongStoryTheMiddleIsLeftOut) {
  const auto store = Open();
  PartMaker maker(0);
  maker.Add(EventType::kQueued, 1, "c1", "sales");
  for (std::uint64_t i = 2; i < 1'000; ++i) maker.Add(EventType::kOffered, i, "c1", "sales", "ann");
  Write(*store, maker.Add(EventType::kEnded, 1'000, "c1", "sales"));
  const auto contact = *store->Find("c1");
  EXPECT_EQ(contact->events_size(), kEventsKept);
  EXPECT_EQ(contact->events_left_out(), 1'000U - kEventsKept);
  EXPECT_EQ(contact->events(0).sequence(), 1U);
  EXPECT_EQ(contact->events(kEventsKept - 1).sequence(), 1'000U);
}

TEST(HistoryStore, OldOnesGoByTimeAndBySize) {
  const auto store = Open();
  for (std::uint64_t i = 0; i < 10; ++i) {
    WriteContact(*store, "c" + std::to_string(i), 1 + 10 * i, "sales", "ann");
  }
  EXPECT_EQ(*store->Expire(13 * kSecond, UINT64_MAX, 100), 1U);  // c0 ended at 3 s, c1 at 13 s
  EXPECT_FALSE(*store->Find("c0"));
  EXPECT_EQ(*store->Expire(0, store->mark()->bytes() / 3, 2), 2U);  // two at most
  EXPECT_EQ(List(*store, {}), (Ids{"c9", "c8", "c7", "c6", "c5", "c4", "c3"}));
  EXPECT_EQ(store->mark()->contacts(), 7U);
  const std::uint64_t half = store->mark()->bytes() / 2;
  EXPECT_EQ(*store->Expire(0, half, 100), 4U);
  EXPECT_LE(store->mark()->bytes(), half);
  EXPECT_EQ(*store->Expire(1'000 * kSecond, UINT64_MAX, 100), 3U);
  EXPECT_EQ(store->mark()->bytes(), 0U);
  EXPECT_EQ(List(*store, {.queue = "sales"}), Ids{});
  EXPECT_EQ(List(*store, {.agent = "ann"}), Ids{});
}

TEST(HistoryStore, IsThereAgainAndTrimmedToItsJournal) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "strowger_history_test";
  std::filesystem::remove_all(folder);
  {
    const auto store = Open(folder.string());
    WriteContact(*store, "c1", 1, "sales", "ann");
    WriteContact(*store, "c2", 4, "sales", "ann");
    Write(*store, PartMaker(6).Add(EventType::kQueued, 7, "c3", "sales"));
  }
  {
    const auto store = Open(folder.string());
    EXPECT_EQ(store->mark()->sequence(), 7U);
    EXPECT_EQ(List(*store, {}), (Ids{"c2", "c1"}));
    ASSERT_TRUE(store->TrimAfter(5).ok());  // c2 ended with 6
    EXPECT_EQ(List(*store, {}), Ids{"c1"});
    EXPECT_EQ(store->mark()->sequence(), 5U);
  }
  std::filesystem::remove_all(folder);
}

// ---- The keeper ---------------------------------------------------------------------------------

struct Kept {
  explicit Kept(HistoryKeeper::Replay replay = nullptr) {
    KeeperOptions options;
    options.told = [this](const std::string&, const absl::Status& status) {
      if (absl::IsDataLoss(status)) ++gaps;
    };
    keeper = std::make_unique<HistoryKeeper>(options);
    HistoryKeeper::Domain domain;
    domain.name = "default";
    domain.store = Open();
    domain.feed = &feed;
    domain.journal = &journal;
    domain.replay = std::move(replay);
    domain.now = [] { return 100 * kSecond; };
    keeper->Add(std::move(domain));
  }
  // Hands over a contact that is queued with one command and ends with the next.
  void Hand(std::uint64_t sequence, const std::string& id) {
    std::shared_ptr<const EventChunk> chunk = PartMaker(sequence - 1)
                                                  .Add(EventType::kQueued, sequence, id, "sales")
                                                  .Add(EventType::kEnded, sequence + 1, id, "sales")
                                                  .Part()
                                                  ->chunk;
    (void)feed.WantsContacts(sequence);
    feed.OnReleased({sequence + 1, chunk, nullptr});
    routing::Command tick;
    tick.time = 1;
    for (tick.sequence = sequence; tick.sequence <= sequence + 1; ++tick.sequence) {
      tick.body = routing::Tick{};
      const journal::RecordView record{&tick, {}, {}, 0, nullptr};
      ASSERT_TRUE(journal.Append(tick.sequence, {&record, 1}).ok());
    }
  }
  Ids Known() {
    std::atomic<bool> done{false};
    Ids ids;
    keeper->Ask("", journal.durable_sequence(), [&](const HistoryStore* store) {
      ids = List(*store, {});
      done = true;
      done.notify_all();
    });
    done.wait(false);
    return ids;
  }

  runtime::HistoryFeed feed{4};
  journal::MemoryJournal journal{journal::MemoryJournalOptions{}};
  std::atomic<int> gaps{0};
  std::unique_ptr<HistoryKeeper> keeper;
};

TEST(HistoryKeeper, WritesWhatItIsHandedAndAnswers) {
  Kept kept;
  kept.keeper->Start();
  kept.Hand(1, "c1");
  EXPECT_EQ(kept.Known(), Ids{"c1"});
  kept.Hand(3, "c2");
  EXPECT_EQ(kept.Known(), (Ids{"c2", "c1"}));
  EXPECT_EQ(*kept.keeper->DurableSequence("default"), 4U);
  EXPECT_TRUE(kept.keeper->Await("default", 4).ok());
  kept.keeper->Stop();
  EXPECT_EQ(kept.Known(), (Ids{"c2", "c1"}));  // on this thread, then
  EXPECT_EQ(kept.gaps, 0);
}

TEST(HistoryKeeper, ReadsFromTheJournalWhatTheFeedDropped) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> asked;
  Kept kept([&](std::uint64_t after, std::uint64_t up_to, const HistoryKeeper::Take& take) {
    asked.push_back({after, up_to});
    for (std::uint64_t sequence = after + 1; sequence < up_to; sequence += 2) {
      const auto part = PartMaker(sequence - 1)
                            .Add(EventType::kQueued, sequence, "r" + std::to_string(sequence))
                            .Add(EventType::kEnded, sequence + 1, "r" + std::to_string(sequence))
                            .Part();
      if (absl::Status status = take(*part); !status.ok()) return status;
    }
    return absl::OkStatus();
  });
  kept.Hand(1, "c1");
  kept.Hand(3, "c2");  // no room
  kept.Hand(5, "c3");  // no room, and nothing behind it
  kept.keeper->Start();
  EXPECT_EQ(kept.Known(), (Ids{"r5", "r3", "c1"}));
  EXPECT_EQ(asked, (std::vector<std::pair<std::uint64_t, std::uint64_t>>{{2, 6}}));
  while (kept.feed.closed()) std::this_thread::yield();
  kept.Hand(7, "c4");
  EXPECT_EQ(kept.Known(), (Ids{"c4", "r5", "r3", "c1"}));
  EXPECT_EQ(kept.gaps, 0);
}

TEST(HistoryKeeper, ReadsOfABusyDomainOnceItIsCalmOrTheKeeperStops) {
  for (const bool stops : {false, true}) {
    int asked = 0;
    Kept kept([&](std::uint64_t, std::uint64_t up_to, const HistoryKeeper::Take& take) {
      ++asked;
      return take(*PartMaker(up_to - 2)
                       .Add(EventType::kQueued, up_to - 1, "r")
                       .Add(EventType::kEnded, up_to, "r")
                       .Part());
    });
    kept.Hand(1, "c1");
    for (std::uint64_t sequence = 3; sequence < 9'000; sequence += 2) kept.Hand(sequence, "c2");
    kept.keeper->Start();
    if (stops) {
      kept.keeper->Stop();
    } else {
      EXPECT_TRUE(kept.keeper->Await("default", kept.journal.durable_sequence()).ok());
    }
    EXPECT_EQ(kept.Known(), (Ids{"r", "c1"}));
    EXPECT_EQ(asked, 1);
  }
}

TEST(HistoryKeeper, WithoutAJournalWhatWasDroppedIsAGap) {
  Kept kept;
  kept.Hand(1, "c1");
  kept.Hand(3, "c2");
  kept.keeper->Start();
  EXPECT_EQ(kept.Known(), Ids{"c1"});
  kept.Hand(5, "c3");
  EXPECT_EQ(kept.Known(), (Ids{"c3", "c1"}));
  EXPECT_EQ(kept.gaps, 1);
}

}  // namespace
}  // namespace strowger::history
