#include "services/strowgerd/look_back.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/strowgerd/journal_up_to.h"
#include "services/strowgerd/low_priority.h"

namespace strowger::daemon {
namespace {

// So many commands pass between two looks at how the contact fares.
constexpr std::uint64_t kLookEvery = 256;

// The part of the journal behind one checkpoint, or behind its beginning.
struct Stretch {
  std::uint64_t begin = 0;  // the sequence that it follows
  std::uint64_t end = 0;    // its last
};

// Newest first; each can be replayed from its begin.
std::vector<Stretch> StretchesOf(const KeptDomain& domain) {
  std::vector<Stretch> stretches;
  std::uint64_t end = domain.journal->last_sequence();
  for (const journal::CheckpointFile& file : journal::ListCheckpoints(domain.folder)) {
    if (file.sequence > end) continue;
    stretches.push_back({file.sequence, end});
    end = file.sequence;
  }
  if (domain.journal->first_sequence() <= 1) stretches.push_back({0, end});
  return stretches;
}

absl::Status TooLongAgo(const std::vector<Stretch>& stretches) {
  return absl::FailedPreconditionError(absl::StrCat(
      "the decisions about this contact are not remembered any more; the oldest that can be "
      "explained is sequence ",
      stretches.empty() ? 0 : stretches.back().begin + 1));
}

// Whether a contact of that id was submitted there.
absl::StatusOr<bool> Came(const journal::RocksJournal& journal, const Stretch& stretch,
                          const std::string& contact) {
  bool came = false;
  const absl::Status status =
      journal.ReadRecords(stretch.begin + 1, [&](const journal::v1::Record& record) {
        came = record.command().submit_contact().id() == contact;
        return came || record.sequence() >= stretch.end ? absl::CancelledError() : absl::OkStatus();
      });
  if (status.ok() || absl::IsCancelled(status)) return came;
  return status;
}

}  // namespace

LookBack::~LookBack() { Stop(); }

void LookBack::Start() {
  thread_ = std::thread([this] { Run(); });
}

void LookBack::Stop() {
  std::deque<Wish> unmet;
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
    unmet.swap(wishes_);
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (const Wish& wish : unmet) wish.refuse(absl::UnavailableError("the service is ending"));
}

bool LookBack::IsStopping() const {
  const std::scoped_lock lock(mutex_);
  return stop_;
}

void LookBack::Request(std::string_view domain, std::string contact, Done done) {
  Ask(
      domain,
      [this, contact = std::move(contact), done](const KeptDomain& kept) {
        done(Find(kept, contact));
      },
      [done](const absl::Status& refused) { done(refused); });
}

void LookBack::Ask(std::string_view domain, Answer answer,
                   std::function<void(const absl::Status&)> refuse) {
  const std::string_view name = domain.empty() ? std::string_view("default") : domain;
  const auto found = std::find_if(domains_.begin(), domains_.end(),
                                  [name](const KeptDomain& kept) { return kept.name == name; });
  if (found == domains_.end()) {
    return refuse(absl::NotFoundError("no domain of that name keeps a journal"));
  }
  std::unique_lock lock(mutex_);
  const absl::Status refused = stop_ ? absl::UnavailableError("the service is ending")
                               : wishes_.size() >= kMostWaiting
                                   ? absl::ResourceExhaustedError("too many look back already")
                                   : absl::OkStatus();
  if (!refused.ok()) {
    lock.unlock();
    return refuse(refused);
  }
  wishes_.push_back({&*found, std::move(answer), std::move(refuse)});
  lock.unlock();
  wake_.notify_all();
}

void LookBack::Run() {
  TakeLowestPriority();
  for (;;) {
    Wish wish;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stop_ || !wishes_.empty(); });
      if (stop_) return;
      wish = std::move(wishes_.front());
      wishes_.pop_front();
    }
    wish.answer(*wish.domain);
  }
}

// The newest contact of that id whose submission can be replayed. A submission may have been
// refused, since that id was in use: then the one that counts lies further back.
absl::StatusOr<LookedBack> LookBack::Find(const KeptDomain& domain,
                                          const std::string& contact) const {
  const std::vector<Stretch> stretches = StretchesOf(domain);
  const std::uint64_t up_to = stretches.empty() ? 0 : stretches.front().end;
  for (const Stretch& stretch : stretches) {
    if (IsStopping()) return absl::UnavailableError("the service is ending");
    const absl::StatusOr<bool> came = Came(*domain.journal, stretch, contact);
    if (!came.ok()) return came.status();
    if (!*came) continue;
    auto found = Replay(domain, contact, stretch.begin, up_to);
    if (!found.ok()) return found.status();
    if (*found) return **std::move(found);
  }
  return TooLongAgo(stretches);
}

// Nothing: no contact of that id came behind `from`.
absl::StatusOr<std::optional<LookedBack>> LookBack::Replay(const KeptDomain& domain,
                                                           const std::string& contact,
                                                           std::uint64_t from,
                                                           std::uint64_t up_to) const {
  const routing::Router* router = nullptr;
  const auto decisions = [&]() -> std::optional<routing::Decisions> {
    auto about = router->DecisionsAbout(contact);
    return about && about->complete ? std::move(about) : std::nullopt;
  };
  JournalUpTo tail(*domain.journal, std::min(up_to, from + kMostCommands));
  tail.SetStop([&](std::uint64_t next) {
    if (next % kLookEvery != 0) return false;
    if (IsStopping()) return true;
    const auto view = router->FindContact(contact);
    return view && view->state == routing::ContactState::kEnded && decisions();
  });
  PastOptions options;
  options.checkpoints = domain.folder;
  options.begin_at_most = from;
  options.up_to = tail.durable_sequence();
  options.executor = Unheard(domain.executor);
  options.clock = domain.clock;
  options.prepare = [&](routing::Router& private_router) {
    private_router.RememberOnly(contact);
    router = &private_router;
  };
  const auto past = ReadPast(
      *domain.journal, tail,
      [&tail](journal::DecodeContext context) { tail.SetDecodeContext(std::move(context)); },
      options);
  if (!past.ok()) return past.status();
  if (IsStopping()) return absl::UnavailableError("the service is ending");
  auto about = decisions();
  if (!about) return std::optional<LookedBack>();
  LookedBack looked;
  looked.checkpoint = past->checkpoint;
  looked.reached = router->Domain().sequence;
  looked.contact = *router->FindContact(contact);
  looked.decisions = *std::move(about);
  looked.decisions.complete =
      looked.reached >= up_to || looked.contact.state == routing::ContactState::kEnded;
  return std::optional<LookedBack>(std::move(looked));
}

}  // namespace strowger::daemon
