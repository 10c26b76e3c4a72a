// TLS for a listener, with certificates that may change while it listens.
#pragma once

#include <memory>

#include <grpcpp/security/server_credentials.h>

#include "services/access/certificates.h"

namespace strowger::grpc_api {

enum class ClientCertificates { kIgnored, kOptional, kRequired };

// For one listener, since gRPC asks each anew. Every handshake uses what the store has then;
// connections that are there already go on as they are. TLS 1.2 and 1.3, which is what gRPC offers.
// A certificate that a client shows is checked against the store's authority also where it need not
// show one.
//
// gRPC's own file watcher is not used: it takes a key and a certificate that do not belong
// together, and then refuses every handshake until it finds a pair that does.
std::shared_ptr<grpc::ServerCredentials> MakeTlsCredentials(
    std::shared_ptr<const access::CertificateStore> store, ClientCertificates clients);

}  // namespace strowger::grpc_api
