#include "services/grpc/services.h"
#include "services/grpc/watch.h"
#include "strowger/v1/events.grpc.pb.h"

namespace strowger::grpc_api {
namespace {

class EventService final
    : public v1::EventService::WithRawCallbackMethod_Watch<v1::EventService::Service> {
 public:
  explicit EventService(Hub& hub) : hub_(hub) {}

 private:
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Watch(grpc::CallbackServerContext* context,
                                                    const grpc::ByteBuffer* in) override {
    return WatchStream::Start(hub_, *context, *in);
  }

  Hub& hub_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeEventService(Hub& hub) {
  return std::make_unique<EventService>(hub);
}

}  // namespace strowger::grpc_api
