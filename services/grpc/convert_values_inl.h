// The templates of convert_values.h.
#pragma once

#include <algorithm>

#include "services/grpc/convert_values.h"

namespace strowger::grpc_api {

namespace internal {

inline std::string_view NameOf(const std::string& name) { return name; }
template <typename T>
std::string_view NameOf(const std::pair<const std::string, T>& entry) {
  return entry.first;
}

}  // namespace internal

template <typename Names>
void RequireKnown(const std::string& name, const std::optional<Names>& known, const char* what,
                  const char* field, Violations& violations) {
  if (!known.has_value() || known->contains(name)) return;
  std::vector<std::string_view> names;
  for (const auto& entry : *known) names.push_back(internal::NameOf(entry));
  AddUnknown(name, names, what, field, violations);
}

template <typename Item, typename Key>
void SortUnique(std::vector<Item>& items, Key key, const char* field, Violations& violations) {
  std::sort(items.begin(), items.end(),
            [&key](const Item& a, const Item& b) { return key(a) < key(b); });
  for (std::size_t i = 1; i < items.size(); ++i) {
    if (key(items[i]) == key(items[i - 1])) {
      violations.Add(field, key(items[i]) + " is given twice");
      return;
    }
  }
}

}  // namespace strowger::grpc_api
