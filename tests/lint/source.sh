#!/bin/sh
# clang-format over every source, clang-tidy over the sources changed since a base commit (default:
# the parent of HEAD, or what is uncommitted), shellcheck-clean scripts where shellcheck is there.
# Usage: tests/lint/source.sh [--all | BASE]
set -eu
cd "$(dirname "$0")/../.."

git ls-files '*.h' '*.cc' | xargs clang-format --dry-run -Werror
if command -v shellcheck >/dev/null; then
  git ls-files '*.sh' .ci/run | xargs shellcheck
fi

[ -f build/release/compile_commands.json ] || cmake --preset release >/dev/null
case "${1:-}" in
  --all) changed=$(git ls-files '*.cc') ;;
  "")
    base=$(git rev-parse --verify --quiet HEAD~1 || git hash-object -t tree /dev/null)
    git diff --quiet HEAD || base=HEAD
    changed=$(git diff --name-only --diff-filter=d "$base" -- '*.cc') ;;
  *) changed=$(git diff --name-only --diff-filter=d "$1" -- '*.cc') ;;
esac
# Fuzz entry points are built only with clang and STROWGER_FUZZ. The first change of a project would
# be all of it: at most 60 files, spread over the list, keep the time within bounds.
changed=$(printf '%s\n' "$changed" | grep -v '^tests/fuzz/' || true)
[ -n "$changed" ] || exit 0
count=$(printf '%s\n' "$changed" | wc -l)
if [ "${1:-}" != "--all" ] && [ "$count" -gt 60 ]; then
  echo "clang-tidy: 60 of $count changed files; tests/lint/source.sh --all looks at every one"
  changed=$(printf '%s\n' "$changed" | awk -v n="$count" 'int(NR * 60 / n) != int((NR - 1) * 60 / n)')
fi
printf '%s\n' "$changed" | xargs -P "$(nproc)" -n 4 clang-tidy -p build/release --quiet --extra-arg=-Wno-unknown-warning-option
