// Bearer tokens. The service keeps hashes only: whoever reads its file cannot call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace strowger::access {

// 256 bits from the system's generator. That is why one round of SHA-256 without salt is enough
// here, as it would not be for a password: there is nothing to guess.
inline constexpr std::size_t kTokenBytes = 32;

using TokenHash = std::array<std::uint8_t, 32>;

// "strowger_" and the bytes in hexadecimal, so that a token that got somewhere it should not be can
// be searched for. Nothing: the system gives no random bytes.
std::optional<std::string> NewToken();

// SHA-256 (FIPS 180-4) of the token's text.
TokenHash HashOf(std::string_view token);

// Takes the same time wherever they differ.
bool SameHash(const TokenHash& left, const TokenHash& right);

// "sha256:" and 64 hexadecimal digits.
std::string ToText(const TokenHash& hash);
std::optional<TokenHash> ReadHash(std::string_view text);

}  // namespace strowger::access
