#!/bin/sh
# The package's parts, without installing it: the configuration it ships names every key and is
# good; the unit is as closed as it says; the maintainer scripts parse.
# Usage: package.sh STROWGERD SERVICE_UNIT DEPLOY_FOLDER
set -eu
strowgerd=$1 unit=$2 deploy=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$strowgerd" --config "$deploy/strowgerd.yaml" --rules "$deploy/rules/example.yaml" --check-config
"$strowgerd" --print-config | grep -o '^ *[a-z_]*:' >"$folder/keys"
"$strowgerd" --config "$deploy/strowgerd.yaml" --print-config | grep -o '^ *[a-z_]*:' |
  cmp - "$folder/keys"
# Every key stands in the file, in the same order of sections, with or without its default.
grep -v '^ *#' "$deploy/strowgerd.yaml" | grep -o '^ *[a-z_]*:' | sort >"$folder/documented"
sort "$folder/keys" | diff - "$folder/documented" || {
  echo "deploy/strowgerd.yaml does not name each key"
  exit 1
}
for script in postinst prerm postrm; do sh -n "$deploy/debian/$script"; done

if command -v systemd-analyze >/dev/null; then
  exposure=$(systemd-analyze security --offline=yes "$unit" 2>/dev/null |
    sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
  echo "exposure of the unit: $exposure"
  awk -v value="$exposure" 'BEGIN { exit !(value != "" && value <= 2.0) }'
fi
