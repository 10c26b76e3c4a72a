#!/bin/bash
# The whole service under AddressSanitizer while `strowgerctl load` and whatever else calls it do their worst:
# sessions, calls, floods, rules swapped, streams, reports, a simulation, checkpoints, backups, scrapes.
# Not among the tests of ctest: the build alone takes ten minutes. Not under ThreadSanitizer, which does not see how
# the distribution's gRPC and Abseil hand over between threads: core, runtime and journal are, by .ci/run.
# Usage: tests/integration/sanitized.sh [SECONDS_A_STEP]     after cmake --build --preset release
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-20}
build=build/service_address
# g++ 12 takes a member of a variant for used before it is set, where it instruments.
cmake -S . -B "$build" -G Ninja -DSTROWGER_SANITIZE=address -DSTROWGER_BENCH=OFF -DCMAKE_BUILD_TYPE=Debug \
  "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1 -Wno-maybe-uninitialized" >/dev/null
cmake --build "$build" --target strowgerd
ctl=build/release/services/strowgerctl/strowgerctl
folder=$(mktemp -d) server=
trap 'kill -9 $server 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
export STROWGER_SERVER=127.0.0.1:50961
export ASAN_OPTIONS=halt_on_error=1:detect_leaks=1
printf '%s\n' "listen: [\"$STROWGER_SERVER\"]" 'metrics: {listen: "127.0.0.1:9474"}' "data: $folder/data" \
  'domains: [default, other]' 'journal: {mode: interval}' 'checkpoint: {commands: 20000}' \
  'intake: {domain_per_second: 20000}' 'log: {format: text}' >"$folder/config.yaml"
"$build/services/strowgerd/strowgerd" --config "$folder/config.yaml" 2>"$folder/log" &
server=$!
until grep -q ' serving ' "$folder/log"; do
  kill -0 $server || { cat "$folder/log"; exit 1; }
  sleep 0.2
done

# All the while.
swaps() {
  while sleep 0.3; do
    "$ctl" rules apply deploy/rules/example.yaml --author test --comment swap --waiting replan >/dev/null 2>&1 || true
    "$ctl" rules rollback 1 --author test --comment back >/dev/null 2>&1 || true
  done
}
questions() {
  while sleep 0.3; do
    "$ctl" status; "$ctl" queues; "$ctl" contacts; "$ctl" agents; "$ctl" report
    "$ctl" explain load-1; "$ctl" rules simulate deploy/rules/example.yaml; "$ctl" checkpoint; "$ctl" backup
    python3 -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:9474/metrics").read()'
  done >/dev/null 2>&1
}
swaps & beside="$!"
questions & beside="$beside $!"
"$ctl" events --follow >/dev/null 2>&1 & beside="$beside $!"

step() {
  echo "load $*"
  "$ctl" load --seconds "$seconds" "$@" | grep -E '^(taken|verdict)' | sed 's/^/  /'
}
step --rate 500
step --rate 500 --unary --connections 4
step --rate 30000 --connections 2 --agents 2000
step --rate 1000 --domain other --skills 64 --agent-skills 16 --required 3 --agents 1000
step --rate 500 --domain other --handling 20
# shellcheck disable=SC2086  # several words
kill $beside 2>/dev/null || true
kill -TERM $server
code=0
wait $server || code=$?
grep -A40 'ERROR: ' "$folder/log" | head -400 || true
echo "the service ended with $code"
test "$code" = 0
