// Contacts listed in slices, contacts erased, and attributes that the rules alone see.
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "routing/router.h"
#include "tests/unit/routing-core/simple_rules.h"

namespace strowger::routing {
namespace {

class PersonalDataTest : public testing::Test {
 protected:
  Result Do(CommandBody body, DurationNs later = 0) {
    now_ += later;
    events_.clear();
    return router_.Apply({++sequence_, now_, std::move(body)}, events_);
  }

  static SubmitContact Call(std::string id, std::string channel = "voice") {
    SubmitContact submit;
    submit.contact = std::move(id);
    submit.channel = std::move(channel);
    submit.attributes = {{"tier", std::string("gold")}};
    return submit;
  }

  // Of a filter with one thing in it.
  std::vector<std::string> ListWith(const std::function<void(ContactFilter&)>& narrow) {
    ContactFilter filter;
    narrow(filter);
    return List(filter);
  }

  std::vector<std::string> List(const ContactFilter& filter, std::size_t look_at = 3,
                                std::size_t limit = 2) {
    std::vector<std::string> ids;
    std::uint64_t place = 0;
    while (place != kNoPlace) {
      const auto views = router_.ListContacts(filter, place, look_at, limit);
      EXPECT_LE(views.size(), limit);
      for (const ContactView& view : views) ids.push_back(view.contact);
    }
    return ids;
  }

  std::shared_ptr<SimpleRules> rules_ =
      std::make_shared<SimpleRules>(std::vector{Queue("voice"), Queue("chat")});
  Router router_{{}, rules_};
  EventBuffer events_;
  std::uint64_t sequence_ = 0;
  TimeNs now_ = 1'000'000 * kMinute;
};

TEST_F(PersonalDataTest, AListGivesEachLiveContactOnceInSlices) {
  std::set<std::string> live;
  for (int i = 0; i < 20; ++i) {
    const std::string id = "c" + std::to_string(i);
    ASSERT_TRUE(Do(Call(id, i % 2 == 0 ? "voice" : "chat"), kSecond).ok());
    live.insert(id);
  }
  for (const std::string id : {"c3", "c4", "c19"}) {
    ASSERT_TRUE(Do(CancelContact{id}).ok());
    live.erase(id);
  }
  const std::vector<std::string> all = List({});
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()), live);
  EXPECT_EQ(all.size(), live.size());
  EXPECT_EQ(ListWith([&](ContactFilter& filter) { filter.channel = "chat"; }).size(), 8U);
  EXPECT_EQ(ListWith([&](ContactFilter& filter) { filter.queue = "voice"; }).size(), 9U);
  EXPECT_EQ(ListWith([&](ContactFilter& filter) { filter.since = now_ - 2 * kSecond; }),
            (std::vector<std::string>{"c17", "c18"}));
  EXPECT_EQ(ListWith([&](ContactFilter& filter) { filter.until = now_ - 17 * kSecond; }),
            (std::vector<std::string>{"c0", "c1"}));
  EXPECT_TRUE(
      ListWith([&](ContactFilter& filter) { filter.state = ContactState::kHandling; }).empty());
}

TEST_F(PersonalDataTest, AnAgentsContactsAreThoseHandledAndOffered) {
  AgentUpdate ann;
  ann.agent = "ann";
  ann.state = AgentState::kReady;
  Do(UpsertAgents{{ann}});
  Do(Call("c1"));
  Do(Call("c2"));
  EXPECT_EQ(ListWith([&](ContactFilter& filter) { filter.agent = "ann"; }),
            std::vector<std::string>{"c1"});
  Do(AcceptOffer{"c1", "ann"});
  EXPECT_EQ(ListWith([&](ContactFilter& filter) { filter.agent = "ann"; }),
            std::vector<std::string>{"c1"});
  EXPECT_TRUE(ListWith([&](ContactFilter& filter) { filter.agent = "bob"; }).empty());
}

TEST_F(PersonalDataTest, WhatIsErasedIsAsIfItHadNeverBeen) {
  SubmitContact call = Call("c1");
  call.resume = Resume{"customer 7", kHour};
  Do(call);
  EXPECT_EQ(Do(EraseContactData{"c1"}).outcome, Outcome::kWrongState);
  Do(CancelContact{"c1", true}, kMinute);
  ASSERT_TRUE(router_.FindContact("c1"));
  EXPECT_TRUE(Do(EraseContactData{"c1"}).ok());
  EXPECT_TRUE(events_.empty());
  EXPECT_FALSE(router_.FindContact("c1"));
  router_.CheckInvariants();
  // Its key is gone too: whoever comes with it has just arrived.
  call.contact = "c2";
  Do(call, kMinute);
  EXPECT_EQ(router_.FindContact("c2")->arrival, now_);
  EXPECT_TRUE(Do(EraseContactData{"nobody"}).ok());
  EXPECT_EQ(Do(EraseContactData{""}).outcome, Outcome::kInvalidArgument);
}

// Decides by what it sees: sends gold to chat, everybody else to voice.
class GoldRules final : public RuleSet {
 public:
  std::string_view name() const override { return "gold"; }
  std::string_view hash() const override { return "gold"; }
  std::string_view text() const override { return {}; }
  absl::Span<const QueueSettings> queues() const override { return queues_; }
  absl::Span<const Plan* const> plans() const override { return plans_; }
  Decision Classify(const ContactFacts& contact, TimeNs, const FigureSource&) const override {
    for (const AttributeView& attribute : contact.attributes) {
      if (attribute.name == "card") return DecisionOf("gold");
    }
    return DecisionOf("rest");
  }
  Decision DecisionOf(std::string_view rule) const override {
    if (rule == "gold") return {"gold", &gold_};
    if (rule == "rest") return {"rest", &rest_};
    return {};
  }

  GoldRules() {
    gold_.queue = "chat";
    rest_.queue = "voice";
  }

 private:
  Plan gold_, rest_;
  std::vector<const Plan*> plans_ = {&gold_, &rest_};
  std::vector<QueueSettings> queues_ = {Queue("voice"), Queue("chat")};
};

TEST(Unstored, TheRulesSeeItAndNobodyAfterThem) {
  const auto rules = std::make_shared<GoldRules>();
  SubmitContact open;
  open.contact = "c1";
  open.channel = "voice";
  open.unstored = {{"card", std::string("4929")}};
  EventBuffer events;

  Router seen({}, rules);
  ASSERT_TRUE(seen.Apply({1, kSecond, open}, events).ok());
  EXPECT_EQ(seen.FindContact("c1")->queue, "chat");
  EXPECT_TRUE(seen.FindContact("c1")->attributes.empty());

  // The same decided before: the same state, though the attribute is not there.
  Router recorded({}, rules);
  SubmitContact closed = open;
  closed.decided = recorded.Decide(open);
  closed.unstored.clear();
  EXPECT_EQ(closed.decided, "gold");
  ASSERT_TRUE(recorded.Apply({1, kSecond, closed}, events).ok());
  EXPECT_EQ(recorded.Hash(), seen.Hash());

  // An update that asks the rules again asks them without it.
  UpdateContact again;
  again.contact = "c1";
  again.replan = true;
  ASSERT_TRUE(seen.Apply({2, 2 * kSecond, again}, events).ok());
  EXPECT_EQ(seen.FindContact("c1")->queue, "voice");
}

TEST(Unstored, ADecisionForARuleThatIsNotThereRejects) {
  Router router({}, std::make_shared<GoldRules>());
  SubmitContact submit;
  submit.contact = "c1";
  submit.channel = "voice";
  submit.decided = "";
  EventBuffer events;
  ASSERT_TRUE(router.Apply({1, kSecond, submit}, events).ok());
  EXPECT_EQ(router.FindContact("c1")->end_reason, EndReason::kRejected);
  submit.unstored = {{"a", true}};
  submit.attributes = {{"a", true}};
  EXPECT_EQ(router.Apply({2, kSecond, submit}, events).outcome, Outcome::kInvalidArgument);
}

}  // namespace
}  // namespace strowger::routing
