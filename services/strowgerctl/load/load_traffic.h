// The traffic of one connection of the load generator: contacts that come at planned times whatever
// the service does (an open loop), agents who accept and complete after their times. Knows nothing
// of how commands travel.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "strowger/v1/commands.pb.h"
#include "strowger/v1/events.pb.h"

namespace strowger::ctl {

struct TrafficOptions {
  std::string run;     // begins every id, so that runs do not meet
  int connection = 0;  // the part of the run, in ids too
  std::uint64_t seed = 1;
  double rate = 0;  // contacts a second, of this connection
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;  // no contact is planned from here on
  std::int64_t accept_ns = 0;
  std::int64_t handling_ns = 0;  // on average; exponentially distributed
  std::string channel;
  int skills = 0;     // 0: contacts ask for none and leave all to the rules
  int required = 1;   // at most, each of the skills once
  std::string queue;  // of contacts that ask for skills
};

// What is measured. Latency counts from the planned time to the reply, so that waiting for a slow
// service counts too.
struct TrafficTally {
  std::uint64_t planned = 0;     // contacts whose time has come
  std::uint64_t accepted = 0;    // contacts that the service took in
  std::uint64_t shed = 0;        // contacts refused for lack of room
  std::uint64_t refused = 0;     // commands refused for another reason
  std::uint64_t lost_races = 0;  // accepts and completions that came too late
  std::uint64_t offers = 0;
  std::uint64_t assigned = 0;
  std::uint64_t ended = 0;
  std::uint64_t commands = 0;            // answered
  std::vector<std::uint32_t> submit_us;  // latencies of contacts taken in
  std::vector<std::uint32_t> shed_us;    // of those shed
  std::string first_refusal;
  std::string contradiction;  // what must never happen; empty: nothing did

  TrafficTally& operator+=(TrafficTally&& other);
};

// Any thread.
class LoadTraffic {
 public:
  struct Sent {
    v1::Command command;
    std::int64_t planned_ns = 0;
    std::uint32_t contact = 0;
  };

  explicit LoadTraffic(const TrafficOptions& options);

  // Moves what is due into `out`, at most `room` in all.
  void TakeDue(std::int64_t now_ns, std::size_t room, std::vector<Sent>& out);
  void OnReply(const Sent& sent, v1::Outcome outcome, const std::string& message,
               std::int64_t now_ns, std::int64_t retry_ns);
  // Each event once, in order.
  void OnEvent(const v1::Event& event, std::int64_t now_ns);
  // Nothing is on its way or due later; contacts may wait.
  bool Quiet();
  TrafficTally Tally(bool with_latencies = false);
  // Plans no more contacts, and withdraws those that wait, each once. Returns how many.
  std::uint64_t CancelWaiting(std::int64_t now_ns);

 private:
  enum class Stage : std::uint8_t { kSubmitted, kQueued, kOffered, kHandled, kEnded };
  struct Contact {
    Stage stage = Stage::kSubmitted;
    bool withdrawn = false;
  };
  struct Due {
    std::int64_t time = 0;
    std::uint64_t number = 0;  // orders what is equal
    Sent sent;
    bool operator<(const Due& other) const {
      return time != other.time ? time > other.time : number > other.number;
    }
  };

  // All below REQUIRE: mutex_ held.
  void PlanNext();
  void OnOffered(const v1::OfferedEvent& offered, std::uint32_t number, std::int64_t now_ns);
  void OnAssigned(const v1::AssignedEvent& assigned, std::uint32_t number, std::int64_t now_ns);
  v1::Command Submission(std::uint32_t number);
  void Add(std::int64_t at_ns, std::uint32_t contact, v1::Command command);
  std::string IdOf(std::uint32_t number) const;
  // The number of a contact of this traffic; false: it is another's.
  bool NumberOf(const std::string& id, std::uint32_t& number) const;
  void Contradict(const std::string& what);

  const TrafficOptions options_;
  const std::string prefix_;
  std::mutex mutex_;
  std::mt19937_64 random_;
  std::int64_t next_arrival_ns_ = 0;
  bool over_ = false;
  std::vector<Contact> contacts_;
  std::priority_queue<Due> due_;
  std::uint64_t due_count_ = 0;
  std::uint64_t on_the_way_ = 0;
  TrafficTally tally_;
};

}  // namespace strowger::ctl
