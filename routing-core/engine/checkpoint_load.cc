// A state made from a checkpoint. The bytes are untrusted: whatever the rest of the engine relies
// on is looked at here, and what follows from the rest is made by the functions that always make
// it.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "routing-core/engine/checkpoint_records.h"
#include "routing-core/engine/engine.h"
#include "routing-core/engine/form.h"

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

class Router::Engine::Loader {
 public:
  Loader(std::string_view bytes, RuleSource& source) : in_(bytes), source_(source) {}

  // Null when something is wrong.
  std::unique_ptr<Engine> Load() {
    LoadCounters();
    if (in_.ok()) LoadRuleSets();
    if (in_.ok()) LoadNames();
    if (in_.ok()) LoadQueues();
    if (in_.ok()) LoadPlans();
    if (in_.ok()) LoadAgents();
    if (in_.ok()) LoadContacts();
    if (in_.ok()) LoadHolds();
    if (in_.ok()) LoadWatches();
    if (in_.ok()) ReleaseTables();
    in_.Mark("end");
    if (in_.ok()) in_.Require(in_.done(), "more than a checkpoint");
    return in_.ok() ? std::move(engine_) : nullptr;
  }

  const std::string& error() const { return in_.error(); }

 private:
  void LoadCounters();
  void LoadRuleSets();
  void LoadNames();
  void LoadQueues();
  void LoadPlans();
  void LoadOwnPlan(PlanRecord& record);
  void LoadRulePlan(PlanRecord& record);
  void LoadAgents();
  bool IsAgent(const AgentRecord& agent) const;
  void LoadContacts();
  void LoadContact();
  bool IsContact(const ContactRecord& contact, bool in_line) const;
  bool PlanFits(const ContactRecord& contact) const;
  void LoadData(ContactRecord& contact);
  void LoadRequest(ContactSlot slot);
  void LoadVisits(ContactSlot slot);
  void LoadWard(ContactSlot slot);
  void PlaceContact(ContactSlot slot, bool in_line);
  void LoadContactDeadlines(ContactSlot slot, bool in_line);
  void LoadBars(ContactSlot slot);
  void LoadHolds();
  void LoadHold();
  void LinkHoldsToContacts();
  void LoadWatches();
  bool LoadMember(WatchSlot watch, MemberSlot& last);
  void ReleaseTables();

  // Reads a deadline and sets it, if there is one.
  Deadlines::Handle LoadDeadline(DeadlineKind kind, std::uint64_t number,
                                 std::uint64_t second_number, std::uint32_t target);

  CheckpointReader in_;
  RuleSource& source_;
  std::unique_ptr<Engine> engine_;
  SectionSizes sizes_;
  std::uint64_t last_number_ = 0;  // of a live contact: orders among them have no ties
  std::vector<std::shared_ptr<const RuleSet>> rule_sets_;
  std::vector<std::uint32_t> rules_;
  std::vector<RequirementId> requirements_;
  std::vector<PlanSlot> plans_;
  struct PlaceOfHold {
    ContactSlot contact;
    std::uint32_t place;
    HoldSlot hold;
  };
  std::vector<PlaceOfHold> places_;
};

std::unique_ptr<Router::Engine> Router::Engine::Load(std::string_view bytes, RuleSource& source,
                                                     std::string& error) {
  Loader loader(bytes, source);
  std::unique_ptr<Engine> engine = loader.Load();
  error = loader.error();
  return engine;
}

Deadlines::Handle Router::Engine::Loader::LoadDeadline(DeadlineKind kind, std::uint64_t number,
                                                       std::uint64_t second_number,
                                                       std::uint32_t target) {
  SavedDeadline saved;
  in_(saved);
  if (saved.time == 0) return kNoSlot;
  const bool to_come = saved.time > engine_->now_ && saved.turn <= engine_->turn_;
  if (!in_.Require(to_come, "a deadline that should be past")) return kNoSlot;
  Deadline deadline;
  deadline.time = saved.time;
  deadline.turn = saved.turn;
  deadline.kind = kind;
  deadline.number = number;
  deadline.second_number = second_number;
  deadline.target = target;
  return engine_->deadlines_.Set(deadline);
}

// ---- What the rest refers to ------------------------------------------------------------------

void Router::Engine::Loader::LoadCounters() {
  in_.Mark("state");
  Limits limits;
  in_(limits);
  if (!in_.ok()) return;
  engine_.reset(new Engine(limits));
  in_(engine_->version_, engine_->sequence_);
  in_.Time(engine_->now_);
  in_.Require(engine_->now_ <= kLatestTime, "an instant out of range");
  in_(engine_->turn_, engine_->contacts_seen_, engine_->agents_seen_, engine_->offers_made_,
      engine_->watches_made_, engine_->condition_errors_);
}

void Router::Engine::Loader::LoadRuleSets() {
  in_.Mark("rule sets");
  const std::size_t count = in_.Count();
  in_.Require(count > 0, "no rule set");
  for (std::size_t i = 0; i < count && in_.ok(); ++i) {
    const std::string_view hash = in_.Text();
    const std::string_view text = in_.Text();
    if (!in_.ok()) return;
    std::shared_ptr<const RuleSet> rule_set = source_.RuleSetOf(hash, text);
    in_.Require(rule_set != nullptr,
                "this build makes nothing of the rule set " + std::string(hash));
    rule_sets_.push_back(std::move(rule_set));
  }
}

void Router::Engine::Loader::LoadNames() {
  in_.Mark("names");
  sizes_.channels = in_.Count();
  in_.Require(sizes_.channels <= kMaxChannels, "too many channels");
  for (std::size_t i = 0; i < sizes_.channels && in_.ok(); ++i) {
    const std::string_view name = in_.Text();
    if (!in_.Require(engine_->channels_.Find(name) == kNoSlot, "a channel twice")) return;
    engine_->ChannelNamed(name);
  }
  sizes_.rules = in_.Count();
  for (std::size_t i = 0; i < sizes_.rules && in_.ok(); ++i) {
    rules_.push_back(engine_->names_.Intern(in_.Text()));
  }
}

// Their slots first, then what the active rule set says of them, then what happened in them.
void Router::Engine::Loader::LoadQueues() {
  in_.Mark("queues");
  sizes_.queues = in_.Count();
  std::vector<bool> retired;
  for (QueueSlot slot = 0; slot < sizes_.queues && in_.ok(); ++slot) {
    std::string name;
    bool is_retired = false;
    in_(name, is_retired);
    retired.push_back(is_retired);
    if (!in_.Require(engine_->AddQueue(name) == slot, "a queue twice") || !is_retired) continue;
    QueueSettings settings;
    in_(settings);
    if (!in_.Require(settings.window >= BucketWindow<4>::kBuckets, "a window too short")) return;
    engine_->queues_[slot].window.SetWindow(settings.window);
    engine_->queues_[slot].settings = std::move(settings);
  }
  if (!in_.ok() || !in_.Require(engine_->Bind(rule_sets_.front()), "rules past the limits")) return;
  for (QueueSlot slot = 0; slot < sizes_.queues && in_.ok(); ++slot) {
    QueueRecord& queue = engine_->queues_[slot];
    if (!in_.Require(queue.retired == retired[slot], "queues other than the rule set's")) return;
    in_(queue);
  }
  Predictions(in_, engine_->service_, engine_->patience_, engine_->arrivals_, engine_->queues_,
              engine_->now_);
}

void Router::Engine::Loader::LoadPlans() {
  in_.Mark("plans");
  sizes_.requirements = in_.Count();
  for (std::size_t i = 0; i < sizes_.requirements && in_.ok(); ++i) {
    Requirement requirement;
    in_(requirement);
    if (!in_.ok() || !in_.Require(IsWellFormed(requirement), "no requirement")) return;
    requirements_.push_back(engine_->InternRequirement(requirement));
    in_.Require(requirements_.back() != kNoSlot, "requirements past the limits");
  }
  sizes_.plans = in_.Count();
  for (std::size_t i = 0; i < sizes_.plans && in_.ok(); ++i) {
    bool own = false;
    in_(own);
    PlanRecord read;
    own ? LoadOwnPlan(read) : LoadRulePlan(read);
    if (!in_.ok()) return;
    const auto active = engine_->rule_plans_.find(read.plan);
    if (active != engine_->rule_plans_.end()) {
      engine_->ReferPlan(active->second);
      plans_.push_back(active->second);
      continue;
    }
    const PlanSlot slot = engine_->plans_.Take();
    plans_.push_back(slot);
    PlanRecord& record = engine_->plans_.Change(slot);
    record = std::move(read);
    record.references = 1;
    in_.Require(engine_->ResolvePlan(*record.plan, record), "plans past the limits");
    if (own) engine_->caller_plans_.emplace(record.key, slot);
  }
}

void Router::Engine::Loader::LoadOwnPlan(PlanRecord& record) {
  std::uint32_t owner = kNoSlot;
  in_.OptionalIndex(owner, kNoSlot, rule_sets_.size());
  if (owner != kNoSlot) record.owner = rule_sets_[owner];
  auto plan = std::make_unique<Plan>();
  PlanFields(in_, *plan, [&](CheckpointReader& in, std::shared_ptr<const Condition>& when) {
    const std::string_view source = in.Text();
    if (source.empty()) return;
    if (!in.Require(record.owner != nullptr, "a condition of no rule set")) return;
    when = source_.ConditionOf(source, *record.owner);
    in.Require(when != nullptr, "this build makes nothing of a plan's condition");
  });
  if (!in_.ok() || !in_.Require(IsWellFormed(*plan), "no plan")) return;
  record.key = KeyOf(*plan);
  in_.Require(!engine_->caller_plans_.contains(record.key), "a plan twice");
  record.own = std::move(plan);
  record.plan = record.own.get();
}

void Router::Engine::Loader::LoadRulePlan(PlanRecord& record) {
  std::uint32_t owner = 0;
  std::uint32_t index = 0;
  in_.Index(owner, rule_sets_.size());
  if (!in_.ok()) return;
  record.owner = rule_sets_[owner];
  const auto plans = record.owner->plans();
  in_.Index(index, plans.size());
  std::string queue;
  std::size_t steps = 0;
  std::size_t overflow = 0;
  in_(queue, steps, overflow);
  if (!in_.ok()) return;
  record.plan = plans[index];
  in_.Require(record.plan->queue == queue && record.plan->steps.size() == steps &&
                  record.plan->overflow.size() == overflow,
              "this build makes other plans of the rule set " + std::string(record.owner->hash()));
}

// ---- Agents -----------------------------------------------------------------------------------

bool Router::Engine::Loader::IsAgent(const AgentRecord& agent) const {
  AgentUpdate update;
  update.agent = agent.id;
  update.skills = agent.skills;
  update.team = agent.team;
  update.location = agent.location;
  update.attributes = agent.attributes;
  update.rank = agent.rank;
  update.capacity = agent.capacity;
  update.wrap_up = agent.wrap_up;
  update.reason = agent.reason;
  const bool known = std::all_of(agent.queues.begin(), agent.queues.end(),
                                 [this](const ServedQueue& s) { return s.queue < sizes_.queues; });
  if (!known) return false;
  update.queues = engine_->QueuesOf(agent);
  if (!CheckForm(update).ok()) return false;
  for (const ChannelCapacity& channel : agent.capacity.channels) {
    if (engine_->channels_.Find(channel.channel) == kNoSlot) return false;
    for (const std::string& by : channel.interruptible_by) {
      if (engine_->channels_.Find(by) == kNoSlot) return false;
    }
  }
  return engine_->AgentNamed(agent.id) == kNoSlot;
}

void Router::Engine::Loader::LoadAgents() {
  in_.Mark("agents");
  sizes_.agents = in_.Count();
  const std::uint64_t seen = engine_->agents_seen_;
  for (std::size_t i = 0; i < sizes_.agents && in_.ok(); ++i) {
    AgentRecord read;
    in_(read);
    if (!in_.ok() || !in_.Require(IsAgent(read), "no agent")) return;
    const AgentSlot slot = engine_->AddAgent(read.id);
    AgentRecord& agent = engine_->agents_.Change(slot);
    const std::vector<AgentQueue> queues = engine_->QueuesOf(read);
    agent = std::move(read);
    agent.in_use = true;
    agent.queues.clear();
    engine_->SetServedQueues(slot, queues);
    agent.back_off_deadline = LoadDeadline(DeadlineKind::kBackOff, agent.number, 0, slot);
    engine_->SetCapacity(slot, Capacity(agent.capacity));
    engine_->RefreshTraits(slot);
    engine_->CopyLoad(slot);
  }
  engine_->agents_seen_ = seen;
}

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
  bool in_line = false;
  ContactFields(in_, contact, sizes_);
  in_(in_line);
  if (!in_.ok()) return;
  if (contact.plan != kNoSlot) contact.plan = plans_[contact.plan];
  if (contact.requirement != kNoSlot) contact.requirement = requirements_[contact.requirement];
  if (contact.rule != kNoSlot) contact.rule = rules_[contact.rule];
  contact.wait_base = std::max(contact.arrival, contact.not_before);
  if (!in_.Require(IsContact(contact, in_line) && PlanFits(contact), "no contact")) return;
  LoadData(contact);
  if (!in_.ok()) return;
  const ContactSlot slot = engine_->contacts_.Take();
  engine_->contacts_.Change(slot) = contact;
  engine_->contacts_by_id_.emplace(engine_->IdOf(contact), slot);
  if (contact.requirement != kNoSlot) engine_->eligibility_.Refer(contact.requirement);
  if (contact.plan != kNoSlot) engine_->ReferPlan(contact.plan);
  if (contact.state != ContactState::kEnded) last_number_ = contact.number;
  if (in_.format() >= 2) LoadRequest(slot);
  if (in_.format() >= 3) LoadVisits(slot);
  if (contact.resumable) engine_->BecomeResumable(slot);
  PlaceContact(slot, in_line);
  if (in_.format() >= 3) LoadWard(slot);
  if (contact.replan_due) engine_->ReplanLater(slot);
  LoadContactDeadlines(slot, in_line);
  LoadBars(slot);
}

// Nothing here that the state rules out.
bool Router::Engine::Loader::IsContact(const ContactRecord& contact, bool in_line) const {
  const bool waits_to_wait = contact.state == ContactState::kQueued && !in_line;
  if (contact.gain_per_minute < 0) return false;
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
             (!contact.resumable || contact.end_reason == EndReason::kAbandoned) &&
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

void Router::Engine::Loader::LoadData(ContactRecord& contact) {
  const std::string_view id = in_.Text();
  const std::string_view location = in_.Text();
  const std::string_view resume_key = in_.format() >= 2 ? in_.Text() : std::string_view();
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
                    treatment.size() <= kMaxContactBytes;
  if (!in_.Require(fits, "a contact too large")) return;
  if (!in_.Require(engine_->ContactNamed(id) == kNoSlot, "a contact twice")) return;
  const auto store = [this](std::string_view bytes) {
    ByteStore::Block block = engine_->bytes_.Allocate(static_cast<std::uint32_t>(bytes.size()));
    std::copy(bytes.begin(), bytes.end(), block.data);
    return block;
  };
  contact.id_bytes = static_cast<std::uint32_t>(id.size());
  contact.data = store(data);
  if (!treatment.empty()) contact.treatment = store(treatment);
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
void Router::Engine::Loader::PlaceContact(ContactSlot slot, bool in_line) {
  const ContactRecord& contact = engine_->contacts_[slot];
  if (contact.state == ContactState::kEnded) return engine_->Remember(slot);
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
    hold.deadline = LoadDeadline(DeadlineKind::kOfferExpiry, hold.offer, 0, slot);
    const bool open = hold.kind == AgentWork::Kind::kReserved;
    in_.Require(open || hold.deadline == kNoSlot, "a deadline with nothing to do");
    places_.push_back({hold.contact, place, slot});
  }
  engine_->LinkToAgent(slot);
  for (CapacityLine& line : engine_->agents_.Change(hold.agent).lines) {
    line.used += line.channel == hold.channel;
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

// What kept requirements and plans while nobody had them.
void Router::Engine::Loader::ReleaseTables() {
  engine_->KeepVigil();
  for (const PlanSlot slot : plans_) engine_->ReleasePlan(slot);
  for (const RequirementId id : requirements_) engine_->eligibility_.Release(id);
}

}  // namespace strowger::routing
