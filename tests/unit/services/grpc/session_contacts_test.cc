#include "services/grpc/session_contacts.h"

#include <string_view>
#include <vector>

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

bool Owns(SessionContacts& contacts, const routing::Event& event) {
  std::vector<const routing::Event*> owned;
  contacts.Sift({&event, 1}, owned);
  return !owned.empty();
}

void Add(SessionContacts& contacts, std::string_view contact, std::uint64_t sequence) {
  const SessionContacts::Submitted submitted{contact, sequence};
  contacts.Add({&submitted, 1});
}

TEST(SessionContacts, AreForgottenAtTheirEnd) {
  SessionContacts contacts;
  EXPECT_FALSE(Owns(contacts, EventOf(routing::EventType::kQueued, 1)));
  Add(contacts, "c1", 2);
  EXPECT_TRUE(Owns(contacts, EventOf(routing::EventType::kOffered, 3)));
  EXPECT_TRUE(Owns(contacts, EventOf(routing::EventType::kEnded, 4)));
  EXPECT_FALSE(Owns(contacts, EventOf(routing::EventType::kQueued, 5)));  // someone else's now
  EXPECT_EQ(contacts.seen().sequence, 5U);
}

TEST(SessionContacts, AnEndOfBeforeDoesNotForgetTheNewOneOfTheSameId) {
  SessionContacts contacts;
  Add(contacts, "c1", 2);
  Add(contacts, "c1", 9);
  EXPECT_TRUE(Owns(contacts, EventOf(routing::EventType::kEnded, 7)));
  EXPECT_TRUE(Owns(contacts, EventOf(routing::EventType::kQueued, 9)));
}

TEST(SessionContacts, SiftsARowOfEventsInOneGo) {
  SessionContacts contacts;
  Add(contacts, "c1", 2);
  const std::vector<routing::Event> events = {EventOf(routing::EventType::kQueued, 2),
                                              EventOf(routing::EventType::kEnded, 3),
                                              EventOf(routing::EventType::kQueued, 4)};
  std::vector<const routing::Event*> owned;
  contacts.Sift(events, owned);
  EXPECT_EQ(owned, (std::vector<const routing::Event*>{&events[0], &events[1]}));
  EXPECT_EQ(contacts.seen().sequence, 4U);
}

TEST(SessionRegistry, MakesRoomButNotUnderAStream) {
  SessionRegistry registry(2);
  const auto held = registry.Find("", "one");
  EXPECT_EQ(registry.Find("default", "one"), held);
  Add(*registry.Find("", "two"), "c1", 1);
  (void)registry.Find("", "three");
  (void)registry.Find("", "four");
  EXPECT_EQ(registry.Find("", "one"), held);
  EXPECT_FALSE(Owns(*registry.Find("", "two"), EventOf(routing::EventType::kQueued, 1)));
}

}  // namespace
}  // namespace strowger::grpc_api
