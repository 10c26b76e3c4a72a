// An ordered set threaded through records that live elsewhere: a treap with subtree sizes. Nothing
// is allocated; insertion, removal and rank cost O(log n).
#pragma once

#include <cstdint>

#include "routing-core/engine/pool.h"

namespace strowger::routing {

struct TreapNode {
  std::uint32_t left = kNoSlot;
  std::uint32_t right = kNoSlot;
  std::uint32_t size = 1;  // of the subtree
};

// `Links` gives access to the records:
//   const TreapNode& Node(slot) const;  TreapNode& ChangeNode(slot);
//   bool Less(slot, slot) const;        a total order
// A root of kNoSlot is the empty set. One thread.
template <typename Links>
class Treap {
 public:
  explicit Treap(Links links) : links_(links) {}

  std::uint32_t Size(std::uint32_t root) const {
    return root == kNoSlot ? 0 : links_.Node(root).size;
  }

  void Insert(std::uint32_t& root, std::uint32_t slot) {
    links_.ChangeNode(slot) = TreapNode{};
    root = InsertInto(root, slot);
  }

  // REQUIRES: slot is in the set.
  void Erase(std::uint32_t& root, std::uint32_t slot) { root = EraseFrom(root, slot); }

  std::uint32_t First(std::uint32_t root) const {
    while (root != kNoSlot && links_.Node(root).left != kNoSlot) root = links_.Node(root).left;
    return root;
  }

  // The next after `slot`, which need not be in the set; kNoSlot at the end.
  std::uint32_t After(std::uint32_t root, std::uint32_t slot) const {
    std::uint32_t found = kNoSlot;
    while (root != kNoSlot) {
      if (links_.Less(slot, root)) {
        found = root;
        root = links_.Node(root).left;
      } else {
        root = links_.Node(root).right;
      }
    }
    return found;
  }

  // The first for which `before` is false; kNoSlot when there is none. REQUIRES: true, then false,
  // in the order of the set.
  template <typename Predicate>
  std::uint32_t FirstNot(std::uint32_t root, Predicate before) const {
    std::uint32_t found = kNoSlot;
    while (root != kNoSlot) {
      if (before(root)) {
        root = links_.Node(root).right;
      } else {
        found = root;
        root = links_.Node(root).left;
      }
    }
    return found;
  }

  // How many stand before the first for which `before` is false. REQUIRES: true, then false, in the
  // order of the set.
  template <typename Predicate>
  std::uint32_t CountWhile(std::uint32_t root, Predicate before) const {
    std::uint32_t count = 0;
    while (root != kNoSlot) {
      if (before(root)) {
        count += Size(links_.Node(root).left) + 1;
        root = links_.Node(root).right;
      } else {
        root = links_.Node(root).left;
      }
    }
    return count;
  }

 private:
  // Heap order by a mix of the slot number: as good as random, the same everywhere.
  static std::uint64_t Weight(std::uint32_t slot) {
    std::uint64_t z = (std::uint64_t{slot} + 1) * 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    return z ^ (z >> 27);
  }

  void Resize(std::uint32_t slot) {
    TreapNode& node = links_.ChangeNode(slot);
    node.size = Size(node.left) + Size(node.right) + 1;
  }

  std::uint32_t InsertInto(std::uint32_t root, std::uint32_t slot) {
    if (root == kNoSlot) return slot;
    if (Weight(slot) > Weight(root)) {
      Split(root, slot, links_.ChangeNode(slot).left, links_.ChangeNode(slot).right);
      Resize(slot);
      return slot;
    }
    const bool left = links_.Less(slot, root);
    const TreapNode node = links_.Node(root);
    const std::uint32_t child = InsertInto(left ? node.left : node.right, slot);
    TreapNode& changed = links_.ChangeNode(root);
    (left ? changed.left : changed.right) = child;
    Resize(root);
    return root;
  }

  // Into those before and those after `slot`.
  void Split(std::uint32_t root, std::uint32_t slot, std::uint32_t& before, std::uint32_t& after) {
    if (root == kNoSlot) {
      before = after = kNoSlot;
      return;
    }
    if (links_.Less(root, slot)) {
      before = root;
      Split(links_.Node(root).right, slot, links_.ChangeNode(root).right, after);
    } else {
      after = root;
      Split(links_.Node(root).left, slot, before, links_.ChangeNode(root).left);
    }
    Resize(root);
  }

  std::uint32_t Merge(std::uint32_t before, std::uint32_t after) {
    if (before == kNoSlot) return after;
    if (after == kNoSlot) return before;
    if (Weight(before) > Weight(after)) {
      links_.ChangeNode(before).right = Merge(links_.Node(before).right, after);
      Resize(before);
      return before;
    }
    links_.ChangeNode(after).left = Merge(before, links_.Node(after).left);
    Resize(after);
    return after;
  }

  std::uint32_t EraseFrom(std::uint32_t root, std::uint32_t slot) {
    if (root == slot) return Merge(links_.Node(root).left, links_.Node(root).right);
    const bool left = links_.Less(slot, root);
    const TreapNode node = links_.Node(root);
    const std::uint32_t child = EraseFrom(left ? node.left : node.right, slot);
    TreapNode& changed = links_.ChangeNode(root);
    (left ? changed.left : changed.right) = child;
    Resize(root);
    return root;
  }

  Links links_;
};

}  // namespace strowger::routing
