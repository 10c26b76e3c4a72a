#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "routing-core/cel/constant_pool.h"
#include "routing-core/cel/env.h"
#include "routing-core/cel/function.h"
#include "routing-core/cel/type.h"
#include "routing-core/cel/value.h"

namespace strowger::cel {

enum class NodeKind : uint8_t {
  kLiteral,
  kIdentifier,
  kSelect,       // children: operand
  kHas,          // has(operand.name); children: operand
  kOperator,     // function; children: operands
  kCall,         // name(children)
  kMethod,       // children[0].name(the rest)
  kAnd,          // two or more children
  kOr,           // likewise
  kConditional,  // children: condition, then, else
  kList,
  kMap,    // children: key, value, key, value, ...
  kMacro,  // children: range, [filter,] body
  kBind,   // children: initial value, body
};

enum class Macro : uint8_t {
  kAll,
  kExists,
  kExistsOne,
  kMap,
  kFilter,  // its body is the filter
  kTransformMap,
  kTransformMapEntry,
};

/// What a name or a call turned out to stand for. Set by the checker.
enum class Resolution : uint8_t {
  kNone,      // an operation on the children
  kVariable,  // slot, under `resolved_name`
  kLocal,     // a variable of the macro or binding `binder`
  kFunction,  // `function`; a method whose receiver is part of the name has that child removed
  kHost,      // `hosts`
  kUnknown,   // nothing; only without checking
};

/// A node of the tree. Offsets are bytes into the source; the main token is the one that findings
/// point at: the operator, the name of a function or field, the opening bracket.
struct Node {
  NodeKind kind = NodeKind::kLiteral;
  Function function = Function::kNone;
  Macro macro = Macro::kAll;
  Resolution resolution = Resolution::kNone;
  bool rooted = false;          // identifier written with a leading dot
  bool quoted = false;          // field written in back-quotes
  bool has_filter = false;      // a macro with three children
  uint8_t binder_variable = 0;  // kLocal: which variable of the binder
  uint16_t depth = 1;           // of the tree under and with this node
  uint32_t offset = 0;
  uint32_t length = 0;
  uint32_t start = 0;  // first byte of the whole
  uint32_t slot = 0;
  uint32_t base = 0;  // kMacro, kBind: the emitter's first register for its variables
  Value literal;      // in the tree's constant pool
  std::string name;   // of an identifier, field, function or macro
  std::string resolved_name;
  std::vector<std::string> variables;  // kMacro: one or two; kBind: one
  std::vector<uint32_t> operators;     // kAnd, kOr: offsets of the operators between the children
  std::vector<Node*> children;
  Type type;
  const Node* binder = nullptr;
  const std::vector<HostFunction>* hosts = nullptr;
};

/// Owns the nodes and constants of one expression.
struct Ast {
  Node* root = nullptr;
  std::deque<Node> nodes;
  ConstantPool constants;

  Node* Make(NodeKind kind) {
    nodes.emplace_back();
    nodes.back().kind = kind;
    return &nodes.back();
  }
};

}  // namespace strowger::cel
