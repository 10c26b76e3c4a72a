// Who calls, and whether they may.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include "services/access/identities.h"
#include "services/grpc/auditor.h"
#include "services/grpc/rpcs.h"
#include "services/runtime/token_bucket.h"
#include "strowger/v1/commands.pb.h"

namespace strowger::grpc_api {

// Who makes a call, for as long as it lasts.
struct Caller {
  // Null: nobody is asked who they are, and everybody may do everything.
  std::shared_ptr<const access::Identity> identity;
  std::uint64_t generation = 0;  // of the identities by which it was let in
  std::shared_ptr<runtime::TokenBucket> bucket = nullptr;  // of the identity; null: no limit

  // Empty: unknown.
  std::string_view name() const {
    return identity != nullptr ? std::string_view(identity->name) : std::string_view();
  }
  bool MayUse(std::string_view domain) const {
    return identity == nullptr || identity->MayUse(domain);
  }
};

// How much may be asked for in a second. 0: no limit.
struct Rates {
  std::uint32_t identity = 0;  // of each identity that has no rate of its own
  std::uint32_t domain = 0;    // of each domain, by all who use it
};

// Any thread. Every call passes: Admit before its request is read, Authorise once its domain is
// known; a stream that stays open is looked at again with StillHolds. Refusals go into the audit
// trail.
class AccessControl {
 public:
  // `auditor` must outlive it.
  AccessControl(Auditor& auditor, const Rates& rates, const std::vector<std::string>& domains);

  // Until the first, everybody may do everything. REQUIRES: not null.
  void SetIdentities(std::shared_ptr<const access::Identities> identities);
  bool open() const { return generation_.load(std::memory_order_acquire) == 0; }

  // UNAUTHENTICATED: neither the token nor the certificate is known. PERMISSION_DENIED: it is not
  // for this role.
  grpc::Status Admit(Rpc rpc, const grpc::CallbackServerContext& context, Caller& caller);
  // PERMISSION_DENIED: the domain is not the caller's, whether it exists or not.
  grpc::Status Authorise(Rpc rpc, const grpc::CallbackServerContext& context, const Caller& caller,
                         std::string_view domain);
  // For what concerns the whole process.
  grpc::Status AuthoriseAll(Rpc rpc, const grpc::CallbackServerContext& context,
                            const Caller& caller);
  // Of a session; one of another role's calls ends the stream.
  grpc::Status AuthoriseCommand(const v1::Command& command,
                                const grpc::CallbackServerContext& context, const Caller& caller,
                                std::string_view domain);
  // RESOURCE_EXHAUSTED with a delay to retry after, where the identity or the domain has had its
  // second's worth. Domains that are not there have no limit. What brings work leaves an eighth of
  // a second's worth to what ends it.
  grpc::Status Spend(const Caller& caller, std::string_view domain, std::uint32_t count,
                     bool brings_work);
  // False: the identity is gone or is another now. Costs one atomic read while none has changed.
  bool StillHolds(Caller& caller);

  // An administrative act that came to its end.
  void Record(Rpc rpc, const grpc::CallbackServerContext& context, const Caller& caller,
              std::string_view domain, grpc::StatusCode outcome);

 private:
  using Buckets = std::map<std::string, std::shared_ptr<runtime::TokenBucket>, std::less<>>;

  std::shared_ptr<const access::Identities> Current(std::uint64_t& generation) const;
  std::shared_ptr<runtime::TokenBucket> BucketOf(std::string_view identity) const;
  grpc::Status Refuse(Rpc rpc, const grpc::CallbackServerContext& context, const Caller& caller,
                      std::string_view domain, grpc::Status status);

  Auditor& auditor_;
  const Rates rates_;
  Buckets domains_;  // filled once
  // Release and acquire: who sees a number sees the identities that it counts. 0: open.
  std::atomic<std::uint64_t> generation_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const access::Identities> identities_;
  Buckets buckets_;  // of those who have a limit
};

}  // namespace strowger::grpc_api
