#!/usr/bin/env python3
"""Every command of the runbook, run in its order against an instance of its own.

Usage: runbook.py STROWGERD STROWGERCTL DEPLOY_FOLDER
"""
import pathlib
import re
import sys

from instance import Instance

RULES = """schema: strowger.rules/v1
rule_set: centre
rules: [{id: everyone, then: {queue: billing}}]
queues: {billing: {}, general: {}}
"""


def blocks(text):
    """The commands, with the number of the line that each stands on."""
    for block in re.finditer(r"^```sh\n(.*?)^```$", text, re.M | re.S):
        line = text[: block.start()].count("\n") + 2
        for number, command in enumerate(block.group(1).splitlines()):
            if command.strip():
                yield line + number, command


def here(command, instance):
    """The same command with the folders and ports of the instance."""
    return (command.replace("/var/lib/strowger", f"{instance.folder}/data")
            .replace("/etc/strowger", f"{instance.folder}/etc")
            .replace("localhost:9464", f"127.0.0.1:{instance.metrics_port()}"))


def anchors(text):
    """A link into the page must lead somewhere."""
    heads = {re.sub(r"[^a-z0-9 -]", "", head.lower()).strip().replace(" ", "-")
             for head in re.findall(r"^#+ (.*)$", text, re.M)}
    return [link for link in re.findall(r"\(#([a-z0-9-]+)\)", text) if link not in heads]


def main():
    strowgerd, strowgerctl, deploy = sys.argv[1:4]
    deploy = pathlib.Path(deploy).resolve()
    text = (deploy / "RUNBOOK.md").read_text()
    if lost := anchors(text):
        raise SystemExit(f"RUNBOOK.md links to headings that are not there: {lost}")
    instance = Instance(strowgerd, strowgerctl, RULES)
    failed = []
    count = 0
    try:
        instance.must("systemctl start")
        # Something in the journal, and a second version to go back from.
        instance.must("strowgerctl load --rate 100 --seconds 1 --agents 20 --queue billing")
        instance.must("sed -i 's/everyone/all/' etc/rules.yaml; "
                      "until strowgerctl rules history | grep -q ' 2 '; do sleep 0.1; done")
        for line, command in blocks(text):
            count += 1
            finished = instance.run(here(command, instance), cwd=deploy.parent)
            if finished.returncode != 0:
                failed.append(f"RUNBOOK.md:{line}: {command}\n  exit code {finished.returncode}: "
                              f"{finished.stdout[-400:]}{finished.stderr[-400:]}")
    finally:
        instance.close()
    if failed:
        raise SystemExit("\n".join(failed))
    if count < 30:
        raise SystemExit(f"only {count} commands were found in RUNBOOK.md")
    print(f"runbook: {count} commands ran")


if __name__ == "__main__":
    main()
