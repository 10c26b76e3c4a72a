#include "tests/model/cel/naive_value.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace strowger::cel::naive {
namespace {

Thing Make(Is is) {
  Thing thing;
  thing.is = is;
  return thing;
}

Thing Number(Is is, absl::int128 value) {
  Thing thing = Make(is);
  thing.integer = value;
  return thing;
}

double AsDouble(const Thing& number) {
  return number.is == Is::kDouble ? number.real : static_cast<double>(number.integer);
}

int KeyClass(const Thing& key) {
  if (key.is == Is::kBool) return 0;
  if (key.is == Is::kInt || key.is == Is::kUint) return 1;
  return key.is == Is::kString ? 2 : 3;
}

bool KeyBefore(const Thing& a, const Thing& b) {
  if (KeyClass(a) != KeyClass(b)) return KeyClass(a) < KeyClass(b);
  if (a.is == Is::kBool) return !a.boolean && b.boolean;
  return KeyClass(a) == 1 ? a.integer < b.integer : a.text < b.text;
}

bool EqualMaps(const Thing& a, const Thing& b) {
  if (a.entries.size() != b.entries.size()) return false;
  for (const auto& [key, value] : a.entries) {
    const Thing* other = Find(b, key);
    if (other == nullptr || !Equal(value, *other)) return false;
  }
  return true;
}

}  // namespace

Thing Error() { return Make(Is::kError); }
Thing Bool(bool value) {
  Thing thing = Make(Is::kBool);
  thing.boolean = value;
  return thing;
}
Thing Int(int64_t value) { return Number(Is::kInt, value); }
Thing Uint(uint64_t value) { return Number(Is::kUint, value); }
Thing Double(double value) {
  Thing thing = Make(Is::kDouble);
  thing.real = value;
  return thing;
}
Thing String(std::string value) {
  Thing thing = Make(Is::kString);
  thing.text = std::move(value);
  return thing;
}
Thing Time(absl::int128 nanoseconds) { return Number(Is::kTime, nanoseconds); }
Thing Duration(absl::int128 nanoseconds) { return Number(Is::kDuration, nanoseconds); }
Thing List(std::vector<Thing> items) {
  Thing thing = Make(Is::kList);
  thing.items = std::move(items);
  return thing;
}

Thing Map(std::vector<Entry> entries) {
  for (size_t i = 0; i < entries.size(); ++i) {
    if (KeyClass(entries[i].first) == 3) return Error();
    for (size_t j = 0; j < i; ++j) {
      if (Equal(entries[i].first, entries[j].first)) return Error();
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return KeyBefore(a.first, b.first); });
  Thing thing = Make(Is::kMap);
  thing.entries = std::move(entries);
  return thing;
}

bool IsNumber(const Thing& thing) {
  return thing.is == Is::kInt || thing.is == Is::kUint || thing.is == Is::kDouble;
}

bool Equal(const Thing& a, const Thing& b) {
  if (IsNumber(a) && IsNumber(b)) {
    if (a.is == Is::kDouble || b.is == Is::kDouble) return AsDouble(a) == AsDouble(b);
    return a.integer == b.integer;
  }
  if (a.is != b.is) return false;
  if (a.is == Is::kMap) return EqualMaps(a, b);
  if (a.is == Is::kList) {
    return a.items.size() == b.items.size() &&
           std::equal(a.items.begin(), a.items.end(), b.items.begin(), Equal);
  }
  return a.boolean == b.boolean && a.integer == b.integer && a.text == b.text;
}

const Thing* Find(const Thing& map, const Thing& key) {
  for (const auto& [own, value] : map.entries) {
    // A double finds an integer only when it is that integer exactly.
    const bool found = key.is == Is::kDouble ? KeyClass(own) == 1 && std::fabs(key.real) < 1e30 &&
                                                   key.real == std::floor(key.real) &&
                                                   absl::int128(key.real) == own.integer
                                             : Equal(own, key);
    if (found) return &value;
  }
  return nullptr;
}

Thing FromValue(const Value& value) {
  Thing thing;
  switch (value.kind()) {
    case Kind::kNull:
      return thing;
    case Kind::kBool:
      return Bool(value.boolean());
    case Kind::kInt:
      return Int(value.integer());
    case Kind::kUint:
      return Uint(value.unsigned_integer());
    case Kind::kDouble:
      return Double(value.real());
    case Kind::kString:
      return String(std::string(value.string()));
    case Kind::kTimestamp:
      return Time(absl::int128(value.timestamp().seconds) * 1'000'000'000 +
                  value.timestamp().nanos);
    case Kind::kDuration:
      return Duration(value.duration());
    case Kind::kType:
      thing = Make(Is::kType);
      thing.text = std::string(value.type_name());
      return thing;
    case Kind::kList:
      thing = Make(Is::kList);
      for (uint32_t i = 0; i < value.size(); ++i)
        thing.items.push_back(FromValue(value.items()[i]));
      return thing;
    case Kind::kMap:
      thing = Make(Is::kMap);
      for (uint32_t i = 0; i < value.size(); ++i) {
        const MapEntry& entry = value.entries()[i];
        thing.entries.push_back({FromValue(entry.key), FromValue(entry.value)});
      }
      return thing;
    default:
      return Error();
  }
}

bool Same(const Thing& a, const Thing& b) {
  if (a.is != b.is || a.items.size() != b.items.size() || a.entries.size() != b.entries.size()) {
    return false;
  }
  for (size_t i = 0; i < a.items.size(); ++i) {
    if (!Same(a.items[i], b.items[i])) return false;
  }
  for (size_t i = 0; i < a.entries.size(); ++i) {
    if (!Same(a.entries[i].first, b.entries[i].first)) return false;
    if (!Same(a.entries[i].second, b.entries[i].second)) return false;
  }
  const bool same_real = std::isnan(a.real)
                             ? std::isnan(b.real)
                             : a.real == b.real && std::signbit(a.real) == std::signbit(b.real);
  return same_real && a.boolean == b.boolean && a.integer == b.integer && a.text == b.text;
}

std::string ToText(const Thing& thing) {
  switch (thing.is) {
    case Is::kNull:
      return "null";
    case Is::kBool:
      return thing.boolean ? "true" : "false";
    case Is::kDouble:
      return absl::StrCat("double ", thing.real);
    case Is::kString:
      return "'" + thing.text + "'";
    case Is::kType:
      return "type " + thing.text;
    case Is::kError:
      return "error";
    case Is::kList: {
      std::string text = "[";
      for (const Thing& item : thing.items) text += ToText(item) + ", ";
      return text + "]";
    }
    case Is::kMap: {
      std::string text = "{";
      for (const auto& [key, value] : thing.entries)
        text += ToText(key) + ": " + ToText(value) + ", ";
      return text + "}";
    }
    default:
      return absl::StrCat("number ", static_cast<int>(thing.is), " ",
                          absl::Int128High64(thing.integer), ":", absl::Int128Low64(thing.integer));
  }
}

}  // namespace strowger::cel::naive
