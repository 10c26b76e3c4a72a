#include "tests/model/command_generator.h"

#include <algorithm>
#include <utility>

namespace strowger::model {

using routing::Command;
using routing::ContactState;
using routing::kMillisecond;
using routing::kMinute;
using routing::kNever;
using routing::kSecond;
using routing::TimeNs;

namespace {

constexpr TimeNs kStart = 1'767'225'600 * kSecond;
constexpr std::uint64_t kContactIds = 30;
constexpr std::uint64_t kAgentIds = 10;
constexpr std::size_t kPlans = 40;
constexpr std::uint64_t kEditions = 4;

}  // namespace

routing::Limits CommandGenerator::limits() {
  routing::Limits limits;
  limits.agents = 8;
  limits.contacts = 20;
  limits.ended_contacts = 5;
  limits.replan_slice = 3;
  return limits;
}

CommandGenerator::CommandGenerator(std::uint64_t seed) : dice_(seed * 7'919 + 17), load_(seed % 4) {
  for (std::uint64_t i = 0; i < kEditions; ++i) {
    editions_.push_back(MakeFakeRules(seed, i, 0));
    variants_.push_back(MakeFakeRules(seed, i, 1));
  }
  for (std::size_t i = 0; i < kPlans; ++i) {
    const FakeQueues& queues = editions_[i % editions_.size()].queues;
    plans_.push_back(RandomPlan(dice_, queues.all, queues.inner));
  }
}

// ---- Which, and when --------------------------------------------------------------------------

Command CommandGenerator::Next(const NaiveRouter& model) {
  Command command;
  command.sequence = ++sequence_;
  command.time = NextTime(model);
  const std::uint64_t submits = 10 + 6 * load_;
  const std::uint64_t weights[] = {4, submits, 7, 4, 9, 8, 2, 17, 6, 13, 4, 4,
                                   1, 2,       3, 2, 2, 3, 2, 2,  2, 1,  1, 1};
  std::uint64_t total = 0;
  for (const std::uint64_t weight : weights) total += weight;
  std::uint64_t draw = dice_.Below(total);
  std::size_t kind = 0;
  while (draw >= weights[kind]) draw -= weights[kind++];
  switch (kind) {
    case 0:
      command.body = routing::Tick{};
      break;
    case 1:
      command.body = Submit(model, command.time);
      break;
    case 2:
      command.body = Update(model, command.time);
      break;
    case 3:
      command.body = Cancel(model);
      break;
    case 4:
      command.body = Upsert(model);
      break;
    case 5:
      command.body = SetState(model);
      break;
    case 6:
      command.body = Remove(model);
      break;
    case 7:
      command.body = Accept(model);
      break;
    case 8:
      command.body = Decline(model);
      break;
    case 9:
      command.body = Complete(model);
      break;
    case 10:
      command.body = Finish(model);
      break;
    case 11:
      command.body = Renew(model);
      break;
    case 12:
      command.body = Sync(model);
      break;
    case 13:
      command.body = Restart(command.time);
      break;
    case 14:
      command.body = Flip(model);
      break;
    case 15:
      command.body = Try(model);
      break;
    case 16:
      command.body = Activate(model);
      break;
    case 17:
      command.body = Transfer(model);
      break;
    case 18:
      command.body = routing::AssignContact{WaitingContact(model), KnownAgent(model)};
      break;
    case 19:
      command.body =
          routing::HoldContact{HandledContact(model), dice_.Chance(20) ? AnyAgent() : ""};
      break;
    case 20:
      command.body =
          routing::ResumeContact{HandledContact(model), dice_.Chance(20) ? AnyAgent() : ""};
      break;
    case 21:
      command.body = routing::SetQueueOpen{AnyQueue(model), dice_.Chance(75)};
      break;
    case 22:
      command.body = routing::EraseContactData{AnyContact()};
      break;
    default:
      command.body = routing::MoveContacts{AnyQueue(model), AnyQueue(model)};
      break;
  }
  return command;
}

TimeNs CommandGenerator::NextTime(const NaiveRouter& model) {
  const TimeNs now = std::max(model.now(), kStart);
  const TimeNs deadline = model.next_deadline();
  const bool near = deadline != kNever && deadline < now + 10 * kMinute;
  const std::uint64_t draw = dice_.Below(1000);
  if (draw < 380) return now;
  if (draw < 530) return now + dice_.Between(1, 4) * 500 * kMillisecond;
  if (draw < 700 && near) return std::max(now, deadline);
  if (draw < 740 && near) return std::max(now, deadline - 1);
  if (draw < 780 && near) return std::max(now, deadline + 1);
  if (draw < 860) return now + 1;
  if (draw < 990) return now + dice_.Between(1, 15) * kSecond;
  // A watch may look every second, which makes long idle times dear.
  return now + (model.WatchCount() == 0 ? dice_.Between(1, 45) * kMinute : kMinute);
}

// ---- Ids --------------------------------------------------------------------------------------

std::string CommandGenerator::AnyContact() {
  return dice_.Chance(95) ? Numbered("c", dice_.Below(kContactIds)) : "ghost";
}

std::string CommandGenerator::AnyAgent() {
  return dice_.Chance(95) ? Numbered("a", dice_.Below(kAgentIds)) : "ghost";
}

std::string CommandGenerator::WaitingContact(const NaiveRouter& model) {
  std::vector<std::string> waiting;
  for (const auto& [id, contact] : model.contacts()) {
    if (contact.waiting()) waiting.push_back(id);
  }
  return waiting.empty() || dice_.Chance(10) ? AnyContact() : dice_.Pick(waiting);
}

std::string CommandGenerator::HandledContact(const NaiveRouter& model) {
  std::vector<std::string> handled;
  for (const auto& [id, contact] : model.contacts()) {
    if (contact.state == ContactState::kHandling) handled.push_back(id);
  }
  return handled.empty() || dice_.Chance(8) ? AnyContact() : dice_.Pick(handled);
}

std::string CommandGenerator::KnownAgent(const NaiveRouter& model) {
  std::vector<std::string> known;
  for (const auto& [id, agent] : model.agents()) known.push_back(id);
  return known.empty() || dice_.Chance(8) ? AnyAgent() : dice_.Pick(known);
}

const NaiveOffer* CommandGenerator::OpenOffer(const NaiveRouter& model) {
  if (model.offers().empty() || dice_.Chance(8)) return nullptr;
  auto offer = model.offers().begin();
  std::advance(offer, dice_.Below(model.offers().size()));
  return &offer->second;
}

// ---- Contacts ---------------------------------------------------------------------------------

std::vector<routing::Attribute> CommandGenerator::Attributes() {
  std::vector<routing::Attribute> attributes;
  if (dice_.Chance(60)) attributes.push_back({"tier", dice_.Pick(Tiers())});
  if (dice_.Chance(30)) attributes.push_back({"last_agent", AnyAgent()});
  if (dice_.Chance(15)) attributes.push_back({"score", dice_.Between(-3, 3)});
  if (dice_.Chance(10)) attributes.push_back({"vip", dice_.Chance(50)});
  if (dice_.Chance(10)) attributes.push_back({"balance", 0.25 * double(dice_.Below(9))});
  if (dice_.Chance(10)) attributes.push_back({"tags", std::vector<std::string>{"x", "y"}});
  return attributes;
}

routing::Plan CommandGenerator::ExplicitPlan() {
  routing::Plan plan = dice_.Pick(plans_);
  if (!dice_.Chance(6)) return plan;
  switch (dice_.Below(6)) {
    case 0:
      plan.queue.clear();
      break;
    case 4:
      plan.requirement = {};
      plan.requirement.who.atoms.emplace_back();
      plan.requirement.who.terms.push_back({routing::Formula::Op::kAtom, 0});
      break;
    case 1:
      plan.queue = "nowhere";
      break;
    case 2:
      plan.steps.emplace_back();  // after 0 s and last: its `after` decreases where there are more
      plan.steps.back().id = "now";
      break;
    case 3:
      plan.overflow.emplace_back();
      plan.overflow.back().id = "away";
      plan.overflow.back().to.queue = "nowhere";
      break;
    default:
      plan.steps.emplace_back();
      plan.steps.back().id = "away";
      plan.steps.back().after = kMinute * 10;
      plan.steps.back().queue = "nowhere";
      break;
  }
  return plan;
}

routing::SubmitContact CommandGenerator::Submit(const NaiveRouter& model, TimeNs now) {
  routing::SubmitContact submit;
  for (int tries = 0; tries < 4; ++tries) {
    submit.contact = AnyContact();
    const auto known = model.contacts().find(submit.contact);
    if (known == model.contacts().end() || !known->second.live()) break;
  }
  submit.channel = dice_.Pick(Channels());
  submit.attributes = Attributes();
  submit.location = dice_.Pick(Places());
  if (dice_.Chance(12)) submit.not_before = now + RandomDuration(dice_) - kSecond;
  if (dice_.Chance(15)) submit.virtual_arrival = now - 5 * RandomDuration(dice_);
  if (dice_.Chance(15)) submit.priority = RandomPriority(dice_);
  if (dice_.Chance(40)) submit.plan = ExplicitPlan();
  if (dice_.Chance(50)) submit.labels = RandomLabels();
  Wish(submit);
  HideAttributes(submit);
  if (dice_.Chance(3)) {
    switch (dice_.Below(5)) {
      case 0:
        submit.contact.clear();
        break;
      case 3:
        submit.labels.assign(routing::kMaxLabels + 1, "blue");
        break;
      case 1:
        submit.contact = std::string(129, 'x');
        break;
      case 2:
        submit.channel.clear();
        break;
      default:
        submit.virtual_arrival = now + 1;
        break;
    }
  }
  return submit;
}

// What conditions read most is kept from the state, now and then; or it was decided before.
void CommandGenerator::HideAttributes(routing::SubmitContact& submit) {
  if (dice_.Chance(15)) {
    submit.unstored.push_back({"tier", dice_.Pick(Tiers())});
    if (dice_.Chance(98)) {
      std::erase_if(submit.attributes, [](const auto& known) { return known.name == "tier"; });
    }
  } else if (dice_.Chance(5)) {
    submit.decided = dice_.Chance(80) ? Numbered("r", dice_.Below(6)) : "";
  }
}

void CommandGenerator::Wish(routing::SubmitContact& submit) {
  if (dice_.Chance(12)) {
    submit.requested.agent = AnyAgent();
    if (dice_.Chance(50)) submit.requested.lasts = RandomDuration(dice_);
    if (dice_.Chance(50)) submit.requested.only = dice_.Chance(60);
  }
  // Few keys, so that some come back while others still wait.
  if (dice_.Chance(20)) submit.resume = {dice_.Pick(Tiers()), 2 * RandomDuration(dice_)};
}

routing::UpdateContact CommandGenerator::Update(const NaiveRouter& model, TimeNs now) {
  routing::UpdateContact update;
  update.contact = WaitingContact(model);
  if (dice_.Chance(40)) update.attributes = Attributes();
  if (dice_.Chance(30)) update.priority = RandomPriority(dice_);
  if (dice_.Chance(30)) {
    update.requirement = RandomRequirement(dice_);
  } else {
    update.replan = dice_.Chance(30);
  }
  if (!update.priority.has_value() && dice_.Chance(25)) {
    update.virtual_arrival = now - 3 * RandomDuration(dice_);
  }
  if (dice_.Chance(3)) update.virtual_arrival = now + dice_.Between(0, 1);
  if (dice_.Chance(20)) update.labels = RandomLabels();
  if (dice_.Chance(2)) update.replan = true;
  return update;
}

routing::CancelContact CommandGenerator::Cancel(const NaiveRouter& model) {
  return {WaitingContact(model), dice_.Chance(60)};
}

// ---- Offers and handling ----------------------------------------------------------------------

routing::AcceptOffer CommandGenerator::Accept(const NaiveRouter& model) {
  const NaiveOffer* offer = OpenOffer(model);
  if (offer == nullptr) return {AnyContact(), AnyAgent(), dice_.Below(4)};
  const std::string agent = dice_.Chance(4) ? AnyAgent() : offer->agent;
  return {offer->contact, agent, dice_.Chance(50) ? offer->number - dice_.Below(20) / 19 : 0};
}

routing::DeclineOffer CommandGenerator::Decline(const NaiveRouter& model) {
  const NaiveOffer* offer = OpenOffer(model);
  if (offer == nullptr) return {AnyContact(), AnyAgent(), dice_.Below(4)};
  return {offer->contact, offer->agent, dice_.Chance(50) ? offer->number : 0};
}

routing::CompleteContact CommandGenerator::Complete(const NaiveRouter& model) {
  const std::string contact = HandledContact(model);
  const auto found = model.contacts().find(contact);
  const bool known = found != model.contacts().end() && !found->second.agent.empty();
  if (!known || dice_.Chance(50)) return {contact, {}};
  return {contact, dice_.Chance(8) ? AnyAgent() : found->second.agent};
}

routing::TransferContact CommandGenerator::Transfer(const NaiveRouter& model) {
  routing::TransferContact transfer;
  transfer.contact = HandledContact(model);
  if (dice_.Chance(60)) transfer.queue = AnyQueue(model);
  if (transfer.queue.empty() || dice_.Chance(3)) transfer.agent = KnownAgent(model);
  if (dice_.Chance(40)) transfer.requirement = RandomRequirement(dice_);
  if (dice_.Chance(30)) {
    transfer.priority.emplace();
    if (dice_.Chance(50)) {
      transfer.priority->set = RandomPriority(dice_);
    } else {
      transfer.priority->add = dice_.Between(-5, 5);
    }
  }
  return transfer;
}

// Also some that the active rules do not have.
std::string CommandGenerator::AnyQueue(const NaiveRouter& model) {
  if (dice_.Chance(5)) return dice_.Chance(50) ? "nowhere" : "";
  auto queue = model.queues().begin();
  std::advance(queue, dice_.Below(model.queues().size()));
  return queue->first;
}

routing::FinishWrapUp CommandGenerator::Finish(const NaiveRouter& model) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& [id, agent] : model.agents()) {
    for (const NaiveWrapUp& wrap_up : agent.wrap_ups) all.emplace_back(id, wrap_up.contact);
  }
  if (all.empty() || dice_.Chance(10)) return {AnyAgent(), dice_.Chance(50) ? AnyContact() : ""};
  const auto& [agent, contact] = dice_.Pick(all);
  return {agent, dice_.Chance(50) ? contact : ""};
}

// Most of those who are there, and sometimes somebody new.
routing::Restarted CommandGenerator::Restart(TimeNs& time) {
  if (dice_.Chance(60)) time += dice_.Between(0, 60) * kSecond;
  return {dice_.Chance(70) ? 10 * RandomDuration(dice_) : 0};
}

routing::ActivateRuleSet CommandGenerator::Activate(const NaiveRouter& model) {
  routing::ActivateRuleSet activate;
  activate.rule_set = editions_[dice_.Below(editions_.size())].rule_set;
  const std::uint64_t draw = dice_.Below(10);
  if (draw < 4) activate.if_version = model.version();
  if (draw == 4) activate.if_version = model.version() + 1;
  if (draw > 7 && model.candidate() != nullptr) activate.rule_set = model.candidate();
  activate.replan = dice_.Chance(50);
  return activate;
}

routing::SetFlag CommandGenerator::Flip(const NaiveRouter& model) {
  std::vector<std::string> names = {"nothing"};
  for (const auto& [name, on] : model.flags()) names.insert(names.end(), 3, name);
  return {dice_.Pick(names), dice_.Chance(50)};
}

routing::SetCandidate CommandGenerator::Try(const NaiveRouter& model) {
  routing::SetCandidate trial;
  if (dice_.Chance(15)) return trial;
  for (const FakeRules& variant : variants_) {
    const bool fits = variant.rule_set->frame() == model.rule_set()->frame();
    if (fits || dice_.Chance(5)) trial.rule_set = variant.rule_set;
  }
  if (dice_.Chance(10)) trial.rule_set = model.rule_set();
  trial.share = dice_.Chance(30) ? 0 : dice_.Between(-20'000, 1'020'000);
  if (dice_.Chance(10)) trial.if_version = model.version() + dice_.Below(2);
  return trial;
}

}  // namespace strowger::model
