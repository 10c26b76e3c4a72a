// What a contact says of itself and is not kept: attributes that only the rules see, and contacts
// whose data are erased.
#include "routing-core/engine/engine.h"
#include "routing-core/engine/form.h"

namespace strowger::routing {

// REQUIRES: update_scratch_ views the attributes; the facts are valid until it changes.
ContactFacts Router::Engine::FactsOf(const SubmitContact& command, TimeNs arrival) {
  if (!command.unstored.empty()) {
    AttributeViews& unstored = views_scratch_;
    ViewAttributes(command.unstored, unstored);
    update_scratch_.views.insert(update_scratch_.views.end(), unstored.views.begin(),
                                 unstored.views.end());
  }
  ContactFacts facts;
  facts.id = command.contact;
  facts.channel = command.channel;
  facts.location = command.location;
  facts.attributes = update_scratch_.views;
  facts.arrival = arrival;
  return facts;
}

// Of a decision that was made before there is nothing to remember: what it saw is not known here.
Decision Router::Engine::DecisionOn(const SubmitContact& command, TimeNs arrival) {
  if (command.decided) return RulesFor(command.contact).DecisionOf(*command.decided);
  return Classify(FactsOf(command, arrival), data_scratch_, contacts_seen_ + 1, false);
}

Decision Router::Engine::DecisionWithoutTrace(const SubmitContact& command, TimeNs arrival) {
  const RuleSet& rules = RulesFor(command.contact);
  if (command.decided) return rules.DecisionOf(*command.decided);
  return rules.Classify(FactsOf(command, arrival), now_, *this);
}

std::string Router::Engine::Decide(const SubmitContact& command) {
  const ContactSlot resumed = ResumedBy(command);
  const TimeNs arrival =
      resumed == kNoSlot ? command.virtual_arrival.value_or(now_) : contacts_[resumed].arrival;
  ViewAttributes(command.attributes, update_scratch_);
  return std::string(DecisionWithoutTrace(command, arrival).rule);
}

Result Router::Engine::Erase(const EraseContactData& command) {
  if (Result result = CheckForm(command); !result.ok()) return result;
  const ContactSlot slot = ContactNamed(command.contact);
  if (slot == kNoSlot) return {};
  if (contacts_[slot].state != ContactState::kEnded) return {Outcome::kWrongState, "contact"};
  Forget(slot);
  return {};
}

}  // namespace strowger::routing
