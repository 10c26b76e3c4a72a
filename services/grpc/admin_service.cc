#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "routing/limits.h"
#include "services/grpc/convert_commands.h"
#include "services/grpc/convert_values.h"
#include "services/grpc/convert_views.h"
#include "services/grpc/services.h"
#include "services/grpc/unary.h"
#include "strowger/v1/admin.grpc.pb.h"

namespace strowger::grpc_api {
namespace {

v1::JournalMode ToProto(std::string_view mode) {
  if (mode == "sync") return v1::JOURNAL_MODE_SYNC;
  return mode == "interval" ? v1::JOURNAL_MODE_INTERVAL : v1::JOURNAL_MODE_NONE;
}

void SetDomain(const routing::DomainView& view, v1::DomainStatus* to) {
  using routing::AgentState;
  const auto agents = [&view](AgentState state) {
    return view.agents_by_state[static_cast<std::size_t>(state)];
  };
  to->set_sequence(view.sequence);
  if (view.time != 0) SetTime(view.time, to->mutable_time());
  to->set_rule_set(std::string(view.rule_set->name()));
  to->set_rule_set_version(view.rule_set_version);
  to->set_rule_set_hash(std::string(view.rule_set->hash()));
  to->set_contacts_queued(view.contacts_queued);
  to->set_contacts_offered(view.contacts_offered);
  to->set_contacts_handling(view.contacts_handling);
  to->set_agents_offline(agents(AgentState::kOffline));
  to->set_agents_not_ready(agents(AgentState::kNotReady));
  to->set_agents_ready(agents(AgentState::kReady));
  to->set_rule_errors(view.rule_errors);
}

// From what the domain has published, when it takes no reads any more.
void SetDomain(const runtime::Figures& figures, const rules::RuleHistory& history,
               v1::DomainStatus* to) {
  const auto count = [](const runtime::Gauge& gauge) {
    return static_cast<std::uint64_t>(gauge.Get());
  };
  const std::optional<rules::RuleVersion> rules = history.Active();
  to->set_sequence(figures.sequence.Get());
  if (figures.time.Get() != 0) SetTime(figures.time.Get(), to->mutable_time());
  to->set_rule_set(rules->rule_set);
  to->set_rule_set_version(rules->version);
  to->set_rule_set_hash(rules->hash);
  to->set_contacts_queued(count(figures.contacts_queued));
  to->set_contacts_offered(count(figures.contacts_offered));
  to->set_contacts_handling(count(figures.contacts_handling));
  to->set_agents_offline(count(figures.agents[0]));
  to->set_agents_not_ready(count(figures.agents[1]));
  to->set_agents_ready(count(figures.agents[2]));
  to->set_rule_errors(figures.rule_errors.Get());
}

// One look at every domain; the last to be done replies.
class GetStatusCall final : public UnaryCall {
 public:
  using UnaryCall::UnaryCall;

  void Start(const grpc::ByteBuffer& bytes) {
    v1::GetStatusRequest request;
    if (grpc::Status taken = Take(bytes, request); !taken.ok()) return Fail(taken);
    response_.set_version(hub().options.version);
    SetTime(hub().started_at, response_.mutable_started_at());
    const bool recovering = !hub().recovery.done();
    response_.set_state(hub().draining ? v1::SERVICE_STATE_DRAINING
                        : recovering   ? v1::SERVICE_STATE_RECOVERING
                                       : v1::SERVICE_STATE_SERVING);
    response_.set_clock(hub().options.virtual_time ? v1::CLOCK_MODE_VIRTUAL
                                                   : v1::CLOCK_MODE_SYSTEM);
    if (recovering) return ReplyRecovering();
    hub().domains.ForEach([this](const std::string& name, runtime::DomainExecutor& executor) {
      if (!caller().MayUse(name)) return;
      response_.set_journal(ToProto(executor.journal().mode()));
      v1::DomainStatus* const status = response_.add_domains();
      status->set_domain(name);
      looks_.push_back(std::make_unique<Look>(*this, executor, status));
    });
    left_.store(looks_.size() + 1);
    for (const auto& look : looks_) look->Begin(request.with_state_hash());
    Done();
  }

 private:
  class Look final : public runtime::ReadTask {
   public:
    Look(GetStatusCall& call, runtime::DomainExecutor& executor, v1::DomainStatus* status)
        : call_(call), executor_(executor), status_(status) {}

    void Begin(bool with_hash) {
      with_hash_ = with_hash;
      if (executor_.Submit(this) == runtime::DomainExecutor::Submission::kAccepted) return;
      SetDomain(executor_.figures(), *call_.hub().publisher.Find(status_->domain()), status_);
      OnReleased();
    }

   private:
    void OnRead(const runtime::Reading& reading) override {
      SetDomain(reading.router.Domain(), status_);
      status_->set_sequence(reading.sequence);
      if (with_hash_) status_->set_state_hash(reading.router.Hash().ToHex());
    }
    void OnReleased() override {
      status_->set_durable_sequence(executor_.journal().durable_sequence());
      call_.Done();
    }

    GetStatusCall& call_;
    runtime::DomainExecutor& executor_;
    v1::DomainStatus* const status_;
    bool with_hash_ = false;
  };

  void ReplyRecovering() {
    std::uint64_t sequence = 0;
    std::uint64_t last = 0;
    v1::RecoveryProgress& progress = *response_.mutable_recovery();
    hub().recovery.Get(*progress.mutable_domain(), sequence, last);
    if (!caller().MayUse(progress.domain())) progress.clear_domain();
    progress.set_sequence(sequence);
    progress.set_last_sequence(last);
    Reply(response_);
  }

  void Done() {
    if (left_.fetch_sub(1) == 1) Reply(response_);
  }

  v1::GetStatusResponse response_;
  std::vector<std::unique_ptr<Look>> looks_;
  std::atomic<std::size_t> left_{0};
};

class DrainCall final : public UnaryCall {
 public:
  using UnaryCall::UnaryCall;

  void Start(const grpc::ByteBuffer& bytes) {
    v1::DrainRequest request;
    if (grpc::Status taken = Take(bytes, request); !taken.ok()) return Fail(taken);
    if (grpc::Status status = AuthoriseAll(); !status.ok()) return Fail(status);
    v1::DrainResponse response;
    response.set_already_draining(!hub().StopIntake());
    if (!response.already_draining() && hub().options.on_drain) hub().options.on_drain();
    Reply(response);
  }
};

grpc::Status NothingIsKept() {
  return {grpc::StatusCode::FAILED_PRECONDITION, "nothing is kept: journal.mode is memory"};
}

class CheckpointCall final : public UnaryCall {
 public:
  using UnaryCall::UnaryCall;

  void Start(const grpc::ByteBuffer& bytes) {
    v1::CheckpointRequest request;
    if (grpc::Status taken = Take(bytes, request); !taken.ok()) return Fail(taken);
    if (hub().domains.Find(request.domain()) == nullptr) {
      return Fail(Refused(routing::Outcome::kUnknownDomain, "domain",
                          Describe(routing::Outcome::kUnknownDomain)));
    }
    if (!hub().options.on_checkpoint) return Fail(NothingIsKept());
    hub().options.on_checkpoint(request.domain(),
                                [this](const absl::StatusOr<Checkpointed>& taken) { End(taken); });
  }

 private:
  void End(const absl::StatusOr<Checkpointed>& taken) {
    if (!taken.ok()) {
      return Fail({static_cast<grpc::StatusCode>(taken.status().code()),
                   std::string(taken.status().message())});
    }
    v1::CheckpointResponse response;
    response.set_sequence(taken->sequence);
    response.set_bytes(taken->bytes);
    response.set_path(taken->path);
    response.set_was_there(taken->was_there);
    response.set_took_ms(taken->took_ms);
    response.set_first_record(taken->first_record);
    Reply(response);
  }
};

class BackupCall final : public UnaryCall {
 public:
  using UnaryCall::UnaryCall;

  void Start(const grpc::ByteBuffer& bytes) {
    v1::BackupRequest request;
    if (grpc::Status taken = Take(bytes, request); !taken.ok()) return Fail(taken);
    if (hub().domains.Find(request.domain()) == nullptr) {
      return Fail(Refused(routing::Outcome::kUnknownDomain, "domain",
                          Describe(routing::Outcome::kUnknownDomain)));
    }
    if (!hub().options.on_backup) return Fail(NothingIsKept());
    hub().options.on_backup(request.domain(),
                            [this](const absl::StatusOr<BackedUp>& made) { End(made); });
  }

 private:
  void End(const absl::StatusOr<BackedUp>& made) {
    if (!made.ok()) {
      return Fail({static_cast<grpc::StatusCode>(made.status().code()),
                   std::string(made.status().message())});
    }
    v1::BackupResponse response;
    response.set_folder(made->folder);
    response.set_backup_id(made->id);
    response.set_checkpoint_sequence(made->checkpoint);
    response.set_sequence(made->sequence);
    response.set_bytes(made->bytes);
    Reply(response);
  }
};

// The command, then what it leaves on disk.
class EraseContactDataCall final : public UnaryCall, public runtime::CommandTask {
 public:
  using UnaryCall::UnaryCall;

  void Start(const grpc::ByteBuffer& bytes) {
    received_ns = runtime::MonotonicNs();
    if (grpc::Status taken = Take(bytes, request_); !taken.ok()) return Fail(taken);
    Violations violations;
    LimitBytes(request_.command_id(), routing::kMaxIdBytes, "command_id", violations);
    RequireName(request_.contact_id(), "contact_id", violations);
    command.time = ConvertAt(request_.has_at() ? &request_.at() : nullptr,
                             hub().options.virtual_time, violations);
    if (!violations.empty()) return Fail(BadRequest(violations));
    runtime::DomainExecutor* const executor = hub().domains.Find(request_.domain());
    if (executor == nullptr) {
      return Fail(Refused(routing::Outcome::kUnknownDomain, "domain",
                          Describe(routing::Outcome::kUnknownDomain)));
    }
    command_id = request_.command_id();
    command.body = routing::EraseContactData{request_.contact_id()};
    const auto submission = executor->Submit(this);
    if (submission != runtime::DomainExecutor::Submission::kAccepted) FailSubmission(submission);
  }

 private:
  // A repeat does the rest once more: it may be what the first time did not come to.
  void OnReleased(const runtime::Receipt& receipt, const runtime::EventSlice&) override {
    if (!receipt.result.ok()) return Fail(Refused(receipt, "contact_id"));
    SetReceipt(receipt, response_.mutable_receipt());
    if (hub().options.on_erased) {
      return hub().options.on_erased(request_.domain(), receipt.sequence,
                                     [this](const auto& left) { End(left); });
    }
    if (hub().options.history == nullptr) return Reply(response_);
    hub().options.history->Ask(request_.domain(), receipt.sequence,
                               [this](const history::HistoryStore*) { Reply(response_); });
  }

  void End(const absl::StatusOr<ErasedFromDisk>& left) {
    if (!left.ok()) {
      return Fail({grpc::StatusCode::UNAVAILABLE, "erased from the state, but not from the disk: " +
                                                      std::string(left.status().message()) +
                                                      "; repeat the call"});
    }
    response_.set_checkpoint_sequence(left->checkpoint);
    response_.set_first_record(left->first_record);
    response_.set_backup_folder(left->backup_folder);
    for (const ErasedFromDisk::Backup& from : left->backups) {
      v1::EarlierBackup* const to = response_.add_backups();
      to->set_backup_id(from.id);
      SetTime(from.time, to->mutable_time());
      to->set_sequence(from.sequence);
    }
    Reply(response_);
  }

  v1::EraseContactDataRequest request_;
  v1::EraseContactDataResponse response_;
};

class ListDomainsCall final : public UnaryCall {
 public:
  using UnaryCall::UnaryCall;

  void Start(const grpc::ByteBuffer& bytes) {
    v1::ListDomainsRequest request;
    if (grpc::Status taken = Take(bytes, request); !taken.ok()) return Fail(taken);
    v1::ListDomainsResponse response;
    for (const std::string_view name : hub().domains.Names()) {
      if (caller().MayUse(name)) response.add_domains(std::string(name));
    }
    Reply(response);
  }
};

using Base =
    v1::AdminService::WithRawCallbackMethod_GetStatus<v1::AdminService::WithRawCallbackMethod_Drain<
        v1::AdminService::WithRawCallbackMethod_Checkpoint<
            v1::AdminService::WithRawCallbackMethod_Backup<
                v1::AdminService::WithRawCallbackMethod_EraseContactData<
                    v1::AdminService::WithRawCallbackMethod_ListDomains<
                        v1::AdminService::Service>>>>>>;

class AdminService final : public Base {
 public:
  explicit AdminService(Hub& hub) : hub_(hub) {}

 private:
  using Context = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;

  grpc::ServerUnaryReactor* GetStatus(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<GetStatusCall>(hub_, Rpc::kGetStatus, context, in, out);
  }
  grpc::ServerUnaryReactor* Drain(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<DrainCall>(hub_, Rpc::kDrain, context, in, out);
  }
  grpc::ServerUnaryReactor* Checkpoint(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<CheckpointCall>(hub_, Rpc::kCheckpoint, context, in, out);
  }
  grpc::ServerUnaryReactor* Backup(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<BackupCall>(hub_, Rpc::kBackup, context, in, out);
  }
  grpc::ServerUnaryReactor* EraseContactData(Context* context, const Bytes* in,
                                             Bytes* out) override {
    return StartCall<EraseContactDataCall>(hub_, Rpc::kEraseContactData, context, in, out);
  }
  grpc::ServerUnaryReactor* ListDomains(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<ListDomainsCall>(hub_, Rpc::kListDomains, context, in, out);
  }

  Hub& hub_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAdminService(Hub& hub) {
  return std::make_unique<AdminService>(hub);
}

}  // namespace strowger::grpc_api
