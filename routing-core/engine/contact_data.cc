#include "routing-core/engine/contact_data.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace strowger::routing {
namespace {

// Layout: id bytes; location, resume key, then each attribute as name, kind byte, value. Texts and
// lists carry a length, seven bits to the byte, the lowest first. The kind byte has in its upper
// half a bool, or how many bytes an integer takes.
constexpr int kKindBits = 4;
constexpr std::uint8_t kKindMask = 0x0F;

void PutLength(std::size_t length, std::string& out) {
  while (length >= 0x80) {
    out.push_back(static_cast<char>(length | 0x80));
    length >>= 7;
  }
  out.push_back(static_cast<char>(length));
}

void PutText(std::string_view text, std::string& out) {
  PutLength(text.size(), out);
  out.append(text);
}

void PutKind(std::size_t kind, int more, std::string& out) {
  out.push_back(static_cast<char>(kind | static_cast<std::size_t>(more) << kKindBits));
}

// Small ones, below zero too, in few bytes.
void PutInteger(std::int64_t value, std::string& out) {
  const std::uint64_t folded =
      (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  const int bytes = (static_cast<int>(std::bit_width(folded)) + 7) / 8;
  PutKind(1, bytes, out);
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(folded >> (8 * i)));
}

void PutReal(double value, std::string& out) {
  PutKind(2, 0, out);
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

class Reader {
 public:
  explicit Reader(std::string_view data) : data_(data) {}

  bool done() const { return data_.empty(); }
  std::uint8_t Byte() {
    const auto byte = static_cast<std::uint8_t>(data_.front());
    data_.remove_prefix(1);
    return byte;
  }
  std::size_t Length() {
    std::size_t length = 0;
    for (int shift = 0;; shift += 7) {
      const std::size_t byte = Byte();
      length |= (byte & 0x7F) << shift;
      if (byte < 0x80) return length;
    }
  }
  std::string_view Text() {
    const std::size_t length = Length();
    const std::string_view text = data_.substr(0, length);
    data_.remove_prefix(length);
    return text;
  }
  std::int64_t Integer(int bytes) {
    std::uint64_t folded = 0;
    for (int i = 0; i < bytes; ++i) folded |= std::uint64_t{Byte()} << (8 * i);
    return static_cast<std::int64_t>((folded >> 1) ^ (~(folded & 1) + 1));
  }
  double Real() {
    double value;
    std::memcpy(&value, data_.data(), sizeof value);
    data_.remove_prefix(sizeof value);
    return value;
  }

 private:
  std::string_view data_;
};

void PutValue(const AttributeView::Value& value, std::string& out) {
  switch (value.index()) {
    case 0:
      PutKind(0, 0, out);
      return PutText(std::get<0>(value), out);
    case 1:
      return PutInteger(std::get<1>(value), out);
    case 2:
      return PutReal(std::get<2>(value), out);
    case 3:
      return PutKind(3, std::get<3>(value) ? 1 : 0, out);
    default:
      PutKind(4, 0, out);
      PutLength(std::get<4>(value).size(), out);
      for (const std::string_view item : std::get<4>(value)) PutText(item, out);
  }
}

// First pass over lists only counts, since `items` may move while it grows.
AttributeView::Value ReadValue(Reader& reader, std::vector<std::string_view>& items) {
  const std::uint8_t kind = reader.Byte();
  const int more = kind >> kKindBits;
  switch (kind & kKindMask) {
    case 0:
      return reader.Text();
    case 1:
      return reader.Integer(more);
    case 2:
      return reader.Real();
    case 3:
      return more != 0;
    default: {
      const std::size_t count = reader.Length();
      const std::size_t first = items.size();
      for (std::size_t i = 0; i < count; ++i) items.push_back(reader.Text());
      return absl::Span<const std::string_view>(items.data() + first, count);
    }
  }
}

}  // namespace

void SettleLists(AttributeViews& out) {
  std::size_t next = 0;
  for (AttributeView& view : out.views) {
    if (auto* list = std::get_if<absl::Span<const std::string_view>>(&view.value)) {
      *list = absl::Span<const std::string_view>(out.items.data() + next, list->size());
      next += list->size();
    }
  }
}

void EncodeContactData(std::string_view id, std::string_view location, std::string_view resume_key,
                       absl::Span<const AttributeView> attributes, std::string& out) {
  out.append(id);
  PutText(location, out);
  PutText(resume_key, out);
  for (const AttributeView& attribute : attributes) {
    PutText(attribute.name, out);
    PutValue(attribute.value, out);
  }
}

std::string_view LocationOf(std::string_view data, std::uint32_t id_bytes) {
  return Reader(data.substr(id_bytes)).Text();
}

std::string_view ResumeKeyOf(std::string_view data, std::uint32_t id_bytes) {
  Reader reader(data.substr(id_bytes));
  reader.Text();
  return reader.Text();
}

void DecodeAttributes(std::string_view data, std::uint32_t id_bytes, AttributeViews& out) {
  out.Clear();
  Reader reader(data.substr(id_bytes));
  reader.Text();
  reader.Text();
  while (!reader.done()) {
    AttributeView view;
    view.name = reader.Text();
    view.value = ReadValue(reader, out.items);
    out.views.push_back(view);
  }
  SettleLists(out);
}

void ViewAttributes(absl::Span<const Attribute> attributes, AttributeViews& out) {
  out.Clear();
  for (const Attribute& attribute : attributes) {
    AttributeView view;
    view.name = attribute.name;
    if (const auto* list = std::get_if<std::vector<std::string>>(&attribute.value)) {
      const std::size_t first = out.items.size();
      out.items.insert(out.items.end(), list->begin(), list->end());
      view.value = absl::Span<const std::string_view>(out.items.data() + first, list->size());
    } else if (const auto* text = std::get_if<std::string>(&attribute.value)) {
      view.value = std::string_view(*text);
    } else if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
      view.value = *integer;
    } else if (const auto* real = std::get_if<double>(&attribute.value)) {
      view.value = *real;
    } else {
      view.value = std::get<bool>(attribute.value);
    }
    out.views.push_back(view);
  }
  SettleLists(out);
}

AttributeValue Own(const AttributeView::Value& value) {
  switch (value.index()) {
    case 0:
      return std::string(std::get<0>(value));
    case 1:
      return std::get<1>(value);
    case 2:
      return std::get<2>(value);
    case 3:
      return std::get<3>(value);
    default: {
      const auto& list = std::get<4>(value);
      return std::vector<std::string>(list.begin(), list.end());
    }
  }
}

}  // namespace strowger::routing
