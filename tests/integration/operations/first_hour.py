#!/usr/bin/env python3
"""The README's first hour, command by command, against a lifelike day.

Usage: first_hour.py STROWGERD STROWGERCTL SOURCE_FOLDER
"""
import pathlib
import re
import subprocess
import sys
import time

from instance import Instance
from runbook import blocks


def main():
    strowgerd, strowgerctl, source = sys.argv[1:4]
    source = pathlib.Path(source)
    text = (source / "README.md").read_text()
    hour = re.search(r"^## The first hour\n.*?(?=^## )", text, re.M | re.S).group()
    instance = Instance(strowgerd, strowgerctl, (source / "deploy/rules/example.yaml").read_text(), clock="virtual")
    demo = None
    try:
        (instance.folder / "run").symlink_to("etc")
        instance.must("systemctl start")
        demo = subprocess.Popen(["strowgerctl", "demo", "--speed", "200"], env=instance.environment,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while '"queued"' not in instance.run("strowgerctl events --type queued -o json").stdout:
            if time.monotonic() > deadline:
                raise SystemExit("the day of the demonstration does not begin")
            time.sleep(0.2)
        # One shell for all, since later commands use what earlier ones have set.
        script = "set -e\n" + "".join(command + "\n" for _, command in blocks(hour))
        script = script.replace("localhost:9464", f"127.0.0.1:{instance.metrics_port()}")
        said = instance.must(script)
        for wanted in ("retail version 1", "1000.0", "500.0", "strowger_rule_set_version", "decided",
                       "version 3 is in force", "(version 1 again)"):
            if wanted not in said:
                raise SystemExit(f"the first hour never shows '{wanted}':\n{said}")
        print("first hour: as the README says")
    finally:
        if demo is not None:
            demo.kill()
            demo.wait()
        instance.close()


if __name__ == "__main__":
    main()
