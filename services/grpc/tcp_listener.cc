#include "services/grpc/tcp_listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace strowger::grpc_api {
namespace {

// Descriptors kept for everything else: RocksDB's files, the metrics page, what gRPC needs itself.
constexpr rlim_t kReserve = 512;
constexpr int kPauseMs = 50;

// Where a descriptor's number reaches this, at least so many are open: the system always gives the
// lowest that is free.
int MostFiles() {
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return std::numeric_limits<int>::max();
  const rlim_t most = files.rlim_cur - std::min(kReserve, files.rlim_cur / 4);
  return static_cast<int>(std::min<rlim_t>(most, std::numeric_limits<int>::max()));
}

int PortOf(int listening) {
  sockaddr_storage address = {};
  socklen_t length = sizeof(address);
  if (getsockname(listening, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

void Switch(int socket, int level, int option, int value) {
  (void)setsockopt(socket, level, option, &value, sizeof(value));
}

}  // namespace

TcpListener::TcpListener()
    : bell_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), most_files_(MostFiles()) {}

TcpListener::~TcpListener() {
  const std::uint64_t one = 1;
  (void)!write(bell_, &one, sizeof(one));
  if (thread_.joinable()) thread_.join();
  for (const int listening : listening_) close(listening);
  close(bell_);
}

absl::StatusOr<std::unique_ptr<TcpListener>> TcpListener::Bind(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat(address, " is not host:port"));
  }
  std::string host = address.substr(0, colon);
  if (host.size() > 1 && host.front() == '[') host = host.substr(1, host.size() - 2);
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.empty() ? nullptr : host.c_str(),
                                address.substr(colon + 1).c_str(), &hints, &found);
  if (error != 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address, ": ", gai_strerror(error)));
  }
  std::unique_ptr<TcpListener> listener(new TcpListener());
  bool all = true;
  for (const addrinfo* each = found; each != nullptr && all; each = each->ai_next) {
    all = listener->Add(each->ai_family, each->ai_addr, each->ai_addrlen);
  }
  const int reason = errno;
  freeaddrinfo(found);
  if (!all || listener->listening_.empty()) {
    return absl::ErrnoToStatus(reason, absl::StrCat("cannot listen on ", address));
  }
  return listener;
}

// A family that the system does not have is passed over. False: errno says why.
bool TcpListener::Add(int family, const void* address, unsigned length) {
  const int listening = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listening < 0) return errno == EAFNOSUPPORT;
  Switch(listening, SOL_SOCKET, SO_REUSEADDR, 1);
  sockaddr_storage at = {};
  std::copy_n(static_cast<const char*>(address), std::min<std::size_t>(length, sizeof(at)),
              reinterpret_cast<char*>(&at));
  // Further addresses of a host get the port that the first one got.
  if (family == AF_INET6) {
    // [::] takes IPv4 in as well, where no address of that family stands beside it.
    Switch(listening, IPPROTO_IPV6, IPV6_V6ONLY, listening_.empty() ? 0 : 1);
    auto& in6 = reinterpret_cast<sockaddr_in6&>(at);
    if (port_ != 0) in6.sin6_port = htons(static_cast<std::uint16_t>(port_));
  } else if (port_ != 0) {
    reinterpret_cast<sockaddr_in&>(at).sin_port = htons(static_cast<std::uint16_t>(port_));
  }
  if (bind(listening, reinterpret_cast<const sockaddr*>(&at), length) != 0 ||
      listen(listening, SOMAXCONN) != 0) {
    const int reason = errno;
    close(listening);
    errno = reason;
    return reason == EADDRNOTAVAIL && !listening_.empty();
  }
  listening_.push_back(listening);
  if (port_ == 0) port_ = PortOf(listening);
  return true;
}

void TcpListener::Begin(std::unique_ptr<Acceptor> acceptor) {
  acceptor_ = std::move(acceptor);
  thread_ = std::thread([this] { Run(); });
}

void TcpListener::Run() {
  std::vector<pollfd> waited;
  for (const int listening : listening_) waited.push_back({listening, POLLIN, 0});
  waited.push_back({bell_, POLLIN, 0});
  for (;;) {
    (void)poll(waited.data(), waited.size(), -1);
    if ((waited.back().revents & POLLIN) != 0) return;
    for (const pollfd& each : waited) {
      if ((each.revents & POLLIN) != 0) TakeFrom(each.fd);
    }
  }
}

void TcpListener::TakeFrom(int listening) {
  const int connection = accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (connection < 0) {
    // Others have taken the last descriptors: those who wait go on waiting, and this thread rests.
    pollfd bell = {bell_, POLLIN, 0};
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      (void)poll(&bell, 1, kPauseMs);
    }
    return;
  }
  if (connection >= most_files_) {
    close(connection);
    return;
  }
  Switch(connection, IPPROTO_TCP, TCP_NODELAY, 1);
  Acceptor::NewConnectionParameters parameters;
  parameters.listener_fd = listening;
  parameters.fd = connection;
  acceptor_->HandleNewConnection(&parameters);
}

}  // namespace strowger::grpc_api
