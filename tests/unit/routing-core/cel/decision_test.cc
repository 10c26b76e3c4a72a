// Conditions over variables, which are answered by jumping from question to question as long as
// every part has a value.
#include "tests/unit/routing-core/cel/cel_test_support.h"

namespace strowger::cel {
namespace {

World Contact() {
  static const Value tags[] = {Value::String("vip"), Value::String("churn:high")};
  World world;
  world.With("tier", Type::String(), Value::String("gold"))
      .With("waiting", Type::Int(), Value::Int(3))
      .With("balance", Type::Double(), Value::Double(2500))
      .With("urgent", Type::Bool(), Value::Bool(true))
      .With("tags", Type::List(Type::String()), Value::List(tags, 2))
      .With("any", Type::Dyn(), Value::Uint(3))
      .With("text", Type::Dyn(), Value::String("gold"))
      .With("none", Type::Int(), Value())
      .With("bad", Type::Int(), Value::Error(ErrorCode::kHost, "broken"));
  return world;
}

TEST(CelDecisions, EveryQuestion) {
  ExpectAll(Contact(), {
                           {"tier == 'gold'", "true"},
                           {"tier == 'silver'", "false"},
                           {"tier == 'gala'", "false"},
                           {"tier != 'gold'", "false"},
                           {"'gold' == tier", "true"},
                           {"waiting == 3 && waiting != 4", "true"},
                           {"waiting < 4 && waiting <= 3 && waiting > 2 && waiting >= 3", "true"},
                           {"waiting < 3 || waiting > 3 || waiting <= 2 || waiting >= 4", "false"},
                           {"4 > waiting && 3 >= waiting && 2 < waiting && 3 <= waiting", "true"},
                           {"3 > waiting || 3 < waiting || 2 >= waiting || 4 <= waiting", "false"},
                           {"balance >= 2500.0 && balance < 2500.5", "true"},
                           {"waiting in [1, 2, 3] && !(waiting in [4])", "true"},
                           {"tier in ['silver', 'gold']", "true"},
                           {"tier in ['goldx', 'gol', 'bold']", "false"},
                           {"'vip' in tags && !('none' in tags)", "true"},
                           {"tier.startsWith('go') && tier.endsWith('ld')", "true"},
                           {"tier.startsWith('ld') || tier.endsWith('go')", "false"},
                           {"tier.contains('ol') && !tier.contains('x')", "true"},
                           {"urgent && !(!urgent)", "true"},
                           {"tags.exists(t, t.startsWith('churn:')) && urgent", "true"},
                           {"urgent && tags.size() == 3", "false"},
                       });
}

TEST(CelDecisions, UnlikeKindsCompareByValue) {
  ExpectAll(Contact(), {
                           {"any == 3 && any == 3.0 && any == 3u", "true"},
                           {"any < 3.5 && any >= 3 && any in [1, 2, 3]", "true"},
                           {"any == 'gold'", "false"},
                           {"any in ['gold']", "false"},
                           {"text == 3 || text in [3]", "false"},
                           {"text < 3", "error: no such overload"},
                           {"any.startsWith('a')", "error: no such overload"},
                           {"any && urgent", "error: no such overload: not a bool"},
                       });
}

TEST(CelDecisions, PartsWithoutAValueAreWeighedAgainstTheOthers) {
  ExpectAll(Contact(), {
                           {"none > 1 && tier == 'silver'", "false"},
                           {"none > 1 || tier == 'gold'", "true"},
                           {"none > 1 && urgent", "error: no such attribute: none"},
                           {"none in [1] || bad == 2 || urgent", "true"},
                           {"bad == 2 && none == 1", "error: broken"},
                           {"!(none == 1) && !urgent", "false"},
                           {"1 / 0 > waiting || urgent", "true"},
                           {"any && !urgent", "false"},
                           {"(urgent && any) || text", "error: no such overload"},
                           {"text.size() == 4 && any.size() == 1 || urgent", "true"},
                       });
}

TEST(CelDecisions, ConstantPartsLeadOn) {
  ExpectAll(Contact(), {
                           {"true && urgent", "true"},
                           {"false || urgent", "true"},
                           {"urgent && false", "false"},
                           {"none == 1 && false", "false"},
                           {"none == 1 || true", "true"},
                           {"!(true && urgent) || 1 == 1", "true"},
                       });
}

TEST(CelDecisions, TextOfEveryLength) {
  // Comparisons read words that overlap: each length has its own way, and each byte must count.
  for (size_t length = 0; length <= 40; ++length) {
    const std::string text(length, 'a');
    World world;
    world.With("s", Type::String(), Value::String(text));
    const std::string same = "s == '" + text + "' && s in ['" + text + "'] && s.startsWith('" +
                             text + "') && s.endsWith('" + text + "')";
    EXPECT_EQ(world.Evaluate(same), "true") << length;
    for (size_t at = 0; at < length; ++at) {
      std::string other = text;
      other[at] = 'b';
      const std::string differs = "s == '" + other + "' || s in ['" + other +
                                  "'] || s.startsWith('" + other + "') || s.endsWith('" + other +
                                  "')";
      EXPECT_EQ(world.Evaluate(differs), "false") << length << " " << at;
    }
  }
}

}  // namespace
}  // namespace strowger::cel
