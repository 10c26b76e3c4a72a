#include "services/strowgerd/data_folders.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace strowger::daemon {

std::string DomainFolderName(const std::string& domain) {
  std::string folder;
  for (const char c : domain) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '_') {
      folder.push_back(c);
    } else {
      absl::StrAppendFormat(&folder, "%%%02X", byte);
    }
  }
  return folder;
}

namespace {

std::string Below(const std::string& data, const char* kind, const std::string& domain) {
  return (std::filesystem::absolute(data) / kind / DomainFolderName(domain)).string();
}

}  // namespace

std::string JournalFolder(const std::string& data, const std::string& domain) {
  return Below(data, "journal", domain);
}

std::string CheckpointFolder(const std::string& data, const std::string& domain) {
  return Below(data, "checkpoints", domain);
}

std::string HistoryFolder(const std::string& data, const std::string& domain) {
  return Below(data, "history", domain);
}

std::string ReportFolder(const std::string& data, const std::string& domain) {
  return Below(data, "reports", domain);
}

absl::Status MakeFolder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot make the folder ", folder, ": ", error.message()));
}

}  // namespace strowger::daemon
