// What drives commands into a service and hears what becomes of them.
#pragma once

#include <google/protobuf/repeated_field.h>

#include "absl/status/status.h"
#include "strowger/v1/commands.pb.h"
#include "strowger/v1/events.pb.h"
#include "strowger/v1/routing.pb.h"

namespace strowger::ctl {

using CommandBatch = google::protobuf::RepeatedPtrField<v1::Command>;

// Hears what comes, on the thread that exchanges.
class SessionListener {
 public:
  virtual ~SessionListener() = default;
  virtual void OnReply(const v1::Command& command, const v1::CommandReply& reply) = 0;
  virtual void OnEvent(const v1::Event& event) = 0;
};

// What drives commands needs no more than this. One thread.
class CommandLink {
 public:
  virtual ~CommandLink() = default;

  // Commands that a batch may hold.
  virtual int room() const = 0;
  // Sends the batch and returns once each of its commands has been answered; events that arrive
  // meanwhile are heard too, and may lag behind the replies. Clears the batch.
  virtual absl::Status Exchange(CommandBatch& batch, SessionListener& listener) = 0;
  // Returns when at least one event has been heard.
  virtual absl::Status AwaitEvents(SessionListener& listener) = 0;
};

}  // namespace strowger::ctl
