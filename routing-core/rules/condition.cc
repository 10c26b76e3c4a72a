#include "routing-core/rules/condition.h"

#include "routing-core/rules/evaluation.h"

namespace strowger::rules {

routing::Truth CompiledCondition::Holds(const routing::ConditionInput& input) const {
  Evaluation evaluation(*scope_, input);
  return evaluation.Evaluate(*expression_.program);
}

}  // namespace strowger::rules
