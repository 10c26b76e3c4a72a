#include "routing-core/cel/program.h"

#include <utility>

#include "routing-core/cel/code.h"

namespace strowger::cel {

Program::Program(std::unique_ptr<const Code> code) : code_(std::move(code)) {}
Program::~Program() = default;

Value Program::Evaluate(const Activation& activation, Scratch& scratch) const {
  if (!code_->questions.empty()) {
    const Value answer = Decide(*code_, activation, scratch);
    if (!answer.is(Kind::kAbsent)) return answer;
  }
  return Run(*code_, activation, scratch);
}

Finding Program::Describe(const Value& error) const {
  const uint32_t offset = error.error_offset() == Value::kNoOffset ? 0 : error.error_offset();
  return MakeFinding(Stage::kEval, code_->source, offset, 1, error.error_text());
}

const std::string& Program::source() const { return code_->source; }
const Type& Program::result_type() const { return code_->result_type; }
const std::vector<uint32_t>& Program::slots() const { return code_->slots; }
bool Program::calls_host() const { return !code_->hosts.empty(); }
uint64_t Program::cost() const { return code_->cost; }
const Formula& Program::formula() const { return code_->formula; }
const std::vector<IndexTerm>& Program::index_terms() const { return code_->index_terms; }

std::optional<Value> Program::constant() const {
  const Instruction& first = code_->instructions.front();
  const bool returns_constant = first.op == Op::kReturn && (first.a & kConstantBit) != 0;
  if (!returns_constant) return std::nullopt;
  return code_->constants[first.a & ~kConstantBit];
}

}  // namespace strowger::cel
