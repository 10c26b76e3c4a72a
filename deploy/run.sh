#!/bin/sh
# From nothing to a running contact centre: installs the packages that are missing, builds, starts
# strowgerd with its data in run/ and the example rules, and plays a lifelike day through it. Each
# run is a new day: the data of the one before goes.
# Ctrl-C ends all that this started.
#
# Usage: deploy/run.sh [--speed N] [--seed N] [--duration 2h] ...   (see: strowgerctl demo --help)
set -eu
cd "$(dirname "$0")/.."

deploy/install_packages.sh build
cmake --preset release -DSTROWGER_TESTS=OFF -DSTROWGER_BENCH=OFF >/dev/null
cmake --build --preset release --target strowgerd strowgerctl
bin=build/release/services

rm -rf run/data
mkdir -p run
# A copy to edit: the service takes every new version of it while it runs.
cp deploy/rules/example.yaml run/rules.yaml
"$bin/strowgerd/strowgerd" --rules run/rules.yaml --data run/data --clock virtual \
  >run/strowgerd.log 2>&1 &
server=$!
stop() {
  trap - INT TERM EXIT
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
}
trap stop EXIT
trap 'stop; exit 130' INT TERM

tries=0
until "$bin/strowgerctl/strowgerctl" status >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ "$tries" -gt 100 ] || ! kill -0 "$server" 2>/dev/null; then
    echo "deploy/run.sh: the service did not start; it said:" >&2
    cat run/strowgerd.log >&2
    exit 1
  fi
  sleep 0.1
done
cat run/strowgerd.log
echo "Edit run/rules.yaml and save: the service takes the new rules while the day goes on."
"$bin/strowgerctl/strowgerctl" demo "$@"
