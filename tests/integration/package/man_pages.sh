#!/bin/sh
# The manual pages: made without a complaint, of every command, and the same bytes each time.
# Usage: man_pages.sh STROWGERD STROWGERCTL DEPLOY_FOLDER
set -eu
strowgerd=$1 strowgerctl=$2 deploy=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

page() { "$deploy/man.sh" "$1" "$2" "$3" "a summary" "$4"; }
page "$strowgerd" strowgerd 8 "strowgerctl(1)" >"$folder/strowgerd.8"
page "$strowgerctl" strowgerctl 1 "strowgerd(8)" >"$folder/strowgerctl.1"
page "$strowgerctl" strowgerctl 1 "strowgerd(8)" | cmp - "$folder/strowgerctl.1"
for heading in NAME SYNOPSIS DESCRIPTION COMMANDS "SEE ALSO"; do
  grep -qx ".SH $heading" "$folder/strowgerctl.1"
done
for command in "rules apply" "rules rollback" status queues "queues close" "journal verify"; do
  grep -qx ".SS \"strowgerctl $command\"" "$folder/strowgerctl.1" || {
    echo "strowgerctl(1) does not have $command"
    exit 1
  }
done
grep -q 'Exit code' "$folder/strowgerctl.1"
grep -q 'metrics.listen' "$folder/strowgerd.8"
if command -v groff >/dev/null; then
  for page in strowgerd.8 strowgerctl.1; do
    # Lines of a help are set as they stand, so a long one is no fault of the page.
    groff -man -Tutf8 -wall -rLL=110n "$folder/$page" 2>&1 >/dev/null | grep -v "can't break line" && {
      echo "groff complains of $page"
      exit 1
    }
  done
fi
echo "manual pages: good"
