"""Pictures with two axes, by matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_dynaroute.bench.references import RANDOM
from langchain_dynaroute.bench.report import curation_chart, hardness_chart, latency_chart
from langchain_dynaroute.bench.report.formats import number
from langchain_dynaroute.bench.report.frontier_chart import FrontierData
from langchain_dynaroute.bench.report.labels import PRINT, Box, Named, around, placed
from langchain_dynaroute.bench.report.picture_style import COLOURS, MARKERS, ROLE, canvas, drawable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from langchain_dynaroute.bench.report.roster import Roster, Row

_MODEL: dict[str, Any] = {
    "marker": "o",
    "color": ROLE["model"],
    "markeredgecolor": ROLE["quiet"],
    "alpha": 0.75,
    "linestyle": "",
}
_REFERENCE: dict[str, Any] = {
    "marker": "D",
    "color": ROLE["paper"],
    "markeredgecolor": ROLE["ink"],
    "markersize": 5,
    "linestyle": "",
}

_LEGEND_MARK = 6.5
"""Marks in a legend are at most so large, whatever their size says in the picture."""


def _legend(figure: Figure, roster: Roster, columns: int = 5) -> None:
    handles, names = figure.axes[0].get_legend_handles_labels()
    routers = [drawable(name, 22) for name in roster.names]
    known = dict(zip(names, handles, strict=True))
    unique = {name: known[name] for name in [*routers, *known] if name in known}
    drawn: Any = figure.legend(unique.values(), unique.keys(), loc="outside lower center", ncols=columns)
    for handle in drawn.legend_handles:
        if hasattr(handle, "set_markersize") and handle.get_markersize() > _LEGEND_MARK:
            handle.set_markersize(_LEGEND_MARK)


def write_names(
    axes: Axes, points: Sequence[tuple[float, float, str]], obstacles: Sequence[tuple[float, float]]
) -> None:
    """Write the names that fit beside small marks."""
    _name(axes, [Named(x, y, drawable(name, 18)) for x, y, name in points], [(x, y, 3.0) for x, y in obstacles])


def _name(axes: Axes, points: Sequence[Named], obstacles: Sequence[tuple[float, float, float]]) -> None:
    """Write the names that fit beside marks of half a size; places are in typographic points, as letters are."""
    from matplotlib.patheffects import withStroke

    figure: Any = axes.figure
    figure.draw_without_rendering()
    scale = 72 / figure.dpi

    def spot(x: float, y: float) -> tuple[float, float]:
        place = axes.transData.transform((x, y)) * scale
        return float(place[0]), float(place[1])

    frame = axes.get_window_extent()
    bounds = Box(frame.x0 * scale, frame.y0 * scale, frame.x1 * scale + 20, frame.y1 * scale)
    halo: dict[str, Any] = {
        "fontsize": 7.5,
        "va": "center",
        "zorder": 6,
        "path_effects": [withStroke(linewidth=2, foreground="white")],
    }
    named = [Named(*spot(x, y), drawable(name, 26), reach) for x, y, name, reach in points]
    for point, box in placed(named, bounds, [around(spot(x, y), half) for x, y, half in obstacles], PRINT):
        across = "right" if box.right < point.x else "left" if box.left > point.x else "center"
        x = {"right": box.right, "left": box.left, "center": (box.left + box.right) / 2}[across]
        place = axes.transAxes.inverted().transform((x / scale, (box.low + box.high) / 2 / scale))
        axes.text(float(place[0]), float(place[1]), point.name, transform=axes.transAxes, ha=across, **halo)


def _xy(row: Row, x: str = "cost_usd", times: float = 1000.0) -> tuple[float, float]:
    return number(row[x]) * times, 100 * number(row["avg_acc"])


def cost_quality(roster: Roster) -> Figure | None:
    """Draw AvgAcc against cost, with the Pareto frontier."""
    data = FrontierData(roster)
    if not roster.has_costs or not data.seen:
        return None
    figure, (axes,) = canvas(8.4, 5.6)
    if data.is_broad:
        log_costs(axes)
    models = [row for row in data.models if row in data.seen]
    references = [row for row in data.references if row in data.seen]
    for rows, look, name in ((models, _MODEL, "single model"), (references, _REFERENCE, "reference")):
        axes.plot(*zip(*map(_xy, rows), strict=True), label=name, zorder=2, **look) if rows else None
    for router in reversed(roster.names):
        _sweep(axes, data, router)
    steps = [_xy(row) for row in data.frontier if row in data.seen]
    if steps:
        axes.step(
            *zip(*steps, strict=True), where="post", color=ROLE["ink"], linewidth=1.1, label="Pareto frontier", zorder=5
        )
    axes.set_xlabel(roster.cost_title + (", log scale" if axes.get_xscale() == "log" else ""))
    axes.set_ylabel("AvgAcc, %")
    _legend(figure, roster)
    named = [Named(*_xy(row), row["router"]) for row in [*models, *references]]
    _name(axes, named, [(*_xy(row), 2.5) for row in data.seen])
    return figure


def log_costs(axes: Axes) -> None:
    """Make the x axis logarithmic, with round numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _sweep(axes: Axes, data: FrontierData, router: str) -> None:
    rows, mark = data.sweep(router), data.roster.mark(router)
    if not rows:
        return
    colour, marker = COLOURS[mark.colour], MARKERS[mark.shape]
    points = [_xy(row) for row in rows]
    axes.plot(*zip(*points, strict=True), color=colour, linewidth=0.8, alpha=0.55, marker=".", markersize=2.5, zorder=3)
    usual = next((row for row in rows if str(row["is_default"]) == "True"), rows[0])
    look: dict[str, Any] = {
        "color": colour,
        "marker": marker,
        "linestyle": "",
        "markeredgecolor": ROLE["ink"],
        "markeredgewidth": 0.6,
    }
    axes.plot(*_xy(usual), label=drawable(router, 22), markersize=6.5, zorder=4, **look)


def hardness(roster: Roster) -> Figure | None:
    """Draw accuracy by hardness, over how many prompts there are."""
    prompts, lines = hardness_chart.prompts_of(roster), hardness_chart.lines_of(roster)
    if not prompts or not lines:
        return None
    figure, (axes,) = canvas(7.6, 4.4)
    bars = axes.inset_axes((0, -0.36, 1, 0.24), sharex=axes)
    bars.bar(list(prompts), list(prompts.values()), color=ROLE["line"], width=0.72)
    bars.set_ylabel("prompts")
    bars.set_xlabel("models that answer the prompt correctly")
    for name in sorted(lines, key=roster.place, reverse=True):
        axes.plot(*_hardness_line(lines[name]), **_hardness_look(roster, name))
    axes.set_ylabel("accuracy, %")
    axes.set_ylim(-3, 104)
    axes.tick_params(labelbottom=False)
    _legend(figure, roster, 4)
    return figure


def _hardness_line(rows: list[Row]) -> tuple[list[float], list[float]]:
    return [number(row["n_correct"]) for row in rows], [100 * number(row["accuracy"]) for row in rows]


def _hardness_look(roster: Roster, name: str) -> dict[str, Any]:
    if name not in roster.names:
        style = ":" if name == RANDOM else "--"
        return {"color": ROLE["ink"], "linestyle": style, "linewidth": 1.1, "label": name}
    if roster.place(name) >= hardness_chart.SHOWN:
        return {"color": ROLE["model"], "linewidth": 0.7, "alpha": 0.5, "label": "other routers"}
    mark = roster.mark(name)
    look: dict[str, Any] = {
        "color": COLOURS[mark.colour],
        "marker": MARKERS[mark.shape],
        "markersize": 4,
        "linewidth": 1.5,
    }
    return look | {"label": drawable(name, 22)}


def curation(roster: Roster) -> Figure | None:
    """Draw the oracle's accuracy over smaller pools."""
    from matplotlib.ticker import MaxNLocator

    ways = curation_chart.ways_of(roster)
    if not ways:
        return None
    figure, (axes,) = canvas(7.2, 3.8)
    for way, rows in ways.items():
        mark = curation_chart.mark_for(way, ways)
        sizes, middle = [number(row["k"]) for row in rows], [100 * number(row["oracle_accuracy"]) for row in rows]
        look: dict[str, Any] = {
            "color": COLOURS[mark.colour],
            "marker": MARKERS[mark.shape],
            "markersize": 4,
            "linewidth": 1.4,
        }
        name = curation_chart.title_of(way)
        axes.plot(
            sizes, middle, label=name, zorder=2.1 if way == curation_chart.RANDOM else 3 - 0.1 * len(axes.lines), **look
        )
        if way == curation_chart.RANDOM:
            spread = [100 * curation_chart.spread(row) for row in rows]
            low, high = zip(*((m - s, m + s) for m, s in zip(middle, spread, strict=True)), strict=True)
            axes.fill_between(sizes, low, high, color=ROLE["model"], alpha=0.18, linewidth=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("models in the pool")
    axes.set_ylabel("accuracy of the oracle, %")
    axes.legend(loc="lower right")
    return figure


def latency(roster: Roster) -> Figure | None:
    """Draw AvgAcc against latency; the larger the mark, the dearer."""
    rows = latency_chart.rows_with_latency(roster)
    if not rows:
        return None
    figure, (axes,) = canvas(7.6, 4.8)
    log_costs(axes)
    for row in rows:
        size = 1.5 * latency_chart.radius(row, rows, costs=roster.has_costs)
        point = _xy(row, "latency_s", 1.0)
        if row["kind"] == "router":
            mark, name = roster.mark(row["router"]), drawable(row["router"], 22)
            look: dict[str, Any] = {
                "marker": MARKERS[mark.shape],
                "color": COLOURS[mark.colour],
                "linestyle": "",
                "label": name,
            }
        else:
            look = _MODEL | {"label": "single model"} if row["kind"] == "model" else _REFERENCE | {"label": "reference"}
        axes.plot(*point, **look | {"markersize": size})
    size_note = (
        f"; the larger, the dearer ({roster.cost_title[0].lower()}{roster.cost_title[1:]})" if roster.has_costs else ""
    )
    axes.set_xlabel(f"seconds to the whole answer, log scale{size_note}")
    axes.set_ylabel("AvgAcc, %")
    _legend(figure, roster)
    half = [0.8 * latency_chart.radius(row, rows, costs=roster.has_costs) for row in rows]
    named = [Named(*_xy(row, "latency_s", 1.0), row["router"], size - 3) for row, size in zip(rows, half, strict=True)]
    _name(axes, named, [(point.x, point.y, size) for point, size in zip(named, half, strict=True)])
    return figure
