#include "services/rules/loader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "services/rules/yaml.h"

namespace strowger::rules {
namespace {

// Lines longer than this are cut around the caret.
constexpr std::size_t kMaxLineShown = 120;

std::string_view LineOf(std::string_view text, int line) {
  for (int i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The bytes before the column of a line.
std::string_view Before(std::string_view line, int column) {
  std::size_t bytes = 0;
  for (int i = 1; i < column && bytes < line.size(); ++i) {
    ++bytes;
    while (bytes < line.size() && IsContinuation(line[bytes])) ++bytes;
  }
  return line.substr(0, bytes);
}

// A caret under the column; tabs stay, so that it stands where the line is shown.
std::string Padding(std::string_view before) {
  std::string padding;
  for (const char c : before) {
    if (c == '\t') {
      padding += '\t';
    } else if (!IsContinuation(c)) {
      padding += ' ';
    }
  }
  return padding;
}

std::string Excerpt(std::string_view text, Position at) {
  std::string_view line = LineOf(text, at.line);
  std::string_view before = Before(line, at.column);
  if (line.size() > kMaxLineShown) {
    std::size_t start = before.size() > kMaxLineShown / 2 ? before.size() - kMaxLineShown / 2 : 0;
    while (start < line.size() && IsContinuation(line[start])) ++start;
    std::size_t end = std::min(line.size(), start + kMaxLineShown);
    while (end < line.size() && IsContinuation(line[end])) ++end;
    before =
        before.substr(std::min(start, before.size()));  // text that is no UTF-8 may lie between
    line = line.substr(start, end - start);
  }
  return "    " + std::string(line) + "\n    " + Padding(before) + "^\n";
}

// " (rule vip)": what the finding is about.
std::string Subject(const Finding& finding) {
  const std::string_view path = finding.path;
  const std::string_view kind = path.substr(0, 7) == "queues."  ? "queue"
                                : path.substr(0, 6) == "tests[" ? "test"
                                                                : "rule";
  return " (" + std::string(kind) + ' ' + finding.rule + ')';
}

Finding FileFinding(std::string message) {
  Finding finding;
  finding.message = std::move(message);
  return finding;
}

std::string Count(std::size_t count, const std::string& noun) {
  return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

}  // namespace

LoadResult LoadRuleText(std::string text, std::string name, std::optional<routing::TimeNs> now) {
  LoadResult result;
  result.name = std::move(name);
  result.text = std::move(text);
  ParsedDocument parsed = ParseYaml(result.text);
  if (!parsed.ok()) {
    result.findings = std::move(parsed.findings);
    return result;
  }
  result.root = std::move(parsed.root);
  CompileOptions options;
  options.text = result.text;
  options.now = now;
  CompileResult compiled = Compile(result.root, options);
  result.rule_set = std::move(compiled.rule_set);
  result.findings = std::move(compiled.findings);
  result.tests = compiled.tests;
  return result;
}

LoadResult LoadRuleFile(const std::string& path) {
  LoadResult result;
  result.name = path;
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (file) {
    // One byte past the limit is enough for the parser to refuse it.
    const std::size_t most = ParseLimits{}.max_bytes + 1;
    text.resize(most);
    file.read(text.data(), static_cast<std::streamsize>(most));
    text.resize(static_cast<std::size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad()) {
    const std::string cause = errno == 0 ? "it is not a file" : std::strerror(errno);
    result.findings.push_back(FileFinding("cannot be read: " + cause));
    return result;
  }
  return LoadRuleText(std::move(text), path);
}

std::string RenderFinding(std::string_view name, std::string_view text, const Finding& finding) {
  std::string out(name);
  if (finding.at.line > 0) {
    out += ':' + std::to_string(finding.at.line) + ':' + std::to_string(finding.at.column);
  }
  out += finding.severity == Finding::Severity::kError ? ": error: " : ": warning: ";
  out += finding.message;
  if (!finding.rule.empty()) out += Subject(finding);
  out += '\n';
  if (finding.at.line > 0) out += Excerpt(text, finding.at);
  if (!finding.suggestion.empty()) out += "  did you mean " + finding.suggestion + "?\n";
  return out;
}

std::string RenderFindings(std::string_view name, std::string_view text,
                           const std::vector<Finding>& findings) {
  if (findings.empty()) return {};
  std::string out;
  std::size_t errors = 0;
  for (const Finding& finding : findings) {
    out += RenderFinding(name, text, finding);
    if (finding.severity == Finding::Severity::kError) ++errors;
  }
  return out + Count(errors, "error") + ", " + Count(findings.size() - errors, "warning") + '\n';
}

std::string RenderFindings(const LoadResult& result) {
  return RenderFindings(result.name, result.text, result.findings);
}

}  // namespace strowger::rules
