#include "routing-core/cel/compiler.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "routing-core/cel/checker.h"
#include "routing-core/cel/code.h"
#include "routing-core/cel/cost.h"
#include "routing-core/cel/emitter.h"
#include "routing-core/cel/fold.h"
#include "routing-core/cel/formula_builder.h"
#include "routing-core/cel/function.h"
#include "routing-core/cel/parser.h"

namespace strowger::cel {
namespace {

CompileResult Failed(Finding finding) {
  CompileResult result;
  result.findings.push_back(std::move(finding));
  return result;
}

bool UsesZone(const Ast& ast) {
  return std::any_of(ast.nodes.begin(), ast.nodes.end(),
                     [](const Node& node) { return IsTimeGetter(node.function); });
}

std::vector<Finding> CheckResult(std::string_view source, const CompileOptions& options,
                                 const Node& root) {
  if (!options.check || !options.result || Fits(*options.result, root.type)) return {};
  return {MakeFinding(Stage::kCheck, source, root.start, 1,
                      absl::StrCat("the expression must be ", options.result->ToString(), ", not ",
                                   root.type.ToString()))};
}

}  // namespace

CompileResult Compile(const Env& env, std::string_view source, const CompileOptions& options) {
  ParseResult parsed = Parse(source, {options.max_nesting, options.max_source});
  if (parsed.ast == nullptr) return Failed(std::move(parsed.error));
  Ast& ast = *parsed.ast;

  CompileResult result;
  result.findings = Check(env, source, options, &ast);
  // Laying a zone out takes longer than all the rest, and few expressions look at one.
  std::optional<Zone> zone = Zone();
  if (UsesZone(ast)) zone = Zone::Load(options.time_zone);
  if (!zone) {
    return Failed(MakeFinding(Stage::kCheck, "", 0, 0,
                              "unknown default time zone '" + options.time_zone + "'"));
  }
  if (result.findings.empty()) result.findings = CheckResult(source, options, *ast.root);
  // What the parts are of is known to be sound only now; folding does not look at it again.
  const Type type = ast.root->type;
  std::vector<Finding> constants = Fold(source, *zone, options.check, &ast);
  result.findings.insert(result.findings.end(), constants.begin(), constants.end());
  if (!result.findings.empty()) return result;

  auto code = std::make_unique<Code>();
  code->source = std::string(source);
  code->result_type = type;
  code->zones.push_back(std::move(*zone));
  if (!Emit(ast.root, code.get()) || !BuildDecision(ast.root, code.get())) {
    return Failed(MakeFinding(Stage::kCheck, source, ast.root->offset, ast.root->length,
                              "expression needs too many intermediate values"));
  }
  code->cost = CostOf(*ast.root, options.max_list_items);
  code->formula = BuildFormula(*ast.root);
  code->index_terms = IndexTermsOf(code->formula);
  code->literals = std::move(ast.constants);
  result.program = std::make_shared<const Program>(std::move(code));
  return result;
}

}  // namespace strowger::cel
