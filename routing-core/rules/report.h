// Collects what is wrong with a document while it is read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "routing-core/cel/finding.h"
#include "routing-core/rules/document.h"

namespace strowger::rules {

// Of errors and of warnings each: more help nobody, and a hostile document has millions.
inline constexpr std::size_t kMaxFindings = 200;

// Findings of one document, each with the path and the rule at which the reader stood. One thread.
class Report {
 public:
  // `text` is what the nodes were parsed from and must outlive the report; it may be empty, and
  // findings inside expressions then get the place of the whole scalar.
  explicit Report(std::string_view text) : text_(text) {}

  void Error(const Node& at, std::string message, std::string suggestion = {});
  void Warning(const Node& at, std::string message, std::string suggestion = {});
  // An unknown name: the nearest of `known`, if any is near, becomes the suggestion.
  template <typename Names>
  void UnknownName(const Node& at, std::string message, std::string_view name, const Names& known) {
    Error(at, std::move(message), std::string(cel::NearestName(name, known)));
  }
  // Something inside an expression, placed through the scalar that holds it.
  void InExpression(const Node& scalar, const cel::Finding& finding,
                    Finding::Severity severity = Finding::Severity::kError);

  // While one of these lives, paths go through a key or an item.
  class Step {
   public:
    Step(Report& report, std::string_view key);
    Step(Report& report, std::size_t item);
    ~Step();
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Report& report_;
    std::size_t length_;  // of the path before
  };

  // What findings are attributed to from now on: a rule, queue or test; empty for the document.
  void set_rule(std::string_view rule) { rule_ = rule; }

  std::size_t errors() const { return errors_; }
  // In the order of the document, the first kMaxFindings that were made; the last says so if there
  // were more. The report is empty afterwards.
  std::vector<Finding> Take();

 private:
  void Add(Finding finding);

  std::string_view text_;
  std::string path_;
  std::string rule_;
  std::vector<Finding> findings_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

}  // namespace strowger::rules
