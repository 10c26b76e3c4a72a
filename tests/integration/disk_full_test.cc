// A disk that is really full: a small tmpfs. Skipped where one may not be mounted.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "tests/integration/client.h"

namespace strowger::testing {
namespace {

class SmallDisk {
 public:
  explicit SmallDisk(std::string folder) : folder_(std::move(folder)) {
    mounted_ = mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=192m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount2(folder_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  std::uintmax_t free() const { return std::filesystem::space(folder_).available; }
  // Leaves only so many bytes.
  void Fill(std::uintmax_t left) const {
    const int file = open(Filler().c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    ASSERT_GE(file, 0);
    ASSERT_GT(free(), left);
    EXPECT_EQ(posix_fallocate(file, 0, static_cast<off_t>(free() - left)), 0);
    close(file);
  }
  void MakeRoom() const { std::filesystem::remove(Filler()); }

 private:
  std::string Filler() const { return folder_ + "/filler"; }

  const std::string folder_;
  bool mounted_ = false;
};

// The journal asks how much room there is every ten milliseconds.
constexpr std::chrono::milliseconds kRoomHolds{20};

TEST(DiskFull, RefusesReadsOnAndResumesByItself) {
  ServerProcess server({.rules = "", .more = "journal: {reserve_mib: 4}\n"});
  server.Kill();
  const SmallDisk disk(std::filesystem::canonical(server.data_file("")).string());
  if (!disk.mounted()) GTEST_SKIP() << "no tmpfs may be mounted here";
  server.StartAgain();
  std::string hash;
  {
    Client client(server);
    v1::RouteResponse routed;
    for (int i = 0; i < 20; ++i) {
      const std::string id = "before-" + std::to_string(i);
      ASSERT_TRUE(client.Route(MakeContact(id), routed, id).ok());
    }
    // Below the reserve, then down to nothing at all.
    for (const std::uintmax_t left : {std::uintmax_t{3} << 20, std::uintmax_t{0}}) {
      disk.Fill(left);
      std::this_thread::sleep_for(kRoomHolds);
      for (int i = 0; i < 5; ++i) {
        const std::string id = "full-" + std::to_string(left) + "-" + std::to_string(i);
        const grpc::Status refused = client.Route(MakeContact(id), routed, id);
        EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
        EXPECT_EQ(client.GetContact("before-7").contact_id(), "before-7") << "reads live on";
      }
      disk.MakeRoom();
      const std::string id = "after-" + std::to_string(left);
      EXPECT_TRUE(client.Route(MakeContact(id), routed, id).ok()) << "resumes by itself";
      // What was refused was not done, and may come again.
      const std::string again = "full-" + std::to_string(left) + "-0";
      EXPECT_TRUE(client.Route(MakeContact(again), routed, again).ok());
      EXPECT_FALSE(routed.receipt().repeated());
    }
    EXPECT_EQ(client.GetStatus().sequence(), 24U);
    hash = client.GetStatus(/*with_hash=*/true).state_hash();
  }
  server.Kill();
  server.StartAgain();
  Client client(server);
  EXPECT_EQ(client.GetStatus(/*with_hash=*/true).state_hash(), hash);
}

}  // namespace
}  // namespace strowger::testing
