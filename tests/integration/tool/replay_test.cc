// Recorded calls through the real service.
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "tests/integration/tool/program.h"

namespace strowger {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr char kLastLine[] = "[0-9]+ contacts, [0-9]+ ended, 0 lost; state hash [0-9a-f]+";

class ReplayTest : public ::testing::Test {
 protected:
  // Two generated days as call records.
  std::string Calls() const {
    const Finished day = workshop_.Ctl("day --csv --seed 5 --contacts 900 --days 2");
    EXPECT_EQ(day.code, 0) << day.err;
    return day.out;
  }
  Finished Replay(const std::string& arguments) const {
    return workshop_.Ctl("replay --strowgerd " STROWGERD " " + arguments);
  }

  Workshop workshop_;
};

TEST_F(ReplayTest, EveryCallReachesOneEndAndTwoRunsAgree) {
  const std::string file = workshop_.Write("calls.csv", Calls());
  const Finished first = Replay(file);
  ASSERT_EQ(first.code, 0) << first.out << first.err;
  EXPECT_THAT(first.LastLine(), MatchesRegex(kLastLine));
  const Finished second = Replay(file);
  EXPECT_EQ(second.LastLine(), first.LastLine());
}

TEST_F(ReplayTest, GzipIsReadLikePlainText) {
  const std::string text = Calls();
  const std::string plain = workshop_.Write("calls.csv", text);
  const std::string packed = workshop_.Path("calls.csv.gz");
  gzFile out = gzopen(packed.c_str(), "wb");
  gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
  gzclose(out);
  const Finished one = Replay(plain);
  const Finished other = Replay(packed);
  EXPECT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(one.LastLine(), other.LastLine());
}

TEST_F(ReplayTest, AnotherDayIsAnotherHash) {
  const std::string text = Calls();
  const std::string whole = workshop_.Write("whole.csv", text);
  const std::string part =
      workshop_.Write("part.csv", text.substr(0, text.rfind('\n', text.size() - 2) + 1));
  EXPECT_NE(Replay(whole).LastLine(), Replay(part).LastLine());
}

TEST_F(ReplayTest, SaysWhatIsWrongWithAFile) {
  const Finished broken = Replay(workshop_.Write("calls.csv", Calls() + "only,three,columns\n"));
  EXPECT_EQ(broken.code, 2);
  EXPECT_THAT(broken.err, HasSubstr("3 columns instead of 17"));
  const Finished missing = Replay(workshop_.Path("nothing.csv"));
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.err, HasSubstr("cannot be opened"));
}

TEST_F(ReplayTest, LeavesNothingBehind) {
  const std::string file = workshop_.Write("calls.csv", Calls());
  const std::string temporary = workshop_.Path("tmp");
  std::filesystem::create_directory(temporary);
  setenv("TMPDIR", temporary.c_str(), 1);
  const Finished replay = Replay(file);
  unsetenv("TMPDIR");
  EXPECT_EQ(replay.code, 0) << replay.err;
  EXPECT_TRUE(std::filesystem::is_empty(temporary));
}

// The research data that lies beside the project on some machines.
TEST_F(ReplayTest, ARealMonth) {
  const std::string file = STROWGER_SHARED "/data/anonbank_1999-01.csv.gz";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "the month of calls is not on this machine";
  const Finished month = Replay(file);
  ASSERT_EQ(month.code, 0) << month.out << month.err;
  EXPECT_THAT(month.out, HasSubstr("31,599 rows: 30,140 contacts; apart from them 1,219 that left "
                                   "before they queued and 240 phantoms"));
  EXPECT_THAT(month.LastLine(),
              MatchesRegex("30140 contacts, 30140 ended, 0 lost; state hash [0-9a-f]+"));
}

}  // namespace
}  // namespace strowger
