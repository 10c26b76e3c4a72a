// Keys of the history's store. Each kind is one letter; a name is its length in a byte and its
// bytes; a place is time, sequence and index of the end, highest byte first, so that keys of one
// kind and name sort by time.
//
//   m                          how far it is: HistoryMark
//   c PLACE                    EndedContact
//   i ID PLACE                 the same by id; nothing in it, as in those below
//   q QUEUE PLACE              by each queue that it was in
//   a AGENT PLACE              by each agent who had it
//   t ID SEQUENCE INDEX        ContactEvent of a contact that has not ended
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "routing/time.h"

namespace strowger::history {

inline constexpr char kMarkKey[] = "m";
inline constexpr std::size_t kPlaceBytes = 20;

inline void PutBigEndian(std::uint64_t number, int bytes, std::string& to) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    to.push_back(static_cast<char>(number >> shift));
  }
}

// REQUIRES: so many bytes from `at` on.
inline std::uint64_t GetBigEndian(std::string_view from, std::size_t at, int bytes) {
  std::uint64_t number = 0;
  for (int i = 0; i < bytes; ++i) {
    number = number << 8 | static_cast<unsigned char>(from[at + static_cast<std::size_t>(i)]);
  }
  return number;
}

// Times are never negative.
inline std::string Place(routing::TimeNs time, std::uint64_t sequence, std::uint32_t index) {
  std::string place;
  PutBigEndian(static_cast<std::uint64_t>(time), 8, place);
  PutBigEndian(sequence, 8, place);
  PutBigEndian(index, 4, place);
  return place;
}

inline std::string_view PlaceIn(std::string_view key) {
  return key.substr(key.size() - kPlaceBytes);
}
inline routing::TimeNs TimeOf(std::string_view place) {
  return static_cast<routing::TimeNs>(GetBigEndian(place, 0, 8));
}
inline std::uint64_t SequenceOf(std::string_view place) { return GetBigEndian(place, 8, 8); }

inline std::string ContactKey(std::string_view place) {
  std::string key(1, 'c');
  return key.append(place);
}

// What keys of that kind and name begin with. REQUIRES: names of at most 255 bytes.
inline std::string Named(char kind, std::string_view name) {
  std::string key(1, kind);
  key.push_back(static_cast<char>(name.size()));
  return key.append(name);
}

}  // namespace strowger::history
