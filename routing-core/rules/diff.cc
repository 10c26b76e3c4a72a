#include "routing-core/rules/diff.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "routing-core/rules/canonical_text.h"
#include "routing-core/rules/effective.h"

namespace strowger::rules {
namespace {

using Kind = Change::Kind;

std::string IdOf(const Node& item) {
  const Node* id = item.Find("id");
  return id == nullptr ? std::string() : id->scalar;
}

// Rules, steps and overflow: each item is a mapping with an id of its own.
bool HasIds(const Node& node) {
  return !node.items.empty() &&
         std::all_of(node.items.begin(), node.items.end(),
                     [](const Node& item) { return item.is_mapping() && !IdOf(item).empty(); });
}

// The places of a longest rising subsequence: the fewest others have moved.
std::vector<bool> InOrder(const std::vector<std::size_t>& places) {
  std::vector<std::size_t> tails;  // indices, by length - 1
  std::vector<std::size_t> previous(places.size(), places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto at = std::lower_bound(tails.begin(), tails.end(), places[i],
                                     [&](std::size_t a, std::size_t b) { return places[a] < b; });
    if (at != tails.begin()) previous[i] = *(at - 1);
    if (at == tails.end()) {
      tails.push_back(i);
    } else {
      *at = i;
    }
  }
  std::vector<bool> in_order(places.size());
  for (std::size_t i = tails.empty() ? places.size() : tails.back(); i != places.size();
       i = previous[i]) {
    in_order[i] = true;
  }
  return in_order;
}

class Differ {
 public:
  std::vector<Change> Run(const Node& before, const Node& after) {
    Compare(before, after, "");
    return std::move(changes_);
  }

 private:
  void Compare(const Node& before, const Node& after, const std::string& path) {
    if (before.is_mapping() && after.is_mapping()) return CompareMappings(before, after, path);
    if (HasIds(before) && HasIds(after)) return CompareLists(before, after, path);
    const std::string was = CanonicalText(before);
    const std::string is = CanonicalText(after);
    if (was != is) Add(Kind::kChanged, path, was, is);
  }

  void CompareMappings(const Node& before, const Node& after, const std::string& path) {
    for (const auto& [key, value] : before.entries) {
      if (after.Find(key.scalar) == nullptr) {
        Add(Kind::kRemoved, Join(path, key.scalar), CanonicalText(value), "");
      }
    }
    for (const auto& [key, value] : after.entries) {
      const Node* const old = before.Find(key.scalar);
      if (old == nullptr) {
        Add(Kind::kAdded, Join(path, key.scalar), "", CanonicalText(value));
      } else {
        Compare(*old, value, Join(path, key.scalar));
      }
    }
  }

  void CompareLists(const Node& before, const Node& after, const std::string& path) {
    std::map<std::string, std::size_t> old;
    for (std::size_t i = 0; i < before.items.size(); ++i) old.emplace(IdOf(before.items[i]), i);
    std::map<std::string, std::size_t> now;
    for (std::size_t i = 0; i < after.items.size(); ++i) now.emplace(IdOf(after.items[i]), i);
    for (const Node& item : before.items) {
      if (now.count(IdOf(item)) > 0) continue;
      Add(Kind::kRemoved, Join(path, IdOf(item)), CanonicalText(item), "");
    }
    std::vector<std::size_t> places;
    for (const Node& item : after.items) {
      const auto found = old.find(IdOf(item));
      if (found != old.end()) places.push_back(found->second);
    }
    const std::vector<bool> in_order = InOrder(places);
    std::size_t common = 0;
    for (std::size_t i = 0; i < after.items.size(); ++i) {
      const Node& item = after.items[i];
      const auto found = old.find(IdOf(item));
      if (found == old.end()) {
        Add(Kind::kAdded, Join(path, IdOf(item)), "", CanonicalText(item));
        continue;
      }
      if (!in_order[common++]) {
        Add(Kind::kMoved, Join(path, IdOf(item)), IdAbove(before, found->second),
            IdAbove(after, i));
      }
      Compare(before.items[found->second], item, Join(path, IdOf(item)));
    }
  }

  static std::string IdAbove(const Node& list, std::size_t place) {
    return place == 0 ? std::string() : IdOf(list.items[place - 1]);
  }
  static std::string Join(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + '.' + key;
  }
  void Add(Kind kind, std::string path, std::string before, std::string after) {
    changes_.push_back({kind, std::move(path), std::move(before), std::move(after)});
  }

  std::vector<Change> changes_;
};

std::string Place(const std::string& above) {
  return above.empty() ? std::string("first") : absl::StrCat("after ", above);
}

}  // namespace

std::vector<Change> DiffDocuments(const Node& before, const Node& after) {
  return Differ().Run(EffectiveDocument(before), EffectiveDocument(after));
}

std::string ToText(const Change& change) {
  switch (change.kind) {
    case Kind::kAdded:
      return absl::StrCat("+ ", change.path, ": ", change.after);
    case Kind::kRemoved:
      return absl::StrCat("- ", change.path, ": ", change.before);
    case Kind::kChanged:
      return absl::StrCat("~ ", change.path, ": ", change.before, " -> ", change.after);
    case Kind::kMoved:
      return absl::StrCat("> ", change.path, ": was ", Place(change.before), ", is ",
                          Place(change.after));
  }
  return {};
}

}  // namespace strowger::rules
