// Rule sets and plans with their names resolved to slots.
#include <algorithm>
#include <bit>
#include <utility>

#include "routing-core/engine/check.h"
#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {

ServeTerms ServeTermsOf(const QueueSettings& settings) {
  ServeTerms terms;
  terms.by_need = settings.serve == Serve::kGreatestNeed;
  if (terms.by_need) terms.within = std::max<DurationNs>(1, settings.service_level.within);
  terms.bound = settings.starvation_bound.value_or(ServeTerms::kNoBound);
  return terms;
}

std::vector<std::string> PreferredSkills(const std::vector<Preference>& prefer) {
  std::vector<std::string> skills;
  for (const Preference& preference : prefer) {
    if (!PreferTermNamed(preference.name)) skills.push_back(preference.name);
  }
  std::sort(skills.begin(), skills.end());
  skills.erase(std::unique(skills.begin(), skills.end()), skills.end());
  return skills;
}

Requirement MembersOf(const FigureGroup& group) {
  Atom atom;
  atom.kind = group.owner == FigureOwner::kTeam ? Atom::Kind::kTeam : Atom::Kind::kLocation;
  atom.name = group.name;
  Requirement members;
  members.who.atoms.push_back(std::move(atom));
  members.who.terms.push_back({Formula::Op::kAtom, 0});
  return members;
}

bool HasConditions(const Plan& plan) {
  const auto conditional = [](const auto& trigger) { return trigger.when != nullptr; };
  return std::any_of(plan.steps.begin(), plan.steps.end(), conditional) ||
         std::any_of(plan.overflow.begin(), plan.overflow.end(), conditional);
}

// Alike but for where it sends the contact.
bool SameVigil(const std::optional<WhenEmpty>& a, const std::optional<WhenEmpty>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->nobody == b->nobody && a->after == b->after && a->grace == b->grace;
}

// An encoding in which two plans are equal exactly when they mean the same.
class PlanKey {
 public:
  // kSource: conditions of the same text count as the same, whatever set they are of.
  enum class Conditions : std::uint8_t { kIdentity, kSource };
  explicit PlanKey(std::string& out, Conditions conditions = Conditions::kIdentity)
      : out_(out), conditions_(conditions) {
    out_.clear();
  }

  void Add(const Plan& plan) {
    Text(plan.queue);
    Add(plan.requirement);
    Add(plan.priority);
    Text(plan.requested.agent);
    Number(plan.requested.lasts ? *plan.requested.lasts + 1 : 0);
    Number(plan.requested.only ? *plan.requested.only + 1 : 0);
    Add(plan.ranks.low);
    Add(plan.ranks.high);
    Add(plan.lift);
    Add(plan.prefer);
    Number(plan.steps.size());
    for (const Step& step : plan.steps) Add(step);
    Number(plan.overflow.size());
    for (const Overflow& overflow : plan.overflow) Add(overflow);
    Number(plan.wait_limit ? plan.wait_limit->after + 1 : 0);
    if (plan.wait_limit) Text(plan.wait_limit->treatment);
    Number(plan.skip_if_empty ? 1 : 0);
  }

 private:
  template <typename T>
  void Number(T value) {
    const auto word = static_cast<std::uint64_t>(value);
    for (int shift = 0; shift < 64; shift += 8) out_.push_back(static_cast<char>(word >> shift));
  }
  void Text(std::string_view text) {
    Number(text.size());
    out_.append(text);
  }
  void Add(const Requirement& requirement) {
    Number(requirement.require.size());
    for (const SkillMinimum& minimum : requirement.require) {
      Text(minimum.skill);
      Number(minimum.at_least);
    }
    Number(requirement.who.atoms.size());
    for (const Atom& atom : requirement.who.atoms) {
      Number(static_cast<int>(atom.kind));
      Text(atom.name);
      Number(atom.at_least);
      Number(atom.value.index());
      if (const auto* text = std::get_if<std::string>(&atom.value)) Text(*text);
      if (const auto* number = std::get_if<std::int64_t>(&atom.value)) Number(*number);
      if (const auto* real = std::get_if<double>(&atom.value)) {
        Number(std::bit_cast<std::uint64_t>(*real));
      }
      if (const auto* truth = std::get_if<bool>(&atom.value)) Number(*truth ? 1 : 0);
    }
    Number(requirement.who.terms.size());
    for (const Formula::Term& term : requirement.who.terms) {
      Number(static_cast<int>(term.op));
      Number(term.atom);
    }
  }
  void Add(const std::optional<std::int64_t>& number) {
    Number(number.has_value() ? 1 : 0);
    Number(number.value_or(0));
  }
  void Add(const std::vector<Preference>& prefer) {
    Number(prefer.size());
    for (const Preference& preference : prefer) {
      Text(preference.name);
      Number(preference.weight);
    }
  }
  void Add(const std::optional<Requirement>& requirement) {
    Number(requirement.has_value() ? 1 : 0);
    if (requirement) Add(*requirement);
  }
  void Add(const Priority& priority) {
    Number(priority.start);
    Number(priority.gain_per_minute);
    Number(priority.max ? 1 : 0);
    Number(priority.max.value_or(0));
  }
  void Add(const std::optional<PriorityChange>& change) {
    Number(change.has_value() ? 1 : 0);
    if (!change) return;
    Number(change->add);
    Number(change->set ? 1 : 0);
    if (change->set) Add(*change->set);
  }
  void Add(const std::shared_ptr<const Condition>& condition) {
    Number(condition != nullptr ? 1 : 0);
    if (condition == nullptr) return;
    Text(conditions_ == Conditions::kIdentity ? condition->identity() : condition->source());
  }
  void Add(const Step& step) {
    Text(step.id);
    Number(step.after);
    Add(step.when);
    Add(step.requirement);
    Add(step.priority);
    Text(step.queue);
    Number(step.ranks ? 1 : 0);
    if (step.ranks) {
      Add(step.ranks->low);
      Add(step.ranks->high);
      Number(step.ranks->raise);
    }
    Add(step.lift);
    Number(step.prefer ? 1 : 0);
    if (step.prefer) Add(*step.prefer);
    Number(step.skip_if_empty ? 1 : 0);
  }
  void Add(const Overflow& overflow) {
    Text(overflow.id);
    Number(overflow.after);
    Add(overflow.when);
    Text(overflow.to.queue);
    Text(overflow.to.treatment);
    Add(overflow.to.requirement);
    Number(overflow.to.keep_requirement ? 1 : 0);
    Add(overflow.to.priority);
  }

  std::string& out_;
  const Conditions conditions_;
};

}  // namespace

std::uint64_t Router::Engine::PlanHash(const Plan& plan) {
  PlanKey(plan_key_scratch_, PlanKey::Conditions::kSource).Add(plan);
  if (!plan.treatment.empty()) plan_key_scratch_.append(plan.treatment);
  return SipHash64(plan_key_scratch_, {});
}

RequirementId Router::Engine::InternRequirement(const Requirement& requirement) {
  RequirementId id = eligibility_.Intern(requirement);
  if (id == kNoSlot) {
    // What is kept only in case it comes again gives way.
    SweepIdleLines();
    ReclaimPlans();
    id = eligibility_.Intern(requirement);
  }
  FillNewAtoms();
  return id;
}

void Router::Engine::FillNewAtoms() {
  const auto for_each_agent = [this](const auto& fill) {
    for (AgentSlot slot = 0; slot < agents_.extent(); ++slot) {
      if (agents_[slot].in_use) fill(slot, TraitsOf(slot));
    }
  };
  const auto on_new = [this](std::uint32_t atom) {
    by_idleness_.ClearAtom(atom);
    by_registration_.ClearAtom(atom);
  };
  const auto on_holds = [this](AgentSlot slot, std::uint32_t atom) {
    by_idleness_.AtomHolds(slot, atom);
    by_registration_.AtomHolds(slot, atom);
  };
  eligibility_.FillColumns(for_each_agent, on_new, on_holds);
}

QueueSlot Router::Engine::QueueNamed(std::string_view name) const {
  const std::uint32_t id = names_.Find(name);
  const auto found = id == kNoSlot ? queues_by_name_.end() : queues_by_name_.find(id);
  if (found == queues_by_name_.end() || queues_[found->second].retired) return kNoSlot;
  return found->second;
}

QueueSlot Router::Engine::AddQueue(std::string_view name) {
  const std::uint32_t id = names_.Intern(name);
  const auto found = queues_by_name_.find(id);
  if (found != queues_by_name_.end()) return found->second;
  const auto slot = static_cast<QueueSlot>(queues_.size());
  queues_.emplace_back().name = id;
  queues_by_name_.emplace(id, slot);
  return slot;
}

// Refers to every requirement of the set, so that binding cannot fail half-way. False past a limit.
bool Router::Engine::InternAll(const RuleSet& rule_set, std::vector<RequirementId>& interned) {
  bool ok = true;
  const auto intern = [&](const std::optional<Requirement>& requirement) {
    if (!requirement) return;
    const RequirementId id = InternRequirement(*requirement);
    if (id == kNoSlot) ok = false;
    if (id != kNoSlot) interned.push_back(id);
  };
  for (const QueueSettings& settings : rule_set.queues()) {
    if (settings.when_full) intern(settings.when_full->requirement);
    if (settings.when_empty) intern(settings.when_empty->to.requirement);
    for (const Borrow& borrow : settings.borrow) {
      Requirement requirement;
      requirement.who = borrow.who;
      intern(requirement);
    }
  }
  for (const Plan* plan : rule_set.plans()) {
    intern(plan->requirement);
    for (const Step& step : plan->steps) intern(step.requirement);
    for (const Overflow& overflow : plan->overflow) intern(overflow.to.requirement);
  }
  for (const FigureGroup& group : rule_set.groups()) intern(MembersOf(group));
  return ok;
}

void Router::Engine::BindGroups(const RuleSet& rule_set, std::vector<Group>& groups) {
  for (const FigureGroup& group : rule_set.groups()) {
    names_.Intern(group.name);
    groups.push_back({group.owner, group.name, InternRequirement(MembersOf(group))});
  }
}

void Router::Engine::ReleaseGroups(std::vector<Group>& groups) {
  for (const Group& group : groups) eligibility_.Release(group.members);
  groups.clear();
}

// One that stands as it was declared takes what the new set declares; one that was switched stays.
void Router::Engine::BindFlags(const RuleSet& rule_set) {
  std::vector<FlagRecord> flags;
  for (const FlagDefault& declared : rule_set.flags()) {
    flags.push_back({declared.name, declared.on});
    for (std::size_t i = 0; i < flags_.size(); ++i) {
      const bool switched = flags_[i].on != rule_set_->flags()[i].on;
      if (flags_[i].name == declared.name && switched) flags.back().on = flags_[i].on;
    }
  }
  flags_ = std::move(flags);
}

bool Router::Engine::QueuesFit(const RuleSet& rule_set) const {
  std::size_t queues = queues_.size();
  for (const QueueSettings& settings : rule_set.queues()) {
    const std::uint32_t id = names_.Find(settings.name);
    if (id == kNoSlot || !queues_by_name_.contains(id)) ++queues;
  }
  return queues <= limits_.queues;
}

void Router::Engine::BindQueues(const RuleSet& rule_set) {
  refiled_.clear();
  for (const QueueSettings& settings : rule_set.queues()) {
    const QueueSlot slot = AddQueue(settings.name);
    const QueueRecord& queue = queues_[slot];
    const bool guards = settings.max_occupancy.has_value();
    if (ServeTermsOf(settings) != queue.serve_terms ||
        queue.settings.max_occupancy.has_value() != guards) {
      TakeOutLines(slot);
    }
  }
  looked_at_queues_.clear();
  agents_moved_ = ~std::uint32_t{0};  // what was lent is no more
  share_queues_.clear();
  special_services_ = 0;
  for (QueueRecord& queue : queues_) {
    queue.retired = true;
    if (queue.when_full_requirement != kNoSlot) eligibility_.Release(queue.when_full_requirement);
    queue.when_full_requirement = kNoSlot;
    if (queue.when_empty_requirement != kNoSlot) eligibility_.Release(queue.when_empty_requirement);
    queue.when_empty_requirement = kNoSlot;
    for (const BorrowRecord& borrow : queue.borrows) eligibility_.Release(borrow.who);
    queue.borrows.clear();
    queue.shares.clear();
    queue.share_of.clear();
  }
  for (const QueueSettings& settings : rule_set.queues()) {
    QueueRecord& queue = queues_[AddQueue(settings.name)];
    queue.retired = false;
    const bool watched_otherwise = !SameVigil(queue.settings.when_empty, settings.when_empty);
    queue.settings = settings;
    if (watched_otherwise) RewatchQueue(AddQueue(settings.name));
    queue.window.SetWindow(settings.window);
    if (settings.select != Strategy::kRoundRobin) queue.last_chosen.clear();
    if (settings.when_full && settings.when_full->requirement) {
      queue.when_full_requirement = InternRequirement(*settings.when_full->requirement);
    }
    if (settings.when_empty && settings.when_empty->to.requirement) {
      queue.when_empty_requirement = InternRequirement(*settings.when_empty->to.requirement);
    }
  }
  any_when_empty_ = false;
  for (QueueRecord& queue : queues_) {
    // What has waited in a queue that is gone stays there until it is asked for again.
    if (queue.retired && queue.settings.when_empty) {
      queue.settings.when_empty.reset();
      RewatchQueue(queues_by_name_.at(queue.name));
    }
    any_when_empty_ = any_when_empty_ || queue.settings.when_empty.has_value();
  }
  for (QueueSlot slot = 0; slot < queues_.size(); ++slot) BindService(slot);
  for (const ContactSlot contact : refiled_) EnterLine(contact);
}

// How a queue is served, by settings that may be new. One that is gone goes on under its last ones,
// but what it borrowed and shared out is over.
void Router::Engine::BindService(QueueSlot slot) {
  QueueRecord& queue = queues_[slot];
  if (queue.retired) {
    queue.settings.borrow.clear();
    queue.settings.shares.clear();
  }
  queue.serve_terms = ServeTermsOf(queue.settings);
  if (!queue.serve_terms.IsPlain()) ++special_services_;
  BindBorrows(slot);
  BindShares(slot);
  const Strategy select = queue.settings.select;
  if (select == Strategy::kBestSkill || select == Strategy::kLeastSkilled ||
      select == Strategy::kScore) {
    skill_levels_.Begin([this](AgentSlot agent) { return SkillsOf(agent); });
  }
}

// Puts the rule set in force. False, and nothing changed, when it does not fit the limits.
bool Router::Engine::Bind(const std::shared_ptr<const RuleSet>& rule_set) {
  std::vector<RequirementId> interned;
  const bool fits = QueuesFit(*rule_set) && InternAll(*rule_set, interned);
  if (fits) {
    BindQueues(*rule_set);
    for (const auto& [plan, slot] : rule_plans_) ReleasePlan(slot);
    rule_plans_.clear();
    ReleaseGroups(candidate_.groups);
    ReleaseGroups(groups_);
    BindGroups(*rule_set, groups_);
    BindFlags(*rule_set);
    rule_set_ = rule_set;
    rule_set_number_ = RememberRuleSet(rule_set);
    AddRulePlans(rule_set);
  }
  for (const RequirementId id : interned) eligibility_.Release(id);
  return fits;
}

// REQUIRES: their requirements are interned.
void Router::Engine::AddRulePlans(const std::shared_ptr<const RuleSet>& rule_set) {
  for (const Plan* plan : rule_set->plans()) {
    const PlanSlot slot = plans_.Take();
    PlanRecord& record = plans_.Change(slot);
    record.owner = rule_set;
    record.plan = plan;
    record.references = 1;
    Check(ResolvePlan(*plan, record), "requirements that were interned already");
    rule_plans_.emplace(plan, slot);
  }
}

bool Router::Engine::ResolvePlan(const Plan& plan, PlanRecord& record) {
  bool ok = true;
  const auto intern = [&](const Requirement* requirement) {
    const RequirementId id = requirement == nullptr ? kNoSlot : InternRequirement(*requirement);
    ok = ok && (requirement == nullptr || id != kNoSlot);
    return id;
  };
  // Also a retired queue: it may come back, and what names it lies in the past after a checkpoint.
  const auto queue_named = [this](std::string_view name) {
    const std::uint32_t id = names_.Find(name);
    const auto found = id == kNoSlot ? queues_by_name_.end() : queues_by_name_.find(id);
    return found == queues_by_name_.end() ? kNoSlot : found->second;
  };
  record.queue = queue_named(plan.queue);
  record.requirement = intern(&plan.requirement);
  for (const Step& step : plan.steps) {
    record.step_requirements.push_back(intern(step.requirement ? &*step.requirement : nullptr));
    record.step_queues.push_back(queue_named(step.queue));
  }
  for (const Overflow& overflow : plan.overflow) {
    const auto& requirement = overflow.to.requirement;
    record.overflow_requirements.push_back(intern(requirement ? &*requirement : nullptr));
  }
  if (plan.ranks.low) record.ranks.low = static_cast<std::int32_t>(*plan.ranks.low);
  if (plan.ranks.high) record.ranks.high = static_cast<std::int32_t>(*plan.ranks.high);
  if (plan.lift) record.ranks.lift = static_cast<std::int32_t>(*plan.lift);
  const auto weighs_scarcity = [](const std::vector<Preference>& prefer) {
    return std::any_of(prefer.begin(), prefer.end(), [](const Preference& preference) {
      return PreferTermNamed(preference.name) == PreferTerm::kScarcity;
    });
  };
  bool scarcity = weighs_scarcity(plan.prefer);
  record.preferred_skills.push_back(PreferredSkills(plan.prefer));
  for (const Step& step : plan.steps) {
    record.preferred_skills.push_back(PreferredSkills(step.prefer.value_or(plan.prefer)));
    scarcity = scarcity || (step.prefer && weighs_scarcity(*step.prefer));
  }
  if (scarcity) BeginCountingDemand();
  return ok;
}

void Router::Engine::ReleaseResolved(const PlanRecord& record) {
  const auto release = [this](RequirementId id) {
    if (id != kNoSlot) eligibility_.Release(id);
  };
  release(record.requirement);
  for (const RequirementId id : record.step_requirements) release(id);
  for (const RequirementId id : record.overflow_requirements) release(id);
}

std::string Router::Engine::KeyOf(const Plan& plan) {
  std::string key;
  PlanKey(key).Add(plan);
  return key;
}

PlanSlot Router::Engine::InternPlan(const Plan& plan) {
  PlanKey(plan_key_scratch_).Add(plan);
  const auto found = caller_plans_.find(plan_key_scratch_);
  if (found != caller_plans_.end()) {
    ReferPlan(found->second);
    return found->second;
  }
  if (caller_plans_.size() >= limits_.plans) ReclaimPlans();
  if (caller_plans_.size() >= limits_.plans) return kNoSlot;
  const PlanSlot slot = plans_.Take();
  PlanRecord& record = plans_.Change(slot);
  record.own = std::make_unique<const Plan>(plan);
  record.plan = record.own.get();
  record.key = plan_key_scratch_;
  if (HasConditions(plan)) record.owner = rule_set_;
  record.references = 1;
  if (!ResolvePlan(plan, record)) {
    ReleaseResolved(record);
    plans_.Change(slot) = PlanRecord{};
    plans_.Release(slot);
    return kNoSlot;
  }
  caller_plans_.emplace(record.key, slot);
  return slot;
}

// A caller's plan stays for the next one like it, until room is needed.
void Router::Engine::ReleasePlan(PlanSlot slot) {
  PlanRecord& record = plans_.Change(slot);
  if (--record.references > 0 || record.own != nullptr) return;
  ReleaseResolved(record);
  record = PlanRecord{};
  plans_.Release(slot);
}

void Router::Engine::ReclaimPlans() {
  std::vector<PlanSlot> unused;
  for (const auto& [key, slot] : caller_plans_) {
    if (plans_[slot].references == 0) unused.push_back(slot);
  }
  for (const PlanSlot slot : unused) {
    PlanRecord& record = plans_.Change(slot);
    caller_plans_.erase(record.key);
    ReleaseResolved(record);
    record = PlanRecord{};
    plans_.Release(slot);
  }
}

Result Router::Engine::CheckPlanQueues(const Plan& plan) const {
  if (QueueNamed(plan.queue) == kNoSlot) return {Outcome::kUnknownQueue, "plan.queue"};
  for (const Step& step : plan.steps) {
    if (!step.queue.empty() && QueueNamed(step.queue) == kNoSlot) {
      return {Outcome::kUnknownQueue, "plan.steps.queue"};
    }
  }
  for (const Overflow& overflow : plan.overflow) {
    if (!overflow.to.queue.empty() && QueueNamed(overflow.to.queue) == kNoSlot) {
      return {Outcome::kUnknownQueue, "plan.overflow.to.queue"};
    }
  }
  return {};
}

}  // namespace strowger::routing
