// Who may call: the file of identities.
//
//   - {name: pbx, role: platform, domains: [default], certificate: "spiffe://centre.example/pbx"}
//   - {name: anna, role: operator, domains: ["*"], token: "sha256:9f86d0…"}
//
// One line each in this form, so that a line can be added by hand or by `strowgerctl token new`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/access/token.h"

namespace strowger::access {

enum class Role : std::uint8_t { kPlatform, kOperator, kSupervisor, kReadOnly, kAuditor };
inline constexpr std::size_t kRoles = 5;

// "platform", "operator", "supervisor", "read-only", "auditor"
std::string_view Name(Role role);
std::optional<Role> RoleOf(std::string_view name);

struct Identity {
  std::string name;
  Role role = Role::kReadOnly;
  std::vector<std::string> domains;  // "*": all, and what concerns the whole process
  std::optional<TokenHash> token;
  std::string certificate;       // a URI or DNS name of the client certificate; empty: none
  std::uint32_t per_second = 0;  // calls, and commands of sessions; 0: as the service has it

  // Empty means "default".
  bool MayUse(std::string_view domain) const;
  bool MayUseAll() const;
  bool operator==(const Identity&) const = default;
};

inline constexpr std::size_t kMaxIdentities = 4'096;
inline constexpr std::size_t kMaxIdentityFileBytes = std::size_t{1} << 20;

// Immutable. Any thread.
class Identities {
 public:
  // INVALID_ARGUMENT says what is wrong, with line and column; `source` is the file's name.
  static absl::StatusOr<std::shared_ptr<const Identities>> Parse(const std::string& text,
                                                                 const std::string& source);

  // Null: nobody. Looks at every identity, whether one was found or not.
  const Identity* ByToken(std::string_view token) const;
  // The first whose certificate name is among these.
  const Identity* ByCertificate(const std::vector<std::string_view>& names) const;
  // Null: there is none of that name any more.
  const Identity* ByName(std::string_view name) const;

  const std::vector<Identity>& all() const { return all_; }

 private:
  std::vector<Identity> all_;
};

// The line of the file for an identity.
std::string LineOf(const Identity& identity);

}  // namespace strowger::access
