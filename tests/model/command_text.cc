#include "tests/model/command_text.h"

#include <sstream>
#include <variant>

#include "routing/rule_set.h"

namespace strowger::model {
namespace {

using routing::DurationNs;
using routing::Requirement;

// Seconds with what is left of them in nanoseconds.
std::string Time(routing::TimeNs time) {
  if (time == routing::kNever) return "never";
  std::string nanos = std::to_string(time % routing::kSecond);
  nanos.insert(0, 9 - nanos.size(), '0');
  return std::to_string(time / routing::kSecond) + "." + nanos;
}

std::string Lasting(DurationNs duration) {
  std::ostringstream out;
  out << static_cast<double>(duration) / static_cast<double>(routing::kSecond) << "s";
  return out.str();
}

std::string Text(const Requirement& requirement) {
  std::ostringstream out;
  out << "{";
  for (const auto& minimum : requirement.require) {
    out << minimum.skill << ":" << minimum.at_least << " ";
  }
  using Op = routing::Formula::Op;
  for (const auto& term : requirement.who.terms) {
    if (term.op == Op::kAtom) {
      const routing::Atom& atom = requirement.who.atoms[term.atom];
      constexpr const char* kKinds[] = {"skill ", "team ", "location ", "id ", "attribute "};
      out << kKinds[static_cast<int>(atom.kind)] << atom.name;
      if (atom.kind == routing::Atom::Kind::kSkillAtLeast) out << ">=" << atom.at_least;
      out << " ";
    } else {
      constexpr const char* kOps[] = {"", "and ", "or ", "not ", "true ", "false "};
      out << kOps[static_cast<int>(term.op)];
    }
  }
  out << "}";
  return out.str();
}

std::string Text(const routing::Priority& priority) {
  std::string text =
      std::to_string(priority.start) + "+" + std::to_string(priority.gain_per_minute) + "/min";
  if (priority.max.has_value()) text += "<=" + std::to_string(*priority.max);
  return text;
}

std::string Text(const std::optional<routing::PriorityChange>& change) {
  if (!change.has_value()) return {};
  if (change->set.has_value()) return " priority=" + Text(*change->set);
  return " priority+=" + std::to_string(change->add);
}

std::string Text(const routing::Destination& to) {
  if (!to.treatment.empty()) return "treatment " + to.treatment;
  return "queue " + to.queue + (to.requirement ? " require=" + Text(*to.requirement) : "") +
         (to.keep_requirement ? " keep" : "") + Text(to.priority);
}

std::string Text(const routing::AgentRequest& request) {
  std::string text;
  if (!request.agent.empty()) text += " requested_agent=" + request.agent;
  if (request.lasts) text += " requested_for=" + Lasting(*request.lasts);
  if (request.only) text += *request.only ? " requested_only" : " not_only";
  return text;
}

std::string Text(const char* name, const std::optional<std::int64_t>& number) {
  return number.has_value() ? std::string(name) + std::to_string(*number) : std::string();
}

std::string Text(const std::vector<routing::Preference>& prefer) {
  std::string text;
  for (const auto& preference : prefer) {
    text += " prefer=" + preference.name + ":" + std::to_string(preference.weight);
  }
  return text;
}

std::string Text(const routing::Plan& plan) {
  std::ostringstream out;
  out << "plan[" << plan.queue << " require=" << Text(plan.requirement)
      << " priority=" << Text(plan.priority) << Text(plan.requested);
  if (plan.skip_if_empty) out << " skip_if_empty";
  out << Text(" ranks>=", plan.ranks.low) << Text(" ranks<=", plan.ranks.high)
      << Text(" lift=", plan.lift) << Text(plan.prefer);
  for (const auto& step : plan.steps) {
    out << "\n      step " << step.id << " after " << Lasting(step.after);
    if (step.when != nullptr) out << " when " << step.when->source();
    if (step.requirement) out << " require=" << Text(*step.requirement);
    out << Text(step.priority);
    if (!step.queue.empty()) out << " queue=" << step.queue;
    if (step.ranks) {
      out << Text(" ranks>=", step.ranks->low) << Text(" ranks<=", step.ranks->high) << " ranks+"
          << step.ranks->raise;
    }
    out << Text(" lift=", step.lift);
    if (step.prefer) out << " prefer:" << Text(*step.prefer);
    if (!step.skip_if_empty) out << " unskipped";
  }
  for (const auto& overflow : plan.overflow) {
    out << "\n      overflow " << overflow.id << " after " << Lasting(overflow.after);
    if (overflow.when != nullptr) out << " when " << overflow.when->source();
    out << " to " << Text(overflow.to);
  }
  if (plan.wait_limit) {
    out << "\n      wait_limit " << Lasting(plan.wait_limit->after) << " "
        << plan.wait_limit->treatment;
  }
  out << "]";
  return out.str();
}

std::string Text(const std::vector<routing::Attribute>& attributes) {
  std::string text;
  for (const routing::Attribute& attribute : attributes) {
    text += " " + attribute.name;
    if (const auto* value = std::get_if<std::string>(&attribute.value)) text += "=" + *value;
  }
  return text;
}

std::string Text(const routing::Capacity& capacity) {
  if (capacity.one_of_any) return "one_of_any";
  std::ostringstream out;
  out << "{";
  if (capacity.total) out << "total " << *capacity.total << " ";
  for (const auto& entry : capacity.channels) {
    out << entry.channel << " max " << entry.max << " cost " << entry.cost;
    for (const std::string& by : entry.interruptible_by) out << " <" << by;
    out << "; ";
  }
  out << "}";
  return out.str();
}

std::string Text(const std::vector<routing::Cap>& caps) {
  std::string text;
  for (const routing::Cap& cap : caps) text += cap.name + ":" + std::to_string(cap.most) + " ";
  return text;
}

std::string Bounds(const routing::AgentUpdate& update) {
  std::ostringstream out;
  if (update.handling_cap) {
    out << " caps={" << Text(update.handling_cap->labels) << "; "
        << Text(update.handling_cap->queues) << "}";
  }
  if (update.pace) out << " pace=" << update.pace->contacts << "/" << Lasting(update.pace->per);
  if (update.outside) {
    out << " outside={";
    for (const auto& count : update.outside->channels) {
      out << count.channel << ":" << count.contacts << " ";
    }
    out << (update.outside->resets_idle ? "resets_idle}" : "}");
  }
  if (update.lease) out << " lease=" << Lasting(*update.lease);
  return out.str();
}

std::string Labelled(const std::vector<std::string>& labels) {
  std::string text;
  for (const std::string& label : labels) text += " #" + label;
  return text;
}

std::string Text(const routing::AgentUpdate& update) {
  std::ostringstream out;
  out << update.agent;
  if (update.skills) {
    out << " skills={";
    for (const auto& level : *update.skills) out << level.skill << ":" << level.proficiency << " ";
    out << "}";
  }
  if (update.team) out << " team=" << *update.team;
  if (update.location) out << " location=" << *update.location;
  if (update.attributes) out << " attributes:" << Text(*update.attributes);
  if (update.rank) out << " rank=" << *update.rank;
  if (update.weight) out << " weight=" << *update.weight;
  if (update.queues) {
    out << " queues={";
    for (const auto& entry : *update.queues) {
      out << entry.queue << " order " << entry.order << " delay " << Lasting(entry.delay)
          << Text(" rank ", entry.rank) << "; ";
    }
    out << "}";
  }
  if (update.capacity) out << " capacity=" << Text(*update.capacity);
  if (update.wrap_up) out << " wrap_up=" << Lasting(*update.wrap_up);
  if (update.state) out << " state=" << Name(*update.state) << " '" << update.reason << "'";
  out << (update.pending ? " pending" : "") << Bounds(update);
  return out.str();
}

struct Teller {
  std::string operator()(const routing::Tick&) const { return "tick"; }
  std::string operator()(const routing::SubmitContact& command) const {
    std::string text = "submit " + command.contact + " " + command.channel +
                       Text(command.attributes) + " location=" + command.location;
    if (command.not_before) text += " not_before=" + Time(*command.not_before);
    if (command.virtual_arrival) text += " virtual_arrival=" + Time(*command.virtual_arrival);
    if (command.priority) text += " priority=" + Text(*command.priority);
    text += Labelled(command.labels);
    text += Text(command.requested);
    if (command.resume) {
      text += " resume=" + command.resume->key + "/" + Lasting(command.resume->within);
    }
    if (command.plan) text.append(" ").append(Text(*command.plan));
    if (!command.unstored.empty()) text += " unstored:" + Text(command.unstored);
    if (command.decided) text += " decided=" + *command.decided;
    return text;
  }
  std::string operator()(const routing::UpdateContact& command) const {
    std::string text = "update " + command.contact + Text(command.attributes);
    if (command.priority) text += " priority=" + Text(*command.priority);
    if (command.requirement) text += " require=" + Text(*command.requirement);
    if (command.virtual_arrival) text += " virtual_arrival=" + Time(*command.virtual_arrival);
    if (command.labels) text += " labels:" + Labelled(*command.labels);
    return text + (command.replan ? " replan" : "");
  }
  std::string operator()(const routing::CancelContact& command) const {
    return (command.by_customer ? "abandon " : "cancel ") + command.contact;
  }
  std::string operator()(const routing::UpsertAgents& command) const {
    std::string text = "upsert";
    for (const routing::AgentUpdate& update : command.agents) {
      text += (command.agents.size() > 1 ? "\n      " : " ") + Text(update);
    }
    return text;
  }
  std::string operator()(const routing::SetAgentState& command) const {
    return "set_state " + command.agent + " " + std::string(Name(command.state)) + " '" +
           command.reason + "'" + (command.force ? " force" : "") +
           (command.pending ? " pending" : "") +
           (command.lease ? " lease " + Lasting(*command.lease) : "");
  }
  std::string operator()(const routing::RemoveAgent& command) const {
    return "remove_agent " + command.agent + (command.force ? " force" : "");
  }
  std::string operator()(const routing::AcceptOffer& command) const {
    return "accept " + command.contact + " " + command.agent + " offer " +
           std::to_string(command.offer);
  }
  std::string operator()(const routing::DeclineOffer& command) const {
    return "decline " + command.contact + " " + command.agent + " offer " +
           std::to_string(command.offer);
  }
  std::string operator()(const routing::CompleteContact& command) const {
    return "complete " + command.contact + " " + command.agent;
  }
  std::string operator()(const routing::FinishWrapUp& command) const {
    return "finish_wrap_up " + command.agent + " " + command.contact;
  }
  std::string operator()(const routing::SyncAgents& command) const {
    std::string text = "sync";
    for (const routing::AgentUpdate& update : command.agents) text += "\n      " + Text(update);
    return text;
  }
  std::string operator()(const routing::Restarted& command) const {
    return "restarted grace " + Lasting(command.grace);
  }
  std::string operator()(const routing::RenewLease& command) const {
    return "renew " + command.agent + " " + command.contact;
  }
  std::string operator()(const routing::ActivateRuleSet& command) const {
    std::string text = "activate " + std::string(command.rule_set->name());
    if (command.if_version) text += " if_version " + std::to_string(*command.if_version);
    return text + (command.replan ? " replan" : "");
  }
  std::string operator()(const routing::TransferContact& command) const {
    std::string text = "transfer " + command.contact + " to " +
                       (command.queue.empty() ? "" : "queue " + command.queue) +
                       (command.agent.empty() ? "" : "agent " + command.agent);
    if (command.requirement) text += " require=" + Text(*command.requirement);
    return text + Text(command.priority);
  }
  std::string operator()(const routing::AssignContact& command) const {
    return "assign " + command.contact + " " + command.agent;
  }
  std::string operator()(const routing::HoldContact& command) const {
    return "hold " + command.contact + " " + command.agent;
  }
  std::string operator()(const routing::ResumeContact& command) const {
    return "resume " + command.contact + " " + command.agent;
  }
  std::string operator()(const routing::SetQueueOpen& command) const {
    return (command.open ? "open " : "close ") + command.queue;
  }
  std::string operator()(const routing::MoveContacts& command) const {
    return "move " + command.from + " to " + command.to;
  }
  std::string operator()(const routing::EraseContactData& command) const {
    return "erase " + command.contact;
  }
  std::string operator()(const routing::SetFlag& command) const {
    return "set_flag " + command.flag + (command.on ? " on" : " off");
  }
  std::string operator()(const routing::SetCandidate& command) const {
    if (command.rule_set == nullptr) return "no candidate";
    return "candidate " + std::string(command.rule_set->name()) + " share " +
           std::to_string(command.share);
  }
};

std::string Text(const char* name, const routing::OfferFailure& failure) {
  return std::string(" ") + name + " " + Lasting(failure.back_off) + "/" +
         std::to_string(failure.not_ready_after);
}

std::string Text(const routing::QueueSettings& queue) {
  constexpr const char* kStrategies[routing::kStrategyCount] = {
      "longest_idle",    "least_busy",        "best_skill",    "in_order",
      "fewest_contacts", "least_handle_time", "least_skilled", "round_robin",
      "random",          "allocation",        "score"};
  std::ostringstream out;
  out << queue.name << " " << kStrategies[static_cast<int>(queue.select)] << " offer "
      << Lasting(queue.offer_timeout) << " exclude " << Lasting(queue.exclude_for) << " retry "
      << Lasting(queue.retry) << Text("on_decline", queue.on_decline)
      << Text("on_expire", queue.on_expire) << " wrap_up " << Lasting(queue.wrap_up)
      << (queue.use_rank ? "" : " ranks unused") << " (scope "
      << static_cast<int>(queue.wrap_up_scope) << ") lease " << Lasting(queue.handling_lease)
      << " within " << Lasting(queue.service_level.within) << " window " << Lasting(queue.window);
  if (queue.serve == routing::Serve::kGreatestNeed) out << " greatest_need";
  if (queue.starvation_bound) out << " bound " << Lasting(*queue.starvation_bound);
  if (queue.max_occupancy) out << " max_occupancy " << *queue.max_occupancy;
  for (const routing::Borrow& borrow : queue.borrow) {
    out << " borrow when " << borrow.when->source() << " who " << Text({{}, borrow.who});
  }
  if (queue.max_waiting) out << " max_waiting " << *queue.max_waiting;
  if (queue.when_full) out << " when_full " << Text(*queue.when_full);
  for (const routing::AgentShare& share : queue.shares) {
    out << " " << share.agent << " gets " << share.share;
  }
  if (queue.offer_parallel > 1) out << " parallel " << queue.offer_parallel;
  if (queue.offer_assigns) out << " assigns";
  if (queue.when_empty) {
    out << " when_empty " << static_cast<int>(queue.when_empty->nobody) << " "
        << Lasting(queue.when_empty->after) << "+" << Lasting(queue.when_empty->grace) << " "
        << Text(queue.when_empty->to);
  }
  if (queue.external) out << " external";
  return out.str();
}

}  // namespace

std::string Describe(const routing::RuleSet& rule_set) {
  std::string text(rule_set.name());
  text.append(": ").append(rule_set.text());
  for (const routing::QueueSettings& queue : rule_set.queues()) {
    text.append("\n    queue ").append(Text(queue));
  }
  for (const routing::Plan* plan : rule_set.plans()) text.append("\n    ").append(Text(*plan));
  return text;
}

std::string Describe(const routing::Command& command) {
  return std::to_string(command.sequence) + " @" + Time(command.time) + " " +
         std::visit(Teller{}, command.body);
}

std::string Describe(const routing::Event& event) {
  std::ostringstream out;
  out << event.sequence << "." << event.index << " @" << Time(event.time) << " "
      << Name(event.type);
  const auto field = [&out](const char* name, std::string_view value) {
    if (!value.empty()) out << " " << name << "=" << value;
  };
  field("contact", event.contact);
  field("agent", event.agent);
  field("queue", event.queue);
  field("to_queue", event.to_queue);
  field("text", event.text);
  if (event.offer != 0) out << " offer=" << event.offer;
  if (event.number != 0) out << " number=" << event.number;
  if (event.until != 0) out << " until=" << Time(event.until);
  if (event.reason != routing::EndReason::kNone) out << " reason=" << Name(event.reason);
  if (event.cause != routing::Cause::kNone) out << " cause=" << Name(event.cause);
  if (event.state != routing::AgentState::kOffline) out << " state=" << Name(event.state);
  return out.str();
}

}  // namespace strowger::model
