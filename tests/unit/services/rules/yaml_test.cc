#include "services/rules/yaml.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "routing-core/rules/place.h"
#include "routing-core/rules/report.h"

namespace strowger::rules {
namespace {

std::string PlaceOf(const Node& node) {
  return std::to_string(node.at.line) + ':' + std::to_string(node.at.column);
}

// The only finding, as "line:column message".
std::string Refusal(std::string_view text, const ParseLimits& limits = {}) {
  const ParsedDocument document = ParseYaml(text, limits);
  if (document.findings.size() != 1) {
    return std::to_string(document.findings.size()) + " findings";
  }
  const Finding& finding = document.findings[0];
  EXPECT_EQ(document.root.kind, Node::Kind::kNull);
  return std::to_string(finding.at.line) + ':' + std::to_string(finding.at.column) + ' ' +
         finding.message;
}

std::string Repeat(std::string_view text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) repeated += text;
  return repeated;
}

TEST(Yaml, GivesPlacesInCodePoints) {
  const ParsedDocument document = ParseYaml("é: {\"ü\": x, y: [1, 'zwei']}\nb:\n  - c\n");
  ASSERT_TRUE(document.ok());
  const Node& flow = *document.root.Find("é");
  EXPECT_EQ(PlaceOf(document.root), "1:1");
  EXPECT_EQ(PlaceOf(flow), "1:4");
  EXPECT_EQ(PlaceOf(flow.entries[0].first), "1:5");
  EXPECT_EQ(PlaceOf(flow.entries[0].second), "1:10");
  EXPECT_EQ(PlaceOf(flow.Find("y")->items[1]), "1:20");
  EXPECT_EQ(PlaceOf(document.root.Find("b")->items[0]), "3:5");
}

TEST(Yaml, CountsNeitherByteOrderMarkNorCarriageReturn) {
  const ParsedDocument document = ParseYaml(
      "\xEF\xBB\xBF"
      "a: b\r\nc: d\r\n");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(PlaceOf(*document.root.Find("a")), "1:4");
  EXPECT_EQ(PlaceOf(*document.root.Find("c")), "2:4");
  EXPECT_EQ(document.root.Find("c")->scalar, "d");
}

TEST(Yaml, TellsHowAScalarWasWritten) {
  const ParsedDocument document =
      ParseYaml("p: 5\ns: '5'\nd: \"5\"\nl: |\n  5\nf: >\n  5\nn:\nt: ~\ne: ''\n");
  ASSERT_TRUE(document.ok());
  const auto style = [&](std::string_view key) { return document.root.Find(key)->style; };
  EXPECT_EQ(style("p"), Node::Style::kPlain);
  EXPECT_EQ(style("s"), Node::Style::kSingleQuoted);
  EXPECT_EQ(style("d"), Node::Style::kDoubleQuoted);
  EXPECT_EQ(style("l"), Node::Style::kBlock);
  EXPECT_EQ(style("f"), Node::Style::kBlock);
  EXPECT_EQ(document.root.Find("n")->kind, Node::Kind::kNull);
  EXPECT_EQ(document.root.Find("t")->kind, Node::Kind::kNull);
  EXPECT_EQ(document.root.Find("e")->kind, Node::Kind::kScalar);
}

TEST(Yaml, ReadsJson) {
  const ParsedDocument document =
      ParseYaml(R"({"a": [1, -2.5, true, null, "x\ty\u00e9\/"], "b": {"c": {}}})");
  ASSERT_TRUE(document.ok());
  const Node& list = *document.root.Find("a");
  ASSERT_EQ(list.items.size(), 5U);
  EXPECT_EQ(list.items[1].scalar, "-2.5");
  EXPECT_EQ(list.items[3].kind, Node::Kind::kNull);
  EXPECT_EQ(list.items[4].scalar, "x\tyé/");
  EXPECT_TRUE(document.root.Find("b")->Find("c")->is_mapping());
}

TEST(Yaml, ReadsTheSurrogatePairsOfJson) {
  const std::string text =
      R"({"a\uD83D\uDE00": "x\uD83D\uDE00y\ud834\udd1e", "b": 'it''s "\uD83D\uDE00',)"
      "\n \"c\": 1, # \"\\uD83D\n \"d\": e}";
  const ParsedDocument document = ParseYaml(text);
  ASSERT_TRUE(document.ok()) << document.findings[0].message;
  const auto& entries = document.root.entries;
  EXPECT_EQ(entries[0].first.scalar, "a\xF0\x9F\x98\x80");
  EXPECT_EQ(entries[0].second.scalar, "x\xF0\x9F\x98\x80y\xF0\x9D\x84\x9E");
  EXPECT_EQ(PlaceOf(entries[0].second), "1:19");
  EXPECT_EQ(entries[1].second.scalar, "it's \"\\uD83D\\uDE00");  // no escapes there
  EXPECT_EQ(PlaceOf(entries[1].first), "1:49");
  EXPECT_EQ(PlaceOf(entries[3].second), "3:7");
  const Position y = PlaceInScalar(text, entries[0].second, 5);
  EXPECT_EQ(y.column, 33);
  EXPECT_EQ(PlaceInScalar(text, entries[0].second, 6).column, 34);
}

TEST(Yaml, RefusesHalfASurrogatePair) {
  const std::string complaint =
      "this escape is half of a character: a pair such as \\uD83D\\uDE00 is wanted";
  EXPECT_EQ(Refusal(R"({"a": "x\uD83D"})"), "1:9 " + complaint);
  EXPECT_EQ(Refusal(R"({"a": "x\uDE00\uD83D"})"), "1:9 " + complaint);
  EXPECT_EQ(Refusal("a: \"b\"\nc: \"\\uD83D\\u0041\"\n"), "2:5 " + complaint);
  EXPECT_TRUE(ParseYaml("a: x\\uD83D\nb: 'x\\uD83D'\n").ok());
  EXPECT_TRUE(ParseYaml(R"({"a": "\\uD83D"})").ok());  // a backslash, and then letters
}

TEST(Yaml, RefusesWhatARuleDocumentNeverNeeds) {
  EXPECT_EQ(Refusal("a: &x 1\n"),
            "1:4 an anchor is not allowed here: write the value out where it is needed");
  EXPECT_EQ(Refusal("a: &x {b: 1}\nc: *x\n"),
            "1:4 an anchor is not allowed here: write the value out where it is needed");
  EXPECT_EQ(Refusal("a: &x\nb: 1\n").substr(4),
            "an anchor is not allowed here: write the value "
            "out where it is needed");
  EXPECT_EQ(Refusal("a: !!str 5\n"), "1:4 a tag (tag:yaml.org,2002:str) is not allowed here");
  EXPECT_EQ(Refusal("a: !thing {b: c}\n"), "1:4 a tag (!thing) is not allowed here");
  EXPECT_EQ(Refusal("? [a]\n: b\n"), "1:3 a key must be a plain word");
  EXPECT_EQ(Refusal("a: 1\n---\nb: 2\n"), "2:1 the document has ended; nothing may follow it");
  EXPECT_EQ(Refusal("- a\nb: c\n"), "2:1 the document has ended; nothing may follow it");
  EXPECT_EQ(Refusal(""), "1:1 the document is empty");
  EXPECT_EQ(Refusal("# nothing\n"), "1:1 the document is empty");
}

TEST(Yaml, NamesEveryDuplicateKey) {
  const ParsedDocument document = ParseYaml("a: 1\nb: {x: 1, x: 2}\na: 3\n\"a\": 4\n");
  std::vector<std::string> findings;
  for (const Finding& finding : document.findings) {
    findings.push_back(std::to_string(finding.at.line) + ':' + std::to_string(finding.at.column) +
                       ' ' + finding.message);
  }
  EXPECT_EQ(findings, (std::vector<std::string>{"2:11 the key x is given twice",
                                                "3:1 the key a is given twice",
                                                "4:1 the key a is given twice"}));
}

TEST(Yaml, StopsAfterManyDuplicateKeys) {
  EXPECT_EQ(ParseYaml(Repeat("k: 1\n", 500'000)).findings.size(), kMaxFindings);
}

TEST(Yaml, ExplainsWhatIsNoYaml) {
  EXPECT_EQ(Refusal("a: b: c\n"),
            "1:5 not valid YAML: a value cannot hold ': ' here; put the text in quotes, or check "
            "the indentation");
  EXPECT_EQ(Refusal("a: [1, 2\n"), "2:1 not valid YAML: a [ is not closed");
  EXPECT_EQ(Refusal("{a: b\n"), "2:1 not valid YAML: a { is not closed");
  EXPECT_EQ(Refusal("a: \"x\n"), "1:4 not valid YAML: a quote is not closed");
  EXPECT_EQ(Refusal("a: 'x''\nb: c\n"), "1:4 not valid YAML: a quote is not closed");
  EXPECT_EQ(
      Refusal("a: 1\nb: \"x\" y\n"),
      "2:8 not valid YAML: this does not belong to the mapping; check quotes and indentation");
  EXPECT_EQ(Refusal("a: @x\n"), "1:4 not valid YAML: unknown token");
  EXPECT_EQ(Refusal("a:\n  b: 1\n \tc: 2\n"),
            "3:2 not valid YAML: a tab cannot indent; use spaces");
  EXPECT_EQ(Refusal("a: *x\n").substr(0, 4), "1:4 ");
}

TEST(Yaml, RefusesTextThatIsNotUtf8) {
  const std::string_view bad[] = {"\x80",         "\xC3(",        "\xC0\xAF",
                                  "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                  "\xFF\xFE",     "\xF0\x9F\x98"};
  for (const std::string_view bytes : bad) {
    EXPECT_EQ(Refusal("a: 1\né: " + std::string(bytes) + "\n"), "2:4 the text is not UTF-8 here");
  }
  EXPECT_EQ(Refusal(std::string("a: x\0y\n", 7)),
            "1:5 a control character does not belong in a document");
  EXPECT_EQ(Refusal("a: x\ry\n"), "1:5 a carriage return must be followed by a line feed");
  EXPECT_TRUE(ParseYaml("a: \"\xF0\x9F\x98\x80 \xE2\x82\xAC\"\n").ok());
}

TEST(Yaml, RefusesHostileDocuments) {
  EXPECT_EQ(Refusal(std::string(5'000'000, 'a')),
            "0:0 the document has 5000000 bytes; the limit is 4194304");
  EXPECT_EQ(Refusal(Repeat("[", 4'000'000)),
            "1:1001 too deeply nested: more than 1000 brackets are open here");
  EXPECT_EQ(Refusal(Repeat("[", 100) + Repeat("]", 100)),
            "1:65 too deeply nested: more than 64 levels");
  EXPECT_EQ(Refusal(Repeat("- ", 200'000) + "a"), "1:129 too deeply nested: more than 64 levels");
  std::string steps;
  for (int i = 0; i < 100; ++i) steps += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(Refusal(steps), "65:65 too deeply nested: more than 64 levels");
  EXPECT_EQ(Refusal("[" + Repeat("1,", 1'000'000) + "]").substr(0, 10), "1:1000001 ");
  ParseLimits few;
  few.max_nodes = 1'000;
  EXPECT_EQ(Refusal(Repeat("- 1\n", 2'000), few), "1000:3 too large: more than 1000 values");
  std::string bomb = "a: &a [x, x]\n";
  for (char c = 'b'; c < 'z'; ++c) {
    const std::string before(1, static_cast<char>(c - 1));
    bomb += std::string(1, c) + ": &" + c + " [*" + before + ", *" + before + "]\n";
  }
  EXPECT_EQ(Refusal(bomb),
            "1:4 an anchor is not allowed here: write the value out where it is needed");
  const std::string depth = Repeat("[", 64) + Repeat("]", 64);
  EXPECT_TRUE(ParseYaml(depth).ok());
}

// Nothing that is cut off or garbled throws, loops or reads past the end.
TEST(Yaml, SurvivesEveryPrefixAndEveryChangedByte) {
  const std::string text =
      "a: {b: ['c', \"d\\u00e9\", *e]}\nf: |\n  g\n  h\ni: >-\n  j\n? k\n: &l !m n # o\n";
  for (std::size_t i = 0; i <= text.size(); ++i) ParseYaml(text.substr(0, i));
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'\0', ' ', '\n', '\t', '"', '\'', '[', '}', ':', '-', '\\', '\xC3', '%'}) {
      std::string changed = text;
      changed[i] = c;
      const ParsedDocument document = ParseYaml(changed);
      for (const auto& [key, value] : document.root.entries) {
        for (std::size_t k = 0; k <= value.scalar.size(); ++k) PlaceInScalar(changed, value, k);
      }
    }
  }
}

}  // namespace
}  // namespace strowger::rules
