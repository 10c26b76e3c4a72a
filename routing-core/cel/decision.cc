#include "routing-core/cel/decision.h"

#include "routing-core/cel/activation.h"
#include "routing-core/cel/code.h"
#include "routing-core/cel/runtime.h"
#include "routing-core/cel/text_compare.h"

namespace strowger::cel {
namespace {

enum class Answer : uint8_t { kFalse, kTrue, kNone };

Answer AnswerOf(bool yes) { return yes ? Answer::kTrue : Answer::kFalse; }
Answer AnswerOf(const Value& value) {
  return value.is(Kind::kBool) ? AnswerOf(value.boolean()) : Answer::kNone;
}

bool IsValue(const Value& value) { return !value.is(Kind::kAbsent) && !value.is(Kind::kError); }

/// What is rare, out of line so that the common values stay in registers.
[[gnu::noinline]] Answer CompareAny(Ask ask, Value value, const Value& constant) {
  if (!IsValue(value)) return Answer::kNone;
  switch (ask) {
    case Ask::kLess:
      return AnswerOf(Compare(Function::kLess, value, constant));
    case Ask::kLessOrEqual:
      return AnswerOf(Compare(Function::kLessOrEqual, value, constant));
    case Ask::kGreater:
      return AnswerOf(Compare(Function::kGreater, value, constant));
    case Ask::kGreaterOrEqual:
      return AnswerOf(Compare(Function::kGreaterOrEqual, value, constant));
    case Ask::kInSet:
      return AnswerOf(In(value, constant));
    case Ask::kMember:
      return AnswerOf(In(constant, value));
    case Ask::kHas:
      return Answer::kTrue;
    default:
      return AnswerOf(Equal(value, constant));
  }
}

template <typename T>
Answer CompareNumbers(Ask ask, T value, T constant) {
  switch (ask) {
    case Ask::kLess:
      return AnswerOf(value < constant);
    case Ask::kLessOrEqual:
      return AnswerOf(value <= constant);
    case Ask::kGreater:
      return AnswerOf(value > constant);
    default:
      return AnswerOf(value >= constant);
  }
}

Answer Order(Ask ask, Value value, const Value& constant) {
  if (value.kind() == constant.kind()) {
    if (value.is(Kind::kInt)) return CompareNumbers(ask, value.integer(), constant.integer());
    if (value.is(Kind::kDouble)) return CompareNumbers(ask, value.real(), constant.real());
  }
  return CompareAny(ask, value, constant);
}

Answer AskValue(const Question& question, Value value) {
  const Ask ask = question.ask;
  const Value& constant = question.constant;
  switch (ask) {
    case Ask::kEqualText:
      if (!value.is(Kind::kString)) break;
      return AnswerOf(SameText(value.string(), constant.string()));
    case Ask::kEqualInt:
      if (!value.is(Kind::kInt)) break;
      return AnswerOf(value.integer() == constant.integer());
    case Ask::kLess:
    case Ask::kLessOrEqual:
    case Ask::kGreater:
    case Ask::kGreaterOrEqual:
      return Order(ask, value, constant);
    case Ask::kInSet:
      if (!question.set->Covers(value)) break;
      return AnswerOf(question.set->Contains(value));
    case Ask::kStartsWith:
      if (!value.is(Kind::kString)) return Answer::kNone;
      return AnswerOf(StartsWith(value.string(), constant.string()));
    case Ask::kEndsWith:
      if (!value.is(Kind::kString)) return Answer::kNone;
      return AnswerOf(EndsWith(value.string(), constant.string()));
    case Ask::kContains:
      if (!value.is(Kind::kString)) return Answer::kNone;
      return AnswerOf(value.string().find(constant.string()) != std::string_view::npos);
    case Ask::kTrue:
      return AnswerOf(value);
    case Ask::kHas:
      if (value.is(Kind::kAbsent)) return Answer::kFalse;
      break;
    default:
      break;
  }
  return CompareAny(ask, value, constant);
}

class Decider {
 public:
  Decider(const Code& code, const Activation& activation, Scratch& scratch)
      : code_(code), activation_(activation), scratch_(scratch) {}

  Value Run() {
    const Question* const questions = code_.questions.data();
    uint32_t at = code_.first_question;
    while (at < kNo) {
      const Question& question = questions[at];
      const Answer answer = question.ask == Ask::kCode
                                ? AskCode(question)
                                : AskValue(question, activation_.Load(question.slot));
      if (answer == Answer::kNone) return Value();
      at = answer == Answer::kTrue ? question.on_true : question.on_false;
    }
    return Value::Bool(at == kYes);
  }

 private:
  Answer AskCode(const Question& question) {
    // One allowance of memory and steps for all the parts.
    if (registers_ == nullptr) registers_ = scratch_.Begin(code_.registers);
    return AnswerOf(RunFrom(code_, question.index, activation_, scratch_, registers_));
  }

  const Code& code_;
  const Activation& activation_;
  Scratch& scratch_;
  Value* registers_ = nullptr;
};

}  // namespace

Value Decide(const Code& code, const Activation& activation, Scratch& scratch) {
  return Decider(code, activation, scratch).Run();
}

}  // namespace strowger::cel
