// Watches one file and hands over its content whenever that is new.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace strowger::rules {

// Follows the path, not the file: a file renamed over it, a symlink that now leads elsewhere, and a
// file that was gone and is back all count. What is being written is left alone until it is closed
// or has stood still. Besides what the kernel tells, it looks once in a while, since not every file
// system tells.
class FileWatcher {
 public:
  // A content other than the last, or on Reread the one that is there. Watcher's thread.
  using OnContent = std::function<void(std::string text)>;
  // The file cannot be read any more (OK: it can again). Told once for each change. Same thread.
  using OnTrouble = std::function<void(const absl::Status&)>;

  // `known`: the content that the caller has already.
  FileWatcher(std::string path, std::string known, OnContent on_content, OnTrouble on_trouble);
  ~FileWatcher();
  FileWatcher(const FileWatcher&) = delete;
  FileWatcher& operator=(const FileWatcher&) = delete;

  // Any thread: hand over what is there, also if it is not new.
  void Reread();

 private:
  void Run();
  void WatchFolders();
  bool TakeNotices();
  bool HasSettled();
  void Look(bool always);

  const std::string path_;
  const OnContent on_content_;
  const OnTrouble on_trouble_;
  const int notices_;  // inotify
  const int bell_;     // eventfd
  std::atomic<bool> stop_{false};

  // The thread's own.
  std::string known_;
  bool readable_ = true;
  std::string seen_;        // what the file looked like from outside at the last glance
  bool seen_taken_ = true;  // and that its content has been looked at since
  std::thread thread_;
};

// At most `limit` bytes and one more.
absl::StatusOr<std::string> ReadFile(const std::string& path, std::size_t limit);

}  // namespace strowger::rules
