#include "routing-core/cel/fold.h"

#include <algorithm>
#include <string>
#include <utility>

#include "routing-core/cel/code.h"
#include "routing-core/cel/emitter.h"
#include "routing-core/cel/runtime.h"
#include "routing-core/cel/scratch.h"

namespace strowger::cel {
namespace {

// What folding may spend on one sub-expression. One that needs more is left for evaluation.
constexpr size_t kMaxBytes = size_t{1} << 20;
constexpr uint64_t kMaxSteps = 20'000;
// What folding may spend on the whole expression, in bytes; a step counts as some.
constexpr uint64_t kMaxSpent = uint64_t{32} << 20;
constexpr uint64_t kBytesPerAttempt = 256;
constexpr uint64_t kBytesPerStep = 64;

class NoVariables : public Activation {
 public:
  Value Load(uint32_t /*slot*/) const override { return Value(); }
};

class Folder {
 public:
  Folder(std::string_view source, const Zone& default_zone, bool strict, Ast* ast)
      : source_(source), default_zone_(default_zone), strict_(strict), ast_(*ast) {}

  std::vector<Finding> Run() {
    Visit(ast_.root);
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const Finding& a, const Finding& b) { return a.offset < b.offset; });
    return std::move(findings_);
  }

 private:
  /// Answers whether the value of `node` depends on nothing but macros' variables bound in it, as
  /// the number of macros around it up to which it does depend: 0 is none.
  size_t Visit(Node* node) {
    if (node->kind == NodeKind::kLiteral) return 0;
    size_t depends = 0;
    const bool binds = node->kind == NodeKind::kMacro || node->kind == NodeKind::kBind;
    for (size_t i = 0; i < node->children.size(); ++i) {
      if (binds && i == 1) binders_.push_back(node);
      depends = std::max(depends, Visit(node->children[i]));
    }
    if (binds) {
      binders_.pop_back();
      if (depends == binders_.size() + 1) depends = DependsOutside(*node);
    }
    depends = std::max(depends, Dependence(*node));
    CheckConstants(*node);
    if (depends == 0) Replace(node);
    return depends;
  }

  static constexpr size_t kUnbounded = SIZE_MAX;

  size_t Dependence(const Node& node) const {
    switch (node.resolution) {
      case Resolution::kVariable:
      case Resolution::kHost:
      case Resolution::kUnknown:
        return kUnbounded;
      case Resolution::kLocal:
        return DepthOf(node.binder);
      default:
        return 0;
    }
  }

  size_t DepthOf(const Node* binder) const {
    const auto at = std::find(binders_.begin(), binders_.end(), binder);
    return static_cast<size_t>(at - binders_.begin()) + 1;
  }

  /// The deepest of the macros around `node` that something in it depends on, `node` left out.
  size_t DependsOutside(const Node& node) const {
    size_t depends = 0;
    std::vector<const Node*> open = {&node};
    while (!open.empty()) {
      const Node* next = open.back();
      open.pop_back();
      for (const Node* child : next->children) open.push_back(child);
      if (next->resolution != Resolution::kLocal) continue;
      const auto at = std::find(binders_.begin(), binders_.end(), next->binder);
      if (at != binders_.end()) depends = std::max(depends, DepthOf(next->binder));
    }
    return depends;
  }

  /// Looks at what must be well formed already when the expression is loaded.
  void CheckConstants(const Node& node) {
    if (!strict_ || node.resolution != Resolution::kFunction) return;
    const Node* argument = nullptr;
    if (node.function == Function::kToTimestamp || node.function == Function::kToDuration) {
      argument = node.children[0];
    } else if (node.children.size() == 2 &&
               (node.function == Function::kMatches || IsTimeGetter(node.function))) {
      argument = node.children[1];
    }
    if (argument == nullptr || argument->kind != NodeKind::kLiteral ||
        !argument->literal.is(Kind::kString)) {
      return;
    }
    const std::string problem = Problem(node.function, argument->literal.string());
    if (problem.empty()) return;
    findings_.push_back(
        MakeFinding(Stage::kCheck, source_, argument->offset, argument->length, problem));
  }

  static std::string Problem(Function function, std::string_view text) {
    if (function == Function::kToTimestamp) {
      return ParseTimestamp(text) ? "" : "not an RFC 3339 timestamp of the years 1 to 9999";
    }
    if (function == Function::kToDuration) {
      return ParseDuration(text) ? "" : "not a duration such as \"90s\" or \"1h30m\", or too long";
    }
    if (function == Function::kMatches) return CompilePattern(text) ? "" : "invalid pattern";
    return Zone::Load(text) ? "" : "unknown time zone '" + std::string(text) + "'";
  }

  void Replace(Node* node) {
    if (spent_ > kMaxSpent) return;
    Code code;
    code.zones.push_back(default_zone_);
    if (!Emit(node, &code)) return;
    const Value value = cel::Run(code, NoVariables(), scratch_);
    spent_ += kBytesPerAttempt + scratch_.bytes_used() + scratch_.steps_used() * kBytesPerStep;
    if (value.is(Kind::kError)) return;
    node->literal = ast_.constants.Keep(value);
    node->kind = NodeKind::kLiteral;
    node->resolution = Resolution::kNone;
    node->children.clear();
  }

  std::string_view source_;
  const Zone& default_zone_;
  bool strict_;
  Ast& ast_;
  std::vector<const Node*> binders_;
  std::vector<Finding> findings_;
  uint64_t spent_ = 0;
  Scratch scratch_{kMaxBytes, kMaxSteps};
};

}  // namespace

std::vector<Finding> Fold(std::string_view source, const Zone& default_zone, bool strict,
                          Ast* ast) {
  return Folder(source, default_zone, strict, ast).Run();
}

}  // namespace strowger::cel
