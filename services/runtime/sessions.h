// Sessions of a domain: the numbers they have taken and what became of the last ones.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/runtime/remembered.h"
#include "services/runtime/task.h"

namespace strowger::runtime {

inline constexpr std::uint32_t kMaxSessionCredit = 4096;

// Whoever has a session open: one stream.
class SessionOwner {
 public:
  virtual ~SessionOwner() = default;
  // The writer: another stream has opened the session. Must not block.
  virtual void OnTakenOver() = 0;
};

// One session. Belongs to the domain's writer; to everyone else a pointer is only a name for it.
class Session {
 public:
  explicit Session(std::string_view id, std::uint32_t credit) : id_(id), credit_(credit) {}

  const std::string& id() const { return id_; }
  std::uint64_t highest() const { return highest_; }
  std::uint64_t epoch() const { return epoch_; }

  enum class Answer : std::uint8_t {
    kTaken,   // the number is the command's now
    kRepeat,  // it was taken before, and what became of it is kept
    kShed,    // it follows a number that was shed
    kGap,
    kForgotten,
  };
  // 0 was taken before the first, so to speak, and forgotten.
  Answer Take(std::uint64_t number);
  // Gives the highest number back, because its command was shed; those above it are shed from now
  // on, until it comes again. REQUIRES: it is not settled.
  void GiveBackHighest();
  // REQUIRES: among the last `credit` taken.
  void Settle(std::uint64_t number, const Receipt& receipt) { Slot(number) = receipt; }
  const Receipt& Outcome(std::uint64_t number) { return Slot(number); }
  std::uint64_t kept() const { return outcomes_.size(); }
  // As if `number` had been the last one taken.
  void StartAfter(std::uint64_t number);
  // Of the numbers kept, in order, marked repeated.
  std::vector<Receipt> Outcomes();

 private:
  friend class SessionTable;
  Receipt& Slot(std::uint64_t number) { return outcomes_[(number - 1) % credit_]; }

  const std::string id_;
  const std::uint32_t credit_;
  std::uint64_t highest_ = 0;
  bool shedding_ = false;
  std::vector<Receipt> outcomes_;  // ring by number, grown to `credit`
  std::uint64_t epoch_ = 0;        // openings so far
  std::uint32_t holders_ = 0;      // openings not closed yet
  SessionOwner* owner_ = nullptr;  // of the newest opening
  std::uint64_t used_at_ = 0;      // tick of the table's own count, to find the least recent
};

// Belongs to the domain's writer.
class SessionTable {
 public:
  // Remembers `capacity` sessions, each with its last `credit` outcomes.
  SessionTable(std::uint32_t capacity, std::uint32_t credit);

  // Takes the session over if it is open. Null when all that are remembered are open; else the one
  // closed longest ago makes room.
  Session* Open(std::string_view id, SessionOwner* owner);
  void Close(Session* session, std::uint64_t epoch);
  // At recovery: the number was taken and came to that. Numbers left out before it were refused as
  // invalid, which is not journaled. What the table has no room for is forgotten.
  void Restore(std::string_view id, std::uint64_t number, const Receipt& receipt);
  // What Restore would want to hear: sessions as they were used, the outcomes of each in order.
  void ForEach(const RememberedVisitor& visit) const;

 private:
  bool MakeRoom();
  Session* FindOrMake(std::string_view id);

  const std::uint32_t capacity_;
  const std::uint32_t credit_;
  std::uint64_t uses_ = 0;
  absl::flat_hash_map<std::string, std::unique_ptr<Session>> sessions_;
};

}  // namespace strowger::runtime
