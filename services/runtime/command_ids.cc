#include "services/runtime/command_ids.h"

#include <algorithm>
#include <bit>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace strowger::runtime {
namespace {

// Bounds the work of one admission after a long silence; what is overdue is not found anyway.
constexpr int kForgottenAtOnce = 64;

}  // namespace

CommandIds::CommandIds(std::uint32_t capacity, routing::DurationNs window)
    : capacity_(capacity),
      window_(window),
      blocks_((capacity + kBlock - 1) / kBlock),
      buckets_(std::bit_ceil(std::size_t{capacity}), kNone) {}

CommandIds::Entry& CommandIds::At(std::uint64_t ticket) {
  const std::size_t slot = ticket % capacity_;
  std::unique_ptr<Entry[]>& block = blocks_[slot / kBlock];
  if (block == nullptr) block = std::make_unique<Entry[]>(kBlock);
  return block[slot % kBlock];
}

const CommandIds::Entry& CommandIds::At(std::uint64_t ticket) const {
  const std::size_t slot = ticket % capacity_;
  return blocks_[slot / kBlock][slot % kBlock];
}

bool CommandIds::Holds(std::uint64_t ticket) const {
  return ticket >= first_ticket_ && ticket < next_ticket_;
}

CommandIds::Admitted CommandIds::Admit(std::string_view id, routing::TimeNs now) {
  const std::size_t hash = absl::HashOf(absl::string_view(id.data(), id.size()));
  std::uint64_t& bucket = buckets_[hash & (buckets_.size() - 1)];
  for (std::uint64_t ticket = bucket; ticket != kNone; ticket = At(ticket).older) {
    const Entry& entry = At(ticket);
    if (entry.hash != hash || entry.id != id) continue;
    if (now - entry.time >= window_) break;  // those behind it are older still
    return {true, ticket, entry.settled ? &entry.receipt : nullptr};
  }
  Forget(now);
  const std::uint64_t ticket = next_ticket_++;
  Entry& entry = At(ticket);
  entry.id.assign(id);  // into the memory of the id that was here before
  entry.older = bucket;
  entry.hash = hash;
  entry.time = now;
  entry.settled = false;
  bucket = ticket;
  return {false, ticket, nullptr};
}

// Makes room for one, and drops what is too old. An entry that is not settled belongs to the batch
// at hand, whose repeats will ask for it: it stays.
void CommandIds::Forget(routing::TimeNs now) {
  if (size() == capacity_) Unlink(first_ticket_++);
  for (int i = 0; i < kForgottenAtOnce && size() > 0; ++i) {
    const Entry& oldest = At(first_ticket_);
    if (!oldest.settled || now - oldest.time < window_) return;
    Unlink(first_ticket_++);
  }
}

void CommandIds::Unlink(std::uint64_t ticket) {
  const Entry& entry = At(ticket);
  std::uint64_t* link = &buckets_[entry.hash & (buckets_.size() - 1)];
  while (*link != ticket) link = &At(*link).older;
  *link = entry.older;
}

void CommandIds::Settle(std::uint64_t ticket, const Receipt& receipt) {
  if (!Holds(ticket)) return;
  At(ticket).settled = true;
  At(ticket).receipt = receipt;
}

const Receipt* CommandIds::Find(std::uint64_t ticket) const {
  return Holds(ticket) && At(ticket).settled ? &At(ticket).receipt : nullptr;
}

void CommandIds::ForEach(const RememberedVisitor& visit) const {
  for (std::uint64_t ticket = first_ticket_; ticket < next_ticket_; ++ticket) {
    const Entry& entry = At(ticket);
    if (entry.settled) visit({entry.id, {}, 0, entry.receipt});
  }
}

void CommandIds::WithdrawNewest() { Unlink(--next_ticket_); }

}  // namespace strowger::runtime
