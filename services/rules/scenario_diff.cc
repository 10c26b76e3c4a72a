#include "services/rules/scenario_diff.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "routing-core/rules/reader.h"
#include "services/rules/scenario_events.h"

namespace strowger::rules {
namespace {

void AddLine(char mark, const std::string& time, const std::string& text, std::string& listing) {
  absl::StrAppend(&listing, absl::StrFormat("    %c %-8s %s\n", mark, time, text));
}

void AddHappened(char mark, const Happened& happened, std::string& listing) {
  AddLine(mark, FormatDuration(happened.at),
          happened.note.empty() ? Show(happened.what)
                                : absl::StrCat(Show(happened.what), "  (", happened.note, ")"),
          listing);
}

// "agent: ann, not bob" for the fields of `expected` that `actual` has otherwise.
std::string Differences(const Happening& expected, const Happening& actual) {
  std::string text;
  for (const auto& [name, value] : expected.fields) {
    const auto found = std::find_if(actual.fields.begin(), actual.fields.end(),
                                    [&name = name](const auto& f) { return f.first == name; });
    const std::string is = found == actual.fields.end() ? "none" : found->second;
    if (is == value) continue;
    absl::StrAppend(&text, text.empty() ? "" : "; ", name, " is ", is, ", not ",
                    value.empty() ? "none" : value);
  }
  return text;
}

std::size_t FieldsInCommon(const Happening& expected, const Happening& actual) {
  return static_cast<std::size_t>(
      std::count_if(expected.fields.begin(), expected.fields.end(), [&](const auto& field) {
        return std::find(actual.fields.begin(), actual.fields.end(), field) != actual.fields.end();
      }));
}

// Why an expected event was not found, as far as what happened tells.
std::string Hint(const Happening& expected, const std::vector<Happened>& happened,
                 const std::vector<bool>& taken, std::size_t first) {
  for (std::size_t i = 0; i < happened.size(); ++i) {
    if (!Fits(expected, happened[i].what)) continue;
    const std::string when = FormatDuration(happened[i].at);
    if (i < first) {
      return absl::StrCat("it happened at ", when, ": give that instant an entry of its own");
    }
    if (!taken[i]) return absl::StrCat("it happened at ", when, ", but not in this order");
  }
  const Happening* nearest = nullptr;
  std::size_t best = 0;
  for (std::size_t i = 0; i < happened.size(); ++i) {
    if (taken[i] || happened[i].what.type != expected.type) continue;
    const std::size_t common = FieldsInCommon(expected, happened[i].what);
    if (nearest != nullptr && common <= best) continue;
    nearest = &happened[i].what;
    best = common;
  }
  return nearest == nullptr ? "" : Differences(expected, *nearest);
}

void AddMissing(const ExpectedHappening& expected, const std::string& hint, std::string& listing) {
  AddLine('-', "",
          absl::StrCat(Show(expected.what), "  (expected at line ", expected.at.line,
                       hint.empty() ? ")" : "; ", hint, hint.empty() ? "" : ")"),
          listing);
}

}  // namespace

std::string ListEvents(const std::vector<Happened>& happened) {
  std::string listing;
  for (const Happened& event : happened) AddHappened(' ', event, listing);
  return listing;
}

std::string CompareEvents(const Expectation& expectation, const std::vector<Happened>& happened,
                          routing::DurationNs from) {
  const auto start = std::find_if(happened.begin(), happened.end(),
                                  [from](const Happened& event) { return event.at >= from; });
  const auto first = static_cast<std::size_t>(start - happened.begin());
  std::vector<Happening> now;
  for (std::size_t i = first; i < happened.size(); ++i) now.push_back(happened[i].what);
  const auto matches = MatchInOrder(expectation.events, now);
  std::vector<bool> taken(happened.size(), false);
  bool all = true;
  for (const auto& match : matches) {
    if (match.has_value()) taken[first + *match] = true;
    all = all && match.has_value();
  }
  const bool nothing_else = std::find(taken.begin(), taken.end(), false) == taken.end();
  if (all && (!expectation.only || nothing_else)) return "";

  std::string listing;
  std::size_t next = 0;  // of the events, the first not yet listed
  const auto list_until = [&](std::size_t end) {
    for (; next < end; ++next) {
      AddHappened(expectation.only && !taken[next] ? '+' : ' ', happened[next], listing);
    }
  };
  for (std::size_t i = 0; i < matches.size(); ++i) {
    if (matches[i].has_value()) {
      list_until(first + *matches[i] + 1);
    } else {
      const ExpectedHappening& missing = expectation.events[i];
      AddMissing(missing, Hint(missing.what, happened, taken, first), listing);
    }
  }
  list_until(happened.size());
  return listing;
}

}  // namespace strowger::rules
