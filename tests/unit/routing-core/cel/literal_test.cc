#include "tests/unit/routing-core/cel/cel_test_support.h"

namespace strowger::cel {
namespace {

TEST(CelLiterals, Numbers) {
  ExpectAll(World(), {
                         {"0", "0"},
                         {"007", "7"},
                         {"-9223372036854775808", "-9223372036854775808"},
                         {"9223372036854775807", "9223372036854775807"},
                         {"9223372036854775808", "parse 1:1 number out of range"},
                         {"1 - 9223372036854775808", "parse 1:5 number out of range"},
                         {"-9223372036854775809", "parse 1:1 number out of range"},
                         {"-(9223372036854775808)", "parse 1:3 number out of range"},
                         {"0x1F", "31"},
                         {"-0x10", "-16"},
                         {"-0x8000000000000000", "-9223372036854775808"},
                         {"0xffffffffffffffffu", "18446744073709551615u"},
                         {"18446744073709551615u", "18446744073709551615u"},
                         {"18446744073709551616u", "parse 1:1 number out of range"},
                         {"7U", "7u"},
                         {"1.5", "1.5"},
                         {".5", "0.5"},
                         {"-.5e1", "-5"},
                         {"2e3", "2000"},
                         {"2E-3", "0.002"},
                         {"1e400", "parse 1:1 number out of range"},
                         {"1e-400", "0"},
                         {"1.", "parse 1:3 unexpected end"},
                         {"1.foo", "check 1:3 a value of type int has no field"},
                         {"0x", "parse 1:2 unexpected 'x'"},
                         {"1abc", "parse 1:2 unexpected 'abc'"},
                         {"1.5u", "parse 1:4 unexpected 'u'"},
                     });
}

TEST(CelLiterals, SimpleOnes) {
  ExpectAll(World(), {
                         {"true", "true"},
                         {"false", "false"},
                         {"null", "null"},
                         {"[]", "[]"},
                         {"[1, 2,]", "[1, 2]"},
                         {"{}", "{}"},
                         {"{'b': 1, 'a': 2,}", "{\"a\": 2, \"b\": 1}"},
                         {"[,]", "[]"},
                         {"[1,,2]", "parse 1:4 unexpected ','"},
                         {"[1 2]", "parse 1:4 unexpected '2'"},
                         {"{1}", "parse 1:3 unexpected '}'"},
                         {"{1: 2, 3}", "parse 1:9 unexpected '}'"},
                         {"{1: 2", "parse 1:6 unexpected end"},
                     });
}

TEST(CelLiterals, Strings) {
  ExpectAll(World(), {
                         {R"('it"s')", R"("it\"s")"},
                         {R"("it's")", R"("it's")"},
                         {"'''a'b''c'''", R"("a'b''c")"},
                         {"\"\"\"two\nlines\"\"\"", R"("two\nlines")"},
                         {"'''two\r\nlines'''", R"("two\r\nlines")"},
                         {"'one\nline'", "parse 1:1 string is not closed"},
                         {"'one\rline'", "parse 1:1 string is not closed"},
                         {"1 + 'open", "parse 1:5 string is not closed"},
                         {"'''open''", "parse 1:1 string is not closed"},
                         {R"('\a\b\f\n\r\t\v')", R"("\a\b\f\n\r\t\v")"},
                         {R"('\\\?\"\'\`')", R"("\\?\"'`")"},
                         {R"('\x41\X42\103')", R"("ABC")"},
                         {R"('\377' == '\u00ff' && '\xFF' == '\U000000ff')", "true"},
                         {R"('\u00e9' == 'é')", "true"},
                         {R"(size('\U0001F62C'))", "1"},
                         {R"('\d')", "parse 1:1 invalid escape"},
                         {R"('\x4')", "parse 1:1 invalid escape"},
                         {R"('\400')", "parse 1:1 invalid escape"},
                         {R"('\08')", "parse 1:1 invalid escape"},
                         {R"('\u12')", "parse 1:1 invalid escape"},
                         {R"('\uD83D\uDE03')", "parse 1:1 escape of what is no code point"},
                         {R"('\U00110000')", "parse 1:1 escape of what is no code point"},
                         {R"(r'\d\x4')", R"("\\d\\x4")"},
                         {R"(R"\n")", R"("\\n")"},
                         {"r'''a\nb'''", R"("a\nb")"},
                         {"b'abc'", "parse 1:1 bytes"},
                         {"rb'abc'", "parse 1:3 unexpected ''abc'', expected an operator"},
                         {"br'abc'", "parse 1:1 bytes"},
                         {"'\xff'", "parse 1:1 string is not valid UTF-8"},
                     });
}

TEST(CelLiterals, SpaceAndComments) {
  ExpectAll(World(), {
                         {" \t\n\f\r1 ", "1"},
                         {"1 // one", "1"},
                         {"// first\n 1 // two\n + // three\n 2", "3"},
                         {"1 // a return does not end a comment\r + 1", "1"},
                         {"'//' // text\n", "\"//\""},
                         {"\v1", "parse 1:1 unexpected character"},
                         {"", "parse 1:1 unexpected end"},
                         {"// nothing", "parse 1:11 unexpected end"},
                         {"1 / /2", "parse 1:5 unexpected '/'"},
                     });
}

TEST(CelLiterals, NulIsOrdinaryInAString) {
  const World world;
  EXPECT_EQ(world.Evaluate(std::string_view("size('a\0b')", 11)), "3");
  EXPECT_EQ(world.Evaluate(std::string_view("1\0", 2)), "parse 1:2 unexpected character U+0000");
}

TEST(CelLiterals, MapKeys) {
  ExpectAll(World(), {
                         {"{1: 'i', 'a': 's', true: 'b'}[true]", "\"b\""},
                         {"{0: 1, 0u: 2}", "error: a map key is repeated"},
                         {"{'a': 1, 'a': 2}", "error: a map key is repeated"},
                         {"{null: 1}", "error: a map key must be"},
                         {"{1.0: 1}", "error: a map key must be"},
                         {"{[1]: 1}", "error: a map key must be"},
                         {"{1: 2}[1u]", "check 1:7 operator [] does not take"},
                         {"{1: 2}[dyn(1u)]", "2"},
                         {"{1u: 2}[dyn(1)]", "2"},
                         {"{1: 2}[dyn(1.0)]", "2"},
                         {"{1: 2}[dyn(1.5)]", "error: no such key"},
                         {"{1: 2}[dyn('1')]", "error: no such key"},
                         {"{18446744073709551615u: 1}[dyn(-1)]", "error: no such key"},
                     });
}

}  // namespace
}  // namespace strowger::cel
