#include "services/strowgerctl/client/prediction_text.h"

#include "absl/strings/str_cat.h"
#include "services/strowgerctl/client/names.h"
#include "services/strowgerctl/client/wire_time.h"

namespace strowger::ctl {
namespace {

std::string WhyNever(v1::NeverBecause because) {
  switch (because) {
    case v1::NEVER_BECAUSE_NOBODY_LOGGED_IN:
      return "nobody is logged in";
    case v1::NEVER_BECAUSE_NOBODY_SATISFIES:
      return "nobody who is logged in satisfies what it asks for";
    case v1::NEVER_BECAUSE_NOBODY_READY:
      return "nobody who satisfies what it asks for is ready";
    default:
      return "nobody serves it";
  }
}

std::string WaitText(const v1::PredictedWait& wait) {
  std::string out;
  if (wait.infinite()) {
    absl::StrAppend(&out, "As things stand for ever: ", WhyNever(wait.never_because()), ".\n");
  } else {
    absl::StrAppend(&out, "About ", DurationText(NsOf(wait.mean())), "; half of such waits end by ",
                    DurationText(NsOf(wait.median())), ", nine of ten by ",
                    DurationText(NsOf(wait.p90())), ".\n");
  }
  if (wait.has_length_over_rate()) {
    absl::StrAppend(&out, "Its place over the rate of its queue: ",
                    DurationText(NsOf(wait.length_over_rate())), ".\n");
  }
  if (wait.has_last_to_enter()) {
    absl::StrAppend(&out, "The last one of its queue to be served had waited ",
                    DurationText(NsOf(wait.last_to_enter())), ".\n");
  }
  return out;
}

std::string Where(const v1::Placement& placement) {
  std::string out;
  if (!placement.queue().empty()) absl::StrAppend(&out, " in ", placement.queue());
  if (placement.position() != 0) absl::StrAppend(&out, " at place ", placement.position());
  if (!placement.rule().empty()) absl::StrAppend(&out, ", by rule ", placement.rule());
  return out;
}

std::string HowItEnds(const v1::Placement& placement) {
  const std::string cause = NameOf(placement.cause());
  return absl::StrCat(
      NameOf(placement.end_reason()),
      placement.treatment().empty() ? "" : absl::StrCat(" with ", placement.treatment()),
      cause.empty() || cause == "-" ? "" : absl::StrCat(" (", cause, ")"));
}

}  // namespace

std::string PredictionText(const v1::PredictWaitResponse& predicted, const std::string& contact) {
  const v1::Placement& placement = predicted.placement();
  const bool came = !contact.empty();
  switch (placement.state()) {
    case v1::CONTACT_STATE_QUEUED:
      return absl::StrCat(came ? absl::StrCat(contact, " waits") : "It would wait",
                          Where(placement), ".\n", WaitText(placement.predicted_wait()));
    case v1::CONTACT_STATE_ENDED:
      if (came) break;
      return absl::StrCat("It would not wait: ", HowItEnds(placement), Where(placement), ".\n");
    case v1::CONTACT_STATE_OFFERED:
      if (came) break;
      return absl::StrCat("It would be offered to somebody at once", Where(placement), ".\n");
    default:
      break;
  }
  return absl::StrCat(contact, " does not wait: it is ", NameOf(placement.state()), ".\n");
}

}  // namespace strowger::ctl
