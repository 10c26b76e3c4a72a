// Copies of the texts in events, so that they outlive what they speak of.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace strowger::routing {

// One thread. Views are valid until Reset. Chunks are reused: steady traffic allocates nothing.
class TextArena {
 public:
  void Reset() {
    chunk_ = 0;
    used_ = 0;
  }

  std::string_view Keep(std::string_view text) {
    if (text.empty()) return {};
    while (chunk_ < chunks_.size() && chunks_[chunk_].size - used_ < text.size()) {
      ++chunk_;
      used_ = 0;
    }
    if (chunk_ == chunks_.size()) {
      const std::size_t size = std::max(kChunkBytes, text.size());
      chunks_.push_back({std::make_unique<char[]>(size), size});
    }
    char* const place = chunks_[chunk_].data.get() + used_;
    std::copy(text.begin(), text.end(), place);
    used_ += text.size();
    return {place, text.size()};
  }

 private:
  static constexpr std::size_t kChunkBytes = std::size_t{16} * 1024;
  struct Chunk {
    std::unique_ptr<char[]> data;
    std::size_t size;
  };
  std::vector<Chunk> chunks_;
  std::size_t chunk_ = 0;
  std::size_t used_ = 0;
};

}  // namespace strowger::routing
