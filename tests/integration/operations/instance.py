"""A service of a test's own, and what an operator's shell would have around it."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

PATIENCE_S = 30

SYSTEMCTL = """#!/bin/sh
# What the runbook asks of systemd, done to the test's instance.
touch {folder}/log
stop() {{
  [ -s {folder}/pid ] || return 0
  kill -"$1" "$(cat {folder}/pid)" 2>/dev/null
  while kill -0 "$(cat {folder}/pid)" 2>/dev/null; do sleep 0.05; done
  : >{folder}/pid
}}
start() {{
  [ -s {folder}/pid ] && kill -0 "$(cat {folder}/pid)" 2>/dev/null && return 0
  said=$(wc -c <{folder}/log)
  # No child of the test, so that it is gone when it is dead.
  (setsid {strowgerd} --config {folder}/etc/strowgerd.yaml >>{folder}/log 2>&1 & echo $! >{folder}/pid)
  tries=0
  until tail -c +$((said + 1)) {folder}/log | grep -q ' serving '; do
    tries=$((tries + 1))
    if [ $tries -gt 600 ] || ! kill -0 "$(cat {folder}/pid)" 2>/dev/null; then tail {folder}/log >&2; exit 1; fi
    sleep 0.05
  done
}}
case $1 in
  start) start ;;
  stop) stop TERM ;;
  restart) stop TERM; start ;;
  kill) stop KILL ;;
  status) [ -s {folder}/pid ] && kill -0 "$(cat {folder}/pid)" && echo active ;;
  *) echo "no such systemctl: $*" >&2; exit 1 ;;
esac
"""


class Instance:
    """Configuration, data and programs in a folder; PATH leads to them and to a systemctl."""

    def __init__(self, strowgerd, strowgerctl, rules, clock="system"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="strowger-ops-"))
        for name in ("bin", "etc", "data"):
            (self.folder / name).mkdir()
        self.socket = f"unix:{self.folder}/socket"
        (self.folder / "etc" / "rules.yaml").write_text(rules)
        (self.folder / "etc" / "strowgerd.yaml").write_text(
            f'listen: ["{self.socket}"]\nmetrics: {{listen: "127.0.0.1:0"}}\ndata: {self.folder}/data\n'
            f"rules: {self.folder}/etc/rules.yaml\nclock: {clock}\nlog: {{format: text}}\n")
        self._tool("systemctl", SYSTEMCTL.format(folder=self.folder, strowgerd=strowgerd))
        self._tool("journalctl", f"#!/bin/sh\ntail -n 50 {self.folder}/log\n")
        for program in (strowgerd, strowgerctl):
            (self.folder / "bin" / pathlib.Path(program).name).symlink_to(pathlib.Path(program).resolve())
        self.environment = dict(os.environ, STROWGER_SERVER=self.socket, STROWGERD=str(strowgerd),
                                STROWGERCTL=str(strowgerctl), NO_COLOR="1", COLUMNS="100", USER="operator",
                                PATH=f"{self.folder}/bin:{os.environ['PATH']}")

    def _tool(self, name, text):
        path = self.folder / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def run(self, command, cwd=None):
        return subprocess.run(["bash", "-c", command], env=self.environment, cwd=cwd or self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)

    def must(self, command):
        finished = self.run(command)
        if finished.returncode != 0:
            raise SystemExit(f"{command}: exit code {finished.returncode}\n{finished.stdout}{finished.stderr}")
        return finished.stdout

    def metrics_port(self):
        ports = re.findall(r" serving .*metrics=127\.0\.0\.1:(\d+)", (self.folder / "log").read_text())
        return ports[-1] if ports else "9464"

    def close(self):
        pid = (self.folder / "pid").read_text().strip() if (self.folder / "pid").exists() else ""
        if pid:
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.1)
        shutil.rmtree(self.folder, ignore_errors=True)
