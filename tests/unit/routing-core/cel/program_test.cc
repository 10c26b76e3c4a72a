#include "tests/unit/routing-core/cel/cel_test_support.h"

namespace strowger::cel {
namespace {

std::shared_ptr<const Program> MustCompile(const World& world, std::string_view expression) {
  CompileResult compiled = Compile(world.env, expression);
  EXPECT_TRUE(compiled.ok()) << expression << ": "
                             << (compiled.ok() ? "" : compiled.findings[0].message);
  return compiled.program;
}

World Contact() {
  World world;
  world.With("contact.tier", Type::String(), Value::String("gold"))
      .With("contact.age", Type::Int(), Value::Int(40))
      .With("contact.balance", Type::Double(), Value::Double(2500))
      .With("contact.tags", Type::List(Type::String()), Value::List(nullptr, 0))
      .With("is_open", Type::Bool(), Value::Bool(true))
      .With("now", Type::Time(), Value::Time({1234567890, 0}));
  return world;
}

std::string Text(const IndexTerm& term) {
  std::string text = std::to_string(term.slot) + ":";
  for (const Value& value : term.constants) text.append(" ").append(DebugString(value));
  return text;
}

std::vector<std::string> IndexTerms(std::string_view expression) {
  const std::shared_ptr<const Program> program = MustCompile(Contact(), expression);
  std::vector<std::string> texts;
  for (const IndexTerm& term : program->index_terms()) texts.push_back(Text(term));
  return texts;
}

using Texts = std::vector<std::string>;

TEST(CelProgram, IndexTerms) {
  EXPECT_EQ(IndexTerms("contact.tier == 'gold' && contact.age > 3 && is_open"),
            (Texts{"0: \"gold\"", "4: true"}));
  EXPECT_EQ(IndexTerms("'gold' == contact.tier && !is_open"), (Texts{"0: \"gold\"", "4: false"}));
  EXPECT_EQ(IndexTerms("contact.age in [1, 2 + 3] && (contact.tier == 'a' && true)"),
            (Texts{"1: 1 5", "0: \"a\""}));
  EXPECT_EQ(IndexTerms("contact.tier == 'gold' || is_open"), Texts{});
  EXPECT_EQ(IndexTerms("!(contact.tier == 'gold')"), Texts{});
  EXPECT_EQ(IndexTerms("contact.tier != 'gold' && has(contact.tier)"), Texts{});
}

TEST(CelProgram, FormulaKeepsTheSkeleton) {
  const auto program =
      MustCompile(Contact(),
                  "(contact.age >= 6 || 3 < contact.age) && !('vip' in contact.tags) && "
                  "contact.tier.startsWith('g')");
  const Formula& formula = program->formula();
  ASSERT_EQ(formula.form, Formula::Form::kAnd);
  ASSERT_EQ(formula.parts.size(), 3u);
  const Formula& either = formula.parts[0];
  ASSERT_EQ(either.form, Formula::Form::kOr);
  EXPECT_EQ(either.parts[0].comparison, Comparison::kGreaterOrEqual);
  EXPECT_EQ(either.parts[0].constants[0].integer(), 6);
  EXPECT_EQ(either.parts[1].comparison, Comparison::kGreater);
  EXPECT_EQ(either.parts[1].slot, 1u);
  ASSERT_EQ(formula.parts[1].form, Formula::Form::kNot);
  EXPECT_EQ(formula.parts[1].parts[0].comparison, Comparison::kContains);
  EXPECT_EQ(formula.parts[2].form, Formula::Form::kOther);
  EXPECT_EQ(program->source().substr(formula.parts[2].offset, formula.parts[2].length),
            "startsWith");
}

TEST(CelProgram, Constants) {
  const World world = Contact();
  const auto constant = [&world](std::string_view expression) {
    const std::shared_ptr<const Program> program = MustCompile(world, expression);
    const std::optional<Value> value = program->constant();
    return value ? DebugString(*value) : "none";
  };
  EXPECT_EQ(constant("1 + 2 * 3"), "7");
  EXPECT_EQ(constant("[1, 2].map(x, x * 2).exists(y, y == 4)"), "true");
  EXPECT_EQ(constant("{'a': ['b']}.a[0] + 'c'"), "\"bc\"");
  EXPECT_EQ(constant("false && 2 / 0 > 3"), "false");
  EXPECT_EQ(constant("2 / 0 > 3"), "none");
  EXPECT_EQ(constant("contact.age > 1"), "none");
  EXPECT_EQ(constant("[1].map(x, [2].map(y, x + y))"), "[[3]]");
}

TEST(CelProgram, SlotsAndLazyLoads) {
  World world = Contact();
  const auto program = MustCompile(world, "is_open || contact.age > 1 || has(contact.balance)");
  EXPECT_EQ(program->slots(), (std::vector<uint32_t>{1, 2, 4}));
  Scratch scratch;
  EXPECT_TRUE(program->Evaluate(world.activation, scratch).IsTrue());
  EXPECT_EQ(world.activation.loads, std::vector<uint32_t>{4});
}

TEST(CelProgram, ErrorsHaveTheirPlace) {
  World world = Contact();
  const auto program = MustCompile(world, "is_open &&\n  contact.age / (contact.age - 40) > 1");
  Scratch scratch;
  const Value error = program->Evaluate(world.activation, scratch);
  ASSERT_TRUE(error.is(Kind::kError));
  EXPECT_EQ(error.error_code(), ErrorCode::kDivideByZero);
  const Finding finding = program->Describe(error);
  EXPECT_EQ(finding.stage, Stage::kEval);
  EXPECT_EQ(finding.line, 2u);
  EXPECT_EQ(finding.column, 15u);
}

TEST(CelProgram, CostGrowsWithLoops) {
  const World world = Contact();
  const auto cost = [&world](std::string_view expression) {
    return MustCompile(world, expression)->cost();
  };
  EXPECT_EQ(cost("1 + 2"), 1u);
  EXPECT_LT(cost("contact.age > 1"), 10u);
  EXPECT_GT(cost("contact.tags.exists(t, t == 'a')"), 256u);
  EXPECT_LT(cost("[1, 2].exists(t, t == contact.age)"), 30u);
  EXPECT_GT(cost("contact.tags.exists(t, contact.tags.exists(u, t == u))"), 256u * 256u);
  std::string nested = "true";
  for (int i = 0; i < 20; ++i)
    nested = std::string("contact.tags.all(t, ").append(nested).append(")");
  EXPECT_EQ(cost(nested), UINT64_MAX);
}

Value Distance(const void* context, uint64_t tag, absl::Span<const Value> arguments) {
  const int64_t scale = *static_cast<const int64_t*>(context);
  return Value::Int((arguments[0].integer() - arguments[1].integer()) * scale +
                    static_cast<int64_t>(tag));
}

Value Greeting(const void* /*context*/, uint64_t /*tag*/, absl::Span<const Value> arguments) {
  if (arguments[0].string().empty()) return Value::Error(ErrorCode::kHost, "nobody to greet");
  return Value::String("hello");
}

class Hosted : public Activation {
 public:
  explicit Hosted(const int64_t* scale) : Activation(scale) {}
  Value Load(uint32_t /*slot*/) const override { return Value::Int(7); }
};

TEST(CelProgram, HostFunctions) {
  World world;
  EXPECT_TRUE(world.env.AddVariable("x", Type::Int(), 0));
  EXPECT_TRUE(world.env.AddFunction(
      {"geo.distance", {Type::Int(), Type::Int()}, Type::Int(), Distance, 100, 10}));
  EXPECT_FALSE(world.env.AddFunction(
      {"geo.distance", {Type::Int(), Type::Dyn()}, Type::Int(), Distance, 0, 10}));
  EXPECT_TRUE(world.env.AddFunction({"greet", {Type::String()}, Type::String(), Greeting, 0, 10}));

  const int64_t scale = 1000;
  const Hosted activation(&scale);
  Scratch scratch;
  const auto evaluate = [&](std::string_view expression) {
    const std::shared_ptr<const Program> program = MustCompile(world, expression);
    return DebugString(program->Evaluate(activation, scratch));
  };
  EXPECT_EQ(evaluate("geo.distance(x, 2)"), "5100");
  EXPECT_EQ(evaluate("greet('ann') + '!'"), "\"hello!\"");
  EXPECT_EQ(evaluate("greet('')"), "error: nobody to greet");
  EXPECT_EQ(evaluate("greet('') == 'a' || true"), "true");
  EXPECT_EQ(evaluate("geo.distance(1 / 0, 2)"), "error: divide by zero");
  EXPECT_EQ(evaluate("geo.distance(dyn('a'), 2)"), "error: no such overload for these types");
  EXPECT_TRUE(MustCompile(world, "greet('a')")->calls_host());
  EXPECT_FALSE(MustCompile(world, "greet('a')")->constant());

  EXPECT_EQ(world.Findings("1 + geo.distance('a', 2)"),
            Texts{"1:5 no overload of geo.distance() takes (string, int)"});
  EXPECT_EQ(world.Findings("geo.distence(1, 2)"),
            Texts{"1:1 unknown function 'geo.distence' [geo.distance]"});
}

TEST(CelProgram, HostErrorHasThePlaceOfTheCall) {
  World world;
  ASSERT_TRUE(world.env.AddFunction({"greet", {Type::String()}, Type::String(), Greeting, 0, 1}));
  const auto program = MustCompile(world, "'a' + greet('')");
  Scratch scratch;
  EXPECT_EQ(program->Describe(program->Evaluate(world.activation, scratch)).column, 7u);
}

TEST(CelProgram, ScratchIsReused) {
  const World world = Contact();
  const auto program = MustCompile(world, "contact.tier + '!' + contact.tier");
  Scratch scratch;
  const Value first = program->Evaluate(world.activation, scratch);
  const char* place = first.string().data();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(program->Evaluate(world.activation, scratch).string().data(), place);
  }
}

TEST(CelProgram, ConstantSetsAnswerLikeLists) {
  World world = Contact();
  std::string list = "[";
  for (int i = 0; i < 50; ++i) list.append("'tier").append(std::to_string(i)).append("', ");
  EXPECT_EQ(world.Evaluate("contact.tier in " + list + "'gold']"), "true");
  EXPECT_EQ(world.Evaluate("contact.tier in " + list + "'silver']"), "false");
  EXPECT_EQ(world.Evaluate("contact.age in [3, 40, 1]"), "true");
  EXPECT_EQ(world.Evaluate("dyn(contact.balance) in [2500]"), "true");
  EXPECT_EQ(world.Evaluate("dyn(contact.balance) in [2501]"), "false");
}

}  // namespace
}  // namespace strowger::cel
