// A strowgerd of one's own: on a socket in a temporary folder, in virtual time, gone with its
// owner.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace strowger::ctl {

class OwnServer {
 public:
  // Starts `program` and returns once it serves. What it printed is part of the error if it does
  // not come up. Its journal is in memory: what is replayed can be replayed again.
  static absl::StatusOr<std::unique_ptr<OwnServer>> Start(const std::string& program);
  // Ends it, if Stop did not, and removes the folder.
  ~OwnServer();
  OwnServer(const OwnServer&) = delete;
  OwnServer& operator=(const OwnServer&) = delete;

  // For Connect.
  std::string address() const { return "unix:" + folder_ + "/socket"; }
  // Asks it to finish; not ok when it does not end well within 30 s.
  absl::Status Stop();

 private:
  explicit OwnServer(std::string folder) : folder_(std::move(folder)) {}
  absl::Status WriteConfiguration() const;
  absl::Status Spawn(const std::string& program);
  absl::Status AwaitServing();
  std::string Log() const;

  const std::string folder_;
  pid_t pid_ = 0;  // 0: not running
};

// The strowgerd that was built or installed with this strowgerctl: beside it, or in the folder
// strowgerd next to its own. Empty: there is none.
std::string FindServerProgram();

}  // namespace strowger::ctl
