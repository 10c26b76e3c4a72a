#include "tests/unit/routing-core/cel/cel_test_support.h"

namespace strowger::cel {
namespace {

TEST(CelMacros, AllAndExists) {
  ExpectAll(World(), {
                         {"[1, 2].all(x, x > 0)", "true"},
                         {"[1, -2].all(x, x > 0)", "false"},
                         {"[].all(x, x > 0)", "true"},
                         {"[2, 0, 1].all(x, 2 / x > 5)", "false"},
                         {"[1, 0].all(x, 2 / x > 0)", "error: divide by zero"},
                         {"[1, 'a'].all(x, x == 1)", "false"},
                         {"[1, 'a'].all(x, x % 2 == 1)", "error: no such overload"},
                         {"[1, 2].exists(x, x == 2)", "true"},
                         {"[].exists(x, x == 2)", "false"},
                         {"[0, 1].exists(x, 1 / x == 1)", "true"},
                         {"[0, 2].exists(x, 1 / x == 1)", "error: divide by zero"},
                         {"{'a': 1}.exists(k, k == 'a')", "true"},
                         {"{'a': 1}.all(k, k == 'b')", "false"},
                         {"[1].all(x, dyn('s'))", "error: no such overload"},
                         {"dyn(1).all(x, true)", "error: no such overload"},
                         {"1.all(x, true)", "check 1:3 all() walks a list or a map, not int"},
                         {"[1].all(x, x)", "check 1:12 the condition of all() must be bool"},
                     });
}

TEST(CelMacros, ExistsOneSeesEveryError) {
  ExpectAll(World(), {
                         {"[1, 2, 3].exists_one(x, x > 2)", "true"},
                         {"[1, 2, 3].exists_one(x, x > 1)", "false"},
                         {"[].exists_one(x, x > 1)", "false"},
                         {"[3, 2, 1, 0].exists_one(x, 12 / x > 1)", "error: divide by zero"},
                         {"[1, 2].existsOne(x, x > 1)", "true"},
                     });
}

TEST(CelMacros, MapAndFilter) {
  ExpectAll(World(), {
                         {"[1, 2, 3].map(x, x * x)", "[1, 4, 9]"},
                         {"[1, 2, 3].map(x, x != 2, x * 10)", "[10, 30]"},
                         {"[].map(x, x + 1)", "[]"},
                         {"[1, 0].map(x, 1 / x)", "error: divide by zero"},
                         {"[1, 2, 3, 4, 5].filter(x, x % 2 == 1)", "[1, 3, 5]"},
                         {"[1, 0].filter(x, 1 / x > 0)", "error: divide by zero"},
                         {"{2: 'b', 1: 'a'}.map(k, k * 2)", "[2, 4]"},
                         {"{2: 'b', 1: 'a'}.filter(k, k > 1)", "[2]"},
                         {"[1].filter(x, 'a')", "check 1:15 the condition of filter() must be"},
                         {"[1, 2].map(x, [x, x]).map(y, y[0] + y[1])", "[2, 4]"},
                         {"[1, 2].map(x, [3].map(y, x * y)[0])", "[3, 6]"},
                         {"[[1, 2], [3]].map(l, l.filter(x, x > 1))", "[[2], [3]]"},
                         {"['a', 'b'].map(x, x + '!').exists(y, y == 'b!')", "true"},
                     });
}

TEST(CelMacros, TwoVariables) {
  ExpectAll(World(),
            {
                {"[5, 6].all(i, v, v == i + 5)", "true"},
                {"{'a': 1}.exists(k, v, k == 'a' && v == 1)", "true"},
                {"[5, 6].existsOne(i, v, v > 5 && i == 1)", "true"},
                {"[3, 4].transformList(i, v, i * v)", "[0, 4]"},
                {"[3, 4].transformList(i, v, v > 3, i * v)", "[4]"},
                {"{'a': 1, 'b': 2}.transformMap(k, v, v * 10)", "{\"a\": 10, \"b\": 20}"},
                {"{'a': 1, 'b': 2}.transformMap(k, v, v > 1, k + '!')", "{\"b\": \"b!\"}"},
                {"['x', 'y'].transformMap(i, v, v)", "{0: \"x\", 1: \"y\"}"},
                {"{'a': 1}.transformMapEntry(k, v, {v: k})", "{1: \"a\"}"},
                {"['x', 'x'].transformMapEntry(i, v, {v: i})", "error: a map key is repeated"},
                {"['x', 'y'].transformMapEntry(i, v, i > 0, {v: i})", "{\"y\": 1}"},
                {"[2, 0].transformMap(i, v, 1 / v)", "error: divide by zero"},
                {"[1].all(x, x, true)", "parse 1:12 the variables of all() must differ"},
                {"[1].transformMapEntry(i, v, v)", "check 1:29 the entry of transformMapEntry()"},
            });
}

TEST(CelMacros, Bind) {
  ExpectAll(World(), {
                         {"cel.bind(x, 1 + 1, x * x)", "4"},
                         {"cel.bind(x, 2, cel.bind(y, x + 1, x * y))", "6"},
                         {"cel.bind(x, 1, cel.bind(x, x + 1, x))", "2"},
                         {"cel.bind(x, 1 / 0, true || x > 1)", "true"},
                         {"cel.bind(l, [1, 2], [2, 3].exists(e, e in l))", "true"},
                         {"cel.bind(1, 2, 3)", "parse 1:10 cel.bind() takes a plain name first"},
                     });
}

TEST(CelMacros, Misuse) {
  ExpectAll(World(), {
                         {"has(1)", "parse 1:5 has() takes the selection of a field"},
                         {"has({'a': 1}['a'])", "parse 1:5 has() takes"},
                         {"has(a)", "parse 1:5 has() takes"},
                         {"1 + has(2 + 3)", "parse 1:9 has() takes"},
                         {"[1].all(1, true)", "parse 1:9 the variable of all()"},
                         {"[1].exists(x.y, true)", "parse 1:12 the variable of exists()"},
                         {"[1].map(.x, true)", "parse 1:9 the variable of map()"},
                         {"[1].filter('x', true)", "parse 1:12 the variable of filter()"},
                         {"[1].all(x)", "check 1:5 unknown function 'all'"},
                         {"[1].filter(true)", "check 1:5 unknown function 'filter'"},
                     });
}

TEST(CelMacros, VariablesShadow) {
  World world;
  world.With("x", Type::String(), Value::String("outer")).With("y.z", Type::Int(), Value::Int(42));
  ExpectAll(world, {
                       {"[1].all(x, x == 1)", "true"},
                       {"[1].map(x, .x)", "[\"outer\"]"},
                       {"[1].map(x, x) == [1] && x == 'outer'", "true"},
                       {"[{'z': 0}].exists(y, y.z == 0)", "true"},
                       {"[{'z': 0}].exists(y, .y.z == 42)", "true"},
                       {"[1].map(x, [2].map(x, x))", "[[2]]"},
                       {"[1].map(x, [x + 1].map(x, x))", "[[2]]"},
                       {"[[1]].map(y, y.all(y, y == 1))", "[true]"},
                   });
}

TEST(CelMacros, LimitsHold) {
  World world;
  world.With("yes", Type::Bool(), Value::Bool(true));
  const std::string ten = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";
  std::string loops = "yes";
  for (int i = 0; i < 8; ++i) {
    loops = ten + ".all(v" + std::to_string(i) + ", " + loops + ")";
  }
  EXPECT_EQ(world.Evaluate(loops), "error: evaluation takes more steps than it is allowed");
  std::string text = "x";
  for (int i = 0; i < 25; ++i) text = "cel.bind(x, x + x, " + text + ")";
  EXPECT_EQ(world.Evaluate("cel.bind(x, 'abcdefgh', " + text + ")"),
            "error: evaluation needs more memory than it is allowed");
}

}  // namespace
}  // namespace strowger::cel
