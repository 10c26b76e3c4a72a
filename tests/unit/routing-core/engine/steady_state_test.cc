// No lock and no allocation on the routing path: malloc and the pthread locks are replaced by ones
// that count while armed, and a steady stream of traffic runs between two counts.
#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>

#include "gtest/gtest.h"
#include "routing/router.h"
#include "tests/unit/routing-core/simple_rules.h"

extern "C" {
void* __libc_malloc(std::size_t size);            // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t n, std::size_t);  // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void* old, std::size_t);     // NOLINT(bugprone-reserved-identifier)
void* __libc_memalign(std::size_t alignment,      // NOLINT(bugprone-reserved-identifier)
                      std::size_t size);
}

namespace {
thread_local bool armed = false;
thread_local std::uint64_t allocations = 0;
thread_local std::uint64_t locks = 0;

// Counts, and goes on to the real one.
template <typename Lock>
int Count(const char* name, Lock* lock) {
  if (armed) ++locks;
  // Asked for each time: a static would take a lock itself.
  return reinterpret_cast<int (*)(Lock*)>(dlsym(RTLD_NEXT, name))(lock);
}

}  // namespace

extern "C" {
void* malloc(std::size_t size) {
  if (armed) ++allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  if (armed) ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
  if (armed) ++allocations;
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  if (armed) ++allocations;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  if (armed) ++allocations;
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}
int pthread_mutex_lock(pthread_mutex_t* mutex) { return Count("pthread_mutex_lock", mutex); }
int pthread_mutex_trylock(pthread_mutex_t* mutex) { return Count("pthread_mutex_trylock", mutex); }
int pthread_rwlock_rdlock(pthread_rwlock_t* lock) { return Count("pthread_rwlock_rdlock", lock); }
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) { return Count("pthread_rwlock_wrlock", lock); }
int pthread_spin_lock(pthread_spinlock_t* lock) { return Count("pthread_spin_lock", lock); }
}

namespace strowger::routing {
namespace {

// Self-test: the traps do trip.
TEST(SteadyState, TheTrapsTrip) {
  struct alignas(64) Wide {
    char bytes[64];
  };
  std::mutex mutex;
  std::shared_mutex shared;
  allocations = locks = 0;
  armed = true;
  auto* volatile number = new int(7);
  auto* volatile wide = new Wide;
  void* volatile raw = std::malloc(10);
  mutex.lock();
  shared.lock_shared();
  armed = false;
  mutex.unlock();
  shared.unlock_shared();
  delete number;
  delete wide;
  std::free(raw);
  EXPECT_EQ(allocations, 3U);
  EXPECT_EQ(locks, 2U);
  armed = true;
  shared.lock();
  const bool locked = mutex.try_lock();
  armed = false;
  shared.unlock();
  if (locked) mutex.unlock();
  EXPECT_EQ(locks, 4U);
}

class Traffic {
 public:
  Traffic() : router_(SomeLimits(), Rules()) { events_.reserve(4096); }

  void RegisterAgents(int count) {
    UpsertAgents upsert;
    for (int i = 0; i < count; ++i) {
      AgentUpdate update;
      update.agent = "agent-" + std::to_string(i);
      update.skills = {{"billing", 1 + i % 10}};
      update.state = AgentState::kReady;
      update.lease = kDay;
      if (i % 4 == 0) update.handling_cap = HandlingCap{{{"blue", 1}}, {{"chat", 1}}};
      if (i % 3 == 0) update.pace = Pace{3, kHour};
      upsert.agents.push_back(std::move(update));
    }
    Apply(upsert);
  }

  // More contacts than agents: some are offered at once, some wait, take steps, expire, decline.
  void Round(int round) {
    for (int i = 0; i < 60; ++i) {
      SubmitContact submit;
      submit.contact = "contact-" + std::to_string(round % 7) + "-" + std::to_string(i);
      submit.channel = i % 3 == 0 ? "chat" : "voice";
      submit.attributes = {{"tier", std::string("gold")}, {"balance", 10.5}};
      if (i % 5 == 0) submit.labels = {"blue", "campaign-" + std::to_string(i % 2)};
      Apply(std::move(submit));
    }
    // An even round answers, an odd one lets half expire and declines some.
    for (int agent = 0; agent < 20; ++agent) Answer(agent, round);
    now_ += 30 * kSecond;
    Apply(Tick{});
    for (int agent = 0; agent < 20; ++agent) Finish(agent);
    for (int agent = 0; agent < 20; ++agent)
      Apply(RenewLease{"agent-" + std::to_string(agent), {}});
    for (int i = 0; i < 60; ++i) {
      CancelContact cancel;
      cancel.contact = "contact-" + std::to_string(round % 7) + "-" + std::to_string(i);
      cancel.by_customer = true;
      Apply(std::move(cancel));
    }
    now_ += 5 * kMinute;
    Apply(Tick{});
  }

  std::uint64_t applied() const { return sequence_; }

 private:
  static Limits SomeLimits() {
    Limits limits;
    limits.agents = 100;
    limits.contacts = 1000;
    limits.ended_contacts = 200;
    return limits;
  }

  static std::shared_ptr<SimpleRules> Rules() {
    QueueSettings voice = Queue("voice");
    voice.on_expire.not_ready_after = 0;
    voice.wrap_up = 5 * kSecond;
    QueueSettings chat = Queue("chat");
    chat.select = Strategy::kLeastBusy;
    chat.wrap_up = 40 * kSecond;
    chat.wrap_up_scope = WrapUpScope::kQueue;
    chat.handling_lease = kMinute;
    chat.on_expire.not_ready_after = 0;
    auto rules = std::make_shared<SimpleRules>(std::vector{voice, chat});
    Plan& plan = rules->plan("voice");
    plan.requirement.require = {{"billing", 8}};
    plan.priority.gain_per_minute = 3;
    Step step;
    step.id = "relax";
    step.after = 10 * kSecond;
    step.requirement.emplace();
    step.requirement->require = {{"billing", 2}};
    plan.steps.push_back(step);
    plan.wait_limit = WaitLimit{4 * kMinute, "voicemail"};
    return rules;
  }

  template <typename Body>
  void Apply(Body body) {
    command_.sequence = ++sequence_;
    command_.time = now_;
    command_.body = std::move(body);
    events_.clear();
    armed = true;
    router_.Apply(command_, events_);
    armed = false;
  }

  std::string OfferedTo(const std::string& agent) {
    const std::optional<AgentView> view = router_.FindAgent(agent);
    for (const AgentWork& work : view->work) {
      if (work.kind == AgentWork::Kind::kReserved) return work.contact;
    }
    return "";
  }

  void Answer(int number, int round) {
    const std::string agent = "agent-" + std::to_string(number);
    const std::string contact = OfferedTo(agent);
    if (contact.empty() || (round % 2 == 1 && number % 2 == 1)) return;
    if (number % 5 == 0) {
      DeclineOffer decline;
      decline.contact = contact;
      decline.agent = agent;
      Apply(std::move(decline));
    } else {
      AcceptOffer accept;
      accept.contact = contact;
      accept.agent = agent;
      Apply(std::move(accept));
    }
  }

  void Finish(int number) {
    const std::optional<AgentView> view = router_.FindAgent("agent-" + std::to_string(number));
    for (const AgentWork& work : view->work) {
      if (work.kind != AgentWork::Kind::kHandling) continue;
      CompleteContact complete;
      complete.contact = work.contact;
      Apply(std::move(complete));
    }
  }

  Router router_;
  EventBuffer events_;
  Command command_;
  std::uint64_t sequence_ = 0;
  TimeNs now_ = 1'000'000 * kMinute;
};

TEST(SteadyState, RoutingNeitherAllocatesNorLocks) {
  Traffic traffic;
  traffic.RegisterAgents(20);
  for (int round = 0; round < 30; ++round) traffic.Round(round);
  allocations = locks = 0;
  for (int round = 30; round < 100; ++round) traffic.Round(round);
  EXPECT_EQ(allocations, 0U);
  EXPECT_EQ(locks, 0U);
  EXPECT_GT(traffic.applied(), 10'000U);
}

}  // namespace
}  // namespace strowger::routing
