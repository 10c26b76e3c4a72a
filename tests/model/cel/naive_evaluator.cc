#include "tests/model/cel/naive_evaluator.h"

#include <algorithm>

namespace strowger::cel::naive {
namespace {

bool IsError(const Thing& thing) { return thing.is == Is::kError; }

class Walker {
 public:
  explicit Walker(const Globals& globals) : globals_(globals) {}

  Thing Walk(const Expression& e) {
    switch (e.form) {
      case Form::kLiteral:
        return e.literal;
      case Form::kName:
        return Name(e.text);
      case Form::kSelect:
        return Field(Walk(e.kids[0]), e.text, /*presence=*/false);
      case Form::kHas:
        return Field(Walk(e.kids[0]), e.text, /*presence=*/true);
      case Form::kAnd:
        return Logical(e, false);
      case Form::kOr:
        return Logical(e, true);
      case Form::kNot: {
        const Thing operand = Walk(e.kids[0]);
        return operand.is == Is::kBool ? Bool(!operand.boolean) : Error();
      }
      case Form::kConditional: {
        const Thing condition = Walk(e.kids[0]);
        if (condition.is != Is::kBool) return Error();
        return Walk(e.kids[condition.boolean ? 1 : 2]);
      }
      case Form::kMacro:
        return Macro(e);
      case Form::kBind: {
        locals_.emplace_back(e.names[0], Walk(e.kids[0]));
        Thing result = Walk(e.kids[1]);
        locals_.pop_back();
        return result;
      }
      default:
        return Strict(e);
    }
  }

 private:
  const Thing* Local(const std::string& name) const {
    for (size_t i = locals_.size(); i-- > 0;) {
      if (locals_[i].first == name) return &locals_[i].second;
    }
    return nullptr;
  }

  /// A local hides every variable whose name starts with its own and a dot.
  Thing Name(const std::string& text) const {
    const size_t dot = text.find('.');
    if (dot != 0) {
      if (const Thing* local = Local(text.substr(0, dot)); local != nullptr) {
        return dot == std::string::npos ? *local
                                        : Field(*local, text.substr(dot + 1), /*presence=*/false);
      }
    }
    const auto found = globals_.find(dot == 0 ? text.substr(1) : text);
    return found == globals_.end() ? Error() : found->second;
  }

  static Thing Field(const Thing& operand, const std::string& name, bool presence) {
    if (operand.is != Is::kMap) return Error();
    const Thing* value = Find(operand, String(name));
    if (presence) return Bool(value != nullptr);
    return value == nullptr ? Error() : *value;
  }

  /// All parts are looked at, and one that settles the result does so whatever the others are.
  Thing Logical(const Expression& e, bool settling) {
    bool failed = false;
    for (const Expression& kid : e.kids) {
      const Thing part = Walk(kid);
      if (part.is != Is::kBool) failed = true;
      if (part.is == Is::kBool && part.boolean == settling) return Bool(settling);
    }
    return failed ? Error() : Bool(!settling);
  }

  Thing Strict(const Expression& e) {
    std::vector<Thing> parts;
    bool failed = false;
    for (const Expression& kid : e.kids) {
      parts.push_back(Walk(kid));
      failed = failed || IsError(parts.back());
    }
    if (failed) return Error();
    switch (e.form) {
      case Form::kBinary:
        return Binary(e.text, parts[0], parts[1]);
      case Form::kNegate:
        return Binary("negate", parts[0], parts[0]);
      case Form::kIndex:
        return Binary("[]", parts[0], parts[1]);
      case Form::kList:
        return List(std::move(parts));
      case Form::kMap: {
        std::vector<Entry> entries;
        for (size_t i = 0; i < parts.size(); i += 2) entries.push_back({parts[i], parts[i + 1]});
        return Map(std::move(entries));
      }
      default:
        return Call(e.text, e.form == Form::kMethod, parts);
    }
  }

  // Macros.

  struct Turn {
    Thing first;
    Thing second;
  };

  static std::vector<Turn> Turns(const Thing& range, bool two) {
    std::vector<Turn> turns;
    for (size_t i = 0; i < range.items.size(); ++i) {
      const Thing position = Int(static_cast<int64_t>(i));
      turns.push_back(two ? Turn{position, range.items[i]} : Turn{range.items[i], Thing()});
    }
    for (const auto& [key, value] : range.entries) turns.push_back({key, value});
    return turns;
  }

  Thing InTurn(const Expression& e, const Turn& turn, const Expression& body) {
    const size_t before = locals_.size();
    locals_.emplace_back(e.names[0], turn.first);
    if (e.names.size() == 2) locals_.emplace_back(e.names[1], turn.second);
    Thing result = Walk(body);
    locals_.resize(before);
    return result;
  }

  Thing Macro(const Expression& e) {
    const Thing range = Walk(e.kids[0]);
    if (range.is != Is::kList && range.is != Is::kMap) return Error();
    const std::vector<Turn> turns = Turns(range, e.names.size() == 2);
    if (e.text == "all") return Quantifier(e, turns, false);
    if (e.text == "exists") return Quantifier(e, turns, true);
    if (e.text == "exists_one" || e.text == "existsOne") return ExactlyOne(e, turns);
    return Gather(e, turns);
  }

  Thing Quantifier(const Expression& e, const std::vector<Turn>& turns, bool settling) {
    bool failed = false;
    for (const Turn& turn : turns) {
      const Thing part = InTurn(e, turn, e.kids[1]);
      if (part.is != Is::kBool) failed = true;
      if (part.is == Is::kBool && part.boolean == settling) return Bool(settling);
    }
    return failed ? Error() : Bool(!settling);
  }

  Thing ExactlyOne(const Expression& e, const std::vector<Turn>& turns) {
    int count = 0;
    for (const Turn& turn : turns) {
      const Thing part = InTurn(e, turn, e.kids[1]);
      if (part.is != Is::kBool) return Error();
      if (part.boolean) ++count;
    }
    return Bool(count == 1);
  }

  /// filter, map and the transformations.
  Thing Gather(const Expression& e, const std::vector<Turn>& turns) {
    const bool filters = e.text == "filter" || e.kids.size() == 3;
    std::vector<Thing> items;
    std::vector<Entry> entries;
    for (const Turn& turn : turns) {
      if (filters) {
        const Thing kept = InTurn(e, turn, e.kids[1]);
        if (kept.is != Is::kBool) return Error();
        if (!kept.boolean) continue;
      }
      const Thing made = e.text == "filter" ? turn.first : InTurn(e, turn, e.kids.back());
      if (IsError(made)) return Error();
      if (e.text == "transformMap") {
        entries.push_back({turn.first, made});
      } else if (e.text == "transformMapEntry") {
        if (made.is != Is::kMap) return Error();
        entries.insert(entries.end(), made.entries.begin(), made.entries.end());
      } else {
        items.push_back(made);
      }
    }
    const bool list = e.text != "transformMap" && e.text != "transformMapEntry";
    return list ? List(std::move(items)) : Map(std::move(entries));
  }

  const Globals& globals_;
  std::vector<std::pair<std::string, Thing>> locals_;
};

}  // namespace

Thing Evaluate(const Expression& expression, const Globals& globals) {
  return Walker(globals).Walk(expression);
}

}  // namespace strowger::cel::naive
