#!/bin/sh
# Builds the Debian package. Usage: deploy/package.sh [FOLDER], by default build/package.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-build/package}

deploy/install_packages.sh build
cmake --preset release -B build/package-tree -DCMAKE_INSTALL_PREFIX=/usr \
  -DSTROWGER_TESTS=OFF -DSTROWGER_BENCH=OFF >/dev/null
cmake --build build/package-tree --target strowgerd strowgerctl strowgerd_man strowgerctl_man
mkdir -p "$folder"
(cd build/package-tree && cpack -G DEB -B "$OLDPWD/$folder" >/dev/null)
ls "$folder"/*.deb
