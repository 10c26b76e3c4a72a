// The canonical form as bytes, and its hash.
#include "routing/canonical.h"

#include <bit>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "routing/siphash.h"

namespace strowger::routing {
namespace {

// Fields one after the other, each told from the next: "name=value ". Texts are quoted with their
// length, so that nothing inside them can look like a field.
class Writer {
 public:
  explicit Writer(std::string_view kind) : line_(kind) {}

  Writer& Field(const char* name, std::string_view text) {
    return Name(name).Raw(std::to_string(text.size())).Raw(":").Raw(text);
  }
  template <typename T>
  Writer& Field(const char* name, T number) requires(std::is_integral_v<T>) {
    return Name(name).Raw(std::to_string(number));
  }
  template <typename T>
  Writer& Field(const char* name, T value) requires(std::is_enum_v<T>) {
    return Field(name, static_cast<int>(value));
  }
  Writer& Value(const char* name, const AttributeValue& value) {
    Field(name, value.index());
    if (const auto* text = std::get_if<std::string>(&value)) return Field("s", *text);
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return Field("i", *integer);
    if (const auto* real = std::get_if<double>(&value)) {
      return Field("d", std::bit_cast<std::uint64_t>(*real));
    }
    if (const auto* truth = std::get_if<bool>(&value)) return Field("b", *truth);
    for (const std::string& item : std::get<4>(value)) Field("l", item);
    return *this;
  }
  Writer& Field(const char* name, const Priority& priority) {
    Name(name).Field("start", priority.start).Field("gain", priority.gain_per_minute);
    return priority.max ? Field("max", *priority.max) : *this;
  }
  Writer& Field(const char* name, const Requirement& requirement) {
    Name(name);
    for (const SkillMinimum& minimum : requirement.require) {
      Field("skill", minimum.skill).Field("at_least", minimum.at_least);
    }
    for (const Formula::Term& term : requirement.who.terms) {
      Field("op", term.op);
      if (term.op == Formula::Op::kAtom) Add(requirement.who.atoms[term.atom]);
    }
    return *this;
  }
  Writer& Field(const char* name, const Capacity& capacity) {
    Name(name).Field("any", capacity.one_of_any);
    if (capacity.total) Field("total", *capacity.total);
    for (const ChannelCapacity& channel : capacity.channels) {
      Field("channel", channel.channel).Field("max", channel.max).Field("cost", channel.cost);
      for (const std::string& by : channel.interruptible_by) Field("by", by);
    }
    return *this;
  }
  Writer& Field(const char* name, const RankBand& band) {
    Name(name);
    if (band.low) Field("low", *band.low);
    return band.high ? Field("high", *band.high) : *this;
  }
  Writer& Attributes(const std::vector<Attribute>& attributes) {
    for (const Attribute& attribute : attributes) {
      Field("attribute", attribute.name).Value("value", attribute.value);
    }
    return *this;
  }
  Writer& Names(const char* name, const std::vector<std::string>& names) {
    for (const std::string& one : names) Field(name, one);
    return *this;
  }
  Writer& Bounds(const CanonicalAgent& agent) {
    for (const Cap& cap : agent.handling_cap.labels) {
      Field("label_cap", cap.name).Field("most", cap.most);
    }
    for (const Cap& cap : agent.handling_cap.queues) {
      Field("queue_cap", cap.name).Field("most", cap.most);
    }
    Field("pace", agent.pace.contacts).Field("per", agent.pace.per);
    for (const TimeNs time : agent.paced) Field("assigned", time);
    for (const ChannelCount& count : agent.outside.channels) {
      Field("outside", count.channel).Field("contacts", count.contacts);
    }
    return Field("resets_idle", agent.outside.resets_idle);
  }
  std::string line() { return std::move(line_); }

 private:
  Writer& Name(const char* name) { return Raw(" ").Raw(name).Raw("="); }
  Writer& Raw(std::string_view text) {
    line_.append(text);
    return *this;
  }
  void Add(const Atom& atom) {
    Field("atom", atom.kind).Field("name", atom.name).Field("at_least", atom.at_least);
    if (atom.kind == Atom::Kind::kAttribute) Value("equals", atom.value);
  }

  std::string line_;
};

std::string Line(const CanonicalDomain& domain) {
  Writer writer("domain");
  writer.Field("version", domain.rule_set_version)
      .Field("rules", domain.rule_set_hash)
      .Field("contacts", domain.contacts_seen)
      .Field("agents", domain.agents_seen)
      .Field("offers", domain.offers_made)
      .Field("random", domain.random_state);
  for (const CanonicalFlag& flag : domain.flags)
    writer.Field("flag", flag.flag).Field("on", flag.on);
  if (!domain.candidate_hash.empty()) {
    writer.Field("candidate", domain.candidate_hash).Field("share", domain.candidate_share);
  }
  return writer.line();
}

std::string Line(const CanonicalContact& contact) {
  Writer writer("contact");
  writer.Field("id", contact.contact)
      .Field("number", contact.number)
      .Field("state", contact.state)
      .Field("end", contact.end_reason)
      .Field("channel", contact.channel)
      .Field("queue", contact.queue)
      .Field("rule", contact.rule)
      .Field("location", contact.location)
      .Attributes(contact.attributes)
      .Names("label", contact.labels)
      .Field("arrival", contact.arrival)
      .Field("not_before", contact.not_before)
      .Field("plan_start", contact.plan_start)
      .Field("priority", contact.priority)
      .Field("updated", contact.priority_updated)
      .Field("requirement", contact.requirement)
      .Field("ranks", contact.ranks);
  if (contact.lift) writer.Field("lift", *contact.lift);
  for (const Preference& preference : contact.prefer) {
    writer.Field("prefer", preference.name).Field("weight", preference.weight);
  }
  writer.Field("requested", contact.requested_agent)
      .Field("requested_for", contact.requested_for)
      .Field("requested_only", contact.requested_only)
      .Field("resume", contact.resume_key)
      .Field("resumable_since", contact.resumable_since)
      .Field("passed", contact.steps_passed)
      .Field("step", contact.step)
      .Field("attempt", contact.attempt)
      .Field("assigned_at", contact.assigned_at)
      .Field("lease_until", contact.lease_until)
      .Field("agent", contact.agent)
      .Field("held_since", contact.held_since)
      .Field("hold_time", contact.hold_time)
      .Field("replan_due", contact.replan_due)
      .Field("entered_at", contact.entered_at)
      .Field("watched_since", contact.watched_since)
      .Field("empty_since", contact.empty_since);
  for (const std::string& queue : contact.queues_entered) writer.Field("entered", queue);
  for (const CanonicalBar& bar : contact.bars) {
    writer.Field("bar", bar.agent)
        .Field("parted", bar.parted_at)
        .Field("until", bar.until)
        .Field("cleared", bar.cleared);
  }
  return writer.line();
}

std::string Line(const CanonicalOffer& offer) {
  return Writer("offer")
      .Field("number", offer.offer)
      .Field("contact", offer.contact)
      .Field("agent", offer.agent)
      .Field("made_at", offer.made_at)
      .Field("until", offer.until)
      .line();
}

std::string Line(const CanonicalAgent& agent) {
  Writer writer("agent");
  writer.Field("id", agent.agent)
      .Field("number", agent.number)
      .Field("state", agent.state)
      .Field("reason", agent.reason);
  for (const SkillLevel& skill : agent.skills) {
    writer.Field("skill", skill.skill).Field("proficiency", skill.proficiency);
  }
  writer.Field("team", agent.team)
      .Field("location", agent.location)
      .Attributes(agent.attributes)
      .Field("rank", agent.rank);
  for (const AgentQueue& entry : agent.queues) {
    writer.Field("serves", entry.queue).Field("order", entry.order).Field("delay", entry.delay);
    if (entry.rank) writer.Field("ranked", *entry.rank);
  }
  writer.Field("weight", agent.weight)
      .Field("capacity", agent.capacity)
      .Field("wrap_up", agent.wrap_up.value_or(-1))
      .Bounds(agent)
      .Field("lease", agent.lease)
      .Field("lease_until", agent.lease_until)
      .Field("pending", agent.pending ? static_cast<int>(*agent.pending) : -1)
      .Field("pending_reason", agent.pending_reason)
      .Field("logged_in_at", agent.logged_in_at)
      .Field("idle_since", agent.idle_since)
      .Field("barred_until", agent.barred_until)
      .Field("handled", agent.handled)
      .Field("handle_time", agent.handle_time)
      .Field("declined", agent.declined_in_row)
      .Field("expired", agent.expired_in_row);
  for (const CanonicalWrapUp& wrap_up : agent.wrap_ups) {
    writer.Field("wrap_up", wrap_up.contact)
        .Field("channel", wrap_up.channel)
        .Field("queue", wrap_up.queue)
        .Field("until", wrap_up.until)
        .Names("label", wrap_up.labels)
        .Field("scope", wrap_up.scope);
  }
  return writer.Field("busy", agent.busy_total)
      .Field("busy_since", agent.busy_since)
      .Field("resting", agent.resting_total)
      .Field("resting_since", agent.resting_since)
      .line();
}

std::string Line(const CanonicalQueue& queue) {
  Writer writer("queue");
  writer.Field("name", queue.queue)
      .Field("entered", queue.entered)
      .Field("assigned", queue.assigned);
  for (const std::uint64_t ended : queue.ended) writer.Field("ended", ended);
  writer.Field("overflowed", queue.overflowed)
      .Field("wait_sum", queue.wait_sum)
      .Field("handle_sum", queue.handle_sum)
      .Field("hold_sum", queue.hold_sum)
      .Field("closed", queue.closed)
      .Field("longest_wait", queue.longest_wait)
      .Field("look_due", queue.look_due)
      .Field("last_chosen", queue.last_chosen);
  for (const bool borrows : queue.borrows) writer.Field("borrows", borrows);
  for (const std::uint64_t assigned : queue.assigned_to) writer.Field("part", assigned);
  return writer.line();
}

}  // namespace

std::vector<std::string> Describe(const CanonicalState& state) {
  std::vector<std::string> lines;
  lines.push_back(Line(state.domain));
  for (const CanonicalContact& contact : state.contacts) lines.push_back(Line(contact));
  for (const CanonicalOffer& offer : state.offers) lines.push_back(Line(offer));
  for (const CanonicalAgent& agent : state.agents) lines.push_back(Line(agent));
  for (const CanonicalQueue& queue : state.queues) lines.push_back(Line(queue));
  return lines;
}

StateHash Hash(const CanonicalState& state) {
  StateHash sum;
  for (const std::string& line : Describe(state)) sum += SipHash128(line);
  return sum;
}

StateHash Hash(const CanonicalDomain& domain) { return SipHash128(Line(domain)); }
StateHash Hash(const CanonicalContact& contact) { return SipHash128(Line(contact)); }
StateHash Hash(const CanonicalOffer& offer) { return SipHash128(Line(offer)); }
StateHash Hash(const CanonicalAgent& agent) { return SipHash128(Line(agent)); }
StateHash Hash(const CanonicalQueue& queue) { return SipHash128(Line(queue)); }

StateHash& operator+=(StateHash& sum, const StateHash& hash) {
  sum.low += hash.low;
  sum.high += hash.high + (sum.low < hash.low ? 1 : 0);
  return sum;
}

std::string StateHash::ToHex() const {
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(high),
                static_cast<unsigned long long>(low));
  return text;
}

}  // namespace strowger::routing
