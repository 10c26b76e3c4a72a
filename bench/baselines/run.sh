#!/bin/sh
# The service beside Redis and PostgreSQL, each routing the same; see README.md.
# Usage: bench/baselines/run.sh [SECONDS [ROUNDS]]
set -eu
cd "$(dirname "$0")/../.."
here=bench/baselines
seconds=${1:-5}
rounds=${2:-3}
agents=10000
skills_each=16
waiting=10000
postgres=${POSTGRES_BIN:-/usr/lib/postgresql/15/bin}
for program in redis-server redis-cli redis-benchmark "$postgres/initdb" pgbench; do
  command -v "$program" >/dev/null || {
    echo "run.sh: $program is missing: apt-get install redis-server postgresql-15 (or set POSTGRES_BIN)" >&2
    exit 2
  }
done

work=$(mktemp -d)
pid=
stop() {
  [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
  [ -z "$pid" ] || wait "$pid" 2>/dev/null || true
  pid=
}
trap 'stop; rm -rf "$work"' EXIT INT TERM

# Clock ticks of a process with all that it has waited for, and of its living children.
ticks() {
  {
    cat "/proc/$1/stat"
    pgrep -P "$1" | while read -r child; do cat "/proc/$child/stat" 2>/dev/null || true; done
  } | awk '{ sub(/.*\) /, ""); used += $12 + $13 + $14 + $15 } END { print used }'
}
# SIDE CASE DECISIONS TICKS-BEFORE TICKS-AFTER SECONDS
report() {
  awk -v side="$1" -v kind="$2" -v decisions="$3" -v used=$(($5 - $4)) -v took="$6" \
    -v hertz="$(getconf CLK_TCK)" 'BEGIN {
      printf "%-10s %-8s %9.0f decisions/s %9.0f a CPU second\n", side, kind, decisions / took,
        decisions * hertz / (used > 0 ? used : 1) }' | tee -a "$work/lines"
}
now() { date +%s.%N; }
since() { echo "$(now) - $1" | bc; }

# ---- The service ------------------------------------------------------------------------------

strowger() {
  rate='' handling=''
  rm -rf "$work/strowger"
  build/release/services/strowgerd/strowgerd --data "$work/strowger" --listen "unix:$work/socket" \
    --metrics.listen "" --journal.mode sync --log.level error >"$work/log" 2>&1 &
  pid=$!
  # At 30 % busy the agents would do for 20,000 contacts a second; overloaded for two in three.
  case $1 in
    quiet) rate=20000 handling=150 ;;
    overload) rate=15000 handling=1000 ;;
  esac
  until build/release/services/strowgerctl/strowgerctl status --server "unix:$work/socket" \
    >/dev/null 2>&1; do sleep 0.1; done
  # SECONDS RATE
  offer() {
    build/release/services/strowgerctl/strowgerctl load --server "unix:$work/socket" \
      --agents $agents --skills 64 --agent-skills $skills_each --required 3 --accept 0 \
      --handling "$handling" --rate "$2" --seconds "$1" -o json >"$work/load.json"
  }
  # What it takes to log in and out, which is not counted anywhere.
  began=$(ticks $pid)
  offer 0.1 10
  before=$(ticks $pid)
  before=$((before + before - began))
  offer "$seconds" "$rate"
  after=$(ticks $pid)
  decisions=$(sed -n 's/.*"assigned": *\([0-9]*\).*/\1/p' "$work/load.json" | head -n 1)
  report strowger "$1" "$decisions" "$before" "$after" "$seconds"
  stop
}

# ---- Redis ------------------------------------------------------------------------------------

redis() {
  mkdir -p "$work/redis"
  redis-server --port 0 --unixsocket "$work/redis/socket" --dir "$work/redis" --save "" \
    --appendonly yes --appendfsync always --auto-aof-rewrite-percentage 0 >"$work/log" 2>&1 &
  pid=$!
  ask() { redis-cli -s "$work/redis/socket" "$@"; }
  until ask ping >/dev/null 2>&1; do sleep 0.1; done
  ask -x FUNCTION LOAD REPLACE <$here/redis.lua >/dev/null
  ask FCALL agents 0 $agents $skills_each >/dev/null
  most=$((agents * 3 / 10))
  [ "$1" = quiet ] || most=$agents
  [ "$1" = quiet ] || ask FCALL overload 0 $agents $waiting >/dev/null
  # Warm, and then for about as long as was asked.
  redis-benchmark -s "$work/redis/socket" -q -n 5000 -c 32 -P 8 -r 1000000000 \
    FCALL route 0 __rand_int__ $most >/dev/null
  began=$(now)
  redis-benchmark -s "$work/redis/socket" -q -n 5000 -c 32 -P 8 -r 1000000000 \
    FCALL route 0 __rand_int__ $most >/dev/null
  calls=$(echo "5000 * $seconds / $(since "$began")" | bc)
  ask SET decisions 0 >/dev/null
  before=$(ticks $pid)
  began=$(now)
  redis-benchmark -s "$work/redis/socket" -q -n "$calls" -c 32 -P 8 -r 1000000000 \
    FCALL route 0 __rand_int__ $most >/dev/null
  took=$(since "$began")
  after=$(ticks $pid)
  report redis "$1" "$(ask GET decisions)" "$before" "$after" "$took"
  stop
  rm -rf "$work/redis"
}

# ---- PostgreSQL -------------------------------------------------------------------------------

postgresql() {
  data=$work/postgres
  mkdir -p "$data"
  as=
  # It refuses to run as root.
  if [ "$(id -u)" = 0 ]; then
    as="setpriv --reuid=postgres --regid=postgres --clear-groups"
    chmod 755 "$work"
    chown postgres "$data"
  fi
  $as "$postgres/initdb" -D "$data/db" -A trust -U bench --no-sync >/dev/null
  $as "$postgres/postgres" -D "$data/db" -k "$data" -c listen_addresses= -c shared_buffers=512MB \
    -c synchronous_commit=on -c wal_compression=lz4 -c max_wal_size=8GB -c jit=off \
    -c random_page_cost=1.1 >"$work/log" 2>&1 &
  pid=$!
  ask() { psql -h "$data" -U bench -d postgres -qAt "$@"; }
  until ask -c "SELECT 1" >/dev/null 2>&1; do sleep 0.1; done
  ask -f $here/postgres.sql
  ask -c "SELECT make_agents($agents, $skills_each)" >/dev/null
  most=$((agents * 3 / 10))
  [ "$1" = quiet ] || most=$agents
  [ "$1" = quiet ] || ask -c "SELECT overload($waiting)" >/dev/null
  ask -c "VACUUM ANALYZE" -c "CREATE TABLE asked AS SELECT i, some_skills(1 + i % 3) AS skills \
    FROM generate_series(0, 9999) AS i" -c "ALTER TABLE asked ADD PRIMARY KEY (i)"
  cat >"$work/route.sql" <<EOF
\set i random(0, 9999)
SELECT route(skills, $most) AS decided FROM asked WHERE i = :i
EOF
  pgbench -h "$data" -U bench -n -M prepared -c 8 -T 2 -f "$work/route.sql" postgres >/dev/null
  before=$(ticks $pid)
  pgbench -h "$data" -U bench -n -M prepared -c 8 -T "$seconds" -f "$work/route.sql" postgres \
    >"$work/pgbench"
  after=$(ticks $pid)
  # In either case a call brings one contact to an agent.
  decisions=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' "$work/pgbench")
  report postgresql "$1" "$decisions" "$before" "$after" "$seconds"
  stop
  rm -rf "$data"
}

round=0
while [ "$round" -lt "$rounds" ]; do
  round=$((round + 1))
  for kind in quiet overload; do
    strowger $kind
    redis $kind
    postgresql $kind
  done
done
echo "medians:"
for kind in quiet overload; do
  for side in strowger redis postgresql; do
    grep "^$side  *$kind" "$work/lines" | awk '{ print $5 }' | sort -n |
      awk -v side="$side" -v kind="$kind" '{ v[NR] = $1 }
        END { printf "%-10s %-8s %9d decisions a CPU second\n", side, kind, v[int((NR + 1) / 2)] }'
  done
done
