#!/bin/bash
# Failures, performed on a test instance of its own: started in a temporary folder, loaded, killed,
# stopped, starved of disk, damaged, restored, fed wrong rules. Measures how long each takes to be
# over and what was lost, and writes a report. Touches nothing that is in service.
#
# Usage: deploy/drill.sh [--report FILE] [--rate CONTACTS_A_SECOND] [--seconds N] [--only STEP]...
#   --seconds: how long the load runs before a failure (3). Steps: kill-sync kill-interval kill-none
#   stop drain disk checkpoint restore twice rules. Programs: STROWGERD and STROWGERCTL, else those of
#   build/release, else those installed. Exit code: 0 each step went well or could not be done here,
#   1 one did not, 2 bad arguments or no programs.
# Steps are called by their names.
# shellcheck disable=SC2317
set -u
cd "$(dirname "$0")/.." || exit 2

rate=200 seconds=3 report='' only=
while [ $# -gt 0 ]; do
  case $1 in
    --report) report=$2 && shift ;;
    --rate) rate=$2 && shift ;;
    --seconds) seconds=$2 && shift ;;
    --only) only="$only $2" && shift ;;
    *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
  esac
  shift
done
find_program() {
  for program in "build/release/services/$1/$1" "/usr/bin/$1"; do
    [ -x "$program" ] && realpath "$program" && return
  done
  echo "drill: no $1: build it (deploy/run.sh) or name it in ${1^^}" >&2
  exit 2
}
STROWGERD=${STROWGERD:-$(find_program strowgerd)} || exit 2
STROWGERCTL=${STROWGERCTL:-$(find_program strowgerctl)} || exit 2

folder=$(mktemp -d) server='' mounted='' failed=0 lines=
export STROWGER_SERVER=unix:$folder/socket
finish() {
  [ -n "$server" ] && kill -CONT "$server" 2>/dev/null && kill -KILL "$server" 2>/dev/null
  wait 2>/dev/null
  [ -n "$mounted" ] && umount "$mounted"
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM

# ---- The instance -------------------------------------------------------------------------------

ctl() { "$STROWGERCTL" "$@"; }
now_ms() { echo $(($(date +%s%N) / 1000000)); }
field() { ctl status --hash -o json | sed -n "s/^ *\"$1\": \"\(.*\)\",\{0,1\}$/\1/p"; }

rules_text() {
  cat <<'RULES'
schema: strowger.rules/v1
rule_set: drill
rules: [{id: everyone, then: {queue: default}}]
queues: {default: {}}
RULES
}

# start DATA [FURTHER ARGUMENTS]: returns when it serves; false if it does not within 30 s.
start() {
  local data=$1
  shift
  : >"$folder/log"
  "$STROWGERD" --listen "unix:$folder/socket" --metrics.listen "" --data "$data" \
    --rules "$folder/rules.yaml" --log.format text "$@" >>"$folder/log" 2>&1 &
  server=$!
  for _ in $(seq 600); do
    grep -q ' serving ' "$folder/log" && return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.05
  done
  tail -n 3 "$folder/log" >&2
  return 1
}

end() {
  kill -TERM "$server" && wait "$server"
}

# Contacts at the rate, for so long that the failure comes in the midst of them; and somebody who
# writes down what the service has said so far: nothing of that may be lost.
load() {
  ctl load --rate "$rate" --seconds 60 --agents 100 >"$folder/load" 2>&1 &
  loader=$!
  ctl events --follow -o json >"$folder/told" 2>/dev/null &
  witness=$!
  sleep "$seconds"
}
end_load() {
  kill "$loader" "$witness" 2>/dev/null
  wait "$loader" "$witness" 2>/dev/null
}
last_told() {
  sed -n 's/.*"position":{"sequence":"\([0-9]*\)".*/\1/p' "$folder/told" | tail -n 1
}

# ---- The report ---------------------------------------------------------------------------------

wanted() { [ -z "$only" ] || [[ " $only " == *" $1 "* ]]; }

# line STEP VERDICT TEXT
line() {
  printf '%-14s %-8s %s\n' "$1" "$2" "$3"
  lines="$lines| $1 | $2 | $3 |"$'\n'
  [ "$2" = failed ] && failed=1
}

# ---- The failures -------------------------------------------------------------------------------

# Killed in the midst of work, started at once, as systemd would.
kill_step() {
  local step=kill-$1 told before after sequence
  start "$folder/data-$1" --journal.mode "$1" || { line "$step" failed "did not start"; return; }
  load
  before=$(now_ms)
  kill -KILL "$server" && wait "$server" 2>/dev/null
  if ! start "$folder/data-$1" --journal.mode "$1"; then
    line "$step" failed "did not come back: $(tail -n 1 "$folder/log")"
    return
  fi
  after=$(now_ms)
  end_load
  told=$(last_told) sequence=$(field sequence)
  if [ -n "$told" ] && [ "$sequence" -ge "$told" ]; then
    line "$step" good "served again after $((after - before)) ms; told of $told commands, none lost"
  else
    line "$step" failed "told of command ${told:-none}, came back at $sequence"
  fi
  end
}

# A process that stands still, as under a debugger or on a host that is starved.
stop_step() {
  local told began ended
  start "$folder/data-stop" || { line stop failed "did not start"; return; }
  load
  kill -STOP "$server"
  sleep 2
  began=$(now_ms)
  kill -CONT "$server"
  if ctl status >/dev/null; then
    ended=$(now_ms)
    end_load
    told=$(last_told)
    if [ "$(field sequence)" -ge "$told" ]; then
      line stop good "stood still for 2 s; answered $((ended - began)) ms after it went on"
    else
      line stop failed "told of command $told, and is behind it"
    fi
  else
    end_load
    line stop failed "does not answer after it went on"
  fi
  end
}

# SIGTERM under load, as at an upgrade.
drain_step() {
  local began ended told code
  start "$folder/data-drain" || { line drain failed "did not start"; return; }
  load
  began=$(now_ms)
  end
  code=$?
  ended=$(now_ms)
  end_load
  told=$(last_told)
  start "$folder/data-drain" || { line drain failed "did not come back"; return; }
  if [ "$code" -eq 0 ] && [ "$(field sequence)" -ge "$told" ] && grep -q 'records=0' "$folder/log"; then
    line drain good "ended with code 0 after $((ended - began)) ms; the start had no record to read"
  else
    line drain failed "code $code, told of command $told, now at $(field sequence)"
  fi
  end
}

# A disk of its own that fills up, and is emptied again.
disk_step() {
  local disk=$folder/disk refused began ended room
  mkdir "$disk"
  if ! mount -t tmpfs -o size=256m tmpfs "$disk" 2>/dev/null; then
    line disk skipped "needs the right to mount a tmpfs"
    return
  fi
  mounted=$disk
  start "$disk/data" --journal.reserve_mib 64 || { line disk failed "did not start"; return; }
  room=$(df --output=avail -BM "$disk" | tail -n 1 | tr -dc 0-9)
  dd if=/dev/zero of="$disk/ballast" bs=1M count=$((room - 32)) 2>/dev/null
  refused=$(ctl queues close default 2>&1) && refused=
  began=$(now_ms)
  rm "$disk/ballast"
  until ctl queues close default >/dev/null 2>&1 || [ $(($(now_ms) - began)) -gt 10000 ]; do
    sleep 0.05
  done
  ended=$(now_ms)
  if [ -n "$refused" ] && [ -n "$(field sequence)" ] && [ $((ended - began)) -lt 10000 ]; then
    line disk good "full: changes refused, reads answered; taken again $((ended - began)) ms after there was room"
  else
    line disk failed "refused: $(head -n 1 <<<"${refused:-nothing}")"
  fi
  end
  umount "$disk" && mounted=
}

# The newest checkpoint is damaged; the one before it and the journal know the same.
checkpoint_step() {
  local sequence newest began ended
  start "$folder/data-cp" || { line checkpoint failed "did not start"; return; }
  load
  ctl checkpoint >/dev/null
  end_load
  end
  newest=$(find "$folder/data-cp/checkpoints" -name '*.checkpoint' | sort | tail -n 1)
  start "$folder/data-cp" --recovery.grace 0s && sequence=$(field sequence)
  kill -KILL "$server" && wait "$server" 2>/dev/null
  printf 'damaged' | dd of="$newest" bs=1 seek=200 conv=notrunc 2>/dev/null
  began=$(now_ms)
  if ! start "$folder/data-cp" --recovery.grace 0s; then
    line checkpoint failed "did not start with an older one"
    return
  fi
  ended=$(now_ms)
  if grep -q checkpoint_unusable "$folder/log" && [ "$(field sequence)" -ge "$sequence" ]; then
    line checkpoint good "damage noticed, the one before taken; served after $((ended - began)) ms"
  else
    line checkpoint failed "the damage was not noticed, or records are missing"
  fi
  end
}

# The data folder is gone; a backup on another disk is not.
restore_step() {
  local told began ended sequence backup=$folder/backup
  start "$folder/data-bk" --backup.folder "$backup" || { line restore failed "did not start"; return; }
  load
  ctl backup >"$folder/backed" || { line restore failed "no backup: $(cat "$folder/backed")"; return; }
  end_load
  told=$(sed -n 's/.*every command up to \([0-9,]*\)\..*/\1/p' "$folder/backed" | tr -d ,)
  kill -KILL "$server" && wait "$server" 2>/dev/null
  rm -rf "$folder/data-bk"
  began=$(now_ms)
  if ! ctl restore --from "$backup" --data "$folder/data-new" >"$folder/restored"; then
    line restore failed "$(cat "$folder/restored")"
    return
  fi
  start "$folder/data-new" || { line restore failed "did not start with it"; return; }
  ended=$(now_ms)
  sequence=$(field sequence)
  if [ "$sequence" -ge "${told:-0}" ] && [ -n "$told" ]; then
    line restore good "served again after $((ended - began)) ms, with all up to the backup's command $told"
  else
    line restore failed "the backup has $told commands, the restored folder $sequence"
  fi
  end
}

# Two on one data folder would be two histories.
twice_step() {
  start "$folder/data-twice" || { line twice failed "did not start"; return; }
  if "$STROWGERD" --listen "unix:$folder/second" --metrics.listen "" --data "$folder/data-twice" \
    --log.format text >"$folder/second.log" 2>&1; then
    line twice failed "the second one started"
  elif grep -q 'is another strowgerd using it' "$folder/second.log" && ctl status >/dev/null; then
    line twice good "the second one refused to start and says why; the first one served on"
  else
    line twice failed "$(tail -n 1 "$folder/second.log")"
  fi
  end
}

# A slip of the pen in the watched rule file; then the file mended; then taken back by hand.
rules_step() {
  local version began mended rolled
  rules_text >"$folder/rules.yaml"
  start "$folder/data-rules" || { line rules failed "did not start"; return; }
  version=$(field rule_set_version)
  rules_text | sed 's/queue: default/queue: defautl/' >"$folder/rules.yaml"
  until grep -q rules_refused "$folder/log"; do sleep 0.05; done
  if [ "$(field rule_set_version)" != "$version" ]; then
    line rules failed "the wrong rules are in force"
    return
  fi
  began=$(now_ms)
  { rules_text && echo '# mended'; } >"$folder/rules.yaml"
  until [ "$(field rule_set_version)" -gt "$version" ]; do sleep 0.05; done
  mended=$(now_ms)
  ctl rules rollback "$version" --author drill --comment "the mended ones are not what was meant" >/dev/null
  rolled=$(now_ms)
  if [ "$(field rule_set_version)" -gt $((version + 1)) ]; then
    line rules good "wrong ones refused, the old ones stayed; mended ones in force after $((mended - began)) ms, rolled back in $((rolled - mended)) ms"
  else
    line rules failed "the rollback is not in force"
  fi
  end
}

rules_text >"$folder/rules.yaml"
for mode in sync interval none; do wanted "kill-$mode" && kill_step "$mode"; done
for step in stop drain disk checkpoint restore twice rules; do wanted "$step" && "${step}_step"; done

if [ -n "$report" ]; then
  {
    echo "# Drill of $(date -u +%Y-%m-%d)"
    echo
    echo "$("$STROWGERD" --version), $(nproc) processors; $rate contacts/s for $seconds s before each failure."
    echo "Made by \`deploy/drill.sh\`. What each step means for callers: [RUNBOOK.md](RUNBOOK.md)."
    echo
    echo "| step | verdict | measured |"
    echo "| --- | --- | --- |"
    printf '%s' "$lines"
  } >"$report"
fi
exit "$failed"
