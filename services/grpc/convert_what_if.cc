#include "services/grpc/convert_what_if.h"

#include <algorithm>
#include <cmath>

#include "services/grpc/convert_values.h"

namespace strowger::grpc_api {
namespace {

void SetFigures(const whatif::QueueFigures& from, v1::SimulatedFigures* to) {
  to->set_came(from.came);
  to->set_answered(from.answered);
  to->set_answered_in_time(from.in_time);
  to->set_abandoned(from.abandoned);
  to->set_otherwise_ended(from.otherwise);
  to->set_service_level_millionths(
      static_cast<std::uint32_t>(std::floor(from.ServiceLevel() * 1'000'000)));
  SetDuration(whatif::MeanOf(from.waits), to->mutable_mean_wait());
  SetDuration(whatif::PercentileOf(from.waits, 90), to->mutable_p90_wait());
  SetDuration(whatif::PercentileOf(from.waits, 100), to->mutable_longest_wait());
  SetDuration(whatif::MeanOf(from.services), to->mutable_mean_service());
}

void SetSides(const whatif::SideBySide& from, v1::SimulatedQueue* to) {
  SetFigures(from.recorded, to->mutable_recorded());
  SetFigures(from.base, to->mutable_base());
  SetFigures(from.candidate, to->mutable_candidate());
}

}  // namespace

void SetSimulation(const whatif::Comparison& from, v1::Simulation* to) {
  SetTime(from.begin, to->mutable_begin());
  SetTime(from.end, to->mutable_end());
  to->set_contacts(from.contacts);
  SetSides(from.all, to->mutable_all());
  for (const auto& [name, sides] : from.queues) {
    v1::SimulatedQueue* const queue = to->add_queues();
    queue->set_queue(name);
    SetSides(sides, queue);
  }
  to->set_other_rule(from.other_rule);
  to->set_other_queue(from.other_queue);
  to->set_other_agent(from.other_agent);
  to->set_sooner(from.sooner);
  to->set_later(from.later);
  to->set_answered_only_by_base(from.only_base);
  to->set_answered_only_by_candidate(from.only_candidate);
  for (const whatif::Move& each : from.moves) {
    v1::SimulatedMove* const move = to->add_moves();
    move->set_from(each.from);
    move->set_to(each.to);
    move->set_contacts(each.contacts);
    move->mutable_contact_ids()->Assign(each.examples.begin(), each.examples.end());
  }
  to->set_refused_base(from.refused_base);
  to->set_refused_candidate(from.refused_candidate);
  to->set_unfinished_base(from.unfinished_base);
  to->set_unfinished_candidate(from.unfinished_candidate);
  to->set_decided_before(from.decided_before);
}

}  // namespace strowger::grpc_api
