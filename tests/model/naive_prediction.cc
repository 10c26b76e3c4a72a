// What would become of a contact that came now: tried out on a copy, where it truly comes.
#include <algorithm>

#include "tests/model/naive_router.h"

namespace strowger::model {

using routing::ArrivalPrediction;
using routing::Event;
using routing::EventType;
using routing::Outcome;

// Its own deadlines of this instant fire, and nobody else's: what its coming makes others do is no
// part of the answer, nor that it counts among those who have arrived.
ArrivalPrediction NaiveRouter::Predict(const routing::SubmitContact& command) const {
  NaiveRouter trial = *this;
  routing::EventBuffer events;
  trial.events_ = &events;
  trial.restarting_ = false;
  ++trial.turn_;
  ArrivalPrediction predicted;
  predicted.refusal.outcome = trial.Submit(command);
  if (!predicted.refusal.ok()) return predicted;
  trial.arrivals_ = arrivals_;
  NaiveContact& contact = trial.contacts_.at(command.contact);
  while (contact.live() && trial.InLine(contact) && !trial.SomeoneEligible(contact)) {
    trial.KeepVigil();
    std::vector<NaiveDeadline> due;
    trial.AddContactDeadlines(contact, due);
    const auto first = std::min_element(due.begin(), due.end());
    if (first == due.end() || first->time > now_) break;
    ++trial.turn_;
    trial.Fire(*first);
  }
  predicted.rule = contact.rule;
  predicted.queue = contact.queue;
  if (!contact.live()) {
    const Event& end = events.back();
    predicted.fate = ArrivalPrediction::Fate::kEnded;
    predicted.end_reason = end.reason;
    predicted.end_cause = end.cause;
    predicted.treatment = end.text;
  } else if (trial.InLine(contact) && trial.SomeoneEligible(contact)) {
    predicted.fate = ArrivalPrediction::Fate::kAtOnce;
  } else {
    predicted.fate = ArrivalPrediction::Fate::kWaits;
    predicted.position = trial.Position(contact);
  }
  return predicted;
}

}  // namespace strowger::model
