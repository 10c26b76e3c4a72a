#include "tests/unit/routing-core/cel/cel_test_support.h"

namespace strowger::cel {
namespace {

World Contact() {
  static const Value tags[] = {Value::String("vip"), Value::String("churn:high")};
  static const MapEntry labels[] = {{Value::String("city"), Value::String("Leeds")}};
  World world;
  world.With("contact.tier", Type::String(), Value::String("gold"))
      .With("contact.balance", Type::Double(), Value())
      .With("contact.tags", Type::List(Type::String()), Value::List(tags, 2))
      .With("contact", Type::Map(Type::String(), Type::String()), Value::Map(labels, 1))
      .With("queues.sales.waiting", Type::Int(), Value::Int(3))
      .With("urgent", Type::Bool(), Value::Bool(true));
  return world;
}

TEST(CelNames, LongestDeclaredPrefixWins) {
  ExpectAll(Contact(), {
                           {"contact.tier", "\"gold\""},
                           {"contact.city", "\"Leeds\""},
                           {".contact.tier", "\"gold\""},
                           {"(contact).tier", "\"gold\""},
                           {"contact['city']", "\"Leeds\""},
                           {"queues.sales.waiting + 1", "4"},
                           {"contact.tier.size()", "4"},
                           {"contact.tags.exists(t, t.startsWith('churn:'))", "true"},
                       });
}

TEST(CelNames, AbsentAttributes) {
  ExpectAll(Contact(), {
                           {"has(contact.tier)", "true"},
                           {"has(contact.balance)", "false"},
                           {"has(contact.city)", "true"},
                           {"has(contact.street)", "false"},
                           {"contact.balance > 1.0", "error: no such attribute: contact.balance"},
                           {"contact.balance > 1.0 || urgent", "true"},
                           {"has(contact.balance) && contact.balance > 1.0", "false"},
                           {"has(.contact.balance)", "false"},
                       });
}

TEST(CelNames, UnknownNames) {
  const World world = Contact();
  EXPECT_EQ(world.Findings("1 + kontact.tier.size()"),
            std::vector<std::string>{"1:5 unknown name 'kontact.tier'; in scope: contact, "
                                     "contact.balance, contact.tags, contact.tier, "
                                     "queues.sales.waiting, urgent [contact.tier]"});
  EXPECT_EQ(world.Findings("queues.sale.waiting > 1"),
            std::vector<std::string>{
                "1:1 unknown name 'queues.sale.waiting'; in scope: contact, contact.balance, "
                "contact.tags, contact.tier, queues.sales.waiting, urgent [queues.sales.waiting]"});
  EXPECT_EQ(world.Findings("queues.sales.weiting > 1"),
            std::vector<std::string>{"1:1 unknown name 'queues.sales.weiting'; in scope: "
                                     "queues.sales.waiting [queues.sales.waiting]"});
  EXPECT_EQ(world.Findings("has(queues.sales.other)"),
            std::vector<std::string>{"1:5 unknown name 'queues.sales.other'; in scope: "
                                     "queues.sales.waiting"});
  EXPECT_EQ(World().Findings("[1].map(item, itme)"),
            std::vector<std::string>{"1:15 unknown name 'itme'; in scope: item [item]"});
  EXPECT_EQ(World().Findings("x"),
            std::vector<std::string>{"1:1 unknown name 'x'; no names are declared"});
}

TEST(CelNames, FindingsSayWhatWouldDo) {
  const World world;
  EXPECT_EQ(world.Findings("size(1)"),
            std::vector<std::string>{"1:1 no overload of size() takes (int); there is "
                                     "size(string), size(list(dyn)), size(map(dyn, dyn))"});
  EXPECT_EQ(world.Findings("'a'.contains(1)"),
            std::vector<std::string>{"1:5 no overload of string.contains() takes (int); there is "
                                     "string.contains(string)"});
  EXPECT_EQ(world.Findings("'a'.startWith('a')"),
            std::vector<std::string>{"1:5 unknown function 'startWith' [startsWith]"});
  EXPECT_EQ(world.Findings("true and false"),
            std::vector<std::string>{"1:6 unexpected 'and', expected an operator such as &&"});
  EXPECT_EQ(world.Findings("1 = 1"),
            std::vector<std::string>{"1:3 unexpected character \"=\"; equality is =="});
  EXPECT_EQ(world.Findings("[1, 2"),
            std::vector<std::string>{"1:6 unexpected end of the expression, expected ',' or ']'"});
}

TEST(CelNames, ReservedWords) {
  ExpectAll(World(), {
                         {"if", "parse 1:1 'if' is a reserved word"},
                         {"1 + while", "parse 1:5 'while' is a reserved word"},
                         {"package(1)", "parse 1:1 'package' is a reserved word"},
                         {".let", "parse 1:2 'let' is a reserved word"},
                         {"in", "parse 1:1 unexpected 'in'"},
                         {"[1].all(for, true)", "parse 1:9 'for' is a reserved word"},
                     });
}

TEST(CelNames, AllFindingsComeAtOnce) {
  EXPECT_EQ(Contact().Findings("contact.tier + 1 == 2 &&\n  foo(bar) && 'a'.baz() && urgent > 2"),
            (std::vector<std::string>{
                "1:14 operator + does not take (string, int)",
                "2:3 unknown function 'foo'",
                "2:7 unknown name 'bar'; in scope: contact, contact.balance, contact.tags, "
                "contact.tier, queues.sales.waiting, urgent",
                "2:19 unknown function 'baz'",
                "2:35 operator > does not take (bool, int)",
            }));
}

TEST(CelNames, PositionsCountCodePointsAndLines) {
  ExpectAll(World(), {
                         {"'\u00e9\u00e9' + x", "check 1:8 unknown name 'x'"},
                         {"1 +\n\n  x", "check 3:3 unknown name 'x'"},
                         {"1 +\r\n x", "check 2:2 unknown name 'x'"},
                         {"1 +\r x", "check 1:6 unknown name 'x'"},
                         {"'''\n\u00e9''' + x", "check 2:8 unknown name 'x'"},
                         {"// \u00e9\n x", "check 2:2 unknown name 'x'"},
                         {"1 +\n", "parse 2:1 unexpected end"},
                     });
}

TEST(CelNames, ResultType) {
  CompileOptions options;
  options.result = Type::Bool();
  const World world = Contact();
  EXPECT_EQ(world.Evaluate("urgent", options), "true");
  EXPECT_EQ(world.Evaluate("dyn(urgent)", options), "true");
  EXPECT_EQ(world.Evaluate("  contact.tier + ''", options),
            "check 1:3 the expression must be bool, not string");
}

TEST(CelNames, NearestName) {
  const std::vector<std::string_view> names = {"contact.tier", "contact.topic", "queue.waiting"};
  EXPECT_EQ(NearestName("contact.teir", names), "contact.tier");
  EXPECT_EQ(NearestName("contact.topik", names), "contact.topic");
  EXPECT_EQ(NearestName("zzz", names), "");
  EXPECT_EQ(EditDistance("abcd", "abdc", 3), 1u);
  EXPECT_EQ(EditDistance("abc", "xyz", 1), 2u);
}

TEST(CelNames, Limits) {
  CompileOptions options;
  const World world;
  const auto nested = [](int depth) {
    const auto count = static_cast<size_t>(depth);
    return std::string(count, '(') + "7" + std::string(count, ')');
  };
  EXPECT_EQ(world.Evaluate(nested(32), options), "7");
  EXPECT_EQ(world.Evaluate(nested(33), options), "parse 1:34 nested more than 32 deep");
  options.max_nesting = 40;
  EXPECT_EQ(world.Evaluate(nested(33), options), "7");

  std::string sum = "1";
  for (int i = 0; i < 32; ++i) sum += " + 1";
  EXPECT_EQ(world.Evaluate(sum, options), "33");
  for (int i = 0; i < 600; ++i) sum += " + 1";
  EXPECT_EQ(world.Evaluate(sum, options).substr(0, 6), "parse ");

  std::string either = "false";
  for (int i = 0; i < 3000; ++i) either += " || false";
  EXPECT_EQ(world.Evaluate(either, options), "false");

  std::string chain = "0";
  for (int i = 0; i < 100; ++i) chain = "false ? 1 : " + chain;
  EXPECT_EQ(world.Evaluate(chain, options), "0");

  options.max_source = 10;
  EXPECT_EQ(world.Evaluate("1 + 1 + 1 + 1", options).substr(0, 6), "parse ");
}

TEST(CelNames, TypesInText) {
  for (const std::string_view text : {"int", "list(string)", "map(string, list(dyn))", "dyn",
                                      "null", "timestamp", "map(int, map(bool, uint))"}) {
    const std::optional<Type> type = ParseType(text);
    ASSERT_TRUE(type) << text;
    EXPECT_EQ(type->ToString(), text);
  }
  for (const std::string_view text :
       {"", "integer", "list", "list(int", "map(int)", "int ", "int)"}) {
    EXPECT_FALSE(ParseType(text)) << text;
  }
}

}  // namespace
}  // namespace strowger::cel
