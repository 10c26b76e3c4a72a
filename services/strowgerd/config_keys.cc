#include "services/strowgerd/config_keys.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "routing-core/cel/finding.h"
#include "routing-core/rules/reader.h"

namespace strowger::daemon {
namespace {

absl::Status Wrong(const std::string& what) { return absl::InvalidArgumentError(what); }

template <typename Value>
Value& Of(Config& config, Value Config::*field) {
  return config.*field;
}
template <typename Value>
Value& Of(Config& config, Value routing::Limits::*field) {
  return config.limits.*field;
}

// A field of another kind than Value: null.
template <typename Value>
Value* Find(const ConfigKey& key, Config& config) {
  return std::visit(
      [&config](auto field) -> Value* {
        if constexpr (std::is_same_v<std::decay_t<decltype(Of(config, field))>, Value>) {
          return &Of(config, field);
        } else {
          return nullptr;
        }
      },
      key.field);
}

absl::Status SetText(const ConfigKey& key, const std::string& value, std::string& to) {
  const auto& choices = key.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
    const std::vector<std::string> names(choices.begin(), choices.end());
    return Wrong(absl::StrCat("must be ", absl::StrJoin(names, " or "), ", not '", value, "'"));
  }
  to = value;
  return absl::OkStatus();
}

absl::Status SetBool(const std::string& value, bool& to) {
  if (value != "true" && value != "false") {
    return Wrong(absl::StrCat("must be true or false, not '", value, "'"));
  }
  to = value == "true";
  return absl::OkStatus();
}

absl::Status SetNumber(const ConfigKey& key, const std::string& value, std::uint32_t& to) {
  std::uint32_t number = 0;
  const char* const end = value.data() + value.size();
  const auto [rest, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc() || rest != end || number < key.least || number > key.most) {
    return Wrong(absl::StrCat("must be a whole number from ", key.least, " to ", key.most,
                              ", not '", value, "'"));
  }
  to = number;
  return absl::OkStatus();
}

absl::Status SetDuration(const std::string& value, routing::DurationNs& to) {
  rules::Node node;
  node.kind = rules::Node::Kind::kScalar;
  node.scalar = value;
  rules::Report report("");
  const std::optional<routing::DurationNs> duration = rules::ReadDuration(node, report);
  if (!duration) return Wrong(absl::StrCat("must be a time such as 10s, not '", value, "'"));
  to = *duration;
  return absl::OkStatus();
}

// A plain scalar where that reads back as the same text.
std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

std::string ShowDuration(routing::DurationNs duration) {
  return duration % routing::kSecond == 0 ? absl::StrCat(duration / routing::kSecond, "s")
                                          : absl::StrCat(duration / routing::kMillisecond, "ms");
}

}  // namespace

const std::vector<ConfigKey>& ConfigKeys() {
  static const auto& keys = *new std::vector<ConfigKey>{
      {"listen", "Addresses for gRPC: host:port, port 0 for any free one, or unix:PATH",
       &Config::listen},
      {"admin.listen",
       "Addresses for AdminService and RuleService, which are then nowhere else; empty: as listen",
       &Config::admin_listen,
       {},
       0},
      {"tls.certificate",
       "File with the service's certificate chain (PEM), read again when changed",
       &Config::tls_certificate},
      {"tls.key", "File with the certificate's private key (PEM)", &Config::tls_key},
      {"tls.client_ca", "File with the authorities of clients' certificates (PEM): mutual TLS",
       &Config::tls_client_ca},
      {"tls.client_certificates",
       "With client_ca, required; or optional: a caller may come with a token alone",
       &Config::tls_client_certificates,
       {"required", "optional"}},
      {"tls.allow_plaintext_beyond_loopback",
       "Listen without TLS where others than this machine can read along",
       &Config::allow_plaintext_beyond_loopback},
      {"access.identities",
       "File that says who may call, read again when changed; empty: everybody may do everything",
       &Config::identities},
      {"metrics.listen", "Address for /metrics, /healthz, /readyz; empty: none",
       &Config::metrics_listen},
      {"data", "Folder for what the service writes; made if it is not there", &Config::data},
      {"rules", "Rule file, watched; empty: one queue for everything", &Config::rules},
      {"domains", "Names of the domains to serve", &Config::domains},
      {"clock",
       "Time of commands: system, or virtual (commands say)",
       &Config::clock,
       {"system", "virtual"}},
      {"journal.mode",
       "What replies wait for: sync (the disk), interval (nothing, the disk follows), none "
       "(nothing, "
       "the system writes when it likes), memory (nothing is kept)",
       &Config::journal_mode,
       {"sync", "interval", "none", "memory"}},
      {"journal.interval", "In mode interval, how often", &Config::journal_interval},
      {"journal.reserve_mib",
       "MiB of free space below which what changes anything is refused",
       &Config::journal_reserve_mib,
       {},
       0,
       1'048'576},
      {"journal.keep", "How long the journal keeps what checkpoints have made superfluous",
       &Config::journal_keep},
      {"journal.keep_mib",
       "MiB of journal beyond which it keeps only what follows the older of two checkpoints",
       &Config::journal_keep_mib,
       {},
       1,
       1'048'576},
      {"checkpoint.commands",
       "Commands after which a checkpoint is taken",
       &Config::checkpoint_commands,
       {},
       1,
       4'294'967'295},
      {"checkpoint.mib",
       "MiB of journal after which a checkpoint is taken",
       &Config::checkpoint_mib,
       {},
       1,
       1'048'576},
      {"history.keep", "How long contacts that have ended can be looked up; 0s: no history is kept",
       &Config::history_keep},
      {"history.keep_mib",
       "MiB of history, of each domain and before packing, beyond which the oldest goes sooner",
       &Config::history_keep_mib,
       {},
       1,
       1'048'576},
      {"backup.folder", "Where AdminService.Backup writes to; empty: backup in the data folder",
       &Config::backup_folder},
      {"backup.keep", "Backups of a domain that are kept", &Config::backup_keep, {}, 1, 10'000},
      {"report.days", "Days of interval reports that are kept", &Config::report_days, {}, 1, 400},
      {"report.short_abandonment", "In reports, an abandonment after a shorter wait is a short one",
       &Config::report_short_abandonment},
      {"recovery.grace",
       "Lease of each logged-in agent without one when the service comes back; 0s: none",
       &Config::recovery_grace},
      {"reflection", "Offer gRPC server reflection", &Config::reflection},
      {"log.level",
       "debug, info, warn or error",
       &Config::log_level,
       {"debug", "info", "warn", "error"}},
      {"log.format", "json (one object a line) or text", &Config::log_format, {"json", "text"}},
      {"drain.grace", "At SIGTERM, how long calls may take to end", &Config::drain_grace},
      {"intake.capacity",
       "Requests taken in and not yet answered, a domain; more are shed",
       &Config::intake_capacity,
       {},
       1'024,  // a session's largest message, which is taken in whole or not at all
       16'777'216},
      {"intake.memory_mib",
       "MiB for messages being read and written, over all connections",
       &Config::intake_memory_mib,
       {},
       16,
       1'048'576},
      {"intake.streams",
       "Streams open at once: sessions and watches, of all callers",
       &Config::intake_streams,
       {},
       16,
       1'048'576},
      {"intake.identity_per_second",
       "Calls and commands of a session, each identity; 0: no limit",
       &Config::identity_per_second,
       {},
       0,
       10'000'000},
      {"intake.domain_per_second",
       "Calls and commands of a session, each domain; 0: no limit",
       &Config::domain_per_second,
       {},
       0,
       10'000'000},
      {"events.kept",
       "Newest events kept for watchers, a domain",
       &Config::kept_events,
       {},
       1'000,
       16'777'216},
      {"sessions.most", "Sessions remembered, a domain", &Config::sessions, {}, 1, 65'536},
      {"sessions.credit",
       "Commands of a session that may be unanswered",
       &Config::session_credit,
       {},
       1,
       4'096},
      {"limits.agents", "Agents of a domain", &routing::Limits::agents},
      {"limits.contacts", "Live contacts of a domain", &routing::Limits::contacts},
      {"limits.ended_contacts", "Ended contacts remembered by a domain",
       &routing::Limits::ended_contacts},
      {"limits.queues", "Queues that a domain ever has", &routing::Limits::queues},
      {"limits.atoms", "Distinct tests on agents in requirements", &routing::Limits::atoms},
      {"limits.plans", "Distinct plans", &routing::Limits::plans},
  };
  return keys;
}

const ConfigKey* FindConfigKey(std::string_view name) {
  const auto& keys = ConfigKeys();
  const auto found = std::find_if(keys.begin(), keys.end(),
                                  [name](const ConfigKey& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

std::string NearestConfigKey(std::string_view name) {
  std::vector<std::string_view> names;
  for (const ConfigKey& key : ConfigKeys()) names.push_back(key.name);
  return std::string(cel::NearestName(name, names));
}

std::string VariableOf(const ConfigKey& key) {
  std::string name = "STROWGER_" + std::string(key.name);
  std::replace(name.begin(), name.end(), '.', '_');
  return absl::AsciiStrToUpper(name);
}

absl::Status SetKey(const ConfigKey& key, const std::vector<std::string>& values, Config& config) {
  if (auto* list = Find<std::vector<std::string>>(key, config)) {
    const bool none = values.empty() || (values.size() == 1 && values.front().empty());
    if (none && key.least > 0) return Wrong("must not be empty");
    *list = none ? std::vector<std::string>() : values;
    return absl::OkStatus();
  }
  if (values.size() != 1) return Wrong("must be a single value");
  const std::string& value = values.front();
  if (auto* text = Find<std::string>(key, config)) return SetText(key, value, *text);
  if (auto* truth = Find<bool>(key, config)) return SetBool(value, *truth);
  if (auto* number = Find<std::uint32_t>(key, config)) return SetNumber(key, value, *number);
  return SetDuration(value, *Find<routing::DurationNs>(key, config));
}

std::string ShowKey(const ConfigKey& key, const Config& config) {
  Config copy = config;
  if (const auto* list = Find<std::vector<std::string>>(key, copy)) {
    std::vector<std::string> quoted;
    for (const std::string& item : *list) quoted.push_back(Quoted(item));
    return absl::StrCat("[", absl::StrJoin(quoted, ", "), "]");
  }
  if (const auto* text = Find<std::string>(key, copy)) return Quoted(*text);
  if (const auto* truth = Find<bool>(key, copy)) return *truth ? "true" : "false";
  if (const auto* number = Find<std::uint32_t>(key, copy)) return absl::StrCat(*number);
  return ShowDuration(*Find<routing::DurationNs>(key, copy));
}

}  // namespace strowger::daemon
