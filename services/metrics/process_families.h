// What the page says of the process itself.
#pragma once

#include "services/metrics/families.h"

namespace strowger::metrics {

// By the names that Prometheus clients agree on. What the system does not tell is left out.
void AddProcess(Families& families);

}  // namespace strowger::metrics
