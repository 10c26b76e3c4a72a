#include "services/rules/watcher.h"

#include <stdlib.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "gtest/gtest.h"

namespace strowger::rules {
namespace {

namespace fs = std::filesystem;

// A folder, a watcher on one file in it, and what it said last.
class FileWatcherTest : public ::testing::Test {
 protected:
  FileWatcherTest() {
    std::string name = (fs::temp_directory_path() / "strowger_XXXXXX").string();
    folder_ = mkdtemp(name.data());
    Write("rules.yaml", "first");
  }
  ~FileWatcherTest() override {
    watcher_.reset();
    fs::remove_all(folder_);
  }

  void Watch() {
    watcher_ = std::make_unique<FileWatcher>(
        (folder_ / "rules.yaml").string(), "first", [this](const std::string& text) { Tell(text); },
        [this](const absl::Status& status) { Tell(status.ok() ? "readable" : "unreadable"); });
  }
  void Write(const fs::path& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  // Until the watcher has said it.
  bool Await(const std::string& text) {
    std::unique_lock lock(mutex_);
    return told_changed_.wait_for(lock, std::chrono::seconds(30),
                                  [&] { return told_.find(text) != std::string::npos; });
  }
  std::string told() {
    const std::scoped_lock lock(mutex_);
    return told_;
  }

  fs::path folder_;

 private:
  void Tell(const std::string& text) {
    const std::scoped_lock lock(mutex_);
    told_ += text + ' ';
    told_changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable told_changed_;
  std::string told_;

 protected:
  std::unique_ptr<FileWatcher> watcher_;
};

TEST_F(FileWatcherTest, TellsNewContentOnce) {
  Watch();
  Write("rules.yaml", "first");  // touched, not changed
  Write("rules.yaml", "second");
  EXPECT_TRUE(Await("second"));
  watcher_->Reread();
  EXPECT_TRUE(Await("second second"));
  EXPECT_EQ(told().find("first"), std::string::npos);
}

TEST_F(FileWatcherTest, LeavesAloneWhatIsBeingWrittenWhenItStarts) {
  std::ofstream cut(folder_ / "rules.yaml");
  Watch();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  cut << "whole";
  cut.close();
  EXPECT_TRUE(Await("whole"));
  EXPECT_EQ(told(), "whole ");
}

TEST_F(FileWatcherTest, FollowsTheNameNotTheFile) {
  Watch();
  Write("other", "renamed");
  fs::rename(folder_ / "other", folder_ / "rules.yaml");
  EXPECT_TRUE(Await("renamed"));
  fs::remove(folder_ / "rules.yaml");
  EXPECT_TRUE(Await("unreadable"));
  Write("rules.yaml", "back");
  EXPECT_TRUE(Await("readable back"));
}

// As Kubernetes mounts configuration: a link through a folder that is itself a link.
TEST_F(FileWatcherTest, SeesFoldersSwappedBehindLinks) {
  fs::create_directory(folder_ / "one");
  fs::create_directory(folder_ / "two");
  Write("one/rules.yaml", "first");
  Write("two/rules.yaml", "swapped");
  fs::create_symlink("one", folder_ / "data");
  fs::remove(folder_ / "rules.yaml");
  fs::create_symlink("data/rules.yaml", folder_ / "rules.yaml");
  Watch();
  fs::create_symlink("two", folder_ / "data_new");
  fs::rename(folder_ / "data_new", folder_ / "data");
  EXPECT_TRUE(Await("swapped"));
  Write("two/rules.yaml", "edited");  // in the folder that the links lead to
  EXPECT_TRUE(Await("edited"));
}

}  // namespace
}  // namespace strowger::rules
