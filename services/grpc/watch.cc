#include "services/grpc/watch.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "services/grpc/convert_values.h"
#include "services/grpc/convert_views.h"
#include "services/grpc/messages.h"
#include "services/grpc/status.h"

namespace strowger::grpc_api {
namespace {

constexpr std::size_t kEventsInMessage = 1'000;
constexpr std::size_t kPartItems = 1'000;
constexpr std::size_t kPartBytes = std::size_t{1} << 20;  // well below what clients take in
// A caller whose filter passes nothing still learns where it is now and then.
constexpr std::uint64_t kPassedOver = 10'000;
constexpr std::size_t kMaxFilter = 256;
constexpr int kReadsInTurn = 16;

void CheckNames(const google::protobuf::RepeatedPtrField<std::string>& names, const char* field,
                Violations& violations) {
  LimitCount(names.size(), kMaxFilter, field, violations);
  for (int i = 0; i < names.size() && i < static_cast<int>(kMaxFilter); ++i) {
    const Violations::Step step(violations, field, i);
    RequireName(names[i], "", violations);
  }
}

void Check(const v1::WatchRequest& request, Violations& violations) {
  for (int i = 0; i < request.types_size(); ++i) {
    const int type = request.types(i);
    if (type != 0 && v1::EventType_IsValid(type)) continue;
    const Violations::Step step(violations, "types", i);
    UnknownEnum(type, "", violations);
  }
  CheckNames(request.queues(), "queues", violations);
  CheckNames(request.agent_ids(), "agent_ids", violations);
  if (request.has_after() && request.state_first()) {
    violations.Add("after", "not together with state_first");
  }
}

}  // namespace

// ---- The filter ---------------------------------------------------------------------------------

void EventFilter::Set(const v1::WatchRequest& request) {
  for (const int type : request.types()) types_ |= 1U << static_cast<unsigned>(type);
  queues_.insert(request.queues().begin(), request.queues().end());
  agents_.insert(request.agent_ids().begin(), request.agent_ids().end());
}

bool EventFilter::Passes(const routing::Event& event) const {
  if (types_ != 0 && (types_ & (1U << static_cast<unsigned>(event.type))) == 0) return false;
  if (queues_.empty() && agents_.empty()) return true;
  return NamesQueue(event.queue) || NamesQueue(event.to_queue) || NamesAgent(event.agent);
}

bool EventFilter::Passes(const routing::AgentView& agent) const {
  return agents_.empty() || NamesAgent(agent.agent);
}

bool EventFilter::Passes(const routing::ContactView& contact) const {
  if (queues_.empty() && agents_.empty()) return true;
  return NamesQueue(contact.queue) || NamesAgent(contact.agent);
}

// ---- Start --------------------------------------------------------------------------------------

WatchStream::WatchStream(Hub& hub, const grpc::CallbackServerContext& context)
    : hub_(hub), context_(context), state_task_(*this) {
  hub_.rpcs.Started(static_cast<std::size_t>(Rpc::kWatch));
}

WatchStream* WatchStream::Start(Hub& hub, const grpc::CallbackServerContext& context,
                                const grpc::ByteBuffer& request) {
  std::shared_ptr<WatchStream> stream(new WatchStream(hub, context));
  WatchStream* const reactor = stream.get();
  reactor->self_ = stream;
  if (const grpc::Status status = reactor->Begin(request); !status.ok()) {
    reactor->End(status);
  } else {
    hub.pump.Add(std::move(stream));
  }
  return reactor;
}

grpc::Status WatchStream::Begin(const grpc::ByteBuffer& bytes) {
  grpc::Status status = hub_.access.Admit(Rpc::kWatch, context_, caller_);
  if (!status.ok()) return status;
  counted_ = hub_.streams.Enter();
  if (!counted_) return Shed("too many streams are open");
  v1::WatchRequest request;
  if (status = Parse(bytes, request); !status.ok()) return status;
  status = hub_.access.Authorise(Rpc::kWatch, context_, caller_, request.domain());
  if (!status.ok()) return status;
  Violations violations;
  Check(request, violations);
  if (!violations.empty()) return BadRequest(violations);
  if (!hub_.recovery.done()) return Recovering();
  executor_ = hub_.domains.Find(request.domain());
  if (executor_ == nullptr) {
    return Refused(routing::Outcome::kUnknownDomain, "domain",
                   Describe(routing::Outcome::kUnknownDomain));
  }
  filter_.Set(request);
  if (hub_.draining.load()) return Draining();
  resumed_ = request.has_after();
  cursor_ = executor_->events().last();
  if (request.has_after()) cursor_ = {request.after().sequence(), request.after().index()};
  if (!request.state_first()) return grpc::Status::OK;
  {
    const std::scoped_lock lock(mutex_);
    busy_ = true;
  }
  const auto submission = executor_->Submit(&state_task_);
  if (submission == runtime::DomainExecutor::Submission::kAccepted) return grpc::Status::OK;
  const std::scoped_lock lock(mutex_);
  busy_ = false;
  return submission == runtime::DomainExecutor::Submission::kFull
             ? Shed(Describe(routing::Outcome::kShedding))
             : Draining();
}

void WatchStream::TakeState(const runtime::Reading& reading) {
  cursor_ = {reading.sequence, std::numeric_limits<std::uint32_t>::max()};
  state_left_ = true;
  const auto wanted = [this](const routing::AgentView& agent) { return filter_.Passes(agent); };
  for (const routing::AgentView& agent :
       reading.router.ListAgents("", std::numeric_limits<std::size_t>::max(), wanted)) {
    SetAgent(agent, &agents_.emplace_back());
  }
  for (const routing::CanonicalContact& contact : reading.router.Canonical().contacts) {
    if (static_cast<routing::ContactState>(contact.state) == routing::ContactState::kEnded)
      continue;
    const auto view = reading.router.FindContact(contact.contact);
    if (view && filter_.Passes(*view)) SetContact(*view, &contacts_.emplace_back());
  }
  // Sent from the back.
  std::reverse(agents_.begin(), agents_.end());
}

void WatchStream::OnState() {
  const std::shared_ptr<WatchStream> keep = self_;
  {
    const std::scoped_lock lock(mutex_);
    busy_ = false;
  }
  hub_.pump.Wake();
  Proceed();
}

// ---- Turns --------------------------------------------------------------------------------------

bool WatchStream::OnTurn() {
  if (!hub_.access.StillHolds(caller_)) End(Revoked());
  {
    const std::scoped_lock lock(mutex_);
    if (finished_ || ending_) return false;
    if (busy_) return true;
    busy_ = true;  // keeps the end away
  }
  bool send = state_left_ && NextState();
  for (int i = 0; !send && i < kReadsInTurn; ++i) {
    send = NextEvents();
    if (!send && slices_.empty()) break;
  }
  if (send) {
    if (!Serialize(message_, buffer_).ok()) send = false;
    message_.Clear();
  }
  if (send) {
    StartWrite(&buffer_);
    return true;
  }
  {
    const std::scoped_lock lock(mutex_);
    busy_ = false;
  }
  if (!slices_.empty()) hub_.pump.Wake();
  if (slices_.empty() && hub_.draining.load()) End(Draining());
  Proceed();
  return true;
}

// Agents first, then contacts, by parts.
bool WatchStream::NextState() {
  v1::StatePart* const part = message_.mutable_state();
  std::size_t bytes = 0;
  while (!agents_.empty() && part->agents_size() < static_cast<int>(kPartItems) &&
         bytes < kPartBytes) {
    bytes += agents_.back().ByteSizeLong();
    part->add_agents()->Swap(&agents_.back());
    agents_.pop_back();
  }
  while (agents_.empty() && !contacts_.empty() &&
         part->contacts_size() < static_cast<int>(kPartItems) && bytes < kPartBytes) {
    bytes += contacts_.back().ByteSizeLong();
    part->add_contacts()->Swap(&contacts_.back());
    contacts_.pop_back();
  }
  state_left_ = !agents_.empty() || !contacts_.empty();
  part->set_last(!state_left_);
  message_.mutable_position()->set_sequence(cursor_.sequence);
  message_.mutable_position()->set_index(cursor_.index);
  return true;
}

bool WatchStream::NextEvents() {
  slices_.clear();
  if (executor_->events().Read(cursor_, kEventsInMessage, slices_) ==
      runtime::EventLog::ReadStatus::kOutOfRange) {
    End(resumed_ ? grpc::Status(grpc::StatusCode::OUT_OF_RANGE,
                                "after: events from there on are no longer kept; start again with "
                                "state_first")
                 : Shed("the events were read too slowly; resume after the last position seen"));
    return false;
  }
  resumed_ = false;
  for (const runtime::EventSlice& slice : slices_) {
    for (const routing::Event& event : slice.events) {
      if (message_.events_size() == static_cast<int>(kEventsInMessage)) break;
      cursor_ = runtime::PositionOf(event);
      ++passed_over_;
      if (filter_.Passes(event)) SetEvent(event, message_.add_events());
    }
  }
  if (message_.events_size() == 0 && passed_over_ < kPassedOver) return false;
  passed_over_ = 0;
  message_.mutable_position()->set_sequence(cursor_.sequence);
  message_.mutable_position()->set_index(cursor_.index);
  return true;
}

// ---- Ends ---------------------------------------------------------------------------------------

void WatchStream::End(const grpc::Status& status) {
  {
    const std::scoped_lock lock(mutex_);
    if (ending_) return;
    ending_ = true;
    status_ = status;
  }
  Proceed();
}

void WatchStream::Proceed() {
  {
    const std::scoped_lock lock(mutex_);
    if (!ending_ || busy_ || finished_) return;
    finished_ = true;
  }
  Finish(status_);
}

void WatchStream::OnWriteDone(bool ok) {
  {
    const std::scoped_lock lock(mutex_);
    busy_ = false;
  }
  if (!ok) End(grpc::Status::CANCELLED);
  hub_.pump.Wake();
  Proceed();
}

void WatchStream::OnCancel() { End(grpc::Status::CANCELLED); }

void WatchStream::OnDone() {
  if (counted_) hub_.streams.Leave();
  hub_.rpcs.Finished(static_cast<std::size_t>(Rpc::kWatch), status_.error_code());
  const std::shared_ptr<WatchStream> last = std::move(self_);
}

}  // namespace strowger::grpc_api
