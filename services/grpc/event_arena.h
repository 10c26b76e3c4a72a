// Memory for messages that are made, serialised and forgotten together.
//
// Chosen over reuse for events: their bodies are alternatives, and a message that changes from one
// to the next frees what it had. For requests and replies, which stay alike, reuse is faster.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include <google/protobuf/arena.h>

namespace strowger::grpc_api {

// One thread at a time. Takes no memory before its first use, and keeps its first block from then
// on.
class EventArena {
 public:
  template <typename Message>
  Message* Make() {
    if (!arena_) {
      block_.reset(new char[kFirstBlock]);
      arena_.emplace(block_.get(), kFirstBlock);
    }
    return google::protobuf::Arena::CreateMessage<Message>(&*arena_);
  }
  // Forgets all that was made.
  void Reset() {
    if (arena_) arena_->Reset();
  }

 private:
  static constexpr std::size_t kFirstBlock = 32'768;  // some hundred events

  std::unique_ptr<char[]> block_;
  std::optional<google::protobuf::Arena> arena_;
};

}  // namespace strowger::grpc_api
