#include "services/grpc/convert_explanation.h"

#include <string>
#include <string_view>

#include "services/grpc/convert_plan.h"
#include "services/grpc/convert_values.h"

namespace strowger::grpc_api {
namespace {

using routing::Obstacle;

v1::Obstacle ToProto(Obstacle obstacle) {
  if (obstacle == Obstacle::kNone) return v1::OBSTACLE_UNSPECIFIED;
  return static_cast<v1::Obstacle>(static_cast<int>(obstacle) + 1);
}
static_assert(v1::OBSTACLE_CAP == static_cast<int>(Obstacle::kCap) + 1);

v1::WaitCode ToProto(routing::WaitCode code) { return static_cast<v1::WaitCode>(code); }
static_assert(v1::WAIT_CODE_CAP == static_cast<int>(routing::WaitCode::kCap));

v1::Truth ToProto(routing::Truth truth) {
  return static_cast<v1::Truth>(static_cast<int>(truth) + 1);
}
static_assert(v1::TRUTH_ERROR == static_cast<int>(routing::Truth::kError) + 1);

std::string NameOf(routing::Strategy strategy) {
  switch (strategy) {
    case routing::Strategy::kLongestIdle:
      return "longest_idle";
    case routing::Strategy::kLeastBusy:
      return "least_busy";
    case routing::Strategy::kBestSkill:
      return "best_skill";
    case routing::Strategy::kInOrder:
      return "in_order";
    case routing::Strategy::kFewestContacts:
      return "fewest_contacts";
    case routing::Strategy::kLeastHandleTime:
      return "least_handle_time";
    case routing::Strategy::kLeastSkilled:
      return "least_skilled";
    case routing::Strategy::kRoundRobin:
      return "round_robin";
    case routing::Strategy::kRandom:
      return "random";
    case routing::Strategy::kAllocation:
      return "allocation";
    case routing::Strategy::kScore:
      return "score";
  }
  return "";
}

void SetObstacle(const routing::AgentObstacle& from, v1::AgentObstacle* to) {
  to->set_agent_id(from.agent);
  to->set_obstacle(ToProto(from.obstacle));
  to->set_detail(from.detail);
  if (from.until != 0) SetTime(from.until, to->mutable_until());
  to->set_expected(from.expected);
}

template <typename Counts>
void SetCounts(const std::uint64_t (&agents)[routing::kObstacleCount], Counts* to) {
  for (int i = 0; i < routing::kObstacleCount; ++i) {
    if (agents[i] == 0) continue;
    v1::ObstacleCount* const count = to->Add();
    count->set_obstacle(ToProto(static_cast<Obstacle>(i)));
    count->set_agents(agents[i]);
  }
}

template <typename Values>
void SetValues(const std::vector<rules::NamedValue>& from, Values* to) {
  for (const rules::NamedValue& value : from) {
    v1::NamedValue* const one = to->Add();
    one->set_name(value.name);
    one->set_value(value.value);
  }
}

void SetStep(const routing::NextStep& from, v1::NextStep* to) {
  to->set_id(from.id);
  SetTime(from.at, to->mutable_at());
  to->set_when(from.when);
  if (from.opens) SetRequirement(from.requirement, to->mutable_requirement());
  to->set_newcomers(from.newcomers);
  to->set_queue(from.queue);
}

}  // namespace

void SetWait(const routing::WaitView& from, v1::WhyWaitingResponse* to) {
  to->set_contact_id(from.contact);
  to->set_queue(from.queue);
  to->set_channel(from.channel);
  SetTime(from.now, to->mutable_time());
  if (!from.waiting) return;
  to->set_code(ToProto(from.code));
  SetDuration(from.waited, to->mutable_waited());
  to->set_position(from.position);
  SetRequirement(from.requirement, to->mutable_requirement());
  if (from.predicted_wait == routing::kNever) {
    to->mutable_predicted_wait()->set_infinite(true);
  } else {
    SetDuration(from.predicted_wait, to->mutable_predicted_wait()->mutable_mean());
  }
  if (from.not_before != 0) SetTime(from.not_before, to->mutable_not_before());
  SetCounts(from.agents, to->mutable_agents());
  for (const routing::AgentObstacle& each : from.named) SetObstacle(each, to->add_named());
  if (from.next_free != 0) SetTime(from.next_free, to->mutable_next_free());
  for (const routing::OpenOffer& open : from.offers) {
    v1::Offer* const offer = to->add_offers();
    offer->set_offer_id(open.offer);
    offer->set_contact_id(from.contact);
    offer->set_agent_id(open.agent);
    SetTime(open.until, offer->mutable_expires_at());
  }
  if (from.next_step) SetStep(*from.next_step, to->mutable_next_step());
  if (from.wait_limit_at != 0) SetTime(from.wait_limit_at, to->mutable_wait_limit_at());
}

void SetDecision(const routing::Classification& from,
                 const std::optional<rules::DecisionTrace>& trace, v1::RuleDecision* to) {
  to->set_sequence(from.sequence);
  SetTime(from.time, to->mutable_time());
  to->set_version(from.rule_set_version);
  to->set_by_candidate(from.by_candidate);
  to->set_replanned(from.replanned);
  to->set_rule(from.rule);
  if (from.rule_set == nullptr) return;
  to->set_rule_set(std::string(from.rule_set->name()));
  to->set_hash(std::string(from.rule_set->hash()));
  if (!trace) return;
  to->set_skipped_rules(trace->skipped);
  for (const rules::TracedRule& rule : trace->rules) {
    v1::ExplainedRule* const one = to->add_rules();
    one->set_rule(rule.rule);
    one->set_when(rule.when);
    one->set_truth(ToProto(rule.truth));
    SetValues(rule.values, one->mutable_values());
    for (const rules::TracedPart& part : rule.parts) {
      v1::ExplainedPart* const piece = one->add_parts();
      piece->set_text(part.text);
      piece->set_truth(part.known ? ToProto(part.truth) : v1::TRUTH_UNSPECIFIED);
      SetValues(part.values, piece->mutable_values());
    }
  }
}

void SetChoice(const routing::Choice& from, v1::AgentChoice* to) {
  to->set_sequence(from.sequence);
  SetTime(from.time, to->mutable_time());
  to->set_offer_id(from.offer);
  to->set_queue(from.queue);
  to->set_strategy(NameOf(from.strategy));
  to->set_step(from.step);
  to->set_wished(from.wished);
  if (from.requirement) SetRequirement(*from.requirement, to->mutable_requirement());
  to->set_agent_chose(from.agent_chose);
  SetDuration(from.waited, to->mutable_waited());
  to->set_waiting(from.waiting);
  for (const routing::Candidate& candidate : from.candidates) {
    v1::Candidate* const one = to->add_candidates();
    one->set_agent_id(candidate.agent);
    one->set_key(candidate.key);
    for (const routing::ScoredTerm& from_term : candidate.terms) {
      v1::ScoredTerm* const term = one->add_terms();
      term->set_name(from_term.name);
      term->set_weight(from_term.weight);
      term->set_value(from_term.value);
    }
  }
  if (!from.eligible) return;
  to->set_eligible(*from.eligible);
  SetCounts(from.agents, to->mutable_agents());
  for (const routing::AgentObstacle& each : from.passed_over) {
    SetObstacle(each, to->add_passed_over());
  }
}

}  // namespace strowger::grpc_api
