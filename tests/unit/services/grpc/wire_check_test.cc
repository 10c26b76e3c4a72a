#include "services/grpc/wire_check.h"

#include <string>

#include "gtest/gtest.h"
#include "strowger/v1/routing.pb.h"

namespace strowger::grpc_api {
namespace {

std::string Blamed(const google::protobuf::Message& type, const std::string& bytes) {
  Violations violations;
  ExplainMalformed(*type.GetDescriptor(), bytes, violations);
  EXPECT_EQ(violations.count(), 1U);
  return violations.list().front().field;
}

// The message's bytes with `from` exchanged for as many other bytes.
std::string Spoilt(const google::protobuf::Message& message, const std::string& from,
                   const std::string& to) {
  std::string bytes = message.SerializeAsString();
  const std::size_t at = bytes.find(from);
  EXPECT_NE(at, std::string::npos);
  EXPECT_EQ(from.size(), to.size());
  return bytes.replace(at, from.size(), to);
}

v1::SessionRequest Batch() {
  v1::SessionRequest request;
  request.set_first_number(1);
  request.add_commands()->mutable_accept_offer()->set_contact_id("first");
  v1::Contact* const contact = request.add_commands()->mutable_submit_contact();
  contact->set_id("second");
  contact->add_attributes()->set_name("third");
  contact->add_attributes()->mutable_string_list_value()->add_values("fourth");
  contact->mutable_attributes(1)->mutable_string_list_value()->add_values("fifth");
  return request;
}

TEST(WireCheck, NamesTheFieldThatIsNotUtf8) {
  const v1::SessionRequest request = Batch();
  EXPECT_EQ(Blamed(request, Spoilt(request, "first", "\xFFirst")),
            "commands[0].accept_offer.contact_id");
  EXPECT_EQ(Blamed(request, Spoilt(request, "second", "secon\x80")),
            "commands[1].submit_contact.id");
  EXPECT_EQ(Blamed(request, Spoilt(request, "third", "thi\xC3\x28")),
            "commands[1].submit_contact.attributes[0].name");
  EXPECT_EQ(Blamed(request, Spoilt(request, "fifth", "fif\xF0\x9F")),
            "commands[1].submit_contact.attributes[1].string_list_value.values[1]");
}

TEST(WireCheck, KnowsWhatUtf8Is) {
  const v1::SessionRequest request = Batch();
  for (const char* bad :
       {"\xC0\xAF"
        "rst",
        "\xED\xA0\x80st", "\xF4\x90\x80\x80t", "\xE0\x80\x80st", "\xF5\x80\x80\x80t"}) {
    EXPECT_EQ(Blamed(request, Spoilt(request, "first", bad)),
              "commands[0].accept_offer.contact_id");
  }
  for (const char* good :
       {"\xC2\xA0rst", "\xED\x9F\xBFst", "\xF4\x8F\xBF\xBFt", "\xE2\x82\xACst"}) {
    EXPECT_EQ(Blamed(request, Spoilt(request, "first", good)), "");  // nothing to blame
  }
}

TEST(WireCheck, NamesWhereBytesStopMakingSense) {
  const v1::SessionRequest request = Batch();
  const std::string bytes = request.SerializeAsString();
  EXPECT_EQ(Blamed(request, bytes.substr(0, bytes.size() - 1)), "commands[1]");
  EXPECT_EQ(Blamed(request, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), "");
}

}  // namespace
}  // namespace strowger::grpc_api
