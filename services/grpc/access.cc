#include "services/grpc/access.h"

#include <optional>
#include <utility>
#include <vector>

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>

#include "services/grpc/access_table.h"
#include "services/grpc/status.h"
#include "services/metrics/rpc_counters.h"
#include "services/runtime/clock.h"

namespace strowger::grpc_api {
namespace {

constexpr std::string_view kScheme = "Bearer ";

using Context = grpc::CallbackServerContext;

std::string_view View(const grpc::string_ref& text) { return {text.data(), text.size()}; }

// What stands behind "authorization: Bearer"; nothing: there is no such header.
std::optional<std::string_view> TokenOf(const Context& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  if (found == metadata.end()) return std::nullopt;
  const std::string_view value = View(found->second);
  // The scheme's case does not count (RFC 9110, 11.1).
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    if (i == value.size() || (value[i] | 0x20) != (kScheme[i] | 0x20)) return std::nullopt;
  }
  return value.substr(kScheme.size());
}

// URIs and DNS names of a certificate that the handshake has verified.
std::vector<std::string_view> NamesOf(const grpc::AuthContext& connection) {
  std::vector<std::string_view> names;
  for (const char* const kind : {GRPC_PEER_URI_PROPERTY_NAME, GRPC_PEER_DNS_PROPERTY_NAME}) {
    for (const grpc::string_ref& name : connection.FindPropertyValues(kind)) {
      names.push_back(View(name));
    }
  }
  return names;
}

// A token that is not known is not made good by a certificate.
const access::Identity* Find(const access::Identities& identities, const Context& context) {
  if (const auto token = TokenOf(context)) return identities.ByToken(*token);
  const auto connection = context.auth_context();
  if (connection == nullptr || !connection->IsPeerAuthenticated()) return nullptr;
  return identities.ByCertificate(NamesOf(*connection));
}

rules::CallEntry EntryOf(const char* action, Rpc rpc, const Context& context, const Caller& caller,
                         std::string_view domain, grpc::StatusCode outcome) {
  static const std::vector<std::string> methods = RpcNames();
  rules::CallEntry entry;
  entry.action = action;
  entry.method = methods[static_cast<std::size_t>(rpc)];
  entry.domain = domain;
  entry.identity = caller.name();
  if (caller.identity != nullptr) entry.role = access::Name(caller.identity->role);
  entry.from = context.peer();
  entry.outcome = metrics::RpcCounters::CodeName(static_cast<std::size_t>(outcome));
  return entry;
}

// Of a second's worth, so that under too many new contacts those that are there can be ended.
constexpr routing::DurationNs kSparedForWhatEndsWork = routing::kSecond / 8;

grpc::Status Denied(const char* why) { return {grpc::StatusCode::PERMISSION_DENIED, why}; }

}  // namespace

AccessControl::AccessControl(Auditor& auditor, const Rates& rates,
                             const std::vector<std::string>& domains)
    : auditor_(auditor), rates_(rates) {
  if (rates_.domain == 0) return;
  for (const std::string& domain : domains) {
    domains_.emplace(domain, std::make_shared<runtime::TokenBucket>(rates_.domain));
  }
}

void AccessControl::SetIdentities(std::shared_ptr<const access::Identities> identities) {
  const std::scoped_lock lock(mutex_);
  identities_ = std::move(identities);
  // A bucket whose rate stays keeps its debt: writing the file anew buys nobody a second.
  Buckets buckets;
  for (const access::Identity& identity : identities_->all()) {
    const std::uint32_t rate = identity.per_second != 0 ? identity.per_second : rates_.identity;
    if (rate == 0) continue;
    const auto found = buckets_.find(identity.name);
    const bool stays = found != buckets_.end() && found->second->per_second() == rate;
    buckets[identity.name] = stays ? found->second : std::make_shared<runtime::TokenBucket>(rate);
  }
  buckets_ = std::move(buckets);
  generation_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const access::Identities> AccessControl::Current(std::uint64_t& generation) const {
  const std::scoped_lock lock(mutex_);
  generation = generation_.load(std::memory_order_relaxed);
  return identities_;
}

std::shared_ptr<runtime::TokenBucket> AccessControl::BucketOf(std::string_view identity) const {
  const std::scoped_lock lock(mutex_);
  const auto found = buckets_.find(identity);
  return found == buckets_.end() ? nullptr : found->second;
}

grpc::Status AccessControl::Spend(const Caller& caller, std::string_view domain,
                                  std::uint32_t count, bool brings_work) {
  if (caller.bucket == nullptr && domains_.empty()) return grpc::Status::OK;
  const routing::DurationNs spared = brings_work ? kSparedForWhatEndsWork : 0;
  const std::int64_t now_ns = runtime::MonotonicNs();
  if (caller.bucket != nullptr) {
    const routing::DurationNs delay = caller.bucket->Take(count, now_ns, spared);
    if (delay != 0) return Shed("the identity asks for more than its rate", delay);
  }
  const auto found = domains_.find(domain.empty() ? std::string_view("default") : domain);
  if (found == domains_.end()) return grpc::Status::OK;
  const routing::DurationNs delay = found->second->Take(count, now_ns, spared);
  if (delay == 0) return grpc::Status::OK;
  return Shed("the domain is asked for more than its rate", delay);
}

grpc::Status AccessControl::Admit(Rpc rpc, const Context& context, Caller& caller) {
  if (open()) return grpc::Status::OK;
  const auto identities = Current(caller.generation);
  const access::Identity* const found = Find(*identities, context);
  if (found == nullptr) {
    return Refuse(rpc, context, caller, {},
                  {grpc::StatusCode::UNAUTHENTICATED,
                   "no known token (authorization: Bearer ...) or client certificate"});
  }
  // Keeps all of them alive, which spares a copy a call.
  caller.identity = std::shared_ptr<const access::Identity>(identities, found);
  caller.bucket = BucketOf(found->name);
  if (Allows(found->role, rpc)) return grpc::Status::OK;
  return Refuse(rpc, context, caller, {}, Denied("this call is not for the caller's role"));
}

grpc::Status AccessControl::Authorise(Rpc rpc, const Context& context, const Caller& caller,
                                      std::string_view domain) {
  if (caller.MayUse(domain)) return grpc::Status::OK;
  return Refuse(rpc, context, caller, domain, Denied("the domain is not among the caller's"));
}

grpc::Status AccessControl::AuthoriseAll(Rpc rpc, const Context& context, const Caller& caller) {
  if (caller.identity == nullptr || caller.identity->MayUseAll()) return grpc::Status::OK;
  return Refuse(rpc, context, caller, {},
                Denied("it concerns every domain: the identity needs domains: [\"*\"]"));
}

grpc::Status AccessControl::AuthoriseCommand(const v1::Command& command, const Context& context,
                                             const Caller& caller, std::string_view domain) {
  if (caller.identity == nullptr) return grpc::Status::OK;
  const std::optional<Rpc> rpc = RpcOf(command);
  if (!rpc || Allows(caller.identity->role, *rpc)) return grpc::Status::OK;
  return Refuse(*rpc, context, caller, domain,
                Denied("a command of the session is not for the caller's role"));
}

bool AccessControl::StillHolds(Caller& caller) {
  if (generation_.load(std::memory_order_acquire) == caller.generation) return true;
  const auto identities = Current(caller.generation);
  const access::Identity* const now =
      caller.identity != nullptr ? identities->ByName(caller.identity->name) : nullptr;
  return now != nullptr && *now == *caller.identity;
}

void AccessControl::Record(Rpc rpc, const Context& context, const Caller& caller,
                           std::string_view domain, grpc::StatusCode outcome) {
  auditor_.Act(EntryOf("call", rpc, context, caller, domain, outcome));
}

grpc::Status AccessControl::Refuse(Rpc rpc, const Context& context, const Caller& caller,
                                   std::string_view domain, grpc::Status status) {
  auditor_.Refusal(EntryOf("refused", rpc, context, caller, domain, status.error_code()));
  return status;
}

}  // namespace strowger::grpc_api
