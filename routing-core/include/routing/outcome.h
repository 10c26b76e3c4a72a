// What a command came to.
#pragma once

#include <cstdint>
#include <string_view>

namespace strowger::routing {

// Numbers are for ever: journals and clients keep them. Where several refusals would be true, the
// lowest number is given.
enum class Outcome : std::uint8_t {
  kOk = 0,
  kInvalidArgument = 1,
  kUnknownDomain = 2,
  kUnknownContact = 3,
  kUnknownAgent = 4,
  kUnknownQueue = 5,
  kAlreadyExists = 6,
  kVersionMismatch = 7,
  kRuleSetInvalid = 8,
  kOfferNotOpen = 9,
  kWrongState = 10,
  kInUse = 11,
  kOverLimit = 12,
  kShedding = 13,
};

inline constexpr int kOutcomeCount = 14;

// The name as rule documents, scenario tests and metrics write it: "offer_not_open".
constexpr std::string_view Name(Outcome outcome) {
  constexpr std::string_view kNames[kOutcomeCount] = {"ok",
                                                      "invalid_argument",
                                                      "unknown_domain",
                                                      "unknown_contact",
                                                      "unknown_agent",
                                                      "unknown_queue",
                                                      "already_exists",
                                                      "version_mismatch",
                                                      "rule_set_invalid",
                                                      "offer_not_open",
                                                      "wrong_state",
                                                      "in_use",
                                                      "over_limit",
                                                      "shedding"};
  return kNames[static_cast<int>(outcome)];
}

// A refused command changed nothing and emitted nothing. `field` says where the trouble lies, by
// the name that the API gives it ("contact.channel"); static storage, empty when the outcome says
// all there is to say.
struct Result {
  Outcome outcome = Outcome::kOk;
  std::string_view field = {};

  bool ok() const { return outcome == Outcome::kOk; }
};

}  // namespace strowger::routing
