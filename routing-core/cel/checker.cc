#include "routing-core/cel/checker.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "routing-core/cel/call_types.h"

namespace strowger::cel {
namespace {

constexpr std::array<std::string_view, 12> kTypeNames = {"bool",
                                                         "bytes",
                                                         "double",
                                                         "int",
                                                         "list",
                                                         "map",
                                                         "type",
                                                         "string",
                                                         "null_type",
                                                         "uint",
                                                         "google.protobuf.Timestamp",
                                                         "google.protobuf.Duration"};

struct Local {
  const Node* binder;
  uint8_t index;
  const std::string* name;
  Type type;
};

class Checker {
 public:
  Checker(const Env& env, std::string_view source, const CompileOptions& options)
      : env_(env), source_(source), options_(options) {}

  std::vector<Finding> Run(Node* root) {
    Visit(root);
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const Finding& a, const Finding& b) { return a.offset < b.offset; });
    return std::move(findings_);
  }

 private:
  void Report(uint32_t offset, uint32_t length, std::string message, std::string suggestion = "") {
    if (!options_.check) return;
    findings_.push_back(MakeFinding(Stage::kCheck, source_, offset, length, std::move(message)));
    findings_.back().suggestion = std::move(suggestion);
  }
  void Report(const Node& node, std::string message) {
    Report(node.offset, node.length, std::move(message));
  }

  const Type& Visit(Node* node) {
    switch (node->kind) {
      case NodeKind::kLiteral:
        node->type = Type(node->literal.kind());
        break;
      case NodeKind::kIdentifier:
      case NodeKind::kSelect:
        VisitName(node);
        break;
      case NodeKind::kHas:
        VisitHas(node);
        break;
      case NodeKind::kOperator:
        VisitOperator(node);
        break;
      case NodeKind::kCall:
      case NodeKind::kMethod:
        VisitCall(node);
        break;
      case NodeKind::kAnd:
      case NodeKind::kOr:
        VisitLogical(node);
        break;
      case NodeKind::kConditional:
        VisitConditional(node);
        break;
      case NodeKind::kList:
        VisitList(node);
        break;
      case NodeKind::kMap:
        VisitMap(node);
        break;
      case NodeKind::kMacro:
        VisitMacro(node);
        break;
      case NodeKind::kBind:
        VisitBind(node);
        break;
    }
    return node->type;
  }

  // Names.

  const Local* FindLocal(const std::string& name) const {
    for (size_t i = locals_.size(); i-- > 0;) {
      if (*locals_[i].name == name) return &locals_[i];
    }
    return nullptr;
  }

  /// The dotted name that `node` spells, when it is nothing but names and dots and does not start
  /// with the variable of a macro.
  std::optional<std::string> DottedName(const Node& node) const {
    if (node.kind == NodeKind::kIdentifier) {
      if (!node.rooted && FindLocal(node.name) != nullptr) return std::nullopt;
      return node.name;
    }
    if (node.kind != NodeKind::kSelect || node.quoted) return std::nullopt;
    std::optional<std::string> operand = DottedName(*node.children[0]);
    if (operand) absl::StrAppend(&*operand, ".", node.name);
    return operand;
  }

  bool IsDeclared(const std::string& name) const {
    return env_.FindVariable(name) != nullptr || !TypeDenotation(name).is(Kind::kAbsent);
  }

  bool HasDeclaredPrefix(std::string name) const {
    while (!IsDeclared(name)) {
      const size_t dot = name.rfind('.');
      if (dot == std::string::npos) return false;
      name.resize(dot);
    }
    return true;
  }

  bool ResolveVariable(const std::string& name, Node* node) {
    const Variable* variable = env_.FindVariable(name);
    if (variable == nullptr) return false;
    node->resolution = Resolution::kVariable;
    node->slot = variable->slot;
    node->resolved_name = name;
    node->type = variable->type;
    node->children.clear();
    return true;
  }

  void VisitName(Node* node) {
    if (node->kind == NodeKind::kIdentifier && !node->rooted) {
      if (const Local* local = FindLocal(node->name); local != nullptr) {
        node->resolution = Resolution::kLocal;
        node->binder = local->binder;
        node->binder_variable = local->index;
        node->type = local->type;
        return;
      }
    }
    if (const std::optional<std::string> name = DottedName(*node); name) {
      if (ResolveVariable(*name, node)) return;
      if (const Value denotation = TypeDenotation(*name); !denotation.is(Kind::kAbsent)) {
        node->kind = NodeKind::kLiteral;
        node->children.clear();
        node->literal = denotation;
        node->type = Type::Denotation();
        return;
      }
      if (!HasDeclaredPrefix(*name)) {
        UnknownName(*name, node);
        return;
      }
    }
    node->type = SelectedType(Visit(node->children[0]), *node);
  }

  Type SelectedType(const Type& operand, const Node& node) {
    if (operand.IsDyn()) return Type::Dyn();
    // A map with other keys has no such field, which has() may ask.
    if (operand.Is(Kind::kMap)) return operand.item();
    Report(node,
           absl::StrCat("a value of type ", operand.ToString(), " has no field '", node.name, "'"));
    return Type::Dyn();
  }

  void UnknownName(const std::string& name, Node* node) {
    node->resolution = Resolution::kUnknown;
    node->resolved_name = name;
    const uint32_t start = NameStart(*node);
    std::vector<std::string_view> names;
    for (const Local& local : locals_) names.push_back(*local.name);
    for (const auto& [declared, variable] : env_.variables()) names.push_back(declared);
    const std::string_view nearest = NearestName(name, names);
    Report(start, node->offset + node->length - start,
           absl::StrCat("unknown name '", name, "'", NamesInScope(name, names)),
           std::string(nearest));
    node->children.clear();
  }

  /// Past the leading dot of a rooted name.
  static uint32_t NameStart(const Node& node) {
    const Node* first = &node;
    while (!first->children.empty()) first = first->children[0];
    return first->offset;
  }

  /// The names beside `name`: those with the same beginning up to its last dot, or all.
  static std::string NamesInScope(const std::string& name,
                                  const std::vector<std::string_view>& names) {
    constexpr size_t kShown = 12;
    const std::string scope = name.substr(0, name.rfind('.') + 1);
    std::vector<std::string_view> inside;
    for (const std::string_view candidate : names) {
      if (candidate.substr(0, scope.size()) == scope) inside.push_back(candidate);
    }
    if (inside.empty()) inside = names;
    if (inside.empty()) return "; no names are declared";
    std::string text = "; in scope: ";
    for (size_t i = 0; i < inside.size() && i < kShown; ++i) {
      absl::StrAppend(&text, i == 0 ? "" : ", ", std::string(inside[i]));
    }
    if (inside.size() > kShown) absl::StrAppend(&text, " and ", inside.size() - kShown, " more");
    return text;
  }

  void VisitHas(Node* node) {
    Node* operand = node->children[0];
    const std::optional<std::string> scope = node->quoted ? std::nullopt : DottedName(*operand);
    if (scope) {
      const std::string name = absl::StrCat(*scope, ".", node->name);
      if (ResolveVariable(name, node)) {
        node->type = Type::Bool();
        return;
      }
      if (!HasDeclaredPrefix(name)) {
        UnknownName(name, node);
        node->type = Type::Bool();
        return;
      }
    }
    SelectedType(Visit(operand), *node);
    node->type = Type::Bool();
  }

  // Calls.

  std::vector<Type> VisitChildren(Node* node) {
    std::vector<Type> types;
    types.reserve(node->children.size());
    for (Node* child : node->children) types.push_back(Visit(child));
    return types;
  }

  void VisitOperator(Node* node) {
    const size_t findings = findings_.size();
    const std::vector<Type> operands = VisitChildren(node);
    const std::optional<Type> type = OperatorType(node->function, operands);
    if (type) {
      node->type = *type;
      return;
    }
    const bool unlike = operands.size() == 2 && AreDifferentNumbers(operands[0], operands[1]);
    if (unlike && options_.order_unlike_numbers && IsOrdering(node->function)) {
      node->type = Type::Bool();
      return;
    }
    // An operand that is wrong itself has no type to speak of.
    if (findings_.size() != findings) return;
    Report(*node, absl::StrCat("operator ", std::string(OperatorText(node->function)),
                               " does not take ", TypeList(operands),
                               unlike ? "; convert one of them, as in double(x)" : ""));
  }

  bool IsFunction(const std::string& name) const {
    return IsFunctionName(name, CallStyle::kPlain) || env_.FindFunctions(name) != nullptr;
  }

  void VisitCall(Node* node) {
    CallStyle style = CallStyle::kPlain;
    std::string name = node->name;
    uint32_t start = node->offset;
    if (node->kind == NodeKind::kMethod) {
      style = CallStyle::kMethod;
      const Node* receiver = node->children[0];
      const std::optional<std::string> scope = DottedName(*receiver);
      const std::string full = scope ? absl::StrCat(*scope, ".", node->name) : "";
      if (scope && (IsFunction(full) || (IsNamespace(*scope) && !HasDeclaredPrefix(*scope)))) {
        start = NameStart(*receiver);
        node->children.erase(node->children.begin());
        style = CallStyle::kPlain;
        name = full;
      }
    }
    node->resolved_name = name;
    Resolve(node, name, style, start);
  }

  /// Whether functions are called by names that start with the first part of `scope`.
  bool IsNamespace(const std::string& scope) const {
    const std::string first = scope.substr(0, scope.find('.'));
    return first == "math" || first == "strings" || env_.IsNamespace(first);
  }

  void Resolve(Node* node, const std::string& name, CallStyle style, uint32_t start) {
    const size_t findings = findings_.size();
    const std::vector<Type> arguments = VisitChildren(node);
    CallType call = FunctionType(name, style, arguments);
    node->resolution = Resolution::kFunction;
    node->function = call.function;
    const std::vector<HostFunction>* hosts =
        style == CallStyle::kPlain ? env_.FindFunctions(name) : nullptr;
    if (!call.fits && hosts != nullptr) {
      node->resolution = Resolution::kHost;
      node->hosts = hosts;
      call = HostType(*hosts, arguments);
    }
    node->type = call.result;
    if (call.fits) return;
    const uint32_t length = node->offset + node->length - start;
    if (hosts == nullptr && !IsFunctionName(name, style)) {
      node->resolution = Resolution::kUnknown;
      UnknownFunction(name, style, start, length);
      return;
    }
    if (node->resolution == Resolution::kFunction && node->function == Function::kNone) {
      node->resolution = Resolution::kUnknown;
    }
    if (findings_.size() != findings) return;
    const bool method = style == CallStyle::kMethod;
    const std::string receiver = method ? arguments[0].ToString() + "." : "";
    const std::string ways = hosts == nullptr ? WaysToCall(name, style) : "";
    Report(
        start, length,
        absl::StrCat("no overload of ", receiver, name, "() takes ",
                     TypeList(arguments, method ? 1 : 0), ways.empty() ? "" : "; there is ", ways));
  }

  void UnknownFunction(const std::string& name, CallStyle style, uint32_t start, uint32_t length) {
    std::vector<std::string_view> names;
    for (const Signature& signature : Signatures()) {
      if (signature.style == style) names.push_back(signature.name);
    }
    if (style == CallStyle::kPlain) {
      for (const auto& [declared, overloads] : env_.functions()) names.push_back(declared);
    }
    Report(start, length, absl::StrCat("unknown function '", name, "'"),
           std::string(NearestName(name, names)));
  }

  // Control.

  void VisitLogical(Node* node) {
    for (size_t i = 0; i < node->children.size(); ++i) {
      const Type& type = Visit(node->children[i]);
      if (Fits(type, Type::Bool())) continue;
      const char* op = node->kind == NodeKind::kAnd ? "&&" : "||";
      Report(node->operators[i == 0 ? 0 : i - 1], 2,
             absl::StrCat("operator ", op, " takes bool, not ", type.ToString()));
    }
    node->type = Type::Bool();
  }

  void VisitConditional(Node* node) {
    const Type condition = Visit(node->children[0]);
    const Type chosen = Visit(node->children[1]);
    const Type other = Visit(node->children[2]);
    if (!Fits(condition, Type::Bool())) {
      Report(*node, absl::StrCat("the condition of ?: must be bool, not ", condition.ToString()));
    }
    if (!AreAlike(chosen, other)) {
      Report(*node, absl::StrCat("the branches of ?: differ: ", chosen.ToString(), " and ",
                                 other.ToString()));
    }
    node->type = Join(chosen, other);
  }

  void VisitList(Node* node) {
    std::optional<Type> item;
    for (Node* child : node->children) {
      const Type& type = Visit(child);
      item = item ? Join(*item, type) : type;
    }
    node->type = Type::List(item.value_or(Type::Dyn()));
  }

  void VisitMap(Node* node) {
    std::optional<Type> key;
    std::optional<Type> value;
    for (size_t i = 0; i < node->children.size(); ++i) {
      const Type& type = Visit(node->children[i]);
      std::optional<Type>& joined = i % 2 == 0 ? key : value;
      joined = joined ? Join(*joined, type) : type;
    }
    node->type = Type::Map(key.value_or(Type::Dyn()), value.value_or(Type::Dyn()));
  }

  void VisitMacro(Node* node) {
    const Type range = Visit(node->children[0]);
    if (!range.IsDyn() && !range.Is(Kind::kList) && !range.Is(Kind::kMap)) {
      Report(*node, absl::StrCat(node->name, "() walks a list or a map, not ", range.ToString()));
    }
    const size_t before = locals_.size();
    const bool list = range.Is(Kind::kList);
    const bool two = node->variables.size() == 2;
    const Type first = list ? (two ? Type::Int() : range.item()) : range.key();
    locals_.push_back({node, 0, &node->variables[0], first});
    if (two) locals_.push_back({node, 1, &node->variables[1], range.item()});
    if (node->has_filter) VisitPredicate(node, node->children[1]);
    Node* body = node->children.back();
    switch (node->macro) {
      case Macro::kAll:
      case Macro::kExists:
      case Macro::kExistsOne:
        VisitPredicate(node, body);
        node->type = Type::Bool();
        break;
      case Macro::kFilter:
        VisitPredicate(node, body);
        node->type = Type::List(first);
        break;
      case Macro::kMap:
        node->type = Type::List(Visit(body));
        break;
      case Macro::kTransformMap:
        node->type = Type::Map(first, Visit(body));
        break;
      case Macro::kTransformMapEntry:
        node->type = VisitEntry(node, body);
        break;
    }
    locals_.erase(locals_.begin() + static_cast<std::ptrdiff_t>(before), locals_.end());
  }

  void VisitPredicate(Node* macro, Node* predicate) {
    const Type& type = Visit(predicate);
    if (Fits(type, Type::Bool())) return;
    Report(*predicate, absl::StrCat("the condition of ", macro->name, "() must be bool, not ",
                                    type.ToString()));
  }

  Type VisitEntry(Node* macro, Node* body) {
    const Type type = Visit(body);
    if (!type.IsDyn() && !type.Is(Kind::kMap)) {
      Report(*body,
             absl::StrCat("the entry of ", macro->name, "() must be a map, not ", type.ToString()));
    }
    return type.Is(Kind::kMap) ? type : Type(Kind::kMap);
  }

  void VisitBind(Node* node) {
    const Type type = Visit(node->children[0]);
    locals_.push_back({node, 0, &node->variables[0], type});
    node->type = Visit(node->children[1]);
    locals_.pop_back();
  }

  const Env& env_;
  std::string_view source_;
  const CompileOptions& options_;
  std::vector<Local> locals_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> Check(const Env& env, std::string_view source, const CompileOptions& options,
                           Ast* ast) {
  return Checker(env, source, options).Run(ast->root);
}

Value TypeDenotation(std::string_view name) {
  for (const std::string_view known : kTypeNames) {
    if (known == name) return Value::TypeNamed(known);
  }
  return Value();
}

}  // namespace strowger::cel
