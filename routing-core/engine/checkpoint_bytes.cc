#include "routing-core/engine/checkpoint_bytes.h"

#include <algorithm>

namespace strowger::routing {
namespace {

// Those before it have no predictions, loans and shares, and no service has written them.
constexpr std::uint32_t kOldestFormat = 3;

void AppendWord(std::uint64_t word, std::string& out) {
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>(word >> shift));
}

std::string DigestBytes(const Digest& digest) {
  std::string bytes;
  AppendWord(digest.hash().low, bytes);
  AppendWord(digest.hash().high, bytes);
  return bytes;
}

bool DigestIsRight(std::string_view body, std::string_view expected) {
  Digest digest;
  while (!body.empty()) {
    digest.Add(body.substr(0, Digest::kPieceBytes));
    body.remove_prefix(std::min(body.size(), Digest::kPieceBytes));
  }
  return DigestBytes(digest) == expected;
}

}  // namespace

void CheckpointWriter::PutNumber(std::uint64_t value) {
  char bytes[10];
  std::size_t size = 0;
  for (; value >= 0x80; value >>= 7) bytes[size++] = static_cast<char>(value | 0x80);
  bytes[size++] = static_cast<char>(value);
  PutBytes({bytes, size});
}

void CheckpointWriter::PutBytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t room = Digest::kPieceBytes - piece_.size();
    piece_.append(bytes.substr(0, room));
    bytes.remove_prefix(std::min(bytes.size(), room));
    if (piece_.size() < Digest::kPieceBytes) continue;
    digest_.Add(piece_);
    sink_(piece_);
    piece_.clear();
  }
}

void CheckpointWriter::Finish() {
  if (!piece_.empty()) {
    digest_.Add(piece_);
    sink_(piece_);
  }
  sink_(DigestBytes(digest_));
}

CheckpointReader::CheckpointReader(std::string_view bytes) : whole_(bytes.size()), rest_(bytes) {
  const bool named = bytes.substr(0, kCheckpointName.size()) == kCheckpointName;
  if (!Require(named, "not the beginning of a checkpoint")) return;
  rest_.remove_prefix(kCheckpointName.size());
  if (!Require(rest_.size() >= kDigestBytes, "it ends too early")) return;
  const std::string_view body = bytes.substr(0, bytes.size() - kDigestBytes);
  if (!Require(DigestIsRight(body, bytes.substr(body.size())), "its digest is not its bytes'")) {
    return;
  }
  rest_.remove_suffix(kDigestBytes);
  whole_ = body.size();
  Get(format_);
  if (!Require(format_ >= kOldestFormat,
               "format " + std::to_string(format_) + " is older than this build reads")) {
    return;
  }
  const bool known = format_ <= kCheckpointFormat;
  Require(known, "format " + std::to_string(format_) + " is newer than this build, which reads " +
                     "formats up to " + std::to_string(kCheckpointFormat));
}

void CheckpointReader::Fail(std::string_view what) {
  if (!ok()) return;
  error_ = "byte " + std::to_string(whole_ - rest_.size()) + ": " + std::string(what);
  rest_ = {};
}

std::uint64_t CheckpointReader::GetNumber() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) {
      Fail("it ends too early");
      return 0;
    }
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  Fail("a number without an end");
  return 0;
}

std::string_view CheckpointReader::Text() {
  const std::size_t size = Count();
  const std::string_view text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return text;
}

std::size_t CheckpointReader::Count() {
  const std::uint64_t count = GetNumber();
  return Require(count <= rest_.size(), "more than there is") ? static_cast<std::size_t>(count) : 0;
}

void CheckpointReader::Mark(std::string_view section) {
  if (ok()) Require(Text() == section, "another section than " + std::string(section));
}

}  // namespace strowger::routing
