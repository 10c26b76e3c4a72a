#include "routing-core/engine/byte_store.h"

#include "routing-core/engine/check.h"

namespace strowger::routing {
namespace {

// 16, 32, 48, 64, then 80, 96, 112, 128, then 160, ...: four for each doubling.
constexpr std::uint32_t ClassSize(std::uint32_t size_class) {
  const std::uint32_t quarter = size_class < 4 ? 16 : 16U << (size_class / 4 - 1);
  return (size_class < 4 ? 0 : 4 * quarter) + quarter * (size_class % 4 + 1);
}

std::uint32_t ClassOf(std::uint32_t size) {
  std::uint32_t size_class = 0;
  while (ClassSize(size_class) < size) ++size_class;
  return size_class;
}

}  // namespace

ByteStore::Block ByteStore::Allocate(std::uint32_t size) {
  static_assert(ClassSize(kClasses - 1) == kLargest);
  Check(size <= kLargest, "a block within the largest size");
  Block block{nullptr, size, ClassOf(size)};
  Class& owner = classes_[block.size_class];
  if (!owner.free.empty()) {
    block.data = owner.free.back();
    owner.free.pop_back();
    return block;
  }
  const std::uint32_t bytes = ClassSize(block.size_class);
  if (owner.next == nullptr || owner.end - owner.next < static_cast<std::ptrdiff_t>(bytes)) {
    slabs_.push_back(std::make_unique<char[]>(kSlabBytes));
    owner.next = slabs_.back().get();
    owner.end = owner.next + kSlabBytes;
  }
  block.data = owner.next;
  owner.next += bytes;
  return block;
}

void ByteStore::Free(Block block) {
  if (block.data != nullptr) classes_[block.size_class].free.push_back(block.data);
}

}  // namespace strowger::routing
