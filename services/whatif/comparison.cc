#include "services/whatif/comparison.h"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <variant>

namespace strowger::whatif {
namespace {

void AddSide(const Tally& tally, QueueFigures SideBySide::*side, Comparison& comparison) {
  for (const auto& [name, figures] : tally.queues()) {
    comparison.queues[name].*side = figures;
    (comparison.all.*side).Add(figures);
  }
}

// A contact that goes from queue to queue has come once.
void CountOnce(std::uint64_t contacts, SideBySide& all) {
  all.recorded.came = all.base.came = all.candidate.came = contacts;
}

Outcome OutcomeOf(const Tally& tally, ContactNumber number) {
  return number < tally.outcomes().size() ? tally.outcomes()[number] : Outcome{};
}

class Differences {
 public:
  Differences(const Played& base, const Played& candidate, Comparison& comparison)
      : base_(base.figures), candidate_(candidate.figures), comparison_(comparison) {}

  void Add(const std::string& id, ContactNumber number) {
    const Outcome one = OutcomeOf(base_, number);
    const Outcome other = OutcomeOf(candidate_, number);
    const auto differ = [&](std::uint32_t a, std::uint32_t b) {
      return base_.name(a) != candidate_.name(b);
    };
    comparison_.other_rule += differ(one.rule, other.rule) ? 1 : 0;
    if (differ(one.queue, other.queue)) AddMove(id, one, other);
    comparison_.only_base += one.answered && !other.answered ? 1 : 0;
    comparison_.only_candidate += !one.answered && other.answered ? 1 : 0;
    if (!one.answered || !other.answered) return;
    comparison_.other_agent += differ(one.agent, other.agent) ? 1 : 0;
    if (std::abs(one.wait - other.wait) < routing::kSecond) return;
    ++(other.wait < one.wait ? comparison_.sooner : comparison_.later);
  }

  void Finish() {
    for (auto& [way, move] : moves_) comparison_.moves.push_back(std::move(move));
    std::stable_sort(comparison_.moves.begin(), comparison_.moves.end(),
                     [](const Move& a, const Move& b) { return a.contacts > b.contacts; });
    if (comparison_.moves.size() > kMostMoves) comparison_.moves.resize(kMostMoves);
  }

 private:
  void AddMove(const std::string& id, const Outcome& one, const Outcome& other) {
    ++comparison_.other_queue;
    const std::pair way(base_.name(one.queue), candidate_.name(other.queue));
    Move& move = moves_[way];
    move.from = way.first;
    move.to = way.second;
    if (++move.contacts <= kMostExamples) move.examples.push_back(id);
  }

  const Tally& base_;
  const Tally& candidate_;
  Comparison& comparison_;
  std::map<std::pair<std::string, std::string>, Move> moves_;
};

}  // namespace

Comparison Compare(const Recording& recording, const Played& base, const Played& candidate) {
  Comparison comparison;
  comparison.begin = std::max(recording.begin, recording.figures.since());
  comparison.end = recording.end;
  AddSide(recording.figures, &SideBySide::recorded, comparison);
  AddSide(base.figures, &SideBySide::base, comparison);
  AddSide(candidate.figures, &SideBySide::candidate, comparison);
  Differences differences(base, candidate, comparison);
  for (const RecordedCommand& command : recording.commands) {
    const auto* submit = std::get_if<routing::SubmitContact>(&command.body);
    if (submit == nullptr || command.time < comparison.begin) continue;
    ++comparison.contacts;
    differences.Add(submit->contact, command.contact);
  }
  differences.Finish();
  CountOnce(comparison.contacts, comparison.all);
  comparison.refused_base = base.refused;
  comparison.refused_candidate = candidate.refused;
  comparison.unfinished_base = base.unfinished;
  comparison.unfinished_candidate = candidate.unfinished;
  comparison.decided_before = recording.decided_before;
  return comparison;
}

}  // namespace strowger::whatif
