// The names that conditions of a rule set may use, and what stands behind each of them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "routing-core/cel/env.h"
#include "routing-core/cel/finding.h"
#include "routing-core/cel/program.h"
#include "routing-core/rules/calendar.h"
#include "routing-core/rules/vocabulary.h"
#include "routing/rule_set.h"

namespace strowger::rules {

inline constexpr std::size_t kMaxCalendars = 256;
inline constexpr std::size_t kMaxLets = 256;
// In the units of cel::Program::cost, which takes 256 items for a list: one macro over a list in
// another fits no condition, and ten thousand rules with a macro each fit a decision.
inline constexpr std::uint64_t kMaxConditionCost = 100'000;
inline constexpr std::uint64_t kMaxDecisionCost = 50'000'000;

// What an expression looks at, the lets that it uses included.
struct Reads {
  std::vector<routing::FigureRead> figures;  // each queue, team and location once
  std::vector<std::string> flags;            // each once
  bool own_queue = false;                    // queue.*
  bool time = false;                         // as routing::Condition::reads_time
};

struct Expression {
  std::string text;  // as written; the program's may name queues otherwise, at the same places
  std::shared_ptr<const cel::Program> program;  // null when there are findings
  Reads reads;
  std::vector<cel::Finding> findings;
};

// An attribute of contacts, by the name that conditions use for it.
struct ContactAttribute {
  std::string name;
  std::optional<AttributeType> type;  // none in an open vocabulary: whatever the contact brings
  std::vector<std::string> values;
  std::optional<routing::AttributeValue> default_value;
  // The default as an expression sees it; absent when there is none. Points into this object.
  cel::Value default_view;
  std::vector<cel::Value> default_items;
};

struct Slot {
  enum class Kind : std::uint8_t {
    kContactId,
    kChannel,
    kLocation,
    kAge,
    kAttempt,
    kAttribute,
    kNow,
    kOpen,
    kOpensIn,
    kClosesIn,
    kFigure,
    kLet,
    kPlace,
    kFlag,
  };
  Kind kind = Kind::kNow;
  std::uint32_t index = 0;  // of the attribute, calendar, let, place or flag
  routing::Figure figure = routing::Figure::kWaiting;
  routing::FigureOwner owner = routing::FigureOwner::kQueue;
  std::string queue;  // kFigure; empty: the queue of the input; else also the team or location
  std::string name;   // as expressions say it
};

struct Let {
  std::string name;
  std::shared_ptr<const cel::Program> program;
  Reads reads;
};

// Filled while a document is compiled, only read afterwards, then from any thread.
class Scope {
 public:
  struct Options {
    Vocabulary vocabulary;
    std::vector<Calendar> calendars;
    std::vector<std::string> queues;
    std::vector<routing::FlagDefault> flags;
    std::string time_zone = "UTC";
    std::string identity;  // of the document: what a condition's text means depends on it
  };
  explicit Scope(Options options);

  // Compiles an expression, which must be a condition if `condition`. Names of an open vocabulary
  // are declared as they are met.
  Expression Compile(std::string_view text, bool condition);
  // The same for a text that Covers says needs nothing declared.
  Expression CompileDeclared(std::string_view text, bool condition) const;
  // Why `name` cannot be a let; empty when it can.
  std::string LetProblem(std::string_view name) const;
  void AddLet(std::string name, Expression expression);
  // Where in the text of an expression that reads queue.* it does so; 0 when that cannot be said.
  std::uint32_t PlaceOfOwnQueue(std::string_view text) const;

  // Whether Compile would declare nothing new for this text.
  bool Covers(std::string_view text) const;

  const std::string& identity() const { return identity_; }
  const std::string& time_zone() const { return time_zone_; }
  const Vocabulary& vocabulary() const { return vocabulary_; }
  const std::vector<Calendar>& calendars() const { return calendars_; }
  const std::vector<Let>& lets() const { return lets_; }
  const std::vector<Slot>& slots() const { return slots_; }
  const std::vector<routing::FlagDefault>& flags() const { return flags_; }
  // What an expression says, in the author's words: queues are named as the document names them.
  std::string InWords(std::string text) const { return WithBrackets(std::move(text)); }
  // What location.NAME stands for.
  const std::vector<std::string>& places() const { return places_; }
  const std::vector<std::shared_ptr<const ContactAttribute>>& attributes() const {
    return attributes_;
  }

 private:
  struct NameUse {
    std::vector<std::string> parts;  // of a.b.c
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
  };
  static std::vector<NameUse> NamesIn(std::string_view text);

  // queues["vip-1"].waiting is queues.NAME.waiting for a name that is no identifier. The language
  // resolves dotted names only, so that such a queue gets a name of its own here; the text keeps
  // its length, and with it every place.
  const std::string& AliasOf(const std::string& queue);
  std::string WithoutBrackets(std::string_view text);
  std::string WithBrackets(std::string message) const;

  // Declares what the text names of the names that are met; answers those that cannot be.
  std::vector<cel::Finding> DeclareNames(std::string_view text);
  void Declare(const std::string& name, cel::Type type, Slot slot);
  void DeclareCalendars();
  void DeclareLocations();
  void DeclareAttribute(const std::string& name, const AttributeDeclaration* declaration);
  void DeclareFigures(const std::string& prefix, const std::string& queue);
  void DeclareFlags();
  // Of a team or location; reports one that is not in the vocabulary.
  void DeclareGroup(const NameUse& use, std::string_view text, std::vector<cel::Finding>& findings);
  // Whether the name is one that is declared only when it is met.
  bool IsOpenAttribute(const NameUse& use) const;
  bool IsFigureOfQueue(const NameUse& use) const;
  bool IsFigureOfGroup(const NameUse& use) const;
  void CheckValues(const cel::Formula& formula, std::string_view text,
                   std::vector<cel::Finding>& findings) const;
  void CheckValue(const cel::Formula& comparison, const cel::Value& constant, std::string_view text,
                  std::vector<cel::Finding>& findings) const;
  Reads ReadsOf(const cel::Program& program) const;

  Vocabulary vocabulary_;
  std::vector<Calendar> calendars_;
  std::set<std::string, std::less<>> queues_;
  std::map<std::string, std::string, std::less<>> aliases_;         // by queue
  std::map<std::string, std::string, std::less<>> queue_of_alias_;  // of those that differ
  std::string time_zone_;
  std::string identity_;
  cel::Env env_;
  std::vector<Slot> slots_;
  std::vector<std::shared_ptr<const ContactAttribute>> attributes_;
  std::vector<Let> lets_;
  std::vector<std::string> places_;
  std::vector<routing::FlagDefault> flags_;
};

}  // namespace strowger::rules
