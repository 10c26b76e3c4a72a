// What the rest of a checkpoint refers to, and agents: checkpoint_loader.h.
#include "routing-core/engine/checkpoint_loader.h"

#include <algorithm>

#include "routing-core/engine/form.h"

namespace strowger::routing {

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
  in_(engine_->random_state_);
  engine_->decisions_.BeginAfter(engine_->sequence_, engine_->contacts_seen_);
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
    if (in_.ok()) LoadChoices(slot);
  }
  Predictions(in_, engine_->service_, engine_->patience_, engine_->arrivals_, engine_->queues_,
              engine_->now_);
}

void Router::Engine::Loader::LoadTrial() {
  in_.Mark("trial");
  const std::size_t flags = in_.Count();
  if (!in_.Require(flags == engine_->flags_.size(), "flags other than the rule set's")) return;
  for (FlagRecord& flag : engine_->flags_) {
    std::string name;
    in_(name, flag.on);
    if (!in_.ok() || !in_.Require(name == flag.name, "another flag than the rule set's")) return;
  }
  SetCandidate candidate;
  std::uint32_t at = kNoSlot;
  in_.OptionalIndex(at, kNoSlot, rule_sets_.size());
  in_(candidate.share);
  if (!in_.ok() || at == kNoSlot) return;
  candidate.rule_set = rule_sets_[at];
  in_.Require(engine_->Set(candidate).ok(), "a candidate that cannot be one");
}

// What came of its shares, and whom it borrows.
void Router::Engine::Loader::LoadChoices(QueueSlot slot) {
  QueueRecord& queue = engine_->queues_[slot];
  if (!in_.Require(in_.Count() == queue.shares.size(), "shares other than the rule set's")) return;
  for (ShareRecord& share : queue.shares) in_(share.assigned);
  if (!in_.Require(in_.Count() == queue.borrows.size(), "loans other than the rule set's")) return;
  for (BorrowRecord& borrow : queue.borrows) in_(borrow.holds);
  queue.look_deadline = LoadDeadline(DeadlineKind::kQueueLook, slot, 0, slot);
  if (queue.look_deadline == kNoSlot) return;
  queue.look_due = engine_->deadlines_.at(queue.look_deadline).time;
  const auto& looked_at = engine_->looked_at_queues_;
  in_.Require(std::binary_search(looked_at.begin(), looked_at.end(), slot), "nothing to look at");
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

// What kept requirements and plans while nobody had them.
void Router::Engine::Loader::ReleaseTables() {
  engine_->KeepVigil();
  for (const PlanSlot slot : plans_) engine_->ReleasePlan(slot);
  for (const RequirementId id : requirements_) engine_->eligibility_.Release(id);
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
  update.weight = agent.weight;
  update.capacity = agent.capacity;
  update.wrap_up = agent.wrap_up;
  update.reason = agent.reason;
  const bool known = std::all_of(agent.queues.begin(), agent.queues.end(),
                                 [this](const ServedQueue& s) { return s.queue < sizes_.queues; });
  if (!known) return false;
  update.queues = engine_->QueuesOf(agent);
  update.handling_cap = agent.handling_cap;
  update.pace = agent.pace;
  update.outside = agent.outside;
  update.lease = agent.lease;
  update.state = agent.pending;
  update.pending = agent.pending.has_value();
  if (!CheckForm(update).ok() || !IsPaced(agent)) return false;
  for (const ChannelCapacity& channel : agent.capacity.channels) {
    if (engine_->channels_.Find(channel.channel) == kNoSlot) return false;
    for (const std::string& by : channel.interruptible_by) {
      if (engine_->channels_.Find(by) == kNoSlot) return false;
    }
  }
  return engine_->AgentNamed(agent.id) == kNoSlot;
}

// What counts against its pace does so still, oldest first.
bool Router::Engine::Loader::IsPaced(const AgentRecord& agent) const {
  if (agent.pace.contacts == 0) return agent.paced.empty();
  PacedAssignment last;
  for (const PacedAssignment& assignment : agent.paced) {
    if (assignment.time < last.time || assignment.turn < last.turn) return false;
    if (assignment.time > engine_->now_ || assignment.turn > engine_->turn_) return false;
    if (assignment.time + agent.pace.per <= engine_->now_) return false;
    last = assignment;
  }
  return true;
}

// Refers once.
LabelSetId Router::Engine::Loader::LoadLabels() {
  std::vector<std::string> labels;
  in_(labels);
  if (!in_.ok() || !in_.Require(AreLabels(labels), "no labels")) return kNoLabels;
  const LabelSetId id = engine_->InternLabels(labels);
  return in_.Require(id != kNoSlot, "labels past the limit") ? id : kNoLabels;
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
    agent.lease_deadline = LoadDeadline(DeadlineKind::kAgentLease, agent.number, 0, slot);
    agent.back_off_deadline = LoadDeadline(DeadlineKind::kBackOff, agent.number, 0, slot);
    const bool leased = agent.lease_until != 0 && agent.state != AgentState::kOffline;
    in_.Require((agent.lease_deadline != kNoSlot) == leased, "a lease that never lapses");
    agent.paced.reserve(static_cast<std::size_t>(agent.pace.contacts));
    engine_->SetPaceDeadline(slot);
    for (const ChannelCount& count : agent.outside.channels) {
      agent.outside_contacts += count.contacts;
    }
    engine_->SetCapacity(slot, Capacity(agent.capacity));
    engine_->RefreshTraits(slot);
    engine_->CopyLoad(slot);
  }
  engine_->agents_seen_ = seen;
}

}  // namespace strowger::routing
