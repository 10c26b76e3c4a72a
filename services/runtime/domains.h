// The domains of a process, by name.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/runtime/executor.h"

namespace strowger::runtime {

// Filled at start-up by one thread; from then on any thread may look things up.
class Domains {
 public:
  // REQUIRES: no domain of that name yet.
  DomainExecutor& Add(std::string_view name, std::unique_ptr<DomainExecutor> executor);

  // Null: there is no such domain. Empty means "default".
  DomainExecutor* Find(std::string_view name) const;
  // In byte order.
  std::vector<std::string_view> Names() const;
  // In byte order of name.
  void ForEach(const std::function<void(const std::string&, DomainExecutor&)>& visit) const;

  // Closes all, then drains each. Blocks.
  void Drain();

 private:
  std::map<std::string, std::unique_ptr<DomainExecutor>, std::less<>> executors_;
};

}  // namespace strowger::runtime
