// What a session does with the commands of a message.
#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "routing-core/rules/compiler.h"
#include "services/grpc/convert_commands.h"
#include "services/grpc/convert_views.h"
#include "services/grpc/session.h"
#include "services/grpc/status.h"

namespace strowger::grpc_api {
namespace {

using runtime::DomainExecutor;

constexpr int kMaxCommands = 1'024;   // in a message
constexpr int kMaxUnwritten = 8'192;  // replies to a caller who sends but does not read

// The contact whose placement the reply tells; null for other commands.
const std::string* PlacedContact(const routing::CommandBody& body) {
  if (const auto* submit = std::get_if<routing::SubmitContact>(&body)) return &submit->contact;
  if (const auto* update = std::get_if<routing::UpdateContact>(&body)) return &update->contact;
  if (const auto* transfer = std::get_if<routing::TransferContact>(&body))
    return &transfer->contact;
  if (const auto* assign = std::get_if<routing::AssignContact>(&body)) return &assign->contact;
  return nullptr;
}

void SetRetry(v1::CommandReply& reply) {
  reply.set_message(std::string(Describe(routing::Outcome::kShedding)));
  SetDuration(kRetryDelay, reply.mutable_retry_delay());
}

void SetRefusal(const SessionCommand& command, const routing::Result& result,
                v1::CommandReply& reply) {
  if (result.outcome == routing::Outcome::kShedding) return SetRetry(reply);
  if (result.outcome == routing::Outcome::kInvalidArgument && !command.violations.empty()) {
    const Violation& first = command.violations.list().front();
    reply.set_field(first.field);
    reply.set_message(first.description);
    return;
  }
  reply.set_message(std::string(Describe(result.outcome)));
  if (result.field.empty()) return;
  reply.set_field(
      absl::StrCat(command.body, ".", absl::string_view(result.field.data(), result.field.size())));
}

void SetReply(SessionCommand& command, v1::CommandReply& reply) {
  const runtime::Receipt& receipt = command.receipt;
  reply.set_number(command.number);
  SetReceipt(receipt, reply.mutable_receipt());
  if (!receipt.result.ok()) return SetRefusal(command, receipt.result, reply);
  if (command.has_placement) reply.mutable_placement()->Swap(&command.placement);
}

}  // namespace

// ---- A command ----------------------------------------------------------------------------------

void SessionCommand::OnApplied(const routing::Router& router, const runtime::Receipt& applied,
                               absl::Span<const routing::Event> events) {
  if (!applied.result.ok() || !violations.empty()) return;
  const std::string* const contact = PlacedContact(command.body);
  if (contact == nullptr) return;
  placement.Clear();
  has_placement = SetPlacement(*contact, events, &placement);
  if (has_placement) return;
  placement.Clear();
  if (const auto view = router.FindContact(*contact)) {
    SetPlacement(*view, &placement);
    has_placement = true;
  }
}

void SessionCommand::OnReleased(const runtime::Receipt& released, const runtime::EventSlice&) {
  receipt = released;
  stream_.Answer(*this);
}

// ---- Taking in ----------------------------------------------------------------------------------

grpc::Status SessionStream::TakeCommands() {
  const int count = request_.commands_size();
  if (count == 0) return grpc::Status::OK;
  if (count > kMaxCommands) return StreamError("commands", "has more than 1,024 items");
  const std::uint64_t first = request_.first_number();
  const std::uint64_t end = first + static_cast<std::uint64_t>(count);
  if (first == 0 || end < first)
    return StreamError("first_number", "must number the commands from 1");
  if (grpc::Status status = AuthoriseCommands(); !status.ok()) return status;
  Admit(first, count);
  const std::uint64_t admitted = batch_.size();
  if (admitted != 0) {
    // Only for what is admitted: behind a command that was shed all are, and cost nothing.
    if (!Affords(static_cast<std::uint32_t>(admitted))) {
      TakeBack();
      ShedFrom(first, end);
      return grpc::Status::OK;
    }
    DecodeBatch();
    switch (executor_->Submit(batch_)) {
      case DomainExecutor::Submission::kAccepted:
        break;
      case DomainExecutor::Submission::kFull:
        TakeBack();
        ShedFrom(first, end);
        return grpc::Status::OK;
      case DomainExecutor::Submission::kClosed:
        TakeBack();
        return Draining();
    }
  }
  ShedFrom(first + admitted, end);
  return grpc::Status::OK;
}

bool SessionStream::Affords(std::uint32_t count) const {
  const bool brings_work =
      std::any_of(request_.commands().begin(), request_.commands().end(),
                  [](const v1::Command& command) { return command.has_submit_contact(); });
  return hub_.access.Spend(caller_, domain_, count, brings_work).ok();
}

grpc::Status SessionStream::AuthoriseCommands() {
  if (caller_.identity == nullptr) return grpc::Status::OK;
  for (const v1::Command& command : request_.commands()) {
    grpc::Status status = hub_.access.AuthoriseCommand(command, context_, caller_, domain_);
    if (!status.ok()) return status;
  }
  return grpc::Status::OK;
}

void SessionStream::Admit(std::uint64_t first_number, int count) {
  batch_.clear();
  const std::scoped_lock lock(mutex_);
  if (shed_from_ != 0 && first_number > shed_from_) return;
  shed_from_ = 0;
  const std::uint32_t credit = hub_.options.session_credit;
  const std::uint32_t room = credit - std::min(credit, in_flight_);
  const std::uint32_t admitted = std::min(room, static_cast<std::uint32_t>(count));
  for (std::uint32_t i = 0; i < admitted; ++i) {
    if (free_.empty()) {
      commands_.push_back(std::make_unique<SessionCommand>(*this));
      free_.push_back(commands_.back().get());
    }
    batch_.push_back(free_.back());
    free_.pop_back();
  }
  in_flight_ += admitted;
}

void SessionStream::DecodeBatch() {
  const std::shared_ptr<const routing::RuleSet> rule_set = history_->active();
  const std::int64_t received_ns = runtime::MonotonicNs();
  std::uint64_t number = request_.first_number();
  int index = 0;
  for (runtime::Task* const task : batch_) {
    auto& command = static_cast<SessionCommand&>(*task);
    command.number = number++;
    command.received_ns = received_ns;
    command.last_of_message = task == batch_.back();
    Decode(request_.commands(index++), *rule_set, command);
  }
}

void SessionStream::Decode(const v1::Command& from, const routing::RuleSet& rule_set,
                           SessionCommand& command) {
  const bool virtual_time = hub_.options.virtual_time;
  command.session = open_task_.session;
  command.session_epoch = open_task_.epoch;
  command.has_placement = false;
  command.violations.Clear();
  Conversion conversion{rule_set, rules::VocabularyOf(rule_set), command.violations};
  command.command.time =
      ConvertAt(from.has_at() ? &from.at() : nullptr, virtual_time, command.violations);
  command.body = ConvertBody(from, virtual_time, conversion, command.command.body);
  command.refusal = {};
  if (!command.violations.empty()) command.refusal.outcome = routing::Outcome::kInvalidArgument;
}

void SessionStream::TakeBack() {
  bool wake = false;
  {
    const std::scoped_lock lock(mutex_);
    for (runtime::Task* const task : batch_) free_.push_back(static_cast<SessionCommand*>(task));
    in_flight_ -= static_cast<std::uint32_t>(batch_.size());
    // Events that were held for these commands wait for the replies of no others.
    if (in_flight_ == 0) wake = std::exchange(events_held_, false);
  }
  if (wake) hub_.pump.Wake();
}

// ---- Answering ----------------------------------------------------------------------------------

void SessionStream::ShedFrom(std::uint64_t number, std::uint64_t end) {
  if (number == end) return;
  {
    const std::scoped_lock lock(mutex_);
    if (shed_from_ == 0) shed_from_ = number;
    for (; number != end; ++number) shed_.push_back(number);
    if (in_flight_ == 0) FlushShed();
  }
  Proceed();
}

// Replies go in the order of numbers, and those before these are all out.
void SessionStream::FlushShed() {
  for (const std::uint64_t number : shed_) {
    v1::CommandReply* const reply = pending_.add_replies();
    reply->set_number(number);
    reply->mutable_receipt()->set_outcome(v1::OUTCOME_SHEDDING);
    SetRetry(*reply);
  }
  flush_ |= !shed_.empty();
  shed_.clear();
}

void SessionStream::Answer(SessionCommand& command) {
  answered_.push_back(&command);
  if (command.last_of_message) AnswerMessage();
}

void SessionStream::AnswerMessage() {
  const std::uint64_t last_released = MakeAnswers();
  std::shared_ptr<SessionStream> keep;  // the stream may end as soon as nothing is in flight
  bool wake = false;
  bool read_on = false;
  {
    const std::scoped_lock lock(mutex_);
    if (pending_.replies_size() == 0) {
      pending_.mutable_replies()->Swap(answers_.mutable_replies());
    } else {
      pending_.mutable_replies()->MergeFrom(answers_.replies());
    }
    last_released_ = std::max(last_released_, last_released);
    flush_ = true;
    free_.insert(free_.end(), answered_.begin(), answered_.end());
    in_flight_ -= static_cast<std::uint32_t>(answered_.size());
    answered_.clear();
    if (in_flight_ == 0) FlushShed();
    read_on = TakeHeldRead();
    wake = std::exchange(events_held_, false);
    keep = self_;
  }
  answers_.clear_replies();
  if (wake) hub_.pump.Wake();
  read_on ? ReadOn() : Proceed();
}

std::uint64_t SessionStream::MakeAnswers() {
  std::uint64_t last_released = 0;
  submitted_.clear();
  for (SessionCommand* const command : answered_) {
    const runtime::Receipt& receipt = command->receipt;
    if (receipt.trouble != runtime::SessionTrouble::kNone) {
      End(StatusOf(receipt.trouble));
      continue;
    }
    SetReply(*command, *answers_.add_replies());
    if (receipt.repeated) continue;
    last_released = std::max(last_released, receipt.sequence);
    const auto* submit = std::get_if<routing::SubmitContact>(&command->command.body);
    if (submit != nullptr && receipt.result.ok()) {
      submitted_.push_back({submit->contact, receipt.sequence});
    }
  }
  contacts_->Add(submitted_);
  return last_released;
}

bool SessionStream::MustHoldRead() const {
  return !shed_.empty() || pending_.replies_size() >= kMaxUnwritten;
}

bool SessionStream::TakeHeldRead() {
  if (!read_held_ || MustHoldRead()) return false;
  read_held_ = false;
  ++holders_;
  return true;
}

}  // namespace strowger::grpc_api
