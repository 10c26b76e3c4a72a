// Contacts, holds and watches of a checkpoint: checkpoint_loader.h.
#include <algorithm>
#include <variant>

#include "routing-core/engine/checkpoint_loader.h"

namespace strowger::routing {
namespace {

// Views into the bytes; lists are to be settled.
void ReadAttribute(CheckpointReader& in, AttributeViews& out) {
  AttributeView view;
  view.name = in.Text();
  std::uint32_t kind = 0;
  in.Index(kind, std::variant_size_v<AttributeView::Value>);
  EmplaceKind(kind, view.value);
  if (auto* text = std::get_if<std::string_view>(&view.value)) {
    *text = in.Text();
  } else if (auto* list = std::get_if<absl::Span<const std::string_view>>(&view.value)) {
    const std::size_t first = out.items.size();
    const std::size_t count = in.Count();
    for (std::size_t i = 0; i < count && in.ok(); ++i) out.items.push_back(in.Text());
    *list = absl::Span<const std::string_view>(out.items).subspan(first);
  } else if (auto* integer = std::get_if<std::int64_t>(&view.value)) {
    in(*integer);
  } else if (auto* real = std::get_if<double>(&view.value)) {
    in(*real);
  } else {
    in(std::get<bool>(view.value));
  }
  out.views.push_back(view);
}

}  // namespace

// ---- Contacts ---------------------------------------------------------------------------------

void Router::Engine::Loader::LoadContacts() {
  in_.Mark("contacts");
  sizes_.contacts = in_.Count();
  engine_->contacts_by_id_.reserve(sizes_.contacts);
  for (std::size_t i = 0; i < sizes_.contacts && in_.ok(); ++i) LoadContact();
  // LoadBars found them in the order of contacts.
  std::sort(engine_->barred_.begin(), engine_->barred_.end(), [this](ContactSlot a, ContactSlot b) {
    return engine_->contacts_[a].number < engine_->contacts_[b].number;
  });
}

void Router::Engine::Loader::LoadContact() {
  ContactRecord contact;
  EndRecord end;
  bool in_line = false;
  ContactFields(in_, contact, end, sizes_);
  in_(in_line);
  if (!in_.ok()) return;
  if (contact.plan != kNoSlot) contact.plan = plans_[contact.plan];
  if (contact.requirement != kNoSlot) contact.requirement = requirements_[contact.requirement];
  if (contact.rule != kNoSlot) contact.rule = rules_[contact.rule];
  contact.wait_base = std::max(contact.arrival, contact.not_before);
  if (!in_.Require(IsContact(contact, end, in_line) && PlanFits(contact), "no contact")) return;
  contact.labels = LoadLabels();
  LoadData(contact, end);
  if (!in_.ok()) return;
  const ContactSlot slot = engine_->contacts_.Take();
  engine_->contacts_.Change(slot) = contact;
  engine_->contacts_by_id_.insert(slot);
  if (contact.requirement != kNoSlot) engine_->eligibility_.Refer(contact.requirement);
  if (contact.plan != kNoSlot) engine_->ReferPlan(contact.plan);
  if (contact.state != ContactState::kEnded) last_number_ = contact.number;
  LoadRequest(slot);
  LoadVisits(slot);
  if (contact.resumable) engine_->BecomeResumable(slot);
  PlaceContact(slot, end, in_line);
  LoadWard(slot);
  if (contact.replan_due) engine_->ReplanLater(slot);
  LoadContactDeadlines(slot, in_line);
  LoadBars(slot);
}

// Nothing here that the state rules out.
bool Router::Engine::Loader::IsContact(const ContactRecord& contact, const EndRecord& end,
                                       bool in_line) const {
  const bool waits_to_wait = contact.state == ContactState::kQueued && !in_line;
  if (contact.gain_per_minute < 0) return false;
  if ((contact.state == ContactState::kEnded) != (end.reason != EndReason::kNone)) return false;
  if (contact.state != ContactState::kEnded &&
      waits_to_wait != (contact.wait_base > engine_->now_)) {
    return false;
  }
  if (contact.state != ContactState::kEnded && contact.number <= last_number_) return false;
  switch (contact.state) {
    case ContactState::kQueued:
    case ContactState::kOffered:
      return !contact.resumable && contact.queue != kNoSlot && contact.base_queue != kNoSlot &&
             contact.requirement != kNoSlot && (!in_line || contact.state == ContactState::kQueued);
    case ContactState::kHandling:
      return !contact.resumable && contact.queue != kNoSlot && contact.base_queue != kNoSlot &&
             contact.requirement != kNoSlot && !in_line;
    case ContactState::kEnded:
      return contact.plan == kNoSlot && contact.requirement == kNoSlot && !in_line &&
             (!contact.resumable || end.reason == EndReason::kAbandoned) &&
             engine_->ended_count_ < engine_->limits_.ended_contacts;
  }
  return false;
}

// Its steps and overflows are there, and those that came due without
// being taken wait for something.
bool Router::Engine::Loader::PlanFits(const ContactRecord& contact) const {
  const std::uint32_t overflow_bits = contact.overflow_due | contact.overflow_spent;
  if (contact.plan == kNoSlot) {
    return contact.step_taken == 0 && contact.steps_passed == 0 && contact.steps_due == 0 &&
           contact.prefer_of == 0 && (contact.state == ContactState::kEnded || overflow_bits == 0);
  }
  if (overflow_bits >> engine_->plans_[contact.plan].plan->overflow.size() != 0) return false;
  const std::vector<Step>& steps = engine_->plans_[contact.plan].plan->steps;
  if (contact.step_taken > steps.size() || contact.steps_due > steps.size()) return false;
  if (contact.steps_passed > contact.steps_due || contact.prefer_of > contact.step_taken) {
    return false;
  }
  if (contact.prefer_of > 0 && !steps[contact.prefer_of - 1U].prefer) return false;
  return std::all_of(steps.begin() + contact.steps_passed, steps.begin() + contact.steps_due,
                     [](const Step& step) { return step.when != nullptr; });
}

void Router::Engine::Loader::LoadData(ContactRecord& contact, EndRecord& end) {
  const std::string_view id = in_.Text();
  const std::string_view location = in_.Text();
  const std::string_view resume_key = in_.Text();
  AttributeViews& attributes = engine_->views_scratch_;
  attributes.Clear();
  const std::size_t count = in_.Count();
  in_.Require(count <= kMaxAttributes, "too many attributes");
  for (std::size_t i = 0; i < count && in_.ok(); ++i) ReadAttribute(in_, attributes);
  SettleLists(attributes);
  const std::string_view treatment = in_.Text();
  std::string& data = engine_->data_scratch_;
  data.clear();
  if (in_.ok()) EncodeContactData(id, location, resume_key, attributes.views, data);
  const bool fits = !id.empty() && id.size() <= kMaxIdBytes && data.size() <= kMaxContactBytes &&
                    treatment.size() <= kMaxContactBytes &&
                    (treatment.empty() || contact.state == ContactState::kEnded);
  if (!in_.Require(fits, "a contact too large")) return;
  if (!in_.Require(engine_->ContactNamed(id) == kNoSlot, "a contact twice")) return;
  const auto store = [this](std::string_view bytes) {
    ByteStore::Block block = engine_->bytes_.Allocate(static_cast<std::uint32_t>(bytes.size()));
    std::copy(bytes.begin(), bytes.end(), block.data);
    return block;
  };
  contact.id_bytes = static_cast<std::uint8_t>(id.size());
  contact.data = store(data);
  if (!treatment.empty()) end.treatment = store(treatment);
}

// A wish, if there is one. What it does to the requirement is part of that.
void Router::Engine::Loader::LoadRequest(ContactSlot slot) {
  bool wishes = false;
  in_(wishes);
  if (!wishes) return;
  Request read;
  RequestFields(in_, read, sizes_);
  const ContactRecord& contact = engine_->contacts_[slot];
  const bool waits =
      contact.state == ContactState::kQueued || contact.state == ContactState::kOffered;
  if (!in_.Require(waits && (!read.only || contact.plan != kNoSlot), "no wish")) return;
  engine_->AddRequest(slot, read.agent, read.lasts, read.only);
  Request& request = engine_->requests_.Change(contact.request);
  request.deadline = LoadDeadline(DeadlineKind::kRequest, contact.number, 0, slot);
}

void Router::Engine::Loader::LoadVisits(ContactSlot slot) {
  std::vector<QueueSlot> queues(in_.Count());
  for (QueueSlot& queue : queues) in_.Index(queue, sizes_.queues);
  if (!in_.ok()) return;
  for (auto queue = queues.rbegin(); queue != queues.rend(); ++queue) {
    engine_->AddVisit(slot, *queue);
  }
}

// After the contact waits where it does: what it is watched for follows from that.
void Router::Engine::Loader::LoadWard(ContactSlot slot) {
  bool watched = false;
  in_(watched);
  const ContactRecord& contact = engine_->contacts_[slot];
  if (!watched) return;
  const bool may_be =
      contact.in_queue && engine_->queues_[contact.queue].settings.when_empty.has_value();
  Ward read;
  WardFields(in_, read);
  TimeNs since = 0;
  in_.Time(since);
  const bool fits = may_be && (!read.ready || contact.state == ContactState::kQueued);
  if (!in_.Require(fits, "a contact watched for nothing")) return;
  const WhenEmpty& when = *engine_->queues_[contact.queue].settings.when_empty;
  const WardSlot made = engine_->wards_.Take();
  Ward& ward = engine_->wards_.Change(made);
  ward = read;
  ward.contact = slot;
  ward.ready = false;
  ward.vigil = engine_->VigilFor(engine_->VigilKeyOf(contact, when));
  engine_->vigils_.Change(ward.vigil).since = since;
  engine_->contacts_.Change(slot).ward = made;
  engine_->SetReady(made, read.ready);
  ward.deadline = LoadDeadline(DeadlineKind::kWhenEmpty, contact.number, 0, slot);
}

// Where its state wants it, with all that counts it.
void Router::Engine::Loader::PlaceContact(ContactSlot slot, const EndRecord& end, bool in_line) {
  const ContactRecord& contact = engine_->contacts_[slot];
  if (contact.state == ContactState::kEnded) return engine_->Remember(slot, end);
  ++engine_->live_count_;
  QueueRecord& queue = engine_->queues_[contact.queue];
  switch (contact.state) {
    case ContactState::kQueued:
      ++engine_->queued_count_;
      engine_->EnterQueue(slot, contact.queue);
      break;
    case ContactState::kOffered:
      ++engine_->offered_count_;
      ++queue.offered;
      engine_->EnterQueue(slot, contact.queue);
      break;
    case ContactState::kHandling:
      ++engine_->handling_count_;
      ++queue.handling;
      break;
    case ContactState::kEnded:
      break;
  }
  if (in_line) engine_->EnterLine(slot);
}

void Router::Engine::Loader::LoadContactDeadlines(ContactSlot slot, bool in_line) {
  ContactRecord& contact = engine_->contacts_.Change(slot);
  const auto load = [&](DeadlineKind kind) { return LoadDeadline(kind, contact.number, 0, slot); };
  contact.not_before_deadline = load(DeadlineKind::kNotBefore);
  contact.step_deadline = load(DeadlineKind::kStep);
  contact.overflow_deadline = load(DeadlineKind::kOverflow);
  contact.wait_limit_deadline = load(DeadlineKind::kWaitLimit);
  const bool waits = contact.in_queue;
  const Plan* plan = contact.plan == kNoSlot ? nullptr : engine_->plans_[contact.plan].plan;
  const auto fits = [&](Deadlines::Handle handle, bool may_be) {
    in_.Require(handle == kNoSlot || may_be, "a deadline with nothing to do");
  };
  const bool waits_to_wait = contact.state == ContactState::kQueued && !in_line;
  in_.Require(waits_to_wait == (contact.not_before_deadline != kNoSlot), "no end of not_before");
  fits(contact.step_deadline, waits && plan != nullptr && contact.steps_due < plan->steps.size());
  fits(contact.overflow_deadline, waits && plan != nullptr);
  fits(contact.wait_limit_deadline, waits && plan != nullptr && plan->wait_limit.has_value());
}

void Router::Engine::Loader::LoadBars(ContactSlot slot) {
  const std::size_t count = in_.Count();
  if (count == 0) return;
  in_.Require(engine_->contacts_[slot].in_queue, "a bar of one who does not wait");
  BarSlot* link = &engine_->contacts_.Change(slot).first_bar;
  for (std::size_t i = 0; i < count && in_.ok(); ++i) {
    const BarSlot bar_slot = engine_->bars_.Take();
    Bar& bar = engine_->bars_.Change(bar_slot);
    BarFields(in_, bar, sizes_);
    if (!in_.ok()) return;
    bar.contact = slot;
    bar.deadline = LoadDeadline(DeadlineKind::kBar, engine_->contacts_[slot].number,
                                engine_->agents_[bar.agent].number, bar_slot);
    *link = bar_slot;
    link = &bar.next_of_contact;
  }
  engine_->barred_.push_back(slot);
}

// ---- Holds ------------------------------------------------------------------------------------

void Router::Engine::Loader::LoadHolds() {
  in_.Mark("holds");
  const std::size_t count = in_.Count();
  for (std::size_t i = 0; i < count && in_.ok(); ++i) LoadHold();
  if (in_.ok()) LinkHoldsToContacts();
  if (!in_.ok()) return;
  for (AgentSlot slot = 0; slot < sizes_.agents; ++slot) engine_->RefreshMasks(slot);
}

void Router::Engine::Loader::LoadHold() {
  Hold read;
  HoldFields(in_, read, sizes_);
  std::uint32_t place = 0;
  in_(place);
  read.labels = LoadLabels();
  const std::string_view id = in_.Text();
  const bool wraps_up = read.kind == AgentWork::Kind::kWrapUp;
  const bool has_id = !id.empty() && id.size() <= kMaxIdBytes;
  in_.Require((read.contact == kNoSlot) == wraps_up && has_id == wraps_up, "no hold");
  if (!in_.ok()) return;
  const HoldSlot slot = engine_->holds_.Take();
  Hold& hold = engine_->holds_.Change(slot);
  hold = read;
  if (wraps_up) {
    hold.contact_id = engine_->bytes_.Allocate(static_cast<std::uint32_t>(id.size()));
    std::copy(id.begin(), id.end(), hold.contact_id.data);
    hold.deadline = LoadDeadline(DeadlineKind::kWrapUp, engine_->agents_[hold.agent].number,
                                 hold.contact_number, slot);
  } else {
    const bool open = hold.kind == AgentWork::Kind::kReserved;
    hold.deadline =
        open ? LoadDeadline(DeadlineKind::kOfferExpiry, hold.offer, 0, slot)
             : LoadDeadline(DeadlineKind::kHandlingLease, engine_->agents_[hold.agent].number,
                            hold.contact_number, slot);
    in_.Require(open || (hold.until != 0) == (hold.deadline != kNoSlot),
                "a lease that never lapses");
    places_.push_back({hold.contact, place, slot});
  }
  engine_->LinkToAgent(slot);
  for (CapacityLine& line : engine_->agents_.Change(hold.agent).lines) {
    line.used += hold.UsesCapacity() && line.channel == hold.channel;
  }
  engine_->CountHold(hold, 1);
  engine_->CountService(hold.queue, 1);
}

void Router::Engine::Loader::LinkHoldsToContacts() {
  std::sort(places_.begin(), places_.end(), [](const PlaceOfHold& a, const PlaceOfHold& b) {
    return a.contact != b.contact ? a.contact < b.contact : a.place < b.place;
  });
  HoldSlot last = kNoSlot;
  for (const PlaceOfHold& place : places_) {
    ContactRecord& contact = engine_->contacts_.Change(place.contact);
    const bool first = contact.first_hold == kNoSlot;
    (first ? contact.first_hold : engine_->holds_.Change(last).next_of_contact) = place.hold;
    last = place.hold;
    const bool offered = engine_->holds_[last].kind == AgentWork::Kind::kReserved;
    const ContactState fitting = offered ? ContactState::kOffered : ContactState::kHandling;
    in_.Require(contact.state == fitting && (first || offered), "a hold of another state");
  }
  for (ContactSlot slot = 0; slot < sizes_.contacts; ++slot) {
    const ContactRecord& contact = engine_->contacts_[slot];
    const bool held =
        contact.state == ContactState::kOffered || contact.state == ContactState::kHandling;
    in_.Require(held == (contact.first_hold != kNoSlot), "a contact that nobody holds");
  }
}

// ---- Watches ----------------------------------------------------------------------------------

void Router::Engine::Loader::LoadWatches() {
  in_.Mark("watches");
  const std::size_t count = in_.Count();
  for (std::size_t i = 0; i < count && in_.ok(); ++i) {
    const WatchSlot slot = engine_->watches_.Take();
    engine_->watch_order_.push_back(slot);
    Watch& watch = engine_->watches_.Change(slot);
    WatchFields(in_, watch, sizes_);
    watch.look_deadline = LoadDeadline(DeadlineKind::kLook, watch.number, 0, slot);
    const std::size_t members = in_.Count();
    in_.Require(members > 0, "a watch for nobody");
    MemberSlot last = kNoSlot;
    for (std::size_t m = 0; m < members && in_.ok(); ++m) {
      in_.Require(LoadMember(slot, last), "nobody to watch for");
    }
  }
}

// Appended to its watch, whose first one brings the condition.
bool Router::Engine::Loader::LoadMember(WatchSlot watch_slot, MemberSlot& last) {
  Member read;
  MemberFields(in_, read, sizes_);
  if (!in_.ok()) return false;
  ContactRecord& contact = engine_->contacts_.Change(read.contact);
  if (!contact.in_queue || contact.plan == kNoSlot) return false;
  const Plan& plan = *engine_->plans_[contact.plan].plan;
  const std::size_t choices = read.is_step ? plan.steps.size() : plan.overflow.size();
  if (read.index >= choices) return false;
  const auto& when = read.is_step ? plan.steps[read.index].when : plan.overflow[read.index].when;
  if (when == nullptr || engine_->FindMember(read.contact, read.is_step, read.index) != kNoSlot) {
    return false;
  }
  const MemberSlot slot = engine_->members_.Take();
  Member& member = engine_->members_.Change(slot);
  member = read;
  member.watch = watch_slot;
  Watch& watch = engine_->watches_.Change(watch_slot);
  if (watch.condition == nullptr) {
    watch.condition = when;
  } else if (watch.condition->identity() != when->identity()) {
    return false;
  }
  member.previous_of_watch = last;
  (last == kNoSlot ? watch.first_member : engine_->members_.Change(last).next_of_watch) = slot;
  last = slot;
  member.next_of_contact = contact.first_member;
  contact.first_member = slot;
  return true;
}

}  // namespace strowger::routing
