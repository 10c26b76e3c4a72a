#!/bin/sh
# What the linker and the compiler were asked for must be in the programs: readelf tells.
# Usage: elf.sh PROGRAM...
set -eu
failed=0

# has PROGRAM WHAT PATTERN: the pattern must be in what readelf says.
has() {
  if ! readelf -hldW --dyn-syms "$1" | grep -Eq "$3"; then
    echo "$1: $2 is missing"
    failed=1
  fi
}
lacks() {
  if readelf -hldW "$1" | grep -Eq "$3"; then
    echo "$1: $2"
    failed=1
  fi
}

for program in "$@"; do
  has "$program" "a place in memory of its own at each start (PIE)" 'Type: +DYN'
  has "$program" "the mark of a position-independent executable" 'FLAGS_1.*PIE'
  has "$program" "the table of symbols made read-only (RELRO)" 'GNU_RELRO'
  has "$program" "binding at the start (NOW)" 'FLAGS_1.*NOW'
  has "$program" "the stack's mark" 'GNU_STACK .* RW '
  lacks "$program" "its stack can be run" 'GNU_STACK .* RWE '
  lacks "$program" "a segment can be written and run" 'LOAD .* RWE '
  lacks "$program" "code is changed while it is loaded (TEXTREL)" 'TEXTREL'
  has "$program" "the guard of the stack (-fstack-protector-strong)" '__stack_chk_fail'
  has "$program" "a checked function of the library (_FORTIFY_SOURCE)" '__[a-z]+_chk(@| |$)'
done
[ "$failed" -eq 0 ] && echo "hardened: $*"
exit "$failed"
