// The session: batches, resumption, repeats, gaps, credit, events.
#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <utility>

#include "gtest/gtest.h"
#include "tests/integration/client.h"

namespace strowger::testing {
namespace {

// One stream. Gathers replies and events as they come.
class Stream {
 public:
  Stream(Client& client, const std::string& session) : client_(client) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    stream_ = client.routing->Session(&context_);
    v1::SessionRequest request;
    request.mutable_open()->set_session_id(session);
    stream_->Write(request);
    v1::SessionResponse response;
    if (stream_->Read(&response)) opened = response.opened();
  }
  ~Stream() {
    context_.TryCancel();
    if (!finished_) (void)End();
  }

  // Stamped with the client's time.
  v1::Command& Add() {
    v1::Command* const command = request_.add_commands();
    command->mutable_at()->set_seconds(client_.now);
    return *command;
  }
  void AddSubmit(const std::string& contact) {
    *Add().mutable_submit_contact() = MakeContact(contact);
  }
  void Send(std::uint64_t first_number) {
    request_.set_first_number(first_number);
    stream_->Write(std::exchange(request_, {}));
  }
  void SendRaw(const v1::SessionRequest& request) { stream_->Write(request); }

  bool Await(const std::function<bool()>& condition) {
    v1::SessionResponse response;
    while (!condition()) {
      if (!stream_->Read(&response)) return false;
      for (const auto& event : response.events()) {
        // Never before the reply to the command that caused it.
        EXPECT_LE(event.position().sequence(), HighestSequence(response));
        events.push_back(event);
      }
      replies.insert(replies.end(), response.replies().begin(), response.replies().end());
    }
    return true;
  }
  bool AwaitReplies(std::size_t count) {
    return Await([this, count] { return replies.size() >= count; });
  }
  void Cut() { context_.TryCancel(); }
  void CloseWrites() { stream_->WritesDone(); }
  grpc::Status End() {
    v1::SessionResponse response;
    while (stream_->Read(&response)) {
      replies.insert(replies.end(), response.replies().begin(), response.replies().end());
    }
    finished_ = true;
    return stream_->Finish();
  }

  v1::SessionOpened opened;
  std::vector<v1::CommandReply> replies;
  std::vector<v1::Event> events;
  bool check_order = false;

 private:
  // Of the replies up to and with this response; everything where order is not checked.
  std::uint64_t HighestSequence(const v1::SessionResponse& response) const {
    if (!check_order) return std::numeric_limits<std::uint64_t>::max();
    std::uint64_t highest = 0;
    for (const auto& reply : replies) highest = std::max(highest, reply.receipt().sequence());
    for (const auto& reply : response.replies()) {
      highest = std::max(highest, reply.receipt().sequence());
    }
    return highest;
  }

  Client& client_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SessionRequest, v1::SessionResponse>> stream_;
  v1::SessionRequest request_;
  bool finished_ = false;
};

class SessionTest : public ::testing::Test {
 protected:
  ServerProcess server_{{}};
  Client client_{server_};
};

TEST_F(SessionTest, ABatchIsAnsweredInOrder) {
  Stream stream(client_, "s1");
  EXPECT_EQ(stream.opened.highest_number(), 0U);
  EXPECT_EQ(stream.opened.credit(), 4096U);
  v1::Agent* const ann = stream.Add().mutable_upsert_agents()->add_agents();
  ann->set_id("ann");
  ann->set_state(v1::AGENT_STATE_READY);
  stream.AddSubmit("c1");
  stream.AddSubmit("c2");
  stream.AddSubmit("c1");  // lives already: refused, and the next is applied all the same
  stream.AddSubmit("c3");
  stream.Send(1);
  ASSERT_TRUE(stream.AwaitReplies(5));
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(stream.replies[i].number(), i + 1);
  EXPECT_EQ(stream.replies[1].placement().state(), v1::CONTACT_STATE_OFFERED);
  EXPECT_EQ(stream.replies[1].placement().offers(0).agent_id(), "ann");
  EXPECT_EQ(stream.replies[2].placement().state(), v1::CONTACT_STATE_QUEUED);
  EXPECT_EQ(stream.replies[2].placement().position(), 1U);
  EXPECT_EQ(stream.replies[3].receipt().outcome(), v1::OUTCOME_ALREADY_EXISTS);
  EXPECT_EQ(stream.replies[4].placement().position(), 2U);
  stream.CloseWrites();
  EXPECT_TRUE(stream.End().ok());
}

// What is gathered while the stream ends must not be written to it.
TEST_F(SessionTest, StreamsThatEndWhileTheirEventsFlow) {
  for (int round = 0; round < 300; ++round) {
    const std::string id = std::to_string(round) + '-';
    Stream stream(client_, "s" + id);
    ASSERT_EQ(stream.opened.credit(), 4096U) << "round " << round;
    std::uint64_t number = 1;
    for (int message = 0; message < 8; ++message) {
      const std::uint64_t first = number;
      for (int i = 0; i < 16; ++i, ++number) stream.AddSubmit(id + std::to_string(number));
      stream.Send(first);
    }
    ASSERT_TRUE(stream.AwaitReplies(number - 1)) << "round " << round;
    stream.CloseWrites();
    if (round % 2 == 0) stream.Cut();
  }
  EXPECT_TRUE(server_.running());
}

TEST_F(SessionTest, AMalformedCommandIsRefusedNotTheStream) {
  Stream stream(client_, "s1");
  stream.Add().mutable_submit_contact()->set_channel("voice");
  v1::Command& both = stream.Add();
  both.mutable_accept_offer()->set_contact_id("c1");
  both.mutable_accept_offer()->set_agent_id("ann");
  both.mutable_decline_offer();
  stream.Add();
  v1::Step* const step = stream.Add().mutable_submit_contact()->mutable_plan()->add_steps();
  step->set_id("late");
  step->set_when("contact.teir == 'gold'");
  stream.AddSubmit("good");
  stream.Send(1);
  ASSERT_TRUE(stream.AwaitReplies(5));
  EXPECT_EQ(stream.replies[0].receipt().outcome(), v1::OUTCOME_INVALID_ARGUMENT);
  EXPECT_EQ(stream.replies[0].field(), "submit_contact.id");
  EXPECT_EQ(stream.replies[1].field(), "decline_offer");
  EXPECT_EQ(stream.replies[2].receipt().outcome(), v1::OUTCOME_INVALID_ARGUMENT);
  EXPECT_EQ(stream.replies[3].receipt().outcome(), v1::OUTCOME_INVALID_ARGUMENT);
  EXPECT_EQ(stream.replies[4].receipt().outcome(), v1::OUTCOME_OK);
}

TEST_F(SessionTest, ABrokenStreamIsResumedWithoutDoingAnythingTwice) {
  {
    Stream stream(client_, "s1");
    stream.AddSubmit("c1");
    stream.AddSubmit("c2");
    stream.Send(1);
    ASSERT_TRUE(stream.AwaitReplies(2));
    stream.Cut();
  }
  Stream resumed(client_, "s1");
  EXPECT_EQ(resumed.opened.highest_number(), 2U);
  ASSERT_EQ(resumed.opened.outcomes_size(), 2);
  EXPECT_EQ(resumed.opened.outcomes(1).number(), 2U);
  EXPECT_TRUE(resumed.opened.outcomes(1).receipt().repeated());
  // As if the replies had been lost: from the second on again.
  resumed.AddSubmit("c2");
  resumed.AddSubmit("c3");
  resumed.Send(2);
  ASSERT_TRUE(resumed.AwaitReplies(2));
  EXPECT_TRUE(resumed.replies[0].receipt().repeated());
  EXPECT_EQ(resumed.replies[0].receipt().outcome(), v1::OUTCOME_OK);
  EXPECT_EQ(resumed.replies[0].receipt().sequence(),
            resumed.opened.outcomes(1).receipt().sequence());
  EXPECT_FALSE(resumed.replies[1].receipt().repeated());
  EXPECT_EQ(client_.GetStatus().contacts_queued(), 3U);
}

TEST_F(SessionTest, AGapEndsTheStream) {
  Stream stream(client_, "s1");
  stream.AddSubmit("c1");
  stream.Send(1);
  ASSERT_TRUE(stream.AwaitReplies(1));
  stream.AddSubmit("c3");
  stream.Send(3);
  const grpc::Status status = stream.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(status).fields, std::vector<std::string>{"first_number"});
  Stream again(client_, "s1");
  EXPECT_EQ(again.opened.highest_number(), 1U);
}

TEST_F(SessionTest, TheNewestStreamHasTheSession) {
  Stream first(client_, "s1");
  Stream second(client_, "s1");
  EXPECT_EQ(first.End().error_code(), grpc::StatusCode::ABORTED);
  second.AddSubmit("c1");
  second.Send(1);
  EXPECT_TRUE(second.AwaitReplies(1));
}

TEST_F(SessionTest, EventsOfOwnContactsComeAlsoWhenOthersCauseThem) {
  Stream stream(client_, "s1");
  stream.check_order = true;
  stream.AddSubmit("mine");
  stream.Send(1);
  ASSERT_TRUE(stream.AwaitReplies(1));
  stream.check_order = false;
  v1::RouteResponse routed;
  ASSERT_TRUE(client_.Route(MakeContact("other"), routed).ok());
  client_.AddAgent("ann");  // is offered the contact that came first
  ASSERT_TRUE(stream.Await(
      [&stream] { return !stream.events.empty() && stream.events.back().has_offered(); }));
  EXPECT_TRUE(stream.events.front().has_queued());
  EXPECT_EQ(stream.events.back().offered().contact_id(), "mine");
  EXPECT_EQ(stream.events.back().offered().agent_id(), "ann");
  for (const v1::Event& event : stream.events) {
    if (event.has_queued()) {
      EXPECT_EQ(event.queued().contact_id(), "mine");
    }
  }
  stream.Cut();
  (void)stream.End();
  // A later stream of the session still hears of the contact.
  Stream resumed(client_, "s1");
  client_.now += 20;
  client_.AddAgent("bob");  // lets the offer expire
  ASSERT_TRUE(resumed.Await(
      [&resumed] { return !resumed.events.empty() && resumed.events.front().has_expired(); }));
  EXPECT_EQ(resumed.events.front().expired().contact_id(), "mine");
}

TEST_F(SessionTest, WhatIsWrongWithTheStreamItselfEndsIt) {
  v1::SessionRequest again;
  again.mutable_open()->set_session_id("s1");
  v1::SessionRequest unnumbered;
  unnumbered.add_commands();
  v1::SessionRequest large;
  large.set_first_number(1);
  for (int i = 0; i < 1025; ++i) large.add_commands();
  const std::vector<std::pair<std::string, v1::SessionRequest>> cases = {
      {"open", again}, {"first_number", unnumbered}, {"commands", large}};
  for (const auto& [field, request] : cases) {
    Stream stream(client_, "s1");
    stream.SendRaw(request);
    const grpc::Status status = stream.End();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << field;
    EXPECT_EQ(DetailsOf(status).fields, std::vector<std::string>{field});
  }
  Stream nameless(client_, "");
  EXPECT_EQ(DetailsOf(nameless.End()).fields, std::vector<std::string>{"open.session_id"});
}

class SmallRateTest : public ::testing::Test {
 protected:
  ServerProcess server_{{.more = "intake: {domain_per_second: 200}\n"}};
  Client client_{server_};
};

TEST_F(SmallRateTest, WhatIsShedForItsOrderPaysNothing) {
  Stream stream(client_, "s1");
  std::uint64_t number = 0;
  const auto submit = [&](std::uint64_t of) {
    stream.AddSubmit("c" + std::to_string(of));
    stream.Send(of);
  };
  while (number < 1'000) submit(++number);
  ASSERT_TRUE(stream.AwaitReplies(number));
  const auto shed =
      std::find_if(stream.replies.begin(), stream.replies.end(), [](const v1::CommandReply& reply) {
        return reply.receipt().outcome() == v1::OUTCOME_SHEDDING;
      });
  ASSERT_NE(shed, stream.replies.end());
  const std::uint64_t first_shed = shed->number();
  // All of these are shed, while nearly a second's worth comes together.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  while (std::chrono::steady_clock::now() < until) {
    submit(++number);
    ASSERT_TRUE(stream.AwaitReplies(number));
    ASSERT_EQ(stream.replies.back().receipt().outcome(), v1::OUTCOME_SHEDDING);
  }
  stream.replies.clear();
  for (std::uint64_t of = first_shed; of < first_shed + 100; ++of) submit(of);
  ASSERT_TRUE(stream.AwaitReplies(100));
  for (const v1::CommandReply& reply : stream.replies) {
    ASSERT_EQ(reply.receipt().outcome(), v1::OUTCOME_OK) << reply.number();
  }
}

class SmallCreditTest : public ::testing::Test {
 protected:
  ServerProcess server_{{.more = "sessions: {credit: 4}\n"}};
  Client client_{server_};
};

TEST_F(SmallCreditTest, WhatIsBeyondTheCreditIsShedAndComesAgain) {
  Stream stream(client_, "s1");
  EXPECT_EQ(stream.opened.credit(), 4U);
  for (int i = 1; i <= 6; ++i) stream.AddSubmit("c" + std::to_string(i));
  stream.Send(1);
  ASSERT_TRUE(stream.AwaitReplies(6));
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(stream.replies[static_cast<std::size_t>(i)].receipt().outcome(), v1::OUTCOME_OK);
  }
  EXPECT_EQ(stream.replies[4].receipt().outcome(), v1::OUTCOME_SHEDDING);
  EXPECT_EQ(stream.replies[4].number(), 5U);
  EXPECT_TRUE(stream.replies[4].has_retry_delay());
  EXPECT_EQ(stream.replies[5].receipt().outcome(), v1::OUTCOME_SHEDDING);
  stream.AddSubmit("c7");
  stream.Send(7);  // follows one that was shed
  ASSERT_TRUE(stream.AwaitReplies(7));
  EXPECT_EQ(stream.replies[6].receipt().outcome(), v1::OUTCOME_SHEDDING);
  for (int i = 5; i <= 7; ++i) stream.AddSubmit("c" + std::to_string(i));
  stream.Send(5);
  ASSERT_TRUE(stream.AwaitReplies(10));
  for (std::size_t i = 7; i < 10; ++i) {
    EXPECT_EQ(stream.replies[i].receipt().outcome(), v1::OUTCOME_OK);
  }
  // Five of seven outcomes are gone by now.
  stream.AddSubmit("c1");
  stream.Send(1);
  EXPECT_EQ(stream.End().error_code(), grpc::StatusCode::OUT_OF_RANGE);
}

}  // namespace
}  // namespace strowger::testing
