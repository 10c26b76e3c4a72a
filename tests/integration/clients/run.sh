#!/bin/sh
# Runs the example client of a language against a router to which everything happens meanwhile, and
# looks whether every contact was served, and once.
# Usage: run.sh cpp|python|node STROWGERD STROWGERCTL SOURCE_FOLDER WORK_FOLDER [CPP_CLIENT]
# Exit code 77: skipped, since the language or its packages are not to be had.
set -eu
language=$1 strowgerd=$2 strowgerctl=$3 source=$4 work=$5 cpp_client=${6:-}
contacts=60
examples=$source/deploy/clients
mkdir -p "$work"

skip() {
  echo "skipped: $1"
  exit 77
}

fail() {
  echo "$1" >&2
  tail -n 20 "$folder/client" "$folder/server" >&2
  exit 1
}

# Sets $client to the program and its first arguments, one a word.
case $language in
  cpp) client=$cpp_client ;;
  python)
    # Debian's packages are Debian's interpreter's, whatever comes first on the path.
    for python in python3 /usr/bin/python3 ""; do
      [ -n "$python" ] || skip "no python3 has grpc and protobuf"
      if "$python" -c 'import google.protobuf, grpc' 2>/dev/null; then break; fi
    done
    command -v protoc >/dev/null || skip "there is no protoc"
    (cd "$source/proto" && protoc --python_out="$work" strowger/v1/*.proto google/rpc/*.proto)
    export PYTHONPATH="$work" PYTHONDONTWRITEBYTECODE=1
    client="$python $examples/python/client.py" ;;
  node)
    for program in node npm; do
      command -v "$program" >/dev/null || skip "there is no $program"
    done
    cp "$examples/node/package.json" "$work/"
    if [ ! -d "$work/node_modules/@grpc/proto-loader" ]; then
      (cd "$work" && npm install --no-package-lock --no-audit --no-fund --loglevel=error) ||
        skip "npm cannot get the packages"
    fi
    export NODE_PATH="$work/node_modules"
    client="node $examples/node/client.js" ;;
  *) echo "run.sh: unknown language '$language'" >&2; exit 2 ;;
esac

folder=$(mktemp -d)
server="" wire="" platform=""
end_all() {
  for process in $server $wire $platform; do
    kill -CONT "$process" 2>/dev/null || true
    kill -KILL "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
  done
  rm -rf "$folder"
}
trap end_all EXIT
export STROWGER_SERVER="unix:$folder/socket"

# Returns once the router serves. Usage: start_server [FLAG...]
start_server() {
  "$strowgerd" --listen "unix:$folder/socket" --data "$folder/data" --clock system \
    --journal.mode sync --metrics.listen "" "$@" 2>>"$folder/server" &
  server=$!
  until "$strowgerctl" status -o json 2>/dev/null | grep -q '"SERVICE_STATE_SERVING"'; do
    kill -0 "$server" 2>/dev/null || fail "the router did not start"
    sleep 0.05
  done
}

# Usage: end_server SIGNAL
end_server() {
  kill "-$1" "$server"
  wait "$server" || true
  server=""
}

# Returns once the client has told of so many ends.
await_ends() {
  until [ "$(grep -c ' END_REASON_COMPLETED' "$folder/client")" -ge "$1" ]; do
    kill -0 "$platform" 2>/dev/null || fail "the client ended early"
    sleep 0.02
  done
}

# Answers get lost all the time, so that there is always something done that must not be done again.
python3 "$(dirname "$0")/bad_wire.py" "$folder/wire" "$folder/socket" &
wire=$!
start_server
# shellcheck disable=SC2086  # a program and its first arguments
$client "unix:$folder/wire" "$contacts" >"$folder/client" 2>&1 &
platform=$!

# It stands still for longer than the client waits: what was asked may be done and not answered.
await_ends 5
kill -STOP "$server"
sleep 3
kill -CONT "$server"

# It dies, comes back with a disk that counts as full, refuses everything, and is ended in order.
await_ends 15
end_server KILL
start_server --journal.reserve_mib 1048576
sleep 2
end_server TERM
start_server

# It dies while a call is under way.
await_ends 25
kill -STOP "$server"
sleep 0.2
end_server KILL
start_server

# It starts twice before the client is back, and keeps no events from before the second start.
await_ends 35
kill -STOP "$platform"
end_server KILL
start_server
end_server TERM
start_server
kill -CONT "$platform"

await_ends 45
end_server TERM
start_server

wait "$platform" || fail "the client failed"
platform=""
grep -qx "$contacts contacts served, each once" "$folder/client" || fail "it does not say so"

# The router's own word: each contact was taken in, nothing was asked twice under two command ids,
# so many were completed, none is left.
"$strowgerctl" journal dump --data "$folder/data" >"$folder/journal"
taken_in=$(grep -c '"submit_contact"' "$folder/journal")
[ "$taken_in" -eq "$contacts" ] || fail "$taken_in contacts were taken in instead of $contacts"
twice=$(grep -E -o '"(submit_contact|accept_offer|complete_contact)":.*' "$folder/journal" |
  sort | uniq -d)
[ -z "$twice" ] || fail "asked twice: $twice"
handled=$("$strowgerctl" agents -o json | awk -F'"' '/"handled":/ {sum += $4} END {print sum}')
[ "$handled" -eq "$contacts" ] || fail "$handled contacts were completed instead of $contacts"
left=$("$strowgerctl" status -o json |
  awk -F'"' '/"contacts_(queued|offered|handling)":/ {sum += $4} END {print sum}')
[ "$left" -eq 0 ] || fail "$left contacts are left"
tail -n 1 "$folder/client"
