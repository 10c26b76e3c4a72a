#include "services/strowgerctl/replay/call_records.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>

#include <zlib.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"

namespace strowger::ctl {
namespace {

constexpr std::int64_t kDayS = 86'400;
// A stamp of the service that is so much earlier than the call belongs to the next day; one that is
// a little earlier is the skew between two clocks.
constexpr std::int64_t kSkewS = kDayS / 2;
constexpr std::size_t kMaxColumns = 64;
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 30;

enum Field : std::size_t {
  kPriority,
  kType,
  kDate,
  kVruEntry,
  kVruExit,
  kQueueTime,
  kOutcome,
  kServiceStart,
  kServiceTime,
  kServer,
  kFieldCount
};
constexpr std::array<std::string_view, kFieldCount> kNames = {
    "priority", "type",    "date",      "vru_entry", "vru_exit",
    "q_time",   "outcome", "ser_start", "ser_time",  "server"};

using Row = std::array<std::string_view, kFieldCount>;

absl::string_view Absl(std::string_view text) { return {text.data(), text.size()}; }

std::vector<std::string_view> Split(std::string_view line) {
  std::vector<std::string_view> cells;
  while (cells.size() < kMaxColumns) {
    const std::size_t comma = line.find(',');
    cells.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) break;
    line.remove_prefix(comma + 1);
  }
  return cells;
}

// One row at a time; says what is wrong with the line at hand.
class Reader {
 public:
  absl::Status ReadHeader(std::string_view line) {
    const std::vector<std::string_view> cells = Split(line);
    columns_ = cells.size();
    for (std::size_t field = 0; field < kFieldCount; ++field) {
      places_[field] = columns_;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        if (cells[i] == kNames[field]) places_[field] = i;
      }
      if (places_[field] == columns_) return Wrong(absl::StrCat("no column ", Absl(kNames[field])));
    }
    return absl::OkStatus();
  }

  absl::Status ReadRow(std::string_view line, CallFile& file) {
    const std::vector<std::string_view> cells = Split(line);
    if (cells.size() != columns_) {
      return Wrong(absl::StrCat(cells.size(), " columns instead of ", columns_));
    }
    for (std::size_t field = 0; field < kFieldCount; ++field) row_[field] = cells[places_[field]];
    ++file.rows;
    const std::string_view outcome = row_[kOutcome];
    if (outcome == "PHANTOM") {
      ++file.phantoms;
      return absl::OkStatus();
    }
    if (outcome != "AGENT" && outcome != "HANG") {
      return Wrong(absl::StrCat("outcome '", Absl(outcome), "' is none of AGENT, HANG, PHANTOM"));
    }
    return ReadCall(file);
  }

  void NextLine() { ++line_; }

 private:
  absl::Status Wrong(const std::string& what) const {
    return absl::InvalidArgumentError(absl::StrCat("line ", line_, ": ", what));
  }

  absl::Status ReadCall(CallFile& file) {
    CallRecord call;
    call.line = line_;
    call.type = std::string(row_[kType]);
    call.served = row_[kOutcome] == "AGENT";
    call.preferred = row_[kPriority] == "2";
    if (call.type.empty()) return Wrong("type is empty");
    std::int64_t day = 0;
    std::int64_t entry = 0;
    for (const absl::Status& status :
         {ReadDate(&day), ReadClock(kVruEntry, &entry), ReadClock(kVruExit, &call.arrival_s),
          ReadSeconds(kQueueTime, &call.wait_s), ReadSeconds(kServiceTime, &call.service_s),
          ReadClock(kServiceStart, &call.service_begin_s)}) {
      if (!status.ok()) return status;
    }
    if (call.arrival_s < entry) call.arrival_s += kDayS;
    call.arrival_s += day;
    if (!call.served && call.wait_s == 0) {
      ++file.left_before_queue;
      return absl::OkStatus();
    }
    if (call.served) {
      call.service_begin_s += day;
      if (call.service_begin_s + kSkewS < call.arrival_s) call.service_begin_s += kDayS;
      if (row_[kServer] != "NO_SERVER") call.agent = std::string(row_[kServer]);
      if (call.agent.empty()) ++file.without_agent;
    }
    file.calls.push_back(std::move(call));
    return absl::OkStatus();
  }

  absl::Status ReadDate(std::int64_t* seconds) const {
    absl::CivilDay day;
    if (!absl::ParseCivilTime(Absl(row_[kDate]), &day) || day.year() < 1970 || day.year() > 2199) {
      return Wrong(absl::StrCat("date '", Absl(row_[kDate]), "' is not YYYY-MM-DD"));
    }
    *seconds = (day - absl::CivilDay(1970, 1, 1)) * kDayS;
    return absl::OkStatus();
  }

  absl::Status ReadClock(Field field, std::int64_t* seconds) const {
    const std::string_view text = row_[field];
    std::array<int, 3> parts{};
    bool good = text.size() == 8 && text[2] == ':' && text[5] == ':';
    for (std::size_t i = 0; good && i < parts.size(); ++i) {
      const std::string_view digits = text.substr(3 * i, 2);
      good = digits.find_first_not_of("0123456789") == std::string_view::npos &&
             absl::SimpleAtoi(Absl(digits), &parts[i]);
    }
    if (!good || parts[0] > 23 || parts[1] > 59 || parts[2] > 59) {
      return Wrong(absl::StrCat(Absl(kNames[field]), " '", Absl(text), "' is not HH:MM:SS"));
    }
    *seconds = std::int64_t{parts[0]} * 3600 + std::int64_t{parts[1]} * 60 + parts[2];
    return absl::OkStatus();
  }

  absl::Status ReadSeconds(Field field, std::int64_t* seconds) const {
    std::int32_t value = 0;
    if (!absl::SimpleAtoi(Absl(row_[field]), &value) || value < 0 || value > kDayS) {
      return Wrong(absl::StrCat(Absl(kNames[field]), " '", Absl(row_[field]),
                                "' is not a number of seconds from 0 to ", kDayS));
    }
    *seconds = value;
    return absl::OkStatus();
  }

  std::uint32_t line_ = 0;
  std::size_t columns_ = 0;
  std::array<std::size_t, kFieldCount> places_{};
  Row row_;
};

}  // namespace

absl::StatusOr<CallFile> ParseCallRecords(const std::string& text) {
  CallFile file;
  Reader reader;
  std::string_view rest = text;
  if (rest.substr(0, 3) == "\xEF\xBB\xBF") rest.remove_prefix(3);
  bool header = true;
  while (!rest.empty()) {
    reader.NextLine();
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) continue;
    absl::Status status = header ? reader.ReadHeader(line) : reader.ReadRow(line, file);
    if (!status.ok()) return status;
    header = false;
  }
  if (header) return absl::InvalidArgumentError("the file is empty");
  return file;
}

absl::StatusOr<CallFile> ReadCallRecords(const std::string& path) {
  errno = 0;
  const auto close = [](gzFile_s* opened) { gzclose(opened); };
  // Reads what is not compressed as it is.
  const std::unique_ptr<gzFile_s, decltype(close)> in(gzopen(path.c_str(), "rb"), close);
  if (in == nullptr) {
    return absl::NotFoundError(absl::StrCat("cannot be opened: ", std::strerror(errno)));
  }
  std::string text;
  std::vector<char> block(1 << 16);
  int count = 0;
  while ((count = gzread(in.get(), block.data(), static_cast<unsigned>(block.size()))) > 0) {
    text.append(block.data(), static_cast<std::size_t>(count));
    if (text.size() > kMaxFileBytes) return absl::InvalidArgumentError("it is larger than 1 GiB");
  }
  // gzclose alone would tell of a file that ends too early.
  int error = Z_OK;
  gzerror(in.get(), &error);
  if (count < 0 || error == Z_BUF_ERROR) {
    return absl::InvalidArgumentError("it is damaged: decompression failed");
  }
  return ParseCallRecords(text);
}

}  // namespace strowger::ctl
