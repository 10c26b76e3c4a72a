#!/bin/sh
# The container, built and run as far as a machine without a container engine allows: the base made
# by debootstrap, the last stage of the Containerfile built by buildah around a package of what was
# built here, and the result run as its user with nothing writable but its volume.
# Usage: container.sh SOURCE_FOLDER BUILD_FOLDER WORK_FOLDER
# Exit code 77: skipped, since this machine cannot.
set -eu
source=$1 build=$2 work=$3

skip() { echo "skipped: $1"; exit 77; }
for program in buildah cpack; do
  command -v "$program" >/dev/null || skip "there is no $program"
done
grep -qx 'CMAKE_INSTALL_PREFIX:PATH=/usr' "$build/CMakeCache.txt" ||
  skip "this build is not for /usr, so its package would not be the right one"

mkdir -p "$work"
# A storage of its own, so that nothing is left behind.
cat >"$work/storage.conf" <<EOF
[storage]
driver = "vfs"
runroot = "$work/runroot"
graphroot = "$work/graphroot"
EOF
export CONTAINERS_STORAGE_CONF="$work/storage.conf" BUILDAH_ISOLATION=chroot
container=""
cleanup() {
  [ -z "$container" ] || buildah rm "$container" >/dev/null 2>&1 || true
  buildah rmi --all --force >/dev/null 2>&1 || true
  rm -rf "$work/runroot" "$work/graphroot" "$work/package" "$work/data"
}
trap cleanup EXIT

"$source/tests/integration/package/base.sh" "$work"
container=$(buildah from scratch) || skip "buildah cannot make a container here"
buildah add -q "$container" "$work/base.tar" / >/dev/null || skip "buildah cannot fill a container"
buildah commit -q "$container" base >/dev/null || skip "buildah cannot keep an image here"
buildah rm "$container" >/dev/null
container=""

mkdir -p "$work/package"
(cd "$build" && cpack -G DEB -D CPACK_PACKAGING_INSTALL_PREFIX=/usr -B "$work/package" >/dev/null)
buildah bud -q --build-arg BASE=base --build-context "build=$work" --layers=false \
  -f "$source/deploy/container/Containerfile" -t strowger "$source" >"$work/build.log" 2>&1 || {
  cat "$work/build.log"
  # What the machine lacks is not the container file's fault.
  grep -Eiq 'operation not permitted|temporary failure|could not resolve|unable to connect' \
    "$work/build.log" && skip "no network, or no right to build, in a container here"
  exit 1
}
buildah inspect --type image --format '{{.OCIv1.Config.User}} {{.OCIv1.Config.Entrypoint}}' strowger |
  grep -F 'strowger [strowgerd --config /etc/strowger/strowgerd.yaml]'

container=$(buildah from strowger)
root=$(buildah mount "$container")
mkdir -p "$work/data"
# shellcheck disable=SC2016  # the inner shell expands these
unshare --mount sh -eu -c '
  root=$1 data=$2
  mount --bind "$root" "$root"
  chown -R "$(chroot "$root" id -u strowger):$(chroot "$root" id -g strowger)" "$data"
  mount --bind "$data" "$root/var/lib/strowger"
  mount -o remount,bind,ro "$root"
  mount -t proc none "$root/proc"
  inside() { chroot --userspec=strowger:strowger "$root" env "$@"; }
  if inside touch /etc/strowger/mine 2>/dev/null; then
    echo "its root can be written to"
    exit 1
  fi
  inside STROWGER_LISTEN=127.0.0.1:50951 STROWGER_METRICS_LISTEN= \
    strowgerd --config /etc/strowger/strowgerd.yaml 2>"$data.log" &
  server=$!
  tries=0
  until inside strowgerctl status --server 127.0.0.1:50951; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { cat "$data.log"; exit 1; }
    sleep 0.1
  done
  pkill -TERM -P "$server" strowgerd || kill -TERM "$server"
  wait "$server"
  test -d "$data/journal"
' sh "$root" "$work/data"
echo "built, and run as strowger with a root that is read only"
