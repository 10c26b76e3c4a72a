#include "routing-core/engine/byte_store.h"

#include <cstring>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace strowger::routing {
namespace {

TEST(ByteStore, BlocksDoNotOverlap) {
  ByteStore store;
  std::vector<ByteStore::Block> blocks;
  for (std::uint32_t size = 1; size < 5000; size += 37) {
    ByteStore::Block block = store.Allocate(size);
    std::memset(block.data, static_cast<int>(blocks.size() % 251), size);
    blocks.push_back(block);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    for (const char byte : blocks[i].view()) {
      ASSERT_EQ(static_cast<unsigned char>(byte), i % 251);
    }
  }
}

TEST(ByteStore, FreedBlocksAreUsedAgain) {
  ByteStore store;
  std::set<const char*> seen;
  for (int i = 0; i < 10; ++i) {
    const ByteStore::Block block = store.Allocate(100);
    seen.insert(block.data);
    store.Free(block);
  }
  EXPECT_EQ(seen.size(), 1U);
}

TEST(ByteStore, TakesTheLargestSize) {
  ByteStore store;
  ByteStore::Block block = store.Allocate(ByteStore::kLargest);
  block.data[ByteStore::kLargest - 1] = 'x';
  EXPECT_EQ(block.view().back(), 'x');
}

TEST(ByteStore, FreeingNothingIsFine) {
  ByteStore store;
  store.Free(ByteStore::Block{});
}

}  // namespace
}  // namespace strowger::routing
