// The two ends of a checkpoint: one writes what the other reads, field by field. A type says once
// which fields it has (Fields, in checkpoint_values.h and checkpoint_records.h), for both ends, so
// that they cannot part.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "routing/checkpoint.h"
#include "routing/siphash.h"
#include "routing/time.h"

namespace strowger::routing {

inline constexpr std::string_view kCheckpointName = "strowger checkpoint\n";
inline constexpr std::size_t kDigestBytes = 16;

// A chain of keyed hashes over pieces of one size, so that neither end needs all bytes at once.
class Digest {
 public:
  static constexpr std::size_t kPieceBytes = 65'536;

  // Every piece but the last has kPieceBytes.
  void Add(std::string_view piece) { hash_ = SipHash128(piece, {hash_.low, hash_.high}); }
  StateHash hash() const { return hash_; }

 private:
  StateHash hash_;
};

// What `Fields` may change, or only look at, depending on the end.
template <typename Archive, typename T>
using As = std::conditional_t<Archive::kLoads, T, const T>;

class CheckpointWriter {
 public:
  static constexpr bool kLoads = false;

  explicit CheckpointWriter(const ByteSink& sink) : sink_(sink) {}

  template <typename... T>
  void operator()(const T&... values) {
    (Put(values), ...);
  }
  template <typename T>
  void Enum(T value, int /*count*/) {
    PutNumber(static_cast<std::uint64_t>(value));
  }
  void Time(TimeNs time) { Put(time); }
  // `absent` stands for none.
  void Index(std::uint32_t index, std::size_t /*count*/) { PutNumber(index); }
  void OptionalIndex(std::uint32_t index, std::uint32_t absent, std::size_t /*count*/) {
    PutNumber(index == absent ? 0 : std::uint64_t{index} + 1);
  }
  void Text(std::string_view text) {
    PutNumber(text.size());
    PutBytes(text);
  }
  void Count(std::size_t count) { PutNumber(count); }
  void Mark(std::string_view section) { Text(section); }
  void PutBytes(std::string_view bytes);
  // The bytes are complete.
  void Finish();

 private:
  void PutNumber(std::uint64_t value);
  template <std::integral T>
  void Put(T value) {
    if constexpr (std::is_signed_v<T>) {
      const auto wide = static_cast<std::int64_t>(value);
      PutNumber((static_cast<std::uint64_t>(wide) << 1) ^ static_cast<std::uint64_t>(wide >> 63));
    } else {
      PutNumber(value);
    }
  }
  void Put(double value) { PutNumber(std::bit_cast<std::uint64_t>(value)); }
  void Put(const std::string& text) { Text(text); }
  template <typename T>
  void Put(const std::vector<T>& list) {
    PutNumber(list.size());
    for (const T& item : list) Put(item);
  }
  template <typename T, std::size_t kSize>
  void Put(const std::array<T, kSize>& list) {
    for (const T& item : list) Put(item);
  }
  template <typename T>
  void Put(const std::optional<T>& value) {
    Put(value.has_value());
    if (value) Put(*value);
  }
  template <typename T>
  void Put(const T& record) requires(std::is_class_v<T>) {
    Fields(*this, record);
  }

  const ByteSink& sink_;
  std::string piece_;
  Digest digest_;
};

// Untrusted bytes. After a failure everything reads as empty or 0, and lists end: check ok() before
// relying on what was read.
class CheckpointReader {
 public:
  static constexpr bool kLoads = true;

  // Checks name, format and digest.
  explicit CheckpointReader(std::string_view bytes);

  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }
  void Fail(std::string_view what);
  // The same unless `holds`.
  bool Require(bool holds, std::string_view what) {
    if (!holds) Fail(what);
    return ok();
  }
  std::uint32_t format() const { return format_; }
  bool done() const { return rest_.empty(); }

  template <typename... T>
  void operator()(T&... values) {
    (Get(values), ...);
  }
  template <typename T>
  void Enum(T& value, int count) {
    const std::uint64_t number = GetNumber();
    if (Require(number < static_cast<std::uint64_t>(count), "a value of no known meaning")) {
      value = static_cast<T>(number);
    }
  }
  // An instant that the router's arithmetic has room for.
  void Time(TimeNs& time) {
    Get(time);
    Require(time >= 0 && time <= kLatestTime + 2 * kLongestDuration, "an instant out of range");
  }
  void Index(std::uint32_t& index, std::size_t count) {
    const std::uint64_t number = GetNumber();
    index = 0;
    if (Require(number < count, "something that is not there")) {
      index = static_cast<std::uint32_t>(number);
    }
  }
  void OptionalIndex(std::uint32_t& index, std::uint32_t absent, std::size_t count) {
    const std::uint64_t number = GetNumber();
    index = absent;
    if (number > 0 && Require(number - 1 < count, "something that is not there")) {
      index = static_cast<std::uint32_t>(number - 1);
    }
  }
  // A view into the bytes.
  std::string_view Text();
  // Of things that take at least one byte each, so that memory is bounded by what was given.
  std::size_t Count();
  void Mark(std::string_view section);

 private:
  std::uint64_t GetNumber();
  template <std::integral T>
  void Get(T& value) {
    const std::uint64_t number = GetNumber();
    if constexpr (std::is_same_v<T, bool>) {
      value = Require(number <= 1, "neither true nor false") && number == 1;
    } else {
      std::uint64_t plain = number;
      if constexpr (std::is_signed_v<T>) plain = (number >> 1) ^ (~(number & 1) + 1);
      value = static_cast<T>(plain);
      bool same = static_cast<std::uint64_t>(value) == plain;
      if constexpr (std::is_signed_v<T>) {
        same = static_cast<std::int64_t>(value) == static_cast<std::int64_t>(plain);
      }
      Require(same, "a number out of range");
    }
  }
  void Get(double& value) { value = std::bit_cast<double>(GetNumber()); }
  void Get(std::string& text) { text = Text(); }
  template <typename T>
  void Get(std::vector<T>& list) {
    const std::size_t count = Count();
    list.clear();
    for (std::size_t i = 0; i < count && ok(); ++i) Get(list.emplace_back());
  }
  template <typename T, std::size_t kSize>
  void Get(std::array<T, kSize>& list) {
    for (T& item : list) Get(item);
  }
  template <typename T>
  void Get(std::optional<T>& value) {
    bool is = false;
    Get(is);
    value.reset();
    if (is) Get(value.emplace());
  }
  template <typename T>
  void Get(T& record) requires(std::is_class_v<T>) {
    Fields(*this, record);
  }

  std::size_t whole_ = 0;
  std::string_view rest_;
  std::uint32_t format_ = 0;
  std::string error_;
};

// A field that came with `format`: a checkpoint from before leaves it as it is.
template <typename Archive, typename T>
void Since(std::uint32_t format, Archive& archive, T& field) {
  if constexpr (Archive::kLoads) {
    if (archive.format() < format) return;
  }
  archive(field);
}

}  // namespace strowger::routing
