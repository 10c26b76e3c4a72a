// The thread that adds up, writes and reads the reports of all domains of a process.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/statusor.h"
#include "services/reports/domain_reports.h"
#include "services/reports/report.h"

namespace strowger::reports {

class Keeper {
 public:
  // Told of a write that failed; what it was to write is kept and tried again.
  using Told = std::function<void(const std::string& domain, const absl::Status&)>;

  explicit Keeper(Told told);
  // Writes what there is.
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  // Before Start.
  void Add(const std::string& domain, std::unique_ptr<DomainReports> reports);
  void Start();
  // Any thread. Null: there is no such domain. Empty means "default".
  DomainReports* Find(std::string_view domain) const;

  using Done = std::function<void(const absl::StatusOr<Report>&)>;
  // Any thread; does not block. `done` runs on the keeper's thread, or on this one when there is no
  // such domain (NOT_FOUND), too many ask (RESOURCE_EXHAUSTED) or it stops (UNAVAILABLE).
  void Request(std::string_view domain, Query query, Done done);
  // Nothing is answered any more. What is still to come is added up at the end.
  void Stop();

 private:
  struct Wish {
    DomainReports* reports = nullptr;
    Query query;
    Done done;
  };

  void Run();
  void FlushAll();

  const Told told_;
  std::map<std::string, std::unique_ptr<DomainReports>, std::less<>> domains_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Wish> wishes_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace strowger::reports
