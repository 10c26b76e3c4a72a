#!/usr/bin/env python3
"""Writes the dashboards: deploy/grafana/dashboards.py [FOLDER], by default dashboards/ beside it.

Dashboards are code: a panel is one line here, and the JSON that Grafana wants is made from it.
"""
import json
import pathlib
import sys

DOMAIN = '{domain="$domain"}'
QUEUE = '{domain="$domain", queue=~"$queue"}'


def target(expr, legend, index):
    return {"expr": expr, "legendFormat": legend, "refId": chr(ord("A") + index)}


def panel(kind, title, unit, queries, help_text, width=8, height=7, **options):
    """`queries`: (expression, legend) pairs."""
    return {
        "type": kind,
        "title": title,
        "description": help_text,
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "targets": [target(expr, legend, i) for i, (expr, legend) in enumerate(queries)],
        "fieldConfig": {"defaults": {"unit": unit, "min": 0, **options}, "overrides": []},
        "gridPos": {"w": width, "h": height},
    }


def stat(title, unit, expr, help_text, **options):
    made = panel("stat", title, unit, [(expr, "")], help_text, width=4, height=4, **options)
    made["options"] = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value"}
    return made


def graph(title, unit, queries, help_text, **options):
    return panel("timeseries", title, unit, queries, help_text, **options)


def row(title):
    return {"type": "row", "title": title, "panels": [], "gridPos": {"w": 24, "h": 1}}


def steps(*colours):
    """Colours from thresholds up: ("green", None), ("red", 5)."""
    return {"thresholds": {"mode": "absolute",
                           "steps": [{"color": colour, "value": value} for colour, value in colours]}}


def quantiles(metric):
    rates = f"sum by (le) (rate({metric}_bucket{DOMAIN}[$__rate_interval]))"
    return [(f"histogram_quantile({q}, {rates})", f"p{round(100 * q)}") for q in (0.5, 0.9, 0.99)]


def rate(metric, labels, by=None):
    rated = f"rate({metric}{labels}[$__rate_interval])"
    return f"sum by ({by}) ({rated})" if by else rated


OPERATIONS = [
    row("Now"),
    stat("Commands a second", "ops", f"sum({rate('strowger_commands_total', DOMAIN)})",
         "Sequenced and applied."),
    stat("Reply p99", "s", quantiles("strowger_reply_latency_seconds")[2][0],
         "From a command received to its reply released.",
         **steps(("green", None), ("orange", 0.01), ("red", 0.05))),
    stat("Waiting", "short", f"sum(strowger_queue_waiting{DOMAIN})", "Contacts, all queues."),
    stat("Requests inside", "percentunit",
         f"strowger_mailbox_depth{DOMAIN} / strowger_mailbox_capacity{DOMAIN}",
         "Of those that may be; at 100 % more are refused.",
         **steps(("green", None), ("orange", 0.5), ("red", 0.9))),
    stat("Rules, version", "none", f"strowger_rule_set_version{DOMAIN}", "In force."),
    stat("Not yet on the disk", "short", f"strowger_journal_lag{DOMAIN}",
         "Commands applied and not yet durable.",
         **steps(("green", None), ("orange", 1000), ("red", 10000))),
    row("Latency"),
    graph("Decisions", "s", quantiles("strowger_decision_latency_seconds"),
          "From a batch being taken to its events being there."),
    graph("Journal", "s", quantiles("strowger_journal_latency_seconds"),
          "From a batch being taken to its being durable."),
    graph("Replies", "s", quantiles("strowger_reply_latency_seconds"),
          "What a caller sees of the service, without the network."),
    row("Throughput"),
    graph("Commands", "ops", [(rate("strowger_commands_total", DOMAIN, "command"), "{{command}}")],
          "By what was asked."),
    graph("Refused by rule or state", "ops",
          [(rate("strowger_commands_total",
                 '{domain="$domain", outcome!="ok"}', "outcome") + ' or label_replace(vector(0), "outcome", "none", "", "")',
            "{{outcome}}")],
          "Outcomes other than ok: the caller's business, as a rule."),
    graph("Shed", "ops", [(rate("strowger_refused_requests_total", DOMAIN, "reason"), "{{reason}}")],
          "Not taken in: full, draining, or no room for the journal."),
    graph("gRPC calls", "ops",
          [("sum by (method) (rate(strowger_grpc_calls_total[$__rate_interval]))", "{{method}}")],
          "Finished, of the whole process."),
    graph("Offers", "ops", [(rate("strowger_offers_total", DOMAIN, "outcome"), "{{outcome}}")],
          "Expired and declined ones cost every caller behind them time."),
    graph("Repeats", "ops", [(rate("strowger_repeated_commands_total", DOMAIN), "answered from memory")],
          "Commands whose id was seen before: somebody retries."),
    row("Process"),
    graph("CPU", "percentunit", [('rate(process_cpu_seconds_total{job="strowger"}[$__rate_interval])', "cores")],
          "1 is one core."),
    graph("Memory", "bytes", [('process_resident_memory_bytes{job="strowger"}', "resident")], "Resident."),
    graph("Rule reloads", "short",
          [(f"strowger_rule_set_reloads_total{DOMAIN}", "{{result}}"),
           (f"strowger_rule_errors_total{DOMAIN}", "errors in conditions")],
          "Since the start: documents taken and refused, conditions that ended in an error."),
]

SUPERVISION = [
    row("Now"),
    stat("Waiting", "short", f"sum(strowger_queue_waiting{QUEUE})", "Contacts queued or offered."),
    stat("Longest wait", "s", f"max(strowger_queue_oldest_wait_seconds{QUEUE})", "Of those who wait now.",
         **steps(("green", None), ("orange", 120), ("red", 600))),
    stat("Agents ready", "short", 'strowger_agents{domain="$domain", state="ready"}', "Logged in and ready."),
    stat("Not ready", "short", 'strowger_agents{domain="$domain", state="not_ready"}', "Logged in, on a break or busy."),
    stat("With agents", "short", f"sum(strowger_queue_handling{QUEUE})", "Contacts being handled."),
    stat("Rules, version", "none", f"strowger_rule_set_version{DOMAIN}", "In force."),
    row("Those who wait"),
    graph("Waiting", "short", [(f"strowger_queue_waiting{QUEUE}", "{{queue}}")], "Queued or offered, by queue.", width=12),
    graph("Longest wait", "s", [(f"strowger_queue_oldest_wait_seconds{QUEUE}", "{{queue}}")],
          "Age of the contact that has waited longest.", width=12),
    graph("Predicted wait", "s", [(f"strowger_queue_predicted_wait_seconds{QUEUE} < Inf", "{{queue}}")],
          "Of a plain contact joining now. No line: nobody could serve it.", width=12),
    graph("Speed of answer", "s",
          [(f"{rate('strowger_queue_wait_seconds_total', QUEUE)} / ({rate('strowger_queue_assigned_total', QUEUE)} > 0)",
            "{{queue}}")], "Mean wait of those answered.", width=12),
    row("Promises"),
    graph("Service level", "percentunit", [(f"strowger_queue_service_level_ratio{QUEUE}", "{{queue}}")],
          "Answered within the queue's threshold, of its window.", width=12, max=1),
    graph("Abandonment", "percentunit", [(f"strowger_queue_abandonment_ratio{QUEUE}", "{{queue}}")],
          "Gave up before an answer, of the queue's window.", width=12, max=1),
    row("Agents"),
    graph("Agents by queue", "short",
          [('strowger_queue_agents{domain="$domain", queue=~"$queue", state="ready"}', "{{queue}} ready"),
           ('strowger_queue_agents{domain="$domain", queue=~"$queue", state="free"}', "{{queue}} free")],
          "Free: room for one more.", width=12),
    graph("Occupancy", "percentunit", [(f"strowger_queue_occupancy_ratio{QUEUE}", "{{queue}}")],
          "Share of staffed time spent with contacts.", width=12, max=1),
    row("Flow"),
    graph("In", "cpm", [(f"60 * {rate('strowger_queue_entered_total', QUEUE)}", "{{queue}}")], "Contacts a minute."),
    graph("Ends", "cpm", [(f"60 * sum by (reason) ({rate('strowger_queue_ended_total', QUEUE)})", "{{reason}}")],
          "Contacts a minute, by how they ended."),
    graph("Handle time", "s",
          [(f"{rate('strowger_queue_handle_seconds_total', QUEUE)}"
            ' / ignoring(reason)'
            ' (rate(strowger_queue_ended_total{domain="$domain", queue=~"$queue", reason="completed"}[$__rate_interval]) > 0)',
            "{{queue}}")], "Mean, wrap-up left out."),
]


def place(panels):
    """Left to right, top to bottom."""
    x = y = tallest = 0
    for number, each in enumerate(panels, start=1):
        grid = each["gridPos"]
        if x + grid["w"] > 24 or each["type"] == "row":
            x, y, tallest = 0, y + tallest, 0
        grid.update(x=x, y=y)
        each["id"] = number
        x += grid["w"]
        tallest = max(tallest, grid["h"])
    return panels


def variable(name, query, **more):
    return {"name": name, "type": "query", "datasource": {"type": "prometheus", "uid": "${datasource}"},
            "query": query, "refresh": 2, **more}


def dashboard(uid, title, panels, variables):
    return {
        "uid": uid,
        "title": title,
        "tags": ["strowger"],
        "schemaVersion": 38,
        "refresh": "5s",
        "time": {"from": "now-30m", "to": "now"},
        "templating": {"list": [
            {"name": "datasource", "type": "datasource", "query": "prometheus"},
            variable("domain", "label_values(strowger_sequence, domain)"), *variables]},
        "panels": place(panels),
    }


DASHBOARDS = {
    "operations": dashboard("strowger-operations", "Strowger: operations", OPERATIONS, []),
    "supervision": dashboard(
        "strowger-supervision", "Strowger: supervision", SUPERVISION,
        [variable("queue", 'label_values(strowger_queue_waiting{domain="$domain"}, queue)',
                  multi=True, includeAll=True, allValue=".*")]),
}


def main():
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "dashboards"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in DASHBOARDS.items():
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
