# shellcheck shell=bash
# Sourced by the scripts beside it, in the project's folder: a service with a folder of its own, for as
# long as the script runs. Programs: STROWGERD, STROWGERCTL.
STROWGERD=${STROWGERD:-$PWD/build/release/services/strowgerd/strowgerd}
STROWGERCTL=${STROWGERCTL:-$PWD/build/release/services/strowgerctl/strowgerctl}
folder=$(mktemp -d) server=
trap 'kill $server 2>/dev/null; wait; rm -rf "$folder"' EXIT
export STROWGER_SERVER=unix:$folder/socket

# ARGUMENTS of strowgerd. Returns when it serves.
serve() {
  "$STROWGERD" "$@" >"$folder/log" 2>&1 &
  server=$!
  until grep -q ' serving ' "$folder/log"; do sleep 0.1; done
}
