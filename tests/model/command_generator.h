// Random commands over a small world, biased to where things go wrong: equal instants, instants at
// and one nanosecond around the next deadline, ids that are used again, limits that are reached.
// The same seed and the same answers of the model give the same commands.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "routing/command.h"
#include "routing/limits.h"
#include "tests/model/fake_rules.h"
#include "tests/model/naive_router.h"
#include "tests/model/random_world.h"

namespace strowger::model {

class CommandGenerator {
 public:
  explicit CommandGenerator(std::uint64_t seed);

  static routing::Limits limits();
  std::shared_ptr<const routing::RuleSet> first_rule_set() const { return editions_[0].rule_set; }

  // The next command, given where the model stands.
  routing::Command Next(const NaiveRouter& model);

 private:
  routing::TimeNs NextTime(const NaiveRouter& model);
  routing::SubmitContact Submit(const NaiveRouter& model, routing::TimeNs now);
  routing::UpdateContact Update(const NaiveRouter& model, routing::TimeNs now);
  routing::CancelContact Cancel(const NaiveRouter& model);
  routing::UpsertAgents Upsert(const NaiveRouter& model);
  std::vector<routing::AgentQueue> RandomQueues(const NaiveRouter& model);
  routing::AgentUpdate RandomUpdate(const NaiveRouter& model);
  routing::SetAgentState SetState(const NaiveRouter& model);
  routing::RemoveAgent Remove(const NaiveRouter& model);
  routing::AcceptOffer Accept(const NaiveRouter& model);
  routing::DeclineOffer Decline(const NaiveRouter& model);
  routing::CompleteContact Complete(const NaiveRouter& model);
  routing::FinishWrapUp Finish(const NaiveRouter& model);
  routing::TransferContact Transfer(const NaiveRouter& model);
  routing::ActivateRuleSet Activate(const NaiveRouter& model);
  routing::SetFlag Flip(const NaiveRouter& model);
  routing::SetCandidate Try(const NaiveRouter& model);
  routing::RenewLease Renew(const NaiveRouter& model);
  routing::SyncAgents Sync(const NaiveRouter& model);
  routing::Restarted Restart(routing::TimeNs& time);

  routing::Plan ExplicitPlan();
  void HideAttributes(routing::SubmitContact& submit);
  void Wish(routing::SubmitContact& submit);
  std::vector<routing::Attribute> Attributes();
  std::vector<std::string> RandomLabels();
  routing::Capacity RandomCapacity();
  void AddBounds(routing::AgentUpdate& update, bool is_new);
  routing::AgentState RandomState();
  std::string Reason();
  std::string AnyContact();
  std::string AnyAgent();
  std::string AnyQueue(const NaiveRouter& model);
  // Waiting or handled, most of the time; any id otherwise.
  std::string WaitingContact(const NaiveRouter& model);
  std::string HandledContact(const NaiveRouter& model);
  std::string KnownAgent(const NaiveRouter& model);
  const NaiveOffer* OpenOffer(const NaiveRouter& model);

  Dice dice_;
  std::uint64_t load_;  // 0: agents wait for contacts; 3: contacts wait for agents
  std::uint64_t sequence_ = 0;
  std::vector<FakeRules> editions_;
  std::vector<FakeRules> variants_;   // of each edition one, with rules of its own
  std::vector<routing::Plan> plans_;  // explicit ones; few, so that the core interns few
};

}  // namespace strowger::model
