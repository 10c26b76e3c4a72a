#include "routing-core/cel/env.h"

#include <utility>

namespace strowger::cel {
namespace {

bool TakeSameArguments(const HostFunction& a, const HostFunction& b) {
  if (a.arguments.size() != b.arguments.size()) return false;
  for (size_t i = 0; i < a.arguments.size(); ++i) {
    if (!Fits(a.arguments[i], b.arguments[i])) return false;
  }
  return true;
}

template <typename Map>
bool HasKeyUnder(const Map& map, const std::string& prefix) {
  const auto it = map.lower_bound(prefix);
  return it != map.end() && it->first.compare(0, prefix.size(), prefix) == 0;
}

}  // namespace

bool Env::AddVariable(std::string name, Type type, uint32_t slot) {
  return variables_.try_emplace(std::move(name), Variable{std::move(type), slot}).second;
}

bool Env::AddFunction(HostFunction function) {
  std::vector<HostFunction>& overloads = functions_[function.name];
  for (const HostFunction& other : overloads) {
    if (TakeSameArguments(other, function)) return false;
  }
  overloads.push_back(std::move(function));
  return true;
}

const Variable* Env::FindVariable(std::string_view name) const {
  const auto it = variables_.find(name);
  return it == variables_.end() ? nullptr : &it->second;
}

const std::vector<HostFunction>* Env::FindFunctions(std::string_view name) const {
  const auto it = functions_.find(name);
  return it == functions_.end() ? nullptr : &it->second;
}

bool Env::IsNamespace(std::string_view prefix) const {
  const std::string start = std::string(prefix) + ".";
  return HasKeyUnder(variables_, start) || HasKeyUnder(functions_, start);
}

}  // namespace strowger::cel
