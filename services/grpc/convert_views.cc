#include "services/grpc/convert_views.h"

#include "services/grpc/convert_plan.h"
#include "services/grpc/convert_values.h"

namespace strowger::grpc_api {
namespace {

v1::ContactState StateOf(routing::ContactState state) {
  return static_cast<v1::ContactState>(static_cast<int>(state) + 1);
}

// Numbers of these are those of the core.
v1::EndReason ReasonOf(routing::EndReason reason) { return static_cast<v1::EndReason>(reason); }
v1::Cause CauseOf(routing::Cause cause) { return static_cast<v1::Cause>(cause); }

double Ratio(std::int64_t millionths) { return static_cast<double>(millionths) / 1e6; }

void SetPredictedWait(routing::DurationNs wait, v1::PredictedWait* to) {
  if (wait == routing::kNever) {
    to->set_infinite(true);
  } else {
    SetDuration(wait, to->mutable_mean());
  }
}

void SetKnown(routing::DurationNs wait, google::protobuf::Duration* (v1::PredictedWait::*field)(),
              v1::PredictedWait* to) {
  if (wait != routing::kNever) SetDuration(wait, (to->*field)());
}

void SetPredictedWait(const routing::WaitPrediction& wait, v1::PredictedWait* to) {
  SetPredictedWait(wait.mean, to);
  SetKnown(wait.median, &v1::PredictedWait::mutable_median, to);
  SetKnown(wait.p90, &v1::PredictedWait::mutable_p90, to);
  to->set_never_because(static_cast<v1::NeverBecause>(wait.never));
  SetKnown(wait.length_over_rate, &v1::PredictedWait::mutable_length_over_rate, to);
  SetKnown(wait.last_to_enter, &v1::PredictedWait::mutable_last_to_enter, to);
}

void SetHold(const routing::AgentWork& from, v1::Hold* to) {
  to->set_contact_id(from.contact);
  to->set_channel(from.channel);
  to->set_queue(from.queue);
  to->set_kind(static_cast<v1::HoldKind>(static_cast<int>(from.kind) + 1));
  to->set_offer_id(from.offer);
  SetTime(from.since, to->mutable_since());
  if (from.until != 0) SetTime(from.until, to->mutable_until());
}

void SetCapacity(const routing::Capacity& from, v1::Capacity* to) {
  if (from.total) to->set_total(static_cast<std::uint32_t>(*from.total));
  for (const routing::ChannelCapacity& channel : from.channels) {
    v1::ChannelCapacity* const item = to->add_channels();
    item->set_channel(channel.channel);
    item->set_max(static_cast<std::uint32_t>(channel.max));
    item->set_cost(static_cast<std::uint32_t>(channel.cost));
    for (const std::string& by : channel.interruptible_by) item->add_interruptible_by(by);
  }
}

// Those that bind.
void SetBounds(const routing::AgentView& from, v1::Agent* to) {
  for (const routing::Cap& cap : from.handling_cap.labels) {
    v1::Cap* const item = to->mutable_handling_cap()->add_labels();
    item->set_name(cap.name);
    item->set_most(static_cast<std::uint32_t>(cap.most));
  }
  for (const routing::Cap& cap : from.handling_cap.queues) {
    v1::Cap* const item = to->mutable_handling_cap()->add_queues();
    item->set_name(cap.name);
    item->set_most(static_cast<std::uint32_t>(cap.most));
  }
  if (from.pace.contacts > 0) {
    to->mutable_pace()->set_contacts(static_cast<std::uint32_t>(from.pace.contacts));
    SetDuration(from.pace.per, to->mutable_pace()->mutable_per());
  }
  if (from.outside == routing::OutsideWork{}) return;
  to->mutable_outside()->set_resets_idle(from.outside.resets_idle);
  for (const routing::ChannelCount& count : from.outside.channels) {
    v1::ChannelCount* const item = to->mutable_outside()->add_channels();
    item->set_channel(count.channel);
    item->set_contacts(static_cast<std::uint32_t>(count.contacts));
  }
}

void SetAgentData(const routing::AgentView& from, v1::Agent* to) {
  to->set_id(from.agent);
  (void)to->mutable_skills();
  for (const routing::SkillLevel& level : from.skills) {
    v1::Skill* const skill = to->mutable_skills()->add_skills();
    skill->set_skill(level.skill);
    skill->set_proficiency(static_cast<std::uint32_t>(level.proficiency));
  }
  to->set_team(from.team);
  to->set_location(from.location);
  (void)to->mutable_attributes();
  for (const routing::Attribute& attribute : from.attributes) {
    SetAttribute(attribute, to->mutable_attributes()->add_attributes());
  }
  to->set_rank(static_cast<std::uint32_t>(from.rank));
  (void)to->mutable_queues();
  for (const routing::AgentQueue& served : from.queues) {
    v1::AgentQueue* const queue = to->mutable_queues()->add_queues();
    queue->set_queue(served.queue);
    queue->set_order(static_cast<std::uint32_t>(served.order));
    SetDuration(served.delay, queue->mutable_delay());
    if (served.rank) queue->set_rank(static_cast<std::uint32_t>(*served.rank));
  }
  to->set_weight(static_cast<std::uint32_t>(from.weight));
  if (!from.capacity.one_of_any) SetCapacity(from.capacity, to->mutable_capacity());
  if (from.wrap_up_given) SetDuration(from.wrap_up, to->mutable_wrap_up());
  to->set_state(ToProto(from.state));
  to->set_reason(from.reason);
  SetBounds(from, to);
  if (from.lease != 0) SetDuration(from.lease, to->mutable_lease());
}

}  // namespace

v1::AgentState ToProto(routing::AgentState state) {
  return static_cast<v1::AgentState>(static_cast<int>(state) + 1);
}

void SetReceipt(const runtime::Receipt& from, v1::CommandReceipt* to) {
  to->set_outcome(ToProto(from.result.outcome));
  to->set_sequence(from.sequence);
  if (from.sequence != 0) SetTime(from.time, to->mutable_time());
  to->set_repeated(from.repeated);
}

void SetPlacement(const routing::ContactView& from, v1::Placement* to) {
  using routing::ContactState;
  to->set_state(StateOf(from.state));
  to->set_queue(from.queue);
  to->set_rule(from.rule);
  switch (from.state) {
    case ContactState::kQueued:
      to->set_position(static_cast<std::uint32_t>(from.position));
      SetPredictedWait(from.predicted_wait, to->mutable_predicted_wait());
      break;
    case ContactState::kOffered:
      for (const routing::OfferView& each : from.offers) {
        v1::Offer* const offer = to->add_offers();
        offer->set_offer_id(each.offer);
        offer->set_contact_id(from.contact);
        offer->set_agent_id(each.agent);
        SetTime(each.until, offer->mutable_expires_at());
      }
      break;
    case ContactState::kHandling:
      to->set_agent_id(from.agent);
      break;
    case ContactState::kEnded:
      to->set_agent_id(from.agent);
      to->set_end_reason(ReasonOf(from.end_reason));
      to->set_treatment(from.treatment);
      to->set_cause(CauseOf(from.end_cause));
      break;
  }
}

void SetPlacement(const routing::ArrivalPrediction& from, v1::Placement* to) {
  using Fate = routing::ArrivalPrediction::Fate;
  to->set_queue(from.queue);
  to->set_rule(from.rule);
  switch (from.fate) {
    case Fate::kWaits:
      to->set_state(v1::CONTACT_STATE_QUEUED);
      to->set_position(static_cast<std::uint32_t>(from.position));
      SetPredictedWait(from.wait, to->mutable_predicted_wait());
      break;
    case Fate::kAtOnce:
      to->set_state(v1::CONTACT_STATE_OFFERED);
      SetPredictedWait(0, to->mutable_predicted_wait());
      break;
    case Fate::kEnded:
      to->set_state(v1::CONTACT_STATE_ENDED);
      to->set_end_reason(ReasonOf(from.end_reason));
      to->set_treatment(from.treatment);
      to->set_cause(CauseOf(from.end_cause));
      break;
    case Fate::kRefused:
      break;
  }
}

bool SetPlacement(std::string_view contact, absl::Span<const routing::Event> events,
                  v1::Placement* to) {
  using routing::EventType;
  const routing::Event* queued = nullptr;
  for (const routing::Event& event : events) {
    if (event.contact != contact) continue;
    if (event.type == EventType::kQueued && queued == nullptr) {
      queued = &event;
    } else if (event.type == EventType::kOffered && queued != nullptr) {
      v1::Offer* const offer = to->add_offers();
      offer->set_offer_id(event.offer);
      offer->set_contact_id(contact.data(), contact.size());
      offer->set_agent_id(event.agent.data(), event.agent.size());
      SetTime(event.until, offer->mutable_expires_at());
    } else {
      to->clear_offers();
      return false;
    }
  }
  if (to->offers().empty()) return false;
  to->set_state(v1::CONTACT_STATE_OFFERED);
  to->set_queue(queued->queue.data(), queued->queue.size());
  to->set_rule(queued->text.data(), queued->text.size());
  return true;
}

void SetContact(const routing::ContactView& from, v1::ContactStatus* to) {
  to->set_contact_id(from.contact);
  to->set_channel(from.channel);
  for (const routing::Attribute& attribute : from.attributes) {
    SetAttribute(attribute, to->add_attributes());
  }
  to->mutable_labels()->Assign(from.labels.begin(), from.labels.end());
  to->set_location(from.location);
  SetPlacement(from, to->mutable_placement());
  SetTime(from.arrival, to->mutable_arrived_at());
  if (from.not_before != 0) SetTime(from.not_before, to->mutable_not_before());
  if (from.assigned_at != 0) SetTime(from.assigned_at, to->mutable_assigned_at());
  if (from.ended_at != 0) SetTime(from.ended_at, to->mutable_ended_at());
  SetPriority(from.priority, to->mutable_priority());
  to->set_effective_priority_millis(from.effective_priority_thousandths);
  SetRequirement(from.requirement, to->mutable_requirement());
  to->set_step(from.step);
  if (from.ranks.low) to->mutable_ranks()->set_low(static_cast<std::int32_t>(*from.ranks.low));
  if (from.ranks.high) to->mutable_ranks()->set_high(static_cast<std::int32_t>(*from.ranks.high));
  if (from.lift) to->set_lift(static_cast<std::int32_t>(*from.lift));
  to->set_requested_agent(from.requested_agent);
  if (from.held_since != 0) SetTime(from.held_since, to->mutable_held_since());
  if (from.hold_time != 0) SetDuration(from.hold_time, to->mutable_hold_time());
}

void SetAgent(const routing::AgentView& from, v1::AgentStatus* to) {
  SetAgentData(from, to->mutable_agent());
  for (const routing::AgentWork& work : from.work) SetHold(work, to->add_holds());
  to->set_handled(from.handled);
  SetDuration(from.handle_time, to->mutable_total_handling());
  SetTime(from.state_since, to->mutable_state_since());
  if (from.state == routing::AgentState::kOffline) return;
  SetTime(from.logged_in_at, to->mutable_logged_in_at());
  SetTime(from.idle_since, to->mutable_idle_since());
  if (from.lease_until != 0) SetTime(from.lease_until, to->mutable_lease_until());
  if (!from.pending) return;
  to->set_pending_state(ToProto(*from.pending));
  to->set_pending_reason(from.pending_reason);
}

void SetQueue(const routing::QueueView& from, routing::DurationNs age, v1::QueueFigures* to) {
  using routing::EndReason;
  const auto ended = [&from](EndReason reason) {
    return from.ended[static_cast<std::size_t>(reason)];
  };
  to->set_queue(from.queue);
  to->set_external(from.external);
  to->set_waiting(from.waiting);
  to->set_offered(from.offered);
  to->set_handling(from.handling);
  SetDuration(from.waiting == 0 ? 0 : from.oldest_wait + age, to->mutable_oldest_wait());
  SetPredictedWait(from.predicted_wait, to->mutable_predicted_wait());
  to->set_agents_staffed(from.agents_staffed);
  to->set_agents_ready(from.agents_ready);
  to->set_agents_free(from.agents_free);
  to->set_occupancy(Ratio(from.occupancy));
  to->set_service_level(Ratio(from.service_level));
  to->set_abandon_rate(Ratio(from.abandon_rate));
  to->set_entered(from.entered);
  to->set_assigned(from.assigned);
  to->set_overflowed(from.overflowed);
  to->set_completed(ended(EndReason::kCompleted));
  to->set_abandoned(ended(EndReason::kAbandoned));
  to->set_canceled(ended(EndReason::kCanceled));
  to->set_rejected(ended(EndReason::kRejected));
  to->set_expired(ended(EndReason::kExpired));
  to->set_treated(ended(EndReason::kTreated));
  SetDuration(from.wait_sum, to->mutable_total_wait());
  SetDuration(from.handle_sum, to->mutable_total_handling());
  SetDuration(from.hold_sum, to->mutable_total_hold());
  to->set_closed(from.closed);
  SetDuration(from.longest_wait, to->mutable_longest_wait());
  if (from.starvation_bound) SetDuration(*from.starvation_bound, to->mutable_starvation_bound());
}

}  // namespace strowger::grpc_api
