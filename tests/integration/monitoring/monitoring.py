#!/usr/bin/env python3
"""The alerts and the dashboards against a real Prometheus that scrapes a real service under load.

Usage: monitoring.py STROWGERD STROWGERCTL DEPLOY_FOLDER [PICTURES_FOLDER]. Exit code 77: there is no Prometheus.
With a folder for pictures it watches a whole day, and draws the dashboards there to be looked at.
"""
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

from pictures import draw_all

SKIPPED = 77
PATIENCE_S = 60
PICTURE_S = 60  # of the demonstration at its speed: most of a day


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def await_true(what, condition):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit(f"monitoring: {what} did not come to be within {PATIENCE_S} s")


class Prometheus:
    def __init__(self, folder, deploy, target):
        self.url = f"http://127.0.0.1:{free_port()}"
        config = (deploy / "prometheus" / "prometheus.yml").read_text()
        config = config.replace("127.0.0.1:9464", target).replace(": 5s", ": 1s").replace(": 15s", ": 1s")
        (folder / "prometheus.yml").write_text(config)
        shutil.copy(deploy / "prometheus" / "strowger.rules.yml", folder)
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb",
             f"--web.listen-address={self.url.removeprefix('http://')}"],
            stdout=subprocess.DEVNULL, stderr=(folder / "prometheus.log").open("w"))

    def get(self, what):
        return json.loads(fetch(f"{self.url}/api/v1/{what}"))["data"]["result"]

    def ask(self, query):
        return self.get(f"query?query={urllib.parse.quote(query)}")


def concrete(expr):
    """As Grafana would send it."""
    return (expr.replace("$__rate_interval", "10s").replace('"$domain"', '"default"')
            .replace('"$queue"', '".*"'))


def check_dashboards(prometheus, deploy):
    silent = []
    count = 0
    for path in sorted((deploy / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                count += 1
                if not prometheus.ask(concrete(target["expr"])):
                    silent.append(f"{path.name}: {panel['title']}: {target['expr']}")
    print(f"{count} queries of dashboards, {len(silent)} without an answer")
    return silent


def check_names(deploy, page):
    """Every metric that a dashboard or a rule names is one that the service has."""
    known = set(re.findall(r"^# TYPE (\S+)", page, re.MULTILINE)) | {"up", "ALERTS"}
    texts = [path for path in deploy.rglob("*") if path.suffix in (".json", ".yml")]
    unknown = set()
    for path in texts:
        for name in re.findall(r"\b(?:strowger|process)_[a-z0-9_]+", path.read_text()):
            base = re.sub(r"_(bucket|sum|count)$", "", name)
            if name in known or base in known:
                continue
            if f":{name}:" in path.read_text():  # of a recorded series
                continue
            unknown.add(f"{path.name}: {name}")
    return sorted(unknown)


def check_generated(deploy, folder):
    """The JSON is what the code says."""
    subprocess.run([sys.executable, deploy / "grafana" / "dashboards.py", folder / "made"], check=True)
    return [f"{path.name} is not what dashboards.py makes: run it" for path in (folder / "made").iterdir()
            if path.read_text() != (deploy / "grafana" / "dashboards" / path.name).read_text()]


def make_certificate(folder):
    """So that the service has the metrics that it has with TLS only."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-days", "30", "-subj", "/CN=test", "-keyout", folder / "key.pem",
                    "-out", folder / "certificate.pem"], check=True, capture_output=True)
    return ["--tls.certificate", folder / "certificate.pem", "--tls.key", folder / "key.pem"]


def run(strowgerd, strowgerctl, deploy, folder, started, pictures):
    socket_address = f"unix:{folder}/socket"  # which is plaintext also then
    metrics = f"127.0.0.1:{free_port()}"
    started.append(subprocess.Popen(
        [strowgerd, "--listen", socket_address, "--metrics.listen", metrics, "--data", folder / "data",
         *make_certificate(folder),
         "--rules", deploy / "rules" / "example.yaml", "--clock", "virtual"],
        stdout=subprocess.DEVNULL, stderr=(folder / "strowgerd.log").open("w")))
    await_true("the service", lambda: fetch(f"http://{metrics}/readyz"))
    prometheus = Prometheus(folder, deploy, metrics)
    started.append(prometheus.process)
    demo_began = time.monotonic()
    started.append(subprocess.Popen([strowgerctl, "demo", "--server", socket_address, "--speed", "900"],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    await_true("a day's first hundred contacts",
               lambda: prometheus.ask("sum(strowger_queue_assigned_total) > 100"))
    started[0].send_signal(signal.SIGHUP)  # some series come with the first reload
    await_true("rates", lambda: prometheus.ask("queue:strowger_answer_speed:mean15m_seconds"))
    time.sleep(3)
    if pictures:
        time.sleep(PICTURE_S)
        draw_all(deploy, pathlib.Path(pictures), prometheus, concrete, time.monotonic() - demo_began)
    troubles = check_generated(deploy, folder)
    troubles += check_names(deploy, fetch(f"http://{metrics}/metrics"))
    troubles += check_dashboards(prometheus, deploy)
    groups = json.loads(fetch(f"{prometheus.url}/api/v1/rules"))["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    troubles += [f"rule {rule['name']}: {rule['lastError']}" for rule in rules if rule["health"] == "err"]
    troubles += [f"rule {rule['name']} records nothing" for rule in rules
                 if rule["type"] == "recording" and not prometheus.ask(rule["name"])]
    print(f"{len(rules)} rules evaluated")
    return troubles


def main():
    strowgerd, strowgerctl, deploy = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    if shutil.which("prometheus") is None or shutil.which("promtool") is None:
        print("skipped: there is no prometheus and promtool (Debian: prometheus)")
        return SKIPPED
    rules = deploy / "prometheus"
    for arguments in (["check", "config", "prometheus.yml"], ["test", "rules", "strowger.rules_test.yml"]):
        done = subprocess.run(["promtool", *arguments], cwd=rules, capture_output=True, text=True)
        if done.returncode != 0:
            print(done.stdout, done.stderr)
            return 1
    started = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        try:
            troubles = run(strowgerd, strowgerctl, deploy, folder, started, "".join(sys.argv[4:5]))
        finally:
            for process in reversed(started):
                process.send_signal(signal.SIGTERM)
            for process in started:
                process.wait(timeout=PATIENCE_S)
    for trouble in troubles:
        print(trouble)
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
