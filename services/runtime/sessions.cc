#include "services/runtime/sessions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"

namespace strowger::runtime {
namespace {

// Of a number that is not journaled, since nothing was done about it.
Receipt RefusedReceipt() {
  Receipt receipt;
  receipt.result.outcome = routing::Outcome::kInvalidArgument;
  return receipt;
}

}  // namespace

Session::Answer Session::Take(std::uint64_t number) {
  if (number > highest_ + 1) return shedding_ ? Answer::kShed : Answer::kGap;
  if (number <= highest_) {
    return number + outcomes_.size() > highest_ ? Answer::kRepeat : Answer::kForgotten;
  }
  shedding_ = false;
  highest_ = number;
  if (outcomes_.size() < credit_) outcomes_.emplace_back();
  return Answer::kTaken;
}

void Session::GiveBackHighest() {
  // While the ring still grows, the newest slot is its last. Once it is full the slot still holds
  // the outcome that would have made way, since nothing is settled before it is journaled.
  if (highest_ <= credit_) outcomes_.pop_back();
  --highest_;
  shedding_ = true;
}

void Session::StartAfter(std::uint64_t number) {
  highest_ = number;
  outcomes_.assign(std::min<std::uint64_t>(number, credit_), RefusedReceipt());
}

std::vector<Receipt> Session::Outcomes() {
  std::vector<Receipt> kept;
  kept.reserve(outcomes_.size());
  for (std::uint64_t number = highest_ - outcomes_.size() + 1; number <= highest_; ++number) {
    kept.push_back(Slot(number));
    kept.back().repeated = true;
  }
  return kept;
}

SessionTable::SessionTable(std::uint32_t capacity, std::uint32_t credit)
    : capacity_(capacity), credit_(std::clamp(credit, 1U, kMaxSessionCredit)) {
  sessions_.reserve(capacity);
}

Session* SessionTable::FindOrMake(std::string_view id) {
  const absl::string_view key(id.data(), id.size());
  auto found = sessions_.find(key);
  if (found == sessions_.end()) {
    if (sessions_.size() >= capacity_ && !MakeRoom()) return nullptr;
    found = sessions_.emplace(id, std::make_unique<Session>(id, credit_)).first;
  }
  return found->second.get();
}

void SessionTable::Restore(std::string_view id, std::uint64_t number, const Receipt& receipt) {
  Session* const session = FindOrMake(id);
  if (session == nullptr) return;
  session->used_at_ = ++uses_;
  // Numbers that begin again: the session had been forgotten. A long leap: what led here was.
  if (number <= session->highest() || number - session->highest() > credit_) {
    session->StartAfter(number - 1);
  }
  for (std::uint64_t next = session->highest() + 1; next <= number; ++next) {
    session->Take(next);
    session->Settle(next, next == number ? receipt : RefusedReceipt());
  }
}

void SessionTable::ForEach(const RememberedVisitor& visit) const {
  std::vector<Session*> sessions;
  for (const auto& [id, session] : sessions_) sessions.push_back(session.get());
  std::sort(sessions.begin(), sessions.end(),
            [](const Session* a, const Session* b) { return a->used_at_ < b->used_at_; });
  for (Session* const session : sessions) {
    for (std::uint64_t number = session->highest() - session->kept() + 1;
         number <= session->highest(); ++number) {
      visit({{}, session->id(), number, session->Outcome(number)});
    }
  }
}

Session* SessionTable::Open(std::string_view id, SessionOwner* owner) {
  Session* const made = FindOrMake(id);
  if (made == nullptr) return nullptr;
  Session& session = *made;
  if (SessionOwner* const former = std::exchange(session.owner_, owner)) former->OnTakenOver();
  ++session.epoch_;
  ++session.holders_;
  session.used_at_ = ++uses_;
  return &session;
}

void SessionTable::Close(Session* session, std::uint64_t epoch) {
  --session->holders_;
  session->used_at_ = ++uses_;
  if (session->epoch_ == epoch) session->owner_ = nullptr;
}

// Which one goes does not depend on the order of iteration, since no two were used at once.
bool SessionTable::MakeRoom() {
  auto oldest = sessions_.end();
  for (auto it = sessions_.begin(); it != sessions_.end(); ++it) {
    if (it->second->holders_ > 0) continue;
    if (oldest == sessions_.end() || it->second->used_at_ < oldest->second->used_at_) oldest = it;
  }
  if (oldest == sessions_.end()) return false;
  sessions_.erase(oldest);
  return true;
}

}  // namespace strowger::runtime
