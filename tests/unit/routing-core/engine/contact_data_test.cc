#include "routing-core/engine/contact_data.h"

#include <string>

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
