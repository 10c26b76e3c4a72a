#include "services/strowgerctl/day/call_history.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "services/strowgerctl/client/agenda.h"
#include "services/strowgerctl/day/random.h"

namespace strowger::ctl {
namespace {

constexpr std::int64_t kHeadStartMs = 90'000;
constexpr std::uint32_t kPhantomPermille = 8;
constexpr std::uint32_t kLeftEarlyPermille = 40;
constexpr std::uint32_t kNoServerPermille = 15;

// What became of a call. Times in ms since midnight.
struct Outcome {
  bool served = false;
  std::int64_t wait_ms = 0;
  std::uint32_t agent = 0;  // served
};

// Serves the telephone calls of a day: first come, first served, gold customers 90 s ahead.
class PlainCentre {
 public:
  PlainCentre(const Day& day, const std::vector<bool>& queues)
      : day_(day), outcomes_(day.contacts.size()), staff_(day.agents.size()) {
    for (std::uint32_t i = 0; i < day.contacts.size(); ++i) {
      if (queues[i]) agenda_.Add({day.contacts[i].arrival_ms, Kind::kArrival, i, 0});
    }
    for (std::uint32_t i = 0; i < day.agents.size(); ++i) {
      for (const Presence& presence : day.agents[i].presence) {
        agenda_.Add({presence.from_ms, Kind::kAgent, i, kComes});
        agenda_.Add({presence.to_ms, Kind::kAgent, i, kLeaves});
      }
    }
  }

  std::vector<Outcome> Run() {
    while (!agenda_.empty()) {
      const AgendaItem item = agenda_.Take();
      now_ = item.time;
      switch (item.kind) {
        case Kind::kArrival:
          Arrive(item.number);
          break;
        case Kind::kAbandonment:
          Leave(item.number);
          break;
        case Kind::kAgent:
          SetPresent(item.number, item.detail == kComes);
          break;
        case Kind::kCompletion:
          Free(item.number);
          break;
        case Kind::kAnswer:
          break;
      }
    }
    // Nobody came for these; they gave up in the end.
    for (const std::uint32_t call : waiting_) {
      outcomes_[call].wait_ms =
          std::max<std::int64_t>(1'000, day_.end_ms - day_.contacts[call].arrival_ms);
    }
    return outcomes_;
  }

 private:
  using Kind = AgendaItem::Kind;
  static constexpr std::int64_t kLeaves = 0;
  static constexpr std::int64_t kComes = 1;
  struct Staff {
    bool present = false;
    bool busy = false;
    std::int64_t idle_since = 0;
  };

  bool CanServe(std::uint32_t agent, std::uint32_t call) const {
    // The vocabulary names a topic and its skill alike, but for those who want to leave.
    const std::string& topic = day_.contacts[call].topic;
    const std::string wanted = topic == "cancel" ? "retention" : topic;
    const std::vector<DaySkill>& skills = day_.agents[agent].skills;
    return std::any_of(skills.begin(), skills.end(),
                       [&](const DaySkill& skill) { return skill.name == wanted; });
  }

  std::int64_t Place(std::uint32_t call) const {
    const DayContact& contact = day_.contacts[call];
    return contact.arrival_ms - (contact.tier == "gold" ? kHeadStartMs : 0);
  }

  void Arrive(std::uint32_t call) {
    std::optional<std::uint32_t> best;
    for (std::uint32_t i = 0; i < staff_.size(); ++i) {
      if (!staff_[i].present || staff_[i].busy || !CanServe(i, call)) continue;
      if (!best.has_value() || staff_[i].idle_since < staff_[*best].idle_since) best = i;
    }
    if (best.has_value()) return Serve(*best, call);
    waiting_.push_back(call);
    const std::int64_t patience = std::max<std::int64_t>(day_.contacts[call].patience_ms, 1'000);
    agenda_.Add({now_ + patience, Kind::kAbandonment, call, 0});
  }

  void Leave(std::uint32_t call) {
    const auto place = std::find(waiting_.begin(), waiting_.end(), call);
    if (place == waiting_.end()) return;
    waiting_.erase(place);
    outcomes_[call].wait_ms = now_ - day_.contacts[call].arrival_ms;
  }

  void SetPresent(std::uint32_t agent, bool present) {
    staff_[agent].present = present;
    if (present && !staff_[agent].busy) TakeNext(agent);
  }

  void Free(std::uint32_t agent) {
    staff_[agent].busy = false;
    if (staff_[agent].present) TakeNext(agent);
  }

  void TakeNext(std::uint32_t agent) {
    staff_[agent].idle_since = now_;
    auto best = waiting_.end();
    for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
      if (CanServe(agent, *it) && (best == waiting_.end() || Place(*it) < Place(*best))) best = it;
    }
    if (best == waiting_.end()) return;
    const std::uint32_t call = *best;
    waiting_.erase(best);
    Serve(agent, call);
  }

  void Serve(std::uint32_t agent, std::uint32_t call) {
    staff_[agent].busy = true;
    outcomes_[call] = {true, now_ - day_.contacts[call].arrival_ms, agent};
    agenda_.Add({now_ + day_.contacts[call].handle_ms, Kind::kCompletion, agent, 0});
  }

  const Day& day_;
  std::vector<Outcome> outcomes_;
  std::vector<Staff> staff_;
  std::vector<std::uint32_t> waiting_;  // in order of arrival
  Agenda agenda_;
  std::int64_t now_ = 0;
};

// "09:15:00"; past midnight it begins anew, as the recorder's clock does.
std::string Stamp(std::int64_t seconds) {
  return absl::StrFormat("%02d:%02d:%02d", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}

std::string TypeOf(const std::string& topic) {
  if (topic == "billing") return "BI";
  if (topic == "sales") return "SA";
  return topic == "cancel" ? "RE" : "SU";
}

constexpr char kNoStamps[] = "00:00:00,00:00:00,0";

// `outcome`: null when the call did not come as far as the queue.
std::string Row(const Day& day, std::uint32_t call, const Outcome* outcome, std::int64_t entry_s,
                const std::string& date, Random& random) {
  const DayContact& contact = day.contacts[call];
  const std::int64_t exit_s = contact.arrival_ms / 1'000;
  std::string row = absl::StrCat("GEN01,", call + 1, ",", call + 1, ",");
  const std::int64_t wait_s = outcome != nullptr ? outcome->wait_ms / 1'000 : 0;
  const int priority = contact.tier == "gold" ? 2 : contact.tier == "silver" ? 1 : 0;
  absl::StrAppend(&row, wait_s > 0 ? priority : 0, ",", TypeOf(contact.topic), ",", date, ",",
                  Stamp(entry_s), ",", Stamp(exit_s), ",", exit_s - entry_s, ",");
  const std::int64_t queue_end_s = exit_s + wait_s;
  if (wait_s > 0) {
    absl::StrAppend(&row, Stamp(exit_s), ",", Stamp(queue_end_s), ",", wait_s, ",");
  } else {
    absl::StrAppend(&row, kNoStamps, ",");
  }
  if (outcome == nullptr || !outcome->served) {
    // The recorder takes a few for phantoms.
    const bool phantom = outcome == nullptr && random.Chance(170);
    return absl::StrCat(row, phantom ? "PHANTOM" : "HANG", ",", kNoStamps, ",NO_SERVER\n");
  }
  const std::int64_t begin_s = queue_end_s - random.Between(0, 2);
  const std::int64_t service_s = contact.handle_ms / 1'000;
  return absl::StrCat(
      row, "AGENT,", Stamp(begin_s), ",", Stamp(begin_s + service_s), ",", service_s, ",",
      random.Chance(kNoServerPermille) ? "NO_SERVER" : day.agents[outcome->agent].id, "\n");
}

}  // namespace

std::string CallHistoryHeader() {
  return "vru_line,call_id,customer_id,priority,type,date,vru_entry,vru_exit,vru_time,q_start,"
         "q_exit,q_time,outcome,ser_start,ser_exit,ser_time,server\n";
}

std::string CallHistoryRows(const Day& day, std::int64_t date, std::uint64_t seed) {
  Random random(seed);
  std::vector<bool> queues;
  for (const DayContact& contact : day.contacts) {
    queues.push_back(contact.channel == "voice" &&
                     !random.Chance(kPhantomPermille + kLeftEarlyPermille));
  }
  const std::vector<Outcome> outcomes = PlainCentre(day, queues).Run();
  const std::string date_text =
      absl::FormatCivilTime(absl::CivilDay(1970, 1, 1) + static_cast<absl::civil_diff_t>(date));
  std::vector<std::pair<std::int64_t, std::string>> rows;  // in order of entering the voice menu
  for (std::uint32_t i = 0; i < day.contacts.size(); ++i) {
    if (day.contacts[i].channel != "voice") continue;
    const std::int64_t entry_s = day.contacts[i].arrival_ms / 1'000 - random.Between(3, 40);
    const Outcome* const outcome = queues[i] ? &outcomes[i] : nullptr;
    rows.emplace_back(entry_s, Row(day, i, outcome, entry_s, date_text, random));
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string text;
  for (const auto& [entry_s, row] : rows) text += row;
  return text;
}

}  // namespace strowger::ctl
