// What the demonstration shows while it runs.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <grpcpp/channel.h>

#include "services/strowgerctl/day/demo_driver.h"
#include "strowger/v1/queues.pb.h"

namespace strowger::ctl {

// What is shown at one instant.
struct DemoFigures {
  std::int64_t now_ms = 0;    // of the day
  double speed = 0;           // reached since the last look
  double contacts_per_s = 0;  // of the wall clock
  double commands_per_s = 0;
  std::uint64_t submitted = 0;
  std::uint64_t completed = 0;
  std::uint64_t abandoned = 0;
  std::uint64_t treated = 0;
  std::uint64_t other_ends = 0;
  std::uint64_t agents_ready = 0;
  std::uint64_t agents_not_ready = 0;
  std::uint64_t handling = 0;
  std::string rules;  // in force
  v1::ListQueuesResponse queues;
};

// No wider than so many characters; 0: as wide as it is.
std::string RenderDemo(const DemoFigures& figures, bool colour, std::size_t width);

// Asks the service and prints, on a thread of its own: in place several times a second on a
// terminal, otherwise a block every few seconds.
class DemoView {
 public:
  // `counts` must outlive it.
  DemoView(const std::shared_ptr<grpc::Channel>& channel, std::string domain,
           const DemoCounts& counts);
  // Prints a last time.
  ~DemoView();
  DemoView(const DemoView&) = delete;
  DemoView& operator=(const DemoView&) = delete;

 private:
  void Run();
  // False where the service did not answer.
  bool Ask(DemoFigures& figures) const;

  const std::shared_ptr<grpc::Channel> channel_;
  const std::string domain_;
  const DemoCounts& counts_;
  std::mutex mutex_;
  std::condition_variable ended_condition_;
  bool ended_ = false;  // under mutex_
  std::thread thread_;
};

}  // namespace strowger::ctl
