// A session with a service that is not there: a small router of the replay's kind (one skill a
// call, longest idle agent, head start for preferred calls), which refuses what a real one would
// and keeps a protocol. Events arrive late, as they may: never with the replies of their own
// exchange.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/strowgerctl/client/command_link.h"
#include "services/strowgerctl/client/wire_time.h"

namespace strowger::ctl {

class FakeLink : public CommandLink {
 public:
  explicit FakeLink(int room = 1024) : room_(room) {}

  // "1000 submit call-1", in the order of the commands; times in s.
  const std::vector<std::string>& protocol() const { return protocol_; }
  int exchanges() const { return exchanges_; }
  int largest_batch() const { return largest_batch_; }
  // Misbehaviour to order.
  std::string forget_end_of;

  int room() const override { return room_; }

  absl::Status Exchange(CommandBatch& batch, SessionListener& listener) override {
    ++exchanges_;
    largest_batch_ = std::max(largest_batch_, batch.size());
    if (batch.size() > room_) return absl::InternalError("more than the credit");
    std::deque<v1::Event> earlier;
    earlier.swap(events_);
    for (const v1::Event& event : earlier) listener.OnEvent(event);
    for (const v1::Command& command : batch) {
      v1::CommandReply reply;
      reply.mutable_receipt()->set_outcome(Apply(command, reply));
      listener.OnReply(command, reply);
    }
    batch.Clear();
    return absl::OkStatus();
  }

  absl::Status AwaitEvents(SessionListener& listener) override {
    if (events_.empty()) return absl::DeadlineExceededError("nothing more will come");
    // One at a time, to try the caller's patience.
    const v1::Event event = events_.front();
    events_.pop_front();
    listener.OnEvent(event);
    return absl::OkStatus();
  }

 private:
  enum class State { kOffline, kReady, kNotReady };
  struct Agent {
    std::vector<std::string> skills;
    State state = State::kOffline;
    bool taken = false;
    std::int64_t idle_since = 0;
  };
  struct Call {
    std::string type;
    std::int64_t place = 0;
    bool waiting = false;
    std::string agent;  // offered to or handled by
    std::uint64_t offer_id = 0;
    bool handling = false;
  };

  v1::Outcome Apply(const v1::Command& command, v1::CommandReply& reply) {
    const std::int64_t now = NsOf(command.at());
    if (now < now_) return v1::OUTCOME_INVALID_ARGUMENT;
    now_ = now;
    if (command.has_submit_contact()) return Submit(command.submit_contact(), reply);
    if (command.has_accept_offer()) return Accept(command.accept_offer());
    if (command.has_complete_contact()) return Complete(command.complete_contact().contact_id());
    if (command.has_cancel_contact()) return Cancel(command.cancel_contact());
    if (command.has_upsert_agents()) {
      for (const v1::Agent& agent : command.upsert_agents().agents()) {
        for (const v1::Skill& skill : agent.skills().skills()) {
          agents_[agent.id()].skills.push_back(skill.skill());
        }
      }
      return v1::OUTCOME_OK;
    }
    if (command.has_set_agent_state()) return SetState(command.set_agent_state());
    return v1::OUTCOME_INVALID_ARGUMENT;
  }

  void Note(const std::string& what) {
    protocol_.push_back(std::to_string(now_ / kSecondNs) + " " + what);
  }

  v1::Event& Say() {
    v1::Event& event = events_.emplace_back();
    SetTimestamp(now_, event.mutable_time());
    return event;
  }

  bool CanServe(const Agent& agent, const Call& call) const {
    return agent.state == State::kReady && !agent.taken &&
           std::find(agent.skills.begin(), agent.skills.end(), call.type) != agent.skills.end();
  }

  void Offer(const std::string& id, Call& call, const std::string& agent) {
    call.agent = agent;
    call.offer_id = ++offers_;
    call.waiting = false;
    agents_[agent].taken = true;
    v1::OfferedEvent& offered = *Say().mutable_offered();
    offered.set_contact_id(id);
    offered.set_agent_id(agent);
    offered.set_offer_id(call.offer_id);
  }

  v1::Outcome Submit(const v1::Contact& contact, v1::CommandReply& reply) {
    Note("submit " + contact.id());
    Call& call = calls_[contact.id()];
    call.waiting = true;
    call.place = now_;
    for (const v1::Attribute& attribute : contact.attributes()) {
      if (attribute.name() == "call_type") call.type = attribute.string_value();
      if (attribute.bool_value()) call.place -= 90 * kSecondNs;
    }
    std::string best;
    for (const auto& [id, agent] : agents_) {
      if (!CanServe(agent, call)) continue;
      if (best.empty() || agent.idle_since < agents_[best].idle_since) best = id;
    }
    if (best.empty()) {
      reply.mutable_placement()->set_state(v1::CONTACT_STATE_QUEUED);
      return v1::OUTCOME_OK;
    }
    Offer(contact.id(), call, best);
    v1::Offer& offer = *reply.mutable_placement()->add_offers();
    offer.set_contact_id(contact.id());
    offer.set_agent_id(best);
    offer.set_offer_id(call.offer_id);
    return v1::OUTCOME_OK;
  }

  void TakeNext(const std::string& agent_id) {
    Agent& agent = agents_[agent_id];
    agent.taken = false;
    agent.idle_since = now_;
    std::optional<std::string> best;
    for (const auto& [id, call] : calls_) {
      if (!call.waiting || !CanServe(agent, call)) continue;
      if (!best.has_value() || call.place < calls_[*best].place) best = id;
    }
    if (best.has_value()) Offer(*best, calls_[*best], agent_id);
  }

  v1::Outcome Accept(const v1::AcceptOffer& accept) {
    Note("accept " + accept.contact_id() + " by " + accept.agent_id());
    Call& call = calls_[accept.contact_id()];
    if (call.offer_id != accept.offer_id() || call.agent != accept.agent_id() || call.handling) {
      return v1::OUTCOME_OFFER_NOT_OPEN;
    }
    call.handling = true;
    v1::AssignedEvent& assigned = *Say().mutable_assigned();
    assigned.set_contact_id(accept.contact_id());
    assigned.set_agent_id(call.agent);
    return v1::OUTCOME_OK;
  }

  void End(const std::string& id, v1::EndReason reason) {
    calls_[id].waiting = false;
    calls_[id].handling = false;
    if (id == forget_end_of) return;
    v1::EndedEvent& ended = *Say().mutable_ended();
    ended.set_contact_id(id);
    ended.set_reason(reason);
  }

  v1::Outcome Complete(const std::string& id) {
    Note("complete " + id);
    if (!calls_[id].handling) return v1::OUTCOME_WRONG_STATE;
    End(id, v1::END_REASON_COMPLETED);
    TakeNext(calls_[id].agent);
    return v1::OUTCOME_OK;
  }

  v1::Outcome Cancel(const v1::CancelContact& cancel) {
    const bool customer = cancel.cause() == v1::CANCEL_CAUSE_CUSTOMER;
    Note((customer ? "abandon " : "cancel ") + cancel.contact_id());
    if (!calls_[cancel.contact_id()].waiting) return v1::OUTCOME_WRONG_STATE;
    End(cancel.contact_id(), customer ? v1::END_REASON_ABANDONED : v1::END_REASON_CANCELED);
    return v1::OUTCOME_OK;
  }

  v1::Outcome SetState(const v1::SetAgentState& set) {
    Agent& agent = agents_[set.agent_id()];
    if (set.state() == v1::AGENT_STATE_OFFLINE) {
      Note(set.agent_id() + " offline");
      if (agent.taken) return v1::OUTCOME_WRONG_STATE;
      agent.state = State::kOffline;
    } else if (set.state() == v1::AGENT_STATE_NOT_READY) {
      Note(set.agent_id() + " not ready");
      agent.state = State::kNotReady;
    } else {
      Note(set.agent_id() + " ready");
      agent.state = State::kReady;
      if (!agent.taken) TakeNext(set.agent_id());
    }
    return v1::OUTCOME_OK;
  }

  const int room_;
  int exchanges_ = 0;
  int largest_batch_ = 0;
  std::int64_t now_ = 0;
  std::uint64_t offers_ = 0;
  std::map<std::string, Agent> agents_;
  std::map<std::string, Call> calls_;
  std::deque<v1::Event> events_;
  std::vector<std::string> protocol_;
};

}  // namespace strowger::ctl
