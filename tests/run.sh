#!/bin/sh
# Installs what is missing, builds everything, runs every test.
# Usage: tests/run.sh [CTEST OPTIONS], e.g. tests/run.sh -R Session
set -eu
cd "$(dirname "$0")/.."

deploy/install_packages.sh build test
cmake --preset release -DSTROWGER_TESTS=ON -DSTROWGER_BENCH=ON >/dev/null
cmake --build --preset release
tests/lint/proto.sh
exec ctest --preset release -j "$(nproc)" --timeout 300 "$@"
