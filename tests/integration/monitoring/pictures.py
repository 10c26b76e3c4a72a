"""The dashboards as pictures, for people who have no Grafana at hand: the same queries, units and places on the page,
drawn with matplotlib (Debian: python3-matplotlib). Colours and fine print are not Grafana's.
"""
import json
import math
import time
import urllib.parse

PANEL_WIDTH, PANEL_HEIGHT = 0.75, 0.36  # inches for a unit of Grafana's grid


def in_unit(value, unit):
    """A number as Grafana would print it, roughly."""
    if math.isnan(value):
        return "-"
    if unit in ("percentunit", "percent"):
        return f"{value * (100 if unit == 'percentunit' else 1):.0f} %"
    if unit == "s":
        for factor, name in ((60, " min"), (1, " s"), (1e-3, " ms"), (1e-6, " µs")):
            if abs(value) >= factor:
                return f"{value / factor:.3g}{name}"
        return f"{value:.0f} s"
    if unit in ("bytes", "decbytes"):
        for factor, name in ((2**30, " GiB"), (2**20, " MiB"), (2**10, " KiB")):
            if abs(value) >= factor:
                return f"{value / factor:.3g}{name}"
    suffix = {"ops": "/s", "cpm": "/min"}.get(unit, "")
    return f"{value:,.3g}{suffix}" if abs(value) < 1000 else f"{value:,.0f}{suffix}"


def legend_of(target, labels):
    text = target.get("legendFormat", "")
    for name, value in labels.items():
        text = text.replace("{{" + name + "}}", value)
    return text


def draw_panel(axes, panel, ask, ask_range):
    unit = panel.get("fieldConfig", {}).get("defaults", {}).get("unit", "short")
    axes.set_title(panel["title"], fontsize=8, loc="left")
    if panel["type"] == "stat":
        values = [float(one["value"][1]) for target in panel["targets"] for one in ask(target["expr"])]
        axes.text(0.5, 0.45, ", ".join(in_unit(value, unit) for value in values) or "no data", ha="center", va="center",
                  fontsize=15)
        axes.axis("off")
        return
    drawn = 0
    for target in panel["targets"]:
        for one in ask_range(target["expr"]):
            points = [(float(at), float(value)) for at, value in one["values"]]
            axes.plot([at for at, _ in points], [value for _, value in points], linewidth=0.9,
                      label=legend_of(target, one["metric"]))
            drawn += 1
    if not drawn:
        axes.text(0.5, 0.5, "no data", ha="center", va="center", transform=axes.transAxes, fontsize=8)
    elif drawn <= 12:
        axes.legend(fontsize=5, loc="upper left", framealpha=0.6)
    axes.tick_params(labelsize=6)
    axes.yaxis.set_major_formatter(lambda value, _: in_unit(value, unit))
    axes.xaxis.set_major_formatter(lambda at, _: time.strftime("%H:%M:%S", time.localtime(at)))
    axes.grid(alpha=0.3)


def draw(path, dashboard, ask, ask_range):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    panels = dashboard["panels"]
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
    figure = pyplot.figure(figsize=(24 * PANEL_WIDTH, rows * PANEL_HEIGHT), dpi=75)
    figure.suptitle(dashboard["title"], fontsize=11, y=0.995)
    for panel in panels:
        at = panel["gridPos"]
        left, bottom = at["x"] / 24, 1 - (at["y"] + at["h"]) / rows
        if panel["type"] == "row":
            figure.text(left + 0.005, bottom + 0.2 / rows, panel["title"], fontsize=9, weight="bold")
            continue
        box = [left + 0.035, bottom + 1.1 / rows, at["w"] / 24 - 0.045, (at["h"] - 2.2) / rows]
        draw_panel(figure.add_axes(box), panel, ask, ask_range)
    figure.savefig(path)
    pyplot.close(figure)


def draw_all(deploy, folder, prometheus, concrete, seconds):
    """PNGs of all dashboards, over the last `seconds`."""
    folder.mkdir(parents=True, exist_ok=True)
    end = time.time()

    def ask_range(query):
        query = urllib.parse.quote(concrete(query))
        return prometheus.get(f"query_range?query={query}&start={end - seconds}&end={end}&step=1")

    for source in sorted((deploy / "grafana" / "dashboards").glob("*.json")):
        draw(folder / f"{source.stem}.png", json.loads(source.read_text()),
             lambda query: prometheus.ask(concrete(query)), ask_range)
        print(f"drew {folder / source.stem}.png")
