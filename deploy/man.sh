#!/bin/sh
# A manual page out of what a program says of itself: its help, and that of each of its commands.
# Usage: man.sh PROGRAM NAME SECTION "SUMMARY" "ANOTHER PAGE"    writes the page to standard output
set -eu
program=$1 name=$2 section=$3 summary=$4 other=$5

# Text as it stands, for troff.
literal() {
  sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^\([.']\)/\\\\\&\1/"
}

# The names of the commands in a help.
commands() {
  sed -n '/^Subcommands:/,/^[A-Z][a-z]*:/s/^  \([a-z][a-z-]*\) .*/\1/p'
}

# Each command and those below it, with its help.
describe() {
  "$program" "$@" --help >"$folder/help"
  printf '.SS "%s"\n.nf\n' "$(printf '%s' "$name $*" | literal)"
  literal <"$folder/help"
  echo .fi
  for below in $(commands <"$folder/help"); do describe "$@" "$below"; done
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
version=$("$program" --version)
printf '.TH %s %s "" "%s" "Strowger"\n' "$(echo "$name" | tr '[:lower:]' '[:upper:]')" "$section" "$version"
printf '.SH NAME\n%s \\- %s\n' "$name" "$(printf '%s' "$summary" | literal)"
"$program" --help >"$folder/whole"
printf '.SH SYNOPSIS\n.nf\n'
sed -n 's/^Usage: //p' "$folder/whole" | literal
printf '.fi\n.SH DESCRIPTION\n.nf\n'
sed '/^Usage: /d' "$folder/whole" | literal
echo .fi
below=$(commands <"$folder/whole")
if [ -n "$below" ]; then
  echo .SH COMMANDS
  for command in $below; do describe "$command"; done
fi
printf '.SH SEE ALSO\n.BR %s\n' "$(printf '%s' "$other" | sed 's/(\(.*\))/ (\1)/')"
