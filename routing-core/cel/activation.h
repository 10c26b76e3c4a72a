#pragma once

#include <cstdint>

#include "routing-core/cel/value.h"

namespace strowger::cel {

/// What an evaluation reads from. Load is called when evaluation reaches a variable and not before,
/// once for each time it is reached, on the thread that evaluates.
class Activation {
 public:
  virtual ~Activation() = default;

  /// The value of the variable declared with `slot`; a default-made Value when it has none. An
  /// error value stands for itself. Views in it must stay valid until the result has been used.
  virtual Value Load(uint32_t slot) const = 0;

  /// Handed to host functions as their `context`.
  const void* host_context() const { return host_context_; }

 protected:
  explicit Activation(const void* host_context = nullptr) : host_context_(host_context) {}
  Activation(const Activation&) = default;
  Activation& operator=(const Activation&) = default;

 private:
  const void* host_context_;
};

}  // namespace strowger::cel
