#!/bin/sh
# A bare Debian as FOLDER/base.tar, made by debootstrap once. Says why and ends with 77 where this
# machine cannot.
# Usage: base.sh FOLDER
set -eu
work=$1
skip() { echo "skipped: $1"; exit 77; }
[ "$(id -u)" -eq 0 ] || skip "not root"
command -v debootstrap >/dev/null || skip "there is no debootstrap"
unshare --mount true 2>/dev/null || skip "no mount namespaces here"
mkdir -p "$work"
[ ! -f "$work/base.tar" ] || exit 0
mirror=$(sed -n 's/^ *\(deb\|URIs:\) \(\[[^]]*\] \)\?\(http[^ ]*\).*/\3/p' /etc/apt/sources.list \
  /etc/apt/sources.list.d/* 2>/dev/null | head -1)
debootstrap --variant=minbase bookworm "$work/base" ${mirror:+"$mirror"} \
  >"$work/debootstrap.log" 2>&1 || { rm -rf "$work/base"; skip "debootstrap got no base"; }
tar -C "$work/base" -cf "$work/base.tar.part" .
mv "$work/base.tar.part" "$work/base.tar"
rm -rf "$work/base"
