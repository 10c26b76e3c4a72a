// Contacts that have ended: looked up, listed, kept through failures, erased; and attributes that
// never reach the disk.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/integration/client.h"

namespace strowger::testing {
namespace {

constexpr char kRules[] =
    "schema: strowger.rules/v1\nrule_set: retail\n"
    "vocabulary:\n  contact:\n    name: {type: string}\n"
    "    card: {type: string, stored: false}\n"
    "rules:\n"
    "  - {id: card_holders, when: has(contact.card), then: {queue: cards}}\n"
    "  - {id: rest, then: {queue: first}}\n"
    "queues:\n  first: {}\n  cards: {}\n";

// So that the core forgets at once, and a restart changes nothing.
constexpr char kForgetful[] = "recovery: {grace: 0s}\nlimits: {ended_contacts: 1}\n";

void AddAttribute(v1::Contact& contact, const std::string& name, const std::string& value) {
  v1::Attribute* const attribute = contact.add_attributes();
  attribute->set_name(name);
  attribute->set_string_value(value);
}

void Handle(Client& client, const std::string& id, const std::string& name = "") {
  v1::Contact contact = MakeContact(id);
  if (!name.empty()) AddAttribute(contact, "name", name);
  client.Serve(contact, "ann");
}

v1::GetContactResponse Get(Client& client, const std::string& id) {
  v1::GetContactRequest request;
  request.set_contact_id(id);
  v1::GetContactResponse response;
  const grpc::Status status =
      client.Call(*client.routing, &v1::RoutingService::Stub::GetContact, request, response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

grpc::StatusCode Find(Client& client, const std::string& id) {
  v1::GetContactRequest request;
  request.set_contact_id(id);
  v1::GetContactResponse response;
  return client.Call(*client.routing, &v1::RoutingService::Stub::GetContact, request, response)
      .error_code();
}

using Ids = std::vector<std::string>;

Ids List(Client& client, v1::ListContactsRequest request) {
  Ids ids;
  for (int pages = 0; pages < 100; ++pages) {
    v1::ListContactsResponse page;
    const grpc::Status status =
        client.Call(*client.routing, &v1::RoutingService::Stub::ListContacts, request, page);
    EXPECT_TRUE(status.ok()) << status.error_message();
    for (const v1::ContactStatus& contact : page.contacts()) ids.push_back(contact.contact_id());
    request.set_page_token(page.next_page_token());
    if (request.page_token().empty()) break;
  }
  return ids;
}

v1::ListContactsRequest Ended(std::uint32_t page_size = 2) {
  v1::ListContactsRequest request;
  request.set_page_size(page_size);
  request.set_selection(v1::CONTACT_SELECTION_ENDED);
  return request;
}

TEST(History, AContactThatTheCoreForgotIsStillThere) {
  ServerProcess server({.rules = kRules, .more = kForgetful});
  Client client(server);
  client.AddAgent("ann");
  Handle(client, "c1", "Eve");
  Handle(client, "c2");
  const v1::GetContactResponse found = Get(client, "c1");
  const v1::ContactStatus& contact = found.contact();
  EXPECT_EQ(contact.placement().state(), v1::CONTACT_STATE_ENDED);
  EXPECT_EQ(contact.placement().agent_id(), "ann");
  EXPECT_EQ(contact.placement().queue(), "first");
  EXPECT_EQ(contact.placement().rule(), "rest");
  EXPECT_EQ(contact.placement().end_reason(), v1::END_REASON_COMPLETED);
  EXPECT_EQ(contact.rule_set_version(), 1U);
  EXPECT_EQ(contact.attributes(0).string_value(), "Eve");
  EXPECT_EQ(contact.waited().seconds(), 5);
  ASSERT_EQ(contact.handlings_size(), 1);
  EXPECT_EQ(contact.handlings(0).ended_at().seconds() - contact.handlings(0).began_at().seconds(),
            60);
  ASSERT_EQ(found.events_size(), 4);  // queued, offered, assigned, ended
  EXPECT_TRUE(found.events(0).has_queued());
  EXPECT_TRUE(found.events(3).has_ended());
  EXPECT_EQ(Find(client, "nobody"), grpc::StatusCode::NOT_FOUND);
}

TEST(History, ListsByStateQueueAgentChannelAndTime) {
  ServerProcess server({.rules = kRules, .more = kForgetful});
  Client client(server);
  client.AddAgent("ann");
  for (const char* id : {"c1", "c2", "c3"}) Handle(client, id);
  v1::RouteResponse routed;
  ASSERT_TRUE(client.Route(MakeContact("d1"), routed).ok());
  ASSERT_TRUE(client.Route(MakeContact("d2", "chat"), routed).ok());

  Ids all = List(client, {});
  EXPECT_EQ(all, (Ids{"d1", "d2", "c3", "c2", "c1"}));
  v1::ListContactsRequest small;
  small.set_page_size(1);
  Ids one_by_one = List(client, small);
  EXPECT_EQ(one_by_one, all);
  EXPECT_EQ(List(client, Ended()), (Ids{"c3", "c2", "c1"}));
  v1::ListContactsRequest live;
  live.set_selection(v1::CONTACT_SELECTION_LIVE);
  live.set_channel("chat");
  EXPECT_EQ(List(client, live), Ids{"d2"});
  live.set_channel("");
  live.set_agent_id("ann");
  EXPECT_EQ(List(client, live), Ids{"d1"});  // offered
  v1::ListContactsRequest ended = Ended();
  ended.set_agent_id("ann");
  ended.set_queue("first");
  ended.mutable_from()->set_seconds(kMonday + 66);  // c1 ended at 65 s, c2 at 130 s
  ended.mutable_to()->set_seconds(kMonday + 190);
  EXPECT_EQ(List(client, ended), Ids{"c2"});
  ended.set_queue("cards");
  EXPECT_EQ(List(client, ended), Ids{});
  ended.set_page_token("nonsense");
  v1::ListContactsResponse page;
  EXPECT_EQ(client.Call(*client.routing, &v1::RoutingService::Stub::ListContacts, ended, page)
                .error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(History, IsWholeAfterFailures) {
  ServerProcess server({.rules = kRules, .more = kForgetful});
  Ids expected;
  std::int64_t now = kMonday;
  for (int round = 0; round < 4; ++round) {
    Client client(server);
    client.now = now;
    client.AddAgent("ann");
    for (int i = 0; i < 10; ++i) {
      const std::string id = "c" + std::to_string(round) + std::to_string(i);
      Handle(client, id);
      expected.push_back(id);
      if (i == 5 && round == 2) {
        v1::CheckpointResponse taken;
        ASSERT_TRUE(
            client.Call(*client.admin, &v1::AdminService::Stub::Checkpoint, {}, taken).ok());
      }
    }
    now = client.now;
    server.Kill();  // a moment after the last one ended
    server.StartAgain();
  }
  Client client(server);
  Ids listed = List(client, Ended(7));
  std::reverse(listed.begin(), listed.end());
  EXPECT_EQ(listed, expected);
  EXPECT_EQ(Get(client, "c23").contact().placement().agent_id(), "ann");
  EXPECT_EQ(Get(client, "c23").events_size(), 4);
}

TEST(History, InMemoryItLivesAsLongAsTheService) {
  ServerProcess server(
      {.rules = kRules, .more = std::string(kForgetful) + "journal: {mode: memory}\n"});
  Client client(server);
  client.AddAgent("ann");
  for (const char* id : {"c1", "c2"}) Handle(client, id);
  EXPECT_EQ(Get(client, "c1").contact().placement().agent_id(), "ann");
  EXPECT_FALSE(std::filesystem::exists(server.data_file("history")));
  v1::EraseContactDataRequest erase;
  erase.set_contact_id("c1");
  v1::EraseContactDataResponse erased;
  ASSERT_TRUE(
      client.Call(*client.admin, &v1::AdminService::Stub::EraseContactData, erase, erased).ok());
  EXPECT_EQ(Find(client, "c1"), grpc::StatusCode::NOT_FOUND);
}

TEST(History, CanBeSwitchedOff) {
  ServerProcess server(
      {.rules = kRules, .more = std::string(kForgetful) + "history: {keep: 0s}\n"});
  Client client(server);
  client.AddAgent("ann");
  for (const char* id : {"c1", "c2"}) Handle(client, id);
  EXPECT_EQ(Find(client, "c1"), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Find(client, "c2"), grpc::StatusCode::OK);  // the core still knows the last one
  EXPECT_EQ(List(client, Ended()), Ids{});
}

// ---- What the disk holds --------------------------------------------------------------------

// The files below the data folder that have the text in them.
Ids FilesWith(const ServerProcess& server, const std::string& text) {
  Ids files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(server.data_file(""))) {
    if (!entry.is_regular_file()) continue;
    const std::string bytes = ReadWholeFile(entry.path().string());
    if (bytes.find(text) != std::string::npos) files.push_back(entry.path().string());
  }
  return files;
}

constexpr char kMarker[] = "Evelyn-Unmistakable-7f3a";

TEST(Erasure, LeavesNothingOnDiskAndComesBackByNoReplay) {
  ServerProcess server({.rules = kRules, .more = kForgetful});
  v1::EraseContactDataResponse erased;
  std::string hash;
  {
    Client client(server);
    client.AddAgent("ann");
    Handle(client, "c1", kMarker);
    v1::CheckpointResponse taken;
    ASSERT_TRUE(client.Call(*client.admin, &v1::AdminService::Stub::Checkpoint, {}, taken).ok());
    for (const char* id : {"c2", "c3"}) Handle(client, id);
    v1::BackupResponse backup;
    ASSERT_TRUE(client.Call(*client.admin, &v1::AdminService::Stub::Backup, {}, backup).ok());
    EXPECT_EQ(Find(client, "c1"), grpc::StatusCode::OK);  // so the history has it
    EXPECT_FALSE(FilesWith(server, kMarker).empty());

    v1::EraseContactDataRequest erase;
    erase.set_contact_id("c1");
    erase.set_command_id("erase c1");
    for (const bool repeated : {false, true}) {
      const grpc::Status status =
          client.Call(*client.admin, &v1::AdminService::Stub::EraseContactData, erase, erased);
      ASSERT_TRUE(status.ok()) << status.error_message();
      EXPECT_EQ(erased.receipt().repeated(), repeated);
    }
    ASSERT_EQ(erased.backups_size(), 1);
    EXPECT_EQ(erased.backups(0).backup_id(), backup.backup_id());
    EXPECT_EQ(Find(client, "c1"), grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(List(client, Ended()), (Ids{"c3", "c2"}));
    hash = client.GetStatus(/*with_hash=*/true).state_hash();
  }
  std::filesystem::remove_all(erased.backup_folder());
  EXPECT_EQ(FilesWith(server, kMarker), Ids{});
  server.Kill();
  server.StartAgain();
  Client client(server);
  EXPECT_EQ(client.GetStatus(/*with_hash=*/true).state_hash(), hash);
  EXPECT_EQ(Find(client, "c1"), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(List(client, Ended()), (Ids{"c3", "c2"}));
}

TEST(Erasure, IsRefusedWhileTheContactLives) {
  ServerProcess server({.rules = kRules, .more = kForgetful});
  Client client(server);
  v1::RouteResponse routed;
  ASSERT_TRUE(client.Route(MakeContact("c1"), routed).ok());
  v1::EraseContactDataRequest erase;
  erase.set_contact_id("c1");
  v1::EraseContactDataResponse erased;
  const grpc::Status status =
      client.Call(*client.admin, &v1::AdminService::Stub::EraseContactData, erase, erased);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(DetailsOf(status).reason, "WRONG_STATE");
  erase.set_contact_id("nobody");
  EXPECT_TRUE(
      client.Call(*client.admin, &v1::AdminService::Stub::EraseContactData, erase, erased).ok());
}

TEST(Unstored, DecidesAtArrivalAndReachesNoFile) {
  ServerProcess server({.rules = kRules, .more = kForgetful});
  std::string hash;
  {
    Client client(server);
    v1::Contact contact = MakeContact("c1");
    AddAttribute(contact, "card", kMarker);
    AddAttribute(contact, "name", "Eve");
    v1::RouteResponse routed;
    ASSERT_TRUE(client.Route(contact, routed).ok());
    EXPECT_EQ(routed.placement().rule(), "card_holders");
    EXPECT_EQ(routed.placement().queue(), "cards");
    const v1::ContactStatus status = client.GetContact("c1");
    ASSERT_EQ(status.attributes_size(), 1);
    EXPECT_EQ(status.attributes(0).name(), "name");
    // It cannot come later.
    v1::UpdateContactRequest update;
    update.mutable_command()->set_contact_id("c1");
    v1::Attribute* const again = update.mutable_command()->add_attributes();
    again->set_name("card");
    again->set_string_value(kMarker);
    v1::UpdateContactResponse updated;
    EXPECT_EQ(
        client.Call(*client.routing, &v1::RoutingService::Stub::UpdateContact, update, updated)
            .error_code(),
        grpc::StatusCode::INVALID_ARGUMENT);
    v1::RouteResponse other;
    ASSERT_TRUE(client.Route(MakeContact("c2"), other).ok());
    EXPECT_EQ(other.placement().queue(), "first");
    hash = client.GetStatus(/*with_hash=*/true).state_hash();
  }
  server.Kill();
  EXPECT_EQ(FilesWith(server, kMarker), Ids{});
  server.StartAgain();
  Client client(server);
  EXPECT_EQ(client.GetStatus(/*with_hash=*/true).state_hash(), hash);
  EXPECT_EQ(client.GetContact("c1").placement().queue(), "cards");
  v1::CheckpointResponse taken;
  ASSERT_TRUE(client.Call(*client.admin, &v1::AdminService::Stub::Checkpoint, {}, taken).ok());
  EXPECT_EQ(FilesWith(server, kMarker), Ids{});
}

}  // namespace
}  // namespace strowger::testing
