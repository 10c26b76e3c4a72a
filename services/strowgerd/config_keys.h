// The keys of the configuration, in one table: the file, the flags, the variables and
// --print-config all go by it.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "services/strowgerd/config.h"

namespace strowger::daemon {

using ConfigField = std::variant<std::string Config::*, std::vector<std::string> Config::*,
                                 bool Config::*, std::uint32_t Config::*,
                                 routing::DurationNs Config::*, std::uint32_t routing::Limits::*>;

struct ConfigKey {
  std::string_view name;  // "metrics.listen": in the file the second word stands under the first
  std::string_view help;
  ConfigField field;
  std::vector<std::string_view> choices = {};  // of a text; none: anything
  std::uint32_t least = 1;                     // of a number; of a list's items
  std::uint32_t most = UINT32_MAX;
};

const std::vector<ConfigKey>& ConfigKeys();
const ConfigKey* FindConfigKey(std::string_view name);
// The key that a mistyped one may have meant; empty if none is near.
std::string NearestConfigKey(std::string_view name);
// "STROWGER_METRICS_LISTEN"
std::string VariableOf(const ConfigKey& key);

// INVALID_ARGUMENT says what would be right, without the name of the key.
absl::Status SetKey(const ConfigKey& key, const std::vector<std::string>& values, Config& config);
// As YAML.
std::string ShowKey(const ConfigKey& key, const Config& config);

}  // namespace strowger::daemon
