#include "services/grpc/command_call.h"

#include <limits>
#include <vector>

namespace strowger::grpc_api {
namespace {

bool ClosesOffer(const routing::Event& event) {
  return event.type == routing::EventType::kAssigned || event.type == routing::EventType::kDeclined;
}

}  // namespace

std::uint64_t ClosedOffer(runtime::DomainExecutor& executor, const runtime::Receipt& receipt,
                          const runtime::EventSlice& events) {
  for (const routing::Event& event : events.events) {
    if (ClosesOffer(event)) return event.offer;
  }
  if (!receipt.repeated || receipt.sequence == 0) return 0;
  std::vector<runtime::EventSlice> slices;
  (void)executor.events().Read({receipt.sequence - 1, std::numeric_limits<std::uint32_t>::max()}, 1,
                               slices);
  for (const runtime::EventSlice& slice : slices) {
    for (const routing::Event& event : slice.events) {
      if (event.sequence == receipt.sequence && ClosesOffer(event)) return event.offer;
    }
  }
  return 0;
}

}  // namespace strowger::grpc_api
