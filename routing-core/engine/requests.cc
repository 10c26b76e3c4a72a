// Wishes for one agent, and the arrival that a contact regains when it comes back.
#include "routing-core/engine/engine.h"

namespace strowger::routing {

// ---- The wish for an agent --------------------------------------------------------------------

AgentSlot Router::Engine::RequestedBy(const ContactRecord& contact) const {
  return contact.request == kNoSlot ? kNoSlot : requests_[contact.request].agent;
}

// What the contact said goes before what its plan says. An agent whom nobody knows is no wish. The
// contact must stand in no line.
void Router::Engine::MakeRequest(ContactSlot slot, const AgentRequest& own,
                                 const AgentRequest& of_plan) {
  const std::string& name = own.agent.empty() ? of_plan.agent : own.agent;
  const AgentSlot agent = name.empty() ? kNoSlot : AgentNamed(name);
  if (agent == kNoSlot) return;
  const DurationNs lasts = own.lasts ? *own.lasts : of_plan.lasts.value_or(kNever);
  AddRequest(slot, agent, lasts, own.only.value_or(of_plan.only.value_or(false)));
  if (!requests_[contacts_[slot].request].only) return;
  eligibility_.Refer(anyone_);
  SetRequirement(slot, anyone_);
}

void Router::Engine::AddRequest(ContactSlot slot, AgentSlot agent, DurationNs lasts, bool only) {
  const RequestSlot made = requests_.Take();
  Request& request = requests_.Change(made);
  request.contact = slot;
  request.agent = agent;
  request.lasts = lasts;
  request.only = only;
  RequestSlot& first = agents_.Change(agent).first_request;
  request.next_of_agent = first;
  if (first != kNoSlot) requests_.Change(first).previous_of_agent = made;
  first = made;
  contacts_.Change(slot).request = made;
  TouchVigil(slot);
}

// What the plan asks for counts again. The contact must stand in no line.
void Router::Engine::EndRequest(ContactSlot slot) {
  ContactRecord& contact = contacts_.Change(slot);
  if (contact.request == kNoSlot) return;
  const RequestSlot ended = contact.request;
  Request& request = requests_.Change(ended);
  deadlines_.Cancel(request.deadline);
  const RequestSlot before = request.previous_of_agent;
  const RequestSlot after = request.next_of_agent;
  (before == kNoSlot ? agents_.Change(request.agent).first_request
                     : requests_.Change(before).next_of_agent) = after;
  if (after != kNoSlot) requests_.Change(after).previous_of_agent = before;
  contact.request = kNoSlot;
  TouchVigil(slot);
  if (request.only) {
    const RequirementId base = plans_[contact.plan].requirement;
    eligibility_.Refer(base);
    SetRequirement(slot, base);
  }
  requests_.Release(ended);
}

void Router::Engine::RequestLapsed(ContactSlot slot) {
  const bool in_line = contacts_[slot].line != kNoSlot;
  LeaveLine(slot);
  EndRequest(slot);
  if (in_line) EnterLine(slot);
  JudgeExclusion(slot);
  AskForPlacement(slot);
}

void Router::Engine::DropRequestsOfAgent(AgentSlot agent) {
  while (agents_[agent].first_request != kNoSlot) {
    RequestLapsed(requests_[agents_[agent].first_request].contact);
  }
}

// Of 64 agents at once: those logged in whom the contact reaches and asks for now.
std::uint64_t Router::Engine::AskedWord(std::size_t word, const ContactRecord& contact) const {
  const std::uint64_t reached = ReachedWord(word, ReachOf(contact));
  if (contact.request == kNoSlot) return reached;
  const AgentSlot agent = requests_[contact.request].agent;
  return agent / 64 == word ? reached & (std::uint64_t{1} << (agent % 64)) : 0;
}

AgentSlot Router::Engine::RequestedIfEligible(const ContactRecord& contact) const {
  const AgentSlot agent = requests_[contact.request].agent;
  const bool eligible = free_.Test(agent) && fits_[contact.channel].Test(agent) &&
                        eligibility_.Satisfies(agent, contact.requirement) &&
                        MayTake(contact, agent);
  return eligible ? agent : kNoSlot;
}

AgentSlot Router::Engine::ChooseRequested(const ContactRecord& contact) {
  const AgentSlot agent = RequestedIfEligible(contact);
  if (agent != kNoSlot) candidates_[candidate_count_++] = {agent, 0};
  return agent;
}

// ---- Coming back ------------------------------------------------------------------------------

// Whose arrival the contact regains; kNoSlot: nobody's.
ContactSlot Router::Engine::ResumedBy(const SubmitContact& command) const {
  if (!command.resume || command.virtual_arrival) return kNoSlot;
  const auto found = resumable_.find(command.resume->key);
  if (found == resumable_.end()) return kNoSlot;
  const TimeNs since = EndOf(contacts_[found->second]).at;
  return now_ - since <= command.resume->within ? found->second : kNoSlot;
}

// It abandoned: whoever left under this key before can no longer be taken over.
void Router::Engine::BecomeResumable(ContactSlot slot) {
  const std::string_view key = ResumeKeyOf(contacts_[slot].data.view(), contacts_[slot].id_bytes);
  if (key.empty()) return;
  const auto known = resumable_.find(key);
  if (known != resumable_.end()) ForgetResumable(known->second);
  contacts_.Change(slot).resumable = true;
  resumable_.emplace(key, slot);
}

void Router::Engine::ForgetResumable(ContactSlot slot) {
  if (!contacts_[slot].resumable) return;
  contacts_.Change(slot).resumable = false;
  resumable_.erase(ResumeKeyOf(contacts_[slot].data.view(), contacts_[slot].id_bytes));
}

}  // namespace strowger::routing
