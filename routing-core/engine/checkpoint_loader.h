// Makes an engine from a checkpoint, section by section: checkpoint_load.cc for what the rest
// refers to and agents, checkpoint_load_contacts.cc for contacts, holds and watches.
//
// The bytes are untrusted: whatever the rest of the engine relies on is looked at here, and what
// follows from the rest is made by the functions that always make it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "routing-core/engine/checkpoint_records.h"
#include "routing-core/engine/engine.h"

namespace strowger::routing {

class Router::Engine::Loader {
 public:
  Loader(std::string_view bytes, RuleSource& source) : in_(bytes), source_(source) {}

  // Null when something is wrong.
  std::unique_ptr<Engine> Load() {
    LoadCounters();
    if (in_.ok()) LoadRuleSets();
    if (in_.ok()) LoadNames();
    if (in_.ok()) LoadQueues();
    if (in_.ok()) LoadTrial();
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
  void LoadTrial();
  void LoadChoices(QueueSlot slot);
  void LoadPlans();
  void LoadOwnPlan(PlanRecord& record);
  void LoadRulePlan(PlanRecord& record);
  void LoadAgents();
  bool IsAgent(const AgentRecord& agent) const;
  bool IsPaced(const AgentRecord& agent) const;
  LabelSetId LoadLabels();
  void LoadContacts();
  void LoadContact();
  bool IsContact(const ContactRecord& contact, const EndRecord& end, bool in_line) const;
  bool PlanFits(const ContactRecord& contact) const;
  void LoadData(ContactRecord& contact, EndRecord& end);
  void LoadRequest(ContactSlot slot);
  void LoadVisits(ContactSlot slot);
  void LoadWard(ContactSlot slot);
  void PlaceContact(ContactSlot slot, const EndRecord& end, bool in_line);
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

}  // namespace strowger::routing
