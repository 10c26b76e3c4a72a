// What a compiled expression looks at, and the values in it that can never be.
#include <algorithm>

#include "routing-core/rules/reader.h"
#include "routing-core/rules/scope.h"

namespace strowger::rules {
namespace {

void AddRead(Reads& reads, const routing::FigureRead& more) {
  reads.own_queue = reads.own_queue || more.queue.empty();
  reads.time = reads.time || (more.figures & ~routing::kCounts) != 0;
  for (routing::FigureRead& read : reads.figures) {
    if (read.queue == more.queue && read.owner == more.owner) {
      read.figures |= more.figures;
      return;
    }
  }
  reads.figures.push_back(more);
}

void AddFlag(Reads& reads, const std::string& flag) {
  const bool known = std::find(reads.flags.begin(), reads.flags.end(), flag) != reads.flags.end();
  if (!known) reads.flags.push_back(flag);
}

}  // namespace

Reads Scope::ReadsOf(const cel::Program& program) const {
  Reads reads;
  // Of the functions only calendars' open_at looks at the time.
  reads.time = program.calls_host() && program.source().find("open_at") != std::string::npos;
  for (const std::uint32_t number : program.slots()) {
    const Slot& slot = slots_[number];
    switch (slot.kind) {
      case Slot::Kind::kAge:
      case Slot::Kind::kNow:
      case Slot::Kind::kOpen:
      case Slot::Kind::kOpensIn:
      case Slot::Kind::kClosesIn:
        reads.time = true;
        break;
      case Slot::Kind::kFigure:
        AddRead(reads, {slot.queue, routing::Bit(slot.figure), slot.owner});
        break;
      case Slot::Kind::kFlag:
        AddFlag(reads, flags_[slot.index].name);
        break;
      case Slot::Kind::kLet: {
        const Reads& of_let = lets_[slot.index].reads;
        reads.time = reads.time || of_let.time;
        for (const routing::FigureRead& read : of_let.figures) AddRead(reads, read);
        for (const std::string& flag : of_let.flags) AddFlag(reads, flag);
        break;
      }
      default:
        break;
    }
  }
  return reads;
}

// ---- Values that cannot be ----------------------------------------------------------------------

void Scope::CheckValues(const cel::Formula& formula, std::string_view text,
                        std::vector<cel::Finding>& findings) const {
  for (const cel::Formula& part : formula.parts) CheckValues(part, text, findings);
  if (formula.form != cel::Formula::Form::kComparison) return;
  for (const cel::Value& constant : formula.constants) {
    if (constant.is(cel::Kind::kString)) CheckValue(formula, constant, text, findings);
  }
}

void Scope::CheckValue(const cel::Formula& comparison, const cel::Value& constant,
                       std::string_view text, std::vector<cel::Finding>& findings) const {
  const Slot& slot = slots_[comparison.slot];
  std::vector<std::string_view> known;
  std::string name;
  if (slot.kind == Slot::Kind::kAttribute) {
    const ContactAttribute& attribute = *attributes_[slot.index];
    known.assign(attribute.values.begin(), attribute.values.end());
    name = "contact." + attribute.name;
  } else if (slot.kind == Slot::Kind::kChannel && vocabulary_.channels) {
    known.assign(vocabulary_.channels->begin(), vocabulary_.channels->end());
    name = "contact.channel";
  } else if (slot.kind == Slot::Kind::kLocation && vocabulary_.locations) {
    for (const auto& [location, declaration] : *vocabulary_.locations) known.push_back(location);
    name = "contact.location";
  }
  if (known.empty() || std::find(known.begin(), known.end(), constant.string()) != known.end() ||
      (slot.kind == Slot::Kind::kLocation && constant.string().empty())) {
    return;
  }
  cel::Finding finding = cel::MakeFinding(
      cel::Stage::kCheck, text, comparison.offset, comparison.length,
      name + " is never \"" + std::string(constant.string()) + "\"; it is one of " +
          Enumerate(std::vector<std::string>(known.begin(), known.end())));
  finding.suggestion = cel::NearestName(constant.string(), known);
  findings.push_back(std::move(finding));
}

}  // namespace strowger::rules
