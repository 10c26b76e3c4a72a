// How the commands of one connection travel: in a session, or each as a call of its own.
#pragma once

#include <memory>
#include <string>

#include <grpcpp/channel.h>

#include "absl/status/status.h"
#include "services/strowgerctl/load/load_traffic.h"

namespace strowger::ctl {

std::int64_t SteadyNs();  // the clock of all planned times

class LoadLink {
 public:
  virtual ~LoadLink() = default;
  // Sends what is due and hears what comes, until Stop; then ends. Any error ends it.
  virtual absl::Status Run() = 0;
  // Any thread.
  virtual void Stop() = 0;
};

// One stream; replies and events come on it.
std::unique_ptr<LoadLink> MakeSessionLink(std::shared_ptr<grpc::Channel> channel,
                                          std::string domain, std::string session_id,
                                          LoadTraffic& traffic);
// A call for each command, at most `in_flight` at once; events must be watched elsewhere.
std::unique_ptr<LoadLink> MakeUnaryLink(std::shared_ptr<grpc::Channel> channel, std::string domain,
                                        std::string run, std::size_t in_flight,
                                        LoadTraffic& traffic);

}  // namespace strowger::ctl
