// The program's log: one line an event, on stderr, with keys that stay the same.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace strowger::daemon {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

// Any thread. No text of a contact ever goes in here.
class Log {
 public:
  using Fields = std::initializer_list<std::pair<const char*, nlohmann::ordered_json>>;

  // `format`: "json" or "text"; `level`: the least to be shown, by name.
  Log(const std::string& format, const std::string& level);

  void SetLevel(const std::string& level);

  // `event` is a constant: "rules_activated". Nothing is thrown.
  void Write(LogLevel level, std::string_view event, Fields fields) const;
  void Info(std::string_view event, Fields fields) const { Write(LogLevel::kInfo, event, fields); }
  void Warn(std::string_view event, Fields fields) const { Write(LogLevel::kWarn, event, fields); }
  void Error(std::string_view event, Fields fields) const {
    Write(LogLevel::kError, event, fields);
  }

 private:
  const bool json_;
};

}  // namespace strowger::daemon
