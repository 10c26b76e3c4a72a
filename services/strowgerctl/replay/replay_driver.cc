#include "services/strowgerctl/replay/replay_driver.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/strowgerctl/client/names.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/replay/replay_rules.h"

namespace strowger::ctl {
namespace {

constexpr char kContactPrefix[] = "call-";
constexpr int kAgentsPerCommand = 1000;  // by the contract
constexpr int kCommandsPerItem = 3;      // that doing an agenda item adds, at most
constexpr std::int64_t kShiftEnds = 0;   // details of the agents' agenda items
constexpr std::int64_t kShiftBegins = 1;

// The recorder's call ids are not unique; the place in the file is.
std::string ContactId(std::uint32_t call) { return absl::StrCat(kContactPrefix, call + 1); }

}  // namespace

ReplayDriver::ReplayDriver(const std::vector<CallRecord>& calls,
                           const std::vector<InferredAgent>& agents, CommandLink& link,
                           std::function<void(const ReplayProgress&)> on_progress)
    : calls_(calls),
      agents_(agents),
      link_(link),
      on_progress_(std::move(on_progress)),
      medians_(MedianServiceTimes(calls)),
      now_(calls.size()),
      staff_(agents.size()),
      types_(TypesOf(calls)),
      free_by_type_(types_.size()),
      waiting_by_type_(types_.size()),
      results_(calls.size()) {}

absl::Status ReplayDriver::Run() {
  if (calls_.empty()) return absl::OkStatus();
  Plan();
  time_s_ = agenda_.next().time;
  absl::Status status = RegisterAgents();
  while (status.ok() && !agenda_.empty()) {
    const AgendaItem item = agenda_.Take();
    time_s_ = item.time;
    status = Do(item);
    if (status.ok() && batch_.size() + kCommandsPerItem > link_.room()) status = Flush();
  }
  if (status.ok()) status = CancelTheRest();
  if (status.ok()) status = AwaitEnds();
  return status;
}

void ReplayDriver::Plan() {
  const auto type_number = [&](const std::string& type) {
    return static_cast<std::uint32_t>(std::lower_bound(types_.begin(), types_.end(), type) -
                                      types_.begin());
  };
  for (std::uint32_t i = 0; i < calls_.size(); ++i) {
    now_[i].type = type_number(calls_[i].type);
    agenda_.Add({calls_[i].arrival_s, AgendaItem::Kind::kArrival, i, 0});
  }
  for (std::uint32_t i = 0; i < agents_.size(); ++i) {
    agent_numbers_[agents_[i].id] = i;
    for (const std::string& type : agents_[i].skills) {
      // Otherwise nobody will call about it.
      if (std::binary_search(types_.begin(), types_.end(), type)) {
        staff_[i].types.push_back(type_number(type));
      }
    }
    for (const Shift& shift : agents_[i].shifts) {
      agenda_.Add({shift.begin_s, AgendaItem::Kind::kAgent, i, kShiftBegins});
      // One whose only service lasted no time still comes before leaving.
      agenda_.Add(
          {std::max(shift.end_s, shift.begin_s + 1), AgendaItem::Kind::kAgent, i, kShiftEnds});
    }
  }
}

absl::Status ReplayDriver::Do(const AgendaItem& item) {
  switch (item.kind) {
    case AgendaItem::Kind::kCompletion:
      return Complete(item.number);
    case AgendaItem::Kind::kAbandonment:
      return Abandon(item.number);
    case AgendaItem::Kind::kAgent:
      return item.detail == kShiftBegins ? BeginShift(item.number) : EndShift(item.number);
    case AgendaItem::Kind::kArrival:
      return Arrive(item.number);
    case AgendaItem::Kind::kAnswer:
      break;  // offers are accepted as they come
  }
  return absl::OkStatus();
}

// ---- What happens ---------------------------------------------------------------------------

absl::Status ReplayDriver::RegisterAgents() {
  for (std::size_t i = 0; i < agents_.size();) {
    v1::UpsertAgents& upsert = *Add().mutable_upsert_agents();
    for (; i < agents_.size() && upsert.agents_size() < kAgentsPerCommand; ++i) {
      v1::Agent& agent = *upsert.add_agents();
      agent.set_id(agents_[i].id);
      agent.set_state(v1::AGENT_STATE_OFFLINE);
      for (const std::string& type : agents_[i].skills) {
        v1::Skill& skill = *agent.mutable_skills()->add_skills();
        skill.set_skill(type);
        skill.set_proficiency(1);
      }
    }
  }
  return Flush();
}

absl::Status ReplayDriver::Arrive(std::uint32_t call) {
  const CallRecord& record = calls_[call];
  v1::Contact& contact = *Add().mutable_submit_contact();
  contact.set_id(ContactId(call));
  contact.set_channel("voice");
  v1::Attribute& type = *contact.add_attributes();
  type.set_name(kTypeAttribute);
  type.set_string_value(record.type);
  v1::Attribute& preferred = *contact.add_attributes();
  preferred.set_name(kPreferredAttribute);
  preferred.set_bool_value(record.preferred);
  now_[call].state = CallState::kWaiting;
  ++progress_.submitted;
  ++waiting_by_type_[now_[call].type];
  if (SomebodyFree(now_[call].type)) return AwaitOffer();
  if (!record.served) {
    agenda_.Add({time_s_ + record.wait_s, AgendaItem::Kind::kAbandonment, call, 0});
  }
  return absl::OkStatus();
}

absl::Status ReplayDriver::Complete(std::uint32_t call) {
  Add().mutable_complete_contact()->set_contact_id(ContactId(call));
  now_[call].state = CallState::kEnded;
  const std::uint32_t agent = now_[call].agent;
  staff_[agent].busy = false;
  if (staff_[agent].on_shift) return Freed(agent);
  SetState(agent, v1::AGENT_STATE_OFFLINE);
  return absl::OkStatus();
}

absl::Status ReplayDriver::Abandon(std::uint32_t call) {
  if (now_[call].state != CallState::kWaiting) return absl::OkStatus();
  v1::CancelContact& cancel = *Add().mutable_cancel_contact();
  cancel.set_contact_id(ContactId(call));
  cancel.set_cause(v1::CANCEL_CAUSE_CUSTOMER);
  now_[call].state = CallState::kEnded;
  --waiting_by_type_[now_[call].type];
  return absl::OkStatus();
}

absl::Status ReplayDriver::BeginShift(std::uint32_t agent) {
  staff_[agent].on_shift = true;
  SetState(agent, v1::AGENT_STATE_READY);
  return staff_[agent].busy ? absl::OkStatus() : Freed(agent);
}

absl::Status ReplayDriver::EndShift(std::uint32_t agent) {
  staff_[agent].on_shift = false;
  if (staff_[agent].busy) {
    // Finishes the call in hand, takes no other.
    SetState(agent, v1::AGENT_STATE_NOT_READY);
  } else {
    CountFree(staff_[agent], -1);
    SetState(agent, v1::AGENT_STATE_OFFLINE);
  }
  return absl::OkStatus();
}

void ReplayDriver::SetState(std::uint32_t agent, v1::AgentState state) {
  v1::SetAgentState& set = *Add().mutable_set_agent_state();
  set.set_agent_id(agents_[agent].id);
  set.set_state(state);
  if (state == v1::AGENT_STATE_NOT_READY) set.set_reason("shift_over");
}

absl::Status ReplayDriver::Freed(std::uint32_t agent) {
  CountFree(staff_[agent], 1);
  return SomebodyWaits(staff_[agent]) ? AwaitOffer() : absl::OkStatus();
}

absl::Status ReplayDriver::AwaitOffer() {
  offer_.reset();
  absl::Status status = Flush();
  while (status.ok() && !offer_.has_value()) {
    status = link_.AwaitEvents(*this);
    if (status.ok()) status = trouble_;
  }
  if (!status.ok()) return status;
  const OpenOffer offer = *offer_;
  CallNow& call = now_[offer.call];
  v1::AcceptOffer& accept = *Add().mutable_accept_offer();
  accept.set_contact_id(ContactId(offer.call));
  accept.set_agent_id(agents_[offer.agent].id);
  accept.set_offer_id(offer.offer_id);
  call.state = CallState::kHandling;
  call.agent = offer.agent;
  call.offer_id = offer.offer_id;
  --waiting_by_type_[call.type];
  CountFree(staff_[offer.agent], -1);
  staff_[offer.agent].busy = true;
  const CallRecord& record = calls_[offer.call];
  std::int64_t lasts_s = record.service_s;
  if (!record.served) {
    const auto median = medians_.find(record.type);
    lasts_s = median == medians_.end() ? 0 : median->second;
  }
  agenda_.Add({time_s_ + lasts_s, AgendaItem::Kind::kCompletion, offer.call, 0});
  return absl::OkStatus();
}

absl::Status ReplayDriver::CancelTheRest() {
  for (std::uint32_t i = 0; i < now_.size(); ++i) {
    if (now_[i].state != CallState::kWaiting) continue;
    if (batch_.size() == link_.room()) {
      if (absl::Status status = Flush(); !status.ok()) return status;
    }
    v1::CancelContact& cancel = *Add().mutable_cancel_contact();
    cancel.set_contact_id(ContactId(i));
    cancel.set_cause(v1::CANCEL_CAUSE_SYSTEM);
    now_[i].state = CallState::kEnded;
    ++left_over_;
  }
  return Flush();
}

absl::Status ReplayDriver::AwaitEnds() {
  while (progress_.ended < progress_.submitted) {
    absl::Status status = link_.AwaitEvents(*this);
    // Ends that do not come are what the caller counts as lost.
    if (absl::IsDeadlineExceeded(status)) return absl::OkStatus();
    if (!status.ok()) return status;
    if (!trouble_.ok()) return trouble_;
  }
  return absl::OkStatus();
}

// ---- What is sent and heard -----------------------------------------------------------------

v1::Command& ReplayDriver::Add() {
  v1::Command& command = *batch_.Add();
  SetTimestamp(time_s_ * kSecondNs, command.mutable_at());
  return command;
}

absl::Status ReplayDriver::Flush() {
  if (Interrupted()) return absl::CancelledError("interrupted");
  absl::Status status = link_.Exchange(batch_, *this);
  progress_.time_s = time_s_;
  on_progress_(progress_);
  return status.ok() ? trouble_ : status;
}

void ReplayDriver::Fail(const std::string& what) {
  if (trouble_.ok()) trouble_ = absl::FailedPreconditionError(what);
}

void ReplayDriver::OnReply(const v1::Command& command, const v1::CommandReply& reply) {
  if (reply.receipt().outcome() != v1::OUTCOME_OK) {
    Fail(absl::StrCat("the service refused ", command.ShortDebugString(), ": ",
                      NameOf(reply.receipt().outcome()), " ", reply.field(), " ", reply.message()));
    return;
  }
  for (const v1::Offer& offer : reply.placement().offers()) {
    OnOffered(offer.contact_id(), offer.agent_id(), offer.offer_id());
  }
}

void ReplayDriver::OnEvent(const v1::Event& event) {
  switch (event.event_case()) {
    case v1::Event::kOffered:
      OnOffered(event.offered().contact_id(), event.offered().agent_id(),
                event.offered().offer_id());
      break;
    case v1::Event::kAssigned:
      if (const auto call = CallOf(event.assigned().contact_id())) {
        if (results_[*call].served) Fail(event.assigned().contact_id() + " was assigned twice");
        results_[*call].served = true;
        results_[*call].wait_ns = NsOf(event.time()) - calls_[*call].arrival_s * kSecondNs;
      }
      break;
    case v1::Event::kEnded:
      OnEnded(event.ended());
      break;
    case v1::Event::kExpired:
      Fail(absl::StrCat("an offer of ", event.expired().contact_id(), " expired"));
      break;
    default:
      break;
  }
}

void ReplayDriver::OnOffered(const std::string& contact_id, const std::string& agent_id,
                             std::uint64_t offer_id) {
  const auto call = CallOf(contact_id);
  const auto agent = agent_numbers_.find(agent_id);
  if (!call.has_value() || agent == agent_numbers_.end()) return;
  // The reply to a submission told of its offer before the event does.
  if (now_[*call].offer_id == offer_id) return;
  const AgentNow& taker = staff_[agent->second];
  if (now_[*call].state != CallState::kWaiting || !taker.on_shift || taker.busy ||
      (offer_.has_value() && offer_->offer_id != offer_id)) {
    Fail(absl::StrCat("the service offered ", contact_id, " to ", agent_id,
                      ", which the replay did not expect"));
    return;
  }
  offer_ = OpenOffer{*call, agent->second, offer_id};
}

void ReplayDriver::OnEnded(const v1::EndedEvent& ended) {
  const auto call = CallOf(ended.contact_id());
  if (!call.has_value()) return;
  CallResult& result = results_[*call];
  result.abandoned = ended.reason() == v1::END_REASON_ABANDONED;
  if (++result.ends == 1) ++progress_.ended;
  if (result.ends > 1) Fail(ended.contact_id() + " ended twice");
}

// ---- Counts ---------------------------------------------------------------------------------

bool ReplayDriver::SomebodyWaits(const AgentNow& agent) const {
  return std::any_of(agent.types.begin(), agent.types.end(),
                     [this](std::uint32_t type) { return waiting_by_type_[type] > 0; });
}

void ReplayDriver::CountFree(const AgentNow& agent, int change) {
  for (const std::uint32_t type : agent.types) free_by_type_[type] += change;
}

std::optional<std::uint32_t> ReplayDriver::CallOf(const std::string& contact_id) const {
  absl::string_view digits = contact_id;
  std::uint32_t number = 0;
  digits.remove_prefix(std::min(digits.size(), sizeof kContactPrefix - 1));
  if (!absl::SimpleAtoi(digits, &number) || number == 0 || number > calls_.size()) {
    return std::nullopt;
  }
  return number - 1;
}

}  // namespace strowger::ctl
