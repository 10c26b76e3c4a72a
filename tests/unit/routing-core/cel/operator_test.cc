#include "tests/unit/routing-core/cel/cel_test_support.h"

namespace strowger::cel {
namespace {

TEST(CelOperators, IntegerArithmetic) {
  ExpectAll(World(), {
                         {"1 + 2 * 3 - 4", "3"},
                         {"7 / 2", "3"},
                         {"-7 / 2", "-3"},
                         {"-7 % 3", "-1"},
                         {"7 % -3", "1"},
                         {"9223372036854775807 + 1", "error: result out of range"},
                         {"-9223372036854775808 - 1", "error: result out of range"},
                         {"4611686018427387904 * 2", "error: result out of range"},
                         {"-9223372036854775808 / -1", "error: result out of range"},
                         {"-9223372036854775808 % -1", "error: result out of range"},
                         {"-(-9223372036854775808)", "error: result out of range"},
                         {"1 / 0", "error: divide by zero"},
                         {"1 % 0", "error: modulus by zero"},
                         {"5u - 6u", "error: result out of range"},
                         {"18446744073709551615u + 1u", "error: result out of range"},
                         {"4294967296u * 4294967296u", "error: result out of range"},
                         {"7u / 0u", "error: divide by zero"},
                         {"7u % 4u", "3u"},
                         {"--5", "5"},
                         {"- 5", "-5"},
                         {"1--5", "6"},
                         {"1 + 1u", "check 1:3 operator + does not take (int, uint)"},
                         {"-5u", "check 1:1 operator - does not take (uint)"},
                         {"5.0 % 2.0", "check 1:5 operator % does not take (double, double)"},
                     });
}

TEST(CelOperators, DoubleArithmetic) {
  ExpectAll(World(), {
                         {"0.1 + 0.2", "0.30000000000000004"},
                         {"1.0 / 0.0", "Infinity"},
                         {"-1.0 / 0.0", "-Infinity"},
                         {"0.0 / 0.0", "NaN"},
                         {"0.0 / 0.0 == 0.0 / 0.0", "false"},
                         {"0.0 / 0.0 != 0.0 / 0.0", "true"},
                         {"0.0 / 0.0 < 1.0", "false"},
                         {"0.0 / 0.0 >= 1.0", "false"},
                         {"-(0.0) == 0.0", "true"},
                         {"1.5 * 2.0 - 1.0", "2"},
                     });
}

TEST(CelOperators, EqualityAcrossKinds) {
  ExpectAll(World(),
            {
                {"dyn(1) == dyn(1u)", "true"},
                {"dyn(1) == dyn(1.0)", "true"},
                {"dyn(-1) == dyn(18446744073709551615u)", "false"},
                {"dyn(9007199254740993) == 9007199254740992.0", "true"},
                {"dyn(1) == dyn('1')", "false"},
                {"dyn(null) == dyn(false)", "false"},
                {"null == null", "true"},
                {"dyn(true) != 1", "true"},
                {"[1, dyn(2u)] == [dyn(1.0), 2]", "true"},
                {"[1] == [1, 2]", "false"},
                {"{'a': [1]} == {'a': [dyn(1u)]}", "true"},
                {"{1: 2} == {dyn(1u): dyn(2.0)}", "true"},
                {"{1: 2} == {1: 3}", "false"},
                {"{1: 2} == {2: 2}", "false"},
                {"[] == {}", "check 1:4 operator == does not take (list(dyn), map(dyn, dyn))"},
                {"1 == 1.0", "check 1:3 operator == does not take (int, double)"},
                {"'a' == 1", "check 1:5 operator == does not take (string, int)"},
                {"[[0.0 / 0.0]] == [[0.0 / 0.0]]", "false"},
            });
}

TEST(CelOperators, UnlikeNumbersAreOrderedWhereAsked) {
  CompileOptions options;
  options.order_unlike_numbers = true;
  const World world;
  EXPECT_EQ(world.Evaluate("1 < 1.5 && 2u > 1 && 1.5 < 2u", options), "true");
  EXPECT_EQ(world.Evaluate("18446744073709551615u <= -1", options), "false");
  EXPECT_EQ(world.Findings("1 < 'a'", options).size(), 1u);
  EXPECT_EQ(world.Findings("1 == 1.5", options).size(), 1u);
}

TEST(CelOperators, Ordering) {
  ExpectAll(World(), {
                         {"1 < 2 && 2 > 1 && 2 >= 2 && 2 <= 2", "true"},
                         {"'a' < 'b' && 'a' < 'aa' && 'Z' < 'a'", "true"},
                         {"'\\u00ff' < '\\U00010000' && '\\uffff' < '\\U00010000'", "true"},
                         {"false < true", "true"},
                         {"dyn(1) < 1.5 && dyn(2u) > 1 && dyn(1.5) < 2u", "true"},
                         {"dyn(-1) < 0u", "true"},
                         {"dyn(18446744073709551615u) > -1", "true"},
                         {"1 < 1.5", "check 1:3 operator < does not take (int, double); convert"},
                         {"dyn(9223372036854775808.0) > 9223372036854775807", "false"},
                         {"dyn(9223372036854775808.0) >= 9223372036854775807", "true"},
                         {"null < null", "check 1:6 operator < does not take (null, null)"},
                         {"[1] < [2]", "check 1:5 operator < does not take"},
                         {"1 < 'a'", "check 1:3 operator < does not take (int, string)"},
                         {"dyn(1) < dyn('a')", "error: no such overload"},
                         {"1 < 2 == true", "true"},
                     });
}

TEST(CelOperators, LogicAbsorbsErrors) {
  ExpectAll(World(), {
                         {"false && 1 / 0 > 2", "false"},
                         {"1 / 0 > 2 && false", "false"},
                         {"true || 1 / 0 > 2", "true"},
                         {"1 / 0 > 2 || true", "true"},
                         {"1 / 0 > 2 || false", "error: divide by zero"},
                         {"1 / 0 > 2 && true", "error: divide by zero"},
                         {"true && 1 / 0 > 2 && false", "false"},
                         {"false || 1 / 0 > 2 || 1 % 0 > 2 || true", "true"},
                         {"!(1 / 0 > 2)", "error: divide by zero"},
                         {"true ? 1 : 1 / 0", "1"},
                         {"false ? 1 / 0 : 2", "2"},
                         {"1 / 0 > 1 ? 1 : 2", "error: divide by zero"},
                         {"true ? 1 : false ? 2 : 3", "1"},
                         {"false ? 1 : false ? 2 : 3", "3"},
                         {"false ? 1 : true ? 2 : 3", "2"},
                         {"1 && true", "check 1:3 operator && takes bool, not int"},
                         {"true || false || 's'", "check 1:15 operator || takes bool"},
                         {"!1", "check 1:1 operator ! does not take (int)"},
                         {"1 ? 2 : 3", "check 1:3 the condition of ?:"},
                         {"true ? 2 : 's'", "check 1:6 the branches of ?: differ"},
                     });
  ExpectAllUnchecked(World(), {
                                  {"'horse' && false", "false"},
                                  {"false && 'horse'", "false"},
                                  {"'horse' && true", "error: no such overload"},
                                  {"'horse' || true", "true"},
                                  {"1 || false", "error: no such overload"},
                                  {"'cow' ? 1 : 2", "error: no such overload"},
                                  {"true ? 1 : 's'", "1"},
                                  {"unknown_name || true", "true"},
                                  {"unknown_name.field && false", "false"},
                                  {"unknown_function(1) && false", "false"},
                                  {"unknown_function(1) || false", "error: no such function"},
                                  {"a.import() || true", "true"},
                                  {"size() || true", "true"},
                              });
}

TEST(CelOperators, SyntaxOfUnaryRuns) {
  ExpectAll(World(), {
                         {"!!true", "true"},
                         {"!!!true", "false"},
                         {"--------------------------------19", "19"},
                         {"!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!true", "true"},
                         {"!-1", "check 1:1 operator ! does not take (int)"},
                         {"-!true", "parse 1:2 unexpected '!'"},
                         {"!-(1)", "parse 1:2 unexpected '-'"},
                         {"1 + + 1", "parse 1:5 unexpected '+'"},
                         {"1 = 1", "parse 1:3 unexpected character"},
                         {"1 & 1", "parse 1:3 unexpected character"},
                         {"true and false", "parse 1:6 unexpected 'and'"},
                         {"(1", "parse 1:3 unexpected end"},
                         {"1)", "parse 1:2 unexpected ')'"},
                         {"true ? 1", "parse 1:9 unexpected end"},
                         {"'a'.size(1,)", "parse 1:12 unexpected ')'"},
                     });
}

TEST(CelOperators, Membership) {
  ExpectAll(World(), {
                         {"2 in [1, 2, 3]", "true"},
                         {"'d' in ['a', 'b', 'c']", "false"},
                         {"1 in []", "false"},
                         {"dyn(2.0) in [1, 2]", "true"},
                         {"dyn(2u) in [1, 2]", "true"},
                         {"dyn('2') in [1, 2]", "false"},
                         {"null in [null]", "true"},
                         {"[1] in [[1], [2]]", "true"},
                         {"'a' in {'a': 1}", "true"},
                         {"dyn(1.0) in {1: 2}", "true"},
                         {"dyn(null) in {1: 2}", "false"},
                         {"1 in ['a']", "check 1:3 operator in does not take (int, list(string))"},
                         {"1 in 1", "check 1:3 operator in does not take"},
                         {"1 in dyn(1)", "error: no such overload"},
                         {"1 / 0 in [1]", "error: divide by zero"},
                     });
}

TEST(CelOperators, ListsAndIndexing) {
  ExpectAll(World(),
            {
                {"[1] + [2, 3]", "[1, 2, 3]"},
                {"[] + []", "[]"},
                {"[1] + ['a']", "check 1:5 operator + does not take (list(int), list(string))"},
                {"'a' + 'b' + ''", "\"ab\""},
                {"[7, 8, 9][1]", "8"},
                {"[7, 8][2]", "error: list index out of range"},
                {"[7, 8][-1]", "error: list index out of range"},
                {"[7, 8][dyn(1u)]", "8"},
                {"[7, 8][dyn(1.0)]", "8"},
                {"[7, 8][dyn(0.5)]", "error: list index out of range"},
                {"[7, 8][dyn('0')]", "error: no such overload"},
                {"[[1, 2], [3]][0][1]", "2"},
                {"size([1, 2]) + [3].size() + size({1: 2}) + {}.size()", "4"},
                {"[1, 1 / 0]", "error: divide by zero"},
                {"{'a': 1 / 0}", "error: divide by zero"},
                {"dyn({0: 1}[1]) && false", "false"},
                {"[7]['a']", "check 1:4 operator [] does not take (list(int), string)"},
            });
}

TEST(CelOperators, Fields) {
  ExpectAll(World(), {
                         {"{'a': {'b': 3}}.a.b", "3"},
                         {"{'if': 1}.if", "1"},
                         {"{'package': 1}.package", "1"},
                         {"{'in': 1}.in", "parse 1:11 unexpected 'in'"},
                         {"{'true': 1}.true", "parse 1:13 unexpected 'true'"},
                         {"{'content-type': 1}.`content-type`", "1"},
                         {"{'a b/c.d': 1}.`a b/c.d`", "1"},
                         {"{'a': 1}.`a$`", "parse 1:10 a quoted field name"},
                         {"{'a': 1}.``", "parse 1:10 a quoted field name"},
                         {"`a`", "parse 1:1 unexpected '`a`'"},
                         {"{'a': 1}.`a`()", "parse 1:13 unexpected '('"},
                         {"{'a': 1}.b", "error: no such key"},
                         {"has({'a': 1}.a)", "true"},
                         {"has({'a': 1}.b)", "false"},
                         {"has({'a-b': 1}.`a-b`)", "true"},
                         {"has({'a': {'b': 1}}.a.b)", "true"},
                         {"has({'a': {'b': 1}}.c.b)", "error: no such key"},
                         {"has(dyn(1).b)", "error: only a map has fields"},
                         {"[1].a", "check 1:5 a value of type list(int) has no field 'a'"},
                         {"{1: 2}.a", "error: no such key: a"},
                         {"has({1: 2}.a)", "false"},
                     });
}

}  // namespace
}  // namespace strowger::cel
