#include "services/grpc/violations.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace strowger::grpc_api {
namespace {

void AppendPiece(const char* field, int index, std::string& path) {
  if (*field == '\0') return;
  if (!path.empty()) path += '.';
  path += field;
  if (index >= 0) absl::StrAppend(&path, "[", index, "]");
}

}  // namespace

Violations::Step::Step(Violations& violations, const char* field, int index)
    : violations_(violations) {
  violations_.path_.at(violations_.depth_++) = {field, index};
}

void Violations::Add(const char* field, int index, std::string description) {
  ++count_;
  if (list_.size() >= kMost) return;
  std::string path;
  for (std::size_t i = 0; i < depth_; ++i) AppendPiece(path_[i].field, path_[i].index, path);
  AppendPiece(field, index, path);
  list_.push_back({std::move(path), std::move(description)});
}

void Violations::Clear() {
  depth_ = 0;
  count_ = 0;
  list_.clear();
}

}  // namespace strowger::grpc_api
