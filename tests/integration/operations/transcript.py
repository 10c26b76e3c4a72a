#!/usr/bin/env python3
"""Every command of the operator's tool as a new user would try it, on a day that is always the same.

The transcript must be the one in transcript.txt, word by word (STROWGER_WRITE_GOLDEN=1 writes it
anew: read it before it is believed). And the day's report must be what /metrics counted, before and
after the service was killed.

Usage: transcript.py STROWGERD STROWGERCTL
"""
import csv
import difflib
import os
import pathlib
import re
import sys
import time
import urllib.request

from instance import Instance

HERE = pathlib.Path(__file__).resolve().parent
RULES = """schema: strowger.rules/v1
rule_set: before
rules: [{id: everyone, then: {queue: default}}]
queues: {default: {}}
"""
# What a first user types, in this order; a line that begins with "#" is a remark.
SESSION = """
# What is there?
strowgerctl --version
strowgerctl --help
strowgerctl status
strowgerctl queues
strowgerctl agents | head -5
strowgerctl events --type ended | head -3
strowgerctl contacts --limit 5
strowgerctl contacts --ended --queue {queue} --limit 3
strowgerctl contacts get {contact}
strowgerctl explain {contact}
strowgerctl why {contact}
strowgerctl predict {contact}
# What happened that day?
strowgerctl report
strowgerctl report --interval day
strowgerctl report --interval day --agents | head -6
strowgerctl report --interval 15 {queue} | head -6
strowgerctl report --interval day -o csv
strowgerctl report --day yesterday
# Which rules are in force, and since when?
strowgerctl rules history
strowgerctl rules check {folder}/etc/rules.yaml
strowgerctl rules get
strowgerctl rules show --effective | head -8
sed 's/rule_set: before/rule_set: after/; s/everyone/all/' {folder}/etc/rules.yaml >{folder}/new.yaml
strowgerctl rules diff {folder}/etc/rules.yaml {folder}/new.yaml
strowgerctl rules apply {folder}/new.yaml --author ann --comment "a better name"
strowgerctl rules rollback 1 --author ann --comment "the old name was better"
strowgerctl rules history
strowgerctl rules candidate
strowgerctl rules promote --author ann --comment x
strowgerctl rules flag
# Acts by hand.
strowgerctl queues close default
strowgerctl queues open default
strowgerctl queues close {queue}
strowgerctl queues move default default
strowgerctl checkpoint
strowgerctl backup
strowgerctl erase {contact}
strowgerctl contacts get {contact}
# Looking into the data folder.
strowgerctl journal verify --data {folder}/data
strowgerctl journal dump --data {folder}/data | head -c 300
strowgerctl journal replay --data {folder}/data
strowgerctl restore --from {folder}/data/backup --list
strowgerctl restore --from {folder}/data/backup --data {folder}/restored
# Tokens, completion, a generated day, scenario tests.
strowgerctl token new ann --role operator --domain default
strowgerctl completion bash | head -3
strowgerctl day --contacts 150
strowgerctl day --csv --contacts 150 | head -3
# Slips of the pen, and what is not there.
strowgerctl
strowgerctl reprot
strowgerctl report --interval 20
strowgerctl report --day 1.4.2026
strowgerctl queues nowhere
strowgerctl contacts get nobody
strowgerctl explain nobody
strowgerctl why nobody
strowgerctl predict nobody
strowgerctl predict
strowgerctl predict --channel voice --attribute gold
strowgerctl erase nobody
strowgerctl rules rollback 99 --author ann --comment "does not exist"
strowgerctl rules apply {folder}/etc/none.yaml --author ann --comment x
strowgerctl rules check {folder}/etc/strowgerd.yaml
strowgerctl status --server unix:{folder}/none
strowgerctl status --domain nowhere
strowgerctl journal
strowgerctl journal verify --data {folder}/none
strowgerctl journal verify {folder}/data
strowgerctl restore --from {folder}/none --data {folder}/elsewhere
strowgerctl token new ann --role king
# And home.
strowgerctl drain
strowgerctl status
"""


def steady(text, instance):
    """Without what differs from run to run: folders, the machine's clock, sizes on disk."""
    text = text.replace(str(instance.folder), "/var/lib")
    text = re.sub(r"(?!2026-11-02T)20\d\d-\d\d-\d\dT[\d:]{8}(?:\.\d+)?Z", "(now)", text)
    text = re.sub(r"[0-9a-f]{64}", "(64 digits)", text)
    text = re.sub(r"(state.hash:? )[0-9a-f]{32}", r"\1(32 digits)", text)
    text = re.sub(r"(?m)^( +\d+  \(now\) +)[\d,]+( +\d+ +\d+)$", r"\1N\2", text)  # sizes of backups
    text = re.sub(r"[\d,]+ bytes", "N bytes", text)
    text = re.sub(r"in [\d,]+ ms", "in N ms", text)
    text = re.sub(r"unix:/var/lib/(none|socket) \(.*\)", r"unix:/var/lib/\1 (no such socket)", text)
    return re.sub(r"(?m) +$", "", text)


def transcript(instance, facts):
    text = ""
    for command in SESSION.strip().splitlines():
        if command.startswith("#"):
            text += command + "\n\n"
            continue
        command = command.format(folder=instance.folder, **facts)
        finished = instance.run(command)
        text += f"$ {command}\n{finished.stdout}{finished.stderr}"
        if finished.returncode != 0:
            text += f"(exit code {finished.returncode})\n"
        text += "\n"
        if command == "strowgerctl drain":  # a patient user: it answers until its replies are out
            instance.must("while systemctl status >/dev/null; do sleep 0.05; done")
    return steady(text, instance)


def report(instance):
    """The day by queue: {queue: {column: value}}."""
    instance.must("strowgerctl report --interval day -o csv >report.csv")
    if not (instance.folder / "report.csv").read_bytes().endswith(b"\r\n"):
        raise SystemExit("the CSV has other line ends than RFC 4180's")
    with (instance.folder / "report.csv").open(newline="") as file:
        return {line["queue"]: line for line in csv.DictReader(file)}


def counted(instance):
    """From /metrics: {(family, queue, reason): value}."""
    url = f"http://127.0.0.1:{instance.metrics_port()}/metrics"
    with urllib.request.urlopen(url, timeout=10) as answer:
        text = answer.read().decode()
    values = {}
    for family, labels, value in re.findall(r"^(strowger_queue_\w+_total)\{(.*?)\} (\S+)$", text, re.M):
        named = dict(re.findall(r'(\w+)="(.*?)"', labels))
        values[family, named["queue"], named.get("reason", "")] = float(value)
    return values


def compare(instance, when):
    lines = report(instance)
    values = counted(instance)
    checked = 0
    for (family, queue, reason), value in values.items():
        column = {"strowger_queue_entered_total": "queued", "strowger_queue_assigned_total": "assigned",
                  "strowger_queue_overflowed_total": "overflowed",
                  "strowger_queue_wait_seconds_total": "total_wait_seconds",
                  "strowger_queue_hold_seconds_total": "total_hold_seconds",
                  "strowger_queue_handle_seconds_total": "total_handling_seconds"}.get(family)
        if family == "strowger_queue_ended_total" and reason in lines.get(queue, {}):
            column = reason
        if column is None or queue not in lines:
            continue
        checked += 1
        if abs(float(lines[queue][column]) - value) > 0.001:
            raise SystemExit(f"{when}: {queue} {column} is {lines[queue][column]} in the report, "
                             f"{value} in /metrics")
    if checked < 10:
        raise SystemExit(f"{when}: only {checked} figures could be compared")


def kill_and_start(instance):
    instance.must("systemctl kill")
    instance.must("systemctl start")


def main():
    strowgerd, strowgerctl = sys.argv[1:3]
    instance = Instance(strowgerd, strowgerctl, RULES, clock="virtual")
    try:
        instance.must("systemctl start")
        instance.must("strowgerctl day --csv --contacts 150 >day.csv")
        instance.must(f"strowgerctl replay day.csv --server {instance.socket}")
        time.sleep(1.5)  # the figures of /metrics are published once a second
        compare(instance, "after the day")
        kill_and_start(instance)
        compare(instance, "after it was killed")
        ended = instance.must("strowgerctl events --type ended -o json").splitlines()
        facts = {"contact": re.search(r'"contact_id":"([^"]*)"', ended[0]).group(1),
                 "queue": sorted(report(instance))[0]}
        now = transcript(instance, facts)
        golden = HERE / "transcript.txt"
        if os.environ.get("STROWGER_WRITE_GOLDEN"):
            golden.write_text(now)
        before = golden.read_text()
        if now != before:
            sys.stdout.writelines(difflib.unified_diff(before.splitlines(True), now.splitlines(True),
                                                       "transcript.txt", "now", n=1))
            raise SystemExit("the tool says other things than it did")
        print(f"transcript: {now.count(chr(10) + '$ ') + 1} commands")
    finally:
        instance.close()


if __name__ == "__main__":
    main()
