#!/bin/sh
# Plants mistakes in the core, one at a time, and sees whether the naive twin finds each. The tree
# stays as it is: the changed file is compiled apart and linked before the release build's archive.
# Usage: tests/model/mutations.sh [--check | TEXT]     after cmake --build --preset release; ends
# with `N passed, N failed`, where a mistake that no seed notices is a failure. TEXT: only those that
# have it in their names. --check: whether each can still be planted, without building anything.
set -eu
cd "$(dirname "$0")/../.."
build=build/release
only=${1:-}
engine=routing-core/engine
seeds="--seeds 1..100 --commands 5000 --shrink-tries 0"
if [ "$only" != --check ]; then
  work=$build/mutations
  mkdir -p "$work"
  # shellcheck disable=SC2086  # several words
  $build/tests/model/strowger_model $seeds >/dev/null || {
    echo "mutations.sh: the untouched core already differs from its twin" >&2
    exit 2
  }
  # What ninja does for one object of the core, and to link the model; run in the build folder.
  compile_of() { ninja -C $build -t commands strowger_core | grep -F -- "/$1.o -c"; }
  link=$(ninja -C $build -t commands strowger_model | tail -n 1)
fi

passed=0
failed=0
# NAME FILE SED-EXPRESSION
# shellcheck disable=SC2086  # several words
try() {
  if sed "$3" "$2" | cmp -s - "$2"; then
    echo "NOT PLANTED  $1: $2 no longer has the line; mend this script"
    failed=$((failed + 1))
    return
  fi
  if [ "$only" = --check ]; then
    passed=$((passed + 1))
    return
  fi
  case $1 in *"$only"*) ;; *) return ;; esac
  name=$(basename "$2" .cc)
  sed "$3" "$2" >"$work/$name.cc"
  compile=$(compile_of "engine/$name.cc" | sed "s| -o [^ ]*| -o mutations/$name.o|; s| -c .*| -c mutations/$name.cc|; s|-MF [^ ]*|-MF mutations/$name.d|")
  link_one=$(echo "$link" | sed "s|main.cc.o -o tests/model/strowger_model |main.cc.o mutations/$name.o -o mutations/model |")
  if ! (cd $build && eval "$compile" && eval "$link_one") >"$work/log" 2>&1; then
    echo "NOT BUILT    $1: see $work/log"
    failed=$((failed + 1))
    return
  fi
  status=0
  timeout 600 "$work/model" $seeds >"$work/log" 2>&1 || status=$?
  case $status in
    0 | 124) # and a run that took too long says nothing
      echo "NOT FOUND    $1"
      failed=$((failed + 1))
      ;;
    *)
      echo "found        $1"
      passed=$((passed + 1))
      ;;
  esac
}

try "ties of priority by number before arrival" $engine/placement.cc \
  's/return x.arrival != y.arrival ? x.arrival < y.arrival : x.number < y.number;/return x.number < y.number;/'
try "a deadline at the stamp fires after the command" $engine/engine.cc \
  's/while (deadlines_.next() <= stamp)/while (deadlines_.next() < stamp)/'
try "interruptible contacts count against the total" $engine/agents.cc \
  's/if (!gives_way) cost += /if (true || gives_way) cost += /'
try "the retry pause is forgotten when exclusions are lifted" $engine/bars.cc \
  's/if (bar.until > now_) {/if (false) {/'
try "an expired offer leaves the agent ready" $engine/offers.cc \
  's/in_row >= failure.not_ready_after;/in_row > failure.not_ready_after;/'
try "a dropped step stays pending" $engine/triggers.cc \
  's/^  LeaveStepWatches(slot, contact.steps_passed);$//'
try "a queue is full one contact too late" $engine/placement.cc \
  's/return limit \&\& Waiting(queue) >= /return limit \&\& Waiting(queue) > /'
try "an agent freed in this turn is taken by whoever asks first" $engine/selection.cc \
  's/if (!freed_.empty() \&\& agents_\[agent\].freed) return false;//'

try "a pace leaves out the offers that are open" $engine/bounds.cc \
  's/agent.paced.size() + agent.reserved >= /agent.paced.size() >= /'
try "a cap lets one more through" $engine/bounds.cc \
  's/return held < cap.most;/return held <= cap.most;/'
try "outside work resets idleness when it should not" $engine/bounds.cc \
  's/if (some_ended \&\& (agent.outside.resets_idle || outside.resets_idle))/if (some_ended)/'
try "a renewed handling does not confirm its agent after a restart" $engine/leases.cc \
  's/^  Confirm(hold.agent);$//'
try "a restart gives the grace to agents with a lease too" $engine/leases.cc \
  's/agent.lease > 0 ? agent.lease : command.grace/command.grace/'
try "somebody else stands in for the agent who is wished for" $engine/when_empty.cc \
  's/if (requested != kNoSlot) {/if (false) {/'
try "the grace of an empty queue starts anew with each look" $engine/when_empty.cc \
  's/contact.entered_at + ward.grace/ward.joined + ward.grace/'
try "who left long ago is taken over" $engine/requests.cc \
  's/ <= command.resume->within ? found->second/ <= kNever ? found->second/'
try "the wish of the plan goes before that of the contact" $engine/requests.cc \
  's/own.agent.empty() ? of_plan.agent : own.agent/of_plan.agent.empty() ? own.agent : of_plan.agent/'
try "an agent's delay lasts an instant longer" $engine/serving.cc \
  's/if (served->delay > wait) return false;/if (served->delay >= wait) return false;/'
try "who is lent is of every rank" $engine/serving.cc \
  's/return IsLent(agent, queue) \&\& ranks.Admits(by_idleness_.RankOf(agent));/return IsLent(agent, queue);/'
try "scarcity counts the skills that the contact asks for, and no others" $engine/scoring.cc \
  's/|| std::binary_search(named.begin()/|| !std::binary_search(named.begin()/'
try "spare capacity forgets what is in hand" $engine/scoring.cc \
  's/line.cost \* line.used : std::min(line.used, line.max)/0 : 0/'
try "after the last replan nobody is placed" $engine/queue_commands.cc \
  's/^  batch_ = to_replan_.empty();$//'
try "the agent whose turn it is waits for another round" $engine/strategies.cc \
  's/place >= after ? place - after/place > after ? place - after/'
try "an allocation counts what was, not what would be" $engine/strategies.cc \
  's/assigned + 1, queue.shares/assigned, queue.shares/'
try "who backs off counts as eligible in explanations" $engine/obstacles.cc \
  's/^  sieve.Keep(Obstacle::kExcluded, ~backing_off_.word(word));$//'
try "who backs off is remembered as eligible" $engine/obstacles.cc \
  's/^ *test(Obstacle::kExcluded, backing_off_.data(), kEverybody),$//'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
