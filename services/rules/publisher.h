// Puts rule sets in force: check, compile, activate by a command through the domain's mailbox.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "routing/command.h"
#include "routing/outcome.h"
#include "services/rules/audit.h"
#include "services/rules/checker.h"
#include "services/rules/history.h"
#include "services/runtime/domains.h"
#include "services/runtime/job_thread.h"
#include "services/runtime/task.h"

namespace strowger::metrics {
class RuleStatus;
}

namespace strowger::rules {

// What is asked for besides putting a text in force.
struct FlagSwitch {
  std::string flag;
  bool on = false;
};

struct PublishRequest {
  std::string domain;
  std::string command_id;
  routing::TimeNs at = 0;        // in virtual time
  std::string text;              // used unless to_version is given
  std::uint64_t to_version = 0;  // the earlier version whose text is restored
  // The text is put on trial: on this share of contacts, in millionths; 0: in shadow.
  std::optional<std::int64_t> trial;
  bool promote = false;            // the candidate comes into force
  bool discard = false;            // the trial ends
  std::optional<FlagSwitch> flag;  // a switch, and nothing else
  std::optional<std::uint64_t> expected_version;
  std::string author;
  std::string comment;
  std::string identity;  // who calls, for the trail; empty: not known
  std::string from;      // the caller's address
  // What messages call the document, and the audit trail's "file" or "apply".
  std::string source;
  bool from_file = false;
  bool replan = false;           // the contacts that wait are asked for again
  bool unless_in_force = false;  // the same text being in force already is an answer of OK
};

struct PublishAnswer {
  runtime::DomainExecutor::Submission submission = runtime::DomainExecutor::Submission::kAccepted;
  runtime::Receipt receipt;            // if accepted
  std::optional<RuleVersion> version;  // if OK and something is in force by it
  CheckedRules rules;                  // with its findings; of a rollback: empty
  bool unchanged = false;              // it was in force already
  std::string detail;                  // for the trail
  absl::Status audit;                  // whether the trail has it
};

struct PublisherOptions {
  std::size_t kept_versions = 20;
  std::size_t max_jobs = 64;  // waiting; beyond them requests are shed
  metrics::RuleStatus* status = nullptr;
  AuditLog* audit = nullptr;  // null: no trail
  // Told of every attempt, on the publisher's thread, for the log.
  std::function<void(const PublishRequest&, const PublishAnswer&)> report;
};

// One thread does the work, one job after another, so that versions are in order and compiling
// never competes with more than one core's worth of routing. Callbacks run on it.
class Publisher {
 public:
  using Done = std::function<void(PublishAnswer)>;

  // `domains` must outlive it.
  Publisher(runtime::Domains& domains, PublisherOptions options);
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // At start-up, before anything else of that domain: its versions so far, oldest first, the last
  // in force; not empty. Returns whether the audit trail has the start.
  absl::Status Begin(std::string_view domain, std::vector<RuleVersion> versions);

  // Null: no such domain. Empty means "default".
  const RuleHistory* Find(std::string_view domain) const;

  // Any thread; do not block. False: too many wait, or it is closed; then `done` is not called.
  bool Check(std::string text, std::string source, std::function<void(CheckedRules)> done);
  bool Publish(PublishRequest request, Done done);

  // Takes nothing more in, finishes what waits. Blocks.
  void Close();

 private:
  PublishAnswer Perform(const PublishRequest& request, RuleHistory& history);
  PublishAnswer ApplyText(const PublishRequest& request, RuleHistory& history);
  PublishAnswer Restore(const PublishRequest& request, RuleHistory& history);
  PublishAnswer Promote(const PublishRequest& request, RuleHistory& history);
  PublishAnswer Switch(const PublishRequest& request);
  void Try(const PublishRequest& request, std::shared_ptr<const routing::RuleSet> rule_set,
           PublishAnswer& answer);
  // False: it was refused, or never became a command.
  bool Apply(const PublishRequest& request, routing::CommandBody body, PublishAnswer& answer,
             runtime::EventSlice* events = nullptr);
  void Activate(const PublishRequest& request, RuleHistory& history,
                std::shared_ptr<const routing::RuleSet> rule_set, PublishAnswer& answer);
  void Tell(const PublishRequest& request, PublishAnswer& answer, std::uint64_t from_version);
  void TellStatus(const PublishRequest& request, const PublishAnswer& answer);

  runtime::Domains& domains_;
  const PublisherOptions options_;
  std::map<std::string, std::unique_ptr<RuleHistory>, std::less<>> histories_;

  runtime::JobThread jobs_;  // last: it stops before what its jobs use goes
};

}  // namespace strowger::rules
