#include "routing-core/engine/text_arena.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace strowger::routing {
namespace {

TEST(TextArena, CopiesOutliveTheirSource) {
  TextArena arena;
  std::vector<std::string_view> kept;
  for (int i = 0; i < 5000; ++i) {
    std::string text = "text " + std::to_string(i);
    kept.push_back(arena.Keep(text));
    text.assign(text.size(), '#');
  }
  for (int i = 0; i < 5000; ++i) {
    EXPECT_EQ(kept[static_cast<std::size_t>(i)], "text " + std::to_string(i));
  }
}

TEST(TextArena, TakesTextsLargerThanAChunk) {
  TextArena arena;
  const std::string large(100'000, 'x');
  EXPECT_EQ(arena.Keep("a"), "a");
  EXPECT_EQ(arena.Keep(large), large);
  arena.Reset();
  EXPECT_EQ(arena.Keep("b"), "b");
  EXPECT_EQ(arena.Keep(large), large);
}

}  // namespace
}  // namespace strowger::routing
