// strowgerctl demo: a lifelike day, driven against a service.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/session.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/command.h"
#include "services/strowgerctl/day/day_generator.h"
#include "services/strowgerctl/day/demo_driver.h"
#include "services/strowgerctl/day/demo_view.h"
#include "strowger/v1/admin.grpc.pb.h"

namespace strowger {
namespace {

constexpr std::int64_t kDayS = 86'400;
constexpr std::int64_t kFirstDate = 20'760;  // 2026-11-03, a Tuesday, when London keeps UTC

struct DemoCommandOptions {
  ctl::ClientOptions client;
  ctl::DayOptions day;
  double speed = 60;
  std::string duration;
};

// "90s", "45m", "2h", in ms; nothing for anything else.
std::optional<std::int64_t> ReadDuration(const std::string& text) {
  std::int64_t count = 0;
  if (text.empty() || !absl::SimpleAtoi(text.substr(0, text.size() - 1), &count) || count <= 0 ||
      count > 100'000) {
    return std::nullopt;
  }
  switch (text.back()) {
    case 's':
      return count * 1'000;
    case 'm':
      return count * 60'000;
    case 'h':
      return count * 3'600'000;
    default:
      return std::nullopt;
  }
}

// The first weekday that lies ahead of the domain's time.
std::int64_t MidnightAfter(std::int64_t time_ns) {
  std::int64_t date = std::max(kFirstDate, time_ns / ctl::kDayNs + 1);
  while ((date + 3) % 7 >= 5) ++date;  // 1970-01-01 was a Thursday; Saturday is 5
  return date * kDayS;
}

class Demo {
 public:
  explicit Demo(const DemoCommandOptions& options)
      : options_(options), channel_(ctl::Connect(options.client)) {}

  int Run() {
    const absl::StatusOr<v1::DomainStatus> domain = DomainStatus();
    if (!domain.ok()) return Unusable(domain.status());
    if (Live(*domain) + domain->agents_ready() + domain->agents_not_ready() != 0) {
      std::cerr << "strowgerctl: the domain has contacts or agents at work, perhaps of an earlier "
                   "demonstration. Restart strowgerd, or name another domain.\n";
      return kExitUnusable;
    }
    ctl::DemoOptions options;
    options.seed = options_.day.seed;
    options.speed = options_.speed;
    options.midnight_s = MidnightAfter(ctl::NsOf(domain->time()));
    if (!options_.duration.empty()) options.duration_ms = *ReadDuration(options_.duration);
    auto session = ctl::GrpcSession::Open(channel_, options_.client.domain);
    if (!session.ok()) return Unusable(session.status());
    ctl::CatchInterrupts();
    return Drive(options, **session);
  }

 private:
  static int Unusable(const absl::Status& status) {
    std::cerr << "strowgerctl: " << status.message() << '\n';
    return kExitUnusable;
  }

  static std::uint64_t Live(const v1::DomainStatus& domain) {
    return domain.contacts_queued() + domain.contacts_offered() + domain.contacts_handling();
  }

  absl::StatusOr<v1::DomainStatus> DomainStatus() const {
    grpc::ClientContext context;
    ctl::SetCallDeadline(context);
    v1::GetStatusResponse response;
    const grpc::Status status =
        v1::AdminService::NewStub(channel_)->GetStatus(&context, {}, &response);
    if (!status.ok()) {
      return absl::UnavailableError(absl::StrFormat(
          "no service answers at %s (%s)\nStart strowgerd with `clock: virtual`, or name its "
          "address with --server or STROWGER_SERVER.",
          options_.client.server, status.error_message()));
    }
    if (response.clock() != v1::CLOCK_MODE_VIRTUAL) {
      return absl::FailedPreconditionError(
          "the service keeps the time itself; the demonstration needs one with `clock: virtual`");
    }
    const std::string& wanted = options_.client.domain;
    for (const v1::DomainStatus& each : response.domains()) {
      if (each.domain() == (wanted.empty() ? "default" : wanted)) return each;
    }
    return absl::NotFoundError("the service has no such domain");
  }

  int Drive(const ctl::DemoOptions& options, ctl::CommandLink& session) const {
    const ctl::Day day = ctl::GenerateDay(options_.day);
    std::cout << ctl::CountText(day.contacts.size()) << " contacts, " << day.agents.size()
              << " agents, seed " << options_.day.seed << "; Ctrl-C ends it\n\n";
    ctl::DemoDriver driver(day, options, session);
    const auto began = std::chrono::steady_clock::now();
    absl::Status status;
    {
      const ctl::DemoView view(channel_, options_.client.domain, driver.counts());
      status = driver.Run();
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (!status.ok() && ctl::Interrupted()) {
      // Ctrl-C reached the service as well, which may have been the first to go.
      std::cout << "\nThe service has ended too; there is nobody left to count.\n";
      return kExitOk;
    }
    if (!status.ok()) {
      std::cerr << "strowgerctl: the demonstration stopped: " << status.message() << '\n';
      return kExitFailed;
    }
    return Summarise(day, driver, seconds);
  }

  // Each contact must have reached one end, or still be in the service's hands.
  int Summarise(const ctl::Day& day, ctl::DemoDriver& driver, double seconds) const {
    const absl::StatusOr<v1::DomainStatus> domain = DomainStatus();
    if (!domain.ok()) return Unusable(domain.status());
    const std::uint64_t live = Live(*domain);
    const ctl::DemoCounts& counts = driver.counts();
    while (counts.ended() + live < counts.submitted && driver.Listen().ok()) {
    }
    const std::uint64_t kept = counts.ended() + live;
    const std::uint64_t lost = counts.submitted - std::min<std::uint64_t>(kept, counts.submitted);
    std::cout << absl::StrFormat(
        "\n%s of day in %s (x%.0f), %.0f commands/s; %s answers came too late.\n",
        ctl::DurationText((counts.now_ms - day.begin_ms) * 1'000'000),
        ctl::DurationText(static_cast<std::int64_t>(seconds * 1e9)),
        static_cast<double>(counts.now_ms - day.begin_ms) / 1'000 / std::max(seconds, 0.001),
        static_cast<double>(counts.commands) / std::max(seconds, 0.001),
        ctl::CountText(counts.late));
    std::cout << absl::StrFormat(
        "%d contacts: %d served, %d abandoned, %d treated, %d other ends, %d waiting, %d lost\n",
        counts.submitted.load(), counts.completed.load(), counts.abandoned.load(),
        counts.treated.load(), counts.other_ends.load(), live, lost);
    if (!driver.contradiction().empty()) {
      std::cerr << "strowgerctl: " << driver.contradiction() << '\n';
      return kExitFailed;
    }
    if (!driver.first_refusal().empty()) {
      std::cerr << "strowgerctl: " << counts.refused
                << " commands were refused, first: " << driver.first_refusal() << '\n';
      return kExitFailed;
    }
    return lost == 0 ? kExitOk : kExitFailed;
  }

  const DemoCommandOptions& options_;
  const std::shared_ptr<grpc::Channel> channel_;
};

constexpr char kHelp[] = R"(Examples:
  strowgerctl demo                       a day at 60 times its pace
  strowgerctl demo --speed 600 --seed 7  another one, faster
  strowgerctl demo --duration 2h         its first two hours

Customers call, chat and write, agents log in, answer, take breaks and go home, for the rules of
deploy/rules/example.yaml. The service must run with `clock: virtual`: the demonstration moves its
clock, so that waits and service levels read in the day's own time. Speed 0 is as fast as it goes.
Other commands (queues --watch, events --follow, rules apply) work on the same service meanwhile.

Exit code: 0 each contact reached one end or waits, 1 some did not or were refused, 2 it could not
run.)";

}  // namespace

void RegisterDemo(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command = app.add_subcommand("demo", "Drive a lifelike day against a service");
  const auto options = std::make_shared<DemoCommandOptions>();
  ctl::AddServerOption(*command, options->client);
  command->add_option("--domain", options->client.domain, "Domain to use")->type_name("NAME");
  command->add_option("--speed", options->speed, "Seconds of the day in one of the wall clock")
      ->check(CLI::Range(0.0, 100'000.0))
      ->type_name("N");
  command->add_option("--seed", options->day.seed, "Which day")->type_name("N");
  command->add_option("--duration", options->duration, "So much of the day; default: all of it")
      ->check(CLI::Validator(
          [](const std::string& text) {
            return ReadDuration(text).has_value() ? std::string() : "must be like 45m or 2h";
          },
          "DURATION"));
  command->add_option("--contacts", options->day.contacts, "How many come in the day")
      ->check(CLI::Range(1U, 1'000'000U))
      ->type_name("N");
  command->add_option("--agents", options->day.agents, "How many work; default: enough, nearly")
      ->check(CLI::Range(1U, 100'000U))
      ->type_name("N");
  command->footer(kHelp);
  command->callback(
      [&chosen, options] { chosen.run = [options] { return Demo(*options).Run(); }; });
}

}  // namespace strowger
