// The same requests to whoever answers them, as fast as they are answered.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/channel.h>

namespace strowger::bench {

struct LoadResult {
  std::uint64_t answered = 0;  // calls, or commands of the session
  std::uint64_t failed = 0;
  std::string trouble;  // of the first that failed
  double seconds = 0;
  std::vector<std::int64_t> latencies_ns;  // of a call, or of a message of the session
};

// Returns once a call is answered: a service that is starting listens before it is ready. Gives up
// after ten seconds.
void AwaitReady(const std::shared_ptr<grpc::Channel>& channel);

// Unary Route calls, `in_flight` at a time, for so long. Contact ids begin with `prefix`.
LoadResult RunUnary(const std::shared_ptr<grpc::Channel>& channel, const std::string& prefix,
                    int in_flight, double seconds);

// A session of messages of `batch` commands, `in_flight` messages at a time: contacts submitted in
// the first half of each, and canceled in the second.
LoadResult RunSession(const std::shared_ptr<grpc::Channel>& channel, const std::string& prefix,
                      int batch, int in_flight, double seconds);

}  // namespace strowger::bench
