#include "services/grpc/wire_check.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace strowger::grpc_api {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr int kMaxDepth = 100;  // that of the parser

enum WireType : std::uint32_t {
  kVarint = 0,
  kFixed64 = 1,
  kLengthDelimited = 2,
  kStartGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5,
};

bool IsContinuation(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

// Whether the sequence that begins at `at` is well formed; moves past it.
bool TakeCharacter(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const auto second = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1])
                                           : static_cast<unsigned char>(0);
  std::size_t length = 1;
  if (first >= 0x80) {
    if (first < 0xC2 || first > 0xF4) return false;
    length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
        (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) {
      return false;
    }
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text, at + i)) return false;
  }
  at += length;
  return true;
}

// The place of the first byte that is not UTF-8.
std::optional<std::size_t> FirstInvalid(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (!TakeCharacter(text, at)) return at;
  }
  return std::nullopt;
}

class Walker {
 public:
  struct Blame {
    std::string path;
    std::string what;
  };

  // Nothing: all is well.
  std::optional<Blame> Walk(const Descriptor* message, std::string_view bytes,
                            const std::string& path, int depth) {
    if (depth > kMaxDepth) return Blame{path, "is nested too deeply"};
    std::map<int, int> counts;  // of the repeated fields met
    while (!bytes.empty()) {
      std::uint64_t tag = 0;
      if (!TakeVarint(bytes, tag) || tag > UINT32_MAX || (tag >> 3) == 0) {
        return Blame{path, "is not a message of its type"};
      }
      const auto number = static_cast<int>(tag >> 3);
      const FieldDescriptor* field =
          message != nullptr ? message->FindFieldByNumber(number) : nullptr;
      const std::string inner = PathOf(path, field, counts);
      std::string_view content;
      if (!TakeValue(bytes, static_cast<std::uint32_t>(tag & 7), content)) {
        return Blame{inner, "is cut short or not encoded as its type"};
      }
      if (field == nullptr || (tag & 7) != kLengthDelimited) continue;
      if (auto blame = Inside(field, content, inner, depth)) return blame;
    }
    return std::nullopt;
  }

 private:
  std::optional<Blame> Inside(const FieldDescriptor* field, std::string_view content,
                              const std::string& path, int depth) {
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      const std::optional<std::size_t> invalid = FirstInvalid(content);
      if (!invalid) return std::nullopt;
      return Blame{path, absl::StrCat("is not valid UTF-8: byte ", *invalid)};
    }
    if (field->type() != FieldDescriptor::TYPE_MESSAGE) return std::nullopt;
    return Walk(field->message_type(), content, path, depth + 1);
  }

  static std::string PathOf(const std::string& path, const FieldDescriptor* field,
                            std::map<int, int>& counts) {
    if (field == nullptr) return path;
    std::string inner = path.empty() ? field->name() : absl::StrCat(path, ".", field->name());
    if (field->is_repeated()) absl::StrAppend(&inner, "[", counts[field->number()]++, "]");
    return inner;
  }

  static bool TakeVarint(std::string_view& bytes, std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  static bool Take(std::string_view& bytes, std::uint64_t length, std::string_view& content) {
    if (length > bytes.size()) return false;
    content = bytes.substr(0, static_cast<std::size_t>(length));
    bytes.remove_prefix(static_cast<std::size_t>(length));
    return true;
  }

  // Nothing of ours has groups.
  static bool TakeValue(std::string_view& bytes, std::uint32_t wire_type,
                        std::string_view& content) {
    std::uint64_t number = 0;
    switch (wire_type) {
      case kVarint:
        return TakeVarint(bytes, number);
      case kFixed64:
        return Take(bytes, 8, content);
      case kFixed32:
        return Take(bytes, 4, content);
      case kLengthDelimited:
        return TakeVarint(bytes, number) && Take(bytes, number, content);
      default:
        return false;
    }
  }
};

}  // namespace

void ExplainMalformed(const Descriptor& message, std::string_view bytes, Violations& violations) {
  const auto blame = Walker().Walk(&message, bytes, "", 0);
  if (!blame) {
    violations.Add("the message could not be read");
    return;
  }
  const Violations::Step step(violations, blame->path.c_str());
  violations.Add(blame->what);
}

}  // namespace strowger::grpc_api
