// The identities of commands that may come again, with what became of them: all that a domain
// remembers beside its router.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "services/runtime/task.h"

namespace strowger::runtime {

// At most one of command_id and session_id is set. Views live as long as the call.
struct Remembered {
  std::string_view command_id;
  std::string_view session_id;
  std::uint64_t number = 0;  // in its session
  Receipt receipt;
};

using RememberedVisitor = std::function<void(const Remembered&)>;

}  // namespace strowger::runtime
