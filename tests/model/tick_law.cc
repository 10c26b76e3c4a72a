#include "tests/model/tick_law.h"

#include <algorithm>
#include <vector>

#include "tests/model/command_generator.h"
#include "tests/model/command_text.h"
#include "tests/model/differential.h"
#include "tests/model/random_world.h"

namespace strowger::model {
namespace {

using routing::Command;
using routing::Event;
using routing::EventBuffer;
using routing::TimeNs;

// An event that keeps its texts beyond the next Apply.
struct KeptEvent {
  explicit KeptEvent(const Event& source)
      : texts{std::string(source.contact), std::string(source.agent), std::string(source.queue),
              std::string(source.to_queue), std::string(source.text)},
        fields(source) {}

  Event View() const {
    Event event = fields;
    event.contact = texts[0];
    event.agent = texts[1];
    event.queue = texts[2];
    event.to_queue = texts[3];
    event.text = texts[4];
    return event;
  }

  std::vector<std::string> texts;
  Event fields;
};

void ApplyTo(Subject& subject, const Command& command, std::vector<KeptEvent>& kept) {
  EventBuffer events;
  subject.Apply(command, events);
  for (const Event& event : events) kept.emplace_back(event);
}

// Ticks between the last stamp and the next, some of them exactly at a deadline.
void ApplyTicks(Subject& subject, Dice& dice, TimeNs from, TimeNs to, std::uint64_t& sequence,
                std::vector<KeptEvent>& kept) {
  // While contacts wait to be replanned every command, also a tick, does a part of that.
  if (subject.next_deadline() <= from) return;
  TimeNs now = from;
  while (dice.Chance(60)) {
    const TimeNs deadline = subject.next_deadline();
    now = dice.Chance(40) && deadline >= now && deadline <= to ? deadline : dice.Between(now, to);
    Command tick;
    tick.sequence = ++sequence;
    tick.time = now;
    ApplyTo(subject, tick, kept);
  }
}

}  // namespace

std::optional<std::string> BreaksTickLaw(std::uint64_t seed, std::uint64_t commands,
                                         const SubjectFactory& factory) {
  const auto rule_set = CommandGenerator(seed).first_rule_set();
  const auto plain = factory(CommandGenerator::limits(), rule_set);
  const auto ticked = factory(CommandGenerator::limits(), rule_set);
  std::vector<KeptEvent> plain_events;
  std::vector<KeptEvent> ticked_events;
  Dice dice(seed);
  std::uint64_t sequence = 0;
  TimeNs last = 0;
  for (Command command : CommandsOf(seed, commands)) {
    ApplyTo(*plain, command, plain_events);
    // What comes due before a restart comes due in an outage, which a tick would end.
    const bool away = std::holds_alternative<routing::Restarted>(command.body);
    if (last != 0 && !away) ApplyTicks(*ticked, dice, last, command.time, sequence, ticked_events);
    last = command.time;
    command.sequence = ++sequence;
    ApplyTo(*ticked, command, ticked_events);
  }
  const std::size_t both = std::min(plain_events.size(), ticked_events.size());
  for (std::size_t i = 0; i < both; ++i) {
    const Event left = plain_events[i].View();
    const Event right = ticked_events[i].View();
    if (!SameButForPlace(left, right)) {
      return "without ticks: " + Describe(left) + "\nwith ticks:    " + Describe(right);
    }
  }
  if (plain_events.size() != ticked_events.size()) return "another number of events";
  if (plain->Hash() != ticked->Hash()) return "another state in the end";
  return std::nullopt;
}

}  // namespace strowger::model
