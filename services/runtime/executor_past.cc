// How a domain's executor comes to go on from a past.
#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/runtime/executor.h"

namespace strowger::runtime {

absl::StatusOr<std::unique_ptr<DomainExecutor>> DomainExecutor::Recover(
    ExecutorOptions options, std::unique_ptr<routing::Router> router, journal::Journal& journal,
    const Clock* clock, const Observer& observer) {
  auto executor = Rebuild(std::move(options), std::move(router), journal, clock, nullptr, observer);
  if (executor.ok()) (*executor)->Start();
  return executor;
}

absl::StatusOr<std::unique_ptr<DomainExecutor>> DomainExecutor::Rebuild(
    ExecutorOptions options, std::unique_ptr<routing::Router> router, journal::Journal& journal,
    const Clock* clock, const std::function<void(const RememberedVisitor&)>& past,
    const Observer& observer) {
  std::unique_ptr<DomainExecutor> executor(
      new DomainExecutor(Unstarted{}, std::move(options), std::move(router), journal, clock));
  if (past) {
    past([&](const Remembered& remembered) { executor->Remember(remembered); });
    // What happened before the checkpoint is not among the events kept.
    if (executor->sequence_ != 0) {
      executor->events_.BeginAfter(
          {executor->sequence_, std::numeric_limits<std::uint32_t>::max()});
    }
  }
  if (absl::Status status = executor->taps_.Begin(*executor->router_); !status.ok()) return status;
  if (absl::Status status = executor->ApplyPast(observer); !status.ok()) return status;
  return executor;
}

void DomainExecutor::Remember(const Remembered& remembered) {
  if (!remembered.session_id.empty()) {
    sessions_.Restore(remembered.session_id, remembered.number, remembered.receipt);
  } else if (!remembered.command_id.empty()) {
    const CommandIds::Admitted admitted =
        command_ids_.Admit(remembered.command_id, remembered.receipt.time);
    command_ids_.Settle(admitted.ticket, remembered.receipt);
  }
}

void DomainExecutor::ForEachRemembered(const RememberedVisitor& visit) const {
  command_ids_.ForEach(visit);
  sessions_.ForEach(visit);
}

absl::Status DomainExecutor::ApplyPast(const Observer& observer) {
  absl::Status order;
  const absl::Status status = journal_.Read(sequence_ + 1, [&](const journal::Record& record) {
    if (record.command.sequence != sequence_ + 1 ||
        record.command.time < std::max<routing::TimeNs>(time_, 1) ||
        record.command.time > routing::kLatestTime) {
      order = absl::DataLossError(absl::StrCat("record ", record.command.sequence,
                                               " cannot follow record ", sequence_,
                                               ": its sequence or its time is wrong"));
      return false;
    }
    ApplyAgain(record, observer);
    return true;
  });
  TellPast();  // of the last chunk, which was not full
  if (!status.ok() || !order.ok()) return status.ok() ? order : status;
  taps_.EndPast(sequence_);
  return absl::OkStatus();
}

void DomainExecutor::ApplyAgain(const journal::Record& record, const Observer& observer) {
  Receipt receipt;
  Apply(record.command, receipt.result);
  receipt.sequence = sequence_;
  receipt.time = time_;
  Remember({record.command_id, record.session_id, record.number, receipt});
  if (chunk_ != nullptr && chunk_->events().size() >= options_.max_batch) TellPast();
  if (observer) observer(record, receipt);
}

void DomainExecutor::TellPast() {
  const std::shared_ptr<EventChunk> chunk = std::move(chunk_);
  if (chunk != nullptr) events_.Publish(chunk);
  taps_.Tell({sequence_, chunk, taps_.TakeNotes()});
}

}  // namespace strowger::runtime
