#include "services/runtime/event_log.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace strowger::runtime {
namespace {

using ReadStatus = EventLog::ReadStatus;

// A chunk of the events of one command, named after it.
std::shared_ptr<EventChunk> Chunk(std::uint64_t sequence, std::uint32_t count) {
  auto chunk = std::make_shared<EventChunk>();
  for (std::uint32_t index = 0; index < count; ++index) {
    std::string contact = "contact-" + std::to_string(sequence);  // gone when the event is read
    routing::Event event;
    event.sequence = sequence;
    event.index = index;
    event.contact = contact;
    event.text = "rule";
    chunk->Add(event);
  }
  return chunk;
}

std::vector<std::uint64_t> Sequences(const std::vector<EventSlice>& slices) {
  std::vector<std::uint64_t> sequences;
  for (const EventSlice& slice : slices) {
    for (const routing::Event& event : slice.events) sequences.push_back(event.sequence);
  }
  return sequences;
}

TEST(EventLog, ReadsFromAPositionOn) {
  EventLog log(100);
  log.Publish(Chunk(1, 2));
  log.Publish(Chunk(2, 3));
  std::vector<EventSlice> slices;
  EXPECT_EQ(log.Read({0, 0}, 100, slices), ReadStatus::kOk);
  EXPECT_EQ(Sequences(slices), (std::vector<std::uint64_t>{1, 1, 2, 2, 2}));
  slices.clear();
  EXPECT_EQ(log.Read({2, 0}, 100, slices), ReadStatus::kOk);
  ASSERT_EQ(slices.size(), 1U);
  ASSERT_EQ(slices[0].events.size(), 2U);
  EXPECT_EQ(slices[0].events[0].index, 1U);
  slices.clear();
  EXPECT_EQ(log.Read({2, 2}, 100, slices), ReadStatus::kOk);
  EXPECT_TRUE(slices.empty());
  EXPECT_EQ(log.last(), (EventPosition{2, 2}));
}

TEST(EventLog, TextLivesAsLongAsTheSlice) {
  std::vector<EventSlice> slices;
  {
    EventLog log(100);
    log.Publish(Chunk(7, 40));
    log.Read({0, 0}, 100, slices);
  }
  ASSERT_EQ(slices.size(), 1U);
  EXPECT_EQ(slices[0].events[39].contact, "contact-7");
  EXPECT_EQ(slices[0].events[39].text, "rule");
}

TEST(EventLog, LongTextFitsToo) {
  EventChunk chunk;
  routing::Event event;
  const std::string small(500, 'a');
  const std::string large(20'000, 'b');
  event.contact = small;
  event.agent = large;
  event.text = small;
  chunk.Add(event);
  EXPECT_EQ(chunk.events()[0].contact, small);
  EXPECT_EQ(chunk.events()[0].agent, large);
  EXPECT_EQ(chunk.events()[0].text, small);
}

TEST(EventLog, APositionThatIsNoLongerKeptIsOutOfRange) {
  EventLog log(4);
  for (std::uint64_t sequence = 1; sequence <= 10; ++sequence) log.Publish(Chunk(sequence, 1));
  std::vector<EventSlice> slices;
  EXPECT_EQ(log.Read({5, 0}, 100, slices), ReadStatus::kOutOfRange);
  EXPECT_EQ(log.Read({0, 0}, 100, slices), ReadStatus::kOutOfRange);
  EXPECT_TRUE(slices.empty());
  EXPECT_EQ(log.before_first(), (EventPosition{6, 0}));
  EXPECT_EQ(log.Read({6, 0}, 100, slices), ReadStatus::kOk);
  EXPECT_EQ(Sequences(slices), (std::vector<std::uint64_t>{7, 8, 9, 10}));
}

TEST(EventLog, WithNobodyReadingOldEventsStillGo) {
  EventLog log(4);
  std::weak_ptr<EventChunk> first;
  {
    std::shared_ptr<EventChunk> chunk = Chunk(1, 1);
    first = chunk;
    log.Publish(std::move(chunk));
  }
  EXPECT_FALSE(first.expired());
  for (std::uint64_t sequence = 2; sequence <= 20; ++sequence) log.Publish(Chunk(sequence, 1));
  EXPECT_TRUE(first.expired());
}

TEST(EventLog, ALimitStopsAfterTheSliceThatReachesIt) {
  EventLog log(100);
  for (std::uint64_t sequence = 1; sequence <= 5; ++sequence) log.Publish(Chunk(sequence, 2));
  std::vector<EventSlice> slices;
  log.Read({0, 0}, 3, slices);
  EXPECT_EQ(Sequences(slices), (std::vector<std::uint64_t>{1, 1, 2, 2}));
}

TEST(EventLog, AnEmptyLogHasNothing) {
  EventLog log(4);
  std::vector<EventSlice> slices;
  EXPECT_EQ(log.Read({0, 0}, 10, slices), ReadStatus::kOk);
  EXPECT_TRUE(slices.empty());
  EXPECT_EQ(log.last(), EventPosition{});
}

// Forbidden: a watcher that misses an event, sees one twice or out of order, or text that changes.
TEST(EventLog, WatchersSeeEveryEventOnceAndInOrder) {
  constexpr std::uint64_t kLast = 20'000;
  EventLog log(kLast);  // keeps all, so that no watcher may be cut off
  std::atomic<bool> wrong{false};
  std::vector<std::thread> watchers;
  for (int w = 0; w < 3; ++w) {
    watchers.emplace_back([&] {
      EventPosition at;
      std::vector<EventSlice> slices;
      while (at.sequence < kLast) {
        slices.clear();
        if (log.Read(at, 50, slices) != ReadStatus::kOk) wrong = true;
        for (const EventSlice& slice : slices) {
          for (const routing::Event& event : slice.events) {
            if (event.sequence != at.sequence + 1) wrong = true;
            if (event.contact != "contact-" + std::to_string(event.sequence)) wrong = true;
            at = PositionOf(event);
          }
        }
        if (wrong) return;
        if (slices.empty()) std::this_thread::yield();
      }
    });
  }
  for (std::uint64_t sequence = 1; sequence <= kLast; ++sequence) log.Publish(Chunk(sequence, 1));
  for (std::thread& watcher : watchers) watcher.join();
  EXPECT_FALSE(wrong);
}

TEST(EventLog, WhatHappenedBeforeItBeganIsOutOfRange) {
  EventLog log(100);
  log.BeginAfter({7, 0xFFFF'FFFF});
  std::vector<EventSlice> slices;
  EXPECT_EQ(log.Read({7, 2}, 100, slices), ReadStatus::kOutOfRange);
  EXPECT_EQ(log.Read(log.last(), 100, slices), ReadStatus::kOk);
  log.Publish(Chunk(8, 1));
  EXPECT_EQ(log.Read({6, 0}, 100, slices), ReadStatus::kOutOfRange);
  EXPECT_EQ(log.Read(log.before_first(), 100, slices), ReadStatus::kOk);
  EXPECT_EQ(Sequences(slices), (std::vector<std::uint64_t>{8}));
}

}  // namespace
}  // namespace strowger::runtime
