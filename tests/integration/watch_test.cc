// EventService.Watch: order, resumption, filters, state first.
#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "tests/integration/client.h"

namespace strowger::testing {
namespace {

class Watcher {
 public:
  Watcher(Client& client, const v1::WatchRequest& request) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    stream_ = client.events->Watch(&context_, request);
  }
  ~Watcher() {
    context_.TryCancel();
    if (!finished_) (void)End();
  }

  // Until so many events are there. False: the stream ended first.
  bool Await(std::size_t count) {
    v1::WatchResponse response;
    while (events.size() < count) {
      if (!stream_->Read(&response)) return false;
      events.insert(events.end(), response.events().begin(), response.events().end());
      if (response.has_state()) states.push_back(response.state());
      position = response.position();
    }
    return true;
  }
  v1::StatePart AwaitState() {
    v1::StatePart all;
    v1::WatchResponse response;
    while (!all.last() && stream_->Read(&response)) {
      all.MergeFrom(response.state());
      position = response.position();
    }
    return all;
  }
  grpc::Status End() {
    v1::WatchResponse response;
    while (stream_->Read(&response)) {
    }
    finished_ = true;
    return stream_->Finish();
  }

  std::vector<v1::Event> events;
  std::vector<v1::StatePart> states;
  v1::Position position;

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchResponse>> stream_;
  bool finished_ = false;
};

class WatchTest : public ::testing::Test {
 protected:
  void Route(const std::string& id) {
    v1::RouteResponse response;
    ASSERT_TRUE(client_.Route(MakeContact(id), response).ok());
  }
  // From the first event that there ever was.
  static v1::WatchRequest FromTheBeginning() {
    v1::WatchRequest request;
    (void)request.mutable_after();
    return request;
  }

  ServerProcess server_{{}};
  Client client_{server_};
};

TEST_F(WatchTest, EventsComeInOrderAndAreResumed) {
  Route("c1");
  client_.AddAgent("ann");
  Watcher first(client_, FromTheBeginning());
  ASSERT_TRUE(first.Await(3));
  EXPECT_TRUE(first.events[0].has_queued());
  EXPECT_TRUE(first.events[1].has_agent_state());
  EXPECT_TRUE(first.events[2].has_offered());
  EXPECT_LT(first.events[1].position().index(), first.events[2].position().index());

  v1::WatchRequest after;
  *after.mutable_after() = first.events[1].position();
  Watcher second(client_, after);
  ASSERT_TRUE(second.Await(1));
  EXPECT_TRUE(second.events[0].has_offered());
  Route("c2");  // both hear of what is new
  ASSERT_TRUE(first.Await(4));
  ASSERT_TRUE(second.Await(2));
  EXPECT_EQ(second.events[1].queued().contact_id(), "c2");
  EXPECT_EQ(first.position.sequence(), first.events[3].position().sequence());
}

TEST_F(WatchTest, FiltersByTypeAndAgent) {
  client_.AddAgent("ann");
  client_.AddAgent("bob");
  v1::WatchRequest offers = FromTheBeginning();
  offers.add_types(v1::EVENT_TYPE_OFFERED);
  offers.add_agent_ids("bob");
  Watcher watcher(client_, offers);
  Route("c1");
  Route("c2");
  ASSERT_TRUE(watcher.Await(1));
  EXPECT_EQ(watcher.events[0].offered().agent_id(), "bob");
}

TEST_F(WatchTest, StateFirstThenWhatComesAfterIt) {
  client_.AddAgent("ann");
  Route("c1");
  Route("c2");
  v1::WatchRequest request;
  request.set_state_first(true);
  Watcher watcher(client_, request);
  const v1::StatePart state = watcher.AwaitState();
  ASSERT_EQ(state.agents_size(), 1);
  EXPECT_EQ(state.agents(0).agent().id(), "ann");
  EXPECT_EQ(state.agents(0).holds(0).contact_id(), "c1");
  EXPECT_EQ(state.contacts_size(), 2);
  Route("c3");
  ASSERT_TRUE(watcher.Await(1));
  EXPECT_EQ(watcher.events[0].queued().contact_id(), "c3");
  EXPECT_GT(watcher.events[0].position().sequence(), 3U);
}

TEST_F(WatchTest, AFilterThatCannotBeIsRefused) {
  v1::WatchRequest request;
  request.add_types(v1::EVENT_TYPE_OFFERED);
  request.add_types(static_cast<v1::EventType>(99));
  Watcher watcher(client_, request);
  const grpc::Status status = watcher.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(status).fields, std::vector<std::string>{"types[1]"});
}

class ShortMemoryTest : public ::testing::Test {
 protected:
  ServerProcess server_{{.more = "events: {kept: 1000}\n"}};
  Client client_{server_};
};

TEST_F(ShortMemoryTest, APositionThatIsForgottenIsOutOfRange) {
  for (int i = 0; i < 1200; ++i) {
    v1::RouteResponse response;
    ASSERT_TRUE(client_.Route(MakeContact("c" + std::to_string(i)), response).ok());
  }
  v1::WatchRequest request;
  request.mutable_after()->set_sequence(1);
  Watcher watcher(client_, request);
  EXPECT_EQ(watcher.End().error_code(), grpc::StatusCode::OUT_OF_RANGE);
}

// Who does not read is cut off with a word on how to go on, and holds nobody up meanwhile.
TEST_F(ShortMemoryTest, ASlowReaderIsCutOffAndCanBeginAgain) {
  Watcher slow(client_, v1::WatchRequest());
  v1::WatchRequest from_the_beginning;
  (void)from_the_beginning.mutable_after();
  Watcher quick(client_, from_the_beginning);
  constexpr int kContacts = 40'000;     // with names so long they do not
  const std::string padding(110, '.');  // fit into the buffers on the way
  v1::SessionRequest request;
  grpc::ClientContext context;
  const auto session = client_.routing->Session(&context);
  request.mutable_open()->set_session_id("s");
  ASSERT_TRUE(session->Write(request));
  v1::SessionResponse response;
  ASSERT_TRUE(session->Read(&response));
  std::uint64_t number = 1;
  while (number <= kContacts) {
    request.Clear();
    request.set_first_number(number);
    for (int i = 0; i < 500; ++i, ++number) {
      v1::Command& command = *request.add_commands();
      *command.mutable_submit_contact() = MakeContact(padding + std::to_string(number));
      command.mutable_at()->set_seconds(client_.now);
    }
    ASSERT_TRUE(session->Write(request));
    for (int replies = 0; replies < 500; replies += response.replies_size()) {
      ASSERT_TRUE(session->Read(&response));
    }
    ASSERT_TRUE(quick.Await(static_cast<std::size_t>(number) - 1)) << "the quick one goes on";
  }
  const grpc::Status end = slow.End();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << end.error_message();
  v1::WatchRequest again;
  again.set_state_first(true);
  Watcher resumed(client_, again);
  EXPECT_EQ(resumed.AwaitState().contacts_size(), kContacts);
}

}  // namespace
}  // namespace strowger::testing
