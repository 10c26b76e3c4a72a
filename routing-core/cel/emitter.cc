#include "routing-core/cel/emitter.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace strowger::cel {
namespace {

constexpr uint32_t kMaxRegisters = 65535;

Op BinaryOp(Function function) {
  switch (function) {
    case Function::kAdd:
      return Op::kAdd;
    case Function::kSubtract:
      return Op::kSubtract;
    case Function::kMultiply:
      return Op::kMultiply;
    case Function::kDivide:
      return Op::kDivide;
    case Function::kModulo:
      return Op::kModulo;
    case Function::kEqual:
      return Op::kEqual;
    case Function::kNotEqual:
      return Op::kNotEqual;
    case Function::kLess:
      return Op::kLess;
    case Function::kLessOrEqual:
      return Op::kLessOrEqual;
    case Function::kGreater:
      return Op::kGreater;
    case Function::kGreaterOrEqual:
      return Op::kGreaterOrEqual;
    case Function::kIn:
      return Op::kIn;
    default:
      return Op::kIndex;
  }
}

/// Registers are taken and given back like a stack: a sub-expression leaves its value in the
/// register that it is told and may use any above `next_`.
class Emitter {
 public:
  explicit Emitter(Code* code) : code_(*code) {}

  bool Run(Node* root) {
    const uint32_t operand = Operand(root);
    Add(Op::kReturn, root, 0, operand);
    // At least one: instructions without a result name the first.
    code_.registers = std::max({code_.registers, most_, uint32_t{1}});
    return most_ <= kMaxRegisters;
  }

 private:
  uint32_t Take(uint32_t count = 1) {
    const uint32_t first = next_;
    next_ += count;
    most_ = std::max(most_, next_);
    return first;
  }

  size_t Add(Op op, const Node* node, uint32_t dst, uint32_t a = 0, uint32_t b = 0,
             uint32_t extra = 0) {
    Instruction instruction;
    instruction.op = op;
    instruction.dst = static_cast<uint16_t>(dst);
    instruction.a = a;
    instruction.b = b;
    instruction.extra = extra;
    instruction.offset = node->offset;
    code_.instructions.push_back(instruction);
    return code_.instructions.size() - 1;
  }

  uint32_t Here() const { return static_cast<uint32_t>(code_.instructions.size()); }
  void Land(size_t instruction) { code_.instructions[instruction].c = Here(); }

  uint32_t Constant(const Value& value) {
    code_.constants.push_back(value);
    return static_cast<uint32_t>(code_.constants.size() - 1) | kConstantBit;
  }
  uint32_t TextConstant(std::string_view text) {
    return Constant(Value::String(code_.pool.Text(text)));
  }

  /// Where the value of `node` can be read: as it stands for constants and variables of macros,
  /// otherwise in a register taken for it.
  uint32_t Operand(Node* node) {
    if (node->kind == NodeKind::kLiteral) return Constant(node->literal);
    if (node->resolution == Resolution::kLocal) return node->binder->base + node->binder_variable;
    const uint32_t dst = Take();
    Into(node, dst);
    return dst;
  }

  /// Emits code that leaves the value of `node` in `dst`. Registers taken on the way are given
  /// back.
  void Into(Node* node, uint32_t dst) {
    const uint32_t before = next_;
    EmitNode(node, dst);
    next_ = before;
  }

  void EmitNode(Node* node, uint32_t dst) {
    if (node->resolution == Resolution::kUnknown) {
      const bool call = node->kind == NodeKind::kCall || node->kind == NodeKind::kMethod;
      Fail(node, dst,
           absl::StrCat(call ? "no such function: " : "no such attribute: ", node->resolved_name));
      return;
    }
    switch (node->kind) {
      case NodeKind::kLiteral:
        Add(Op::kMove, node, dst, Constant(node->literal));
        break;
      case NodeKind::kIdentifier:
      case NodeKind::kSelect:
        EmitName(node, dst);
        break;
      case NodeKind::kHas:
        EmitHas(node, dst);
        break;
      case NodeKind::kOperator:
        EmitOperator(node, dst);
        break;
      case NodeKind::kCall:
      case NodeKind::kMethod:
        EmitCall(node, dst);
        break;
      case NodeKind::kAnd:
      case NodeKind::kOr:
        EmitLogical(node, dst);
        break;
      case NodeKind::kConditional:
        EmitConditional(node, dst);
        break;
      case NodeKind::kList:
        Add(Op::kList, node, dst, Arguments(node), Count(node));
        break;
      case NodeKind::kMap:
        Add(Op::kMap, node, dst, Arguments(node), Count(node) / 2);
        break;
      case NodeKind::kMacro:
        EmitMacro(node, dst);
        break;
      case NodeKind::kBind:
        node->base = Take();
        Into(node->children[0], node->base);
        Into(node->children[1], dst);
        break;
    }
  }

  void Fail(const Node* node, uint32_t dst, const std::string& text) {
    Add(Op::kFail, node, dst, TextConstant(text));
  }

  static uint32_t Count(const Node* node) { return static_cast<uint32_t>(node->children.size()); }

  /// The children's values in consecutive registers.
  uint32_t Arguments(Node* node) {
    const uint32_t first = Take(Count(node));
    for (uint32_t i = 0; i < Count(node); ++i) Into(node->children[i], first + i);
    return first;
  }

  void EmitName(Node* node, uint32_t dst) {
    if (node->resolution == Resolution::kLocal) {
      Add(Op::kMove, node, dst, node->binder->base + node->binder_variable);
    } else if (node->resolution == Resolution::kVariable) {
      NoteSlot(node->slot);
      Add(Op::kLoad, node, dst, node->slot, AbsenceText(node));
    } else {
      const uint32_t operand = Operand(node->children[0]);
      const size_t at = Add(Op::kSelect, node, dst, operand, TextConstant(node->name));
      code_.instructions[at].c = TextConstant(absl::StrCat("no such key: ", node->name));
    }
  }

  void NoteSlot(uint32_t slot) {
    const auto at = std::lower_bound(code_.slots.begin(), code_.slots.end(), slot);
    if (at == code_.slots.end() || *at != slot) code_.slots.insert(at, slot);
  }

  void EmitHas(Node* node, uint32_t dst) {
    if (node->resolution == Resolution::kVariable) {
      NoteSlot(node->slot);
      Add(Op::kHasSlot, node, dst, node->slot);
      return;
    }
    const uint32_t operand = Operand(node->children[0]);
    Add(Op::kHasField, node, dst, operand, TextConstant(node->name));
  }

  void EmitOperator(Node* node, uint32_t dst) {
    Node* left = node->children[0];
    if (node->function == Function::kNot || node->function == Function::kNegate) {
      const Op op = node->function == Function::kNot ? Op::kNot : Op::kNegate;
      Add(op, node, dst, Operand(left));
      return;
    }
    Node* right = node->children[1];
    Op op = BinaryOp(node->function);
    uint32_t set = 0;
    if (op == Op::kIn && right->kind == NodeKind::kLiteral && ConstantSet::Suits(right->literal)) {
      op = Op::kInSet;
      set = SetOf(right->literal, &code_);
    }
    EmitBinary(op, node, dst, set);
  }

  void EmitBinary(Op op, Node* node, uint32_t dst, uint32_t extra = 0) {
    Node* left = node->children[0];
    const bool fused = op >= Op::kEqual && op <= Op::kInSet && IsVariable(left);
    const uint32_t a = fused ? SlotOperand(left) : Operand(left);
    const uint32_t b = Operand(node->children[1]);
    const size_t at = Add(op, node, dst, a, b, extra);
    if (fused) code_.instructions[at].c = AbsenceText(left);
  }

  static bool IsVariable(const Node* node) {
    return node->resolution == Resolution::kVariable && node->kind != NodeKind::kHas &&
           node->slot < kSlotBit;
  }
  uint32_t SlotOperand(const Node* node) {
    NoteSlot(node->slot);
    return node->slot | kSlotBit;
  }
  uint32_t AbsenceText(const Node* node) {
    return TextConstant(absl::StrCat("no such attribute: ", node->resolved_name));
  }

  void EmitCall(Node* node, uint32_t dst) {
    if (node->resolution == Resolution::kHost) {
      code_.hosts.push_back(*node->hosts);
      const uint32_t first = Arguments(node);
      Add(Op::kCallHost, node, dst, first, Count(node),
          static_cast<uint32_t>(code_.hosts.size() - 1));
      return;
    }
    if (node->function == Function::kStartsWith) return EmitBinary(Op::kStartsWith, node, dst);
    if (node->function == Function::kEndsWith) return EmitBinary(Op::kEndsWith, node, dst);
    if (node->function == Function::kContains) return EmitBinary(Op::kContains, node, dst);
    if (node->function == Function::kMatches && EmitMatch(node, dst)) return;
    if (IsTimeGetter(node->function) && EmitGetter(node, dst)) return;
    const uint32_t first = Arguments(node);
    Add(Op::kCall, node, dst, first, Count(node), static_cast<uint32_t>(node->function));
  }

  static bool IsText(const Node* node) {
    return node->kind == NodeKind::kLiteral && node->literal.is(Kind::kString);
  }

  bool EmitMatch(Node* node, uint32_t dst) {
    if (!IsText(node->children[1])) return false;
    const std::optional<uint32_t> pattern = PatternOf(node->children[1]->literal.string());
    if (!pattern) return false;
    Add(Op::kMatch, node, dst, Operand(node->children[0]), 0, *pattern);
    return true;
  }

  /// A part that is both of the whole and of a question shares its pattern, as it does its zone.
  std::optional<uint32_t> PatternOf(std::string_view text) {
    for (size_t i = 0; i < code_.patterns.size(); ++i) {
      if (code_.patterns[i]->pattern() == text) return static_cast<uint32_t>(i);
    }
    std::unique_ptr<RE2> pattern = CompilePattern(text);
    if (pattern == nullptr) return std::nullopt;
    code_.patterns.push_back(std::move(pattern));
    return static_cast<uint32_t>(code_.patterns.size() - 1);
  }

  std::optional<uint32_t> ZoneOf(std::string_view name) {
    const auto known = std::find(code_.zone_names.begin(), code_.zone_names.end(), name);
    if (known == code_.zone_names.end()) {
      std::optional<Zone> zone = Zone::Load(name);
      if (!zone) return std::nullopt;
      code_.zones.push_back(std::move(*zone));
      code_.zone_names.emplace_back(name);
      return static_cast<uint32_t>(code_.zone_names.size());
    }
    return static_cast<uint32_t>(known - code_.zone_names.begin()) + 1;
  }

  bool EmitGetter(Node* node, uint32_t dst) {
    std::optional<uint32_t> zone = 0;
    if (node->children.size() == 2) {
      if (!IsText(node->children[1])) return false;
      zone = ZoneOf(node->children[1]->literal.string());
      if (!zone) return false;
    }
    const uint32_t time = Operand(node->children[0]);
    const Op op = node->children.size() == 2 ? Op::kGetInZone : Op::kGetTime;
    Add(op, node, dst, time, static_cast<uint32_t>(node->function), *zone);
    return true;
  }

  void EmitLogical(Node* node, uint32_t dst) {
    const bool is_and = node->kind == NodeKind::kAnd;
    Add(Op::kMove, node, dst, Constant(Value::Bool(is_and)));
    std::vector<size_t> steps;
    for (size_t i = 0; i < node->children.size(); ++i) {
      const uint32_t before = next_;
      const uint32_t operand = Operand(node->children[i]);
      steps.push_back(AddStop(is_and ? Op::kStopIfFalse : Op::kStopIfTrue, node, dst, operand));
      code_.instructions[steps.back()].offset = node->operators[i == 0 ? 0 : i - 1];
      next_ = before;
    }
    for (const size_t step : steps) Land(step);
  }

  size_t AddStop(Op op, const Node* node, uint32_t dst, uint32_t operand) {
    if (!code_.instructions.empty()) {
      Instruction& last = code_.instructions.back();
      last.then_stop = last.op >= Op::kEqual && last.op <= Op::kInSet && last.dst == operand;
    }
    return Add(op, node, dst, operand);
  }

  void EmitConditional(Node* node, uint32_t dst) {
    const uint32_t condition = Operand(node->children[0]);
    const size_t branch = Add(Op::kBranch, node, dst, condition);
    Into(node->children[1], dst);
    const size_t jump = Add(Op::kJump, node, 0);
    Land(branch);
    Into(node->children[2], dst);
    Land(jump);
    code_.instructions[branch].b = Here();
  }

  // Macros. The registers from `base - 2` on: range, position, first variable, second variable.

  void EmitMacro(Node* node, uint32_t dst) {
    const uint32_t range = Take(2 + static_cast<uint32_t>(node->variables.size()));
    node->base = range + 2;
    Into(node->children[0], range);
    std::vector<size_t> exits;
    exits.push_back(Add(Op::kBegin, node, dst, range));
    EmitStart(node, dst);
    const uint32_t next = Here();
    exits.push_back(
        Add(Op::kNext, node, dst, range, static_cast<uint32_t>(node->variables.size())));
    const bool has_filter = node->has_filter || node->macro == Macro::kFilter;
    if (has_filter) {
      const uint32_t condition = Operand(node->children[1]);
      exits.push_back(Add(Op::kKeepIfTrue, node->children[1], dst, condition, next));
    }
    EmitStep(node, dst, exits);
    code_.instructions[Add(Op::kJump, node, 0)].c = next;
    if (node->macro == Macro::kTransformMap || node->macro == Macro::kTransformMapEntry) {
      // kNext alone leaves for here; failures go past it.
      Land(exits[1]);
      Add(Op::kSealMap, node, dst);
      exits.erase(exits.begin() + 1);
    }
    if (node->macro == Macro::kExistsOne) {
      Land(exits[1]);
      Add(Op::kIsOne, node, dst);
      exits.erase(exits.begin() + 1);
    }
    for (const size_t exit : exits) Land(exit);
  }

  void EmitStart(const Node* node, uint32_t dst) {
    switch (node->macro) {
      case Macro::kAll:
        Add(Op::kMove, node, dst, Constant(Value::Bool(true)));
        break;
      case Macro::kExists:
        Add(Op::kMove, node, dst, Constant(Value::Bool(false)));
        break;
      case Macro::kExistsOne:
        Add(Op::kMove, node, dst, Constant(Value::Int(0)));
        break;
      case Macro::kMap:
      case Macro::kFilter:
        Add(Op::kNewList, node, dst);
        break;
      case Macro::kTransformMap:
      case Macro::kTransformMapEntry:
        Add(Op::kNewMap, node, dst);
        break;
    }
  }

  void EmitStep(Node* node, uint32_t dst, std::vector<size_t>& exits) {
    Node* body = node->children.back();
    switch (node->macro) {
      case Macro::kAll:
        exits.push_back(AddStop(Op::kStopIfFalse, body, dst, Operand(body)));
        break;
      case Macro::kExists:
        exits.push_back(AddStop(Op::kStopIfTrue, body, dst, Operand(body)));
        break;
      case Macro::kExistsOne:
        exits.push_back(Add(Op::kCountIfTrue, body, dst, Operand(body)));
        break;
      case Macro::kMap:
        exits.push_back(Add(Op::kAppend, body, dst, Operand(body)));
        break;
      case Macro::kFilter:
        exits.push_back(Add(Op::kAppend, body, dst, node->base));
        break;
      case Macro::kTransformMap:
        exits.push_back(Add(Op::kInsert, body, dst, node->base, Operand(body)));
        break;
      case Macro::kTransformMapEntry:
        exits.push_back(Add(Op::kInsertAll, body, dst, Operand(body)));
        break;
    }
  }

  Code& code_;
  uint32_t next_ = 0;
  uint32_t most_ = 0;
};

}  // namespace

uint32_t SetOf(const Value& list, Code* code) {
  for (size_t i = 0; i < code->sets.size(); ++i) {
    if (code->sets[i].items() == list.items()) return static_cast<uint32_t>(i);
  }
  code->sets.emplace_back(list);
  return static_cast<uint32_t>(code->sets.size() - 1);
}

bool Emit(Node* root, Code* code) { return Emitter(code).Run(root); }

}  // namespace strowger::cel
