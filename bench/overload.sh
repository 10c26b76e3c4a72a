#!/bin/bash
# What becomes of a service that is offered ten times what it takes: a quiet run, a minute of overload,
# a quiet run; goodput, how soon the others are refused, memory, and whether it is as before at once.
# Usage: bench/overload.sh [SECONDS] [CONTACTS_A_SECOND_TAKEN] [TIMES]
# Programs: STROWGERD, STROWGERCTL. MORE: further lines of the configuration; HOW: words for the load.
set -eu
seconds=${1:-60} taken=${2:-2000} times=${3:-10}
cd "$(dirname "$0")/.."
. bench/service.sh

# A contact is three commands: submit, accept, complete.
printf '%s\n' "listen: [\"unix:$folder/socket\"]" 'metrics: {listen: ""}' "data: $folder/data" \
  "intake: {domain_per_second: $((3 * taken))}" 'log: {format: text}' "${MORE:-}" >"$folder/config.yaml"
serve --config "$folder/config.yaml"

# CONTACTS_A_SECOND SECONDS
run() {
  # shellcheck disable=SC2086
  "$STROWGERCTL" load --rate "$1" --seconds "$2" --agents 4000 --handling 200 ${HOW:-} |
    grep -E '^(taken|latency|shed|verdict)' | sed 's/^/  /'
  sed -n 's/^VmRSS:[[:space:]]*/  memory      /p' "/proc/$server/status"
}
echo "half of what it takes, before"; run $((taken / 2)) 5
echo "$times times as much, $seconds s"; run $((taken * times)) "$seconds"
echo "half of what it takes, at once after"; run $((taken / 2)) 5
echo "the same again"; run $((taken / 2)) 5
