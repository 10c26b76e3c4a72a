// Checkpoints of states that random commands lead to, damaged in every way that one byte can be.
// That undamaged ones are exact is part of every run of the model: see RouterSubject.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "routing-core/engine/checkpoint_bytes.h"
#include "routing/router.h"
#include "tests/model/command_generator.h"
#include "tests/model/differential.h"
#include "tests/model/seen_rules.h"

namespace strowger::model {
namespace {

constexpr std::uint64_t kCommandsBefore = 600;
constexpr std::uint64_t kCommandsAfter = 40;

// The digest as it would have to be, so that what stands behind it is looked at too.
std::string WithRightDigest(std::string bytes) {
  const std::string body = bytes.substr(0, bytes.size() - routing::kDigestBytes);
  std::string out;
  const routing::ByteSink sink = [&out](std::string_view piece) { out.append(piece); };
  routing::CheckpointWriter writer(sink);
  writer.PutBytes(body);
  writer.Finish();
  return out;
}

class CheckpointTest : public testing::TestWithParam<std::uint64_t> {
 protected:
  CheckpointTest() : commands_(CommandsOf(GetParam(), kCommandsBefore + kCommandsAfter)) {
    const auto rule_set = CommandGenerator(GetParam()).first_rule_set();
    rules_.See(rule_set);
    routing::Router router(CommandGenerator::limits(), rule_set);
    routing::EventBuffer events;
    for (std::uint64_t i = 0; i < kCommandsBefore; ++i) {
      rules_.See(commands_[i]);
      router.Apply(commands_[i], events);
    }
    router.Save([this](std::string_view piece) { bytes_.append(piece); });
  }

  // Whatever the bytes say, reading them ends well: with a reason, or a router that works.
  void LoadAndGoOn(const std::string& bytes) {
    const routing::LoadedRouter loaded = routing::Router::Load(bytes, rules_);
    ASSERT_NE(loaded.router == nullptr, loaded.error.empty());
    if (loaded.router == nullptr) return;
    loaded.router->Hash();
    loaded.router->Domain();
    loaded.router->ListQueues();
    loaded.router->ListAgents({}, 100, nullptr);
    routing::EventBuffer events;
    const routing::DomainView domain = loaded.router->Domain();
    for (std::uint64_t i = kCommandsBefore; i < commands_.size(); ++i) {
      if (commands_[i].sequence <= domain.sequence || commands_[i].time < domain.time) continue;
      loaded.router->Apply(commands_[i], events);
    }
  }

  std::vector<routing::Command> commands_;
  SeenRules rules_;
  std::string bytes_;
};

TEST_P(CheckpointTest, EveryCutIsRefused) {
  for (std::size_t size = 0; size < bytes_.size(); ++size) {
    const auto loaded = routing::Router::Load(std::string_view(bytes_).substr(0, size), rules_);
    ASSERT_EQ(loaded.router, nullptr) << "cut at " << size;
    ASSERT_NE(loaded.error, "");
  }
}

TEST_P(CheckpointTest, EveryFlippedByteIsRefused) {
  for (std::size_t place = 0; place < bytes_.size(); ++place) {
    std::string flipped = bytes_;
    flipped[place] = static_cast<char>(flipped[place] ^ (1 << (place % 8)));
    const auto loaded = routing::Router::Load(flipped, rules_);
    ASSERT_EQ(loaded.router, nullptr) << "flipped at " << place;
  }
}

TEST_P(CheckpointTest, BytesMadeUpToPassAreReadWithoutHarm) {
  // Every third, others for each seed.
  for (std::size_t place = GetParam() % 3; place + routing::kDigestBytes < bytes_.size();
       place += 3) {
    std::string other = bytes_;
    other[place] = static_cast<char>(other[place] ^ (place % 9 == 8 ? 0xff : 1 << (place % 9)));
    LoadAndGoOn(WithRightDigest(other));
    if (place % 7 == 0) LoadAndGoOn(WithRightDigest(std::string(bytes_).erase(place, 1)));
  }
}

TEST_P(CheckpointTest, SaysWhatItCannotRead) {
  SeenRules stranger;
  const auto without_rules = routing::Router::Load(bytes_, stranger);
  EXPECT_NE(without_rules.error.find("makes nothing of the rule set"), std::string::npos)
      << without_rules.error;
  std::string later = bytes_;
  later[routing::kCheckpointName.size()] = 99;
  const auto newer = routing::Router::Load(WithRightDigest(later), rules_);
  EXPECT_NE(newer.error.find("format 99 is newer than this build"), std::string::npos)
      << newer.error;
}

INSTANTIATE_TEST_SUITE_P(Seeds, CheckpointTest, testing::Values(3, 11));

}  // namespace
}  // namespace strowger::model
