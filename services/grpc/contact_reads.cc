#include "services/grpc/contact_reads.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "routing-core/rules/compiler.h"
#include "services/grpc/convert_commands.h"
#include "services/grpc/convert_history.h"
#include "services/grpc/convert_views.h"
#include "services/grpc/paging.h"
#include "services/grpc/unary.h"
#include "strowger/v1/routing.pb.h"

namespace strowger::grpc_api {
namespace {

grpc::Status ToStatus(const absl::Status& status) {
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

class GetContactCall final : public ReadCall<v1::GetContactRequest, v1::GetContactResponse> {
 public:
  using ReadCall::ReadCall;

 private:
  void Check(const v1::GetContactRequest& request, Violations& violations) override {
    RequireName(request.contact_id(), "contact_id", violations);
  }
  void OnRead(const runtime::Reading& reading) override {
    view_ = reading.router.FindContact(request().contact_id());
    sequence_ = reading.sequence;
  }
  void OnReleased() override {
    const bool lives = view_ && view_->state != routing::ContactState::kEnded;
    if (lives || hub().options.history == nullptr) return ReadCall::OnReleased();
    hub().options.history->Ask(request().domain(), sequence_,
                               [this](const history::HistoryStore* store) { LookUp(store); });
  }
  void LookUp(const history::HistoryStore* store) {
    if (store != nullptr) {
      auto found = store->Find(request().contact_id());
      if (!found.ok()) return Fail(ToStatus(found.status()));
      ended_ = *std::move(found);
    }
    ReadCall::OnReleased();
  }
  grpc::Status Fill(v1::GetContactResponse& response) override {
    // Another one of that id, where the history has not come to this one.
    if (view_ && ended_ && ended_->ended_at_ns() != view_->ended_at) ended_.reset();
    if (ended_) {
      SetContact(*ended_, &response);
    } else if (view_) {
      SetContact(*view_, response.mutable_contact());
    } else {
      return Refused(routing::Outcome::kUnknownContact, "contact_id",
                     Describe(routing::Outcome::kUnknownContact));
    }
    response.set_sequence(sequence_);
    return grpc::Status::OK;
  }

  std::optional<routing::ContactView> view_;
  std::optional<history::EndedContact> ended_;
  std::uint64_t sequence_ = 0;
};

// Reads the router in slices, so that it is never held up for long, then the history.
class ListContactsCall final : public ReadCall<v1::ListContactsRequest, v1::ListContactsResponse> {
 public:
  using ReadCall::ReadCall;

 private:
  // A slice looks at so many places and copies so many contacts; a page takes so many slices.
  static constexpr std::size_t kSlicePlaces = 4'096;
  static constexpr std::size_t kSliceContacts = 32;
  static constexpr int kMostSlices = 64;
  // And looks at so many contacts of the history.
  static constexpr std::size_t kMostEnded = 10'000;

  void Check(const v1::ListContactsRequest& request, Violations& violations) override {
    CheckPageSize(request.page_size(), violations);
    AllowName(request.page_token(), "page_token", violations);
    AllowName(request.queue(), "queue", violations);
    AllowName(request.agent_id(), "agent_id", violations);
    AllowName(request.channel(), "channel", violations);
    if (!v1::ContactSelection_IsValid(request.selection())) {
      UnknownEnum(request.selection(), "selection", violations);
    }
    if (request.has_from()) since_ = ToTime(request.from(), "from", violations).value_or(0);
    if (request.has_to()) until_ = ToTime(request.to(), "to", violations).value_or(0);
    live_ = {std::nullopt, request.queue(), request.agent_id(), request.channel(), since_, until_};
    place_ = request.selection() == v1::CONTACT_SELECTION_ENDED ? routing::kNoPlace : 0;
    ReadToken(request.page_token(), violations);
  }

  // "l" and a place in the router, or "e" and a place in the history.
  void ReadToken(const std::string& token, Violations& violations) {
    if (token.empty()) return;
    if (token[0] == 'e') {
      place_ = routing::kNoPlace;
      after_ = token.substr(1);
      return;
    }
    if (token[0] != 'l') return violations.Add("page_token", "is not one that a reply gave");
    place_ = ReadNumberToken(token.substr(1), 0, violations).value_or(0);
  }

  void OnRead(const runtime::Reading& reading) override {
    sequence_ = reading.sequence;
    if (place_ == routing::kNoPlace) return;
    views_ =
        reading.router.ListContacts(live_, place_, kSlicePlaces, std::min(kSliceContacts, Room()));
  }

  void OnReleased() override {
    for (const routing::ContactView& view : views_) {
      v1::ContactStatus* const contact = response_.add_contacts();
      SetContact(view, contact);
      bytes_ += contact->ByteSizeLong();
    }
    views_.clear();
    if (place_ != routing::kNoPlace && !IsFull() && ++slices_ < kMostSlices) {
      runtime::DomainExecutor* const executor = hub().domains.Find(request().domain());
      const auto submission = executor->Submit(this);
      if (submission != runtime::DomainExecutor::Submission::kAccepted) FailSubmission(submission);
      return;
    }
    if (place_ != routing::kNoPlace) return End(absl::StrCat("l", place_));
    if (request().selection() == v1::CONTACT_SELECTION_LIVE) return End("");
    if (hub().options.history == nullptr) return End("");
    if (IsFull()) return End(absl::StrCat("e", after_));
    hub().options.history->Ask(request().domain(), sequence_,
                               [this](const history::HistoryStore* store) { AddEnded(store); });
  }

  void AddEnded(const history::HistoryStore* store) {
    if (store == nullptr) return End("");
    const history::HistoryFilter filter{request().queue(), request().agent_id(),
                                        request().channel(), since_, until_};
    const auto page = store->List(filter, after_, kMostEnded, Room());
    if (absl::IsInvalidArgument(page.status())) {
      Violations violations;
      violations.Add("page_token", std::string(page.status().message()));
      return Fail(BadRequest(violations));
    }
    if (!page.ok()) return Fail(ToStatus(page.status()));
    for (const history::EndedContact& contact : page->contacts) {
      SetContact(contact, response_.add_contacts());
    }
    End(page->next.empty() ? std::string() : absl::StrCat("e", page->next));
  }

  std::size_t Room() const {
    return PageSize(request().page_size()) - static_cast<std::size_t>(response_.contacts_size());
  }
  bool IsFull() const { return Room() == 0 || bytes_ >= kMaxPageBytes; }

  void End(std::string token) {
    response_.set_next_page_token(std::move(token));
    response_.set_sequence(sequence_);
    Reply(response_);
  }
  grpc::Status Fill(v1::ListContactsResponse& /*response*/) override { return grpc::Status::OK; }

  routing::TimeNs since_ = 0;
  routing::TimeNs until_ = 0;
  routing::ContactFilter live_;
  std::uint64_t place_ = 0;
  std::string after_;
  std::vector<routing::ContactView> views_;
  v1::ListContactsResponse response_;
  std::size_t bytes_ = 0;
  int slices_ = 0;
  std::uint64_t sequence_ = 0;
};

// One look at the router, which costs about what submitting the contact does: so it waits its turn
// among the commands, as other reads do, and not on the thread for answers that take their time.
class PredictWaitCall final : public ReadCall<v1::PredictWaitRequest, v1::PredictWaitResponse> {
 public:
  using ReadCall::ReadCall;

 private:
  // For a contact without an id, as often as it takes to be one that nobody has.
  static constexpr char kNewId = '?';

  void Check(const v1::PredictWaitRequest& request, Violations& violations) override {
    if (request.has_contact()) return ReadContact(request, violations);
    RequireName(request.contact_id(), "contact_id", violations);
  }
  void ReadContact(const v1::PredictWaitRequest& request, Violations& violations) {
    const rules::RuleHistory* const history = hub().publisher.Find(request.domain());
    const std::shared_ptr<const routing::RuleSet> rule_set =
        history != nullptr ? history->active() : rules::DefaultRuleSet();
    Conversion conversion{*rule_set, rules::VocabularyOf(*rule_set), violations};
    const Violations::Step step(violations, "contact");
    v1::Contact contact = request.contact();
    if (contact.id().empty()) contact.set_id(std::string(1, kNewId));
    Convert(contact, conversion, submit_);
  }
  void OnRead(const runtime::Reading& reading) override {
    sequence_ = reading.sequence;
    time_ = reading.time;
    if (!request().has_contact()) {
      view_ = reading.router.FindContact(request().contact_id());
      return;
    }
    if (request().contact().id().empty()) {
      while (reading.router.FindContact(submit_.contact)) submit_.contact.push_back(kNewId);
    }
    predicted_ = reading.router.Predict(submit_);
  }
  grpc::Status Fill(v1::PredictWaitResponse& response) override {
    if (request().has_contact()) {
      const routing::Result& refusal = predicted_.refusal;
      if (!refusal.ok()) {
        return Refused(refusal.outcome, absl::StrCat("contact.", std::string(refusal.field)),
                       Describe(refusal.outcome));
      }
      SetPlacement(predicted_, response.mutable_placement());
    } else if (view_) {
      SetPlacement(*view_, response.mutable_placement());
    } else {
      return Refused(routing::Outcome::kUnknownContact, "contact_id",
                     Describe(routing::Outcome::kUnknownContact));
    }
    response.set_sequence(sequence_);
    SetTime(time_, response.mutable_time());
    return grpc::Status::OK;
  }

  routing::SubmitContact submit_;
  routing::ArrivalPrediction predicted_;
  std::optional<routing::ContactView> view_;
  std::uint64_t sequence_ = 0;
  routing::TimeNs time_ = 0;
};

}  // namespace

grpc::ServerUnaryReactor* StartPredictWait(Hub& hub, grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response) {
  return StartCall<PredictWaitCall>(hub, Rpc::kPredictWait, context, request, response);
}

grpc::ServerUnaryReactor* StartGetContact(Hub& hub, grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) {
  return StartCall<GetContactCall>(hub, Rpc::kGetContact, context, request, response);
}

grpc::ServerUnaryReactor* StartListContacts(Hub& hub, grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) {
  return StartCall<ListContactsCall>(hub, Rpc::kListContacts, context, request, response);
}

}  // namespace strowger::grpc_api
