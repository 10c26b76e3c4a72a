#!/bin/bash
# What a scrape of /metrics costs: 1,000 queues, 10,000 agents logged in, contacts coming at a rate.
# Prints the time of each scrape as the scraper sees it, the CPU time of the process for one, and the
# latency of replies with a scrape a second and without.
# Usage: bench/scrape.sh [QUEUES] [AGENTS] [CONTACTS_A_SECOND]   Programs: STROWGERD, STROWGERCTL
set -eu
queues=${1:-1000} agents=${2:-10000} rate=${3:-200}
cd "$(dirname "$0")/.."
. bench/service.sh

{
  printf 'schema: strowger.rules/v1\nrule_set: many\nrules: [{id: everyone, then: {queue: q1}}]\nqueues:\n'
  for i in $(seq "$queues"); do echo "  q$i: {}"; done
} >"$folder/rules.yaml"
serve --listen "unix:$folder/socket" --metrics.listen 127.0.0.1:0 --data "$folder/data" \
  --rules "$folder/rules.yaml" --journal.mode none --log.format text
page=http://$(sed -n 's/.* serving .*metrics=\([0-9.:]*\) .*/\1/p' "$folder/log")/metrics

cpu() { awk '{print ($14 + $15) * 10}' "/proc/$server/stat"; }  # ms, at 100 ticks a second
load() { "$STROWGERCTL" load --rate "$rate" --seconds 12 --agents "$agents" | sed -n 's/^latency *//p'; }

load >"$folder/undisturbed"
load >"$folder/scraped" &
loader=$!
sleep 3
for _ in 1 2 3 4 5; do
  curl -s -o "$folder/page" -w '%{time_total}\n' "$page" >>"$folder/times"
  sleep 1
done
wait $loader
before=$(cpu)
for _ in $(seq 20); do curl -s -o "$folder/page" -w '%{time_total}\n' "$page" >>"$folder/idle"; done
after=$(cpu)

echo "page: $(grep -c '^strowger' "$folder/page") series, $(wc -c <"$folder/page") bytes"
echo "a scrape under load, s: $(sort -n "$folder/times" | tr '\n' ' ')"
echo "a scrape otherwise, s: median $(sort -n "$folder/idle" | sed -n 10p), longest $(sort -n "$folder/idle" | tail -n 1)"
echo "CPU of the process for one: $(awk -v b="$before" -v a="$after" 'BEGIN {print (a - b) / 20}') ms"
echo "replies without scrapes: $(cat "$folder/undisturbed")"
echo "replies with one a second: $(cat "$folder/scraped")"
