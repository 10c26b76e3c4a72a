#include "routing-core/cel/constant_set.h"

#include <algorithm>

#include "routing-core/cel/text_compare.h"

namespace strowger::cel {
namespace {

// Up to here a walk is faster than a search or a hash.
constexpr uint32_t kFew = 8;

}  // namespace

bool ConstantSet::Suits(const Value& list) {
  if (!list.is(Kind::kList) || list.size() == 0) return false;
  const Kind kind = list.items()[0].kind();
  if (kind != Kind::kString && kind != Kind::kInt) return false;
  return std::all_of(list.items(), list.items() + list.size(),
                     [kind](const Value& item) { return item.is(kind); });
}

ConstantSet::ConstantSet(const Value& list) : kind_(list.items()[0].kind()), items_(list.items()) {
  for (uint32_t i = 0; i < list.size(); ++i) {
    const Value& item = list.items()[i];
    if (kind_ == Kind::kInt) {
      integers_.push_back(item.integer());
    } else if (list.size() <= kFew) {
      few_strings_.push_back({FirstWord(item.string()), item.string()});
    } else {
      strings_.insert(absl::string_view(item.string().data(), item.string().size()));
    }
  }
  std::sort(integers_.begin(), integers_.end());
}

bool ConstantSet::Contains(const Value& item) const {
  return kind_ == Kind::kInt ? ContainsInteger(item.integer()) : ContainsText(item.string());
}

bool ConstantSet::ContainsInteger(int64_t integer) const {
  if (integers_.size() > kFew) {
    return std::binary_search(integers_.begin(), integers_.end(), integer);
  }
  return std::find(integers_.begin(), integers_.end(), integer) != integers_.end();
}

bool ConstantSet::ContainsText(std::string_view text) const {
  if (!few_strings_.empty()) {
    const uint64_t first_word = FirstWord(text);
    for (const Text& candidate : few_strings_) {
      if (candidate.first_word != first_word || candidate.text.size() != text.size()) continue;
      if (text.size() <= 8 || SameText(candidate.text.substr(8), text.substr(8))) return true;
    }
    return false;
  }
  return strings_.contains(absl::string_view(text.data(), text.size()));
}

}  // namespace strowger::cel
