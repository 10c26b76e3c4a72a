// Lines: contacts that ask for the same, in an order that time does not change; and what is kept of
// them for those who look at many.
#include <algorithm>
#include <utility>

#include "routing-core/engine/check.h"
#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {

// Idle lines are kept for the next contact like those that stood in them, up to this many more than
// stand in use.
constexpr std::size_t kSpareLines = 1024;

CurveKey CurveOf(const LineKey& key, const ServeTerms& terms) {
  if (terms.by_need) return {0, 0, kNoMax, 0, terms};
  if (terms.bound != ServeTerms::kNoBound) {
    return {key.gain_per_minute, key.start, key.max, key.delay, terms};
  }
  if (key.gain_per_minute == 0) return {};
  if (key.max == kNoMax) return {key.gain_per_minute, 0, kNoMax, 0};
  return {key.gain_per_minute, key.start, key.max, key.delay};
}

}  // namespace

std::uint64_t Router::Engine::Position(ContactSlot slot) const {
  return contacts_[slot].line == kNoSlot ? 0 : AheadInQueue(slot) + 1;
}

// Those of its queue who are served before it. It need not stand in a line itself.
std::uint64_t Router::Engine::AheadInQueue(ContactSlot slot) const {
  std::uint64_t ahead = 0;
  for (const StandingSlot standing : queues_[contacts_[slot].queue].standings) {
    ahead += standing_set_.CountWhile(standings_[standing].root,
                                      [&](ContactSlot other) { return ServedBefore(other, slot); });
  }
  return ahead;
}

// The same as EffectivePriority on any one curve, less what is common to it and changes with time.
Head Router::Engine::HeadOf(const Line& line, LineSlot slot) const {
  const ContactRecord& contact = contacts_[line.head];
  Head head;
  if (queues_[line.key.queue].serve_terms.by_need) {
    head.urgency = -contact.wait_base;
  } else if (line.key.gain_per_minute == 0) {
    head.urgency = std::min(line.key.start, line.key.max);
  } else if (line.key.max == kNoMax) {
    head.urgency = absl::int128(line.key.start) * kMinute -
                   absl::int128(line.key.gain_per_minute) * contact.wait_base;
  }
  head.arrival = contact.arrival;
  head.number = contact.number;
  head.contact = line.head;
  head.line = slot;
  head.requirement = line.key.requirement;
  head.channel = static_cast<std::uint16_t>(line.key.channel);
  head.guarded =
      line.key.ranks.IsBand() || queues_[line.key.queue].settings.max_occupancy.has_value();
  return head;
}

void Router::Engine::SetHead(LineSlot slot, ContactSlot contact_slot) {
  Line& line = lines_.Change(slot);
  line.head = contact_slot;
  if (contact_slot == kNoSlot) return;
  const ContactRecord& contact = contacts_[contact_slot];
  line.head_wait_base = contact.wait_base;
  line.head_arrival = contact.arrival;
  line.head_number = contact.number;
}

StandingSlot Router::Engine::StandingFor(QueueSlot queue, const CurveKey& key) {
  auto [curve, new_curve] = curves_by_key_.try_emplace(key, kNoSlot);
  if (new_curve) {
    curve->second = curves_.Take();
    curves_.Change(curve->second).key = key;
  }
  auto [found, is_new] = standings_by_key_.try_emplace(std::pair(queue, curve->second), kNoSlot);
  if (!is_new) return found->second;
  found->second = standings_.Take();
  Standing& standing = standings_.Change(found->second);
  standing.queue = queue;
  standing.curve = curve->second;
  ++curves_.Change(standing.curve).references;
  return found->second;
}

void Router::Engine::ReleaseStanding(StandingSlot slot) {
  Standing& standing = standings_.Change(slot);
  if (--standing.references > 0) return;
  Curve& curve = curves_.Change(standing.curve);
  standings_by_key_.erase(std::pair(standing.queue, standing.curve));
  if (--curve.references == 0) {
    curves_by_key_.erase(curve.key);
    curves_.Release(standing.curve);
  }
  standings_.Release(slot);
}

LineSlot Router::Engine::LineFor(const ContactRecord& contact) {
  const LineKey key{
      contact.queue, contact.requirement,     contact.channel, contact.labels,
      contact.start, contact.gain_per_minute, contact.max,     contact.wait_base - contact.arrival,
      contact.ranks, RequestedBy(contact)};
  const auto found = lines_by_key_.find(key);
  if (found != lines_by_key_.end()) return found->second;
  if (lines_by_key_.size() > 2 * active_lines_.size() + kSpareLines) SweepIdleLines();
  const LineSlot made = lines_.Take();
  Line& line = lines_.Change(made);
  line.key = key;
  line.standing = StandingFor(key.queue, CurveOf(key, queues_[key.queue].serve_terms));
  ++standings_.Change(line.standing).references;
  eligibility_.Refer(key.requirement);
  label_sets_.Refer(key.labels);
  lines_by_key_.emplace(key, made);
  return made;
}

void Router::Engine::EnterLine(ContactSlot slot) {
  ContactRecord& contact = contacts_.Change(slot);
  Check(contact.line == kNoSlot, "a contact in one line at most");
  Check(contact.wait_base <= now_, "only those who wait already in a line");
  contact.line = LineFor(contact);
  Line& line = lines_.Change(contact.line);
  Standing& standing = standings_.Change(line.standing);
  QueueRecord& queue = queues_[contact.queue];
  if (standing.root == kNoSlot) {
    standing.place_in_queue = static_cast<std::uint32_t>(queue.standings.size());
    queue.standings.push_back(line.standing);
  }
  standing_set_.Insert(standing.root, slot);
  line_set_.Insert(line.root, slot);
  CountInLine(line, 1);
  if (line.head == kNoSlot) {
    SetHead(contact.line, slot);
    AddLine(contact.line);
  } else if (line_set_.First(line.root) == slot) {
    SetHead(contact.line, slot);
    if (line.key.requested == kNoSlot)
      curves_.Change(standing.curve).heads.Replace(HeadOf(line, contact.line), head_places_);
  }
}

void Router::Engine::LeaveLine(ContactSlot slot) {
  ContactRecord& contact = contacts_.Change(slot);
  if (contact.line == kNoSlot) return;
  Line& line = lines_.Change(contact.line);
  Standing& standing = standings_.Change(line.standing);
  QueueRecord& queue = queues_[line.key.queue];
  standing_set_.Erase(standing.root, slot);
  if (standing.root == kNoSlot) {
    standings_.Change(queue.standings.back()).place_in_queue = standing.place_in_queue;
    queue.standings[standing.place_in_queue] = queue.standings.back();
    queue.standings.pop_back();
  }
  line_set_.Erase(line.root, slot);
  CountInLine(line, -1);
  if (line.head == slot) {
    SetHead(contact.line, line_set_.First(line.root));
    if (line.head == kNoSlot) {
      DropLine(contact.line);
    } else if (line.key.requested == kNoSlot) {
      curves_.Change(standing.curve).heads.Replace(HeadOf(line, contact.line), head_places_);
    }
  }
  contact.line = kNoSlot;
}

// The list that the line stands in while it has contacts: its agent's where they wish for one, else
// that of its requirement.
LineSlot& Router::Engine::FirstLike(const LineKey& key) {
  if (key.requested != kNoSlot) return agents_.Change(key.requested).first_line;
  if (key.requirement >= lines_of_requirement_.size()) {
    lines_of_requirement_.resize(key.requirement + key.requirement / 2 + 64, kNoSlot);
  }
  return lines_of_requirement_[key.requirement];
}

// It has got its first contact.
void Router::Engine::AddLine(LineSlot slot) {
  Line& line = lines_.Change(slot);
  line.place_in_active = static_cast<std::uint32_t>(active_lines_.size());
  active_lines_.push_back(slot);
  LineSlot& first = FirstLike(line.key);
  const bool is_wanted = first != kNoSlot;
  line.previous = kNoSlot;
  line.next = first;
  if (first != kNoSlot) lines_.Change(first).previous = slot;
  first = slot;
  if (line.key.requested != kNoSlot) return;
  const RequirementId requirement = line.key.requirement;
  if (!is_wanted) wanted_.Add(requirement, eligibility_.needed(requirement));
  std::vector<LineSlot>& of_queue = queues_[line.key.queue].lines;
  line.place_in_queue = static_cast<std::uint32_t>(of_queue.size());
  of_queue.push_back(slot);
  const CurveSlot curve_slot = standings_[line.standing].curve;
  Curve& curve = curves_.Change(curve_slot);
  if (curve.heads.empty()) {
    curve.place_in_active = static_cast<std::uint32_t>(active_curves_.size());
    active_curves_.push_back(curve_slot);
  }
  curve.heads.Add(HeadOf(line, slot), head_places_);
}

// It has lost its last one.
void Router::Engine::DropLine(LineSlot slot) {
  const Line& line = lines_[slot];
  LineSlot& first = FirstLike(line.key);
  (line.previous == kNoSlot ? first : lines_.Change(line.previous).next) = line.next;
  if (line.next != kNoSlot) lines_.Change(line.next).previous = line.previous;
  lines_.Change(active_lines_.back()).place_in_active = line.place_in_active;
  active_lines_[line.place_in_active] = active_lines_.back();
  active_lines_.pop_back();
  if (line.key.requested != kNoSlot) return;
  const RequirementId requirement = line.key.requirement;
  if (first == kNoSlot) wanted_.Remove(requirement, eligibility_.needed(requirement));
  std::vector<LineSlot>& of_queue = queues_[line.key.queue].lines;
  lines_.Change(of_queue.back()).place_in_queue = line.place_in_queue;
  of_queue[line.place_in_queue] = of_queue.back();
  of_queue.pop_back();
  Curve& curve = curves_.Change(standings_[line.standing].curve);
  curve.heads.Remove(slot, head_places_);
  if (!curve.heads.empty()) return;
  curves_.Change(active_curves_.back()).place_in_active = curve.place_in_active;
  active_curves_[curve.place_in_active] = active_curves_.back();
  active_curves_.pop_back();
}

// Before what the queue's lines are filed by changes: those who stand in them go to refiled_, and
// the lines are forgotten.
void Router::Engine::TakeOutLines(QueueSlot queue) {
  std::vector<ContactSlot> contacts;
  for (const LineSlot slot : active_lines_) {
    const Line& line = lines_[slot];
    if (line.key.queue != queue) continue;
    for (ContactSlot contact = line.head; contact != kNoSlot;
         contact = line_set_.After(line.root, contact)) {
      contacts.push_back(contact);
    }
  }
  for (const ContactSlot contact : contacts) LeaveLine(contact);
  for (auto at = lines_by_key_.begin(); at != lines_by_key_.end();) {
    const auto line = at++;
    if (line->first.queue != queue) continue;
    ForgetLine(line->second);
    lines_by_key_.erase(line);
  }
  refiled_.insert(refiled_.end(), contacts.begin(), contacts.end());
}

void Router::Engine::SweepIdleLines() {
  for (auto at = lines_by_key_.begin(); at != lines_by_key_.end();) {
    const auto line = at++;
    if (lines_[line->second].root != kNoSlot) continue;
    ForgetLine(line->second);
    lines_by_key_.erase(line);
  }
}

void Router::Engine::ForgetLine(LineSlot slot) {
  const Line& line = lines_[slot];
  eligibility_.Release(line.key.requirement);
  label_sets_.Release(line.key.labels);
  ReleaseStanding(line.standing);
  lines_.Release(slot);
}

}  // namespace strowger::routing
