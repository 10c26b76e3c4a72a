// What a domain's journal can tell, by one thread of the lowest priority beside the domain. First
// of all: decisions that the domain does not remember any more.
//
// A second, private router begins with the newest checkpoint from before the contact came, applies
// what the journal holds behind it, and remembers what is decided about that one contact: as it was
// decided then, since a replay decides alike. The domain itself is not touched. The price is a
// second copy of one domain's state while somebody asks; whoever asks meanwhile waits for a turn.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "services/grpc/hub.h"
#include "services/strowgerd/domain_past.h"

namespace strowger::daemon {

using grpc_api::LookedBack;

class LookBack {
 public:
  using Done = grpc_api::HubOptions::LookBackDone;

  // Commands that are applied again for one answer, at most: what came later is not told, and the
  // decisions are not complete.
  static constexpr std::uint64_t kMostCommands = 5'000'000;
  // Who may wait for a turn.
  static constexpr std::size_t kMostWaiting = 16;

  LookBack() = default;
  ~LookBack();

  // Before Start.
  void Add(KeptDomain domain) { domains_.push_back(std::move(domain)); }
  void Start();
  // Any thread; does not block. `done` runs on the thread that looks back, or on this one:
  // NOT_FOUND: no such domain keeps a journal. FAILED_PRECONDITION: no such contact came since the
  // oldest sequence that is kept, which the message names.
  // RESOURCE_EXHAUSTED: too many wait. UNAVAILABLE: the service ends.
  void Request(std::string_view domain, std::string contact, Done done);
  // The same for any other question of a domain's journal; exactly one of both is called. `answer`
  // looks at IsStopping now and then.
  using Answer = std::function<void(const KeptDomain&)>;
  void Ask(std::string_view domain, Answer answer, std::function<void(const absl::Status&)> refuse);
  // Ends the thread, in the middle of an answer too. Blocks.
  void Stop();
  bool IsStopping() const;

 private:
  struct Wish {
    const KeptDomain* domain = nullptr;
    Answer answer;
    std::function<void(const absl::Status&)> refuse;
  };

  void Run();
  absl::StatusOr<LookedBack> Find(const KeptDomain& domain, const std::string& contact) const;
  absl::StatusOr<std::optional<LookedBack>> Replay(const KeptDomain& domain,
                                                   const std::string& contact, std::uint64_t from,
                                                   std::uint64_t up_to) const;

  std::vector<KeptDomain> domains_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Wish> wishes_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace strowger::daemon
