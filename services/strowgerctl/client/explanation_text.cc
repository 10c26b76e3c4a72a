#include "services/strowgerctl/client/explanation_text.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "services/strowgerctl/client/names.h"
#include "services/strowgerctl/client/wire_time.h"

namespace strowger::ctl {
namespace {

// More agents than these are only counted.
constexpr int kNamed = 12;
// Rules that were asked before the one that decided.
constexpr int kRulesShown = 8;

std::string Agents(std::uint64_t count) {
  return absl::StrCat(CountText(count), count == 1 ? " agent" : " agents");
}

std::string In(std::int64_t from, std::int64_t until, const char* in = "in ") {
  return absl::StrCat(in, DurationText(std::max<std::int64_t>(0, until - from)));
}

// As in "3 lack what it asks for".
std::string CountOf(const v1::ObstacleCount& count) {
  const std::string n = CountText(count.agents());
  const bool one = count.agents() == 1;
  switch (count.obstacle()) {
    case v1::OBSTACLE_OFFLINE:
      return absl::StrCat(n, one ? " is" : " are", " offline");
    case v1::OBSTACLE_OTHER_QUEUE:
      return absl::StrCat(n, one ? " serves" : " serve", " other queues");
    case v1::OBSTACLE_REQUIREMENT:
      return absl::StrCat(n, one ? " lacks" : " lack", " what it asks for");
    case v1::OBSTACLE_RANK:
      return absl::StrCat(n, one ? " has" : " have", " a rank that it is not for");
    case v1::OBSTACLE_NOT_READY:
      return absl::StrCat(n, one ? " is" : " are", " not ready");
    case v1::OBSTACLE_BUSY:
      return absl::StrCat(n, one ? " is" : " are", " busy");
    case v1::OBSTACLE_RESERVED:
      return absl::StrCat(n, one ? " is" : " are", " reserved by open offers");
    case v1::OBSTACLE_EXCLUDED:
      return absl::StrCat(n, one ? " is" : " are", " left out for a moment");
    case v1::OBSTACLE_DELAY:
      return absl::StrCat(n, one ? " takes" : " take", " only who has waited longer");
    case v1::OBSTACLE_CAP:
      return absl::StrCat(n, one ? " has" : " have", " as many as allowed");
    default:
      return absl::StrCat(n, one ? " is" : " are", " eligible");
  }
}

template <typename Counts>
std::string CountsOf(const Counts& counts, bool eligible_too) {
  std::vector<std::string> parts;
  for (const v1::ObstacleCount& count : counts) {
    const bool eligible = count.obstacle() == v1::OBSTACLE_UNSPECIFIED;
    if (eligible_too || !eligible) parts.push_back(CountOf(count));
  }
  return absl::StrJoin(parts, ", ");
}

template <typename Counts>
std::uint64_t Sum(const Counts& counts, bool (*keep)(v1::Obstacle)) {
  std::uint64_t sum = 0;
  for (const v1::ObstacleCount& count : counts) {
    if (keep(count.obstacle())) sum += count.agents();
  }
  return sum;
}

// "busy: handles c-17, free in about 40 s".
std::string ReasonOf(const v1::AgentObstacle& agent, std::int64_t now) {
  std::string text;
  switch (agent.obstacle()) {
    case v1::OBSTACLE_OFFLINE:
      text = "offline";
      break;
    case v1::OBSTACLE_OTHER_QUEUE:
      text = "serves other queues";
      break;
    case v1::OBSTACLE_RANK:
      text = "not of the ranks that it is for";
      break;
    case v1::OBSTACLE_REQUIREMENT:
      text = agent.detail().empty() ? "lacks what it asks for" : "";
      break;
    case v1::OBSTACLE_NOT_READY:
      text = "not ready";
      break;
    case v1::OBSTACLE_BUSY:
      text = "busy";
      break;
    case v1::OBSTACLE_RESERVED:
      text = "reserved";
      break;
    case v1::OBSTACLE_EXCLUDED:
      text = "left out for a moment";
      break;
    case v1::OBSTACLE_DELAY:
      text = "not yet";
      break;
    case v1::OBSTACLE_CAP:
      text = "has as many as allowed";
      break;
    default:
      text = "eligible";
      break;
  }
  if (!agent.detail().empty()) absl::StrAppend(&text, text.empty() ? "" : ": ", agent.detail());
  if (!agent.has_until() || now == 0) return text;
  absl::StrAppend(
      &text, agent.expected() ? ", free in about " : ", over ",
      agent.expected() ? DurationText(NsOf(agent.until()) - now) : In(now, NsOf(agent.until())));
  return text;
}

template <typename Named>
void AppendAgents(const Named& named, std::int64_t now, std::string& out) {
  std::size_t width = 0;
  for (int i = 0; i < std::min<int>(named.size(), kNamed); ++i) {
    width = std::max(width, named.Get(i).agent_id().size());
  }
  for (int i = 0; i < std::min<int>(named.size(), kNamed); ++i) {
    absl::StrAppendFormat(&out, "    %-*s  %s\n", static_cast<int>(width), named.Get(i).agent_id(),
                          ReasonOf(named.Get(i), now));
  }
  if (named.size() > kNamed) {
    absl::StrAppend(&out, "    and ", named.size() - kNamed, " more (-o json names them)\n");
  }
}

// ---- Why --------------------------------------------------------------------------------------

std::string ReasonToWait(const v1::WhyWaitingResponse& why) {
  const auto could = [](v1::Obstacle obstacle) {
    return obstacle == v1::OBSTACLE_UNSPECIFIED || obstacle > v1::OBSTACLE_RANK;
  };
  const std::uint64_t able = Sum(why.agents(), could);
  switch (why.code()) {
    case v1::WAIT_CODE_NOBODY_LOGGED_IN:
      return absl::StrCat("nobody is logged in who serves ", why.queue());
    case v1::WAIT_CODE_NOBODY_SATISFIES:
      return absl::StrCat("nobody who is logged in satisfies what it asks for (",
                          RequirementText(why.requirement()), ")");
    case v1::WAIT_CODE_NOBODY_READY:
      return absl::StrCat("of those who could take it (", Agents(able), ") nobody is ready");
    case v1::WAIT_CODE_ALL_BUSY:
      return able == 1 ? "the one agent who could take it is busy"
                       : absl::StrCat("all ", CountText(able), " who could take it are busy");
    case v1::WAIT_CODE_RESERVED:
      if (why.offers().empty()) return "who could take it is reserved by offers of other contacts";
      return absl::StrCat("it is offered to ", why.offers(0).agent_id(), " (offer ",
                          why.offers(0).offer_id(), "), who has ",
                          DurationText(NsOf(why.offers(0).expires_at()) - NsOf(why.time())),
                          " left to answer");
    case v1::WAIT_CODE_EXCLUDED:
      return "who could take it declined it or did not answer a moment ago, or backs off";
    case v1::WAIT_CODE_DELAY:
      return "it is too young for those who could take it";
    case v1::WAIT_CODE_NOT_BEFORE:
      return absl::StrCat("it is not to be offered before ", TimeText(NsOf(why.not_before())));
    case v1::WAIT_CODE_CAP:
      return "who could take it has reached a cap";
    default:
      return "somebody is about to get it";
  }
}

void AppendOutlook(const v1::WhyWaitingResponse& why, std::string& out) {
  const std::int64_t now = NsOf(why.time());
  if (why.position() > 1) {
    absl::StrAppend(&out, why.position() == 2 ? "One contact comes" : CountText(why.position() - 1),
                    why.position() == 2 ? "" : " contacts come", " before it in the queue.\n");
  }
  if (why.has_next_free()) {
    absl::StrAppend(&out, "The first of them is expected to be free ",
                    In(now, NsOf(why.next_free())), ".\n");
  }
  if (why.has_next_step()) {
    const v1::NextStep& step = why.next_step();
    absl::StrAppend(&out,
                    NsOf(step.at()) > now ? In(now, NsOf(step.at()), "In ") : std::string("Now"),
                    ", step ", step.id());
    if (!step.when().empty()) absl::StrAppend(&out, ", once ", step.when(), ",");
    if (step.has_requirement()) {
      absl::StrAppend(&out, " opens it to ",
                      step.newcomers() == 0   ? std::string("nobody new")
                      : step.newcomers() == 1 ? std::string("1 more agent")
                                              : CountText(step.newcomers()) + " more agents",
                      " (", RequirementText(step.requirement()), ")");
    } else {
      absl::StrAppend(&out, " is taken");
    }
    if (!step.queue().empty()) absl::StrAppend(&out, " and moves it to ", step.queue());
    absl::StrAppend(&out, ".\n");
  }
  if (why.has_wait_limit_at()) {
    absl::StrAppend(&out, "Its wait ends in any case ", In(now, NsOf(why.wait_limit_at())), ".\n");
  }
}

// ---- Explain ----------------------------------------------------------------------------------

const char* Answer(v1::Truth truth) {
  switch (truth) {
    case v1::TRUTH_TRUE:
      return "yes";
    case v1::TRUTH_FALSE:
      return "no";
    case v1::TRUTH_ERROR:
      return "error";
    default:
      return "-";  // did not matter
  }
}

template <typename Values>
std::string ValuesText(const Values& values) {
  return absl::StrJoin(values, ", ", [](std::string* out, const v1::NamedValue& value) {
    absl::StrAppend(out, value.name(), " = ", value.value());
  });
}

void AppendRule(const v1::ExplainedRule& rule, int width, bool decided, std::string& out) {
  absl::StrAppendFormat(&out, "  %s %-*s  %-5s  %s\n", decided ? "=>" : "  ", width, rule.rule(),
                        Answer(rule.truth()),
                        rule.when().empty() ? std::string("always") : rule.when());
  const std::string margin(static_cast<std::size_t>(width) + 7, ' ');
  if (rule.parts().empty() && !rule.values().empty()) {
    absl::StrAppend(&out, margin, "       ", ValuesText(rule.values()), "\n");
  }
  std::size_t part_width = 0;
  for (const v1::ExplainedPart& part : rule.parts()) {
    part_width = std::max(part_width, part.text().size());
  }
  for (const v1::ExplainedPart& part : rule.parts()) {
    std::string line = absl::StrFormat("%s%-5s  %-*s", margin, Answer(part.truth()),
                                       static_cast<int>(part_width), part.text());
    if (!part.values().empty()) absl::StrAppend(&line, "  (", ValuesText(part.values()), ")");
    line.erase(line.find_last_not_of(' ') + 1);
    out.append(line).append("\n");
  }
}

void AppendDecision(const v1::RuleDecision& decision, bool all, std::string& out) {
  absl::StrAppend(&out, TimeText(NsOf(decision.time())), ", sequence ", decision.sequence(), ": ");
  if (decision.rule_set().empty()) {
    absl::StrAppend(&out, "rules version ", decision.version(), " decided by rule ",
                    decision.rule(), "; that version is not kept any more.\n");
    return;
  }
  absl::StrAppend(&out, decision.by_candidate() ? "the candidate of " : "", decision.rule_set(),
                  " version ", decision.version(), " (hash ", decision.hash().substr(0, 12), ") ",
                  decision.replanned() ? "looked again: " : "",
                  decision.rule().empty() ? std::string("no rule matched.")
                                          : absl::StrCat("rule ", decision.rule(), " decided."),
                  "\n");
  const int first = all ? 0 : std::max(0, decision.rules_size() - 1 - kRulesShown);
  const std::uint64_t left_out = decision.skipped_rules() + static_cast<std::uint64_t>(first);
  if (left_out > 0) {
    absl::StrAppend(&out, "     ", CountText(left_out), " rules before these did not match\n");
  }
  std::size_t width = 0;
  for (int i = first; i < decision.rules_size(); ++i) {
    width = std::max(width, decision.rules(i).rule().size());
  }
  for (int i = first; i < decision.rules_size(); ++i) {
    const bool decided = i + 1 == decision.rules_size() && !decision.rule().empty();
    AppendRule(decision.rules(i), static_cast<int>(width), decided, out);
  }
}

// "0.4 x 0.8 for billing + 0.3 x 1 for last_agent"; what is missing to the score is of other terms.
std::string ScoreText(const v1::Candidate& candidate) {
  constexpr double kMillion = 1e6;
  std::vector<std::string> parts;
  std::int64_t rest = candidate.key();
  for (const v1::ScoredTerm& term : candidate.terms()) {
    rest -= term.weight() * term.value();
    parts.push_back(absl::StrCat(static_cast<double>(term.weight()) / kMillion, " x ",
                                 static_cast<double>(term.value()) / kMillion, " for ",
                                 term.name()));
  }
  if (rest != 0) {
    parts.push_back(
        absl::StrCat(static_cast<double>(rest) / kMillion / kMillion, " for other terms"));
  }
  return absl::StrCat(", score ", static_cast<double>(candidate.key()) / kMillion / kMillion,
                      parts.empty() ? "" : absl::StrCat(" (", absl::StrJoin(parts, " + "), ")"));
}

// What the strategy says for one: ", idle since 11:58:01".
std::string KeyText(const std::string& strategy, const v1::Candidate& candidate) {
  const std::int64_t key = candidate.key();
  const auto counted = [key](const char* one, const char* many) {
    return absl::StrCat(", ", key, " ", key == 1 ? one : many);
  };
  if (strategy == "longest_idle") return absl::StrCat(", idle since ", ClockText(key));
  if (strategy == "least_busy") {
    return absl::StrFormat(", %.1f %% busy", static_cast<double>(key) / 10'000);
  }
  if (strategy == "best_skill") return absl::StrCat(", proficiency ", key, " in all");
  if (strategy == "in_order") return absl::StrCat(", registered as number ", key);
  if (strategy == "score") return ScoreText(candidate);
  if (strategy == "fewest_contacts") return counted("contact handled", "contacts handled");
  if (strategy == "least_handle_time") {
    return key == 0 ? ", no handle time yet"
                    : absl::StrCat(", ", DurationText(key), " of handle time");
  }
  if (strategy == "least_skilled") return counted("other skill", "other skills");
  if (strategy == "random") return absl::StrCat(", drawn with weight ", key);
  if (strategy == "allocation" && key > 0) {
    return absl::StrCat(", for whom it is contact ", key, " of the allocation");
  }
  return "";
}

void AppendChoice(const v1::AgentChoice& choice, std::string& out) {
  const std::string chosen =
      choice.candidates().empty() ? std::string("an agent") : choice.candidates(0).agent_id();
  absl::StrAppend(&out, TimeText(NsOf(choice.time())), ", sequence ", choice.sequence(), ": ");
  if (choice.agent_chose()) {
    absl::StrAppend(&out, chosen, " became free, and of ", CountText(choice.waiting()),
                    " waiting in ", choice.queue(), " this one was next, after ",
                    DurationText(NsOf(choice.waited())));
  } else {
    absl::StrAppend(&out, "offered to ", chosen, " in ", choice.queue());
    if (NsOf(choice.waited()) > 0) {
      absl::StrAppend(&out, ", after ", DurationText(NsOf(choice.waited())));
    }
  }
  absl::StrAppend(&out, " (offer ", choice.offer_id(), ").\n");
  if (choice.has_requirement()) {
    absl::StrAppend(&out, "  It asked for ", RequirementText(choice.requirement()),
                    choice.step().empty() ? "" : " since step " + choice.step(), ".\n");
  }
  if (choice.wished()) absl::StrAppend(&out, "  It had asked for ", chosen, ".\n");
  if (!choice.agent_chose() && !choice.wished() && !choice.candidates().empty()) {
    absl::StrAppend(&out, "  ");
    if (choice.has_eligible()) {
      absl::StrAppend(&out, Agents(choice.eligible()), choice.eligible() == 1 ? " was" : " were",
                      " eligible; ");
    }
    absl::StrAppend(&out, choice.strategy(), " chose ", chosen,
                    KeyText(choice.strategy(), choice.candidates(0)));
    for (int i = 1; i < choice.candidates_size(); ++i) {
      absl::StrAppend(&out, i == 1 ? "; next would have been " : "; then ",
                      choice.candidates(i).agent_id(),
                      KeyText(choice.strategy(), choice.candidates(i)));
    }
    absl::StrAppend(&out, ".\n");
  }
  if (choice.passed_over().empty()) return;
  absl::StrAppend(&out, "  Passed over: ", CountsOf(choice.agents(), false), ".\n");
  AppendAgents(choice.passed_over(), 0, out);
}

}  // namespace

std::string WhyText(const v1::WhyWaitingResponse& why) {
  if (why.state() != v1::CONTACT_STATE_QUEUED && why.state() != v1::CONTACT_STATE_OFFERED) {
    return absl::StrCat(why.contact_id(), " does not wait: it is ", NameOf(why.state()),
                        ". `strowgerctl explain ", why.contact_id(), "` says how it got there.\n");
  }
  std::string out =
      absl::StrCat(why.contact_id(), " waits in ", why.queue(), ", for ",
                   DurationText(NsOf(why.waited())), " so far: ", ReasonToWait(why), ".\n");
  if (!why.agents().empty()) {
    absl::StrAppend(&out, "It asks for ", RequirementText(why.requirement()), " on ", why.channel(),
                    ". Of all agents ", CountsOf(why.agents(), true), ".\n");
  }
  AppendAgents(why.named(), NsOf(why.time()), out);
  AppendOutlook(why, out);
  return out;
}

std::string ExplainText(const v1::ExplainDecisionResponse& explanation, bool all_rules) {
  const v1::Placement& now = explanation.placement();
  const bool ended = now.state() == v1::CONTACT_STATE_ENDED;
  std::string out =
      absl::StrCat(explanation.contact_id(), ended ? " has " : " is ", NameOf(now.state()));
  if (!now.agent_id().empty()) absl::StrAppend(&out, " by ", now.agent_id());
  if (!now.offers().empty()) absl::StrAppend(&out, " to ", now.offers(0).agent_id());
  if (!now.queue().empty()) absl::StrAppend(&out, " in ", now.queue());
  if (ended) {
    absl::StrAppend(&out, ": ", NameOf(now.end_reason()),
                    now.treatment().empty() ? "" : " with " + now.treatment());
  }
  absl::StrAppend(&out, ".\n");
  if (explanation.has_replay()) {
    absl::StrAppend(&out, "The journal tells it: commands ", explanation.replay().checkpoint() + 1,
                    " to ", explanation.replay().reached(), " applied again.\n");
  } else if (!explanation.complete()) {
    absl::StrAppend(&out, "Decisions before sequence ", explanation.oldest_sequence(),
                    " are not remembered any more: some may be missing here.\n");
  }
  if (explanation.rules().empty() && explanation.complete()) {
    absl::StrAppend(&out, "No rule was asked: it came with a plan of its own.\n");
  }
  // In the order in which it happened.
  int choice = 0;
  for (const v1::RuleDecision& decision : explanation.rules()) {
    while (choice < explanation.choices_size() &&
           explanation.choices(choice).sequence() < decision.sequence()) {
      AppendChoice(explanation.choices(choice++), out);
    }
    AppendDecision(decision, all_rules, out);
  }
  while (choice < explanation.choices_size()) AppendChoice(explanation.choices(choice++), out);
  if (explanation.choices().empty() && now.state() == v1::CONTACT_STATE_QUEUED) {
    absl::StrAppend(&out, "Nobody could take it yet: `strowgerctl why ", explanation.contact_id(),
                    "` says who and why.\n");
  }
  return out;
}

std::string CandidateText(const v1::CandidateStatus& candidate) {
  std::string out = absl::StrCat(candidate.rule_set(), ", hash ", candidate.hash().substr(0, 12));
  if (candidate.share_millionths() > 0) {
    return absl::StrFormat("%s decides for %g %% of contacts: %s of %s so far\n", out,
                           static_cast<double>(candidate.share_millionths()) / 10'000,
                           CountText(candidate.decided()), CountText(candidate.seen()));
  }
  absl::StrAppend(&out, " in shadow: of ", CountText(candidate.seen()), " contacts ",
                  CountText(candidate.other_rule()), " would have met another rule, ",
                  CountText(candidate.other_plan()), " another plan of the same rule\n");
  for (const v1::CandidateDifference& difference : candidate.differences()) {
    const auto rule = [](const std::string& id) { return id.empty() ? "no rule" : id; };
    absl::StrAppend(&out, "  ", difference.contact_id(), " (sequence ", difference.sequence(),
                    "): ", rule(difference.rule()), " -> ", rule(difference.candidate_rule()),
                    difference.rule() == difference.candidate_rule() ? ", another plan\n" : "\n");
  }
  return out;
}

}  // namespace strowger::ctl
