#include "tests/simulation/simulated_disk.h"

#include <algorithm>

namespace strowger::simulation {
namespace {

absl::Status ReadFrom(const SimulatedDisk& disk, std::uint64_t from, std::uint64_t last,
                      const std::function<bool(const journal::Record&)>& visit) {
  if (from < disk.first) return absl::OutOfRangeError("truncated");
  for (std::uint64_t sequence = from; sequence <= last; ++sequence) {
    if (!visit(disk.records[sequence - 1])) break;
  }
  return absl::OkStatus();
}

}  // namespace

std::uint64_t SimulatedDisk::LosePower(model::Dice& dice, const DiskTemper& temper) {
  const std::uint64_t kept = durable + dice.Below(last() - durable + 1);
  const std::uint64_t lost = last() - kept;
  records.resize(kept);
  durable = kept;
  if (!checkpoints.empty() && dice.Chance(temper.damaged)) {
    std::string& state = checkpoints.front().state;
    char& byte = state[dice.Below(state.size())];
    byte = static_cast<char>(byte ^ (1 << dice.Below(8)));
  }
  return lost;
}

absl::Status SimulatedJournal::Append(std::uint64_t expected,
                                      absl::Span<const journal::RecordView> records) {
  if (expected != disk_.last() + 1) return absl::FailedPreconditionError("another sequence");
  if (dice_.Chance(temper_.full)) {
    ++refused_;
    return absl::ResourceExhaustedError("no room");
  }
  for (const journal::RecordView& view : records) {
    journal::Record record;
    record.command = *view.command;
    record.command_id = std::string(view.command_id);
    record.session_id = std::string(view.session_id);
    record.number = view.number;
    if (view.note != nullptr) record.note = *view.note;
    disk_.records.push_back(std::move(record));
  }
  return absl::OkStatus();
}

void SimulatedJournal::Sync() {
  routing::DurationNs takes = routing::kMillisecond;
  if (dice_.Chance(temper_.slow)) takes = dice_.Between(0, temper_.longest_sync);
  const routing::TimeNs free = syncs_.empty() ? now_ : std::max(now_, syncs_.back().ends);
  syncs_.push_back({free + takes, disk_.last()});
}

void SimulatedJournal::EndSyncs() {
  while (!syncs_.empty() && syncs_.front().ends <= now_) {
    disk_.durable = std::max(disk_.durable, syncs_.front().covers);
    syncs_.pop_front();
    if (notice_) notice_(absl::OkStatus());
  }
}

routing::TimeNs SimulatedJournal::next_sync() const {
  return syncs_.empty() ? routing::kNever : syncs_.front().ends;
}

absl::Status SimulatedJournal::Read(
    std::uint64_t from, const std::function<bool(const journal::Record&)>& visit) const {
  return ReadFrom(disk_, from, disk_.last(), visit);
}

absl::Status SimulatedJournal::TruncateBelow(std::uint64_t sequence) {
  disk_.first = std::max(disk_.first, sequence);
  return absl::OkStatus();
}

absl::Status RecordsUpTo::Read(std::uint64_t from,
                               const std::function<bool(const journal::Record&)>& visit) const {
  return ReadFrom(disk_, from, last_, visit);
}

}  // namespace strowger::simulation
