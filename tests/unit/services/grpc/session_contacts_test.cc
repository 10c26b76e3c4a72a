#include "services/grpc/session_contacts.h"

#include "gtest/gtest.h"

namespace strowger::grpc_api {
namespace {

routing::Event EventOf(routing::EventType type, std::uint64_t sequence) {
  routing::Event event;
  event.type = type;
  event.sequence = sequence;
  event.contact = "c1";
  return event;
}

TEST(SessionContacts, AreForgottenAtTheirEnd) {
  SessionContacts contacts;
  EXPECT_FALSE(contacts.Owns(EventOf(routing::EventType::kQueued, 1)));
  contacts.Add("c1", 2);
  EXPECT_TRUE(contacts.Owns(EventOf(routing::EventType::kOffered, 3)));
  EXPECT_TRUE(contacts.Owns(EventOf(routing::EventType::kEnded, 4)));
  EXPECT_FALSE(contacts.Owns(EventOf(routing::EventType::kQueued, 5)));  // someone else's now
  EXPECT_EQ(contacts.seen().sequence, 5U);
}

TEST(SessionContacts, AnEndOfBeforeDoesNotForgetTheNewOneOfTheSameId) {
  SessionContacts contacts;
  contacts.Add("c1", 2);
  contacts.Add("c1", 9);
  EXPECT_TRUE(contacts.Owns(EventOf(routing::EventType::kEnded, 7)));
  EXPECT_TRUE(contacts.Owns(EventOf(routing::EventType::kQueued, 9)));
}

TEST(SessionRegistry, MakesRoomButNotUnderAStream) {
  SessionRegistry registry(2);
  const auto held = registry.Find("", "one");
  EXPECT_EQ(registry.Find("default", "one"), held);
  registry.Find("", "two")->Add("c1", 1);
  (void)registry.Find("", "three");
  (void)registry.Find("", "four");
  EXPECT_EQ(registry.Find("", "one"), held);
  EXPECT_FALSE(registry.Find("", "two")->Owns(EventOf(routing::EventType::kQueued, 1)));
}

}  // namespace
}  // namespace strowger::grpc_api
