#include "services/metrics/process_families.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace strowger::metrics {
namespace {

constexpr Definition kCpu{"process_cpu_seconds_total", kCounter,
                          "CPU time of the process, user and system."};
constexpr Definition kResident{"process_resident_memory_bytes", kGauge, "Resident memory."};
constexpr Definition kVirtual{"process_virtual_memory_bytes", kGauge, "Virtual memory."};
constexpr Definition kStart{"process_start_time_seconds", kGauge,
                            "Start of the process, in seconds since the epoch."};
constexpr Definition kThreads{"process_threads", kGauge, "Threads of the process."};
constexpr Definition kOpenFiles{"process_open_fds", kGauge, "Open file descriptors."};
constexpr Definition kMaxFiles{"process_max_fds", kGauge, "Most file descriptors allowed."};

// The fields of a proc stat line after the command's name, which may hold anything; the first is
// the third of the manual page.
std::vector<std::string> StatFields() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(line.substr(name_end + 1));
  return {std::istream_iterator<std::string>(rest), {}};
}

std::optional<double> BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> OpenFiles() {
  DIR* const folder = opendir("/proc/self/fd");
  if (folder == nullptr) return std::nullopt;
  std::uint64_t entries = 0;
  while (readdir(folder) != nullptr) ++entries;
  closedir(folder);
  return entries - 3;  // ".", "..", and the one that reads the folder
}

}  // namespace

void AddProcess(Families& families) {
  const std::vector<std::string> stat = StatFields();
  constexpr std::size_t kUserTime = 14 - 3, kSystemTime = 15 - 3, kThreadCount = 20 - 3,
                        kStartTime = 22 - 3, kVirtualSize = 23 - 3, kResidentPages = 24 - 3;
  if (stat.size() > kResidentPages) {
    const auto number = [&](std::size_t field) { return std::stod(stat[field]); };
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    families.Add(kCpu, {}, (number(kUserTime) + number(kSystemTime)) / ticks);
    families.Add(kResident, {},
                 number(kResidentPages) * static_cast<double>(sysconf(_SC_PAGESIZE)));
    families.Add(kVirtual, {}, number(kVirtualSize));
    families.Add(kThreads, {}, number(kThreadCount));
    if (const auto boot = BootTime()) families.Add(kStart, {}, *boot + number(kStartTime) / ticks);
  }
  if (const auto open = OpenFiles()) families.Add(kOpenFiles, {}, *open);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    families.Add(kMaxFiles, {}, std::uint64_t{limit.rlim_cur});
  }
}

}  // namespace strowger::metrics
