#include "tests/model/differential.h"

#include <algorithm>
#include <set>
#include <utility>

#include "tests/model/command_generator.h"
#include "tests/model/command_text.h"

namespace strowger::model {

using routing::ArrivalPrediction;
using routing::Command;
using routing::Event;
using routing::EventBuffer;
using routing::Result;

bool SameButForPlace(const Event& left, const Event& right) {
  return left.type == right.type && left.time == right.time && left.contact == right.contact &&
         left.agent == right.agent && left.queue == right.queue &&
         left.to_queue == right.to_queue && left.text == right.text && left.offer == right.offer &&
         left.number == right.number && left.until == right.until && left.reason == right.reason &&
         left.cause == right.cause && left.state == right.state &&
         left.duration == right.duration && left.hold == right.hold &&
         left.in_time == right.in_time && left.entered == right.entered;
}

namespace {

bool Same(const Event& left, const Event& right) {
  return SameButForPlace(left, right) && left.sequence == right.sequence &&
         left.index == right.index;
}

std::string TextOf(const ArrivalPrediction& predicted) {
  static constexpr const char* kFates[] = {"refused", "ended", "at once", "waits"};
  std::string text = kFates[static_cast<int>(predicted.fate)];
  const auto add = [&text](std::string_view name, std::string_view value) {
    if (!value.empty()) text.append(" ").append(name).append(" ").append(value);
  };
  if (!predicted.refusal.ok()) add("as", Name(predicted.refusal.outcome));
  add("by rule", predicted.rule);
  add("in", predicted.queue);
  add("reason", Name(predicted.end_reason));
  add("cause", Name(predicted.end_cause));
  add("treatment", predicted.treatment);
  add("position", std::to_string(predicted.position));
  return text;
}

void AddSide(const char* side, const Result& result, const EventBuffer& events, Difference& lines) {
  lines.push_back(std::string(side) + ": " + std::string(Name(result.outcome)) + " " +
                  std::string(result.field));
  for (const Event& event : events) lines.push_back("    " + Describe(event));
}

// Lines of one side only.
void AddDiff(const std::vector<std::string>& twin, const std::vector<std::string>& subject,
             Difference& lines) {
  const std::multiset<std::string> of_twin(twin.begin(), twin.end());
  const std::multiset<std::string> of_subject(subject.begin(), subject.end());
  for (const std::string& line : twin) {
    if (!of_subject.contains(line)) lines.push_back("  twin    - " + line);
  }
  for (const std::string& line : subject) {
    if (!of_twin.contains(line)) lines.push_back("  subject + " + line);
  }
}

}  // namespace

SideBySide::SideBySide(const SubjectFactory& factory,
                       std::shared_ptr<const routing::RuleSet> rule_set, const Options& options)
    : twin_(CommandGenerator::limits(), rule_set),
      subject_(factory(CommandGenerator::limits(), std::move(rule_set))),
      options_(options) {}

std::optional<Difference> SideBySide::Step(const Command& command, Tally* tally) {
  twin_events_.clear();
  subject_events_.clear();
  if (const auto* submit = std::get_if<routing::SubmitContact>(&command.body)) {
    if (auto parted = ComparePredictions(*submit, tally)) return parted;
  }
  if (options_.witness) witness_.Before(twin_);
  const Result twin_result = twin_.Apply(command, twin_events_);
  const Result subject_result = subject_->Apply(command, subject_events_);
  if (tally != nullptr) tally->Count(twin_result, twin_events_);
  std::optional<Difference> difference = CompareEvents(twin_result, subject_result);
  if (!difference.has_value() && ++steps_ % options_.hash_every == 0) {
    subject_->CheckInvariants();
    difference = CompareStates(tally);
  }
  if (!difference.has_value() && options_.witness) {
    const auto complaints = witness_.After(command, twin_result, twin_events_, twin_);
    if (!complaints.empty()) {
      difference = complaints;
      AddSide("both", twin_result, twin_events_, *difference);
      for (const std::string& line : routing::Describe(twin_.Canonical())) {
        difference->push_back("  after it: " + line);
      }
    }
  }
  if (difference.has_value()) {
    difference->insert(difference->begin(), "at command " + Describe(command));
  }
  return difference;
}

std::optional<Difference> SideBySide::CompareEvents(const Result& twin_result,
                                                    const Result& subject_result) const {
  const bool same_events = std::equal(twin_events_.begin(), twin_events_.end(),
                                      subject_events_.begin(), subject_events_.end(), Same);
  const bool same_deadline = twin_.next_deadline() == subject_->next_deadline();
  if (same_events && same_deadline && twin_result.outcome == subject_result.outcome) {
    return std::nullopt;
  }
  Difference lines;
  AddSide("twin", twin_result, twin_events_, lines);
  AddSide("subject", subject_result, subject_events_, lines);
  if (!same_deadline) {
    lines.push_back("next deadline: twin " + std::to_string(twin_.next_deadline()) + ", subject " +
                    std::to_string(subject_->next_deadline()));
  }
  AddDiff(routing::Describe(twin_.Canonical()), routing::Describe(subject_->Canonical()), lines);
  return lines;
}

std::optional<Difference> SideBySide::CompareStates(Tally* tally) const {
  const routing::CanonicalState twin_state = twin_.Canonical();
  const routing::StateHash twin_hash = routing::Hash(twin_state);
  const routing::StateHash subject_hash = subject_->Hash();
  if (twin_hash == subject_hash) return CompareWaits(tally);
  Difference lines = {"state hash: twin " + twin_hash.ToHex() + ", subject " +
                      subject_hash.ToHex()};
  AddDiff(routing::Describe(twin_state), routing::Describe(subject_->Canonical()), lines);
  return lines;
}

// What contacts wait for is read off the same state in two ways.
std::optional<Difference> SideBySide::CompareWaits(Tally* tally) const {
  for (const auto& [id, contact] : twin_.contacts()) {
    const routing::WaitCode expected = twin_.WaitCodeOf(id);
    const WaitAnswer answered = subject_->WhyWaiting(id);
    if (tally != nullptr) ++tally->wait_codes[static_cast<std::size_t>(expected)];
    if (expected != answered.code) {
      return Difference{"why " + id + " waits: twin " + std::string(Name(expected)) + ", subject " +
                        std::string(Name(answered.code))};
    }
    // Before its not_before nobody is eligible, and the subject says who would be then.
    if (!contact.opened || answered.eligible == twin_.EligibleFor(id)) continue;
    return Difference{"eligible for " + id + ": twin " + std::to_string(twin_.EligibleFor(id)) +
                      ", subject " + std::to_string(answered.eligible)};
  }
  return std::nullopt;
}

// Before it comes: at the instant of the command before.
std::optional<Difference> SideBySide::ComparePredictions(const routing::SubmitContact& command,
                                                         Tally* tally) {
  const ArrivalPrediction expected = twin_.Predict(command);
  const ArrivalPrediction predicted = subject_->Predict(command);
  if (tally != nullptr) ++tally->fates[static_cast<std::size_t>(expected.fate)];
  const std::string of_twin = TextOf(expected);
  const std::string of_subject = TextOf(predicted);
  if (of_twin == of_subject) return std::nullopt;
  return Difference{"before command " + model::Describe(Command{0, 0, command}),
                    "predicted: twin " + of_twin, "predicted: subject " + of_subject};
}

SeedResult RunSeed(std::uint64_t seed, const SubjectFactory& factory, const Options& options,
                   Tally& tally, const Progress& progress) {
  CommandGenerator generator(seed);
  SideBySide run(factory, generator.first_rule_set(), options);
  SeedResult result;
  while (result.commands < options.commands && !result.difference.has_value()) {
    ++result.commands;
    if (progress) progress(result.commands);
    result.difference = run.Step(generator.Next(run.twin()), &tally);
  }
  return result;
}

std::vector<Command> CommandsOf(std::uint64_t seed, std::uint64_t count) {
  CommandGenerator generator(seed);
  NaiveRouter twin(CommandGenerator::limits(), generator.first_rule_set());
  EventBuffer events;
  std::vector<Command> commands;
  while (commands.size() < count) {
    commands.push_back(generator.Next(twin));
    events.clear();
    twin.Apply(commands.back(), events);
  }
  return commands;
}

std::optional<Difference> RunList(std::uint64_t seed, const std::vector<Command>& commands,
                                  const SubjectFactory& factory, const Options& options) {
  SideBySide run(factory, CommandGenerator(seed).first_rule_set(), options);
  for (const Command& command : commands) {
    std::optional<Difference> difference = run.Step(command, nullptr);
    if (difference.has_value()) return difference;
  }
  return std::nullopt;
}

}  // namespace strowger::model
