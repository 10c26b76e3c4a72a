#include "services/strowgerctl/day/demo_view.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/queue_table.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "strowger/v1/admin.grpc.pb.h"
#include "strowger/v1/queues.grpc.pb.h"

namespace strowger::ctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kInPlace(250);
constexpr std::chrono::milliseconds kOtherwise(5'000);

std::string DayClock(std::int64_t ms) {
  return absl::StrFormat("%02d:%02d:%02d", ms / 3'600'000, ms / 60'000 % 60, ms / 1'000 % 60);
}

DemoFigures Copy(const DemoCounts& counts) {
  DemoFigures figures;
  figures.now_ms = counts.now_ms;
  figures.submitted = counts.submitted;
  figures.completed = counts.completed;
  figures.abandoned = counts.abandoned;
  figures.treated = counts.treated;
  figures.other_ends = counts.other_ends;
  return figures;
}

}  // namespace

std::string RenderDemo(const DemoFigures& figures, bool colour, std::size_t width) {
  std::string text = Inked(DayClock(figures.now_ms), Ink::kBold, colour);
  absl::StrAppendFormat(&text, "  x%.0f  %.0f contacts/s  %.0f commands/s  rules %s\n",
                        figures.speed, figures.contacts_per_s, figures.commands_per_s,
                        figures.rules);
  const std::uint64_t other = figures.treated + figures.other_ends;
  absl::StrAppend(&text, "contacts: ", CountText(figures.submitted), " came, ",
                  CountText(figures.completed), " served, ", CountText(figures.handling),
                  " with agents, ", CountText(figures.abandoned), " abandoned, ", CountText(other),
                  " other ends; agents: ", CountText(figures.agents_ready), " ready, ",
                  CountText(figures.agents_not_ready), " not ready\n\n");
  return text + QueueTable(figures.queues.queues()).Render(colour, width);
}

DemoView::DemoView(const std::shared_ptr<grpc::Channel>& channel, std::string domain,
                   const DemoCounts& counts)
    : channel_(channel), domain_(std::move(domain)), counts_(counts), thread_([this] { Run(); }) {}

DemoView::~DemoView() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ended_condition_.notify_one();
  thread_.join();
}

bool DemoView::Ask(DemoFigures& figures) const {
  grpc::ClientContext status_context;
  SetCallDeadline(status_context);
  v1::GetStatusResponse status;
  if (!v1::AdminService::NewStub(channel_)->GetStatus(&status_context, {}, &status).ok()) {
    return false;
  }
  for (const v1::DomainStatus& domain : status.domains()) {
    if (domain.domain() != (domain_.empty() ? "default" : domain_)) continue;
    figures.rules = absl::StrCat(domain.rule_set(), " ", domain.rule_set_version());
    figures.agents_ready = domain.agents_ready();
    figures.agents_not_ready = domain.agents_not_ready();
    figures.handling = domain.contacts_handling();
  }
  v1::ListQueuesRequest request;
  request.set_domain(domain_);
  grpc::ClientContext context;
  SetCallDeadline(context);
  return v1::QueueService::NewStub(channel_)->ListQueues(&context, request, &figures.queues).ok();
}

void DemoView::Run() {
  LiveBlock block;
  const bool colour = HasColour(STDOUT_FILENO);
  DemoFigures before = Copy(counts_);
  std::uint64_t commands_before = counts_.commands;
  Clock::time_point looked = Clock::now();
  bool ended = false;
  while (!ended) {
    {
      std::unique_lock lock(mutex_);
      ended_condition_.wait_for(lock, block.in_place() ? kInPlace : kOtherwise,
                                [this] { return ended_; });
      ended = ended_;
    }
    DemoFigures now = Copy(counts_);
    const std::uint64_t commands = counts_.commands;
    const double seconds =
        std::max(std::chrono::duration<double>(Clock::now() - looked).count(), 0.001);
    looked = Clock::now();
    now.speed = static_cast<double>(now.now_ms - before.now_ms) / 1'000 / seconds;
    now.contacts_per_s = static_cast<double>(now.submitted - before.submitted) / seconds;
    now.commands_per_s = static_cast<double>(commands - commands_before) / seconds;
    if (Ask(now))
      block.Show(RenderDemo(now, colour, TerminalWidth(STDOUT_FILENO)) +
                 (block.in_place() ? "" : "\n"));
    before = std::move(now);
    commands_before = commands;
  }
}

}  // namespace strowger::ctl
