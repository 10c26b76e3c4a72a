#include "routing-core/engine/contact_data.h"

#include <cstring>

namespace strowger::routing {
namespace {

// Layout: id bytes; location, resume key, then each attribute as name, kind byte, value. Texts
// carry a length.
void PutLength(std::size_t length, std::string& out) {
  const auto value = static_cast<std::uint32_t>(length);
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

void PutText(std::string_view text, std::string& out) {
  PutLength(text.size(), out);
  out.append(text);
}

template <typename T>
void PutRaw(T value, std::string& out) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

class Reader {
 public:
  explicit Reader(std::string_view data) : data_(data) {}

  bool done() const { return data_.empty(); }
  template <typename T>
  T Raw() {
    T value;
    std::memcpy(&value, data_.data(), sizeof value);
    data_.remove_prefix(sizeof value);
    return value;
  }
  std::string_view Text() {
    const auto length = Raw<std::uint32_t>();
    const std::string_view text = data_.substr(0, length);
    data_.remove_prefix(length);
    return text;
  }

 private:
  std::string_view data_;
};

void PutValue(const AttributeView::Value& value, std::string& out) {
  out.push_back(static_cast<char>(value.index()));
  switch (value.index()) {
    case 0:
      return PutText(std::get<0>(value), out);
    case 1:
      return PutRaw(std::get<1>(value), out);
    case 2:
      return PutRaw(std::get<2>(value), out);
    case 3:
      return PutRaw(std::get<3>(value), out);
    default:
      PutLength(std::get<4>(value).size(), out);
      for (const std::string_view item : std::get<4>(value)) PutText(item, out);
  }
}

// First pass over lists only counts, since `items` may move while it grows.
AttributeView::Value ReadValue(Reader& reader, std::vector<std::string_view>& items) {
  switch (reader.Raw<char>()) {
    case 0:
      return reader.Text();
    case 1:
      return reader.Raw<std::int64_t>();
    case 2:
      return reader.Raw<double>();
    case 3:
      return reader.Raw<bool>();
    default: {
      const auto count = reader.Raw<std::uint32_t>();
      const std::size_t first = items.size();
      for (std::uint32_t i = 0; i < count; ++i) items.push_back(reader.Text());
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
