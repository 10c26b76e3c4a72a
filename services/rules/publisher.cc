#include "services/rules/publisher.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "routing/command.h"
#include "services/metrics/rule_status.h"
#include "services/runtime/blocking.h"
#include "services/runtime/clock.h"

namespace strowger::rules {
namespace {

using runtime::DomainExecutor;

routing::TimeNs WallClock() { return runtime::SystemClock().Now(); }

std::string_view DomainName(std::string_view domain) {
  return domain.empty() ? std::string_view("default") : domain;
}

std::uint64_t VersionOf(const runtime::EventSlice& events) {
  for (const routing::Event& event : events.events) {
    if (event.type == routing::EventType::kActivated) return event.number;
  }
  return 0;
}

PublishAnswer Refused(routing::Outcome outcome, std::string_view field = {}) {
  PublishAnswer answer;
  answer.receipt.result = {outcome, field};
  return answer;
}

std::string_view ActionOf(const PublishRequest& request) {
  if (request.from_file) return "file";
  if (request.flag) return "flag";
  if (request.discard) return "discard";
  if (request.promote) return "promote";
  if (request.trial) return *request.trial == 0 ? "shadow" : "share";
  return request.to_version != 0 ? "rollback" : "apply";
}

bool IsOk(const PublishAnswer& answer) {
  return answer.submission == DomainExecutor::Submission::kAccepted && answer.receipt.result.ok();
}

// Something came into force now.
bool IsActivation(const PublishAnswer& answer) {
  return IsOk(answer) && !answer.unchanged && !answer.receipt.repeated && answer.version;
}

AuditEntry EntryOf(const PublishRequest& request, const PublishAnswer& answer,
                   std::uint64_t from_version) {
  AuditEntry entry;
  entry.time = WallClock();
  entry.domain = DomainName(request.domain);
  entry.action = ActionOf(request);
  entry.outcome = answer.submission == DomainExecutor::Submission::kAccepted
                      ? routing::Name(answer.receipt.result.outcome)
                      : routing::Name(routing::Outcome::kShedding);
  entry.author = request.author;
  entry.comment = request.comment;
  entry.identity = request.identity;
  entry.from = request.from;
  entry.from_version = from_version;
  entry.rule_set = answer.rules.name;
  entry.hash = answer.rules.hash;
  entry.sequence = answer.receipt.sequence;
  entry.detail = answer.detail;
  if (IsActivation(answer)) {
    entry.to_version = answer.version->version;
    entry.rule_set = answer.version->rule_set;
    entry.hash = answer.version->hash;
  }
  return entry;
}

}  // namespace

Publisher::Publisher(runtime::Domains& domains, PublisherOptions options)
    : domains_(domains), options_(std::move(options)), jobs_(options_.max_jobs) {}

Publisher::~Publisher() = default;

absl::Status Publisher::Begin(std::string_view domain, std::vector<RuleVersion> versions) {
  const RuleVersion& active = versions.back();
  if (options_.status != nullptr) {
    options_.status->Activated(domain, active.version, active.rule_set, active.hash,
                               active.activated_at);
  }
  AuditEntry entry;
  entry.time = WallClock();
  entry.domain = domain;
  entry.action = "start";
  entry.outcome = routing::Name(routing::Outcome::kOk);
  entry.author = active.author;
  entry.comment = active.comment;
  entry.to_version = active.version;
  entry.rule_set = active.rule_set;
  entry.hash = active.hash;
  entry.sequence = active.sequence;
  auto history = std::make_unique<RuleHistory>(options_.kept_versions);
  for (RuleVersion& version : versions) history->Add(std::move(version));
  histories_.emplace(domain, std::move(history));
  return options_.audit != nullptr ? options_.audit->Record(entry) : absl::OkStatus();
}

const RuleHistory* Publisher::Find(std::string_view domain) const {
  const auto found = histories_.find(DomainName(domain));
  return found == histories_.end() ? nullptr : found->second.get();
}

bool Publisher::Check(std::string text, std::string source,
                      std::function<void(CheckedRules)> done) {
  return jobs_.Do(
      [text = std::move(text), source = std::move(source), done = std::move(done)]() mutable {
        done(CheckRules(std::move(text), std::move(source), TestPaths::kRefused));
      });
}

bool Publisher::Publish(PublishRequest request, Done done) {
  const auto found = histories_.find(DomainName(request.domain));
  if (found == histories_.end()) {
    done(Refused(routing::Outcome::kUnknownDomain));
    return true;
  }
  RuleHistory* const history = found->second.get();
  return jobs_.Do([this, history, request = std::move(request), done = std::move(done)] {
    const std::uint64_t before = history->Active()->version;
    PublishAnswer answer = Perform(request, *history);
    Tell(request, answer, before);
    done(std::move(answer));
  });
}

void Publisher::Close() { jobs_.Close(); }

PublishAnswer Publisher::Perform(const PublishRequest& request, RuleHistory& history) {
  if (request.flag) return Switch(request);
  if (request.discard) {
    PublishAnswer answer;
    Try(request, nullptr, answer);
    return answer;
  }
  if (request.promote) return Promote(request, history);
  return request.to_version != 0 ? Restore(request, history) : ApplyText(request, history);
}

PublishAnswer Publisher::ApplyText(const PublishRequest& request, RuleHistory& history) {
  PublishAnswer answer;
  if (request.unless_in_force && history.active()->text() == request.text) {
    answer.unchanged = true;
    answer.version = history.Active();
    return answer;
  }
  answer.rules = CheckRules(request.text, request.source,
                            request.from_file ? TestPaths::kAllowed : TestPaths::kRefused);
  if (answer.rules.ok() && request.trial) {
    Try(request, answer.rules.rule_set, answer);
  } else if (answer.rules.ok()) {
    Activate(request, history, answer.rules.rule_set, answer);
  } else if (request.expected_version && *request.expected_version != history.Active()->version) {
    answer.receipt.result = {routing::Outcome::kVersionMismatch, "expected_version"};
  } else {
    answer.receipt.result = {routing::Outcome::kRuleSetInvalid, "text"};
  }
  return answer;
}

PublishAnswer Publisher::Restore(const PublishRequest& request, RuleHistory& history) {
  const std::optional<RuleVersion> earlier = history.Find(request.to_version);
  if (!earlier || earlier->compiled == nullptr) {
    return Refused(routing::Outcome::kVersionMismatch, "to_version");
  }
  PublishAnswer answer;
  Activate(request, history, earlier->compiled, answer);
  return answer;
}

bool Publisher::Apply(const PublishRequest& request, routing::CommandBody body,
                      PublishAnswer& answer, runtime::EventSlice* events) {
  const journal::ActivationNote note{request.author, request.comment, request.to_version,
                                     request.from_file};
  runtime::Answer applied = runtime::ApplyAndWait(*domains_.Find(request.domain), std::move(body),
                                                  request.command_id, request.at, &note);
  answer.submission = applied.submission;
  answer.receipt = applied.receipt;
  if (events != nullptr) *events = applied.events;
  return applied.submission == DomainExecutor::Submission::kAccepted && answer.receipt.result.ok();
}

// Null: the trial ends.
void Publisher::Try(const PublishRequest& request, std::shared_ptr<const routing::RuleSet> rule_set,
                    PublishAnswer& answer) {
  const std::int64_t share = request.trial.value_or(0);
  if (share > 0) answer.detail = absl::StrCat(static_cast<double>(share) / 10'000, "%");
  routing::SetCandidate body;
  body.rule_set = std::move(rule_set);
  body.share = share;
  body.if_version = request.expected_version;
  Apply(request, std::move(body), answer);
  if (answer.receipt.result.outcome != routing::Outcome::kRuleSetInvalid) return;
  Finding finding;
  finding.message =
      "a candidate may differ from the rules in force in let, rules and calendars only";
  answer.rules.findings.push_back(std::move(finding));
}

PublishAnswer Publisher::Promote(const PublishRequest& request, RuleHistory& history) {
  std::shared_ptr<const routing::RuleSet> candidate;
  runtime::ReadAndWait(*domains_.Find(request.domain), [&](const runtime::Reading& reading) {
    if (const auto view = reading.router.Candidate()) candidate = view->rule_set;
  });
  if (candidate == nullptr) return Refused(routing::Outcome::kWrongState, "candidate");
  PublishAnswer answer;
  Activate(request, history, std::move(candidate), answer);
  return answer;
}

PublishAnswer Publisher::Switch(const PublishRequest& request) {
  PublishAnswer answer;
  bool was = false;
  runtime::ReadAndWait(*domains_.Find(request.domain), [&](const runtime::Reading& reading) {
    for (const routing::FlagView& flag : reading.router.Flags()) {
      if (flag.flag == request.flag->flag) was = flag.on;
    }
  });
  const auto position = [](bool on) { return on ? "on" : "off"; };
  answer.detail =
      absl::StrCat(request.flag->flag, ": ", position(was), " -> ", position(request.flag->on));
  Apply(request, routing::SetFlag{request.flag->flag, request.flag->on}, answer);
  return answer;
}

// In force from one sequence on; the history learns of it before the answer goes out.
void Publisher::Activate(const PublishRequest& request, RuleHistory& history,
                         std::shared_ptr<const routing::RuleSet> rule_set, PublishAnswer& answer) {
  runtime::EventSlice events;
  if (!Apply(request, routing::ActivateRuleSet{rule_set, request.expected_version, request.replan},
             answer, &events)) {
    return;
  }
  if (answer.receipt.repeated) {
    answer.version = history.FindBySequence(answer.receipt.sequence);
    return;
  }
  RuleVersion version;
  version.version = VersionOf(events);
  version.rule_set = rule_set->name();
  version.hash = rule_set->hash();
  version.author = request.author;
  version.comment = request.comment;
  version.activated_at = answer.receipt.time;
  version.sequence = answer.receipt.sequence;
  version.restored_version = request.to_version;
  version.compiled = std::move(rule_set);
  history.Add(std::move(version));
  answer.version = history.Active();
}

void Publisher::Tell(const PublishRequest& request, PublishAnswer& answer,
                     std::uint64_t from_version) {
  if (options_.status != nullptr) TellStatus(request, answer);
  if (options_.audit != nullptr && !answer.unchanged && !answer.receipt.repeated) {
    answer.audit = options_.audit->Record(EntryOf(request, answer, from_version));
  }
  if (options_.report) options_.report(request, answer);
}

void Publisher::TellStatus(const PublishRequest& request, const PublishAnswer& answer) {
  const std::string_view domain = DomainName(request.domain);
  if (IsActivation(answer)) {
    options_.status->Activated(domain, answer.version->version, answer.version->rule_set,
                               answer.version->hash, WallClock());
  }
  const bool of_text =
      request.to_version == 0 && !request.flag && !request.discard && !request.promote;
  if (of_text) options_.status->Reloaded(domain, IsOk(answer), WallClock());
}

}  // namespace strowger::rules
