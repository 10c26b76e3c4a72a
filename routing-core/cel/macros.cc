#include "routing-core/cel/macros.h"

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace strowger::cel {
namespace {

struct MacroForm {
  std::string_view name;
  Macro macro;
  size_t variables;
  size_t expressions;  // filter and body, after the variables
};

constexpr std::array<MacroForm, 17> kForms = {{
    {"all", Macro::kAll, 1, 1},
    {"exists", Macro::kExists, 1, 1},
    {"exists_one", Macro::kExistsOne, 1, 1},
    {"existsOne", Macro::kExistsOne, 1, 1},
    {"map", Macro::kMap, 1, 1},
    {"map", Macro::kMap, 1, 2},
    {"filter", Macro::kFilter, 1, 1},
    {"all", Macro::kAll, 2, 1},
    {"exists", Macro::kExists, 2, 1},
    {"exists_one", Macro::kExistsOne, 2, 1},
    {"existsOne", Macro::kExistsOne, 2, 1},
    {"transformList", Macro::kMap, 2, 1},
    {"transformList", Macro::kMap, 2, 2},
    {"transformMap", Macro::kTransformMap, 2, 1},
    {"transformMap", Macro::kTransformMap, 2, 2},
    {"transformMapEntry", Macro::kTransformMapEntry, 2, 1},
    {"transformMapEntry", Macro::kTransformMapEntry, 2, 2},
}};

MacroResult Misused(const Node* culprit, std::string message) {
  return {MacroResult::Outcome::kMisused, culprit, std::move(message)};
}

MacroResult Expanded() { return {MacroResult::Outcome::kExpanded, nullptr, ""}; }

bool IsPlainName(const Node& node) { return node.kind == NodeKind::kIdentifier && !node.rooted; }

MacroResult ExpandHas(Node* call) {
  Node* argument = call->children[0];
  if (argument->kind != NodeKind::kSelect) {
    return Misused(argument, "has() takes the selection of a field, as in has(a.b)");
  }
  call->kind = NodeKind::kHas;
  call->quoted = argument->quoted;
  call->name = argument->name;
  call->offset = argument->offset;
  call->length = argument->length;
  call->children = argument->children;
  return Expanded();
}

MacroResult ExpandBind(Node* call) {
  Node* variable = call->children[1];
  if (!IsPlainName(*variable)) return Misused(variable, "cel.bind() takes a plain name first");
  call->kind = NodeKind::kBind;
  call->variables = {variable->name};
  call->children.erase(call->children.begin(), call->children.begin() + 2);
  return Expanded();
}

bool IsBind(const Node& call) {
  return call.name == "bind" && call.children.size() == 4 && IsPlainName(*call.children[0]) &&
         call.children[0]->name == "cel";
}

MacroResult ExpandLoop(Node* call, const MacroForm& form) {
  for (size_t i = 1; i <= form.variables; ++i) {
    const Node* variable = call->children[i];
    if (!IsPlainName(*variable)) {
      return Misused(variable, "the variable of " + call->name + "() must be a plain name");
    }
    if (i == 2 && variable->name == call->children[1]->name) {
      return Misused(variable, "the variables of " + call->name + "() must differ");
    }
    call->variables.push_back(variable->name);
  }
  call->kind = NodeKind::kMacro;
  call->macro = form.macro;
  call->has_filter = form.expressions == 2;
  const auto first = call->children.begin() + 1;
  call->children.erase(first, first + static_cast<std::ptrdiff_t>(form.variables));
  return Expanded();
}

}  // namespace

MacroResult ExpandMacro(Node* call) {
  if (call->kind == NodeKind::kCall) {
    const bool is_has = call->name == "has" && call->children.size() == 1 && !call->rooted;
    return is_has ? ExpandHas(call) : MacroResult{};
  }
  if (IsBind(*call)) return ExpandBind(call);
  for (const MacroForm& form : kForms) {
    const size_t children = 1 + form.variables + form.expressions;
    if (form.name != call->name || children != call->children.size()) continue;
    // map(x, filter, body) and a form with two variables never share a name, so the first that
    // fits in number is the one meant.
    return ExpandLoop(call, form);
  }
  return {};
}

}  // namespace strowger::cel
