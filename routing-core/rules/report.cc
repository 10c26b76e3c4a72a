#include "routing-core/rules/report.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "routing-core/rules/place.h"

namespace strowger::rules {

void Report::Add(Finding finding) {
  std::size_t& count = finding.severity == Finding::Severity::kError ? errors_ : warnings_;
  if (++count > kMaxFindings) return;
  finding.rule = rule_;
  finding.path = path_;
  findings_.push_back(std::move(finding));
}

void Report::Error(const Node& at, std::string message, std::string suggestion) {
  Add({Finding::Severity::kError, at.at, {}, {}, std::move(message), std::move(suggestion)});
}

void Report::Warning(const Node& at, std::string message, std::string suggestion) {
  Add({Finding::Severity::kWarning, at.at, {}, {}, std::move(message), std::move(suggestion)});
}

void Report::InExpression(const Node& scalar, const cel::Finding& finding,
                          Finding::Severity severity) {
  Add({severity,
       PlaceInScalar(text_, scalar, finding.offset),
       {},
       {},
       finding.message,
       finding.suggestion});
}

Report::Step::Step(Report& report, std::string_view key)
    : report_(report), length_(report.path_.size()) {
  if (!report.path_.empty()) report.path_ += '.';
  report.path_ += key;
}

Report::Step::Step(Report& report, std::size_t item)
    : report_(report), length_(report.path_.size()) {
  report.path_ += '[' + std::to_string(item) + ']';
}

Report::Step::~Step() { report_.path_.resize(length_); }

std::vector<Finding> Report::Take() {
  std::stable_sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
  });
  if (errors_ + warnings_ > findings_.size()) {
    Finding more;
    more.severity =
        errors_ > kMaxFindings ? Finding::Severity::kError : Finding::Severity::kWarning;
    more.message =
        std::to_string(errors_ + warnings_ - findings_.size()) + " more findings are not shown";
    findings_.push_back(std::move(more));
  }
  errors_ = 0;
  warnings_ = 0;
  return std::exchange(findings_, {});
}

}  // namespace strowger::rules
