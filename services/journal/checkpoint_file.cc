#include "services/journal/checkpoint_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace strowger::journal {
namespace {

namespace fs = std::filesystem;

constexpr char kSuffix[] = ".checkpoint";
constexpr char kUnfinishedSuffix[] = ".unfinished";
constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

absl::Status Trouble(const std::string& what, const std::string& path, int error) {
  const std::string text = absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(error));
  return error == ENOSPC || error == EDQUOT ? absl::ResourceExhaustedError(text)
                                            : absl::UnavailableError(text);
}

absl::Status SyncFolder(const std::string& folder) {
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return Trouble("open", folder, errno);
  const int failed = fsync(file) != 0 ? errno : 0;
  close(file);
  return failed == 0 ? absl::OkStatus() : Trouble("sync", folder, failed);
}

}  // namespace

std::vector<CheckpointFile> ListCheckpoints(const std::string& folder) {
  std::vector<CheckpointFile> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != kSuffix) continue;
    CheckpointFile file;
    if (!absl::SimpleAtoi(it->path().stem().string(), &file.sequence)) continue;
    std::error_code no_size;
    file.bytes = it->file_size(no_size);
    file.path = it->path().string();
    if (!no_size) found.push_back(std::move(file));
  }
  std::sort(found.begin(), found.end(), [](const CheckpointFile& a, const CheckpointFile& b) {
    return a.sequence > b.sequence;
  });
  return found;
}

absl::Status RemoveCheckpoint(const std::string& path) {
  return unlink(path.c_str()) == 0 || errno == ENOENT ? absl::OkStatus()
                                                      : Trouble("remove", path, errno);
}

void RemoveUnfinishedCheckpoints(const std::string& folder) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == kUnfinishedSuffix) unlink(it->path().c_str());
  }
}

// ---- Writing ----------------------------------------------------------------------------------

absl::StatusOr<CheckpointFileWriter> CheckpointFileWriter::Create(const std::string& folder,
                                                                  std::uint64_t sequence) {
  std::error_code error;
  fs::create_directory(folder, error);
  if (error) return Trouble("make", folder, error.value());
  CheckpointFileWriter writer;
  writer.folder_ = folder;
  writer.final_path_ = absl::StrCat(folder, "/", absl::StrFormat("%020d", sequence), kSuffix);
  writer.path_ = writer.final_path_ + kUnfinishedSuffix;
  writer.file_ = open(writer.path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (writer.file_ < 0) return Trouble("create", writer.path_, errno);
  return writer;
}

CheckpointFileWriter::CheckpointFileWriter(CheckpointFileWriter&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      error_(other.error_),
      bytes_(other.bytes_),
      folder_(std::move(other.folder_)),
      path_(std::exchange(other.path_, {})),
      final_path_(std::move(other.final_path_)),
      buffer_(std::move(other.buffer_)) {}

CheckpointFileWriter::~CheckpointFileWriter() {
  if (file_ >= 0) close(file_);
  if (!path_.empty()) unlink(path_.c_str());
}

void CheckpointFileWriter::Write(std::string_view bytes) {
  bytes_ += bytes.size();
  buffer_.append(bytes);
  if (buffer_.size() >= kBufferBytes) Flush();
}

void CheckpointFileWriter::Flush() {
  std::string_view rest = buffer_;
  while (!rest.empty() && error_ == 0) {
    const ssize_t written = write(file_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  buffer_.clear();
}

absl::Status CheckpointFileWriter::Finish() {
  Flush();
  if (error_ == 0 && fsync(file_) != 0) error_ = errno;
  if (close(std::exchange(file_, -1)) != 0 && error_ == 0) error_ = errno;
  return error_ == 0 ? absl::OkStatus() : Trouble("write", path_, error_);
}

absl::Status CheckpointFileWriter::PutInForce() {
  if (rename(path_.c_str(), final_path_.c_str()) != 0) return Trouble("rename", path_, errno);
  path_.clear();
  return SyncFolder(folder_);
}

// ---- Reading ----------------------------------------------------------------------------------

absl::StatusOr<std::string> ReadCheckpointFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Trouble("open", path, errno);
  struct stat about {};
  int error = fstat(file, &about) != 0 ? errno : 0;
  std::string bytes;
  if (error == 0) bytes.resize(static_cast<std::size_t>(about.st_size));
  std::size_t done = 0;
  while (error == 0 && done < bytes.size()) {
    const ssize_t got = read(file, bytes.data() + done, bytes.size() - done);
    if (got > 0) {
      done += static_cast<std::size_t>(got);
    } else if (got == 0) {
      bytes.resize(done);  // it became shorter: whoever reads it will say so
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  close(file);
  if (error != 0) return Trouble("read", path, error);
  return bytes;
}

}  // namespace strowger::journal
