// What the page says of one domain and its queues.
#pragma once

#include <string_view>

#include "routing/time.h"
#include "services/metrics/families.h"
#include "services/runtime/executor.h"

namespace strowger::metrics {

void AddDomain(std::string_view domain, const runtime::DomainExecutor& executor,
               Families& families);

// `since_published`: how much longer everyone has waited than the figures say.
void AddQueues(std::string_view domain, const runtime::Figures& figures,
               routing::DurationNs since_published, Families& families);

}  // namespace strowger::metrics
