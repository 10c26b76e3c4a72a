#include "tests/simulation/simulation.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "routing/canonical.h"
#include "routing/checkpoint.h"
#include "routing/router.h"
#include "routing/siphash.h"
#include "services/runtime/clock.h"
#include "services/runtime/executor.h"
#include "tests/model/command_generator.h"
#include "tests/model/naive_router.h"
#include "tests/model/seen_rules.h"
#include "tests/simulation/simulated_disk.h"

namespace strowger::simulation {
namespace {

using routing::kSecond;
using runtime::DomainExecutor;
using runtime::Receipt;

// Of the platform: until it has an answer it asks again, with the same id.
struct Request {
  routing::CommandBody body;
  std::optional<Receipt> answer;
};

class World {
 public:
  World(std::uint64_t seed, std::uint64_t steps)
      : dice_(seed), steps_(steps), generator_(seed), clock_(kStart) {
    rules_.See(generator_.first_rule_set());
  }

  SimulationReport Run();

  // A reply reaches the platform, or the wire loses it.
  void Answer(const std::string& id, const Receipt& receipt, const runtime::EventSlice& events,
              bool lost);

 private:
  class Task final : public runtime::CommandTask {
   public:
    Task(World& world, std::string id, routing::CommandBody body, bool lost)
        : world_(world), id_(std::move(id)), lost_(lost) {
      command.body = std::move(body);
      command_id = id_;
    }
    void OnReleased(const Receipt& receipt, const runtime::EventSlice& events) override {
      world_.Answer(id_, receipt, events, lost_);
    }

   private:
    World& world_;
    const std::string id_;
    const bool lost_;
  };

  static constexpr routing::TimeNs kStart = 1'000'000 * kSecond;

  bool fine() const { return report_.trouble.empty(); }
  void Expect(bool holds, const std::string& what) {
    if (!holds && fine()) report_.trouble = what;
  }

  void Act();
  void Settle();
  void AskAnew();
  void AskAgain(bool also_answered);
  void Send(const std::string& id);
  void LetTimePass();
  void SetClock() { clock_.Set(std::max<routing::TimeNs>(now_ + skew_, 1)); }
  void Crash();
  void Start();
  void CheckWhatIsLeft();
  void Follow();
  void TakeCheckpoint();
  std::unique_ptr<DomainExecutor> Rebuild(journal::Journal& journal, std::uint64_t last,
                                          std::optional<routing::DurationNs> grace);
  void Finish();

  model::Dice dice_;
  const std::uint64_t steps_;
  model::CommandGenerator generator_;
  model::SeenRules rules_;
  SimulationReport report_;

  routing::TimeNs now_ = kStart;  // true time
  routing::DurationNs skew_ = 0;  // of the machine's clock
  runtime::ManualClock clock_;

  DiskTemper temper_;
  SimulatedDisk disk_;
  std::unique_ptr<SimulatedJournal> journal_;
  std::vector<std::unique_ptr<Task>> tasks_;  // of the process at hand
  std::unique_ptr<DomainExecutor> domain_;

  std::unique_ptr<model::NaiveRouter> twin_;  // over the records on the disk
  std::uint64_t followed_ = 0;

  std::map<std::string, Request> requests_;
  std::vector<std::string> open_;  // ids without an answer
};

SimulationReport World::Run() {
  Start();
  for (std::uint64_t step = 0; step < steps_ && fine(); ++step) {
    Act();
    Settle();
  }
  if (fine()) Finish();
  report_.tally.refused_batches += journal_->refused();
  return report_;
}

void World::Act() {
  const std::uint64_t roll = dice_.Below(100);
  if (roll < 60) {
    AskAnew();
  } else if (roll < 70) {
    LetTimePass();
  } else if (roll < 82) {
    AskAgain(/*also_answered=*/false);
  } else if (roll < 87) {
    AskAgain(/*also_answered=*/true);
  } else if (roll < 90) {
    skew_ = dice_.Between(-30, 30) * kSecond;
    ++report_.tally.clock_jumps;
  } else if (roll < 95) {
    TakeCheckpoint();
  } else if (roll < 98) {
    Crash();
    Start();
  }
}

// What threads and disk do meanwhile.
void World::Settle() {
  SetClock();
  journal_->EndSyncs();
  domain_->Step();
  Follow();
  Expect(domain_->events().last().sequence <= disk_.durable, "an event left before it was durable");
}

// ---- The platform -------------------------------------------------------------------------------

void World::AskAnew() {
  routing::Command command = generator_.Next(*twin_);
  rules_.See(command);
  // The generator likes instants that matter.
  now_ = std::max(now_, command.time - skew_);
  std::string id = model::Numbered("q", requests_.size());
  requests_.emplace(id, Request{std::move(command.body), std::nullopt});
  open_.push_back(id);
  Send(id);
}

void World::AskAgain(bool also_answered) {
  if (also_answered && !requests_.empty()) {
    return Send(model::Numbered("q", dice_.Below(requests_.size())));
  }
  if (!open_.empty()) Send(dice_.Pick(open_));
}

void World::Send(const std::string& id) {
  if (dice_.Chance(5)) return;  // lost on the way
  SetClock();
  tasks_.push_back(std::make_unique<Task>(*this, id, requests_.at(id).body, dice_.Chance(5)));
  Expect(domain_->Submit(tasks_.back().get()) == DomainExecutor::Submission::kAccepted,
         "a request was not taken in");
  Follow();
}

void World::Answer(const std::string& id, const Receipt& receipt, const runtime::EventSlice& events,
                   bool lost) {
  if (receipt.sequence == 0) return;  // the disk was full: nothing was done
  Expect(receipt.sequence <= disk_.durable, "a reply left before it was durable: " + id);
  Expect(receipt.sequence <= disk_.last() && disk_.records[receipt.sequence - 1].command_id == id,
         "a reply names a record of another: " + id);
  for (const routing::Event& event : events.events) {
    Expect(event.sequence == receipt.sequence, "a reply with events of another: " + id);
  }
  report_.tally.repeats += receipt.repeated;
  if (lost) return;
  const std::uint64_t words[] = {report_.trace, receipt.sequence,
                                 static_cast<std::uint64_t>(receipt.time),
                                 static_cast<std::uint64_t>(receipt.result.outcome)};
  report_.trace = routing::SipHash128({reinterpret_cast<const char*>(words), sizeof words}).low;
  std::optional<Receipt>& answer = requests_.at(id).answer;
  if (answer) {
    Expect(answer->sequence == receipt.sequence && answer->time == receipt.time &&
               answer->result.outcome == receipt.result.outcome,
           "two answers to one request: " + id);
    return;
  }
  answer = receipt;
  ++report_.tally.answered;
  open_.erase(std::find(open_.begin(), open_.end(), id));
}

void World::LetTimePass() { now_ += dice_.Between(0, 10'000) * routing::kMillisecond; }

// ---- The process --------------------------------------------------------------------------------

void World::Crash() {
  ++report_.tally.crashes;
  report_.tally.refused_batches += journal_->refused();
  domain_.reset();  // what it held is never answered
  tasks_.clear();
  journal_.reset();
  report_.tally.lost_records += disk_.LosePower(dice_, temper_);
  now_ += dice_.Between(0, 60'000) * routing::kMillisecond;
  SetClock();
  CheckWhatIsLeft();
}

void World::Start() {
  journal_ = std::make_unique<SimulatedJournal>(disk_, dice_, temper_, now_);
  domain_ = Rebuild(*journal_, disk_.last(), 30 * kSecond);
  twin_ = std::make_unique<model::NaiveRouter>(model::CommandGenerator::limits(),
                                               generator_.first_rule_set());
  followed_ = 0;
  Follow();
  if (domain_ == nullptr) return;
  domain_->router().CheckInvariants();
  Expect(domain_->router().Hash() == routing::Hash(twin_->Canonical()),
         "recovered to another state than the twin's");
  domain_->StartStepped();
}

// From the newest checkpoint that can be read.
std::unique_ptr<DomainExecutor> World::Rebuild(journal::Journal& journal, std::uint64_t last,
                                               std::optional<routing::DurationNs> grace) {
  runtime::ExecutorOptions options;
  options.restart_grace = grace;
  options.command_id_window = routing::kLatestTime;
  options.borrowed_tasks = 1;  // hands on whenever there is more
  std::unique_ptr<routing::Router> router;
  const SavedState* saved = nullptr;
  for (const SavedState& candidate : disk_.checkpoints) {
    if (candidate.sequence > last) continue;
    routing::LoadedRouter loaded = routing::Router::Load(candidate.state, rules_);
    if (loaded.router == nullptr) {
      ++report_.tally.passed_over;
      continue;
    }
    router = std::move(loaded.router);
    saved = &candidate;
    break;
  }
  if (saved == nullptr) {
    Expect(disk_.first == 1, "no checkpoint can be read, and the journal is cut");
    if (!fine()) return nullptr;
    router = std::make_unique<routing::Router>(model::CommandGenerator::limits(),
                                               generator_.first_rule_set());
  } else if (grace) {
    ++report_.tally.from_checkpoint;
  }
  const auto past = [saved](const runtime::RememberedVisitor& visit) {
    if (saved == nullptr) return;
    for (const Identity& identity : saved->identities) {
      visit({identity.command_id, {}, 0, identity.receipt});
    }
  };
  auto rebuilt =
      DomainExecutor::Rebuild(options, std::move(router), journal, &clock_, past, nullptr);
  Expect(rebuilt.ok(), "the past cannot be applied: " + std::string(rebuilt.status().message()));
  return rebuilt.ok() ? *std::move(rebuilt) : nullptr;
}

// Everyone who was answered is there, once, where the answer said.
void World::CheckWhatIsLeft() {
  std::map<std::string, std::uint64_t> found;
  for (std::uint64_t sequence = 1; sequence <= disk_.last(); ++sequence) {
    const std::string& id = disk_.records[sequence - 1].command_id;
    if (id.empty()) continue;
    Expect(found.emplace(id, sequence).second, "twice in the journal: " + id);
  }
  for (const auto& [id, request] : requests_) {
    if (!request.answer) continue;
    const auto at = found.find(id);
    Expect(at != found.end() && at->second == request.answer->sequence,
           "acknowledged and lost: " + id);
  }
}

// The twin applies what the domain has appended.
void World::Follow() {
  routing::EventBuffer events;
  for (; followed_ < disk_.last(); ++followed_) {
    twin_->Apply(disk_.records[followed_].command, events);
  }
}

void World::TakeCheckpoint() {
  const std::uint64_t up_to = disk_.durable;
  if (!disk_.checkpoints.empty() && disk_.checkpoints.front().sequence >= up_to) return;
  RecordsUpTo records(disk_, up_to);
  const auto domain = Rebuild(records, up_to, std::nullopt);
  if (domain == nullptr) return;
  SavedState saved;
  saved.sequence = up_to;
  domain->router().Save([&saved](std::string_view piece) { saved.state.append(piece); });
  domain->ForEachRemembered([&saved](const runtime::Remembered& remembered) {
    saved.identities.push_back({std::string(remembered.command_id), remembered.receipt});
  });
  // What cannot be read does not count as one of the two.
  while (!disk_.checkpoints.empty() &&
         routing::Router::Load(disk_.checkpoints.front().state, rules_).router == nullptr) {
    disk_.checkpoints.pop_front();
  }
  disk_.checkpoints.push_front(std::move(saved));
  if (disk_.checkpoints.size() > 2) disk_.checkpoints.pop_back();
  if (disk_.checkpoints.size() == 2) {
    Expect(journal_->TruncateBelow(disk_.checkpoints.back().sequence + 1).ok(), "cannot truncate");
  }
  ++report_.tally.checkpoints;
}

// ---- The end ------------------------------------------------------------------------------------

// The disk has room and the wire is good: whoever asks long enough is answered.
void World::Finish() {
  temper_.full = 0;
  for (int round = 0; round < 200 && !open_.empty() && fine(); ++round) {
    now_ += kSecond;
    const std::vector<std::string> asking = open_;
    for (const std::string& id : asking) Send(id);
    now_ += temper_.longest_sync;
    Settle();
  }
  Expect(open_.empty(), "never answered: " + (open_.empty() ? "" : open_.front()));
  Crash();
  Start();
  report_.tally.commands = disk_.last();
  for (const journal::Record& record : disk_.records) {
    report_.tally.own_records += record.command_id.empty();
  }
}

}  // namespace

SimulationTally& SimulationTally::operator+=(const SimulationTally& other) {
  commands += other.commands;
  own_records += other.own_records;
  answered += other.answered;
  repeats += other.repeats;
  crashes += other.crashes;
  lost_records += other.lost_records;
  refused_batches += other.refused_batches;
  checkpoints += other.checkpoints;
  from_checkpoint += other.from_checkpoint;
  passed_over += other.passed_over;
  clock_jumps += other.clock_jumps;
  return *this;
}

SimulationReport Simulate(std::uint64_t seed, std::uint64_t steps) {
  return World(seed, steps).Run();
}

}  // namespace strowger::simulation
