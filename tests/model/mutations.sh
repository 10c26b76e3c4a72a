#!/bin/sh
# Plants mistakes in a copy of the core, one at a time, and sees whether the naive twin finds each.
# Usage: tests/model/mutations.sh [BUILD FOLDER]     prints `N passed, N failed`; a mutation that no
# seed notices is a failure. Takes about a minute a mutation.
set -eu
cd "$(dirname "$0")/../.."
root=$(pwd)
work=${1:-$root/build/mutations}
copy=$work/source

rm -rf "$copy"
mkdir -p "$copy"
cp -r CMakeLists.txt routing-core tests services bench "$copy"
cmake -S "$copy" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSTROWGER_SERVICES=OFF \
  -DSTROWGER_BENCH=OFF >/dev/null
cmake --build "$work/build" --target strowger_model >/dev/null
model=$work/build/tests/model/strowger_model
"$model" --seeds 1..10 --commands 2000 >/dev/null || {
  echo "mutations.sh: the untouched core already differs from its twin" >&2
  exit 2
}

passed=0
failed=0
# NAME FILE SED-EXPRESSION
try() {
  cp "$root/$2" "$copy/$2"
  sed -i "$3" "$copy/$2"
  if cmp -s "$root/$2" "$copy/$2"; then
    echo "NOT PLANTED  $1: $2 no longer has the line; mend this script"
    failed=$((failed + 1))
    return
  fi
  if ! cmake --build "$work/build" --target strowger_model >"$work/log" 2>&1; then
    echo "NOT BUILT    $1: see $work/log"
    failed=$((failed + 1))
  elif timeout 300 "$model" --seeds 1..40 --commands 5000 --shrink-tries 0 >"$work/log" 2>&1; then
    echo "NOT FOUND    $1"
    failed=$((failed + 1))
  else
    echo "found        $1"
    passed=$((passed + 1))
  fi
  cp "$root/$2" "$copy/$2"
}

engine=routing-core/engine
try "ties of priority by number before arrival" $engine/placement.cc \
  's/if (x.arrival != y.arrival) return x.arrival < y.arrival;/if (x.number != y.number) return x.number < y.number;/'
try "a deadline at the stamp fires after the command" $engine/engine.cc \
  's/while (deadlines_.next() <= stamp)/while (deadlines_.next() < stamp)/'
try "interruptible contacts count against the total" $engine/agents.cc \
  's/if (!gives_way) cost += /cost += /'
try "the retry pause is forgotten when exclusions are lifted" $engine/bars.cc \
  's/if (bar.until > now_) {/if (false) {/'
try "an expired offer leaves the agent ready" $engine/offers.cc \
  's/in_row >= failure.not_ready_after;/in_row > failure.not_ready_after;/'
try "a dropped step stays pending" $engine/triggers.cc \
  's/^  LeaveStepWatches(slot, contact.steps_passed);$//'
try "a queue is full one contact too late" $engine/placement.cc \
  's/return limit \&\& Waiting(queue) >= /return limit \&\& Waiting(queue) > /'
try "an agent freed in this turn is taken by whoever asks first" $engine/settle.cc \
  's/if (agents_\[agent\].freed || IsBarred/if (IsBarred/'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
