#include "routing-core/cel/constant_pool.h"

#include <utility>

namespace strowger::cel {

Value ConstantPool::Keep(const Value& value) {
  switch (value.kind()) {
    case Kind::kString:
      return Value::String(Text(value.string()));
    case Kind::kList:
      return KeepList(value);
    case Kind::kMap:
      return KeepMap(value);
    default:
      return value;
  }
}

Value ConstantPool::KeepList(const Value& list) {
  std::vector<Value> items;
  items.reserve(list.size());
  for (uint32_t i = 0; i < list.size(); ++i) items.push_back(Keep(list.items()[i]));
  lists_.push_back(std::move(items));
  return Value::List(lists_.back().data(), lists_.back().size());
}

Value ConstantPool::KeepMap(const Value& map) {
  std::vector<MapEntry> entries;
  entries.reserve(map.size());
  for (uint32_t i = 0; i < map.size(); ++i) {
    entries.push_back({Keep(map.entries()[i].key), Keep(map.entries()[i].value)});
  }
  maps_.push_back(std::move(entries));
  return Value::Map(maps_.back().data(), maps_.back().size());
}

}  // namespace strowger::cel
