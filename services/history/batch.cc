#include "services/history/batch.h"

#include <algorithm>
#include <utility>

#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"
#include "services/history/keys.h"
#include "services/history/scan.h"
#include "services/journal/codec_values.h"

namespace strowger::history {
namespace {

using routing::Event;
using routing::EventType;

// Wrap-ups are the agent's; they come when the contact has ended.
bool IsOfContact(const Event& event) {
  return !event.contact.empty() && event.type != EventType::kWrapUp &&
         event.type != EventType::kWrapUpEnded;
}

bool IsDecision(const Event& event) {
  return event.type == EventType::kQueued || event.type == EventType::kReplanned;
}

ContactEvent ToMessage(const Event& from, std::uint64_t version) {
  ContactEvent to;
  to.set_sequence(from.sequence);
  to.set_index(from.index);
  to.set_time_ns(from.time);
  to.set_type(static_cast<std::uint32_t>(from.type));
  to.set_agent(std::string(from.agent));
  to.set_queue(std::string(from.queue));
  to.set_to_queue(std::string(from.to_queue));
  to.set_text(std::string(from.text));
  to.set_offer(from.offer);
  to.set_number(from.number);
  to.set_until_ns(from.until);
  to.set_reason(static_cast<std::uint32_t>(from.reason));
  to.set_cause(static_cast<std::uint32_t>(from.cause));
  if (IsDecision(from)) to.set_rule_set_version(version);
  return to;
}

void PutView(const routing::ContactView& from, EndedContact& to) {
  to.set_channel(from.channel);
  for (const routing::Attribute& attribute : from.attributes) {
    journal::Put(attribute, to.add_attributes());
  }
  to.mutable_labels()->Assign(from.labels.begin(), from.labels.end());
  to.set_location(from.location);
  to.set_queue(from.queue);
  to.set_rule(from.rule);
  to.set_arrival_ns(from.arrival);
  to.set_not_before_ns(from.not_before);
  to.set_assigned_at_ns(from.assigned_at);
  journal::Put(from.priority, to.mutable_priority());
}

// What the events tell by themselves.
void PutEvents(std::vector<ContactEvent> events, EndedContact& to) {
  const auto kept = static_cast<std::size_t>(kEventsKept);
  if (events.size() > kept) {
    to.set_events_left_out(to.events_left_out() + events.size() - kept);
    const auto middle = events.begin() + kEventsKept / 2;
    events.erase(middle, middle + static_cast<std::ptrdiff_t>(events.size() - kept));
  }
  for (ContactEvent& event : events) {
    if (event.rule_set_version() != 0) to.set_rule_set_version(event.rule_set_version());
    *to.add_events() = std::move(event);
  }
}

}  // namespace

HistoryBatch::HistoryBatch(HistoryStore& store, const HistoryMark& beginning)
    : store_(store),
      mark_(store.mark() ? *store.mark() : beginning),
      write_(std::make_unique<rocksdb::WriteBatch>()) {}

HistoryBatch::~HistoryBatch() = default;

absl::Status HistoryBatch::Add(const runtime::HistoryPart& part) {
  static const runtime::ContactNotes kNone;
  const runtime::ContactNotes& notes = part.contacts != nullptr ? *part.contacts : kNone;
  auto ended = notes.ended.begin();
  auto erased = notes.erased.begin();
  const std::size_t count = part.chunk != nullptr ? part.chunk->events().size() : 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Event& event = part.chunk->events()[i];
    for (; erased != notes.erased.end() && erased->sequence < event.sequence; ++erased) {
      if (absl::Status status = Erase(*erased); !status.ok()) return status;
    }
    while (ended != notes.ended.end() && ended->event < i) ++ended;
    if (event.sequence <= mark_.sequence()) continue;
    if (event.type == EventType::kActivated) mark_.set_rule_set_version(event.number);
    if (!IsOfContact(event)) continue;
    if (event.type != EventType::kEnded) {
      Note(event);
      continue;
    }
    const bool viewed = ended != notes.ended.end() && ended->event == i && ended->contact;
    absl::Status status = End(event, viewed ? &*ended->contact : nullptr);
    if (!status.ok()) return status;
  }
  for (; erased != notes.erased.end(); ++erased) {
    if (absl::Status status = Erase(*erased); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void HistoryBatch::Note(const Event& event) {
  const auto found = trails_.find(event.contact);
  Trail& trail = found != trails_.end() ? found->second : trails_[std::string(event.contact)];
  if (event.type == EventType::kQueued) trail.whole = true;
  trail.events.push_back(ToMessage(event, mark_.rule_set_version()));
}

absl::Status HistoryBatch::End(const Event& event, const routing::ContactView* contact) {
  const std::string id(event.contact);
  EndedContact record;
  record.set_contact_id(id);
  record.set_queue(std::string(event.queue));
  record.set_ended_at_ns(event.time);
  record.set_reason(static_cast<std::uint32_t>(event.reason));
  record.set_cause(static_cast<std::uint32_t>(event.cause));
  record.set_treatment(std::string(event.text));
  record.set_rule_set_version(mark_.rule_set_version());
  if (contact != nullptr) PutView(*contact, record);

  std::vector<ContactEvent> events;
  const auto trail = trails_.find(id);
  if (trail == trails_.end() || !trail->second.whole) {
    if (absl::Status status = TakeStored(id, events); !status.ok()) return status;
  }
  if (trail != trails_.end()) {
    std::move(trail->second.events.begin(), trail->second.events.end(), std::back_inserter(events));
    trails_.erase(trail);
  }
  events.push_back(ToMessage(event, 0));
  PutEvents(std::move(events), record);

  const std::string place = Place(event.time, event.sequence, event.index);
  std::vector<std::string> keys = IndexKeys(record, place);
  mark_.set_contacts(mark_.contacts() + 1);
  mark_.set_bytes(mark_.bytes() + BytesOf(record, place, keys));
  puts_.emplace_back(ContactKey(place), record.SerializeAsString());
  for (std::string& key : keys) puts_.emplace_back(std::move(key), "");
  ++ended_;
  return absl::OkStatus();
}

// Its events of earlier batches, which are not needed there any more.
absl::Status HistoryBatch::TakeStored(const std::string& contact,
                                      std::vector<ContactEvent>& events) {
  const Scan it(*store_.db_, Named('t', contact));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    ContactEvent event;
    if (!it.Parse(event)) return absl::DataLossError("the history: an event cannot be read");
    events.push_back(std::move(event));
    write_->Delete(it->key());
  }
  return it->status().ok() ? absl::OkStatus()
                           : absl::UnavailableError("the history: " + it->status().ToString());
}

// What was written before must be there to be found.
absl::Status HistoryBatch::Erase(const runtime::ContactNotes::Erased& erased) {
  if (erased.sequence <= mark_.sequence()) return absl::OkStatus();
  if (absl::Status status = Commit(erased.sequence - 1); !status.ok()) return status;
  const Scan it(*store_.db_, Named('i', erased.contact));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    const std::string place(PlaceIn(it.key()));
    const auto contact = store_.Read(place);
    if (!contact.ok()) return contact.status();
    if (*contact) store_.Delete(**contact, place, *write_, mark_);
  }
  if (!it->status().ok()) {
    return absl::UnavailableError("the history: " + it->status().ToString());
  }
  return Commit(erased.sequence);
}

void HistoryBatch::PutBy() {
  for (const auto& [contact, trail] : trails_) {
    for (const ContactEvent& event : trail.events) {
      std::string key = Named('t', contact);
      PutBigEndian(event.sequence(), 8, key);
      PutBigEndian(event.index(), 4, key);
      puts_.emplace_back(std::move(key), event.SerializeAsString());
    }
  }
  trails_.clear();
}

absl::Status HistoryBatch::Commit(std::uint64_t sequence) {
  PutBy();
  std::sort(puts_.begin(), puts_.end());
  for (const auto& [key, value] : puts_) write_->Put(key, value);
  puts_.clear();
  mark_.set_sequence(std::max(mark_.sequence(), sequence));
  absl::Status status = store_.Write(*write_, mark_);
  write_->Clear();
  ended_ = 0;
  return status;
}

}  // namespace strowger::history
