#include "services/access/identities.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "services/rules/yaml.h"

namespace strowger::access {
namespace {

using rules::Finding;
using rules::Node;

constexpr std::array<std::string_view, kRoles> kNames = {"platform", "operator", "supervisor",
                                                         "read-only", "auditor"};
constexpr std::size_t kMaxNameBytes = 128;
constexpr std::uint32_t kMaxPerSecond = 10'000'000;

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

class Reader {
 public:
  void ReadAll(const Node& root) {
    if (root.kind == Node::Kind::kNull) return;  // nobody
    if (!root.is_sequence()) return Add(root, "must be a list of identities");
    if (root.items.size() > kMaxIdentities) {
      return Add(root, absl::StrCat("has more than ", kMaxIdentities, " identities"));
    }
    for (const Node& item : root.items) ReadOne(item);
  }

  std::vector<Finding> findings;
  std::vector<Identity> identities;

 private:
  void ReadOne(const Node& item) {
    if (!item.is_mapping()) return Add(item, "an identity is written as {name: …, role: …, …}");
    Identity identity;
    bool has_role = false;
    for (const auto& [key, value] : item.entries) {
      has_role |= key.scalar == "role";
      if (key.scalar == "domains") {
        ReadDomains(value, identity);
      } else if (!value.is_scalar()) {
        Add(value, "must be a single value");
      } else {
        ReadField(key, value, identity);
      }
    }
    if (identity.name.empty()) Add(item, "has no name");
    if (!has_role) Add(item, "has no role");
    if (identity.domains.empty()) Add(item, "has no domains; [\"*\"] means all of them");
    if (!identity.token && identity.certificate.empty()) {
      Add(item, "has neither a token nor a certificate to be known by");
    }
    if (!names_.insert(identity.name).second) Add(item, "the name is taken: " + identity.name);
    identities.push_back(std::move(identity));
  }

  void ReadField(const Node& key, const Node& value, Identity& to) {
    if (key.scalar == "name") {
      if (value.scalar.size() > kMaxNameBytes) Add(value, "is over 128 bytes");
      to.name = value.scalar;
    } else if (key.scalar == "role") {
      const std::optional<Role> role = RoleOf(value.scalar);
      if (!role) Add(value, "must be platform, operator, supervisor, read-only or auditor");
      to.role = role.value_or(Role::kReadOnly);
    } else if (key.scalar == "token") {
      to.token = ReadHash(value.scalar);
      // The text is not repeated: it may be a token, put where its hash belongs.
      if (!to.token) Add(value, "must be sha256: and 64 digits, as strowgerctl token new prints");
    } else if (key.scalar == "certificate") {
      if (value.scalar.empty()) Add(value, "must be a URI or DNS name of a certificate");
      to.certificate = value.scalar;
    } else if (key.scalar == "per_second") {
      const bool read = absl::SimpleAtoi(View(value.scalar), &to.per_second);
      if (!read || to.per_second == 0 || to.per_second > kMaxPerSecond) {
        Add(value, "must be a number of calls a second, 1 to 10000000");
      }
    } else {
      Add(key, "there is no key '" + key.scalar +
                   "'; name, role, domains, token, certificate, per_second are known");
    }
  }

  void ReadDomains(const Node& value, Identity& to) {
    if (value.is_scalar()) to.domains = {value.scalar};
    for (const Node& item : value.items) {
      if (!item.is_scalar() || item.scalar.empty()) {
        Add(item, "must be the name of a domain");
      } else {
        to.domains.push_back(item.scalar);
      }
    }
  }

  void Add(const Node& at, std::string message) {
    Finding finding;
    finding.at = at.at;
    finding.message = std::move(message);
    findings.push_back(std::move(finding));
  }

  std::set<std::string> names_;
};

// Nothing but comments: who takes the last line out means nobody, not a mistake.
bool IsEmpty(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::size_t begin = text.find_first_not_of(" \t\r");
    if (begin < end && text[begin] != '#') return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

}  // namespace

std::string_view Name(Role role) { return kNames.at(static_cast<std::size_t>(role)); }

std::optional<Role> RoleOf(std::string_view name) {
  const auto* const found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Role>(found - kNames.begin());
}

bool Identity::MayUse(std::string_view domain) const {
  const std::string_view named = domain.empty() ? std::string_view("default") : domain;
  return std::any_of(domains.begin(), domains.end(),
                     [named](const std::string& each) { return each == "*" || each == named; });
}

bool Identity::MayUseAll() const {
  return std::find(domains.begin(), domains.end(), "*") != domains.end();
}

absl::StatusOr<std::shared_ptr<const Identities>> Identities::Parse(const std::string& text,
                                                                    const std::string& source) {
  rules::ParseLimits limits;
  limits.max_bytes = kMaxIdentityFileBytes;
  rules::ParsedDocument document;
  if (!IsEmpty(text)) document = rules::ParseYaml(text, limits);
  Reader reader;
  if (document.ok()) reader.ReadAll(document.root);
  const std::vector<Finding>& findings = document.ok() ? reader.findings : document.findings;
  if (!findings.empty()) {
    // Lines of the file are not shown: they may hold a token that is there by mistake.
    std::string told;
    for (const Finding& finding : findings) {
      absl::StrAppend(&told, source, ":", finding.at.line, ":", finding.at.column, ": ",
                      finding.message, "\n");
    }
    return absl::InvalidArgumentError(told);
  }
  auto identities = std::make_shared<Identities>();
  identities->all_ = std::move(reader.identities);
  return std::shared_ptr<const Identities>(std::move(identities));
}

const Identity* Identities::ByToken(std::string_view token) const {
  const TokenHash hash = HashOf(token);
  const Identity* found = nullptr;
  for (const Identity& identity : all_) {
    if (identity.token && SameHash(*identity.token, hash)) found = &identity;
  }
  return found;
}

const Identity* Identities::ByCertificate(const std::vector<std::string_view>& names) const {
  for (const Identity& identity : all_) {
    if (identity.certificate.empty()) continue;
    if (std::find(names.begin(), names.end(), identity.certificate) != names.end()) {
      return &identity;
    }
  }
  return nullptr;
}

const Identity* Identities::ByName(std::string_view name) const {
  for (const Identity& identity : all_) {
    if (identity.name == name) return &identity;
  }
  return nullptr;
}

std::string LineOf(const Identity& identity) {
  const auto quoted = [](std::string_view text) {
    return absl::StrCat("\"", absl::StrReplaceAll(View(text), {{"\\", "\\\\"}, {"\"", "\\\""}}),
                        "\"");
  };
  std::vector<std::string> domains;
  for (const std::string& domain : identity.domains) domains.push_back(quoted(domain));
  std::string line =
      absl::StrCat("- {name: ", quoted(identity.name), ", role: ", View(Name(identity.role)),
                   ", domains: [", absl::StrJoin(domains, ", "), "]");
  if (!identity.certificate.empty()) {
    absl::StrAppend(&line, ", certificate: ", quoted(identity.certificate));
  }
  if (identity.per_second != 0) absl::StrAppend(&line, ", per_second: ", identity.per_second);
  if (identity.token) absl::StrAppend(&line, ", token: ", quoted(ToText(*identity.token)));
  return line + "}";
}

}  // namespace strowger::access
