#include "services/strowgerctl/client/event_text.h"

#include "absl/strings/str_cat.h"
#include "services/strowgerctl/client/names.h"

namespace strowger::ctl {
namespace {

// ", queue billing"; nothing for an empty value. Likewise for any other word.
std::string And(const std::string& word, const std::string& value) {
  return value.empty() || value == "-" ? "" : absl::StrCat(", ", word, " ", value);
}

std::string EndText(const v1::EndedEvent& ended) {
  return absl::StrCat(ended.contact_id(), " ", NameOf(ended.reason()),
                      And("treatment", ended.treatment()), And("cause", NameOf(ended.cause())),
                      And("queue", ended.queue()), And("agent", ended.agent_id()));
}

std::string AgentText(const v1::AgentStateEvent& state) {
  return absl::StrCat(state.agent_id(), " ", NameOf(state.state()), And("reason", state.reason()));
}

// Those that only name a contact and an agent.
template <typename T>
std::string PairText(const T& event) {
  return absl::StrCat(event.contact_id(), " by ", event.agent_id());
}

}  // namespace

std::string KindOf(const v1::Event& event) {
  const auto* field =
      v1::Event::descriptor()->FindFieldByNumber(static_cast<int>(event.event_case()));
  return field == nullptr ? "unknown" : field->name();
}

std::string DetailOf(const v1::Event& event) {
  switch (event.event_case()) {
    case v1::Event::kQueued:
      return absl::StrCat(event.queued().contact_id(), " in ", event.queued().queue(),
                          And("position", absl::StrCat(event.queued().position())),
                          And("rule", event.queued().rule()));
    case v1::Event::kOffered:
      return absl::StrCat(event.offered().contact_id(), " to ", event.offered().agent_id(),
                          And("queue", event.offered().queue()));
    case v1::Event::kAssigned:
      return PairText(event.assigned());
    case v1::Event::kDeclined:
      return PairText(event.declined());
    case v1::Event::kExpired:
      return PairText(event.expired());
    case v1::Event::kRescinded:
      return absl::StrCat(event.rescinded().contact_id(), " from ", event.rescinded().agent_id(),
                          And("cause", NameOf(event.rescinded().cause())));
    case v1::Event::kRequeued:
      return absl::StrCat(event.requeued().contact_id(), " in ", event.requeued().queue(),
                          And("cause", NameOf(event.requeued().cause())));
    case v1::Event::kStep:
      return absl::StrCat(event.step().contact_id(), " takes ", event.step().step());
    case v1::Event::kStepSkipped:
      return absl::StrCat(event.step_skipped().contact_id(), " passes over ",
                          event.step_skipped().step());
    case v1::Event::kOverflowed:
      return absl::StrCat(event.overflowed().contact_id(), " from ",
                          event.overflowed().from_queue(), " to ", event.overflowed().to_queue(),
                          And("by", event.overflowed().overflow()),
                          And("cause", NameOf(event.overflowed().cause())));
    case v1::Event::kEnded:
      return EndText(event.ended());
    case v1::Event::kWrapUp:
      return PairText(event.wrap_up());
    case v1::Event::kWrapUpEnded:
      return PairText(event.wrap_up_ended());
    case v1::Event::kAgentState:
      return AgentText(event.agent_state());
    case v1::Event::kAgentRemoved:
      return event.agent_removed().agent_id();
    case v1::Event::kReplanned:
      return absl::StrCat(event.replanned().contact_id(), " in ", event.replanned().queue(),
                          And("rule", event.replanned().rule()));
    case v1::Event::kTransferred:
      return absl::StrCat(
          event.transferred().contact_id(), " from ", event.transferred().from_agent_id(), " to ",
          event.transferred().to_agent_id().empty() ? event.transferred().to_queue()
                                                    : event.transferred().to_agent_id());
    case v1::Event::kActivated:
      return absl::StrCat(event.activated().rule_set(), " version ", event.activated().version());
    case v1::Event::EVENT_NOT_SET:
      break;
  }
  return "";
}

}  // namespace strowger::ctl
