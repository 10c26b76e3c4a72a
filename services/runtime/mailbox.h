// The way into a domain: a lock-free list that also says who owns the domain.
//
// Any thread pushes; the thread whose push finds the domain idle becomes its writer, and stays it
// until it gives ownership up or hands it on. All of that is one atomic word, `head_`:
//
//   &idle_    nobody owns the domain, and nothing is waiting
//   nullptr   a writer owns it, and nothing is waiting
//   a node    a writer owns it, and this is the newest of what is waiting
//
// Why one word: with a counter beside a list ("the producer whose fetch_add finds zero is the
// writer") a producer that is preempted between the two steps leaves work that is counted but not
// reachable; the writer can then neither run it nor go home. Here what counts is reachable.
//
// What must never be seen, and what forbids it:
//   two writers at once      only the CAS away from idle makes one, and only a writer stores idle
//   a lost or doubled item   a push adds by CAS, the writer takes all by one exchange
//   a stranded item (waiting while idle)  idle is stored by CAS against an empty list only
//   one producer's items out of order     a later push lands on top, taking reverses the list
//   a writer that misses what the one before it wrote   release on giving up, acquire on taking
//   over
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace strowger::runtime {

// What can wait in a mailbox derives from this. A node is in one list at a time.
struct MailboxNode {
  MailboxNode* next = nullptr;
};

// Turns newest-first into oldest-first.
inline MailboxNode* Reverse(MailboxNode* node) {
  MailboxNode* reversed = nullptr;
  while (node != nullptr) {
    MailboxNode* next = node->next;
    node->next = reversed;
    reversed = node;
    node = next;
  }
  return reversed;
}

// Counts what is inside a domain, from submission to reply, and shuts the door. Count and door are
// one word for the reason given above: after Close no entrance can be overlooked. Relaxed order is
// enough for entering, since the count guards no data; leaving releases, so that whoever has seen
// the last one leave sees all that it did.
class Admission {
 public:
  enum class Answer : std::uint8_t { kAdmitted, kFull, kClosed };

  explicit Admission(std::uint32_t capacity) : capacity_(capacity) {}

  // All or nothing, and `spared` places stay free for others. Any thread.
  [[nodiscard]] Answer Enter(std::uint32_t count, std::uint32_t spared = 0) {
    const std::uint32_t capacity = capacity_ - std::min(capacity_, spared);
    const std::uint32_t before = word_.fetch_add(count, std::memory_order_relaxed);
    const std::uint32_t inside = before & ~kClosed;
    if ((before & kClosed) == 0 && count <= capacity && inside <= capacity - count) {
      return Answer::kAdmitted;
    }
    Leave(count);
    return (before & kClosed) != 0 ? Answer::kClosed : Answer::kFull;
  }

  void Leave(std::uint32_t count) {
    const std::uint32_t before = word_.fetch_sub(count, std::memory_order_acq_rel);
    if (before == (kClosed | count)) word_.notify_all();
  }

  // For good.
  void Close() { word_.fetch_or(kClosed, std::memory_order_acq_rel); }

  // Blocks until everyone has left. REQUIRES: closed.
  void AwaitEmpty() const {
    std::uint32_t word = word_.load(std::memory_order_acquire);
    while (word != kClosed) {
      word_.wait(word, std::memory_order_acquire);
      word = word_.load(std::memory_order_acquire);
    }
  }

  std::uint32_t inside() const { return word_.load(std::memory_order_relaxed) & ~kClosed; }
  bool closed() const { return (word_.load(std::memory_order_relaxed) & kClosed) != 0; }

 private:
  static constexpr std::uint32_t kClosed = 1U << 31;

  const std::uint32_t capacity_;
  alignas(64) std::atomic<std::uint32_t> word_{0};
};

class Mailbox {
 public:
  Mailbox() = default;
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Any thread; never blocks. The nodes from `newest` by `next` to `oldest` go in as one; their
  // order is that of arrival, reversed. True: the caller is the writer now and must run them. When
  // it returns false the nodes may be run, and gone, already.
  [[nodiscard]] bool Push(MailboxNode* newest, MailboxNode* oldest) {
    MailboxNode* head = head_.load(std::memory_order_relaxed);
    do {
      oldest->next = head == &idle_ ? nullptr : head;
      // Release: the writer that takes the nodes sees their contents. Acquire: if it was idle, what
      // the last writer left is seen here.
    } while (!head_.compare_exchange_weak(head, newest, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
    return head == &idle_;
  }
  [[nodiscard]] bool Push(MailboxNode* node) { return Push(node, node); }

  // Writer only: everything that waits, in the order of arrival; null when nothing does.
  MailboxNode* TakeAll() {
    if (head_.load(std::memory_order_relaxed) == nullptr) return nullptr;
    // Acquire: pairs with every push in the list, since each is a read-modify-write of this word.
    return Reverse(head_.exchange(nullptr, std::memory_order_acquire));
  }

  // Writer only. True: ownership is given up. False: something has come in, go on.
  [[nodiscard]] bool TryRelease() {
    MailboxNode* empty = nullptr;
    return head_.compare_exchange_strong(empty, &idle_, std::memory_order_release,
                                         std::memory_order_relaxed);
  }

  // Any thread. Acquire: who sees it idle sees all that the last writer did.
  bool idle() const { return head_.load(std::memory_order_acquire) == &idle_; }

 private:
  MailboxNode idle_;
  alignas(64) std::atomic<MailboxNode*> head_{&idle_};
};

// The same list without ownership: many push, and one at a time takes all.
class Inbox {
 public:
  Inbox() = default;
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  // Any thread; never blocks.
  void Push(MailboxNode* node) {
    MailboxNode* head = head_.load(std::memory_order_relaxed);
    do {
      node->next = head;
    } while (!head_.compare_exchange_weak(head, node, std::memory_order_release,
                                          std::memory_order_relaxed));
  }

  // In the order of arrival. One thread at a time.
  MailboxNode* TakeAll() {
    if (head_.load(std::memory_order_relaxed) == nullptr) return nullptr;
    return Reverse(head_.exchange(nullptr, std::memory_order_acquire));
  }

 private:
  alignas(64) std::atomic<MailboxNode*> head_{nullptr};
};

}  // namespace strowger::runtime
