// Rules alone: a decision against the number of rules, with the index and without, and what loading
// a document takes.
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "routing-core/rules/compiler.h"
#include "services/rules/yaml.h"

namespace strowger::rules {
namespace {

constexpr std::string_view kHead = R"(schema: strowger.rules/v1
rule_set: bench
time_zone: Europe/London
vocabulary:
  channels: [voice, chat, email]
  skills: {billing: 1..10, sales: 1..10, retention: 1..10}
  contact:
    tier: {type: string, values: [gold, silver, bronze], default: bronze}
    language: {type: string, default: en}
    topic: {type: string, default: ""}
    balance: {type: double}
    tags: {type: list(string), max: 32, default: []}
calendars: {support: {weekly: {mon-sun: ["00:00-24:00"]}}}
let:
  is_open: calendar.support.open
  rich: has(contact.balance) && contact.balance >= 1000.0
  at_risk: contact.tags.exists(t, t.startsWith("churn:"))
  swamped: queue.predicted_wait > duration("4m") && queue.agents_ready == 0
rules:
  - id: closed
    when: '!is_open && contact.channel == "voice"'
    then: {treatment: callback_offer}
)";

// Sixteen rules to a topic, so that many share each word.
std::string Topic(int rule) { return "topic_" + std::to_string(rule / 16); }

// What a centre's rules look like: a topic, and then this or that.
std::string Rule(int i) {
  static constexpr const char* kTails[] = {
      "contact.tier == \"gold\" && rich",
      "contact.tier in [\"gold\", \"silver\"] && contact.channel == \"voice\" && at_risk",
      "contact.language == \"fr\" && contact.channel in [\"voice\", \"chat\"]",
      "contact.language in [\"de\", \"at\", \"ch\"] && contact.tier != \"bronze\"",
      "contact.channel == \"email\" && contact.age < duration(\"5m\")",
      "contact.tier == \"silver\" && contact.language == \"en\" && rich && swamped",
      "contact.attempt > 3 && contact.channel == \"chat\"",
      "contact.channel == \"voice\" && contact.language == \"en\" && contact.attempt == 0",
  };
  return "  - id: rule_" + std::to_string(i) + "\n    when: 'is_open && contact.topic == \"" +
         Topic(i) + "\" && " + kTails[i % 8] + "'\n    then: {queue: queue_" +
         std::to_string(i % 20) + ", priority: {start: " + std::to_string(i % 100) +
         ", gain: 6/min}, require: {billing: " + std::to_string(1 + i % 10) + "}}\n";
}

std::string Document(int rules) {
  std::string text(kHead);
  for (int i = 0; i < rules - 2; ++i) text += Rule(i);
  text += "  - {id: rest, then: {queue: queue_0}}\nqueues:\n";
  for (int i = 0; i < 20; ++i) text += "  queue_" + std::to_string(i) + ": {select: best_skill}\n";
  return text;
}

std::shared_ptr<const routing::RuleSet> Load(const std::string& text, bool index) {
  const ParsedDocument parsed = ParseYaml(text);
  CompileOptions options;
  options.text = text;
  options.index = index;
  return Compile(parsed.root, options).rule_set;
}

class NoFigures final : public routing::FigureSource {
 public:
  std::optional<std::int64_t> QueueFigure(std::string_view, routing::Figure) const override {
    return 0;
  }
};

// Contacts on topics of the document at random; about a tenth on one that no rule knows.
class Contacts {
 public:
  static constexpr std::size_t kCount = 1'024;

  explicit Contacts(int rules) {
    static constexpr std::string_view kChannels[] = {"voice", "chat", "email"};
    static constexpr std::string_view kTiers[] = {"gold", "silver", "bronze"};
    static constexpr std::string_view kLanguages[] = {"en", "fr", "de", "es"};
    std::mt19937_64 random(7);
    topics_.reserve(kCount);
    attributes_.reserve(kCount);
    for (std::size_t i = 0; i < kCount; ++i) {
      const auto rule = static_cast<int>(random() % static_cast<std::uint64_t>(rules));
      topics_.push_back(random() % 10 == 0 ? "unheard_of" : Topic(rule));
      attributes_.push_back({{"tier", kTiers[random() % 3]},
                             {"language", kLanguages[random() % 4]},
                             {"topic", std::string_view(topics_.back())},
                             {"balance", static_cast<double>(random() % 3'000)},
                             {"tags", absl::Span<const std::string_view>(kTags)}});
      routing::ContactFacts facts;
      facts.id = "contact";
      facts.channel = kChannels[random() % 3];
      facts.attributes = attributes_.back();
      facts_.push_back(facts);
    }
  }

  const routing::ContactFacts& operator[](std::size_t i) const { return facts_[i % kCount]; }

 private:
  static constexpr std::string_view kTags[] = {"web", "returning"};
  std::vector<std::string> topics_;
  std::vector<std::vector<routing::AttributeView>> attributes_;
  std::vector<routing::ContactFacts> facts_;
};

void Decide(benchmark::State& state, bool index) {
  const auto rules = static_cast<int>(state.range(0));
  const auto rule_set = Load(Document(rules), index);
  if (rule_set == nullptr) return state.SkipWithError("the document does not load");
  const Contacts contacts(rules);
  const NoFigures figures;
  const routing::TimeNs now = 1'767'614'400 * routing::kSecond;
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(rule_set->Classify(contacts[i++], now, figures).plan);
  }
}

void BM_DecideIndexed(benchmark::State& state) { Decide(state, true); }
void BM_DecideInTurn(benchmark::State& state) { Decide(state, false); }
BENCHMARK(BM_DecideIndexed)->Arg(10)->Arg(100)->Arg(1'000)->Arg(10'000);
BENCHMARK(BM_DecideInTurn)->Arg(10)->Arg(100)->Arg(1'000)->Arg(10'000);

void BM_Parse(benchmark::State& state) {
  const std::string text = Document(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(ParseYaml(text).ok());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(BM_Parse)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

void BM_Compile(benchmark::State& state) {
  const std::string text = Document(static_cast<int>(state.range(0)));
  const ParsedDocument parsed = ParseYaml(text);
  CompileOptions options;
  options.text = text;
  for (auto _ : state) benchmark::DoNotOptimize(Compile(parsed.root, options).rule_set);
}
BENCHMARK(BM_Compile)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace strowger::rules

BENCHMARK_MAIN();
