// A day at a contact centre that never was: who comes, how long each would wait and take, who works
// when. The same seed gives the same day on every machine. The vocabulary is that of
// deploy/rules/example.yaml.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace strowger::ctl {

struct DayOptions {
  std::uint64_t seed = 1;
  std::uint32_t contacts = 4'000;
  std::uint32_t agents = 0;  // 0: as many as the contacts want, nearly
};

// Times are milliseconds since the midnight that the day begins with.
struct DayContact {
  std::int64_t arrival_ms = 0;
  std::string channel;
  std::string tier;
  std::string topic;
  std::string location;       // empty: not known
  std::int64_t balance = -1;  // -1: not known
  std::vector<std::string> tags;
  std::int64_t patience_ms = 0;  // leaves when not assigned by then; 0: never
  std::int64_t handle_ms = 0;
};

// Takes contacts from `from_ms` to `to_ms`; then is away for the reason, or has gone home.
struct Presence {
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;
  std::string then;  // "break", "lunch"; empty: home
};

struct DaySkill {
  std::string name;
  std::uint32_t proficiency = 1;
};

struct DayAgent {
  std::string id;
  std::string team;
  std::string location;
  std::vector<DaySkill> skills;
  std::vector<Presence> presence;  // in order
};

struct Day {
  std::int64_t begin_ms = 0;         // nothing happens before
  std::int64_t end_ms = 0;           // nobody comes or works after
  std::vector<DayContact> contacts;  // in order of arrival
  std::vector<DayAgent> agents;
};

Day GenerateDay(const DayOptions& options);

}  // namespace strowger::ctl
