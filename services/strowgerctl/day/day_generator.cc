#include "services/strowgerctl/day/day_generator.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "services/strowgerctl/day/random.h"

namespace strowger::ctl {
namespace {

constexpr std::int64_t kSecond = 1'000;  // ms
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHalfHour = 30 * kMinute;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kBegin = 7 * kHour + kHalfHour;
constexpr std::size_t kSlots = 27;  // half hours, until 21:00

// Contacts that one agent can handle on such a day with some time to breathe.
constexpr std::uint32_t kContactsPerAgent = 105;

// Arrivals over the day, relative to each other.
using Curve = std::array<std::uint32_t, kSlots>;

struct Channel {
  std::string_view name;
  std::uint32_t permille;  // of all contacts
  std::int64_t handle_median_s;
  std::int64_t patience_mean_s;  // 0: as patient as paper
  Curve curve;
};

// The telephone has its peak in the morning and a second one after lunch, chat lives in the
// evening, and mail of the night lies there at the start.
constexpr std::array<Channel, 3> kChannels = {{
    {"voice", 620, 190, 240, {1,  6,  14, 24, 31, 36, 37, 34, 29, 24, 23, 28, 33, 34,
                              32, 29, 27, 24, 20, 16, 13, 11, 9,  7,  5,  2,  1}},
    {"chat", 260, 330, 420, {1,  3,  8,  12, 16, 19, 20, 21, 22, 23, 22, 22, 23, 23,
                             23, 24, 25, 26, 26, 25, 24, 22, 19, 16, 12, 6,  2}},
    {"email", 120, 260, 0, {30, 20, 16, 14, 12, 12, 11, 10, 9, 8, 8, 9, 9, 9,
                            9,  8,  8,  7,  6,  5,  5,  4,  4, 3, 3, 2, 1}},
}};

struct Weighted {
  std::string_view name;
  std::uint32_t permille;
};
constexpr std::array<Weighted, 4> kTopics = {
    {{"support", 420}, {"billing", 290}, {"sales", 220}, {"cancel", 70}}};
constexpr std::array<Weighted, 3> kTiers = {{{"bronze", 620}, {"silver", 290}, {"gold", 90}}};

constexpr std::array<std::string_view, 24> kNames = {
    "ann", "bob", "cem", "dee", "eli", "fay", "gus", "hal", "ida", "jon", "kay", "leo",
    "mia", "ned", "ola", "pam", "quy", "ron", "sue", "tom", "uma", "vic", "wes", "zoe"};

template <std::size_t N>
std::string Pick(const std::array<Weighted, N>& choices, Random& random) {
  std::uint64_t left = random.Below(1000);
  for (const Weighted& choice : choices) {
    if (left < choice.permille) return std::string(choice.name);
    left -= choice.permille;
  }
  return std::string(choices.front().name);
}

std::int64_t ArrivalTime(const Curve& curve, Random& random) {
  std::uint64_t left = random.Below(std::accumulate(curve.begin(), curve.end(), 0U));
  std::int64_t slot = 0;
  for (const std::uint32_t weight : curve) {
    if (left < weight) break;
    left -= weight;
    ++slot;
  }
  return kBegin + slot * kHalfHour + random.Between(0, kHalfHour - 1);
}

DayContact MakeContact(const Channel& channel, Random& random) {
  DayContact contact;
  contact.arrival_ms = ArrivalTime(channel.curve, random);
  contact.channel = std::string(channel.name);
  contact.tier = Pick(kTiers, random);
  contact.topic = Pick(kTopics, random);
  if (random.Chance(700)) contact.location = random.Chance(600) ? "lon" : "man";
  if (random.Chance(800)) contact.balance = random.LogNormal(260, 2'000);
  if (random.Chance(25)) contact.tags.push_back(random.Chance(600) ? "churn:price" : "churn:moves");
  std::int64_t median_s = channel.handle_median_s;
  if (contact.topic == "cancel") median_s = median_s * 3 / 2;  // it takes time to change a mind
  contact.handle_ms = std::clamp(random.LogNormal(median_s * kSecond, 1'050), 5 * kSecond, kHour);
  if (channel.patience_mean_s != 0) {
    contact.patience_ms = 4 * kSecond + random.Exponential(channel.patience_mean_s * kSecond);
  }
  return contact;
}

void AddSkill(std::string_view name, std::int64_t low, std::int64_t high, Random& random,
              DayAgent& agent) {
  agent.skills.push_back(
      {std::string(name), static_cast<std::uint32_t>(random.Between(low, high))});
}

// Every sixth is a senior who can do most things; the others know one thing and often a second.
void GiveSkills(std::uint32_t number, Random& random, DayAgent& agent) {
  if (number % 6 == 5) {
    agent.team = "senior";
    AddSkill("retention", 5, 9, random, agent);
    AddSkill("billing", 5, 9, random, agent);
    if (random.Chance(500)) AddSkill("sales", 4, 8, random, agent);
    return;
  }
  agent.team = "front";
  constexpr std::array<std::string_view, 7> kFirst = {"support", "billing", "sales",  "support",
                                                      "billing", "sales",   "support"};
  constexpr std::array<std::string_view, 3> kSecondSkill = {"support", "billing", "sales"};
  const std::string_view first = kFirst[number % kFirst.size()];
  AddSkill(first, 4, 9, random, agent);
  const std::string_view second = kSecondSkill[random.Below(kSecondSkill.size())];
  if (second != first) AddSkill(second, 1, 5, random, agent);
  if (random.Chance(150)) AddSkill("retention", 2, 4, random, agent);
}

// Early, middle and late shifts, each with two breaks and a lunch between them.
void GiveShift(std::uint32_t number, Random& random, DayAgent& agent) {
  constexpr std::array<std::int64_t, 5> kBegins = {
      7 * kHour + 35 * kMinute, 9 * kHour + 20 * kMinute, 11 * kHour + 50 * kMinute,
      8 * kHour + 20 * kMinute, 10 * kHour + 50 * kMinute};
  constexpr std::int64_t kLength = 8 * kHour + kHalfHour;
  struct Away {
    std::int64_t after;
    std::int64_t lasts;
    const char* reason;
  };
  constexpr std::array<Away, 3> kAway = {{{2 * kHour, 15 * kMinute, "break"},
                                          {4 * kHour, 40 * kMinute, "lunch"},
                                          {6 * kHour + 20 * kMinute, 15 * kMinute, "break"}}};
  const std::int64_t begin = kBegins[number / 6 % kBegins.size()] + random.Between(0, 12 * kMinute);
  std::int64_t from = begin;
  for (const Away& away : kAway) {
    const std::int64_t to = begin + away.after + random.Between(-kHalfHour, kHalfHour);
    agent.presence.push_back({from, to, away.reason});
    from = to + away.lasts + random.Between(0, 3 * kMinute);
  }
  agent.presence.push_back({from, begin + kLength, ""});
}

DayAgent MakeAgent(std::uint32_t number, Random& random) {
  DayAgent agent;
  const std::size_t round = number / kNames.size();
  agent.id = std::string(kNames[number % kNames.size()]);
  if (round > 0) absl::StrAppend(&agent.id, round + 1);
  agent.location = random.Chance(600) ? "lon" : "man";
  GiveSkills(number, random, agent);
  GiveShift(number, random, agent);
  return agent;
}

}  // namespace

Day GenerateDay(const DayOptions& options) {
  Day day;
  day.begin_ms = kBegin;
  day.end_ms = kBegin + static_cast<std::int64_t>(kSlots) * kHalfHour;
  Random random(options.seed);
  for (std::uint32_t i = 0; i < options.contacts; ++i) {
    std::uint64_t left = random.Below(1000);
    const auto channel = std::find_if(kChannels.begin(), kChannels.end(), [&](const Channel& each) {
      if (left < each.permille) return true;
      left -= each.permille;
      return false;
    });
    day.contacts.push_back(MakeContact(*channel, random));
  }
  std::stable_sort(
      day.contacts.begin(), day.contacts.end(),
      [](const DayContact& a, const DayContact& b) { return a.arrival_ms < b.arrival_ms; });
  const std::uint32_t agents =
      options.agents != 0 ? options.agents : std::max(6U, options.contacts / kContactsPerAgent);
  for (std::uint32_t i = 0; i < agents; ++i) day.agents.push_back(MakeAgent(i, random));
  return day;
}

}  // namespace strowger::ctl
