// What is remembered of decisions, and read back for explanations.
#include <algorithm>
#include <utility>

#include "routing-core/engine/engine.h"
#include "routing-core/engine/unmet.h"

namespace strowger::routing {

// ---- Remembering ------------------------------------------------------------------------------

bool Router::Engine::IsRemembered(std::string_view contact) const {
  return remembered_contact_.empty() || remembered_contact_ == contact;
}

// Passes figures on to the rules and keeps the first of them.
class Router::Engine::SeenFigures final : public FigureSource {
 public:
  explicit SeenFigures(const Engine& engine) : engine_(engine) {}

  std::optional<std::int64_t> QueueFigure(std::string_view queue, Figure figure) const override {
    return Keep(FigureOwner::kQueue, queue, figure, engine_.QueueFigure(queue, figure));
  }
  std::optional<std::int64_t> GroupFigure(FigureOwner owner, std::string_view name,
                                          Figure figure) const override {
    return Keep(owner, name, figure, engine_.GroupFigure(owner, name, figure));
  }
  std::optional<bool> Flag(std::string_view name) const override { return engine_.Flag(name); }

  void CopyTo(ClassificationRecord& record) const {
    record.figures_seen = count_;
    std::copy_n(seen_.begin(), std::min<std::size_t>(count_, seen_.size()), record.figures.begin());
  }

 private:
  std::optional<std::int64_t> Keep(FigureOwner owner, std::string_view name, Figure figure,
                                   std::optional<std::int64_t> value) const {
    if (count_ < seen_.size()) seen_[count_] = {owner, engine_.names_.Find(name), figure, value};
    if (count_ < UINT8_MAX) ++count_;
    return value;
  }

  const Engine& engine_;
  mutable std::array<ClassificationRecord::Seen, ClassificationRecord::kMostFigures> seen_;
  mutable std::uint8_t count_ = 0;
};

Decision Router::Engine::Classify(const ContactFacts& facts, std::string_view data,
                                  std::uint64_t number, bool replanned) {
  const SeenFigures figures(*this);
  const bool by_candidate = candidate_.rule_set != nullptr && IsOfShare(facts.id);
  const RuleSet& rules = by_candidate ? *candidate_.rule_set : *rule_set_;
  const Decision decision = rules.Classify(facts, now_, figures);
  if (candidate_.rule_set != nullptr) CompareCandidate(facts, decision, by_candidate);
  if (!IsRemembered(facts.id)) return decision;
  ClassificationRecord& record = decisions_.AddClassification(data);
  record.sequence = sequence_;
  record.time = now_;
  record.contact_number = number;
  record.contacts_seen = contacts_seen_;
  record.version = version_;
  record.rule_set = by_candidate ? candidate_.number : rule_set_number_;
  record.by_candidate = by_candidate;
  record.arrival = facts.arrival;
  record.id_bytes = static_cast<std::uint32_t>(facts.id.size());
  record.attempt = static_cast<std::uint32_t>(facts.attempt);
  record.channel = channels_.Find(facts.channel);
  if (record.channel == kNoSlot) record.channel = ChannelNamed(facts.channel);
  record.rule = decision.rule.empty() ? kNoSlot : names_.Intern(decision.rule);
  record.replanned = replanned;
  for (std::size_t i = 0; i < flags_.size(); ++i) {
    record.flags |= static_cast<std::uint64_t>(flags_[i].on) << i;
  }
  figures.CopyTo(record);
  return decision;
}

std::uint64_t Router::Engine::RememberRuleSet(const std::shared_ptr<const RuleSet>& rule_set) {
  ++rule_sets_seen_;
  rule_sets_[rule_sets_seen_ % rule_sets_.size()] = {rule_sets_seen_, rule_set};
  return rule_sets_seen_;
}

void Router::Engine::RememberChoice(ContactSlot slot, bool agent_chose) {
  const ContactRecord& contact = contacts_[slot];
  if (!IsRemembered(IdOf(contact))) return;
  const QueueRecord& queue = queues_[contact.queue];
  ChoiceRecord& record = decisions_.AddChoice();
  record.sequence = sequence_;
  record.time = now_;
  record.contact_number = contact.number;
  record.contacts_seen = contacts_seen_;
  record.offer = queue.settings.offer_assigns ? 0 : offers_made_ + 1;
  record.agents_seen = agents_seen_;
  record.requirement = contact.requirement;
  record.requirement_made = eligibility_.made(contact.requirement);
  record.waited = std::max<DurationNs>(0, now_ - contact.wait_base);
  record.waiting = Waiting(queue);
  record.queue = queue.name;
  record.strategy = queue.settings.select;
  record.agent_chose = agent_chose;
  record.wished = contact.request != kNoSlot;
  if (contact.step_taken > 0) {
    const std::string& step = plans_[contact.plan].plan->steps[contact.step_taken - 1U].id;
    record.step_bytes = static_cast<std::uint8_t>(std::min(step.size(), record.step.size()));
    std::copy_n(step.begin(), record.step_bytes, record.step.begin());
  }
  record.candidates = candidates_;
  record.candidate_count = candidate_count_;
  if (record.strategy == Strategy::kScore && !agent_chose && !record.wished) {
    RememberTerms(contact, record);
    record.scored = true;
  }
  if (logged_in_.words() > DecisionLog::kMostWords) return;
  record.words = static_cast<std::uint8_t>(logged_in_.words());
  RememberObstacles(contact, record);
}

// REQUIRES: the contact has just been scored.
void Router::Engine::RememberTerms(const ContactRecord& contact, const ChoiceRecord& record) {
  TermsRecord& terms = decisions_.terms(record);
  terms.count = 0;
  if (contact.plan == kNoSlot) return;
  const std::vector<Preference>& prefer = PreferOf(contact);
  terms.count = static_cast<std::uint8_t>(std::min(prefer.size(), terms.names.size()));
  for (std::size_t t = 0, skill = 0; t < terms.count; ++t) {
    terms.names[t] = names_.Intern(prefer[t].name);
    terms.weights[t] = prefer[t].weight;
    const std::optional<PreferTerm> term = PreferTermNamed(prefer[t].name);
    for (std::size_t i = 0; i < record.candidate_count; ++i) {
      const AgentSlot agent = record.candidates[i].agent;
      // What a term without weight needs has not been prepared.
      terms.values[i][t] = prefer[t].weight == 0 ? 0
                           : term                ? TermValue(*term, agent)
                                                 : scoring_.skills[skill].Value(agent);
    }
    skill += term ? 0 : 1;
  }
}

// ---- Reading ----------------------------------------------------------------------------------

Classification Router::Engine::ViewOf(const ClassificationRecord& record) const {
  Classification view;
  view.sequence = record.sequence;
  view.time = record.time;
  view.rule_set_version = record.version;
  const RememberedRuleSet& set = rule_sets_[record.rule_set % rule_sets_.size()];
  if (set.number == record.rule_set) view.rule_set = set.rule_set;
  view.replanned = record.replanned;
  view.by_candidate = record.by_candidate;
  if (view.rule_set != nullptr) {
    const absl::Span<const FlagDefault> flags = view.rule_set->flags();
    for (std::size_t i = 0; i < flags.size(); ++i) {
      if (((record.flags >> i) & 1) != 0) view.flags_on.push_back(flags[i].name);
    }
  }
  view.rule = NameOr(record.rule);
  const std::string_view data = decisions_.data(record);
  view.contact = data.substr(0, record.id_bytes);
  view.channel = channels_.name(record.channel);
  view.location = LocationOf(data, record.id_bytes);
  AttributeViews attributes;
  DecodeAttributes(data, record.id_bytes, attributes);
  for (const AttributeView& each : attributes.views) {
    view.attributes.push_back({std::string(each.name), Own(each.value)});
  }
  view.arrival = record.arrival;
  view.attempt = record.attempt;
  view.all_figures = record.figures_seen <= record.figures.size();
  const std::size_t kept = std::min<std::size_t>(record.figures_seen, record.figures.size());
  for (std::size_t i = 0; i < kept; ++i) {
    const ClassificationRecord::Seen& seen = record.figures[i];
    view.figures.push_back({seen.owner, NameOr(seen.name), seen.figure, seen.value});
  }
  return view;
}

routing::Choice Router::Engine::ViewOf(const ChoiceRecord& record) const {
  routing::Choice view;
  view.sequence = record.sequence;
  view.time = record.time;
  view.agent_chose = record.agent_chose;
  view.offer = record.offer;
  view.queue = names_.name(record.queue);
  view.strategy = record.strategy;
  view.wished = record.wished;
  view.step.assign(record.step.data(), record.step_bytes);
  if (eligibility_.made(record.requirement) == record.requirement_made) {
    view.requirement = eligibility_.requirement(record.requirement);
  }
  view.waited = record.waited;
  view.waiting = record.waiting;
  // Whose slot went to a later one has been removed.
  const auto known = [&](AgentSlot agent) {
    return agents_[agent].in_use && agents_[agent].number <= record.agents_seen;
  };
  for (std::size_t i = 0; i < record.candidate_count; ++i) {
    const auto& [agent, key] = record.candidates[i];
    routing::Candidate& candidate = view.candidates.emplace_back();
    candidate.agent = known(agent) ? agents_[agent].id : "(removed since)";
    candidate.key = key;
    if (!record.scored) continue;
    const TermsRecord& terms = decisions_.terms(record);
    for (std::size_t t = 0; t < terms.count; ++t) {
      candidate.terms.push_back(
          {std::string(names_.name(terms.names[t])), terms.weights[t], terms.values[i][t]});
    }
  }
  if (record.words == 0) return view;
  std::uint64_t eligible = 0;
  const std::size_t agents =
      std::min<std::size_t>(agents_.extent(), record.words * std::size_t{64});
  for (AgentSlot agent = 0; agent < agents; ++agent) {
    if (!known(agent)) continue;
    const Obstacle obstacle = decisions_.ObstacleAt(record, agent);
    ++view.agents[static_cast<std::size_t>(obstacle)];
    eligible += obstacle == Obstacle::kNone ? 1 : 0;
    if (obstacle == Obstacle::kNone || view.passed_over.size() == kMaxNamedAgents) continue;
    AgentObstacle passed;
    passed.agent = agents_[agent].id;
    passed.obstacle = obstacle;
    // What the agent lacks is read from the profile of now; it may have changed since.
    if (obstacle == Obstacle::kRequirement && view.requirement &&
        !eligibility_.Satisfies(agent, record.requirement)) {
      passed.detail = UnmetBy(TraitsOf(agent), *view.requirement);
    }
    view.passed_over.push_back(std::move(passed));
  }
  view.eligible = eligible;
  return view;
}

std::optional<Decisions> Router::Engine::DecisionsAbout(std::string_view id) const {
  const ContactSlot slot = ContactNamed(id);
  if (slot == kNoSlot) return std::nullopt;
  const std::uint64_t number = contacts_[slot].number;
  Decisions about;
  const DecisionLog::Forgotten forgotten = decisions_.forgotten();
  about.oldest_sequence = forgotten.sequence + 1;
  about.complete = number > forgotten.contacts_seen;
  decisions_.ForEachClassification([&](const ClassificationRecord& record) {
    if (record.contact_number == number) about.classifications.push_back(ViewOf(record));
  });
  decisions_.ForEachChoice([&](const ChoiceRecord& record) {
    if (record.contact_number == number) about.choices.push_back(ViewOf(record));
  });
  return about;
}

}  // namespace strowger::routing
