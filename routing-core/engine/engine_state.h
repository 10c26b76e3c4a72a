// What Router knows: the state that commands change, what follows from it, and room that is used
// again. engine.h has what is done with it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "routing-core/engine/asked_agents.h"
#include "routing-core/engine/byte_store.h"
#include "routing-core/engine/contact_data.h"
#include "routing-core/engine/deadlines.h"
#include "routing-core/engine/decision_log.h"
#include "routing-core/engine/label_sets.h"
#include "routing-core/engine/pool.h"
#include "routing-core/engine/records.h"
#include "routing-core/engine/scoring.h"
#include "routing-core/engine/text_arena.h"
#include "routing-core/matching/agent_order.h"
#include "routing-core/matching/eligibility.h"
#include "routing-core/matching/skill_levels.h"
#include "routing-core/matching/wanted.h"
#include "routing-core/prediction/arrivals.h"
#include "routing-core/prediction/hazard_meter.h"
#include "routing/router.h"
#include "routing/siphash.h"

namespace strowger::routing {

class EngineState {
 protected:
  explicit EngineState(const Limits& limits) : limits_(limits), eligibility_(limits) {}
  ~EngineState() = default;

  static std::string_view IdOf(const ContactRecord& contact) {
    return contact.data.view().substr(0, contact.id_bytes);
  }

  struct Group {
    FigureOwner owner = FigureOwner::kTeam;
    std::string name;
    RequirementId members = kNoSlot;
  };
  struct OrderedAgents {
    const Pool<AgentRecord>* agents;
    const Eligibility* eligibility;
    std::string_view Id(std::uint32_t slot) const { return (*agents)[slot].id; }
    template <typename Visit>
    void ForEachAtom(std::uint32_t slot, Visit visit) const {
      eligibility->ForEachAtom(slot, visit);
    }
  };
  using Order = AgentOrder<OrderedAgents>;

  const Limits limits_;
  std::shared_ptr<const RuleSet> rule_set_;
  std::uint64_t version_ = 1;
  std::uint64_t rule_set_number_ = 0;  // of those remembered
  struct FlagRecord {
    std::string name;
    bool on = false;
  };
  std::vector<FlagRecord> flags_;  // in the order of the rule set
  std::vector<Group> groups_;
  struct Trial {
    std::shared_ptr<const RuleSet> rule_set;  // null: none
    std::int64_t share = 0;
    // What follows is no part of the state.
    std::uint64_t number = 0;
    SipKey key;
    std::vector<Group> groups;
    absl::flat_hash_map<const Plan*, std::uint64_t> plan_hashes;  // of both sets, in shadow
    std::uint64_t seen = 0;
    std::uint64_t decided = 0;
    std::uint64_t other_rule = 0;
    std::uint64_t other_plan = 0;
    std::vector<CandidateDifference> differences;  // a ring
    std::uint64_t differences_seen = 0;
  };
  Trial candidate_;

  // Of the command being applied.
  std::uint64_t sequence_ = 0;
  std::uint32_t event_index_ = 0;
  TimeNs now_ = 0;
  std::uint64_t turn_ = 0;  // commands and deadlines done so far
  EventBuffer* events_ = nullptr;
  TextArena texts_;

  // Of the turn.
  bool batch_ = false;
  bool agents_changed_ = false;
  bool restarting_ = false;         // the deadlines of an outage fire
  std::uint32_t agents_moved_ = 0;  // bit per WhenEmpty::Nobody: who counts there changed
  bool any_when_empty_ = false;
  std::vector<ContactSlot> vigils_touched_;
  std::vector<ContactSlot> to_place_;
  std::vector<AgentSlot> freed_;
  std::vector<AgentSlot> pending_due_;  // their last handling has ended, as far as it looked

  Deadlines deadlines_;
  Pool<ContactRecord> contacts_;
  Pool<EndRecord> ends_;
  Pool<AgentRecord> agents_;
  Pool<Hold> holds_;
  Pool<Bar> bars_;
  Pool<Request> requests_;
  Pool<Visit> visits_;
  Pool<Vigil> vigils_;
  Pool<Ward> wards_;
  Pool<Line> lines_;
  Pool<Standing> standings_;
  Pool<Curve> curves_;
  Pool<PlanRecord> plans_;
  Pool<Watch> watches_;
  Pool<Member> members_;
  std::vector<QueueRecord> queues_;
  ByteStore bytes_;

  NameTable names_{UINT32_MAX - 1};  // queues, rules, steps, treatments: what rule sets name
  NameTable channels_{kMaxChannels};
  // Found by its id and by its slot. The ids stay where they are, in the records' data.
  struct IdHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view id) const {
      return absl::Hash<absl::string_view>()(absl::string_view(id.data(), id.size()));
    }
    std::size_t operator()(ContactSlot slot) const { return (*this)(IdOf((*contacts)[slot])); }
    const Pool<ContactRecord>* contacts;
  };
  struct SameId {
    using is_transparent = void;
    bool operator()(ContactSlot a, ContactSlot b) const { return a == b; }
    bool operator()(ContactSlot slot, std::string_view id) const {
      return IdOf((*contacts)[slot]) == id;
    }
    const Pool<ContactRecord>* contacts;
  };
  absl::flat_hash_set<ContactSlot, IdHash, SameId> contacts_by_id_{0, IdHash{&contacts_},
                                                                   SameId{&contacts_}};
  absl::flat_hash_map<std::string_view, ContactSlot> resumable_;  // by key: views into their data
  absl::flat_hash_map<std::string, AgentSlot> agents_by_id_;
  absl::flat_hash_map<std::uint32_t, QueueSlot> queues_by_name_;
  absl::flat_hash_map<LineKey, LineSlot> lines_by_key_;
  absl::flat_hash_map<std::pair<QueueSlot, CurveSlot>, StandingSlot> standings_by_key_;
  absl::flat_hash_map<CurveKey, CurveSlot> curves_by_key_;
  absl::flat_hash_map<VigilKey, VigilSlot> vigils_by_key_;
  absl::flat_hash_map<const Plan*, PlanSlot> rule_plans_;  // of the active rule set
  absl::flat_hash_map<std::string, PlanSlot> caller_plans_;
  std::vector<LineSlot> active_lines_;          // with contacts
  std::vector<CurveSlot> active_curves_;        // with contacts
  std::vector<LineSlot> lines_of_requirement_;  // the first with contacts and no wish
  Wanted wanted_;                               // the requirements for which there is one
  HeadHeap::Places head_places_;                // by line
  std::vector<WatchSlot> watch_order_;          // with members, oldest first
  std::vector<VigilSlot> vigil_order_;          // in any order
  std::vector<ReplanEntry> to_replan_;          // a heap, the next on top; some may be void
  std::vector<ContactSlot> barred_;             // queued or offered with bars, by number

  LabelSets label_sets_{kMaxLabelSets};
  Eligibility eligibility_;
  RequirementId anyone_ = kNoSlot;
  BitColumn listed_;  // they have a queue list
  BitColumn logged_in_;
  BitColumn ready_;
  BitColumn available_;    // ready, no whole-agent wrap-up, no back-off, pace left
  BitColumn free_;         // available, and something fits
  BitColumn wrapping_up_;  // wholly
  BitColumn backing_off_;
  BitColumn pace_used_up_;
  BitColumn reserving_;          // with an open offer
  std::vector<BitColumn> fits_;  // by channel
  BitColumn bounded_;  // caps, or a wrap-up that keeps from a queue: IsWithinBounds must be asked
  std::uint32_t bounded_count_ = 0;
  Order by_idleness_{OrderedAgents{&agents_, &eligibility_}};
  Order by_registration_{OrderedAgents{&agents_, &eligibility_}};
  SkillLevels skill_levels_;
  std::vector<AgentLoad> loads_;             // by agent
  std::vector<QueueSlot> looked_at_queues_;  // with something to look at, by slot
  std::uint32_t special_services_ = 0;       // queues of the rule set whose service is not plain
  std::vector<AgentTally> tallies_;          // by agent
  NameTable locations_{UINT32_MAX - 1};      // of agents
  std::vector<QueueSlot> share_queues_;      // that select by allocation
  std::vector<AgentSlot> ids_in_order_;
  std::vector<std::uint32_t> id_places_;  // by agent: index into ids_in_order_
  bool ids_changed_ = false;              // they are out of date
  std::uint64_t random_state_ = 0;
  bool counts_demand_ = false;
  std::map<std::string, std::uint64_t> demand_;  // by skill: contacts in lines that ask for it
  Staff everyone_;
  Staff listed_staff_;              // of those with a queue list
  std::uint32_t listed_count_ = 0;  // they have a queue list, logged in or not

  // For predicted waits. What is mutable is only for readers.
  HazardMeter service_{kPredictionWindow, kUnknownServiceTime};
  HazardMeter patience_{kPredictionWindow, kNever};
  ArrivalsByPriority arrivals_;
  std::uint32_t in_line_count_ = 0;
  std::uint32_t below_zero_count_ = 0;
  std::array<std::int64_t, kMaxChannels> places_{};  // of the ready, by channel
  std::int64_t any_places_ = 0;                      // of those with one contact of any channel
  std::uint64_t agents_version_ = 1;  // who is logged in, what they can, whom they are lent to
  mutable AskedAgents asked_agents_;
  mutable AskedMask own_mask_;  // of the contact in question
  std::vector<Measure> measures_;
  std::vector<std::uint16_t> free_measures_;
  ContactSlot newcomer_ = kNoSlot;  // of the turn

  ContactSlot oldest_ended_ = kNoSlot;
  ContactSlot newest_ended_ = kNoSlot;
  std::uint32_t ended_count_ = 0;
  std::uint32_t live_count_ = 0;
  std::uint32_t queued_count_ = 0;
  std::uint32_t offered_count_ = 0;
  std::uint32_t handling_count_ = 0;
  std::uint64_t contacts_seen_ = 0;
  std::uint64_t agents_seen_ = 0;
  std::uint64_t offers_made_ = 0;
  std::uint64_t watches_made_ = 0;
  std::uint64_t condition_errors_ = 0;

  DecisionLog decisions_;
  std::string remembered_contact_;  // the only one whose decisions are kept; empty: all
  struct RememberedRuleSet {
    std::uint64_t number = 0;
    std::shared_ptr<const RuleSet> rule_set;
  };
  std::array<RememberedRuleSet, kRememberedRuleSets> rule_sets_;  // by number
  std::uint64_t rule_sets_seen_ = 0;
  // Of the last ChooseAgent, in order of preference.
  std::array<ChoiceRecord::Ranked, ChoiceRecord::kMostCandidates> candidates_;
  std::uint8_t candidate_count_ = 0;

  // Reused so that steady traffic allocates nothing.
  mutable AttributeViews views_scratch_;
  AttributeViews update_scratch_;
  std::string data_scratch_;
  std::string plan_key_scratch_;
  std::string reason_scratch_;
  std::vector<std::int64_t> counts_scratch_;
  struct LookedAt {
    ContactSlot contact;
    bool is_step;
    std::uint8_t index;
  };
  std::vector<LookedAt> looked_at_;
  std::vector<ContactSlot> refiled_;
  std::vector<ContactSlot> judged_;
  std::vector<const std::uint8_t*> levels_scratch_;
  std::vector<std::uint32_t> drawn_weights_;
  Scoring scoring_;
  std::vector<ContactSlot> heads_scratch_;
  std::vector<AgentSlot> agents_scratch_;
  mutable std::vector<std::uint32_t> frontier_scratch_;
};

}  // namespace strowger::routing
