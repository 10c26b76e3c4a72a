#include "services/reports/rows.h"

#include <vector>

namespace strowger::reports {
namespace {

// Seven bits a byte, lowest first; no value of a row is negative.
void PutVarint(std::uint64_t value, std::string& to) {
  for (; value >= 0x80; value >>= 7) to.push_back(static_cast<char>(value | 0x80));
  to.push_back(static_cast<char>(value));
}

bool TakeVarint(std::string_view& from, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (from.empty()) return false;
    const auto byte = static_cast<unsigned char>(from.front());
    from.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

template <typename Row>
std::string EncodeRow(const Row& row) {
  std::string bytes;
  ForEachValue(
      row, [&bytes](std::int64_t value) { PutVarint(static_cast<std::uint64_t>(value), bytes); });
  return bytes;
}

template <typename Row>
bool DecodeRow(std::string_view bytes, Row& row) {
  bool whole = true;
  ForEachValue(row, [&](std::int64_t& value) {
    std::uint64_t read = 0;
    if (!bytes.empty()) whole = TakeVarint(bytes, read) && whole;
    value = static_cast<std::int64_t>(read);
  });
  return whole;
}

template <typename Row>
void Sum(Row& sum, const Row& row) {
  std::vector<std::int64_t> values;
  ForEachValue(row, [&values](std::int64_t value) { values.push_back(value); });
  auto next = values.begin();
  ForEachValue(sum, [&next](std::int64_t& value) { value += *next++; });
}

}  // namespace

void AddTo(QueueRow& sum, const QueueRow& row) {
  const std::int64_t longest = std::max(sum.longest_wait, row.longest_wait);
  Sum(sum, row);
  sum.longest_wait = longest;
}

void AddTo(AgentRow& sum, const AgentRow& row) { Sum(sum, row); }

std::string Encode(const QueueRow& row) { return EncodeRow(row); }
std::string Encode(const AgentRow& row) { return EncodeRow(row); }
bool Decode(std::string_view bytes, QueueRow& row) { return DecodeRow(bytes, row); }
bool Decode(std::string_view bytes, AgentRow& row) { return DecodeRow(bytes, row); }

}  // namespace strowger::reports
