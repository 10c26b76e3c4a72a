#include "services/strowgerd/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace strowger::daemon {
namespace {

constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

const char* NameOf(LogLevel level) {
  static constexpr const char* kNames[] = {"debug", "info", "warn", "error"};
  return kNames[static_cast<int>(level)];
}

std::string TimeText() {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
}

// The spdlog logger only guards the stream and holds the level.
spdlog::logger& Logger() {
  static spdlog::logger& logger = *[] {
    auto* const made =
        new spdlog::logger("strowgerd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return logger;
}

std::string JsonLine(LogLevel level, std::string_view event, Log::Fields fields) {
  nlohmann::ordered_json line;
  line["time"] = TimeText();
  line["level"] = NameOf(level);
  line["event"] = event;
  for (const auto& [key, value] : fields) line[key] = value;
  return line.dump(-1, ' ', false, kReplace);
}

// Text of several lines goes below the line, as it is.
std::string TextLine(LogLevel level, std::string_view event, Log::Fields fields) {
  std::string line = TimeText() + ' ' + NameOf(level) + ' ' + std::string(event);
  std::string below;
  for (const auto& [key, value] : fields) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (text.find('\n') != std::string::npos) {
      below += '\n' + text;
    } else {
      const bool quoted = text.empty() || text.find(' ') != std::string::npos;
      line += std::string(" ") + key + '=' + (quoted ? value.dump(-1, ' ', false, kReplace) : text);
    }
  }
  while (!below.empty() && below.back() == '\n') below.pop_back();
  return line + below;
}

}  // namespace

Log::Log(const std::string& format, const std::string& level) : json_(format == "json") {
  SetLevel(level);
}

void Log::SetLevel(const std::string& level) { Logger().set_level(spdlog::level::from_str(level)); }

void Log::Write(LogLevel level, std::string_view event, Fields fields) const {
  if (!Logger().should_log(ToSpdlog(level))) return;
  Logger().log(ToSpdlog(level), "{}",
               json_ ? JsonLine(level, event, fields) : TextLine(level, event, fields));
}

}  // namespace strowger::daemon
