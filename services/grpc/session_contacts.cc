#include "services/grpc/session_contacts.h"

#include <algorithm>

namespace strowger::grpc_api {

void SessionContacts::Add(absl::Span<const Submitted> submitted) {
  if (submitted.empty()) return;
  const std::scoped_lock lock(mutex_);
  for (const auto& [contact, sequence] : submitted) {
    std::uint64_t& latest = submitted_[absl::string_view(contact.data(), contact.size())];
    latest = std::max(latest, sequence);
  }
}

void SessionContacts::Sift(absl::Span<const routing::Event> events,
                           std::vector<const routing::Event*>& owned) {
  if (events.empty()) return;
  const std::scoped_lock lock(mutex_);
  for (const routing::Event& event : events) {
    if (Owns(event)) owned.push_back(&event);
  }
  seen_ = std::max(seen_, runtime::PositionOf(events.back()));
}

bool SessionContacts::Owns(const routing::Event& event) {
  if (event.contact.empty()) return false;
  const auto found = submitted_.find(absl::string_view(event.contact.data(), event.contact.size()));
  if (found == submitted_.end()) return false;
  if (event.type == routing::EventType::kEnded && found->second <= event.sequence) {
    submitted_.erase(found);
  }
  return true;
}

runtime::EventPosition SessionContacts::seen() {
  const std::scoped_lock lock(mutex_);
  return seen_;
}

std::shared_ptr<SessionContacts> SessionRegistry::Find(std::string_view domain,
                                                       std::string_view session) {
  const std::scoped_lock lock(mutex_);
  Entry& entry = sessions_[Key(domain.empty() ? "default" : domain, session)];
  if (entry.contacts == nullptr) entry.contacts = std::make_shared<SessionContacts>();
  entry.used_at = ++uses_;
  const std::shared_ptr<SessionContacts> contacts = entry.contacts;
  MakeRoom();
  return contacts;
}

// The one used longest ago goes, but none that a stream still holds.
void SessionRegistry::MakeRoom() {
  while (sessions_.size() > capacity_) {
    auto oldest = sessions_.end();
    for (auto it = sessions_.begin(); it != sessions_.end(); ++it) {
      if (it->second.contacts.use_count() > 1) continue;
      if (oldest == sessions_.end() || it->second.used_at < oldest->second.used_at) oldest = it;
    }
    if (oldest == sessions_.end()) return;
    sessions_.erase(oldest);
  }
}

}  // namespace strowger::grpc_api
