// The process without its sockets, in one thread and in time that is not the machine's: a platform
// that loses requests and replies, repeats itself and is impatient; a domain; a disk that is slow,
// full and forgetful; a clock that jumps; crashes at any point. Everything is drawn from one seed.
//
// What must hold whatever happens: no reply and no event leaves before its record is durable;
// whoever was answered once is in the journal once, at the sequence that the answer named, and is
// answered the same again; after a crash the state is that of the naive twin over what the disk
// still has; whoever asks long enough is answered.
#pragma once

#include <cstdint>
#include <string>

namespace strowger::simulation {

struct SimulationTally {
  std::uint64_t commands = 0;     // records on the disk in the end
  std::uint64_t own_records = 0;  // of these the domain's own: deadlines and restarts
  std::uint64_t answered = 0;
  std::uint64_t repeats = 0;  // answered from memory
  std::uint64_t crashes = 0;
  std::uint64_t lost_records = 0;     // that nobody had been answered for
  std::uint64_t refused_batches = 0;  // the disk was full
  std::uint64_t checkpoints = 0;
  std::uint64_t from_checkpoint = 0;  // starts
  std::uint64_t passed_over = 0;      // damaged checkpoints
  std::uint64_t clock_jumps = 0;

  SimulationTally& operator+=(const SimulationTally& other);
};

struct SimulationReport {
  std::string trouble;      // empty: all held
  std::uint64_t trace = 0;  // of all that was answered: the same seed gives the same
  SimulationTally tally;
};

SimulationReport Simulate(std::uint64_t seed, std::uint64_t steps);

}  // namespace strowger::simulation
