#include "services/strowgerctl/load/load_traffic.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace strowger::ctl {
namespace {

bool IsSubmission(const v1::Command& command) { return command.has_submit_contact(); }

// What a race between agent, customer and router may answer to those who come second.
bool IsLostRace(v1::Outcome outcome) {
  return outcome == v1::OUTCOME_OFFER_NOT_OPEN || outcome == v1::OUTCOME_WRONG_STATE ||
         outcome == v1::OUTCOME_UNKNOWN_CONTACT;
}

std::uint32_t LatencyUs(std::int64_t from_ns, std::int64_t to_ns) {
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>((to_ns - from_ns) / 1'000, std::int64_t{1} << 31));
}

}  // namespace

TrafficTally& TrafficTally::operator+=(TrafficTally&& other) {
  planned += other.planned;
  accepted += other.accepted;
  shed += other.shed;
  refused += other.refused;
  lost_races += other.lost_races;
  offers += other.offers;
  assigned += other.assigned;
  ended += other.ended;
  commands += other.commands;
  submit_us.insert(submit_us.end(), other.submit_us.begin(), other.submit_us.end());
  shed_us.insert(shed_us.end(), other.shed_us.begin(), other.shed_us.end());
  if (first_refusal.empty()) first_refusal = std::move(other.first_refusal);
  if (contradiction.empty()) contradiction = std::move(other.contradiction);
  return *this;
}

LoadTraffic::LoadTraffic(const TrafficOptions& options)
    : options_(options),
      prefix_(absl::StrCat(options.run, "-", options.connection, "-")),
      random_(options.seed),
      next_arrival_ns_(options.begin_ns) {
  PlanNext();
}

// Arrivals are a Poisson stream.
void LoadTraffic::PlanNext() {
  std::exponential_distribution<double> gap(options_.rate);
  next_arrival_ns_ += static_cast<std::int64_t>(gap(random_) * 1e9);
}

std::string LoadTraffic::IdOf(std::uint32_t number) const { return absl::StrCat(prefix_, number); }

bool LoadTraffic::NumberOf(const std::string& id, std::uint32_t& number) const {
  return id.compare(0, prefix_.size(), prefix_) == 0 &&
         absl::SimpleAtoi(absl::string_view(id).substr(prefix_.size()), &number) &&
         number < contacts_.size();
}

v1::Command LoadTraffic::Submission(std::uint32_t number) {
  v1::Command command;
  v1::Contact& contact = *command.mutable_submit_contact();
  contact.set_id(IdOf(number));
  contact.set_channel(options_.channel);
  if (options_.skills == 0) return command;
  v1::Plan& plan = *contact.mutable_plan();
  plan.set_queue(options_.queue);
  std::uniform_int_distribution<int> skill(0, options_.skills - 1);
  std::uniform_int_distribution<int> count(1, std::min(options_.required, options_.skills));
  std::vector<int> chosen;
  for (const std::size_t wanted = static_cast<std::size_t>(count(random_));
       chosen.size() < wanted;) {
    const int candidate = skill(random_);
    if (std::find(chosen.begin(), chosen.end(), candidate) != chosen.end()) continue;
    chosen.push_back(candidate);
    v1::SkillRequirement& required = *plan.mutable_requirement()->add_skills();
    required.set_skill(absl::StrCat("s", candidate));
    required.set_min_proficiency(1);
  }
  return command;
}

void LoadTraffic::Add(std::int64_t at_ns, std::uint32_t contact, v1::Command command) {
  due_.push({at_ns, due_count_++, {std::move(command), at_ns, contact}});
}

void LoadTraffic::TakeDue(std::int64_t now_ns, std::size_t room, std::vector<Sent>& out) {
  const std::scoped_lock lock(mutex_);
  // What agents do goes first: it frees them.
  while (out.size() < room && !due_.empty() && due_.top().time <= now_ns) {
    out.push_back(due_.top().sent);
    due_.pop();
    ++on_the_way_;
  }
  while (out.size() < room && !over_ && next_arrival_ns_ <= now_ns &&
         next_arrival_ns_ < options_.end_ns) {
    const auto number = static_cast<std::uint32_t>(contacts_.size());
    contacts_.emplace_back();
    ++tally_.planned;
    ++on_the_way_;
    out.push_back({Submission(number), next_arrival_ns_, number});
    PlanNext();
  }
}

void LoadTraffic::OnReply(const Sent& sent, v1::Outcome outcome, const std::string& message,
                          std::int64_t now_ns, std::int64_t retry_ns) {
  const std::scoped_lock lock(mutex_);
  --on_the_way_;
  if (outcome == v1::OUTCOME_SHEDDING) {
    if (IsSubmission(sent.command)) {
      ++tally_.shed;
      tally_.shed_us.push_back(LatencyUs(sent.planned_ns, now_ns));
      contacts_[sent.contact].stage = Stage::kEnded;
    } else {
      due_.push({now_ns + retry_ns, due_count_++, sent});  // an agent's word is not taken back
    }
    return;
  }
  ++tally_.commands;
  if (outcome == v1::OUTCOME_OK) {
    if (!IsSubmission(sent.command)) return;
    if (contacts_[sent.contact].stage == Stage::kSubmitted) {
      contacts_[sent.contact].stage = Stage::kQueued;
    }
    ++tally_.accepted;
    tally_.submit_us.push_back(LatencyUs(sent.planned_ns, now_ns));
    return;
  }
  if (IsSubmission(sent.command)) contacts_[sent.contact].stage = Stage::kEnded;
  if (!IsSubmission(sent.command) && IsLostRace(outcome)) {
    ++tally_.lost_races;
    return;
  }
  ++tally_.refused;
  if (tally_.first_refusal.empty()) {
    tally_.first_refusal = absl::StrCat(v1::Outcome_Name(outcome), ": ", message);
  }
}

void LoadTraffic::OnEvent(const v1::Event& event, std::int64_t now_ns) {
  const std::scoped_lock lock(mutex_);
  std::uint32_t number = 0;
  switch (event.event_case()) {
    case v1::Event::kOffered:
      if (NumberOf(event.offered().contact_id(), number))
        OnOffered(event.offered(), number, now_ns);
      return;
    case v1::Event::kAssigned:
      if (NumberOf(event.assigned().contact_id(), number)) {
        OnAssigned(event.assigned(), number, now_ns);
      }
      return;
    case v1::Event::kRequeued:
      if (NumberOf(event.requeued().contact_id(), number)) contacts_[number].stage = Stage::kQueued;
      return;
    case v1::Event::kEnded:
      if (!NumberOf(event.ended().contact_id(), number)) return;
      if (contacts_[number].stage == Stage::kEnded) {
        Contradict("ended twice: " + event.ended().contact_id());
      }
      contacts_[number].stage = Stage::kEnded;
      ++tally_.ended;
      return;
    default:
      return;
  }
}

void LoadTraffic::OnOffered(const v1::OfferedEvent& offered, std::uint32_t number,
                            std::int64_t now_ns) {
  if (contacts_[number].stage == Stage::kEnded) {
    Contradict("offered after its end: " + offered.contact_id());
  }
  contacts_[number].stage = Stage::kOffered;
  ++tally_.offers;
  v1::Command command;
  v1::AcceptOffer& accept = *command.mutable_accept_offer();
  accept.set_contact_id(offered.contact_id());
  accept.set_agent_id(offered.agent_id());
  accept.set_offer_id(offered.offer_id());
  Add(now_ns + options_.accept_ns, number, std::move(command));
}

void LoadTraffic::OnAssigned(const v1::AssignedEvent& assigned, std::uint32_t number,
                             std::int64_t now_ns) {
  const Stage before = contacts_[number].stage;
  if (before == Stage::kHandled) Contradict("assigned twice: " + assigned.contact_id());
  if (before == Stage::kEnded) Contradict("assigned after its end: " + assigned.contact_id());
  contacts_[number].stage = Stage::kHandled;
  ++tally_.assigned;
  v1::Command command;
  v1::CompleteContact& complete = *command.mutable_complete_contact();
  complete.set_contact_id(assigned.contact_id());
  complete.set_agent_id(assigned.agent_id());
  std::exponential_distribution<double> handling(1);
  const auto takes =
      static_cast<std::int64_t>(handling(random_) * static_cast<double>(options_.handling_ns));
  Add(now_ns + takes, number, std::move(command));
}

bool LoadTraffic::Quiet() {
  const std::scoped_lock lock(mutex_);
  return over_ && on_the_way_ == 0 && due_.empty();
}

TrafficTally LoadTraffic::Tally(bool with_latencies) {
  const std::scoped_lock lock(mutex_);
  if (with_latencies) return tally_;
  std::vector<std::uint32_t> submit_us, shed_us;  // there may be millions
  submit_us.swap(tally_.submit_us);
  shed_us.swap(tally_.shed_us);
  TrafficTally tally = tally_;
  tally_.submit_us.swap(submit_us);
  tally_.shed_us.swap(shed_us);
  return tally;
}

std::uint64_t LoadTraffic::CancelWaiting(std::int64_t now_ns) {
  const std::scoped_lock lock(mutex_);
  over_ = true;
  std::uint64_t count = 0;
  for (std::uint32_t number = 0; number < contacts_.size(); ++number) {
    const Stage stage = contacts_[number].stage;
    if (stage != Stage::kQueued && stage != Stage::kOffered) continue;
    if (std::exchange(contacts_[number].withdrawn, true)) continue;
    ++count;
    v1::Command command;
    command.mutable_cancel_contact()->set_contact_id(IdOf(number));
    command.mutable_cancel_contact()->set_cause(v1::CANCEL_CAUSE_SYSTEM);
    Add(now_ns, number, std::move(command));
  }
  return count;
}

void LoadTraffic::Contradict(const std::string& what) {
  if (tally_.contradiction.empty()) tally_.contradiction = what;
}

}  // namespace strowger::ctl
