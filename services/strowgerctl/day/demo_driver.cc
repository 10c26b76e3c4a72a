#include "services/strowgerctl/day/demo_driver.h"

#include <algorithm>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/strowgerctl/client/names.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"

namespace strowger::ctl {
namespace {

constexpr std::size_t kExcerptBytes = 160;  // of a command that was refused
constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kWindowMs = 1'000;
constexpr int kAgentsPerCommand = 1'000;  // by the contract

// How agents treat offers.
constexpr std::uint32_t kNoAnswerPermille = 6;
constexpr std::uint32_t kDeclinePermille = 12;
constexpr std::int64_t kAnswerFromMs = 1'000;
constexpr std::int64_t kAnswerToMs = 6'000;
constexpr std::int64_t kBackAtDeskMs = 45'000;  // after an offer that rang out

}  // namespace

DemoDriver::DemoDriver(const Day& day, const DemoOptions& options, CommandLink& link)
    : day_(day),
      options_(options),
      link_(link),
      prefix_(absl::FormatTime("%m%d-", absl::FromUnixSeconds(options.midnight_s),
                               absl::UTCTimeZone())),
      random_(options.seed),
      contacts_(day.contacts.size()),
      agents_(day.agents.size()),
      began_(std::chrono::steady_clock::now()) {
  counts_.now_ms = day.begin_ms;
}

absl::Status DemoDriver::Run() {
  Plan();
  began_ = std::chrono::steady_clock::now();
  time_ms_ = day_.begin_ms;
  const std::int64_t until = options_.duration_ms == 0
                                 ? day_.end_ms
                                 : std::min(day_.end_ms, day_.begin_ms + options_.duration_ms);
  absl::Status status = RegisterAgents();
  while (status.ok() && time_ms_ < until && AwaitTime(time_ms_ + kWindowMs)) status = PlayWindow();
  return status.ok() ? SendHome() : status;
}

void DemoDriver::Plan() {
  for (std::uint32_t i = 0; i < day_.contacts.size(); ++i) {
    Later(day_.contacts[i].arrival_ms, AgendaItem::Kind::kArrival, i, 0);
  }
  for (std::uint32_t i = 0; i < day_.agents.size(); ++i) {
    agent_numbers_[day_.agents[i].id] = i;
    for (const Presence& presence : day_.agents[i].presence) {
      Later(presence.from_ms, AgendaItem::Kind::kAgent, i, kReturns);
      Later(presence.to_ms, AgendaItem::Kind::kAgent, i,
            presence.then.empty() ? kGoesHome : kBreaks);
    }
  }
}

bool DemoDriver::AwaitTime(std::int64_t day_ms) const {
  constexpr std::chrono::milliseconds kNap(100);  // an interrupt is seen soon
  if (options_.speed <= 0) return !Interrupted();
  const auto due = began_ + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                std::chrono::duration<double, std::milli>(
                                    static_cast<double>(day_ms - day_.begin_ms) / options_.speed));
  for (auto now = std::chrono::steady_clock::now(); now < due && !Interrupted();
       now = std::chrono::steady_clock::now()) {
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(due - now, kNap));
  }
  return !Interrupted();
}

absl::Status DemoDriver::PlayWindow() {
  const std::int64_t end = time_ms_ + kWindowMs;
  while (!agenda_.empty() && agenda_.next().time < end) {
    const AgendaItem item = agenda_.Take();
    time_ms_ = std::max(time_ms_, item.time);
    Do(item);
    if (batch_.size() + 2 > link_.room()) {
      if (absl::Status status = Flush(); !status.ok()) return status;
    }
  }
  time_ms_ = end;
  Add().mutable_tick();
  absl::Status status = Flush();
  counts_.now_ms = time_ms_;
  return status;
}

void DemoDriver::Do(const AgendaItem& item) {
  switch (item.kind) {
    case AgendaItem::Kind::kArrival:
      return Arrive(item.number);
    case AgendaItem::Kind::kAnswer:
      return Answer(item.number, item.detail);
    case AgendaItem::Kind::kAgent:
      return Step(item.number, static_cast<AgentStep>(item.detail));
    case AgendaItem::Kind::kCompletion:
      if (contacts_[item.number].state == ContactState::kHandling) {
        Add().mutable_complete_contact()->set_contact_id(IdOf(item.number));
      }
      return;
    case AgendaItem::Kind::kAbandonment:
      if (contacts_[item.number].state == ContactState::kWaiting) {
        v1::CancelContact& cancel = *Add().mutable_cancel_contact();
        cancel.set_contact_id(IdOf(item.number));
        cancel.set_cause(v1::CANCEL_CAUSE_CUSTOMER);
      }
      return;
  }
}

// ---- Customers --------------------------------------------------------------------------------

void DemoDriver::Arrive(std::uint32_t number) {
  const DayContact& from = day_.contacts[number];
  v1::Contact& contact = *Add().mutable_submit_contact();
  contact.set_id(IdOf(number));
  contact.set_channel(from.channel);
  contact.set_location(from.location);
  const auto add = [&contact](const char* name) -> v1::Attribute& {
    v1::Attribute& attribute = *contact.add_attributes();
    attribute.set_name(name);
    return attribute;
  };
  add("tier").set_string_value(from.tier);
  add("topic").set_string_value(from.topic);
  if (from.balance >= 0) add("balance").set_double_value(static_cast<double>(from.balance));
  if (!from.tags.empty()) {
    auto& tags = *add("tags").mutable_string_list_value();
    for (const std::string& tag : from.tags) tags.add_values(tag);
  }
  contacts_[number].state = ContactState::kWaiting;
  ++counts_.submitted;
  if (from.patience_ms != 0) {
    Later(time_ms_ + from.patience_ms, AgendaItem::Kind::kAbandonment, number, 0);
  }
}

void DemoDriver::OnEnded(std::uint32_t number, const v1::EndedEvent& ended) {
  ContactNow& contact = contacts_[number];
  if (contact.state == ContactState::kEnded) contradiction_ = ended.contact_id() + " ended twice";
  contact.state = ContactState::kEnded;
  switch (ended.reason()) {
    case v1::END_REASON_COMPLETED:
      ++counts_.completed;
      break;
    case v1::END_REASON_ABANDONED:
      ++counts_.abandoned;
      break;
    case v1::END_REASON_TREATED:
      ++counts_.treated;
      break;
    default:
      ++counts_.other_ends;
      break;
  }
  const auto agent = agent_numbers_.find(ended.agent_id());
  if (agent == agent_numbers_.end()) return;
  AgentNow& now = agents_[agent->second];
  if (now.handling > 0) --now.handling;
  if (now.leaving && now.handling == 0) {
    Later(time_ms_, AgendaItem::Kind::kAgent, agent->second, kGoesHome);
  }
}

// ---- Agents -----------------------------------------------------------------------------------

absl::Status DemoDriver::RegisterAgents() {
  for (std::size_t i = 0; i < day_.agents.size();) {
    v1::UpsertAgents& upsert = *Add().mutable_upsert_agents();
    for (; i < day_.agents.size() && upsert.agents_size() < kAgentsPerCommand; ++i) {
      const DayAgent& from = day_.agents[i];
      v1::Agent& agent = *upsert.add_agents();
      agent.set_id(from.id);
      agent.set_team(from.team);
      agent.set_location(from.location);
      agent.set_state(v1::AGENT_STATE_OFFLINE);
      for (const DaySkill& skill : from.skills) {
        v1::Skill& to = *agent.mutable_skills()->add_skills();
        to.set_skill(skill.name);
        to.set_proficiency(skill.proficiency);
      }
      // A call takes all of an agent, save that mail can wait; otherwise up to three chats.
      v1::Capacity& capacity = *agent.mutable_capacity();
      capacity.set_total(6);
      const auto add = [&capacity](const char* channel, std::uint32_t max, std::uint32_t cost) {
        v1::ChannelCapacity& to = *capacity.add_channels();
        to.set_channel(channel);
        to.set_max(max);
        to.set_cost(cost);
        return &to;
      };
      add("voice", 1, 6);
      add("chat", 3, 2);
      v1::ChannelCapacity* const mail = add("email", 1, 1);
      mail->add_interruptible_by("voice");
      mail->add_interruptible_by("chat");
    }
  }
  return Flush();
}

void DemoDriver::Step(std::uint32_t number, AgentStep step) {
  AgentNow& agent = agents_[number];
  switch (step) {
    case kReturns:
      agent.logged_in = true;
      agent.present = true;
      return SetState(number, v1::AGENT_STATE_READY);
    case kBreaks: {
      agent.present = false;
      const auto& presence = day_.agents[number].presence;
      const auto over =
          std::find_if(presence.begin(), presence.end(),
                       [this](const Presence& each) { return each.to_ms + kWindowMs > time_ms_; });
      return SetState(number, v1::AGENT_STATE_NOT_READY,
                      over == presence.end() || over->then.empty() ? "break" : over->then);
    }
    case kGoesHome:
      agent.present = false;
      agent.leaving = true;
      if (!agent.logged_in) return;
      if (agent.handling > 0) return SetState(number, v1::AGENT_STATE_NOT_READY, "going_home");
      agent.logged_in = false;
      return SetState(number, v1::AGENT_STATE_OFFLINE);
    case kAnswersAgain:
      if (agent.present) SetState(number, v1::AGENT_STATE_READY);
      return;
  }
}

// An agent could not go home, because of a contact that was accepted meanwhile.
void DemoDriver::StayForNow(const std::string& agent_id) {
  const std::uint32_t agent = agent_numbers_.at(agent_id);
  agents_[agent].logged_in = true;
  Later(time_ms_ + kWindowMs, AgendaItem::Kind::kAgent, agent, kGoesHome);
}

void DemoDriver::SetState(std::uint32_t agent, v1::AgentState state, const std::string& reason) {
  v1::SetAgentState& set = *Add().mutable_set_agent_state();
  set.set_agent_id(day_.agents[agent].id);
  set.set_state(state);
  set.set_reason(reason);
}

void DemoDriver::OnOffered(const std::string& contact_id, const std::string& agent_id,
                           std::uint64_t offer_id, std::int64_t time_ms) {
  const std::uint32_t number = ContactOf(contact_id);
  if (number >= contacts_.size()) return;
  ContactNow& contact = contacts_[number];
  // The reply to a submission tells of its offer before the event does.
  if (contact.state != ContactState::kWaiting || contact.offer_id == offer_id) return;
  contact.offer_id = offer_id;
  contact.offered_to = agent_id;
  if (random_.Chance(kNoAnswerPermille)) return;
  const bool accepts = !random_.Chance(kDeclinePermille);
  Later(time_ms + random_.Between(kAnswerFromMs, kAnswerToMs), AgendaItem::Kind::kAnswer, number,
        static_cast<std::int64_t>(offer_id * 2 + (accepts ? 1 : 0)));
}

void DemoDriver::Answer(std::uint32_t number, std::int64_t detail) {
  const auto offer_id = static_cast<std::uint64_t>(detail) / 2;
  if (contacts_[number].offer_id != offer_id) return;
  if (detail % 2 == 1) {
    v1::AcceptOffer& accept = *Add().mutable_accept_offer();
    accept.set_contact_id(IdOf(number));
    accept.set_agent_id(contacts_[number].offered_to);
    accept.set_offer_id(offer_id);
  } else {
    v1::DeclineOffer& decline = *Add().mutable_decline_offer();
    decline.set_contact_id(IdOf(number));
    decline.set_agent_id(contacts_[number].offered_to);
    decline.set_offer_id(offer_id);
  }
}

void DemoDriver::OnExpired(std::uint32_t contact, const std::string& agent_id) {
  contacts_[contact].offer_id = 0;
  const auto agent = agent_numbers_.find(agent_id);
  if (agent == agent_numbers_.end()) return;
  Later(time_ms_ + kBackAtDeskMs, AgendaItem::Kind::kAgent, agent->second, kAnswersAgain);
}

void DemoDriver::OnAssigned(std::uint32_t contact, const std::string& agent_id,
                            std::int64_t time_ms) {
  contacts_[contact].state = ContactState::kHandling;
  contacts_[contact].offer_id = 0;
  const auto agent = agent_numbers_.find(agent_id);
  if (agent != agent_numbers_.end()) ++agents_[agent->second].handling;
  Later(time_ms + day_.contacts[contact].handle_ms, AgendaItem::Kind::kCompletion, contact, 0);
}

absl::Status DemoDriver::SendHome() {
  for (std::uint32_t i = 0; i < agents_.size(); ++i) {
    if (!agents_[i].logged_in) continue;
    SetState(i, v1::AGENT_STATE_OFFLINE);
    batch_[batch_.size() - 1].mutable_set_agent_state()->set_force(true);
    if (batch_.size() == link_.room()) {
      if (absl::Status status = Flush(); !status.ok()) return status;
    }
  }
  return Flush();
}

// ---- The session ------------------------------------------------------------------------------

void DemoDriver::OnReply(const v1::Command& command, const v1::CommandReply& reply) {
  const v1::Outcome outcome = reply.receipt().outcome();
  if (outcome == v1::OUTCOME_OFFER_NOT_OPEN || outcome == v1::OUTCOME_WRONG_STATE) {
    ++counts_.late;
    if (command.has_set_agent_state()) StayForNow(command.set_agent_state().agent_id());
  } else if (outcome != v1::OUTCOME_OK) {
    ++counts_.refused;
    if (command.has_submit_contact()) --counts_.submitted;
    if (first_refusal_.empty()) {
      first_refusal_ = absl::StrCat(
          NameOf(outcome), ": ", reply.field(), " ", reply.message(),
          "; the command: ", command.ShortDebugString().substr(0, kExcerptBytes), "...");
    }
  }
  for (const v1::Offer& offer : reply.placement().offers()) {
    OnOffered(offer.contact_id(), offer.agent_id(), offer.offer_id(),
              NsOf(reply.receipt().time()) / kNsPerMs - options_.midnight_s * 1'000);
  }
}

void DemoDriver::OnEvent(const v1::Event& event) {
  const std::int64_t time_ms = NsOf(event.time()) / kNsPerMs - options_.midnight_s * 1'000;
  const auto with = [this](const std::string& id, const auto& act) {
    const std::uint32_t contact = ContactOf(id);
    if (contact < contacts_.size()) act(contact);
  };
  switch (event.event_case()) {
    case v1::Event::kOffered:
      return OnOffered(event.offered().contact_id(), event.offered().agent_id(),
                       event.offered().offer_id(), time_ms);
    case v1::Event::kAssigned:
      return with(event.assigned().contact_id(), [&](std::uint32_t contact) {
        OnAssigned(contact, event.assigned().agent_id(), time_ms);
      });
    case v1::Event::kDeclined:
      return with(event.declined().contact_id(),
                  [&](std::uint32_t contact) { contacts_[contact].offer_id = 0; });
    case v1::Event::kExpired:
      return with(event.expired().contact_id(),
                  [&](std::uint32_t contact) { OnExpired(contact, event.expired().agent_id()); });
    case v1::Event::kRescinded:
      return with(event.rescinded().contact_id(),
                  [&](std::uint32_t contact) { contacts_[contact].offer_id = 0; });
    case v1::Event::kRequeued:
      return with(event.requeued().contact_id(), [&](std::uint32_t contact) {
        contacts_[contact].state = ContactState::kWaiting;
      });
    case v1::Event::kEnded:
      return with(event.ended().contact_id(),
                  [&](std::uint32_t contact) { OnEnded(contact, event.ended()); });
    default:
      return;
  }
}

void DemoDriver::Later(std::int64_t time_ms, AgendaItem::Kind kind, std::uint32_t number,
                       std::int64_t detail) {
  agenda_.Add({time_ms, kind, number, detail});
}

v1::Command& DemoDriver::Add() {
  v1::Command& command = *batch_.Add();
  SetTimestamp(options_.midnight_s * kSecondNs + time_ms_ * kNsPerMs, command.mutable_at());
  return command;
}

absl::Status DemoDriver::Flush() {
  counts_.commands += static_cast<std::uint64_t>(batch_.size());
  return link_.Exchange(batch_, *this);
}

std::uint32_t DemoDriver::ContactOf(const std::string& id) const {
  std::uint32_t number = 0;
  if (id.compare(0, prefix_.size(), prefix_) != 0 ||
      !absl::SimpleAtoi(id.substr(prefix_.size()), &number)) {
    return static_cast<std::uint32_t>(contacts_.size());
  }
  return number - 1;  // of 0: past all
}

std::string DemoDriver::IdOf(std::uint32_t contact) const {
  return absl::StrCat(prefix_, contact + 1);
}

}  // namespace strowger::ctl
