// Commands and reads for threads that may wait: start-up, file watchers, tests. Not for callbacks,
// and not for threads that serve calls.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "routing/command.h"
#include "services/runtime/executor.h"
#include "services/runtime/task.h"

namespace strowger::runtime {

struct Answer {
  DomainExecutor::Submission submission = DomainExecutor::Submission::kAccepted;
  Receipt receipt;    // if accepted
  EventSlice events;  // the command's own
};

// Submits, and waits for the release. `at`: in virtual time. `note`: of an activation.
Answer ApplyAndWait(DomainExecutor& executor, routing::CommandBody body,
                    std::string command_id = {}, routing::TimeNs at = 0,
                    const journal::ActivationNote* note = nullptr);

// Runs `read` on the writer and waits until all that it saw is durable. False: not accepted.
bool ReadAndWait(DomainExecutor& executor, const std::function<void(const Reading&)>& read);

}  // namespace strowger::runtime
