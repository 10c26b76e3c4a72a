#include "services/reports/keeper.h"

#include <chrono>
#include <utility>

namespace strowger::reports {
namespace {

constexpr std::chrono::milliseconds kBusyPause(20);
constexpr std::chrono::milliseconds kIdlePause(250);
constexpr std::chrono::seconds kFlushEvery(30);
constexpr std::size_t kMostWishes = 64;

}  // namespace

Keeper::Keeper(Told told) : told_(std::move(told)) {}

Keeper::~Keeper() {
  Stop();
  FlushAll();
}

void Keeper::Add(const std::string& domain, std::unique_ptr<DomainReports> reports) {
  domains_[domain] = std::move(reports);
}

void Keeper::Start() {
  thread_ = std::thread([this] { Run(); });
}

DomainReports* Keeper::Find(std::string_view domain) const {
  const auto found = domains_.find(domain.empty() ? std::string_view("default") : domain);
  return found == domains_.end() ? nullptr : found->second.get();
}

void Keeper::Request(std::string_view domain, Query query, Done done) {
  DomainReports* const reports = Find(domain);
  if (reports == nullptr) return done(absl::NotFoundError("there is no such domain"));
  absl::Status refused;
  {
    const std::scoped_lock lock(mutex_);
    if (stop_) {
      refused = absl::UnavailableError("the service is ending");
    } else if (wishes_.size() >= kMostWishes) {
      refused = absl::ResourceExhaustedError("too many reports are asked for; try again");
    } else {
      wishes_.push_back({reports, std::move(query), std::move(done)});
      wake_.notify_one();
      return;
    }
  }
  done(refused);
}

void Keeper::Stop() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  for (const Wish& wish : wishes_) wish.done(absl::UnavailableError("the service is ending"));
  wishes_.clear();
}

void Keeper::Run() {
  bool busy = false;
  auto flushed = std::chrono::steady_clock::now();
  for (;;) {
    std::deque<Wish> wishes;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, busy ? kBusyPause : kIdlePause,
                     [this] { return stop_ || !wishes_.empty(); });
      if (stop_) return;
      wishes.swap(wishes_);
    }
    busy = false;
    for (const auto& [name, reports] : domains_) busy = reports->Absorb() || busy;
    for (const Wish& wish : wishes) wish.done(MakeReport(*wish.reports, wish.query));
    if (std::chrono::steady_clock::now() - flushed < kFlushEvery) continue;
    flushed = std::chrono::steady_clock::now();
    FlushAll();
  }
}

void Keeper::FlushAll() {
  for (const auto& [name, reports] : domains_) {
    if (absl::Status status = reports->Flush(/*durable=*/false); !status.ok()) told_(name, status);
  }
}

}  // namespace strowger::reports
