#!/bin/sh
# Installs what is missing, builds everything, runs every test.
# Usage: tests/run.sh [CTEST OPTIONS], e.g. tests/run.sh -R Session
set -eu
cd "$(dirname "$0")/.."

deploy/install_packages.sh build test
# For /usr, as a package is: one is made of this build, and tried in a container.
cmake --preset release -DCMAKE_INSTALL_PREFIX=/usr -DSTROWGER_TESTS=ON -DSTROWGER_BENCH=ON >/dev/null
cmake --build --preset release
tests/lint/proto.sh
exec ctest --preset release -j "$(nproc)" --timeout 300 "$@"
