#include "services/journal/codec.h"

#include <utility>
#include <variant>

#include "services/journal/codec_values.h"

namespace strowger::journal {
namespace {

namespace api = ::strowger::v1;

// ---- To messages: one function a command ----------------------------------------------------

class Encoder {
 public:
  Encoder(v1::Record& record, const ActivationNote* note) : record_(record), note_(note) {}

  absl::Status operator()(const routing::Tick&) {
    command().mutable_tick();
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::SubmitContact& from) {
    if (!from.unstored.empty()) {
      return absl::UnimplementedError("attributes that are not stored have no place in a record");
    }
    if (from.decided) record_.set_decided_rule(*from.decided);
    api::Contact* const to = command().mutable_submit_contact();
    to->set_id(from.contact);
    to->set_channel(from.channel);
    for (const routing::Attribute& attribute : from.attributes)
      Put(attribute, to->add_attributes());
    to->set_location(from.location);
    if (from.not_before) Put(*from.not_before, to->mutable_not_before());
    if (from.virtual_arrival) Put(*from.virtual_arrival, to->mutable_virtual_arrival());
    if (from.priority) Put(*from.priority, to->mutable_priority());
    to->mutable_labels()->Assign(from.labels.begin(), from.labels.end());
    to->set_requested_agent(from.requested.agent);
    if (from.requested.lasts) Put(*from.requested.lasts, to->mutable_requested_for());
    if (from.requested.only) to->set_requested_only(*from.requested.only);
    if (from.resume) {
      to->mutable_resume()->set_key(from.resume->key);
      Put(from.resume->within, to->mutable_resume()->mutable_within());
    }
    return from.plan ? Put(*from.plan, to->mutable_plan()) : absl::OkStatus();
  }
  absl::Status operator()(const routing::UpdateContact& from) {
    api::UpdateContact* const to = command().mutable_update_contact();
    to->set_contact_id(from.contact);
    for (const routing::Attribute& attribute : from.attributes)
      Put(attribute, to->add_attributes());
    if (from.priority) Put(*from.priority, to->mutable_priority());
    if (from.requirement) Put(*from.requirement, to->mutable_requirement());
    if (from.virtual_arrival) Put(*from.virtual_arrival, to->mutable_virtual_arrival());
    to->set_replan(from.replan);
    if (from.labels) {
      to->mutable_labels()->mutable_labels()->Assign(from.labels->begin(), from.labels->end());
    }
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::CancelContact& from) {
    api::CancelContact* const to = command().mutable_cancel_contact();
    to->set_contact_id(from.contact);
    to->set_cause(from.by_customer ? api::CANCEL_CAUSE_CUSTOMER : api::CANCEL_CAUSE_SYSTEM);
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::UpsertAgents& from) {
    return PutAgents(from.agents, command().mutable_upsert_agents());
  }
  absl::Status operator()(const routing::SyncAgents& from) {
    return PutAgents(from.agents, command().mutable_sync_agents());
  }
  absl::Status operator()(const routing::SetAgentState& from) {
    api::SetAgentState* const to = command().mutable_set_agent_state();
    to->set_agent_id(from.agent);
    api::AgentState state = api::AGENT_STATE_UNSPECIFIED;
    Put(from.state, &state);
    to->set_state(state);
    to->set_reason(from.reason);
    to->set_force(from.force);
    to->set_pending(from.pending);
    if (from.lease) Put(*from.lease, to->mutable_lease());
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::RemoveAgent& from) {
    command().mutable_remove_agent()->set_agent_id(from.agent);
    command().mutable_remove_agent()->set_force(from.force);
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::AcceptOffer& from) {
    PutAnswer(from, command().mutable_accept_offer());
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::DeclineOffer& from) {
    PutAnswer(from, command().mutable_decline_offer());
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::CompleteContact& from) {
    command().mutable_complete_contact()->set_contact_id(from.contact);
    command().mutable_complete_contact()->set_agent_id(from.agent);
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::FinishWrapUp& from) {
    command().mutable_finish_wrap_up()->set_agent_id(from.agent);
    command().mutable_finish_wrap_up()->set_contact_id(from.contact);
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::RenewLease& from) {
    command().mutable_renew_lease()->set_agent_id(from.agent);
    command().mutable_renew_lease()->set_contact_id(from.contact);
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::Restarted& from) {
    record_.mutable_restarted()->set_grace_ns(from.grace);
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::ActivateRuleSet& from) {
    v1::ActivateRuleSet* const to = record_.mutable_activate_rule_set();
    if (note_ != nullptr) {
      to->set_author(note_->author);
      to->set_comment(note_->comment);
      to->set_restored_version(note_->restored_version);
      to->set_from_file(note_->from_file);
    }
    to->set_text(std::string(from.rule_set->text()));
    to->set_hash(std::string(from.rule_set->hash()));
    if (from.if_version) to->set_expected_version(*from.if_version);
    to->set_replan(from.replan);
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::TransferContact& from) {
    api::TransferContact* const to = command().mutable_transfer_contact();
    to->set_contact_id(from.contact);
    if (from.agent.empty()) {
      to->mutable_to()->set_queue(from.queue);
    } else {
      to->mutable_to()->set_agent_id(from.agent);
    }
    if (from.requirement) Put(*from.requirement, to->mutable_requirement());
    if (from.priority && from.priority->set) {
      Put(*from.priority->set, to->mutable_set_priority());
    } else if (from.priority) {
      to->set_add_priority(static_cast<std::int32_t>(from.priority->add));
    }
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::AssignContact& from) {
    PutPair(from, command().mutable_assign_contact());
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::HoldContact& from) {
    PutPair(from, command().mutable_hold_contact());
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::ResumeContact& from) {
    PutPair(from, command().mutable_resume_contact());
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::SetQueueOpen& from) {
    if (from.open) {
      command().mutable_open_queue()->set_queue(from.queue);
    } else {
      command().mutable_close_queue()->set_queue(from.queue);
    }
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::MoveContacts& from) {
    command().mutable_move_contacts()->set_from_queue(from.from);
    command().mutable_move_contacts()->set_to_queue(from.to);
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::EraseContactData& from) {
    record_.mutable_erase_contact_data()->set_contact_id(from.contact);
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::SetFlag& from) {
    v1::SetFlag* const to = record_.mutable_set_flag();
    to->set_flag(from.flag);
    to->set_on(from.on);
    PutNote(to);
    return absl::OkStatus();
  }
  absl::Status operator()(const routing::SetCandidate& from) {
    v1::SetCandidate* const to = record_.mutable_set_candidate();
    if (from.rule_set != nullptr) {
      to->set_text(std::string(from.rule_set->text()));
      to->set_hash(std::string(from.rule_set->hash()));
    }
    to->set_share_millionths(from.share);
    if (from.if_version) to->set_expected_version(*from.if_version);
    PutNote(to);
    return absl::OkStatus();
  }

 private:
  template <typename To>
  void PutNote(To* to) {
    if (note_ == nullptr) return;
    to->set_author(note_->author);
    to->set_comment(note_->comment);
  }

  template <typename To>
  static absl::Status PutAgents(const std::vector<routing::AgentUpdate>& from, To* to) {
    for (const routing::AgentUpdate& agent : from) {
      if (absl::Status status = Put(agent, to->add_agents()); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // Not made for what concerns rules or a restart, which have places of their own.
  api::Command& command() { return *record_.mutable_command(); }

  template <typename From, typename To>
  static void PutPair(const From& from, To* to) {
    to->set_contact_id(from.contact);
    to->set_agent_id(from.agent);
  }
  template <typename From, typename To>
  static void PutAnswer(const From& from, To* to) {
    PutPair(from, to);
    to->set_offer_id(from.offer);
  }

  v1::Record& record_;
  const ActivationNote* const note_;
};

// ---- From messages --------------------------------------------------------------------------

using Body = absl::StatusOr<routing::CommandBody>;

absl::Status GetAttributes(const google::protobuf::RepeatedPtrField<api::Attribute>& from,
                           std::vector<routing::Attribute>& to) {
  for (const api::Attribute& attribute : from) {
    if (absl::Status status = Get(attribute, to.emplace_back()); !status.ok()) return status;
  }
  return absl::OkStatus();
}

Body GetSubmit(const api::Contact& from, const DecodeContext& context) {
  routing::SubmitContact to;
  to.contact = from.id();
  to.channel = from.channel();
  to.location = from.location();
  if (from.has_not_before()) to.not_before = Get(from.not_before());
  if (from.has_virtual_arrival()) to.virtual_arrival = Get(from.virtual_arrival());
  if (from.has_priority()) to.priority = Get(from.priority());
  to.labels.assign(from.labels().begin(), from.labels().end());
  to.requested.agent = from.requested_agent();
  if (from.has_requested_for()) to.requested.lasts = Get(from.requested_for());
  if (from.has_requested_only()) to.requested.only = from.requested_only();
  if (from.has_resume()) {
    to.resume = routing::Resume{from.resume().key(), Get(from.resume().within())};
  }
  absl::Status status = GetAttributes(from.attributes(), to.attributes);
  if (status.ok() && from.has_plan()) {
    status = Get(from.plan(), context.in_force(), to.plan.emplace());
  }
  if (!status.ok()) return status;
  return to;
}

Body GetUpdate(const api::UpdateContact& from) {
  routing::UpdateContact to;
  to.contact = from.contact_id();
  if (from.has_priority()) to.priority = Get(from.priority());
  if (from.has_virtual_arrival()) to.virtual_arrival = Get(from.virtual_arrival());
  to.replan = from.replan();
  if (from.has_labels()) {
    const auto& labels = from.labels().labels();
    to.labels = std::vector<std::string>(labels.begin(), labels.end());
  }
  absl::Status status = GetAttributes(from.attributes(), to.attributes);
  if (status.ok() && from.has_requirement()) {
    status = Get(from.requirement(), to.requirement.emplace());
  }
  if (!status.ok()) return status;
  return to;
}

// Upsert and sync have the same list.
template <typename To, typename From>
Body GetAgents(const From& from) {
  To to;
  for (const api::Agent& agent : from.agents()) {
    if (absl::Status status = Get(agent, to.agents.emplace_back()); !status.ok()) return status;
  }
  return to;
}

Body GetState(const api::SetAgentState& from) {
  routing::SetAgentState to;
  to.agent = from.agent_id();
  to.reason = from.reason();
  to.force = from.force();
  to.pending = from.pending();
  if (from.has_lease()) to.lease = Get(from.lease());
  if (absl::Status status = Get(from.state(), to.state); !status.ok()) return status;
  return to;
}

Body GetTransfer(const api::TransferContact& from) {
  routing::TransferContact to;
  to.contact = from.contact_id();
  to.queue = from.to().queue();
  to.agent = from.to().agent_id();
  if (from.has_set_priority()) {
    to.priority = routing::PriorityChange{Get(from.set_priority()), 0};
  } else if (from.has_add_priority()) {
    to.priority = routing::PriorityChange{std::nullopt, from.add_priority()};
  }
  if (!from.has_requirement()) return to;
  if (absl::Status status = Get(from.requirement(), to.requirement.emplace()); !status.ok()) {
    return status;
  }
  return to;
}

template <typename To, typename From>
To GetPair(const From& from) {
  return To{from.contact_id(), from.agent_id()};
}

template <typename To, typename From>
To GetAnswer(const From& from) {
  return To{from.contact_id(), from.agent_id(), from.offer_id()};
}

// Those that came later than the rest.
Body GetLaterCommand(const api::Command& from) {
  if (from.has_sync_agents()) return GetAgents<routing::SyncAgents>(from.sync_agents());
  if (from.has_renew_lease()) {
    return routing::RenewLease{from.renew_lease().agent_id(), from.renew_lease().contact_id()};
  }
  if (from.has_transfer_contact()) return GetTransfer(from.transfer_contact());
  if (from.has_assign_contact()) return GetPair<routing::AssignContact>(from.assign_contact());
  if (from.has_hold_contact()) return GetPair<routing::HoldContact>(from.hold_contact());
  if (from.has_resume_contact()) return GetPair<routing::ResumeContact>(from.resume_contact());
  if (from.has_close_queue()) return routing::SetQueueOpen{from.close_queue().queue(), false};
  if (from.has_open_queue()) return routing::SetQueueOpen{from.open_queue().queue(), true};
  if (from.has_move_contacts()) {
    return routing::MoveContacts{from.move_contacts().from_queue(),
                                 from.move_contacts().to_queue()};
  }
  return absl::FailedPreconditionError("a command that this version does not know");
}

Body GetCommand(const api::Command& from, const DecodeContext& context) {
  if (from.has_tick()) return routing::Tick{};
  if (from.has_submit_contact()) return GetSubmit(from.submit_contact(), context);
  if (from.has_update_contact()) return GetUpdate(from.update_contact());
  if (from.has_cancel_contact()) {
    return routing::CancelContact{from.cancel_contact().contact_id(),
                                  from.cancel_contact().cause() == api::CANCEL_CAUSE_CUSTOMER};
  }
  if (from.has_upsert_agents()) return GetAgents<routing::UpsertAgents>(from.upsert_agents());
  if (from.has_set_agent_state()) return GetState(from.set_agent_state());
  if (from.has_remove_agent()) {
    return routing::RemoveAgent{from.remove_agent().agent_id(), from.remove_agent().force()};
  }
  if (from.has_accept_offer()) return GetAnswer<routing::AcceptOffer>(from.accept_offer());
  if (from.has_decline_offer()) return GetAnswer<routing::DeclineOffer>(from.decline_offer());
  if (from.has_complete_contact()) {
    return routing::CompleteContact{from.complete_contact().contact_id(),
                                    from.complete_contact().agent_id()};
  }
  if (from.has_finish_wrap_up()) {
    return routing::FinishWrapUp{from.finish_wrap_up().agent_id(),
                                 from.finish_wrap_up().contact_id()};
  }
  return GetLaterCommand(from);
}

Body GetActivation(const v1::ActivateRuleSet& from, const DecodeContext& context) {
  auto rule_set = context.compile(from.text());
  if (!rule_set.ok()) return rule_set.status();
  if ((*rule_set)->hash() != from.hash()) {
    return absl::DataLossError("a rule set whose text does not have its hash");
  }
  routing::ActivateRuleSet to;
  to.rule_set = *std::move(rule_set);
  if (from.has_expected_version()) to.if_version = from.expected_version();
  to.replan = from.replan();
  return to;
}

Body GetCandidate(const v1::SetCandidate& from, const DecodeContext& context) {
  routing::SetCandidate to;
  if (!from.hash().empty()) {
    auto rule_set = context.compile(from.text());
    if (!rule_set.ok()) return rule_set.status();
    if ((*rule_set)->hash() != from.hash()) {
      return absl::DataLossError("a candidate whose text does not have its hash");
    }
    to.rule_set = *std::move(rule_set);
  }
  to.share = from.share_millionths();
  if (from.has_expected_version()) to.if_version = from.expected_version();
  return to;
}

// Exactly one of the kinds, or it comes from a later version.
Body GetBody(const v1::Record& from, const DecodeContext& context) {
  const int kinds = (from.has_command() ? 1 : 0) + (from.has_activate_rule_set() ? 1 : 0) +
                    (from.has_set_flag() ? 1 : 0) + (from.has_set_candidate() ? 1 : 0) +
                    (from.has_restarted() ? 1 : 0) + (from.has_erase_contact_data() ? 1 : 0);
  if (kinds != 1) {
    return absl::FailedPreconditionError("a record of a kind that this version does not know");
  }
  if (from.has_command()) return GetCommand(from.command(), context);
  if (from.has_set_flag()) return routing::SetFlag{from.set_flag().flag(), from.set_flag().on()};
  if (from.has_set_candidate()) return GetCandidate(from.set_candidate(), context);
  if (from.has_erase_contact_data()) {
    return routing::EraseContactData{from.erase_contact_data().contact_id()};
  }
  if (from.has_restarted()) return routing::Restarted{from.restarted().grace_ns()};
  return GetActivation(from.activate_rule_set(), context);
}

template <typename From>
ActivationNote GetNote(const From& from) {
  return {from.author(), from.comment(), 0, false};
}

}  // namespace

absl::Status Encode(const RecordView& record, v1::Record& to) {
  to.Clear();
  to.set_sequence(record.command->sequence);
  to.set_time_ns(record.command->time);
  to.set_command_id(std::string(record.command_id));
  if (!record.session_id.empty()) {
    to.mutable_session()->set_session_id(std::string(record.session_id));
    to.mutable_session()->set_number(record.number);
  }
  return std::visit(Encoder(to, record.note), record.command->body);
}

absl::StatusOr<Record> Decode(const v1::Record& from, const DecodeContext& context) {
  Body body = GetBody(from, context);
  if (!body.ok()) return body.status();
  if (from.has_decided_rule()) {
    auto* const submit = std::get_if<routing::SubmitContact>(&*body);
    if (submit == nullptr) return absl::DataLossError("a rule decided, and nothing was submitted");
    submit->decided = from.decided_rule();
  }
  Record record;
  record.command.sequence = from.sequence();
  record.command.time = from.time_ns();
  record.command.body = *std::move(body);
  record.command_id = from.command_id();
  record.session_id = from.session().session_id();
  record.number = from.session().number();
  record.note = {from.activate_rule_set().author(), from.activate_rule_set().comment(),
                 from.activate_rule_set().restored_version(), from.activate_rule_set().from_file()};
  if (from.has_set_flag()) record.note = GetNote(from.set_flag());
  if (from.has_set_candidate()) record.note = GetNote(from.set_candidate());
  return record;
}

}  // namespace strowger::journal
