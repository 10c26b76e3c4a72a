#include "services/strowgerctl/replay/staffing.h"

#include <algorithm>
#include <set>

namespace strowger::ctl {
namespace {

constexpr std::int64_t kDayS = 86'400;
constexpr std::int64_t kDayTurnsS = std::int64_t{3} * 3'600;

std::int64_t WorkingDay(std::int64_t time_s) { return (time_s - kDayTurnsS) / kDayS; }

std::vector<Shift> ShiftsOf(std::vector<Shift> services, const StaffingOptions& options) {
  std::sort(services.begin(), services.end(), [](const Shift& a, const Shift& b) {
    return a.begin_s != b.begin_s ? a.begin_s < b.begin_s : a.end_s < b.end_s;
  });
  std::vector<Shift> shifts;
  std::int64_t day = 0;  // of the last shift
  for (const Shift& service : services) {
    const bool goes_on = !shifts.empty() && WorkingDay(service.begin_s) == day &&
                         (options.break_after_s == 0 ||
                          service.begin_s - shifts.back().end_s <= options.break_after_s);
    // One that still serves when the day turns stays on; two services may overlap in the records.
    if (goes_on || (!shifts.empty() && service.begin_s <= shifts.back().end_s)) {
      shifts.back().end_s = std::max(shifts.back().end_s, service.end_s);
    } else {
      shifts.push_back(service);
      day = WorkingDay(service.begin_s);
    }
  }
  return shifts;
}

}  // namespace

std::vector<InferredAgent> InferStaffing(const std::vector<CallRecord>& calls,
                                         const StaffingOptions& options) {
  struct Seen {
    std::set<std::string> types;
    std::vector<Shift> services;
  };
  std::map<std::string, Seen> seen;
  for (const CallRecord& call : calls) {
    if (!call.served || call.agent.empty()) continue;
    Seen& agent = seen[call.agent];
    agent.types.insert(call.type);
    agent.services.push_back({call.service_begin_s, call.service_begin_s + call.service_s});
  }
  std::vector<InferredAgent> agents;
  for (auto& [id, agent] : seen) {
    InferredAgent inferred;
    inferred.id = id;
    inferred.skills.assign(agent.types.begin(), agent.types.end());
    inferred.shifts = ShiftsOf(std::move(agent.services), options);
    agents.push_back(std::move(inferred));
  }
  return agents;
}

std::map<std::string, std::int64_t> MedianServiceTimes(const std::vector<CallRecord>& calls) {
  std::map<std::string, std::vector<std::int64_t>> times;
  for (const CallRecord& call : calls) {
    if (call.served) times[call.type].push_back(call.service_s);
  }
  std::map<std::string, std::int64_t> medians;
  for (auto& [type, values] : times) {
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    medians[type] =
        values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  }
  return medians;
}

}  // namespace strowger::ctl
