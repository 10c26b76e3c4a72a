#include "services/runtime/job_thread.h"

#include <future>
#include <vector>

#include "gtest/gtest.h"

namespace strowger::runtime {
namespace {

TEST(JobThread, DoesJobsInOrderAndFinishesThemWhenClosed) {
  std::vector<int> done;
  JobThread thread(3);
  std::promise<void> go;
  std::promise<void> begun;
  ASSERT_TRUE(thread.Do([&] {
    begun.set_value();
    go.get_future().wait();
  }));
  begun.get_future().wait();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(thread.Do([&done, i] { done.push_back(i); }));
  EXPECT_FALSE(thread.Do([&done] { done.push_back(9); }));  // too many wait
  go.set_value();
  thread.Close();
  EXPECT_EQ(done, (std::vector<int>{0, 1, 2}));
  EXPECT_FALSE(thread.Do([] {}));
  thread.Close();
}

}  // namespace
}  // namespace strowger::runtime
