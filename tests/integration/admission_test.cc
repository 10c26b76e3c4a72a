// What comes too fast, too much at once, or too late.
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "services/access/identities.h"
#include "tests/integration/client.h"

namespace strowger::testing {
namespace {

using grpc::StatusCode;

std::string LineFor(const std::string& name, const std::string& token, int per_second) {
  return "- {name: " + name + ", role: platform, domains: [\"*\"], token: \"" +
         access::ToText(access::HashOf(token)) + "\"" +
         (per_second != 0 ? ", per_second: " + std::to_string(per_second) : "") + "}\n";
}

grpc::Status ListQueues(Client& client, const std::string& domain = "") {
  v1::ListQueuesRequest request;
  request.set_domain(domain);
  v1::ListQueuesResponse response;
  return client.Call(*client.queues, &v1::QueueService::Stub::ListQueues, request, response);
}

// Of so many calls in a row, those refused; each says when to try again.
int RefusedOf(int calls, Client& client, const std::string& domain = "") {
  int refused = 0;
  for (int i = 0; i < calls; ++i) {
    const grpc::Status status = ListQueues(client, domain);
    if (status.ok()) continue;
    EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
    EXPECT_TRUE(DetailsOf(status).has_retry);
    ++refused;
  }
  return refused;
}

TEST(Admission, AnIdentityHasItsRateAndNobodyElsePays) {
  const TemporaryFolder folder;
  WriteFile(folder.File("i"),
            LineFor("loud", "loud", 0) + LineFor("calm", "calm", 0) + LineFor("big", "big", 9'999));
  ServerProcess server({.more = "access: {identities: " + folder.File("i") +
                                "}\nintake: {identity_per_second: 20}\n"});
  Client loud(server.Connect(), "loud");
  Client calm(server.Connect(), "calm");
  Client big(server.Connect(), "big");
  EXPECT_GT(RefusedOf(200, loud), 0);
  EXPECT_EQ(RefusedOf(10, calm), 0);
  EXPECT_EQ(RefusedOf(200, big), 0);
  // Also over a session, whose commands count one by one.
  grpc::ClientContext context;
  loud.Prepare(context);
  const auto session = loud.routing->Session(&context);
  v1::SessionRequest message;
  message.mutable_open()->set_session_id("s");
  session->Write(message);
  v1::SessionResponse response;
  ASSERT_TRUE(session->Read(&response));
  bool shed = false;
  for (std::uint64_t number = 1; number <= 400 && !shed; number += 100) {
    message.Clear();
    message.set_first_number(number);
    for (int i = 0; i < 100; ++i) {
      message.add_commands()->mutable_tick();
      message.mutable_commands(i)->mutable_at()->set_seconds(kMonday);
    }
    session->Write(message);
    for (int answered = 0; answered < 100 && session->Read(&response);) {
      answered += response.replies_size();
      for (const v1::CommandReply& reply : response.replies()) {
        shed |= reply.receipt().outcome() == v1::OUTCOME_SHEDDING;
      }
    }
  }
  EXPECT_TRUE(shed);
  context.TryCancel();
}

TEST(Admission, ADomainHasItsRateAndTheOthersDoNotPay) {
  ServerProcess server({.more = "domains: [default, other]\nintake: {domain_per_second: 20}\n"});
  Client client(server);
  EXPECT_GT(RefusedOf(200, client), 0);
  EXPECT_EQ(RefusedOf(10, client, "other"), 0);
  // What is done by hand comes through.
  EXPECT_GT(RefusedOf(100, client), 0);
  v1::CloseQueueRequest close;
  close.mutable_command()->set_queue("default");
  v1::CloseQueueResponse closed;
  EXPECT_TRUE(client.Call(*client.queues, &v1::QueueService::Stub::CloseQueue, close, closed).ok());
}

TEST(Admission, WhatEndsWorkComesThroughTooManyNewContacts) {
  ServerProcess server({.more = "intake: {domain_per_second: 400}\n"});
  Client client(server);
  EXPECT_GT(RefusedOf(2'000, client), 0);
  // Questions still come as fast as they are refused, and each of these finds room.
  for (int i = 0; i < 20; ++i) {
    (void)RefusedOf(20, client);
    v1::CancelContactRequest cancel;
    cancel.mutable_command()->set_contact_id("nobody");
    cancel.mutable_command()->set_cause(v1::CANCEL_CAUSE_SYSTEM);
    v1::CancelContactResponse canceled;
    EXPECT_EQ(
        client.Call(*client.routing, &v1::RoutingService::Stub::CancelContact, cancel, canceled)
            .error_code(),
        StatusCode::NOT_FOUND);
  }
}

TEST(Admission, StreamsAreCounted) {
  ServerProcess server({.more = "intake: {streams: 16}\n"});
  Client client(server);
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchQueuesResponse>>> streams;
  v1::WatchQueuesResponse figures;
  for (int i = 0; i < 16; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(client.queues->WatchQueues(contexts.back().get(), {}));
    ASSERT_TRUE(streams.back()->Read(&figures));
  }
  grpc::ClientContext one_more;
  const auto refused = client.queues->WatchQueues(&one_more, {});
  EXPECT_FALSE(refused->Read(&figures));
  EXPECT_EQ(refused->Finish().error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(ListQueues(client).ok());
  contexts.front()->TryCancel();
  (void)streams.front()->Finish();
  // The place is free once the service has seen that end.
  bool opened = false;
  for (int i = 0; i < 500 && !opened; ++i) {
    grpc::ClientContext again;
    const auto stream = client.queues->WatchQueues(&again, {});
    opened = stream->Read(&figures);
    again.TryCancel();
  }
  EXPECT_TRUE(opened);
}

}  // namespace
}  // namespace strowger::testing
