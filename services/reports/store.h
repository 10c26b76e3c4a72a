// Where the rows of a domain's intervals are kept, with the place in its history that they contain.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "routing/time.h"
#include "services/reports/rows.h"

namespace strowger::reports {

enum class Subject : char { kQueues = 'q', kAgents = 'a' };

// How much of the domain's past the rows contain.
struct Mark {
  std::uint64_t sequence = 0;  // every event up to this one's
  routing::TimeNs time = 0;    // and agents' time up to here
  routing::TimeNs since = 0;   // nothing from before this
};

struct KeptRow {
  Subject subject = Subject::kQueues;
  std::int64_t quarter = 0;
  std::string name;
  std::string bytes;
};

// One thread at a time.
class Store {
 public:
  virtual ~Store() = default;

  // False: nothing has been written yet.
  virtual absl::StatusOr<bool> ReadMark(Mark& mark) const = 0;
  // All or none; a row takes the place of the one before it. `durable`: on the disk when it
  // returns.
  virtual absl::Status Write(const Mark& mark, const std::vector<KeptRow>& rows, bool durable) = 0;
  // From quarter `first` to before `end`, by quarter, then name.
  using Visit =
      std::function<void(std::int64_t quarter, std::string_view name, std::string_view bytes)>;
  virtual absl::Status Read(Subject subject, std::int64_t first, std::int64_t end,
                            const Visit& visit) const = 0;
  virtual absl::Status DropBefore(std::int64_t quarter) = 0;
};

// Lives and dies with the process.
class MemoryStore final : public Store {
 public:
  absl::StatusOr<bool> ReadMark(Mark& mark) const override;
  absl::Status Write(const Mark& mark, const std::vector<KeptRow>& rows, bool durable) override;
  absl::Status Read(Subject subject, std::int64_t first, std::int64_t end,
                    const Visit& visit) const override;
  absl::Status DropBefore(std::int64_t quarter) override;

 private:
  using Rows = std::map<std::pair<std::int64_t, std::string>, std::string>;
  const Rows& RowsOf(Subject subject) const {
    return subject == Subject::kQueues ? queues_ : agents_;
  }

  bool written_ = false;
  Mark mark_;
  Rows queues_;
  Rows agents_;
};

// A RocksDB of its own in `folder`, which is made. UNAVAILABLE: it cannot be opened; DATA_LOSS: it
// is damaged; both name the folder and say what to do.
absl::StatusOr<std::unique_ptr<Store>> OpenRocksStore(const std::string& folder);

}  // namespace strowger::reports
