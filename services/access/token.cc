#include "services/access/token.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

namespace strowger::access {
namespace {

constexpr std::string_view kTokenPrefix = "strowger_";
constexpr std::string_view kHashPrefix = "sha256:";
constexpr std::string_view kDigits = "0123456789abcdef";

void AppendHex(const std::uint8_t* bytes, std::size_t size, std::string& to) {
  for (std::size_t i = 0; i < size; ++i) {
    to += kDigits[bytes[i] >> 4U];
    to += kDigits[bytes[i] & 0xFU];
  }
}

}  // namespace

std::optional<std::string> NewToken() {
  std::array<std::uint8_t, kTokenBytes> bytes = {};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return std::nullopt;
  std::string token(kTokenPrefix);
  AppendHex(bytes.data(), bytes.size(), token);
  return token;
}

TokenHash HashOf(std::string_view token) {
  TokenHash hash = {};
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), hash.data());
  return hash;
}

bool SameHash(const TokenHash& left, const TokenHash& right) {
  return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string ToText(const TokenHash& hash) {
  std::string text(kHashPrefix);
  AppendHex(hash.data(), hash.size(), text);
  return text;
}

std::optional<TokenHash> ReadHash(std::string_view text) {
  TokenHash hash = {};
  if (text.substr(0, kHashPrefix.size()) != kHashPrefix) return std::nullopt;
  text.remove_prefix(kHashPrefix.size());
  if (text.size() != 2 * hash.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t digit = kDigits.find(text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    hash[i / 2] = static_cast<std::uint8_t>(hash[i / 2] * 16U + static_cast<unsigned>(digit));
  }
  return hash;
}

}  // namespace strowger::access
