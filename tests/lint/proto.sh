#!/usr/bin/env bash
# Lints the contract and refuses breaking changes to it.
#
#   tests/lint/proto.sh
#
# Compared with the last commit on main: HEAD while proto/ has uncommitted changes, else HEAD~1, so that the
# check means something both before a commit and on a clean clone; on another branch, main itself.
# STROWGER_PROTO_BASE names another commit. Where there is nothing to compare with (shallow clone, first
# commit, no proto/ yet) it says so and lints only.
#
# Exit: 0 clean, 1 findings, 2 the check could not run.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly buf_version=1.75.0
readonly tool_dir=build/tools/buf-$buf_version
readonly buf=$tool_dir/node_modules/.bin/buf

fail() { echo "proto.sh: $*" >&2; exit 2; }

install_buf() {
  [ -x "$buf" ] && return
  command -v npm >/dev/null || fail "npm is missing: install the package npm"
  mkdir -p "$tool_dir"
  npm install --prefix "$tool_dir" --no-save --no-audit --no-fund --loglevel=error \
    "@bufbuild/buf@$buf_version" >&2 || fail "npm could not install @bufbuild/buf@$buf_version"
}

commit_of() { git rev-parse --quiet --verify "$1^{commit}" 2>/dev/null; }

# Prints the commit to compare with, or nothing.
base_commit() {
  if [ -n "${STROWGER_PROTO_BASE:-}" ]; then
    commit_of "$STROWGER_PROTO_BASE" || fail "no commit $STROWGER_PROTO_BASE"
    return
  fi
  local head main
  head=$(commit_of HEAD) || return 0
  main=$(commit_of main || commit_of origin/main || echo "$head")
  if [ "$main" != "$head" ]; then
    echo "$main"
  elif [ -n "$(git status --porcelain -- proto)" ]; then
    echo "$head"
  else
    commit_of HEAD~1 || true
  fi
}

check_breaking() {
  local base base_dir
  base=$(base_commit) || exit
  if [ -z "$base" ]; then
    echo "proto.sh: no earlier commit here, nothing to compare with"
    return
  fi
  if ! git cat-file -e "$base:proto/strowger" 2>/dev/null; then
    echo "proto.sh: no contract in ${base:0:12}, nothing to compare with"
    return
  fi
  base_dir=$(mktemp -d "$tool_dir/base.XXXXXX")
  trap 'rm -rf "$base_dir"' RETURN
  git archive "$base" proto | tar -x -C "$base_dir"
  "$buf" breaking proto --against "$base_dir/proto" || return 1
  echo "proto.sh: no breaking change since ${base:0:12}"
}

install_buf
status=0
"$buf" lint proto || status=1
check_breaking || status=1
exit "$status"
