#include "routing-core/rules/scope.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/types/span.h"
#include "routing-core/cel/compiler.h"
#include "routing-core/cel/lexer.h"
#include "routing-core/rules/evaluation.h"
#include "routing-core/rules/reader.h"

namespace strowger::rules {
namespace {

using routing::Figure;

struct FigureName {
  std::string_view name;
  Figure figure;
};

constexpr std::array<FigureName, routing::kFigureCount> kFigures = {{
    {"waiting", Figure::kWaiting},
    {"oldest_wait", Figure::kOldestWait},
    {"predicted_wait", Figure::kPredictedWait},
    {"agents_staffed", Figure::kAgentsStaffed},
    {"agents_ready", Figure::kAgentsReady},
    {"agents_free", Figure::kAgentsFree},
    {"occupancy", Figure::kOccupancy},
    {"service_level", Figure::kServiceLevel},
    {"abandon_rate", Figure::kAbandonRate},
}};

// The first part of every name that is not a let's.
constexpr std::array<std::string_view, 9> kRoots = {
    "contact", "now", "calendar", "queue", "queues", "agent", "team", "location", "flags"};

constexpr std::size_t kMaxOpenAttributes = 1'000;

bool IsLetName(std::string_view name) {
  return IsIdentifier(name) && !cel::IsReservedWord(name) && name != "true" && name != "false" &&
         name != "null" && name != "in";
}

bool IsFigure(std::string_view name) {
  return std::any_of(kFigures.begin(), kFigures.end(),
                     [&](const FigureName& figure) { return figure.name == name; });
}

// Of those that teams and locations have.
bool IsAgentFigure(std::string_view name) {
  return std::any_of(kFigures.begin(), kFigures.end(), [&](const FigureName& figure) {
    return figure.name == name && (Bit(figure.figure) & routing::kAgentFigures) != 0;
  });
}

cel::Type TypeOfFigure(Figure figure) {
  switch (figure) {
    case Figure::kOldestWait:
    case Figure::kPredictedWait:
      return cel::Type::Duration();
    case Figure::kOccupancy:
    case Figure::kServiceLevel:
    case Figure::kAbandonRate:
      return cel::Type::Double();
    default:
      return cel::Type::Int();
  }
}

cel::Type TypeOfAttribute(const std::optional<AttributeType>& type) {
  if (!type) return cel::Type::Dyn();
  switch (*type) {
    case AttributeType::kString:
      return cel::Type::String();
    case AttributeType::kInt:
      return cel::Type::Int();
    case AttributeType::kDouble:
      return cel::Type::Double();
    case AttributeType::kBool:
      return cel::Type::Bool();
    case AttributeType::kStringList:
      return cel::Type::List(cel::Type::String());
  }
  return cel::Type::Dyn();
}

Slot MakeSlot(Slot::Kind kind, std::size_t index = 0) {
  Slot slot;
  slot.kind = kind;
  slot.index = static_cast<std::uint32_t>(index);
  return slot;
}

void SetDefaultView(ContactAttribute& attribute) {
  if (!attribute.default_value) return;
  const routing::AttributeValue& value = *attribute.default_value;
  if (const auto* text = std::get_if<std::string>(&value)) {
    attribute.default_view = cel::Value::String(*text);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    attribute.default_view = cel::Value::Int(*integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    attribute.default_view = cel::Value::Double(*real);
  } else if (const auto* boolean = std::get_if<bool>(&value)) {
    attribute.default_view = cel::Value::Bool(*boolean);
  } else {
    for (const std::string& item : std::get<std::vector<std::string>>(value)) {
      attribute.default_items.push_back(cel::Value::String(item));
    }
    attribute.default_view =
        cel::Value::List(attribute.default_items.data(), attribute.default_items.size());
  }
}

}  // namespace

// ---- Declaring ----------------------------------------------------------------------------------

Scope::Scope(Options options)
    : vocabulary_(std::move(options.vocabulary)),
      calendars_(std::move(options.calendars)),
      queues_(options.queues.begin(), options.queues.end()),
      time_zone_(std::move(options.time_zone)),
      identity_(std::move(options.identity)),
      flags_(std::move(options.flags)) {
  Declare("contact.id", cel::Type::String(), MakeSlot(Slot::Kind::kContactId));
  Declare("contact.channel", cel::Type::String(), MakeSlot(Slot::Kind::kChannel));
  Declare("contact.location", cel::Type::String(), MakeSlot(Slot::Kind::kLocation));
  Declare("contact.age", cel::Type::Duration(), MakeSlot(Slot::Kind::kAge));
  Declare("contact.attempt", cel::Type::Int(), MakeSlot(Slot::Kind::kAttempt));
  Declare("now", cel::Type::Time(), MakeSlot(Slot::Kind::kNow));
  DeclareFigures("queue", "");
  DeclareFlags();
  DeclareCalendars();
  DeclareLocations();
  if (vocabulary_.contact) {
    for (const auto& [name, declaration] : *vocabulary_.contact) {
      DeclareAttribute(name, &declaration);
    }
  }
}

void Scope::Declare(const std::string& name, cel::Type type, Slot slot) {
  if (env_.AddVariable(name, std::move(type), static_cast<std::uint32_t>(slots_.size()))) {
    slot.name = name;
    slots_.push_back(std::move(slot));
  }
}

void Scope::DeclareFlags() {
  for (std::size_t i = 0; i < flags_.size(); ++i) {
    Declare("flags." + flags_[i].name, cel::Type::Bool(), MakeSlot(Slot::Kind::kFlag, i));
  }
}

void Scope::DeclareCalendars() {
  for (std::size_t i = 0; i < calendars_.size(); ++i) {
    const std::string prefix = "calendar." + calendars_[i].name();
    Declare(prefix + ".open", cel::Type::Bool(), MakeSlot(Slot::Kind::kOpen, i));
    Declare(prefix + ".opens_in", cel::Type::Duration(), MakeSlot(Slot::Kind::kOpensIn, i));
    Declare(prefix + ".closes_in", cel::Type::Duration(), MakeSlot(Slot::Kind::kClosesIn, i));
    cel::HostFunction open_at;
    open_at.name = prefix + ".open_at";
    open_at.arguments = {cel::Type::String()};
    open_at.result = cel::Type::Bool();
    open_at.function = Evaluation::OpenAt;
    open_at.tag = i;
    open_at.cost = 100;
    env_.AddFunction(std::move(open_at));
  }
}

void Scope::DeclareLocations() {
  if (!vocabulary_.locations) return;
  for (const auto& [name, location] : *vocabulary_.locations) {
    if (!IsLetName(name)) continue;  // a string will do for it
    Declare("location." + name, cel::Type::String(), MakeSlot(Slot::Kind::kPlace, places_.size()));
    places_.push_back(name);
  }
  cel::HostFunction distance;
  distance.name = "distance_km";
  distance.arguments = {cel::Type::String(), cel::Type::String()};
  distance.result = cel::Type::Double();
  distance.function = Evaluation::DistanceKm;
  distance.cost = 300;
  env_.AddFunction(std::move(distance));
}

void Scope::DeclareAttribute(const std::string& name, const AttributeDeclaration* declaration) {
  auto attribute = std::make_shared<ContactAttribute>();
  attribute->name = name;
  if (declaration != nullptr) {
    attribute->type = declaration->type;
    attribute->values = declaration->values;
    attribute->default_value = declaration->default_value;
    SetDefaultView(*attribute);
  }
  Declare("contact." + name, TypeOfAttribute(attribute->type),
          MakeSlot(Slot::Kind::kAttribute, attributes_.size()));
  attributes_.push_back(std::move(attribute));
}

void Scope::DeclareFigures(const std::string& prefix, const std::string& queue) {
  for (const FigureName& figure : kFigures) {
    Slot slot = MakeSlot(Slot::Kind::kFigure);
    slot.figure = figure.figure;
    slot.queue = queue;
    Declare(prefix + '.' + std::string(figure.name), TypeOfFigure(figure.figure), std::move(slot));
  }
}

// ---- Names as they are met ----------------------------------------------------------------------

std::vector<Scope::NameUse> Scope::NamesIn(std::string_view text) {
  std::vector<NameUse> names;
  const cel::LexResult lexed = cel::Lex(text);
  const auto kind = [&](std::size_t i) {
    return i < lexed.tokens.size() ? lexed.tokens[i].kind : cel::TokenKind::kEnd;
  };
  for (std::size_t i = 0; i < lexed.tokens.size(); ++i) {
    if (kind(i) != cel::TokenKind::kIdentifier) continue;
    NameUse use;
    use.offset = lexed.tokens[i].offset;
    use.parts.push_back(lexed.tokens[i].text);
    while (kind(i + 1) == cel::TokenKind::kDot && kind(i + 2) == cel::TokenKind::kIdentifier) {
      i += 2;
      use.parts.push_back(lexed.tokens[i].text);
    }
    use.length = lexed.tokens[i].offset + lexed.tokens[i].length - use.offset;
    names.push_back(std::move(use));
  }
  return names;
}

bool Scope::IsOpenAttribute(const NameUse& use) const {
  return !vocabulary_.contact && use.parts.size() > 1 && use.parts[0] == "contact" &&
         env_.FindVariable("contact." + use.parts[1]) == nullptr &&
         attributes_.size() < kMaxOpenAttributes;
}

bool Scope::IsFigureOfQueue(const NameUse& use) const {
  return use.parts.size() > 2 && use.parts[0] == "queues" &&
         !env_.IsNamespace("queues." + use.parts[1]);
}

bool Scope::IsFigureOfGroup(const NameUse& use) const {
  return use.parts.size() > 2 && (use.parts[0] == "team" || use.parts[0] == "location") &&
         IsAgentFigure(use.parts[2]) &&
         env_.FindVariable(use.parts[0] + '.' + use.parts[1] + '.' + use.parts[2]) == nullptr;
}

void Scope::DeclareGroup(const NameUse& use, std::string_view text,
                         std::vector<cel::Finding>& findings) {
  const bool team = use.parts[0] == "team";
  std::vector<std::string_view> known;
  const bool declared = team ? vocabulary_.teams.has_value() : vocabulary_.locations.has_value();
  if (declared && team) known.assign(vocabulary_.teams->begin(), vocabulary_.teams->end());
  if (declared && !team) {
    for (const auto& [name, location] : *vocabulary_.locations) known.push_back(name);
  }
  if (declared && std::find(known.begin(), known.end(), use.parts[1]) == known.end()) {
    cel::Finding finding =
        cel::MakeFinding(cel::Stage::kCheck, text, use.offset, use.length,
                         "no " + use.parts[0] + ' ' + use.parts[1] + " is declared");
    finding.suggestion = cel::NearestName(use.parts[1], known);
    findings.push_back(std::move(finding));
  }
  const std::string prefix = use.parts[0] + '.' + use.parts[1] + '.';
  for (const FigureName& figure : kFigures) {
    if (!IsAgentFigure(figure.name)) continue;
    Slot slot = MakeSlot(Slot::Kind::kFigure);
    slot.figure = figure.figure;
    slot.owner = team ? routing::FigureOwner::kTeam : routing::FigureOwner::kLocation;
    slot.queue = use.parts[1];
    Declare(prefix + std::string(figure.name), TypeOfFigure(figure.figure), std::move(slot));
  }
}

bool Scope::Covers(std::string_view text) const {
  if (text.find('[') != std::string_view::npos) return false;  // perhaps a queue's name
  const std::vector<NameUse> names = NamesIn(text);
  return std::none_of(names.begin(), names.end(), [&](const NameUse& use) {
    return IsOpenAttribute(use) || IsFigureOfQueue(use) || IsFigureOfGroup(use);
  });
}

std::uint32_t Scope::PlaceOfOwnQueue(std::string_view text) const {
  for (const NameUse& use : NamesIn(text)) {
    if (use.parts.size() > 1 && use.parts[0] == "queue" && IsFigure(use.parts[1])) {
      return use.offset;
    }
    for (const Let& let : lets_) {
      if (let.name == use.parts[0] && let.reads.own_queue) return use.offset;
    }
  }
  return 0;
}

// ---- Names in brackets --------------------------------------------------------------------------

// A name that fits where `["x"]` stood: at most four bytes, since there are 10,000 queues at most.
const std::string& Scope::AliasOf(const std::string& queue) {
  if (const auto found = aliases_.find(queue); found != aliases_.end()) return found->second;
  std::string alias = queue;
  if (!IsLetName(queue)) {
    for (std::size_t number = aliases_.size();; ++number) {
      alias.clear();
      for (std::size_t rest = number; alias.empty() || rest > 0; rest /= 36) {
        alias += "0123456789abcdefghijklmnopqrstuvwxyz"[rest % 36];
      }
      alias += '_';
      std::reverse(alias.begin(), alias.end());
      if (queues_.count(alias) == 0 && queue_of_alias_.emplace(alias, queue).second) break;
    }
  }
  return aliases_.emplace(queue, std::move(alias)).first->second;
}

std::string Scope::WithoutBrackets(std::string_view text) {
  std::string dotted(text);
  const std::vector<cel::Token> tokens = cel::Lex(text).tokens;
  for (std::size_t i = 0; i + 3 < tokens.size(); ++i) {
    if (tokens[i].kind != cel::TokenKind::kIdentifier || tokens[i].text != "queues" ||
        (i > 0 && tokens[i - 1].kind == cel::TokenKind::kDot) ||
        tokens[i + 1].kind != cel::TokenKind::kLeftBracket ||
        tokens[i + 2].kind != cel::TokenKind::kString ||
        tokens[i + 3].kind != cel::TokenKind::kRightBracket) {
      continue;
    }
    const std::size_t from = tokens[i + 1].offset;
    const std::size_t length = tokens[i + 3].offset + 1 - from;
    std::string name = '.' + AliasOf(tokens[i + 2].text);
    if (name.size() > length) continue;  // no name of a queue; the language says what is wrong
    name.resize(length, ' ');
    dotted.replace(from, length, name);
  }
  return dotted;
}

// So that what is said of an expression is said in its own words.
std::string Scope::WithBrackets(std::string message) const {
  for (const auto& [alias, queue] : queue_of_alias_) {
    const std::string dotted = "queues." + alias + '.';
    const std::string bracketed = "queues[\"" + queue + "\"].";
    for (std::size_t at = message.find(dotted); at != std::string::npos;
         at = message.find(dotted, at + bracketed.size())) {
      message.replace(at, dotted.size(), bracketed);
    }
  }
  return message;
}

// ---- Compiling ----------------------------------------------------------------------------------

std::vector<cel::Finding> Scope::DeclareNames(std::string_view text) {
  std::vector<cel::Finding> findings;
  for (const NameUse& use : NamesIn(text)) {
    if (IsOpenAttribute(use)) DeclareAttribute(use.parts[1], nullptr);
    if (IsFigureOfGroup(use)) DeclareGroup(use, text, findings);
    if (!IsFigureOfQueue(use)) continue;
    const auto alias = queue_of_alias_.find(use.parts[1]);
    const std::string& queue = alias == queue_of_alias_.end() ? use.parts[1] : alias->second;
    if (queues_.count(queue) == 0) {
      cel::Finding finding = cel::MakeFinding(cel::Stage::kCheck, text, use.offset, use.length,
                                              "no queue " + queue + " is declared");
      finding.suggestion = cel::NearestName(queue, queues_);
      findings.push_back(std::move(finding));
    }
    DeclareFigures("queues." + use.parts[1],
                   queue);  // an unknown one too, lest it be reported twice
  }
  return findings;
}

Expression Scope::Compile(std::string_view text, bool condition) {
  const std::string dotted = WithoutBrackets(text);
  std::vector<cel::Finding> unknown = DeclareNames(dotted);
  Expression expression = CompileDeclared(dotted, condition);
  expression.text = text;
  auto& findings = expression.findings;
  for (cel::Finding& finding : findings) {
    finding.message = WithBrackets(std::move(finding.message));
    finding.suggestion = WithBrackets(std::move(finding.suggestion));
  }
  if (unknown.empty()) return expression;
  findings.insert(findings.end(), unknown.begin(), unknown.end());
  std::stable_sort(findings.begin(), findings.end(),
                   [](const auto& a, const auto& b) { return a.offset < b.offset; });
  expression.program = nullptr;
  return expression;
}

Expression Scope::CompileDeclared(std::string_view text, bool condition) const {
  Expression expression;
  expression.text = text;
  cel::CompileOptions options;
  options.order_unlike_numbers = true;
  options.time_zone = time_zone_;
  if (condition) options.result = cel::Type::Bool();
  cel::CompileResult compiled = cel::Compile(env_, text, options);
  expression.findings = std::move(compiled.findings);
  if (expression.findings.empty()) {
    CheckValues(compiled.program->formula(), text, expression.findings);
    if (compiled.program->cost() > kMaxConditionCost) {
      expression.findings.push_back(cel::MakeFinding(
          cel::Stage::kCheck, text, 0, static_cast<std::uint32_t>(text.size()),
          "this costs up to " + std::to_string(compiled.program->cost()) +
              " steps to evaluate; the limit is " + std::to_string(kMaxConditionCost)));
    }
  }
  if (expression.findings.empty()) {
    expression.reads = ReadsOf(*compiled.program);
    expression.program = std::move(compiled.program);
  }
  return expression;
}

std::string Scope::LetProblem(std::string_view name) const {
  if (!IsLetName(name)) {
    return "the name of a let is letters, digits and _, not beginning with a digit, and no word of "
           "the language";
  }
  if (std::find(kRoots.begin(), kRoots.end(), name) != kRoots.end()) {
    return std::string(name) + " has a meaning of its own and cannot be a let";
  }
  return {};
}

void Scope::AddLet(std::string name, Expression expression) {
  Declare(name, expression.program->result_type(), MakeSlot(Slot::Kind::kLet, lets_.size()));
  Let let;
  let.name = std::move(name);
  let.program = std::move(expression.program);
  let.reads = std::move(expression.reads);
  lets_.push_back(std::move(let));
}

}  // namespace strowger::rules
