#!/bin/sh
# Runs call.js against a server of its own. Usage: run.sh STROWGERD PROTO_FOLDER WORK_FOLDER
# Exit code 77: skipped, since Node.js or its packages are not to be had.
set -eu
strowgerd=$1 proto=$2 work=$3
here=$(cd "$(dirname "$0")" && pwd)

for program in node npm; do
  command -v "$program" >/dev/null || { echo "skipped: there is no $program"; exit 77; }
done
mkdir -p "$work"
cp "$here/package.json" "$here/call.js" "$work/"
cd "$work"
if [ ! -d node_modules/@grpc/proto-loader ] || [ ! -d node_modules/@grpc/grpc-js ]; then
  npm install --no-package-lock --no-audit --no-fund --loglevel=error ||
    { echo "skipped: npm cannot get the packages"; exit 77; }
fi

server_folder=$(mktemp -d)
"$strowgerd" --listen "unix:$server_folder/socket" --data "$server_folder/data" \
  --metrics.listen "" --reflection true 2>"$server_folder/log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" || true; rm -rf "$server_folder"' EXIT
node call.js "unix:$server_folder/socket" "$proto" || {
  status=$?
  cat "$server_folder/log"
  exit "$status"
}
