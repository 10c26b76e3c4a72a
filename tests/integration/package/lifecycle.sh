#!/bin/sh
# The package's life on a bare Debian: installed, started, used, upgraded, downgraded, each time with
# the data in place, removed with the data kept, purged. The newer package is this build's under a
# higher version.
# Usage: lifecycle.sh BUILD_FOLDER BASE_FOLDER WORK_FOLDER
# Exit code 77: skipped, since this machine cannot.
set -eu
build=$1 base=$2 work=$3

skip() { echo "skipped: $1"; exit 77; }
command -v cpack >/dev/null || skip "there is no cpack"
grep -qx 'CMAKE_INSTALL_PREFIX:PATH=/usr' "$build/CMakeCache.txt" ||
  skip "this build is not for /usr, so its package would not be the right one"
"$(dirname "$0")/base.sh" "$base"

rm -rf "$work"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root/packages" "$work/next"
(cd "$build" && cpack -G DEB -D CPACK_PACKAGING_INSTALL_PREFIX=/usr -B "$work/built" >/dev/null)
cp "$work"/built/*.deb "$work/root/packages/this.deb"
dpkg-deb -R "$work/root/packages/this.deb" "$work/next"
sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control"
dpkg-deb -b "$work/next" "$work/root/packages/next.deb" >/dev/null
tar -C "$work/root" -xf "$base/base.tar"
# Packages start nothing here.
printf '#!/bin/sh\nexit 101\n' >"$work/root/usr/sbin/policy-rc.d"
chmod +x "$work/root/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$work/root/etc/resolv.conf" 2>/dev/null || true

# shellcheck disable=SC2016  # the inner shell expands these
exec unshare --mount sh -eu -c '
root=$1
mount -t proc none "$root/proc"
inside() { chroot "$root" env DEBIAN_FRONTEND=noninteractive "$@"; }
say() { echo "== $*"; }
ctl() { inside STROWGER_SERVER=127.0.0.1:50953 strowgerctl "$@"; }
start() {
  chroot --userspec=strowger:strowger "$root" env STROWGER_LISTEN=127.0.0.1:50953 \
    STROWGER_METRICS_LISTEN= strowgerd --config /etc/strowger/strowgerd.yaml 2>"$root/log" &
  server=$!
  tries=0
  until ctl status >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { cat "$root/log"; exit 1; }
    sleep 0.1
  done
}
stop() {
  pkill -TERM -P "$server" strowgerd || kill -TERM "$server"
  wait "$server"
}
ended() { ctl contacts --ended --limit 1000000 | sort; }

inside apt-get -qq update >/dev/null 2>&1 || { echo "skipped: apt-get has no lists"; exit 77; }
say installed
inside apt-get -qq install --no-install-recommends /packages/this.deb >"$root/apt.log" 2>&1 || {
  cat "$root/apt.log"
  exit 1
}
test "$(stat -c %U:%a "$root/var/lib/strowger" | sed "s/^UNKNOWN/strowger/")" != root:750
inside strowgerd --config /etc/strowger/strowgerd.yaml --check-config
start
say used
ctl load --rate 50 --seconds 2 --agents 20 --handling 20 >/dev/null
ended >"$root/before"
test "$(wc -l <"$root/before")" -gt 50
stop
say a changed configuration, and the next version
echo "# ours" >>"$root/etc/strowger/strowgerd.yaml"
for package in next this; do
  inside apt-get -qq install --allow-downgrades /packages/$package.deb >"$root/apt.log" 2>&1 || {
    cat "$root/apt.log"
    exit 1
  }
  inside dpkg-query -W strowger
  grep -qx "# ours" "$root/etc/strowger/strowgerd.yaml" || { echo "its configuration is lost"; exit 1; }
  start
  ended | diff "$root/before" - || { echo "$package does not find what was there"; exit 1; }
  stop
done
say removed, the data stays
inside apt-get -qq remove strowger >/dev/null 2>&1
test ! -e "$root/usr/bin/strowgerd"
test -d "$root/var/lib/strowger/journal"
inside apt-get -qq install /packages/this.deb >/dev/null 2>&1
start
ended | diff "$root/before" -
stop
say purged
inside apt-get -qq purge strowger >/dev/null 2>&1
test ! -e "$root/var/lib/strowger"
test ! -e "$root/etc/strowger/strowgerd.yaml"
' sh "$work/root"
