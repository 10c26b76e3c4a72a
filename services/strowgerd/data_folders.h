// Where a domain's files lie below the data folder.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace strowger::daemon {

// data/journal/DOMAIN, data/checkpoints/DOMAIN, data/history/DOMAIN, data/reports/DOMAIN, as
// absolute paths. In the name of a folder, whatever is not a letter, a digit, '-' or '_' is written
// as %XX.
std::string DomainFolderName(const std::string& domain);
std::string JournalFolder(const std::string& data, const std::string& domain);
std::string CheckpointFolder(const std::string& data, const std::string& domain);
std::string HistoryFolder(const std::string& data, const std::string& domain);
std::string ReportFolder(const std::string& data, const std::string& domain);

// With those above it. UNAVAILABLE: it cannot be made.
absl::Status MakeFolder(const std::string& folder);

}  // namespace strowger::daemon
