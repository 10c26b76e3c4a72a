#!/bin/sh
# Installs what building and running Strowger takes on Debian 12, where it is missing.
# Usage: deploy/install_packages.sh [build] [test]
set -eu

build="g++ cmake ninja-build ccache pkg-config ca-certificates
  libgrpc++-dev protobuf-compiler protobuf-compiler-grpc libprotobuf-dev libabsl-dev libre2-dev
  libyaml-cpp-dev prometheus-cpp-dev libcivetweb-dev libcli11-dev libspdlog-dev
  nlohmann-json3-dev librocksdb-dev libssl-dev libsystemd-dev zlib1g-dev tzdata dpkg-dev"
test="git clang clang-format clang-tidy libclang-rt-14-dev libgtest-dev libgmock-dev
  libbenchmark-dev python3 python3-grpcio python3-protobuf openssl curl prometheus buildah debootstrap"

wanted=""
for set in "${@:-build}"; do
  case "$set" in
    build) wanted="$wanted $build" ;;
    test) wanted="$wanted $test"
      # Whatever Node.js is there will do; Debian's otherwise.
      command -v node >/dev/null || wanted="$wanted nodejs"
      command -v npm >/dev/null || wanted="$wanted npm" ;;
    *) echo "install_packages.sh: unknown set '$set' (build, test)" >&2; exit 2 ;;
  esac
done

missing=""
for package in $wanted; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
    missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "Installing:$missing"
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "install_packages.sh: not root and no sudo: install these as root:$missing" >&2
    exit 1
  }
  as_root="sudo"
fi
export DEBIAN_FRONTEND=noninteractive
# What is installed for a test must not start serving (prometheus would).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod +x "$policy"
  trap '$as_root rm -f "$policy"' EXIT
fi
$as_root apt-get update -qq
# shellcheck disable=SC2086  # a list of names
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
