// For threads whose work can wait for everybody else's.
#pragma once

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace strowger::daemon {

// Of the calling thread alone. Where it is not allowed, the thread is as good as any other.
inline void TakeLowestPriority() {
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), 19);
}

}  // namespace strowger::daemon
