#include "services/rules/watcher.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/rules/yaml.h"

namespace strowger::rules {
namespace {

constexpr int kGlanceMs = 1000;  // between looks at the file from outside
constexpr int kQuietMs = 20;     // a writer that touches several things is let finish
// A file that is created is not whole yet; its closing tells, or its coming to rest.
constexpr std::uint32_t kMask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF;

std::string FolderOf(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

// Where the path leads when every link is followed; empty if nowhere.
std::string TargetOf(const std::string& path) {
  std::error_code error;
  const std::filesystem::path target = std::filesystem::canonical(path, error);
  return error ? std::string() : target.string();
}

std::string OutsideOf(const std::string& path) {
  struct stat file = {};
  if (stat(path.c_str(), &file) != 0) return {};
  return absl::StrCat(file.st_dev, ":", file.st_ino, ":", file.st_size, ":", file.st_mtim.tv_sec,
                      ".", file.st_mtim.tv_nsec);
}

bool IsReadable(int file, int timeout_ms) {
  pollfd waited{file, POLLIN, 0};
  return poll(&waited, 1, timeout_ms) > 0;
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, std::size_t limit) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  std::string text;
  char block[65536];
  ssize_t count = 1;
  while (count > 0 && text.size() <= limit) {
    count = read(file, block, sizeof(block));
    if (count > 0) text.append(block, static_cast<std::size_t>(count));
    if (count < 0 && errno == EINTR) count = 1;
  }
  const int error = errno;
  close(file);
  if (count < 0) return absl::ErrnoToStatus(error, absl::StrCat("cannot read ", path));
  return text;
}

FileWatcher::FileWatcher(std::string path, std::string known, OnContent on_content,
                         OnTrouble on_trouble)
    : path_(std::move(path)),
      on_content_(std::move(on_content)),
      on_trouble_(std::move(on_trouble)),
      notices_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      bell_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      known_(std::move(known)) {
  thread_ = std::thread([this] { Run(); });
}

FileWatcher::~FileWatcher() {
  stop_.store(true);
  Reread();
  thread_.join();
  close(notices_);
  close(bell_);
}

void FileWatcher::Reread() {
  const std::uint64_t one = 1;
  (void)!write(bell_, &one, sizeof(one));
}

void FileWatcher::Run() {
  // What happened between the caller's reading and now is seen by the glances, which wait until
  // nobody writes: a look at once may find a file that was cut and is not written yet.
  WatchFolders();
  for (;;) {
    pollfd waited[] = {{bell_, POLLIN, 0}, {notices_, POLLIN, 0}};
    (void)poll(waited, 2, kGlanceMs);
    if (stop_.load()) return;
    if ((waited[0].revents & POLLIN) != 0) {
      std::uint64_t count = 0;
      (void)!read(bell_, &count, sizeof(count));
      Look(/*always=*/true);
    } else if (TakeNotices() || HasSettled()) {
      Look(/*always=*/false);
    }
    WatchFolders();  // folders may have come, gone or been exchanged; watching twice is harmless
  }
}

void FileWatcher::WatchFolders() {
  (void)inotify_add_watch(notices_, FolderOf(path_).c_str(), kMask);
  const std::string target = TargetOf(path_);
  if (!target.empty()) (void)inotify_add_watch(notices_, FolderOf(target).c_str(), kMask);
}

// Whether something was told that may have changed the file. Anything in its folders may: where
// symlinks are swapped, the name that moves is not the file's.
bool FileWatcher::TakeNotices() {
  bool changed = false;
  alignas(inotify_event) char block[4096];
  while (IsReadable(notices_, changed ? kQuietMs : 0)) {
    const ssize_t count = read(notices_, block, sizeof(block));
    if (count <= 0) break;
    for (ssize_t at = 0; at < count;) {
      const auto* notice = reinterpret_cast<const inotify_event*>(block + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + notice->len);
      const bool created = (notice->mask & IN_CREATE) != 0;
      struct stat link = {};
      const bool is_link = lstat(path_.c_str(), &link) == 0 && S_ISLNK(link.st_mode);
      if (!created || is_link) changed = true;
    }
  }
  return changed;
}

// Whether the file looks different from outside, and has looked so twice in a row.
bool FileWatcher::HasSettled() {
  std::string outside = OutsideOf(path_);
  if (outside != seen_) {
    seen_ = std::move(outside);
    seen_taken_ = false;
    return false;
  }
  return !std::exchange(seen_taken_, true);
}

void FileWatcher::Look(bool always) {
  absl::StatusOr<std::string> text = ReadFile(path_, ParseLimits{}.max_bytes);
  if (text.ok() != readable_) {
    readable_ = text.ok();
    on_trouble_(text.status());
  }
  if (!text.ok() || (!always && *text == known_)) return;
  known_ = *text;
  on_content_(*std::move(text));
}

}  // namespace strowger::rules
