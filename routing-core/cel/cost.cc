#include "routing-core/cel/cost.h"

#include <algorithm>

namespace strowger::cel {
namespace {

constexpr uint64_t kTextCost = 4;
constexpr uint64_t kPatternCost = 64;
constexpr uint64_t kZoneCost = 16;

uint64_t Plus(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }
uint64_t Times(uint64_t a, uint64_t b) { return a != 0 && b > UINT64_MAX / a ? UINT64_MAX : a * b; }

/// How many items a list or map has at most.
uint64_t SizeBound(const Node& node, uint32_t max_list_items) {
  switch (node.kind) {
    case NodeKind::kLiteral:
      return node.literal.is(Kind::kList) || node.literal.is(Kind::kMap) ? node.literal.size() : 0;
    case NodeKind::kList:
      return node.children.size();
    case NodeKind::kMap:
      return node.children.size() / 2;
    case NodeKind::kMacro:
      return SizeBound(*node.children[0], max_list_items);
    case NodeKind::kOperator:
      if (node.function == Function::kAdd) {
        return Plus(SizeBound(*node.children[0], max_list_items),
                    SizeBound(*node.children[1], max_list_items));
      }
      return max_list_items;
    default:
      return max_list_items;
  }
}

uint64_t HostCost(const Node& node) {
  uint64_t cost = 0;
  for (const HostFunction& host : *node.hosts) cost = std::max(cost, host.cost);
  return cost;
}

bool ComparesText(const Node& node) {
  return node.function >= Function::kEqual && node.function <= Function::kIn &&
         !(node.children[0]->type.Is(Kind::kInt) || node.children[0]->type.Is(Kind::kBool));
}

/// What the node itself adds to its children.
uint64_t OwnCost(const Node& node, uint32_t max_list_items) {
  if (node.resolution == Resolution::kHost) return Plus(1, HostCost(node));
  if (node.kind == NodeKind::kOperator) {
    const bool walks =
        node.function == Function::kIn && node.children[1]->kind != NodeKind::kLiteral;
    if (walks) return Plus(1, Times(kTextCost, SizeBound(*node.children[1], max_list_items)));
    return ComparesText(node) ? 1 + kTextCost : 1;
  }
  if (node.resolution != Resolution::kFunction) return 1;
  if (node.function == Function::kMatches) return 1 + kPatternCost;
  if (IsTimeGetter(node.function)) return 1 + kZoneCost;
  return 1 + kTextCost;
}

}  // namespace

uint64_t CostOf(const Node& node, uint32_t max_list_items) {
  uint64_t body = 0;
  const size_t first = node.kind == NodeKind::kMacro ? 1 : 0;
  for (size_t i = first; i < node.children.size(); ++i) {
    body = Plus(body, CostOf(*node.children[i], max_list_items));
  }
  if (node.kind != NodeKind::kMacro) return Plus(OwnCost(node, max_list_items), body);
  const Node& range = *node.children[0];
  const uint64_t turns = SizeBound(range, max_list_items);
  // Each turn steps on, runs the body and takes up its result.
  return Plus(Plus(2, CostOf(range, max_list_items)), Times(turns, Plus(body, 2)));
}

}  // namespace strowger::cel
