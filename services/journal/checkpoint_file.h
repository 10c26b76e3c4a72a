// Checkpoints of one domain as files in a folder of their own: SEQUENCE.checkpoint, the sequence in
// 20 digits. A file is written under another name and gets its own only when it is whole, checked
// and on stable storage, so that a file of that name was once a good one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace strowger::journal {

struct CheckpointFile {
  std::uint64_t sequence = 0;
  std::uint64_t bytes = 0;
  std::string path;
};

// Newest first. None when there is no such folder.
std::vector<CheckpointFile> ListCheckpoints(const std::string& folder);

// Removes the file, and what was left half written.
absl::Status RemoveCheckpoint(const std::string& path);
void RemoveUnfinishedCheckpoints(const std::string& folder);

// One thread. What is not put in force is removed with the object.
class CheckpointFileWriter {
 public:
  // Makes the folder if it is not there; its parent must be.
  static absl::StatusOr<CheckpointFileWriter> Create(const std::string& folder,
                                                     std::uint64_t sequence);
  CheckpointFileWriter(CheckpointFileWriter&& other) noexcept;
  CheckpointFileWriter& operator=(CheckpointFileWriter&&) = delete;
  ~CheckpointFileWriter();

  // Errors are kept for Finish.
  void Write(std::string_view bytes);
  // On stable storage, under the other name. RESOURCE_EXHAUSTED: the disk is full.
  absl::Status Finish();
  // REQUIRES: Finish was OK.
  absl::Status PutInForce();

  const std::string& path() const { return path_; }  // as long as it is not in force
  std::uint64_t bytes() const { return bytes_; }

 private:
  CheckpointFileWriter() = default;
  void Flush();

  int file_ = -1;
  int error_ = 0;  // errno of the first write that failed
  std::uint64_t bytes_ = 0;
  std::string folder_;
  std::string path_;
  std::string final_path_;
  std::string buffer_;
};

// The whole file. A bad block is an error, which a mapping would turn into a signal.
absl::StatusOr<std::string> ReadCheckpointFile(const std::string& path);

}  // namespace strowger::journal
