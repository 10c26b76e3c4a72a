#include "routing-core/cel/constant_set.h"

#include <algorithm>

namespace strowger::cel {
namespace {

// Up to here a walk that compares lengths first is faster than a hash.
constexpr uint32_t kFew = 8;

}  // namespace

bool ConstantSet::Suits(const Value& list) {
  if (!list.is(Kind::kList) || list.size() == 0) return false;
  const Kind kind = list.items()[0].kind();
  if (kind != Kind::kString && kind != Kind::kInt) return false;
  return std::all_of(list.items(), list.items() + list.size(),
                     [kind](const Value& item) { return item.is(kind); });
}

ConstantSet::ConstantSet(const Value& list) : kind_(list.items()[0].kind()) {
  for (uint32_t i = 0; i < list.size(); ++i) {
    const Value& item = list.items()[i];
    if (kind_ == Kind::kInt) {
      integers_.push_back(item.integer());
    } else if (list.size() <= kFew) {
      few_strings_.push_back(item.string());
    } else {
      strings_.insert(absl::string_view(item.string().data(), item.string().size()));
    }
  }
  std::sort(integers_.begin(), integers_.end());
}

bool ConstantSet::Contains(const Value& item) const {
  if (kind_ == Kind::kInt) {
    return std::binary_search(integers_.begin(), integers_.end(), item.integer());
  }
  for (const std::string_view candidate : few_strings_) {
    if (candidate == item.string()) return true;
  }
  return few_strings_.empty() &&
         strings_.contains(absl::string_view(item.string().data(), item.string().size()));
}

}  // namespace strowger::cel
