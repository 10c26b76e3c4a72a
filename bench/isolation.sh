#!/bin/bash
# Whether one domain's flood is felt by the others: sixteen domains, one of them offered more than it
# can take, latency of replies in another at a quiet rate, with the flood and without, alternately.
# Usage: bench/isolation.sh [ROUNDS] [FLOOD_CONTACTS_A_SECOND] [QUIET_CONTACTS_A_SECOND]
# Programs: STROWGERD, STROWGERCTL. MORE: further lines of the configuration.
set -eu
rounds=${1:-5} flood=${2:-60000} quiet=${3:-200}
cd "$(dirname "$0")/.."
. bench/service.sh

domains=$(seq -s ', ' -f 'd%g' 16)
printf '%s\n' "listen: [\"unix:$folder/socket\"]" 'metrics: {listen: ""}' "data: $folder/data" \
  "domains: [$domains]" 'journal: {mode: none}' 'log: {format: text}' "${MORE:-}" >"$folder/config.yaml"
serve --config "$folder/config.yaml"

# p50 and p99 in ms, as the tool prints them.
quiet() {
  "$STROWGERCTL" load --domain d2 --rate "$quiet" --seconds 4 --agents 100 --handling 50 |
    sed -n 's/^latency *//p'
}
for round in $(seq "$rounds"); do
  echo "round $round"
  echo "  alone       $(quiet)"
  "$STROWGERCTL" load --domain d1 --rate "$flood" --seconds 6 --agents 4000 --handling 50 \
    >"$folder/flood" 2>&1 &
  loader=$!
  sleep 1
  echo "  with flood  $(quiet)"
  wait $loader || true
  echo "  the flood   $(grep -E '^(contacts|rate|offered)' "$folder/flood" | tr -s ' \n' ' ')"
done
