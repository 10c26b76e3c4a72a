#include "tests/model/tally.h"

#include <cstddef>
#include <functional>
#include <iomanip>
#include <sstream>

namespace strowger::model {
namespace {

using routing::Cause;
using routing::EndReason;
using routing::EventType;
using routing::Outcome;
using routing::WaitCode;

// Given by the services around the core, never by Apply.
bool FromOutside(Outcome outcome) {
  return outcome == Outcome::kUnknownDomain || outcome == Outcome::kShedding;
}

using Visit =
    std::function<void(const char* kind, std::string_view name, std::uint64_t count, bool outside)>;

void ForEach(const Tally& tally, const Visit& visit) {
  for (std::size_t i = 0; i < tally.outcomes.size(); ++i) {
    const auto outcome = static_cast<Outcome>(i);
    visit("outcome", Name(outcome), tally.outcomes[i], FromOutside(outcome));
  }
  for (std::size_t i = 1; i < tally.events.size(); ++i) {
    visit("event", Name(static_cast<EventType>(i)), tally.events[i], false);
  }
  for (std::size_t i = 1; i < tally.end_reasons.size(); ++i) {
    visit("end reason", Name(static_cast<EndReason>(i)), tally.end_reasons[i], false);
  }
  for (std::size_t i = 1; i < tally.causes.size(); ++i) {
    visit("cause", Name(static_cast<Cause>(i)), tally.causes[i], false);
  }
  for (std::size_t i = 1; i < tally.wait_codes.size(); ++i) {
    visit("waits for", Name(static_cast<WaitCode>(i)), tally.wait_codes[i], false);
  }
  constexpr std::string_view kFates[] = {"refused", "ended", "at_once", "waits"};
  for (std::size_t i = 0; i < tally.fates.size(); ++i) {
    visit("predicted", kFates[i], tally.fates[i], false);
  }
}

}  // namespace

void Tally::Count(const routing::Result& result, const routing::EventBuffer& buffer) {
  ++commands;
  ++outcomes[static_cast<std::size_t>(result.outcome)];
  for (const routing::Event& event : buffer) {
    ++events[static_cast<std::size_t>(event.type)];
    ++causes[static_cast<std::size_t>(event.cause)];
    if (event.type == EventType::kEnded) {
      ++end_reasons[static_cast<std::size_t>(event.reason)];
    }
  }
}

std::string Tally::Table() const {
  std::ostringstream out;
  out << commands << " commands\n";
  ForEach(*this,
          [&out](const char* kind, std::string_view name, std::uint64_t count, bool outside) {
            out << "  " << std::left << std::setw(12) << kind << std::setw(20) << name << std::right
                << std::setw(12) << count
                << (outside ? "  (given by the services around the core)" : "") << "\n";
          });
  const std::string missing = Missing();
  out << "never reached: " << (missing.empty() ? "nothing" : missing) << "\n";
  return out.str();
}

std::string Tally::Missing() const {
  std::string missing;
  ForEach(*this,
          [&missing](const char* kind, std::string_view name, std::uint64_t count, bool outside) {
            if (count != 0 || outside) return;
            missing += (missing.empty() ? "" : ", ") + std::string(kind) + " " + std::string(name);
          });
  return missing;
}

}  // namespace strowger::model
