#include "services/strowgerctl/cel_conformance.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace strowger {
namespace {

using Json = nlohmann::json;

/// What the command prints for these lines, one object each.
std::vector<Json> RunLines(const std::string& lines, int* status = nullptr) {
  std::istringstream in(lines);
  std::ostringstream out;
  std::ostringstream err;
  const int result = RunCelConformance(in, out, err);
  if (status != nullptr) *status = result;
  std::vector<Json> results;
  std::istringstream printed(out.str());
  for (std::string line; std::getline(printed, line);) results.push_back(Json::parse(line));
  return results;
}

bool Same(const Json& a, const Json& b);

bool SameMap(const Json& a, const Json& b) {
  if (a.size() != b.size()) return false;
  for (const Json& entry : a) {
    bool found = false;
    for (const Json& other : b) {
      found = found || (Same(entry[0], other[0]) && Same(entry[1], other[1]));
    }
    if (!found) return false;
  }
  return true;
}

bool Same(const Json& a, const Json& b) {
  if (a["type"] != b["type"]) return false;
  const Json& left = a["value"];
  const Json& right = b["value"];
  if (a["type"] == "double") {
    const double x = std::strtod(left.get<std::string>().c_str(), nullptr);
    const double y = std::strtod(right.get<std::string>().c_str(), nullptr);
    return x == y || (std::isnan(x) && std::isnan(y));
  }
  if (a["type"] == "map") return SameMap(left, right);
  if (a["type"] != "list") return left == right;
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (!Same(left[i], right[i])) return false;
  }
  return true;
}

bool Passes(const Json& expected, const Json& result) {
  if (expected.contains("value")) {
    return result.contains("value") && Same(expected["value"], result["value"]);
  }
  if (!result.contains("error")) return false;
  for (const char* key : {"stage", "line", "column"}) {
    if (expected.contains(key) && result["error"].value(key, Json()) != expected[key]) return false;
  }
  return true;
}

std::filesystem::path SharedFolder() {
  if (const char* named = std::getenv("STROWGER_SHARED"); named != nullptr) return named;
  return std::filesystem::path(STROWGER_SOURCE_DIR) / ".." / "shared";
}

void ExpectAllPass(std::istream& file) {
  std::stringstream text;
  text << file.rdbuf();
  std::vector<Json> cases;
  for (std::string line; std::getline(text, line);) cases.push_back(Json::parse(line));
  int status = 1;
  const std::vector<Json> results = RunLines(text.str(), &status);
  EXPECT_EQ(status, 0);
  ASSERT_EQ(results.size(), cases.size());
  for (size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(results[i]["id"], cases[i]["id"]);
    EXPECT_TRUE(Passes(cases[i]["expect"], results[i])) << cases[i] << "\ngives " << results[i];
  }
}

TEST(CelConformance, SampleOfTheSpecsOwnTests) {
  std::ifstream file(SharedFolder() / "cel" / "sample.jsonl");
  if (!file) GTEST_SKIP() << "no cel/sample.jsonl under " << SharedFolder();
  ExpectAllPass(file);
}

TEST(CelConformance, OurOwnCases) {
  const auto folder = std::filesystem::path(STROWGER_SOURCE_DIR) / "tests" / "conformance" / "cel";
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".jsonl") continue;
    SCOPED_TRACE(entry.path().filename());
    std::ifstream file(entry.path());
    ASSERT_TRUE(file);
    ExpectAllPass(file);
    ++files;
  }
  EXPECT_GT(files, 30u);
}

TEST(CelConformance, ValuesOfEveryType) {
  const auto value = [](const std::string& expression) {
    const Json line = {{"id", "a"}, {"expr", expression}};
    return RunLines(line.dump() + "\n").at(0)["value"];
  };
  EXPECT_EQ(value("null"), Json({{"type", "null"}, {"value", nullptr}}));
  EXPECT_EQ(value("true"), Json({{"type", "bool"}, {"value", true}}));
  EXPECT_EQ(value("-5"), Json({{"type", "int"}, {"value", "-5"}}));
  EXPECT_EQ(value("5u"), Json({{"type", "uint"}, {"value", "5"}}));
  EXPECT_EQ(value("-(0.0)"), Json({{"type", "double"}, {"value", "-0.0"}}));
  EXPECT_EQ(value("0.0 / 0.0"), Json({{"type", "double"}, {"value", "NaN"}}));
  EXPECT_EQ(value("'\\u00e9'"), Json({{"type", "string"}, {"value", "\u00e9"}}));
  EXPECT_EQ(value("timestamp(0)"),
            Json({{"type", "timestamp"}, {"value", "1970-01-01T00:00:00Z"}}));
  EXPECT_EQ(value("duration('1.5s')"), Json({{"type", "duration"}, {"value", "1.5s"}}));
  EXPECT_EQ(value("[1]").dump(), R"({"type":"list","value":[{"type":"int","value":"1"}]})");
  EXPECT_EQ(
      value("{1: true}").dump(),
      R"({"type":"map","value":[[{"type":"int","value":"1"},{"type":"bool","value":true}]]})");
  EXPECT_EQ(value("type(1)"), Json({{"type", "type"}, {"value", "int"}}));
}

/// The result for one case, given as the members of its object.
Json RunCase(const std::string& members) { return RunLines("{" + members + "}\n").at(0); }

TEST(CelConformance, VariablesAndChecking) {
  const std::string bound =
      R"(, "bindings": {"a.b": {"type": "list", "value": [{"type": "uint", "value": "3"}]}})";
  const Json declared =
      RunCase(R"j("id": "1", "expr": "a.b[0]", "type_env": {"a.b": "list(uint)"})j" + bound);
  EXPECT_EQ(declared["value"]["value"], "3");
  const Json undeclared = RunCase(R"("id": "2", "expr": "a.b[0]")" + bound);
  EXPECT_EQ(undeclared["error"]["stage"], "check");
  const Json unchecked = RunCase(R"("id": "3", "expr": "a.b[0]", "disable_check": true)" + bound);
  EXPECT_EQ(unchecked["value"]["value"], "3");
  const Json unbound = RunCase(R"("id": "4", "expr": "c", "type_env": {"c": "int"})");
  EXPECT_EQ(unbound["error"]["stage"], "eval");
  const Json misdeclared = RunCase(R"("id": "5", "expr": "1", "type_env": {"c": "integer"})");
  EXPECT_EQ(misdeclared["error"]["stage"], "check");
}

TEST(CelConformance, ErrorsHaveStageAndPlace) {
  const Json error = RunLines("{\"id\":\"1\",\"expr\":\"1 +\\n  x\"}\n").at(0)["error"];
  EXPECT_EQ(error["stage"], "check");
  EXPECT_EQ(error["line"], 2);
  EXPECT_EQ(error["column"], 3);
}

TEST(CelConformance, LinesThatAreNoCase) {
  int status = 0;
  EXPECT_EQ(RunLines("nonsense\n{\"id\":\"1\",\"expr\":\"1\"}\n{\"id\":2}\n", &status).size(), 1u);
  EXPECT_EQ(status, 1);
}

}  // namespace
}  // namespace strowger
