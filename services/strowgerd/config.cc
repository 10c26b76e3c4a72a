#include "services/strowgerd/config.h"

#include <iostream>
#include <map>
#include <utility>
#include <variant>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "services/rules/loader.h"
#include "services/rules/watcher.h"
#include "services/rules/yaml.h"
#include "services/strowgerd/config_keys.h"

namespace strowger::daemon {
namespace {

using rules::Finding;
using rules::Node;

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;

// ---- The file -----------------------------------------------------------------------------------

class FileReader {
 public:
  explicit FileReader(Config& config) : config_(config) {}

  // Keys of nested mappings are joined by points.
  void Read(const Node& node, const std::string& prefix) {
    for (const auto& [name, value] : node.entries) {
      const std::string full = prefix.empty() ? name.scalar : prefix + '.' + name.scalar;
      const ConfigKey* const key = FindConfigKey(full);
      if (key != nullptr) {
        Set(*key, value);
      } else if (value.is_mapping() && IsPrefix(full)) {
        Read(value, full);
      } else {
        Add(name, "there is no key '" + full + "'", NearestConfigKey(full));
      }
    }
  }

  std::vector<Finding> Take() { return std::move(findings_); }

 private:
  static bool IsPrefix(const std::string& name) {
    for (const ConfigKey& key : ConfigKeys()) {
      if (key.name.substr(0, name.size() + 1) == name + '.') return true;
    }
    return false;
  }

  void Set(const ConfigKey& key, const Node& value) {
    std::vector<std::string> values;
    for (const Node& item : value.items) values.push_back(item.scalar);
    if (value.is_scalar()) values = {value.scalar};
    const absl::Status status = SetKey(key, values, config_);
    if (status.ok()) return;
    Add(value,
        absl::StrCat(absl::string_view(key.name.data(), key.name.size()), " ", status.message()),
        "");
  }

  void Add(const Node& at, std::string message, std::string suggestion) {
    Finding finding;
    finding.at = at.at;
    finding.message = std::move(message);
    finding.suggestion = std::move(suggestion);
    findings_.push_back(std::move(finding));
  }

  Config& config_;
  std::vector<Finding> findings_;
};

absl::Status ReadConfigFile(const std::string& path, Config& config) {
  absl::StatusOr<std::string> text = rules::ReadFile(path, kMaxFileBytes);
  if (!text.ok()) return text.status();
  rules::ParsedDocument document = rules::ParseYaml(*text);
  std::vector<Finding> findings = std::move(document.findings);
  if (findings.empty()) {
    FileReader reader(config);
    reader.Read(document.root, "");
    findings = reader.Take();
  }
  if (findings.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(rules::RenderFindings(path, *text, findings));
}

// ---- The command line ---------------------------------------------------------------------------

// What was given by flag or variable, by key.
using Given = std::map<std::string_view, std::vector<std::string>>;

struct CommandLine {
  std::string file;
  bool print = false;
  bool check = false;
  Given given;
};

constexpr char kFooter[] =
    R"(Examples:
  strowgerd --rules rules.yaml                       with data in strowger-data/ where it is started
  strowgerd --config /etc/strowger/strowgerd.yaml    as the package's service does
  strowgerd --config strowgerd.yaml --check-config   is it good, and the rule file too?

Signals: SIGTERM and SIGINT take nothing more in, let out every reply, write a checkpoint and end; a
second one ends at once. SIGHUP reads the rule file and the log level again.

Exit code: 0 it served and was asked to end, or what was asked for is good; 1 it could not start, or
the rules are not good; 2 the command line or the configuration is wrong.)";

void AddOptions(CLI::App& app, CommandLine& line) {
  app.add_option("--config", line.file, "Configuration file (YAML)")->envname("STROWGER_CONFIG");
  app.add_flag("--print-config", line.print, "Print the configuration in effect and exit");
  app.add_flag("--check-config", line.check,
               "Check the configuration and the rule file, say what is wrong and exit");
  app.set_version_flag("--version", "strowgerd " STROWGER_VERSION);
  for (const ConfigKey& key : ConfigKeys()) {
    app.add_option("--" + std::string(key.name), line.given[key.name], std::string(key.help))
        ->envname(VariableOf(key))
        ->delimiter(',')
        ->expected(0, 64)
        ->type_name("")
        ->group("Configuration (also in the file, and as STROWGER_ variables)");
  }
  app.allow_extras();
}

absl::Status CheckExtras(const CLI::App& app) {
  const std::vector<std::string> extras = app.remaining();
  if (extras.empty()) return absl::OkStatus();
  std::string message = absl::StrCat("there is no option ", extras.front());
  const std::string_view name =
      std::string_view(extras.front())
          .substr(std::min(extras.front().find_first_not_of('-'), extras.front().size()));
  const std::string nearest = NearestConfigKey(name.substr(0, name.find('=')));
  if (!nearest.empty()) absl::StrAppend(&message, "\n  did you mean --", nearest, "?");
  return absl::InvalidArgumentError(message);
}

using GivenKeys = decltype(Invocation::given);

// A switch may be given without a value.
GivenKeys TakeGiven(const CLI::App& app, const Given& given) {
  GivenKeys taken;
  for (const auto& [name, values] : given) {
    if (app.get_option("--" + std::string(name))->count() == 0) continue;
    const bool is_switch = std::holds_alternative<bool Config::*>(FindConfigKey(name)->field);
    const std::vector<std::string> none = {is_switch ? "true" : ""};
    taken.emplace_back(name, values.empty() ? none : values);
  }
  return taken;
}

absl::Status ReadSources(const std::string& file, const GivenKeys& given, Config& config) {
  if (!file.empty()) {
    if (absl::Status status = ReadConfigFile(file, config); !status.ok()) return status;
  }
  for (const auto& [name, values] : given) {
    const absl::Status status = SetKey(*FindConfigKey(name), values, config);
    if (!status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("--", name, " ", status.message()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

Invocation ReadInvocation(int argc, const char* const* argv) {
  Invocation invocation;
  invocation.task = Invocation::Task::kExit;
  CLI::App app("strowgerd: the Strowger contact router, as a gRPC service", "strowgerd");
  app.footer(kFooter);
  CommandLine line;
  AddOptions(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {  // also --help and --version
    invocation.exit_code = app.exit(error) == 0 ? 0 : 2;
    return invocation;
  }
  invocation.file = line.file;
  invocation.given = TakeGiven(app, line.given);
  absl::Status status = CheckExtras(app);
  if (status.ok()) status = ReadSources(invocation.file, invocation.given, invocation.config);
  if (!status.ok()) {
    std::cerr << "strowgerd: " << status.message() << '\n';
    invocation.exit_code = 2;
    return invocation;
  }
  invocation.task = line.print   ? Invocation::Task::kPrint
                    : line.check ? Invocation::Task::kCheck
                                 : Invocation::Task::kServe;
  return invocation;
}

absl::StatusOr<std::string> RereadLogLevel(const Invocation& invocation) {
  Config config;
  absl::Status status = ReadSources(invocation.file, invocation.given, config);
  if (!status.ok()) return status;
  return config.log_level;
}

std::string PrintConfig(const Config& config) {
  std::string printed;
  std::string_view group;
  for (const ConfigKey& key : ConfigKeys()) {
    const std::size_t point = key.name.find('.');
    std::string_view name = key.name;
    if (point != std::string_view::npos) {
      if (key.name.substr(0, point) != group) {
        group = key.name.substr(0, point);
        absl::StrAppend(&printed, std::string(group), ":\n");
      }
      name = key.name.substr(point + 1);
      printed += "  ";
    }
    absl::StrAppend(&printed, std::string(name), ": ", ShowKey(key, config), "\n");
  }
  return printed;
}

}  // namespace strowger::daemon
