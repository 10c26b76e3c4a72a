// Checkpoints of a service at work, and starts from them.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "services/strowgerd/domain_backup.h"
#include "tests/integration/client.h"

namespace strowger::testing {
namespace {

constexpr char kRules[] =
    "schema: strowger.rules/v1\nrule_set: retail\n"
    "rules:\n  - id: rest\n    then:\n      queue: first\n      wait_limit: {after: 5m, treatment: "
    "away}\nqueues:\n  first: {wrap_up: 30s}\n";

// A restart then changes nothing, and states can be compared by their hash.
constexpr char kNoGrace[] = "recovery: {grace: 0s}\n";

v1::CheckpointResponse TakeCheckpoint(Client& client) {
  v1::CheckpointResponse response;
  const grpc::Status status =
      client.Call(*client.admin, &v1::AdminService::Stub::Checkpoint, {}, response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

// An agent at work, contacts that wait, one that ended.
void Fill(Client& client, const std::string& prefix, int contacts) {
  v1::RouteResponse routed;
  for (int i = 0; i < contacts; ++i) {
    const std::string id = prefix + std::to_string(i);
    ASSERT_TRUE(client.Route(MakeContact(id), routed, "id of " + id).ok());
  }
}

std::vector<std::string> CheckpointFiles(const ServerProcess& server) {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(server.data_file("checkpoints/default"))) {
    files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(Checkpoint, AStartTakesItAndWhatFollowsIt) {
  ServerProcess server({.rules = kRules, .more = kNoGrace});
  v1::DomainStatus before;
  {
    Client client(server);
    client.AddAgent("ann");
    Fill(client, "a", 30);
    const v1::CheckpointResponse taken = TakeCheckpoint(client);
    EXPECT_EQ(taken.sequence(), client.GetStatus().sequence());
    EXPECT_FALSE(taken.was_there());
    EXPECT_TRUE(TakeCheckpoint(client).was_there());
    client.now += 60;
    Fill(client, "b", 20);
    before = client.GetStatus(/*with_hash=*/true);
  }
  server.Kill();
  server.StartAgain();
  EXPECT_TRUE(server.AwaitLog("\"checkpoint\":31")) << server.Log();
  EXPECT_TRUE(server.AwaitLog("\"records\":20")) << server.Log();
  Client client(server);
  const v1::DomainStatus after = client.GetStatus(/*with_hash=*/true);
  EXPECT_EQ(after.state_hash(), before.state_hash());
  EXPECT_EQ(after.sequence(), before.sequence() + 1);  // the restart itself
  // Whatever was answered is known, on either side of the checkpoint; and goes on as it would have.
  for (const std::string id : {"a7", "b7"}) {
    v1::RouteResponse again;
    ASSERT_TRUE(client.Route(MakeContact(id), again, "id of " + id).ok());
    EXPECT_TRUE(again.receipt().repeated()) << id;
  }
  client.now += 60 + 5 * 60;
  Fill(client, "c", 1);
  EXPECT_EQ(client.GetContact("b7").placement().treatment(), "away");
  // Events of before the checkpoint are not kept, and that is said.
  grpc::ClientContext context;
  v1::WatchRequest request;
  request.mutable_after()->set_sequence(3);
  const auto stream = client.events->Watch(&context, request);
  v1::WatchResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::OUT_OF_RANGE);
}

TEST(Checkpoint, ADamagedOneIsPassedOverForTheOneBefore) {
  ServerProcess server({.rules = kRules, .more = kNoGrace});
  std::string hash;
  {
    Client client(server);
    Fill(client, "a", 10);
    TakeCheckpoint(client);
    Fill(client, "b", 10);
    TakeCheckpoint(client);
    Fill(client, "c", 10);
    hash = client.GetStatus(/*with_hash=*/true).state_hash();
  }
  server.Kill();
  std::vector<std::string> files = CheckpointFiles(server);
  ASSERT_EQ(files.size(), 2U);
  std::string bytes = ReadWholeFile(files.back());
  bytes[bytes.size() / 2] = static_cast<char>(~bytes[bytes.size() / 2]);
  WriteFile(files.back(), bytes);
  server.StartAgain();
  EXPECT_TRUE(server.AwaitLog("checkpoint_unusable"));
  EXPECT_TRUE(server.AwaitLog("\"records\":20"));
  {
    Client client(server);
    EXPECT_EQ(client.GetStatus(/*with_hash=*/true).state_hash(), hash);
    TakeCheckpoint(client);
    hash = client.GetStatus(/*with_hash=*/true).state_hash();
  }
  // The damaged one is gone, so that two that can be read are kept.
  server.Kill();
  files = CheckpointFiles(server);
  ASSERT_EQ(files.size(), 2U);
  std::filesystem::remove(files.back());
  server.StartAgain();
  EXPECT_EQ(Client(server).GetStatus(/*with_hash=*/true).state_hash(), hash);
}

TEST(Checkpoint, ASigtermLeavesNothingToReadBehindOne) {
  ServerProcess server({.rules = kRules, .more = kNoGrace});
  std::string hash;
  {
    Client client(server);
    client.AddAgent("ann");
    Fill(client, "a", 12);
    hash = client.GetStatus(/*with_hash=*/true).state_hash();
  }
  server.Signal(SIGTERM);
  EXPECT_EQ(server.AwaitExit(), 0);
  server.StartAgain();
  EXPECT_TRUE(server.AwaitLog("\"checkpoint\":13"));
  EXPECT_TRUE(server.AwaitLog("\"records\":0"));
  EXPECT_EQ(Client(server).GetStatus(/*with_hash=*/true).state_hash(), hash);
}

// The journal behind the older of two checkpoints is all that is kept, and it is enough.
TEST(Checkpoint, TakenAsTheJournalGrowsWhichIsCutBehindThem) {
  ServerProcess server(
      {.rules = kRules,
       .more = std::string(kNoGrace) + "journal: {keep: 0s}\ncheckpoint: {commands: 50}\n"});
  std::string hash;
  {
    Client client(server);
    for (int round = 0; round < 4; ++round) {
      Fill(client, "r" + std::to_string(round) + "-", 60);
      ASSERT_TRUE(server.AwaitLog("\"first_record_kept\""));
      TakeCheckpoint(client);
    }
    const v1::CheckpointResponse last = TakeCheckpoint(client);
    EXPECT_GT(last.first_record(), 100U);
    EXPECT_EQ(CheckpointFiles(server).size(), 2U);
    hash = client.GetStatus(/*with_hash=*/true).state_hash();
  }
  server.Kill();
  server.StartAgain();
  EXPECT_EQ(Client(server).GetStatus(/*with_hash=*/true).state_hash(), hash);

  // Without any checkpoint there is no way back, and it says so.
  server.Kill();
  std::filesystem::remove_all(server.data_file("checkpoints"));
  const ProgramResult refused =
      RunServerProgram({"--listen", "unix:" + server.data_file("s"), "--metrics.listen", "",
                        "--clock", "virtual", "--data", server.data_file("")});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_NE(refused.output.find("no checkpoint before it can be read"), std::string::npos)
      << refused.output;
}

// ---- Backups --------------------------------------------------------------------------------

TEST(Backup, IsTakenAtWorkAndRestoredIntoAnEmptyFolder) {
  ServerProcess server({.rules = kRules, .more = std::string(kNoGrace) + "backup: {keep: 2}\n"});
  const std::string folder = server.data_file("backup");
  std::string hash;
  {
    Client client(server);
    client.AddAgent("ann");
    for (int round = 1; round <= 3; ++round) {
      Fill(client, "r" + std::to_string(round) + "-", 20);
      v1::BackupResponse made;
      const grpc::Status status =
          client.Call(*client.admin, &v1::AdminService::Stub::Backup, {}, made);
      ASSERT_TRUE(status.ok()) << status.error_message();
      EXPECT_EQ(made.backup_id(), static_cast<std::uint32_t>(round));
      EXPECT_EQ(made.sequence(), client.GetStatus().sequence());
      EXPECT_EQ(std::filesystem::path(made.folder()).lexically_normal(),
                std::filesystem::path(folder).lexically_normal());
    }
    hash = client.GetStatus(/*with_hash=*/true).state_hash();
    Fill(client, "after-", 5);
  }
  server.Kill();

  const std::string fresh = server.data_file("restored");
  const auto restored = daemon::RestoreDomain(folder, "default", 0, fresh);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->state_hash.ToHex(), hash);
  EXPECT_EQ(restored->backup.id, 3U);
  EXPECT_EQ(daemon::RestoreDomain(folder, "default", 0, fresh).status().code(),
            absl::StatusCode::kAlreadyExists);
  const auto kept = daemon::ListBackups(folder, "default");
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->front().id, 2U) << "the first had to go";
  const std::string earlier = server.data_file("earlier");
  EXPECT_EQ(daemon::RestoreDomain(folder, "default", 1, earlier).status().code(),
            absl::StatusCode::kNotFound);
  const auto second = daemon::RestoreDomain(folder, "default", 2, earlier);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->sequence, 41U);
}

TEST(Backup, ADamagedOneIsRefusedAndLeavesNothingBehind) {
  ServerProcess server({.rules = kRules});
  {
    Client client(server);
    Fill(client, "a", 20);
    v1::BackupResponse made;
    ASSERT_TRUE(client.Call(*client.admin, &v1::AdminService::Stub::Backup, {}, made).ok());
  }
  server.Kill();
  const std::string folder = server.data_file("backup");
  const std::string fresh = server.data_file("restored");
  std::size_t damaged = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().string();
    const bool matters = path.find(".log") != std::string::npos ||
                         path.find(".checkpoint") != std::string::npos ||
                         path.find("MANIFEST") != std::string::npos;
    if (!entry.is_regular_file() || !matters || entry.file_size() == 0) continue;
    ++damaged;
    const std::string good = ReadWholeFile(path);
    std::string bad = good;
    bad[bad.size() / 2] = static_cast<char>(~bad[bad.size() / 2]);
    WriteFile(path, bad);
    EXPECT_EQ(daemon::RestoreDomain(folder, "default", 0, fresh).status().code(),
              absl::StatusCode::kDataLoss)
        << path;
    EXPECT_FALSE(std::filesystem::exists(fresh + "/journal/default")) << path;
    WriteFile(path, good);
  }
  EXPECT_GE(damaged, 3U);
  EXPECT_TRUE(daemon::RestoreDomain(folder, "default", 0, fresh).ok());
}

}  // namespace
}  // namespace strowger::testing
