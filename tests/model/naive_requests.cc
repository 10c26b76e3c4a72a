// Wishes for one agent, and the arrival that a contact regains when it comes back.
#include "tests/model/eligibility.h"
#include "tests/model/naive_router.h"

namespace strowger::model {

// What the contact itself says goes before what its plan says.
void NaiveRouter::MakeRequest(NaiveContact& contact, const routing::AgentRequest& own) {
  const routing::AgentRequest& of_plan = contact.plan->requested;
  NaiveRequest request;
  request.agent = own.agent.empty() ? of_plan.agent : own.agent;
  request.lasts = own.lasts.value_or(of_plan.lasts.value_or(routing::kNever));
  request.only = own.only.value_or(of_plan.only.value_or(false));
  if (!agents_.contains(request.agent)) return;
  contact.request = request;
  contact.wished = true;
  if (request.only) contact.requirement = {};
}

void NaiveRouter::EndRequest(NaiveContact& contact) {
  if (!contact.request.has_value()) return;
  if (contact.request->only) contact.requirement = contact.plan->requirement;
  contact.request.reset();
}

void NaiveRouter::DropRequestsFor(const std::string& agent) {
  for (auto& [id, contact] : contacts_) {
    if (!contact.request.has_value() || contact.request->agent != agent) continue;
    EndRequest(contact);
    RequirementChanged(contact);
  }
}

// The agent is one of those whom the contact asks for now.
bool NaiveRouter::Asks(const NaiveContact& contact, const NaiveAgent& agent) const {
  if (contact.request.has_value() && contact.request->agent != agent.id) return false;
  return Satisfies(contact.requirement,
                   {agent.id, agent.skills, agent.team, agent.location, agent.attributes});
}

void NaiveRouter::Resume(NaiveContact& contact, const routing::Resume& resume) {
  for (auto& [id, other] : contacts_) {
    if (other.resumable_since == 0 || other.resume_key != resume.key) continue;
    if (now_ - other.resumable_since > resume.within) return;
    contact.arrival = other.arrival;
    other.resumable_since = 0;
    return;
  }
}

// Only who left last under a key can be taken over.
void NaiveRouter::BecomeResumable(NaiveContact& contact) {
  if (contact.resume_key.empty()) return;
  for (auto& [id, other] : contacts_) {
    if (other.resume_key == contact.resume_key) other.resumable_since = 0;
  }
  contact.resumable_since = now_;
}

}  // namespace strowger::model
