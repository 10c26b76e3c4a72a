// Id, location, resume key and attributes of a contact in one block of bytes, private to one
// process.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "routing/attribute.h"

namespace strowger::routing {

// Decoded views, with storage for lists. Reused, so that reading allocates nothing once warm.
struct AttributeViews {
  std::vector<AttributeView> views;
  std::vector<std::string_view> items;

  void Clear() {
    views.clear();
    items.clear();
  }
};

// Appends the encoding to `out`.
void EncodeContactData(std::string_view id, std::string_view location, std::string_view resume_key,
                       absl::Span<const AttributeView> attributes, std::string& out);

std::string_view LocationOf(std::string_view data, std::uint32_t id_bytes);
std::string_view ResumeKeyOf(std::string_view data, std::uint32_t id_bytes);  // empty: none
// Views into `data`.
void DecodeAttributes(std::string_view data, std::uint32_t id_bytes, AttributeViews& out);

// Where views of lists were made while `items` still grew: points them at where it ended up.
void SettleLists(AttributeViews& out);

// Views into `attributes`.
void ViewAttributes(absl::Span<const Attribute> attributes, AttributeViews& out);
AttributeValue Own(const AttributeView::Value& value);

}  // namespace strowger::routing
