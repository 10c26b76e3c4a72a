// The state as a checkpoint. Sections stand in the order in which checkpoint_load.cc needs them.
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "routing-core/engine/checkpoint_records.h"
#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {

// Gives what is met the numbers 0, 1, 2, ... in the order in which it is met first.
class Numbering {
 public:
  explicit Numbering(std::size_t extent) : numbers_(extent, kNoSlot) {}
  void Meet(std::uint32_t slot) {
    if (slot == kNoSlot || numbers_[slot] != kNoSlot) return;
    numbers_[slot] = static_cast<std::uint32_t>(met_.size());
    met_.push_back(slot);
  }
  std::uint32_t of(std::uint32_t slot) const { return slot == kNoSlot ? kNoSlot : numbers_[slot]; }
  const std::vector<std::uint32_t>& met() const { return met_; }

 private:
  std::vector<std::uint32_t> numbers_;  // by slot
  std::vector<std::uint32_t> met_;
};

// As an Attribute.
void PutAttribute(const AttributeView& attribute, CheckpointWriter& out) {
  out.Text(attribute.name);
  out(attribute.value.index());
  if (const auto* text = std::get_if<std::string_view>(&attribute.value)) {
    out.Text(*text);
  } else if (const auto* list = std::get_if<absl::Span<const std::string_view>>(&attribute.value)) {
    out.Count(list->size());
    for (const std::string_view item : *list) out.Text(item);
  } else if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
    out(*integer);
  } else if (const auto* real = std::get_if<double>(&attribute.value)) {
    out(*real);
  } else {
    out(std::get<bool>(attribute.value));
  }
}

}  // namespace

class Router::Engine::Saver {
 public:
  Saver(const Engine& engine, const ByteSink& sink)
      : engine_(engine),
        out_(sink),
        contacts_(engine.contacts_.extent()),
        agents_(engine.agents_.extent()),
        requirements_(engine.eligibility_.extent()),
        plans_(engine.plans_.extent()),
        rules_(engine.names_.size()) {
    MeetAll();
  }

  void Save() {
    out_.PutBytes(kCheckpointName);
    out_(kCheckpointFormat);
    SaveCounters();
    SaveRuleSets();
    SaveNames();
    SaveQueues();
    SaveTrial();
    SavePlans();
    SaveAgents();
    SaveContacts();
    SaveHolds();
    SaveWatches();
    out_.Mark("end");
    out_.Finish();
  }

 private:
  void MeetAll();
  void MeetRuleSet(const std::shared_ptr<const RuleSet>& rule_set);
  void SaveCounters();
  void SaveRuleSets();
  void SaveNames();
  void SaveQueues();
  void SaveTrial();
  void SavePlans();
  void SavePlan(const PlanRecord& record);
  void SaveAgents();
  void SaveContacts();
  void SaveContact(ContactSlot slot);
  void SaveVisits(const ContactRecord& contact);
  void SaveWard(const ContactRecord& contact);
  void SaveHolds();
  void SaveWatches();

  // Of one rule's plan there are several records when its rule set came into force again.
  PlanSlot OneOf(PlanSlot slot) {
    if (slot == kNoSlot) return kNoSlot;
    const Plan* plan = engine_.plans_[slot].plan;
    const auto of_rules = rule_plans_.find(plan);
    if (of_rules != rule_plans_.end()) {
      plan = rule_sets_[of_rules->second.first]->plans()[of_rules->second.second];
    }
    return one_of_.try_emplace(plan, slot).first->second;
  }

  SavedDeadline DeadlineOf(Deadlines::Handle handle) const {
    if (handle == kNoSlot) return {};
    const Deadline& deadline = engine_.deadlines_.at(handle);
    return {deadline.time, deadline.turn};
  }

  const Engine& engine_;
  CheckpointWriter out_;
  SectionSizes no_sizes_;  // only readers ask
  Numbering contacts_;
  Numbering agents_;
  Numbering requirements_;
  Numbering plans_;
  Numbering rules_;
  absl::flat_hash_map<const Plan*, PlanSlot> one_of_;
  std::vector<const RuleSet*> rule_sets_;  // each hash once
  absl::flat_hash_set<const RuleSet*> met_rule_sets_;
  absl::flat_hash_map<const Plan*, std::pair<std::uint32_t, std::uint32_t>> rule_plans_;
};

// A member of the engine is either state, and saved here, or follows from what is, or is scratch.
void Router::Engine::Save(const ByteSink& sink) const {
  static_assert(kAllFieldsVisited<Engine, 10944>);
  Saver(*this, sink).Save();
}

// Live contacts in the order in which they came, then the ended in the order in which they ended;
// agents in the order in which they registered.
void Router::Engine::Saver::MeetAll() {
  std::vector<AgentSlot> agents;
  for (AgentSlot slot = 0; slot < engine_.agents_.extent(); ++slot) {
    if (engine_.agents_[slot].in_use) agents.push_back(slot);
  }
  std::sort(agents.begin(), agents.end(), [this](AgentSlot a, AgentSlot b) {
    return engine_.agents_[a].number < engine_.agents_[b].number;
  });
  for (const AgentSlot slot : agents) agents_.Meet(slot);

  std::vector<std::pair<std::uint64_t, ContactSlot>> live;
  for (const ContactSlot slot : engine_.contacts_by_id_) {
    const ContactRecord& contact = engine_.contacts_[slot];
    if (contact.state != ContactState::kEnded) live.emplace_back(contact.number, slot);
  }
  std::sort(live.begin(), live.end());
  for (const auto& [number, slot] : live) contacts_.Meet(slot);
  for (ContactSlot slot = engine_.oldest_ended_; slot != kNoSlot;
       slot = engine_.EndOf(engine_.contacts_[slot]).next) {
    contacts_.Meet(slot);
  }
  MeetRuleSet(engine_.rule_set_);
  MeetRuleSet(engine_.candidate_.rule_set);
  for (const ContactSlot slot : contacts_.met()) {
    const ContactRecord& contact = engine_.contacts_[slot];
    if (contact.plan != kNoSlot) MeetRuleSet(engine_.plans_[contact.plan].owner);
    requirements_.Meet(contact.requirement);
    rules_.Meet(contact.rule);
    plans_.Meet(OneOf(contact.plan));
  }
}

// One text may have been compiled more than once; whoever loads has it once.
void Router::Engine::Saver::MeetRuleSet(const std::shared_ptr<const RuleSet>& rule_set) {
  if (rule_set == nullptr || !met_rule_sets_.insert(rule_set.get()).second) return;
  const auto known = std::find_if(rule_sets_.begin(), rule_sets_.end(), [&](const RuleSet* met) {
    return met->hash() == rule_set->hash();
  });
  const auto number = static_cast<std::uint32_t>(known - rule_sets_.begin());
  if (known == rule_sets_.end()) rule_sets_.push_back(rule_set.get());
  std::uint32_t index = 0;
  for (const Plan* plan : rule_set->plans()) rule_plans_[plan] = {number, index++};
}

void Router::Engine::Saver::SaveCounters() {
  out_.Mark("state");
  out_(engine_.limits_, engine_.version_, engine_.sequence_);
  out_.Time(engine_.now_);
  out_(engine_.turn_, engine_.contacts_seen_, engine_.agents_seen_, engine_.offers_made_,
       engine_.watches_made_, engine_.condition_errors_, engine_.random_state_);
}

// The active one first.
void Router::Engine::Saver::SaveRuleSets() {
  out_.Mark("rule sets");
  out_.Count(rule_sets_.size());
  for (const RuleSet* rule_set : rule_sets_) {
    out_.Text(rule_set->hash());
    out_.Text(rule_set->text());
  }
}

void Router::Engine::Saver::SaveNames() {
  out_.Mark("names");
  out_.Count(engine_.channels_.size());
  for (ChannelId id = 0; id < engine_.channels_.size(); ++id) out_(engine_.channels_.name(id));
  out_.Count(rules_.met().size());
  for (const std::uint32_t rule : rules_.met()) out_(engine_.names_.name(rule));
}

void Router::Engine::Saver::SaveQueues() {
  out_.Mark("queues");
  out_.Count(engine_.queues_.size());
  for (const QueueRecord& queue : engine_.queues_) {
    out_(engine_.names_.name(queue.name), queue.retired);
    // What stays of a queue whose rule set is gone; the others have what their rule set says.
    if (queue.retired) out_(queue.settings);
  }
  for (const QueueRecord& queue : engine_.queues_) {
    out_(queue);
    out_.Count(queue.shares.size());
    for (const ShareRecord& share : queue.shares) out_(share.assigned);
    out_.Count(queue.borrows.size());
    for (const BorrowRecord& borrow : queue.borrows) out_(borrow.holds);
    out_(DeadlineOf(queue.look_deadline));
  }
  Predictions(out_, engine_.service_, engine_.patience_, engine_.arrivals_, engine_.queues_,
              engine_.now_);
}

// Where the flags of the active rule set stand, and the rule set beside it.
void Router::Engine::Saver::SaveTrial() {
  out_.Mark("trial");
  out_.Count(engine_.flags_.size());
  for (const FlagRecord& flag : engine_.flags_) out_(flag.name, flag.on);
  const Trial& candidate = engine_.candidate_;
  std::uint32_t at = kNoSlot;
  for (std::uint32_t i = 0; candidate.rule_set != nullptr && i < rule_sets_.size(); ++i) {
    if (rule_sets_[i]->hash() == candidate.rule_set->hash()) at = i;
  }
  out_.OptionalIndex(at, kNoSlot, rule_sets_.size());
  out_(candidate.share);
}

void Router::Engine::Saver::SavePlans() {
  out_.Mark("plans");
  out_.Count(requirements_.met().size());
  for (const RequirementId id : requirements_.met()) out_(engine_.eligibility_.requirement(id));
  out_.Count(plans_.met().size());
  for (const PlanSlot slot : plans_.met()) SavePlan(engine_.plans_[slot]);
}

// A rule's plan by its place in its rule set, with what tells whether that is still the one meant.
void Router::Engine::Saver::SavePlan(const PlanRecord& record) {
  const bool own = record.own != nullptr;
  out_(own);
  if (own) {
    const auto at = std::find_if(rule_sets_.begin(), rule_sets_.end(), [&](const RuleSet* met) {
      return record.owner != nullptr && met->hash() == record.owner->hash();
    });
    const bool has_owner = record.owner != nullptr;
    out_.OptionalIndex(has_owner ? static_cast<std::uint32_t>(at - rule_sets_.begin()) : kNoSlot,
                       kNoSlot, rule_sets_.size());
    PlanFields(out_, *record.plan, [](CheckpointWriter& out, const auto& when) {
      out.Text(when == nullptr ? std::string_view() : when->source());
    });
    return;
  }
  const auto [rule_set, index] = rule_plans_.at(record.plan);
  out_(rule_set, index, record.plan->queue, record.plan->steps.size(),
       record.plan->overflow.size());
}

void Router::Engine::Saver::SaveAgents() {
  out_.Mark("agents");
  out_.Count(agents_.met().size());
  for (const AgentSlot slot : agents_.met()) {
    const AgentRecord& agent = engine_.agents_[slot];
    out_(agent, DeadlineOf(agent.lease_deadline), DeadlineOf(agent.back_off_deadline));
  }
}

void Router::Engine::Saver::SaveContacts() {
  out_.Mark("contacts");
  out_.Count(contacts_.met().size());
  for (const ContactSlot slot : contacts_.met()) SaveContact(slot);
}

void Router::Engine::Saver::SaveContact(ContactSlot slot) {
  ContactRecord contact = engine_.contacts_[slot];
  contact.plan = plans_.of(OneOf(contact.plan));
  contact.requirement = requirements_.of(contact.requirement);
  contact.rule = rules_.of(contact.rule);
  EndRecord end = engine_.EndOf(contact);
  ContactFields(out_, contact, end, no_sizes_);
  out_(contact.line != kNoSlot);
  out_(engine_.label_sets_.labels(contact.labels));
  out_.Text(engine_.IdOf(contact));
  out_.Text(LocationOf(contact.data.view(), contact.id_bytes));
  out_.Text(ResumeKeyOf(contact.data.view(), contact.id_bytes));
  DecodeAttributes(contact.data.view(), contact.id_bytes, engine_.views_scratch_);
  out_.Count(engine_.views_scratch_.views.size());
  for (const AttributeView& attribute : engine_.views_scratch_.views) {
    PutAttribute(attribute, out_);
  }
  out_.Text(end.treatment.view());
  out_(contact.request != kNoSlot);
  if (contact.request != kNoSlot) {
    Request request = engine_.requests_[contact.request];
    request.agent = agents_.of(request.agent);
    RequestFields(out_, request, no_sizes_);
    out_(DeadlineOf(request.deadline));
  }
  SaveVisits(contact);
  SaveWard(contact);
  out_(DeadlineOf(contact.not_before_deadline), DeadlineOf(contact.step_deadline),
       DeadlineOf(contact.overflow_deadline), DeadlineOf(contact.wait_limit_deadline));
  std::size_t bars = 0;
  for (BarSlot b = contact.first_bar; b != kNoSlot; b = engine_.bars_[b].next_of_contact) ++bars;
  out_.Count(bars);
  for (BarSlot b = contact.first_bar; b != kNoSlot; b = engine_.bars_[b].next_of_contact) {
    Bar bar = engine_.bars_[b];
    bar.agent = agents_.of(bar.agent);
    BarFields(out_, bar, no_sizes_);
    out_(DeadlineOf(bar.deadline));
  }
}

void Router::Engine::Saver::SaveVisits(const ContactRecord& contact) {
  std::size_t visits = 0;
  for (VisitSlot v = contact.first_visit; v != kNoSlot; v = engine_.visits_[v].next) ++visits;
  out_.Count(visits);
  for (VisitSlot v = contact.first_visit; v != kNoSlot; v = engine_.visits_[v].next) {
    out_.Index(engine_.visits_[v].queue, engine_.queues_.size());
  }
}

void Router::Engine::Saver::SaveWard(const ContactRecord& contact) {
  out_(contact.ward != kNoSlot);
  if (contact.ward == kNoSlot) return;
  const Ward& ward = engine_.wards_[contact.ward];
  WardFields(out_, ward);
  out_.Time(engine_.vigils_[ward.vigil].since);
  out_(DeadlineOf(ward.deadline));
}

void Router::Engine::Saver::SaveHolds() {
  out_.Mark("holds");
  out_.Count(engine_.holds_.in_use());
  for (const AgentSlot agent : agents_.met()) {
    for (HoldSlot slot = engine_.agents_[agent].first_hold; slot != kNoSlot;
         slot = engine_.holds_[slot].next_of_agent) {
      Hold hold = engine_.holds_[slot];
      std::uint32_t place = 0;
      if (hold.contact != kNoSlot) {
        for (HoldSlot h = engine_.contacts_[hold.contact].first_hold; h != slot;
             h = engine_.holds_[h].next_of_contact) {
          ++place;
        }
      }
      hold.contact = contacts_.of(hold.contact);
      hold.agent = agents_.of(hold.agent);
      HoldFields(out_, hold, no_sizes_);
      out_(place, engine_.label_sets_.labels(hold.labels));
      out_.Text(hold.contact_id.view());
      out_(DeadlineOf(hold.deadline));
    }
  }
}

// In the order in which they came to be.
void Router::Engine::Saver::SaveWatches() {
  out_.Mark("watches");
  out_.Count(engine_.watch_order_.size());
  for (const WatchSlot slot : engine_.watch_order_) {
    const Watch& watch = engine_.watches_[slot];
    WatchFields(out_, watch, no_sizes_);
    out_(DeadlineOf(watch.look_deadline));
    std::size_t members = 0;
    for (MemberSlot m = watch.first_member; m != kNoSlot; m = engine_.members_[m].next_of_watch) {
      ++members;
    }
    out_.Count(members);
    for (MemberSlot m = watch.first_member; m != kNoSlot; m = engine_.members_[m].next_of_watch) {
      Member member = engine_.members_[m];
      member.contact = contacts_.of(member.contact);
      MemberFields(out_, member, no_sizes_);
    }
  }
}

}  // namespace strowger::routing
