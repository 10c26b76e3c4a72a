// A contact's life, call by call.
#include "gtest/gtest.h"
#include "tests/integration/client.h"

namespace strowger::testing {
namespace {

const char kRules[] = R"(schema: strowger.rules/v1
rule_set: shop
vocabulary:
  channels: [voice, chat]
  skills: {billing: 1..10}
  contact: {tier: {type: string, values: [gold, silver], default: silver}}
rules:
  - {id: closed, when: contact.tier == "gold" && contact.channel == "chat", then: {treatment: {name: callback}}}
  - {id: billing, when: contact.tier == "gold", then: {queue: billing, priority: {start: 10}, require: {billing: 3}}}
  - {id: rest, then: {queue: general}}
queues:
  billing: {wrap_up: 30s}
  general: {}
)";

class UnaryTest : public ::testing::Test {
 protected:
  ServerProcess server_{{kRules}};
  Client client_{server_};

  v1::Contact Gold(const std::string& id) {
    v1::Contact contact = MakeContact(id);
    v1::Attribute* const tier = contact.add_attributes();
    tier->set_name("tier");
    tier->set_string_value("gold");
    return contact;
  }

  // Accepts the open offer and returns its number.
  std::uint64_t Accept(const std::string& contact, const std::string& agent) {
    v1::AcceptOfferRequest request;
    request.mutable_command()->set_contact_id(contact);
    request.mutable_command()->set_agent_id(agent);
    v1::AcceptOfferResponse response;
    const grpc::Status status =
        client_.Call(*client_.agents, &v1::AgentService::Stub::AcceptOffer, request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.offer_id();
  }
};

TEST_F(UnaryTest, FromArrivalToTheEndOfWrapUp) {
  client_.AddAgent("ann", {"billing"});
  v1::RouteResponse routed;
  ASSERT_TRUE(client_.Route(Gold("c1"), routed).ok());
  EXPECT_EQ(routed.receipt().outcome(), v1::OUTCOME_OK);
  EXPECT_GT(routed.receipt().sequence(), 0U);
  ASSERT_EQ(routed.placement().state(), v1::CONTACT_STATE_OFFERED);
  EXPECT_EQ(routed.placement().queue(), "billing");
  EXPECT_EQ(routed.placement().rule(), "billing");
  ASSERT_EQ(routed.placement().offers_size(), 1);
  EXPECT_EQ(routed.placement().offers(0).agent_id(), "ann");
  EXPECT_EQ(routed.placement().offers(0).expires_at().seconds(), kMonday + 20);

  client_.now += 5;
  EXPECT_EQ(Accept("c1", "ann"), routed.placement().offers(0).offer_id());
  const v1::ContactStatus handled = client_.GetContact("c1");
  EXPECT_EQ(handled.placement().state(), v1::CONTACT_STATE_HANDLING);
  EXPECT_EQ(handled.placement().agent_id(), "ann");
  EXPECT_EQ(handled.assigned_at().seconds(), kMonday + 5);
  ASSERT_EQ(handled.requirement().skills_size(), 1);
  EXPECT_EQ(handled.requirement().skills(0).min_proficiency(), 3U);
  EXPECT_EQ(handled.priority().start(), 10);

  client_.now += 60;
  v1::CompleteContactRequest complete;
  complete.mutable_command()->set_contact_id("c1");
  v1::CompleteContactResponse completed;
  ASSERT_TRUE(
      client_.Call(*client_.agents, &v1::AgentService::Stub::CompleteContact, complete, completed)
          .ok());
  EXPECT_EQ(client_.GetContact("c1").placement().end_reason(), v1::END_REASON_COMPLETED);

  v1::GetAgentRequest who;
  who.set_agent_id("ann");
  v1::GetAgentResponse agent;
  ASSERT_TRUE(client_.Call(*client_.agents, &v1::AgentService::Stub::GetAgent, who, agent).ok());
  ASSERT_EQ(agent.agent().holds_size(), 1);
  EXPECT_EQ(agent.agent().holds(0).kind(), v1::HOLD_KIND_WRAP_UP);
  EXPECT_EQ(agent.agent().holds(0).until().seconds(), client_.now + 30);
  EXPECT_EQ(agent.agent().agent().skills().skills(0).proficiency(), 5U);

  v1::FinishWrapUpRequest finish;
  finish.mutable_command()->set_agent_id("ann");
  v1::FinishWrapUpResponse finished;
  EXPECT_TRUE(
      client_.Call(*client_.agents, &v1::AgentService::Stub::FinishWrapUp, finish, finished).ok());
}

TEST_F(UnaryTest, QueuedWithPlaceAndPredictedWait) {
  v1::RouteResponse routed;
  ASSERT_TRUE(client_.Route(Gold("c1"), routed).ok());
  EXPECT_EQ(routed.placement().state(), v1::CONTACT_STATE_QUEUED);
  EXPECT_EQ(routed.placement().position(), 1U);
  EXPECT_TRUE(routed.placement().predicted_wait().infinite());  // nobody is logged in
  ASSERT_TRUE(client_.Route(Gold("c2"), routed).ok());
  EXPECT_EQ(routed.placement().position(), 2U);

  v1::CancelContactRequest cancel;
  cancel.mutable_command()->set_contact_id("c1");
  cancel.mutable_command()->set_cause(v1::CANCEL_CAUSE_CUSTOMER);
  v1::CancelContactResponse canceled;
  ASSERT_TRUE(
      client_.Call(*client_.routing, &v1::RoutingService::Stub::CancelContact, cancel, canceled)
          .ok());
  EXPECT_EQ(client_.GetContact("c1").placement().end_reason(), v1::END_REASON_ABANDONED);
  EXPECT_EQ(client_.GetContact("c2").placement().position(), 1U);

  v1::GetQueueRequest which;
  which.set_queue("billing");
  v1::GetQueueResponse queue;
  ASSERT_TRUE(client_.Call(*client_.queues, &v1::QueueService::Stub::GetQueue, which, queue).ok());
  EXPECT_EQ(queue.figures().waiting(), 1U);
  EXPECT_EQ(queue.figures().entered(), 2U);
  EXPECT_EQ(queue.figures().abandoned(), 1U);
}

TEST_F(UnaryTest, PredictsTheWaitOfOneThatWaitsAndOfOneThatHasNotCome) {
  v1::RouteResponse routed;
  ASSERT_TRUE(client_.Route(Gold("c1"), routed).ok());
  const auto predict = [&](const v1::PredictWaitRequest& request,
                           v1::PredictWaitResponse& response) {
    return client_.Call(*client_.routing, &v1::RoutingService::Stub::PredictWait, request,
                        response);
  };
  v1::PredictWaitRequest waiting;
  waiting.set_contact_id("c1");
  v1::PredictWaitResponse response;
  ASSERT_TRUE(predict(waiting, response).ok());
  EXPECT_EQ(response.placement().position(), 1U);
  EXPECT_TRUE(response.placement().predicted_wait().infinite());
  EXPECT_GT(response.sequence(), 0U);
  EXPECT_EQ(response.time().seconds(), kMonday);
  waiting.set_contact_id("nobody");
  EXPECT_EQ(predict(waiting, response).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(predict({}, response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);

  v1::PredictWaitRequest coming;
  *coming.mutable_contact() = Gold("");  // an id is for those that come
  ASSERT_TRUE(predict(coming, response).ok());
  EXPECT_EQ(response.placement().state(), v1::CONTACT_STATE_QUEUED);
  EXPECT_EQ(response.placement().queue(), "billing");
  EXPECT_EQ(response.placement().rule(), "billing");
  EXPECT_EQ(response.placement().position(), 2U);
  EXPECT_EQ(response.placement().predicted_wait().never_because(),
            v1::NEVER_BECAUSE_NOBODY_LOGGED_IN);
  coming.mutable_contact()->set_channel("chat");
  ASSERT_TRUE(predict(coming, response).ok());
  EXPECT_EQ(response.placement().state(), v1::CONTACT_STATE_ENDED);
  EXPECT_EQ(response.placement().treatment(), "callback");
  *coming.mutable_contact() = Gold("c1");
  EXPECT_EQ(predict(coming, response).error_code(), grpc::StatusCode::ALREADY_EXISTS);
  coming.mutable_contact()->set_channel("fax");
  EXPECT_EQ(predict(coming, response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);

  client_.AddAgent("ann", {"billing"});
  client_.AddAgent("bob", {"billing"});
  *coming.mutable_contact() = Gold("c2");
  ASSERT_TRUE(predict(coming, response).ok());
  EXPECT_EQ(response.placement().state(), v1::CONTACT_STATE_OFFERED);
  EXPECT_EQ(response.placement().offers_size(), 0);
  EXPECT_EQ(response.placement().predicted_wait().mean().seconds(), 0);
  v1::GetContactRequest which;
  which.set_contact_id("c2");
  v1::GetContactResponse found;
  EXPECT_EQ(client_.Call(*client_.routing, &v1::RoutingService::Stub::GetContact, which, found)
                .error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(UnaryTest, TreatedIsAnOrdinaryReply) {
  v1::Contact contact = Gold("c1");
  contact.set_channel("chat");
  v1::RouteResponse routed;
  ASSERT_TRUE(client_.Route(contact, routed).ok());
  EXPECT_EQ(routed.placement().state(), v1::CONTACT_STATE_ENDED);
  EXPECT_EQ(routed.placement().end_reason(), v1::END_REASON_TREATED);
  EXPECT_EQ(routed.placement().treatment(), "callback");
  EXPECT_EQ(routed.placement().cause(), v1::CAUSE_RULE);
}

TEST_F(UnaryTest, APlanOfTheCallersBypassesTheRules) {
  client_.AddAgent("bob");
  v1::Contact contact = MakeContact("c1");
  v1::Plan* const plan = contact.mutable_plan();
  plan->set_queue("general");
  plan->mutable_requirement()->set_who("agent.id in ['ann', 'cid'] || agent.skills.billing >= 2");
  v1::Step* const step = plan->add_steps();
  step->set_id("anyone");
  step->mutable_after()->set_seconds(30);
  step->set_when("queue.agents_ready > 0");
  (void)step->mutable_requirement();
  v1::RouteResponse routed;
  ASSERT_TRUE(client_.Route(contact, routed).ok());
  EXPECT_EQ(routed.placement().state(), v1::CONTACT_STATE_QUEUED);
  EXPECT_EQ(routed.placement().rule(), "");
  const std::string who = client_.GetContact("c1").requirement().who();
  EXPECT_NE(who.find("agent.skills.billing >= 2"), std::string::npos) << who;

  client_.now += 30;
  client_.AddAgent("dot");  // any command lets time pass
  const v1::ContactStatus later = client_.GetContact("c1");
  EXPECT_EQ(later.step(), "anyone");
  EXPECT_EQ(later.placement().state(), v1::CONTACT_STATE_OFFERED);
}

TEST_F(UnaryTest, ARepeatedCommandIdGivesTheFirstOutcome) {
  v1::RouteResponse first;
  v1::RouteResponse again;
  ASSERT_TRUE(client_.Route(Gold("c1"), first, "cmd-1").ok());
  client_.now += 10;
  ASSERT_TRUE(client_.Route(Gold("c1"), again, "cmd-1").ok());
  EXPECT_TRUE(again.receipt().repeated());
  EXPECT_EQ(again.receipt().sequence(), first.receipt().sequence());
  EXPECT_EQ(again.receipt().time().seconds(), kMonday);
  EXPECT_EQ(again.placement().state(), v1::CONTACT_STATE_QUEUED);

  const grpc::Status refused = client_.Route(Gold("c1"), again, "cmd-2");
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(DetailsOf(refused).reason, "ALREADY_EXISTS");
  EXPECT_GT(DetailsOf(refused).sequence, first.receipt().sequence());
}

TEST_F(UnaryTest, AnOfferIsAcceptedOnceAndTheRepeatKnowsItsNumber) {
  client_.AddAgent("ann", {"billing"});
  v1::RouteResponse routed;
  ASSERT_TRUE(client_.Route(Gold("c1"), routed).ok());
  v1::AcceptOfferRequest accept;
  accept.set_command_id("accept-1");
  accept.mutable_command()->set_contact_id("c1");
  accept.mutable_command()->set_agent_id("ann");
  v1::AcceptOfferResponse accepted;
  ASSERT_TRUE(
      client_.Call(*client_.agents, &v1::AgentService::Stub::AcceptOffer, accept, accepted).ok());
  const std::uint64_t offer = accepted.offer_id();
  EXPECT_GT(offer, 0U);
  ASSERT_TRUE(
      client_.Call(*client_.agents, &v1::AgentService::Stub::AcceptOffer, accept, accepted).ok());
  EXPECT_TRUE(accepted.receipt().repeated());
  EXPECT_EQ(accepted.offer_id(), offer);
  accept.set_command_id("accept-2");
  const grpc::Status twice =
      client_.Call(*client_.agents, &v1::AgentService::Stub::AcceptOffer, accept, accepted);
  EXPECT_EQ(twice.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(DetailsOf(twice).reason, "OFFER_NOT_OPEN");
}

TEST_F(UnaryTest, ListsComeByPages) {
  for (const char* id : {"ann", "bob", "cid"}) client_.AddAgent(id, {"billing"});
  client_.AddAgent("dot");
  v1::ListAgentsRequest list;
  list.set_page_size(2);
  list.add_skills()->set_skill("billing");
  v1::ListAgentsResponse page;
  ASSERT_TRUE(client_.Call(*client_.agents, &v1::AgentService::Stub::ListAgents, list, page).ok());
  ASSERT_EQ(page.agents_size(), 2);
  EXPECT_EQ(page.agents(1).agent().id(), "bob");
  list.set_page_token(page.next_page_token());
  ASSERT_TRUE(client_.Call(*client_.agents, &v1::AgentService::Stub::ListAgents, list, page).ok());
  ASSERT_EQ(page.agents_size(), 1);
  EXPECT_EQ(page.agents(0).agent().id(), "cid");
  EXPECT_EQ(page.next_page_token(), "");

  v1::ListQueuesRequest queues;
  queues.set_page_size(1);
  v1::ListQueuesResponse queue_page;
  ASSERT_TRUE(
      client_.Call(*client_.queues, &v1::QueueService::Stub::ListQueues, queues, queue_page).ok());
  ASSERT_EQ(queue_page.queues_size(), 1);
  EXPECT_EQ(queue_page.queues(0).queue(), "billing");
  queues.set_page_token(queue_page.next_page_token());
  ASSERT_TRUE(
      client_.Call(*client_.queues, &v1::QueueService::Stub::ListQueues, queues, queue_page).ok());
  EXPECT_EQ(queue_page.queues(0).queue(), "general");
  EXPECT_EQ(queue_page.next_page_token(), "");
}

TEST_F(UnaryTest, StatusAndDomains) {
  client_.AddAgent("ann");
  v1::RouteResponse routed;
  ASSERT_TRUE(client_.Route(MakeContact("c1"), routed).ok());
  const v1::DomainStatus status = client_.GetStatus(/*with_hash=*/true);
  EXPECT_EQ(status.domain(), "default");
  EXPECT_EQ(status.rule_set(), "shop");
  EXPECT_EQ(status.rule_set_version(), 1U);
  EXPECT_EQ(status.contacts_offered(), 1U);
  EXPECT_EQ(status.agents_ready(), 1U);
  EXPECT_EQ(status.state_hash().size(), 32U);
  EXPECT_EQ(status.durable_sequence(), status.sequence());
  v1::ListDomainsResponse domains;
  ASSERT_TRUE(client_.Call(*client_.admin, &v1::AdminService::Stub::ListDomains, {}, domains).ok());
  ASSERT_EQ(domains.domains_size(), 1);
}

TEST_F(UnaryTest, WatchQueuesSendsFiguresAtAnInterval) {
  grpc::ClientContext context;
  v1::WatchQueuesRequest request;
  request.add_queues("billing");
  request.mutable_interval()->set_nanos(100'000'000);
  const auto stream = client_.queues->WatchQueues(&context, request);
  v1::WatchQueuesResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.queues(0).waiting(), 0U);
  v1::RouteResponse routed;
  ASSERT_TRUE(client_.Route(Gold("c1"), routed).ok());
  while (stream->Read(&response) && response.queues(0).waiting() == 0) {
  }
  EXPECT_EQ(response.queues(0).waiting(), 1U);
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);

  grpc::ClientContext unknown;
  request.set_queues(0, "nowhere");
  const auto none = client_.queues->WatchQueues(&unknown, request);
  EXPECT_FALSE(none->Read(&response));
  EXPECT_EQ(none->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace strowger::testing
