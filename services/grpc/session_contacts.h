// Which contacts were submitted in which session, so that their events find it again after the
// stream broke.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "routing/event.h"
#include "services/runtime/event_log.h"

namespace strowger::grpc_api {

// The live contacts of one session. Any thread: two streams may have the session for as long as a
// take-over lasts. The mutex is held for moments.
class SessionContacts {
 public:
  struct Submitted {
    std::string_view contact;
    std::uint64_t sequence = 0;  // of the command
  };

  // Submitted in this session.
  void Add(absl::Span<const Submitted> submitted);
  // Appends to `owned` those that name one of them. An end is the last event of a contact: it is
  // forgotten, unless the id has been submitted again since. To be asked of every event, in order.
  void Sift(absl::Span<const routing::Event> events, std::vector<const routing::Event*>& owned);
  // The newest event sifted; zero: none.
  runtime::EventPosition seen();

 private:
  bool Owns(const routing::Event& event);  // REQUIRES: mutex_ held

  std::mutex mutex_;
  absl::flat_hash_map<std::string, std::uint64_t> submitted_;  // the latest submission's sequence
  runtime::EventPosition seen_;
};

// Any thread.
class SessionRegistry {
 public:
  // Remembers at least the last `capacity` sessions used.
  explicit SessionRegistry(std::size_t capacity) : capacity_(capacity) {}

  std::shared_ptr<SessionContacts> Find(std::string_view domain, std::string_view session);

 private:
  using Key = std::pair<std::string, std::string>;
  struct Entry {
    std::shared_ptr<SessionContacts> contacts;
    std::uint64_t used_at = 0;
  };

  void MakeRoom();  // REQUIRES: mutex_ held

  const std::size_t capacity_;
  std::mutex mutex_;
  std::uint64_t uses_ = 0;
  std::map<Key, Entry> sessions_;
};

}  // namespace strowger::grpc_api
