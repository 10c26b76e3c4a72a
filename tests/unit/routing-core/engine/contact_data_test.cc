#include "routing-core/engine/contact_data.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace strowger::routing {
namespace {

TEST(ContactData, KeepsEveryKindOfAttribute) {
  const std::vector<Attribute> attributes = {
      {"tier", std::string("gold")},
      {"age", std::int64_t{-7}},
      {"balance", 2500.25},
      {"vip", true},
      {"tags", std::vector<std::string>{"a", "", "churn:high"}},
      {"none", std::vector<std::string>{}},
      {"more", std::vector<std::string>{"z"}},
  };
  AttributeViews views;
  ViewAttributes(attributes, views);
  std::string data;
  EncodeContactData("c-1", "lon", "+44", views.views, data);

  EXPECT_EQ(data.substr(0, 3), "c-1");
  EXPECT_EQ(LocationOf(data, 3), "lon");
  EXPECT_EQ(ResumeKeyOf(data, 3), "+44");
  AttributeViews decoded;
  DecodeAttributes(data, 3, decoded);
  ASSERT_EQ(decoded.views.size(), attributes.size());
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    EXPECT_EQ(decoded.views[i].name, attributes[i].name);
    EXPECT_EQ(Own(decoded.views[i].value), attributes[i].value);
  }
}

TEST(ContactData, IntegersOfEveryWidth) {
  std::vector<Attribute> attributes;
  for (int bit = 0; bit < 63; ++bit) {
    const std::int64_t power = std::int64_t{1} << bit;
    for (const std::int64_t value : {power - 1, power, -power, -power - 1}) {
      attributes.push_back({std::to_string(value), value});
    }
  }
  attributes.push_back({"least", std::numeric_limits<std::int64_t>::min()});
  attributes.push_back({"most", std::numeric_limits<std::int64_t>::max()});
  AttributeViews views;
  ViewAttributes(attributes, views);
  std::string data;
  EncodeContactData("c", "", "", views.views, data);
  AttributeViews decoded;
  DecodeAttributes(data, 1, decoded);
  ASSERT_EQ(decoded.views.size(), attributes.size());
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    EXPECT_EQ(Own(decoded.views[i].value), attributes[i].value);
  }
}

TEST(ContactData, TextsOfEveryLength) {
  for (const std::size_t length : {1U, 127U, 128U, 129U, 4095U, 4096U, 16'383U, 16'384U}) {
    const std::string text(length, 'x');
    const std::vector<Attribute> attributes = {
        {"text", text}, {"list", std::vector<std::string>(length, "a")}, {"after", true}};
    AttributeViews views;
    ViewAttributes(attributes, views);
    std::string data;
    EncodeContactData("c", text, text, views.views, data);
    EXPECT_EQ(LocationOf(data, 1), text);
    EXPECT_EQ(ResumeKeyOf(data, 1), text);
    AttributeViews decoded;
    DecodeAttributes(data, 1, decoded);
    ASSERT_EQ(decoded.views.size(), 3U);
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      EXPECT_EQ(Own(decoded.views[i].value), attributes[i].value);
    }
  }
}

TEST(ContactData, TakesFewBytes) {
  const std::vector<Attribute> attributes = {
      {"tier", std::string("gold")}, {"age", std::int64_t{-7}}, {"vip", true}};
  AttributeViews views;
  ViewAttributes(attributes, views);
  std::string data;
  EncodeContactData("c-1", "lon", "", views.views, data);
  // Id, location, no key, and of each attribute the name, the kind, the value.
  EXPECT_EQ(data.size(), 3U + 4 + 1 + (5 + 1 + 5) + (4 + 1 + 1) + (4 + 1));
}

TEST(ContactData, NothingButAnId) {
  std::string data;
  EncodeContactData("c", "", "", {}, data);
  EXPECT_EQ(LocationOf(data, 1), "");
  EXPECT_EQ(ResumeKeyOf(data, 1), "");
  AttributeViews decoded;
  DecodeAttributes(data, 1, decoded);
  EXPECT_TRUE(decoded.views.empty());
}

}  // namespace
}  // namespace strowger::routing
