#include "services/runtime/release_tap.h"

#include <variant>

namespace strowger::runtime {

absl::Status ReleaseTaps::Begin(const routing::Router& router) const {
  for (ReleaseTap* const tap : taps_) {
    if (absl::Status status = tap->Begin(router); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void ReleaseTaps::EndPast(std::uint64_t sequence) const {
  for (ReleaseTap* const tap : taps_) tap->EndPast(sequence);
}

void ReleaseTaps::Tell(const ReleasedBatch& batch) const {
  for (ReleaseTap* const tap : taps_) tap->OnReleased(batch);
}

void ReleaseTaps::Note(const routing::Command& command, const routing::Result& result,
                       absl::Span<const routing::Event> events, std::size_t first,
                       const routing::Router& router) {
  bool wanted = false;
  for (ReleaseTap* const tap : taps_) wanted |= tap->WantsContacts(command.sequence);
  if (!wanted) return;
  const auto notes = [this]() -> ContactNotes& {
    if (notes_ == nullptr) notes_ = std::make_shared<ContactNotes>();
    return *notes_;
  };
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].type != routing::EventType::kEnded) continue;
    notes().ended.push_back({first + i, router.FindContact(events[i].contact)});
  }
  const auto* const erase = std::get_if<routing::EraseContactData>(&command.body);
  if (erase != nullptr && result.ok()) notes().erased.push_back({command.sequence, erase->contact});
}

}  // namespace strowger::runtime
