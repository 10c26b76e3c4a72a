// strowgerctl load: how much the service takes, and how soon it answers.
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/terminal.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/command.h"
#include "services/strowgerctl/load/load_run.h"

namespace strowger {
namespace {

constexpr double kShares[] = {0.5, 0.9, 0.99, 0.999, 1};
constexpr double kEnough = 0.99;  // of the contacts planned must be taken in at a rate that holds

struct LoadCommandOptions {
  ctl::ClientOptions client;
  ctl::LoadOptions load;
  double search_p99_ms = 0;  // 0: no search
};

class LoadCommand {
 public:
  explicit LoadCommand(LoadCommandOptions& options) : options_(options) {}

  int Run() {
    options_.load.server = options_.client.server;
    options_.load.files = options_.client.files;
    options_.load.domain = options_.client.domain;
    ctl::CatchInterrupts();
    return options_.search_p99_ms > 0 ? Search() : RunOnce();
  }

 private:
  absl::StatusOr<ctl::LoadResult> Measure(double rate) {
    options_.load.rate = rate;
    ctl::ProgressBar progress;
    const auto show = [&](double seconds, const ctl::TrafficTally& so_far) {
      if (!progress.Due()) return;
      progress.Update(static_cast<std::uint64_t>(std::max(seconds, 0.0) * 10),
                      static_cast<std::uint64_t>(options_.load.seconds * 10),
                      absl::StrFormat("%.0f/s, %d taken in, %d shed, %d served", rate,
                                      so_far.accepted, so_far.shed, so_far.ended));
    };
    auto result = ctl::RunLoad(options_.load, show);
    progress.Clear();
    return result;
  }

  static int Unusable(const absl::Status& status) {
    std::cerr << "strowgerctl: " << status.message() << '\n';
    return kExitUnusable;
  }

  // Whether what must hold held.
  static bool Verdict(const ctl::LoadResult& result, std::string& why) {
    const ctl::TrafficTally& tally = result.tally;
    if (!tally.contradiction.empty()) {
      why = tally.contradiction;
    } else if (tally.refused > 0) {
      why = absl::StrFormat("%d commands were refused, first: %s", tally.refused,
                            tally.first_refusal);
    } else if (result.unaccounted != 0) {
      why =
          absl::StrFormat("the service has %d contacts %s than were sent and did not end",
                          std::abs(result.unaccounted), result.unaccounted > 0 ? "fewer" : "more");
    } else if (!result.all_ended) {
      why = "not every contact reached its end";
    } else {
      why = "each contact that was taken in reached one end";
      return true;
    }
    return false;
  }

  int RunOnce() {
    auto result = Measure(options_.load.rate);
    if (!result.ok()) return Unusable(result.status());
    std::string why;
    const bool good = Verdict(*result, why);
    if (options_.client.json) {
      PrintJson(*result, good, why);
    } else {
      Print(*result, good, why);
    }
    return good ? kExitOk : kExitFailed;
  }

  void Print(ctl::LoadResult& result, bool good, const std::string& why) const {
    ctl::TrafficTally& tally = result.tally;
    std::cout << absl::StrFormat(
        "offered     %.0f contacts/s for %.0f s over %d %s, %d agents\n", options_.load.rate,
        options_.load.seconds, options_.load.connections,
        options_.load.unary ? "connections of unary calls" : "sessions", options_.load.agents);
    std::cout << absl::StrFormat("taken in    %.0f/s of %.0f/s planned; %s shed (%s)\n",
                                 static_cast<double>(tally.accepted) / result.seconds,
                                 static_cast<double>(tally.planned) / result.seconds,
                                 ctl::CountText(tally.shed),
                                 ctl::ShareText(tally.shed, tally.planned));
    std::cout << absl::StrFormat("commands    %.0f/s answered\n",
                                 static_cast<double>(tally.commands) / result.seconds);
    std::cout << absl::StrFormat(
        "contacts    %s offered, %s assigned, %s ended; %s waited at the end and were withdrawn\n",
        ctl::CountText(tally.offers), ctl::CountText(tally.assigned), ctl::CountText(tally.ended),
        ctl::CountText(result.waiting));
    std::cout << "latency    " << LatencyText(tally.submit_us)
              << ", from the planned time to the reply\n";
    if (tally.shed != 0) {
      std::cout << "shed       " << LatencyText(tally.shed_us) << ", until they were told so\n";
    }
    std::cout << "verdict     " << (good ? "good: " : "bad: ") << why << '\n';
  }

  static std::string ShareName(double share) {
    return share == 1 ? "max" : absl::StrFormat("p%g", share * 100);
  }
  static std::string LatencyText(std::vector<std::uint32_t>& us) {
    std::string text;
    for (const double share : kShares) {
      absl::StrAppendFormat(&text, " %s %.2f ms", ShareName(share), ctl::LatencyMs(us, share));
    }
    return text;
  }
  static nlohmann::ordered_json LatencyJson(std::vector<std::uint32_t>& us) {
    nlohmann::ordered_json latency;
    for (const double share : kShares) latency[ShareName(share)] = ctl::LatencyMs(us, share);
    return latency;
  }

  void PrintJson(ctl::LoadResult& result, bool good, const std::string& why) const {
    ctl::TrafficTally& tally = result.tally;
    const nlohmann::ordered_json facts = {{"rate", options_.load.rate},
                                          {"seconds", result.seconds},
                                          {"unary", options_.load.unary},
                                          {"connections", options_.load.connections},
                                          {"agents", options_.load.agents},
                                          {"planned", tally.planned},
                                          {"accepted", tally.accepted},
                                          {"shed", tally.shed},
                                          {"refused", tally.refused},
                                          {"commands", tally.commands},
                                          {"offers", tally.offers},
                                          {"assigned", tally.assigned},
                                          {"ended", tally.ended},
                                          {"waiting", result.waiting},
                                          {"unaccounted", result.unaccounted},
                                          {"latency_ms", LatencyJson(tally.submit_us)},
                                          {"shed_latency_ms", LatencyJson(tally.shed_us)},
                                          {"good", good},
                                          {"why", why}};
    std::cout << facts.dump(2) << '\n';
  }

  // Doubles until it is too much, then halves what is left between.
  int Search() {
    double good_rate = 0;
    double bad_rate = 0;
    for (double rate = options_.load.rate; !ctl::Interrupted();) {
      auto result = Measure(rate);
      if (!result.ok()) return Unusable(result.status());
      std::string why;
      if (!Verdict(*result, why)) {
        std::cerr << "strowgerctl: at " << rate << "/s: " << why << '\n';
        return kExitFailed;
      }
      ctl::TrafficTally& tally = result->tally;
      const double p99 = ctl::LatencyMs(tally.submit_us, 0.99);
      const bool holds =
          p99 <= options_.search_p99_ms &&
          static_cast<double>(tally.accepted) >= kEnough * static_cast<double>(tally.planned);
      std::cout << absl::StrFormat("%9.0f/s  p99 %8.2f ms  shed %s  %s\n", rate, p99,
                                   ctl::ShareText(tally.shed, tally.planned),
                                   holds ? "holds" : "too much")
                << std::flush;
      (holds ? good_rate : bad_rate) = rate;
      if (bad_rate == 0) {
        rate *= 2;
      } else if (good_rate == 0) {
        rate /= 2;
        if (rate < 1) break;
      } else {
        if (bad_rate / good_rate < 1.1) break;
        rate = (good_rate + bad_rate) / 2;
      }
    }
    std::cout << absl::StrFormat("highest rate within p99 %.2f ms: %.0f contacts/s\n",
                                 options_.search_p99_ms, good_rate);
    return good_rate > 0 ? kExitOk : kExitFailed;
  }

  LoadCommandOptions& options_;
};

constexpr char kHelp[] = R"(Examples:
  strowgerctl load                                  1,000 contacts/s for 10 s, in a session
  strowgerctl load --rate 20000 --connections 2     more, over two sessions
  strowgerctl load --unary --rate 5000              each command a call of its own
  strowgerctl load --search 5 --seconds 3           the highest rate with p99 within 5 ms
  strowgerctl load --skills 64 --required 3 --agents 10000

Contacts come at random instants whatever the service does (an open loop), and latency counts from the
planned instant to the reply: a service that falls behind cannot hide it. Agents log in, accept, handle
and complete; what waits at the end is withdrawn, and the agents log out. The service must keep the
time itself (clock: system), and its rules must let contacts without attributes in; with --skills
contacts bring plans of their own for --queue.

Exit code: 0 each contact that was taken in reached one end, 1 not so or a command was refused, 2 it
could not run.)";

}  // namespace

void RegisterLoad(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command = app.add_subcommand("load", "Offer contacts at a rate, and measure");
  const auto options = std::make_shared<LoadCommandOptions>();
  ctl::LoadOptions& load = options->load;
  ctl::AddClientOptions(*command, options->client);
  command->add_option("--rate", load.rate, "Contacts a second; with --search the first one tried")
      ->check(CLI::Range(0.1, 10e6))
      ->capture_default_str();
  command->add_option("--seconds", load.seconds, "How long")
      ->check(CLI::Range(0.1, 86'400.0))
      ->capture_default_str();
  command->add_option("--search", options->search_p99_ms,
                      "Search the highest rate whose p99 is within so many ms");
  command->add_flag("--unary", load.unary, "A call for each command, not a session");
  command->add_option("--connections", load.connections, "Connections, each with its own session")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--in-flight", load.in_flight, "With --unary: calls at once on a connection")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command->add_option("--agents", load.agents, "Agents that log in")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  command->add_option("--accept", load.accept_ms, "ms that an agent takes to accept")
      ->check(CLI::Range(0.0, 60'000.0))
      ->capture_default_str();
  command->add_option("--handling", load.handling_ms, "ms that a contact takes, on average")
      ->check(CLI::Range(0.0, 3'600'000.0))
      ->capture_default_str();
  command->add_option("--channel", load.channel, "Of contacts")->capture_default_str();
  command->add_option("--skills", load.skills, "Skills there are; 0: contacts ask for none")
      ->check(CLI::Range(0, 10'000))
      ->capture_default_str();
  command->add_option("--agent-skills", load.agent_skills, "Skills of an agent")
      ->capture_default_str();
  command->add_option("--required", load.required, "Skills that a contact asks for, at most")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--queue", load.queue, "Queue of contacts that ask for skills")
      ->capture_default_str();
  command->add_option("--seed", load.seed, "Of all that is random")->capture_default_str();
  command->footer(std::string(kHelp) + "\n\n" + ctl::kClientHelp);
  command->callback(
      [&chosen, options] { chosen.run = [options] { return LoadCommand(*options).Run(); }; });
}

}  // namespace strowger
