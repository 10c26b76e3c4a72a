#include "services/strowgerctl/client/queue_table.h"

#include <gtest/gtest.h>

#include "services/strowgerctl/day/demo_view.h"

namespace strowger::ctl {
namespace {

google::protobuf::RepeatedPtrField<v1::QueueFigures> TwoQueues() {
  google::protobuf::RepeatedPtrField<v1::QueueFigures> queues;
  v1::QueueFigures& billing = *queues.Add();
  billing.set_queue("billing");
  billing.set_waiting(3);
  billing.mutable_oldest_wait()->set_seconds(75);
  billing.mutable_predicted_wait()->set_infinite(true);
  billing.set_agents_staffed(12);
  billing.set_agents_ready(9);
  billing.set_agents_free(2);
  billing.set_handling(6);
  billing.set_entered(1'100);
  billing.set_assigned(1'000);
  billing.set_abandoned(90);
  billing.set_treated(4);
  billing.set_overflowed(3);
  billing.set_service_level(0.755);
  v1::QueueFigures& partner = *queues.Add();
  partner.set_queue("partner");
  partner.set_external(true);
  partner.set_treated(5);
  return queues;
}

constexpr char kTable[] =
    "QUEUE               WAITING  OLDEST  PREDICTED  LEVEL  STAFFED  READY  FREE  BUSY  HANDLING  "
    "ENTERED  SERVED  ABANDONED  OTHER\n"
    "billing                   3  1m 15s      never   76 %       12      9     2     7         6  "
    "  1,100   1,000         90      7\n"
    "partner (external)                                                                         "
    "                                  5\n";

TEST(QueueTableTest, OneRowAQueue) { EXPECT_EQ(QueueTable(TwoQueues()).Render(false), kTable); }

TEST(QueueTableTest, APoorServiceLevelStandsOut) {
  EXPECT_NE(QueueTable(TwoQueues()).Render(true).find("\x1b[33m76 %"), std::string::npos);
}

TEST(DemoViewTest, TheClockThenTheTotalsThenTheQueues) {
  DemoFigures figures;
  figures.now_ms = 34'500'000;
  figures.speed = 59.8;
  figures.contacts_per_s = 12.2;
  figures.commands_per_s = 80;
  figures.submitted = 1'200;
  figures.completed = 1'000;
  figures.abandoned = 90;
  figures.treated = 5;
  figures.other_ends = 2;
  figures.handling = 50;
  figures.agents_ready = 30;
  figures.agents_not_ready = 4;
  figures.rules = "retail 3";
  *figures.queues.mutable_queues() = TwoQueues();
  EXPECT_EQ(RenderDemo(figures, false, 0),
            "09:35:00  x60  12 contacts/s  80 commands/s  rules retail 3\n"
            "contacts: 1,200 came, 1,000 served, 50 with agents, 90 abandoned, 7 other ends; "
            "agents: 30 ready, 4 not ready\n\n" +
                std::string(kTable));
}

}  // namespace
}  // namespace strowger::ctl
