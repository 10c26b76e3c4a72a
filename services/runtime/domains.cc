#include "services/runtime/domains.h"

#include <utility>

#include "services/runtime/fatal.h"

namespace strowger::runtime {

DomainExecutor& Domains::Add(std::string_view name, std::unique_ptr<DomainExecutor> executor) {
  const auto [place, added] = executors_.emplace(name, std::move(executor));
  if (!added) Fatal("two domains of one name");
  return *place->second;
}

DomainExecutor* Domains::Find(std::string_view name) const {
  const auto found = executors_.find(name.empty() ? std::string_view("default") : name);
  return found == executors_.end() ? nullptr : found->second.get();
}

std::vector<std::string_view> Domains::Names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, executor] : executors_) names.emplace_back(name);
  return names;
}

void Domains::ForEach(const std::function<void(const std::string&, DomainExecutor&)>& visit) const {
  for (const auto& [name, executor] : executors_) visit(name, *executor);
}

void Domains::Drain() {
  for (const auto& [name, executor] : executors_) executor->Close();
  for (const auto& [name, executor] : executors_) executor->Drain();
}

}  // namespace strowger::runtime
