// Bytes of changing length that belong to slots: ids, attributes. Freed blocks are reused by size
// class, so steady traffic allocates nothing.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace strowger::routing {

// One thread. Addresses are stable until the block is freed.
class ByteStore {
 public:
  struct Block {
    char* data = nullptr;
    std::uint32_t size = 0;
    std::uint32_t size_class = 0;

    std::string_view view() const { return {data, size}; }
  };

  // REQUIRES: size <= kLargest.
  Block Allocate(std::uint32_t size);
  void Free(Block block);

  static constexpr std::uint32_t kLargest = 128 * 1024;

 private:
  static constexpr std::uint32_t kClasses = 48;
  static constexpr std::uint32_t kSlabBytes = 256 * 1024;

  struct Class {
    std::vector<char*> free;
    char* next = nullptr;
    char* end = nullptr;
  };

  std::array<Class, kClasses> classes_;
  std::vector<std::unique_ptr<char[]>> slabs_;
};

}  // namespace strowger::routing
