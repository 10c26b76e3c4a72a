// The complete state of a router as bytes, and back. A router that was loaded gives, for the same
// commands, the same events and the same state hash as the one that was saved.
//
// Format: a text that names it, the format's number, then the state in sections that each begin
// with their name (engine/checkpoint_save.cc writes them in order), then a digest of all that.
// Numbers are LEB128 (signed ones zigzag), texts and lists carry their length, doubles are their
// bits; what one entity says of another is its place in that other's section. Layout in memory
// leaves no mark: slots are counted anew, and whatever follows from the rest is left out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "routing/limits.h"
#include "routing/rule_set.h"

namespace strowger::routing {

class Router;

// Raised with every field that comes; older ones are still read (Since in checkpoint_bytes.h).
inline constexpr std::uint32_t kCheckpointFormat = 3;

// Takes the bytes piece by piece, in order. Views live as long as the call.
using ByteSink = std::function<void(std::string_view)>;

// Gives what the state refers to and only compiled rules can answer.
class RuleSource {
 public:
  virtual ~RuleSource() = default;
  // Null when the text does not give a rule set of that hash.
  virtual std::shared_ptr<const RuleSet> RuleSetOf(std::string_view hash,
                                                   std::string_view text) = 0;
  // The condition of a caller's plan, as it was compiled against `rule_set`; null when it cannot
  // be.
  virtual std::shared_ptr<const Condition> ConditionOf(std::string_view source,
                                                       const RuleSet& rule_set) = 0;
};

// Either a router or what is wrong, with the byte at which it was seen.
struct LoadedRouter {
  std::unique_ptr<Router> router;
  std::string error;
};

}  // namespace strowger::routing
