// Reports beside the router that they are of: random commands, so that every way in and out of a
// queue occurs, and crashes in between.
#include "services/reports/domain_reports.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "routing/router.h"
#include "tests/model/command_generator.h"
#include "tests/model/differential.h"

namespace strowger::reports {
namespace {

constexpr std::uint64_t kCommands = 1'500;
constexpr std::int64_t kLater = std::int64_t{1} << 40;

// A store that outlives whoever writes to it.
class SharedStore final : public Store {
 public:
  explicit SharedStore(std::shared_ptr<MemoryStore> store) : store_(std::move(store)) {}
  absl::StatusOr<bool> ReadMark(Mark& mark) const override { return store_->ReadMark(mark); }
  absl::Status Write(const Mark& mark, const std::vector<KeptRow>& rows, bool durable) override {
    return store_->Write(mark, rows, durable);
  }
  absl::Status Read(Subject subject, std::int64_t first, std::int64_t end,
                    const Visit& visit) const override {
    return store_->Read(subject, first, end, visit);
  }
  absl::Status DropBefore(std::int64_t quarter) override { return store_->DropBefore(quarter); }

 private:
  const std::shared_ptr<MemoryStore> store_;
};

using Rows = std::map<std::tuple<char, std::int64_t, std::string>, std::string>;

// A domain's commands, applied as often as one likes.
class World {
 public:
  explicit World(std::uint64_t seed)
      : rule_set_(model::CommandGenerator(seed).first_rule_set()),
        commands_(model::CommandsOf(seed, kCommands)) {
    Restart();
  }

  // Back to the beginning.
  void Restart() {
    router_ = std::make_unique<routing::Router>(model::CommandGenerator::limits(), rule_set_);
    next_ = 0;
  }
  // Applies up to so many commands in all, and tells the reports, where there are any.
  void GoOnTo(std::size_t count, DomainReports* reports) {
    for (; next_ < count; ++next_) {
      events_.clear();
      router_->Apply(commands_[next_], events_);
      if (reports == nullptr) continue;
      std::shared_ptr<runtime::EventChunk> chunk;
      if (!events_.empty()) chunk = std::make_shared<runtime::EventChunk>();
      for (const routing::Event& event : events_) {
        chunk->Add(event);
        ++seen_[{std::string(event.queue), event.type, event.reason}];
      }
      reports->OnReleased({commands_[next_].sequence, chunk, nullptr});
    }
  }
  const routing::Router& router() const { return *router_; }
  std::size_t size() const { return commands_.size(); }
  std::size_t applied() const { return next_; }
  std::uint64_t sequence() const { return commands_[next_ - 1].sequence; }
  // An offline recount of the events that reports were told of.
  std::int64_t Seen(const std::string& queue, routing::EventType type,
                    routing::EndReason reason = routing::EndReason::kNone) {
    return seen_[{queue, type, reason}];
  }

 private:
  const std::shared_ptr<const routing::RuleSet> rule_set_;
  const std::vector<routing::Command> commands_;
  std::unique_ptr<routing::Router> router_;
  std::size_t next_ = 0;
  routing::EventBuffer events_;
  std::map<std::tuple<std::string, routing::EventType, routing::EndReason>, std::int64_t> seen_;
};

Rows AllRows(DomainReports& reports, const routing::Router& router) {
  Rows rows;
  for (const Subject subject : {Subject::kQueues, Subject::kAgents}) {
    const absl::Status status =
        reports.Read(subject, 0, kLater, router.Domain().time,
                     [&](std::int64_t quarter, std::string_view name, std::string_view bytes) {
                       rows[{static_cast<char>(subject), quarter, std::string(name)}] = bytes;
                     });
    EXPECT_TRUE(status.ok()) << status;
  }
  return rows;
}

template <typename Row>
std::map<std::string, Row> SumsOf(const Rows& rows, Subject subject) {
  std::map<std::string, Row> sums;
  for (const auto& [key, bytes] : rows) {
    if (std::get<0>(key) != static_cast<char>(subject)) continue;
    Row row;
    EXPECT_TRUE(Decode(bytes, row));
    AddTo(sums[std::get<2>(key)], row);
  }
  return sums;
}

class DomainReportsTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(DomainReportsTest, SumsAreTheRoutersCountersAndARecountOfTheEvents) {
  World world(GetParam());
  DomainReports reports({5 * routing::kSecond, 400}, std::make_unique<MemoryStore>());
  ASSERT_TRUE(reports.Begin(world.router()).ok());
  world.GoOnTo(world.size(), &reports);
  const Rows rows = AllRows(reports, world.router());
  auto sums = SumsOf<QueueRow>(rows, Subject::kQueues);
  std::uint64_t queued = 0;
  for (const routing::QueueView& queue : world.router().ListQueues()) {
    SCOPED_TRACE(queue.queue);
    const QueueRow& sum = sums[queue.queue];
    EXPECT_EQ(static_cast<std::uint64_t>(sum.queued), queue.entered);
    EXPECT_EQ(static_cast<std::uint64_t>(sum.assigned), queue.assigned);
    EXPECT_EQ(static_cast<std::uint64_t>(sum.overflowed), queue.overflowed);
    for (int reason = 0; reason < routing::kEndReasonCount; ++reason) {
      EXPECT_EQ(static_cast<std::uint64_t>(sum.ended[static_cast<std::size_t>(reason)]),
                queue.ended[reason]);
      EXPECT_EQ(sum.ended[static_cast<std::size_t>(reason)],
                world.Seen(queue.queue, routing::EventType::kEnded,
                           static_cast<routing::EndReason>(reason)));
    }
    EXPECT_EQ(sum.wait, queue.wait_sum);
    EXPECT_GE(sum.longest_wait, queue.longest_wait);
    EXPECT_EQ(sum.handling, queue.handle_sum);
    EXPECT_EQ(sum.hold, queue.hold_sum);
    EXPECT_EQ(sum.assigned, world.Seen(queue.queue, routing::EventType::kAssigned));
    EXPECT_EQ(sum.transferred, world.Seen(queue.queue, routing::EventType::kTransferred));
    queued += queue.entered;
  }
  EXPECT_GT(queued, kCommands / 20);
}

// Whatever is counted of an agent and of the queues is the same work seen from two sides.
TEST_P(DomainReportsTest, AgentsAndQueuesAgree) {
  World world(GetParam());
  DomainReports reports({5 * routing::kSecond, 400}, std::make_unique<MemoryStore>());
  ASSERT_TRUE(reports.Begin(world.router()).ok());
  world.GoOnTo(world.size(), &reports);
  const Rows rows = AllRows(reports, world.router());
  QueueRow of_queues;
  for (const auto& [name, sum] : SumsOf<QueueRow>(rows, Subject::kQueues)) AddTo(of_queues, sum);
  AgentRow of_agents;
  for (const auto& [name, sum] : SumsOf<AgentRow>(rows, Subject::kAgents)) AddTo(of_agents, sum);
  EXPECT_EQ(of_agents.assigned, of_queues.assigned);
  EXPECT_EQ(of_agents.handled, of_queues.handled());
  EXPECT_EQ(of_agents.handling, of_queues.handling);
  EXPECT_EQ(of_agents.hold, of_queues.hold);
  EXPECT_EQ(of_agents.wrap_up, of_queues.wrap_up);
  EXPECT_GT(of_agents.logged_in(), 0);
}

// Killed again and again, each time with a checkpoint of some moment and rows written some time
// after it; what was not written is gone, and comes again out of the journal.
TEST_P(DomainReportsTest, ACrashLosesNothingAndCountsNothingTwice) {
  const Options options{5 * routing::kSecond, 400};
  World whole(GetParam());
  DomainReports undisturbed(options, std::make_unique<MemoryStore>());
  ASSERT_TRUE(undisturbed.Begin(whole.router()).ok());
  whole.GoOnTo(whole.size(), &undisturbed);

  std::mt19937_64 dice(GetParam());
  const auto store = std::make_shared<MemoryStore>();
  World world(GetParam());
  std::size_t reached = 0;
  for (std::size_t checkpoint = 0; reached < world.size();) {
    world.Restart();
    world.GoOnTo(checkpoint, nullptr);
    DomainReports reports(options, std::make_unique<SharedStore>(store));
    ASSERT_TRUE(reports.Begin(world.router()).ok());
    world.GoOnTo(reached, &reports);
    reports.EndPast(reached == 0 ? 0 : world.sequence());
    EXPECT_FALSE(reports.knew_more());
    const std::size_t next_checkpoint = std::min(world.size(), reached + dice() % 200);
    world.GoOnTo(next_checkpoint, &reports);
    if (world.applied() > 0) {
      ASSERT_TRUE(reports.FlushUpTo(world.sequence()).ok());
    }
    checkpoint = next_checkpoint;
    world.GoOnTo(std::min(world.size(), next_checkpoint + dice() % 100), &reports);
    if (dice() % 2 == 0) {
      ASSERT_TRUE(reports.Flush(false).ok());
    }
    world.GoOnTo(std::min(world.size(), world.applied() + dice() % 100), &reports);
    reached = world.applied();
    if (reached == world.size()) {
      EXPECT_EQ(AllRows(reports, world.router()), AllRows(undisturbed, whole.router()));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, DomainReportsTest, testing::Range<std::uint64_t>(1, 9));

TEST(DomainReports, RowsThatKnowMoreThanTheJournalStandAndTheRestIsAdded) {
  World world(3);
  const auto store = std::make_shared<MemoryStore>();
  Rows before;
  {
    DomainReports reports({5 * routing::kSecond, 400}, std::make_unique<SharedStore>(store));
    ASSERT_TRUE(reports.Begin(world.router()).ok());
    world.GoOnTo(500, &reports);
    before = AllRows(reports, world.router());
    ASSERT_TRUE(reports.FlushUpTo(world.sequence()).ok());
  }
  world.Restart();
  DomainReports reports({5 * routing::kSecond, 400}, std::make_unique<SharedStore>(store));
  ASSERT_TRUE(reports.Begin(world.router()).ok());
  world.GoOnTo(300, &reports);  // the journal ends here
  reports.EndPast(world.sequence());
  EXPECT_TRUE(reports.knew_more());
  world.GoOnTo(500, &reports);
  auto sums = SumsOf<QueueRow>(AllRows(reports, world.router()), Subject::kQueues);
  std::int64_t more = 0;
  for (const auto& [name, sum] : SumsOf<QueueRow>(before, Subject::kQueues)) {
    EXPECT_GE(sums[name].queued, sum.queued);
    more += sums[name].queued - sum.queued;
  }
  EXPECT_GT(more, 0);
}

TEST(DomainReports, OldDaysAreDropped) {
  World world(5);
  const auto store = std::make_shared<MemoryStore>();
  ASSERT_TRUE(store->Write({}, {{Subject::kQueues, 1, "old", "\1"}}, false).ok());
  DomainReports reports({5 * routing::kSecond, 1}, std::make_unique<SharedStore>(store));
  ASSERT_TRUE(reports.Begin(world.router()).ok());
  world.GoOnTo(50, &reports);
  for (const auto& [key, bytes] : AllRows(reports, world.router())) {
    EXPECT_NE(std::get<2>(key), "old");
  }
}

}  // namespace
}  // namespace strowger::reports
