#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include "routing-core/rules/compiler.h"
#include "routing/router.h"
#include "services/grpc/convert_commands.h"
#include "services/grpc/convert_views.h"
#include "services/grpc/messages.h"
#include "services/rules/loader.h"
#include "strowger/v1/admin.pb.h"
#include "strowger/v1/agents.pb.h"
#include "strowger/v1/events.pb.h"
#include "strowger/v1/queues.pb.h"
#include "strowger/v1/routing.pb.h"
#include "strowger/v1/rules.pb.h"

namespace strowger::grpc_api {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;

constexpr char kRules[] = R"(schema: strowger.rules/v1
rule_set: fuzz
vocabulary:
  channels: [voice, chat]
  skills: {de: 1..5, fr: 1..5}
  contact: {tier: {type: string, default: none}, value: {type: double, default: 0.0}}
rules:
  - {id: gold, when: 'contact.tier == "gold"', then: {queue: first, require: {de: 2}}}
  - {id: rest, then: {queue: second, priority: {start: 1, gain: 2/min}}}
queues:
  first: {max_waiting: 2, when_full: {queue: second}}
  second: {offer: {timeout: 5s}}
)";

std::shared_ptr<const routing::RuleSet> RuleSet() {
  static const auto rule_set = rules::LoadRuleText(kRules, "rules").rule_set;
  if (rule_set == nullptr) __builtin_trap();
  return rule_set;
}

routing::Limits FewOfEach() {
  routing::Limits limits;
  limits.agents = 8;
  limits.contacts = 16;
  limits.ended_contacts = 4;
  limits.queues = 4;
  limits.atoms = 16;
  limits.plans = 8;
  return limits;
}

// The requests of every method of the contract.
const std::vector<const Descriptor*>& Requests() {
  static const std::vector<const Descriptor*> requests = [] {
    std::vector<const Descriptor*> found;
    for (const Descriptor* any :
         {v1::RouteRequest::descriptor(), v1::UpsertAgentsRequest::descriptor(),
          v1::WatchRequest::descriptor(), v1::ListQueuesRequest::descriptor(),
          v1::ApplyRuleSetRequest::descriptor(), v1::GetStatusRequest::descriptor()}) {
      const FileDescriptor& file = *any->file();
      for (int s = 0; s < file.service_count(); ++s) {
        for (int m = 0; m < file.service(s)->method_count(); ++m) {
          found.push_back(file.service(s)->method(m)->input_type());
        }
      }
    }
    return found;
  }();
  return requests;
}

bool Read(std::string_view bytes, google::protobuf::Message& message) {
  const grpc::Slice slice(bytes.data(), bytes.size());
  const grpc::Status status = Parse(grpc::ByteBuffer(&slice, 1), message);
  if (status.ok()) return true;
  // Who sends what cannot be read is told which field it is.
  if (status.error_code() != grpc::StatusCode::INVALID_ARGUMENT) __builtin_trap();
  if (status.error_message().empty()) __builtin_trap();
  return false;
}

// A router that does what comes, and shows what there is.
class Service {
 public:
  void Take(const v1::Command& from) {
    Violations violations;
    Conversion conversion{*rule_set_, rules::VocabularyOf(*rule_set_), violations};
    const bool has_at = from.has_at();
    const routing::TimeNs at = ConvertAt(has_at ? &from.at() : nullptr, has_at, violations);
    const char* const body = ConvertBody(from, has_at, conversion, command_.body);
    if (!violations.empty()) return;
    if (*body == '\0') __builtin_trap();  // nothing to do, and nobody was told
    command_.time = std::clamp<routing::TimeNs>(at, std::max<routing::TimeNs>(command_.time, 1),
                                                routing::kLatestTime);
    if (const auto* submit = std::get_if<routing::SubmitContact>(&command_.body)) Predict(*submit);
    ++command_.sequence;
    events_.clear();
    router_.Apply(command_, events_);
    for (const routing::Event& event : events_) Show(event);
  }

  // What was made of all that can be written down, and be read back as the same.
  void Check() const {
    std::string bytes;
    router_.Save([&bytes](std::string_view piece) { bytes.append(piece); });
    OneRuleSet source(rule_set_);
    const routing::LoadedRouter loaded = routing::Router::Load(bytes, source);
    if (loaded.router == nullptr || loaded.router->Hash() != router_.Hash()) __builtin_trap();
  }

 private:
  // Whatever is asked about, nothing is left of it.
  void Predict(const routing::SubmitContact& submit) {
    const routing::StateHash before = router_.Hash();
    v1::Placement placement;
    SetPlacement(router_.Predict(submit), &placement);
    if (router_.Hash() != before) __builtin_trap();
  }

  class OneRuleSet final : public routing::RuleSource {
   public:
    explicit OneRuleSet(std::shared_ptr<const routing::RuleSet> rule_set)
        : rule_set_(std::move(rule_set)) {}
    std::shared_ptr<const routing::RuleSet> RuleSetOf(std::string_view hash,
                                                      std::string_view) override {
      return hash == rule_set_->hash() ? rule_set_ : nullptr;
    }
    std::shared_ptr<const routing::Condition> ConditionOf(
        std::string_view source, const routing::RuleSet& rule_set) override {
      return rules::CompileCondition(source, rule_set).condition;
    }

   private:
    const std::shared_ptr<const routing::RuleSet> rule_set_;
  };

  void Show(const routing::Event& event) {
    v1::Event shown;
    SetEvent(event, &shown);
    if (const auto contact = router_.FindContact(event.contact)) {
      v1::ContactStatus status;
      SetContact(*contact, &status);
    }
    if (shown.SerializeAsString().empty()) __builtin_trap();
  }

  const std::shared_ptr<const routing::RuleSet> rule_set_ = RuleSet();
  routing::Router router_{FewOfEach(), rule_set_};
  routing::Command command_;
  routing::EventBuffer events_;
};

}  // namespace

/// The first byte says which request the rest are the bytes of; 0: of a session, whose commands are
/// then done.
void FuzzOne(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > 64 * 1024) return;
  const std::size_t which = static_cast<unsigned char>(bytes[0]) % (Requests().size() + 1);
  bytes.remove_prefix(1);
  if (which != 0) {
    const auto* const prototype =
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(Requests()[which - 1]);
    const std::unique_ptr<google::protobuf::Message> request(prototype->New());
    Read(bytes, *request);
    return;
  }
  v1::SessionRequest request;
  if (!Read(bytes, request)) return;
  Service service;
  for (const v1::Command& command : request.commands()) service.Take(command);
  service.Check();
}

}  // namespace strowger::grpc_api

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  strowger::grpc_api::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
