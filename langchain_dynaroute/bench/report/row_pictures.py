"""Pictures with a row a router or dataset, by matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_dynaroute.bench.report import share_charts
from langchain_dynaroute.bench.report.formats import is_there, number, percent, usd
from langchain_dynaroute.bench.report.heat_map import STEPS, HeatData
from langchain_dynaroute.bench.report.legend import fill_of
from langchain_dynaroute.bench.report.palette import SERIES
from langchain_dynaroute.bench.report.picture_style import COLOURS, ROLE, canvas, drawable
from langchain_dynaroute.bench.report.row_charts import with_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from langchain_dynaroute.bench.report.roster import Roster, Row

_ROW = 0.26
"""Inches a row."""
_CELLS = 14
"""Up to so many columns, the cells of the map hold figures."""


def _rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [drawable(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def difference(roster: Roster) -> Figure | None:
    """Draw the difference of each router to the best single model known from training."""
    rows = with_interval(roster)
    if not rows:
        return None
    figure, (axes,) = canvas(7.2, 1.0 + _ROW * len(rows))
    axes.axvline(0, color=ROLE["quiet"], linestyle=":", linewidth=1)
    for place, row in enumerate(rows):
        low, middle, high = (100 * number(row[key]) for key in ("difference_low", "difference", "difference_high"))
        colour = ROLE["good"] if low > 0 else ROLE["bad"] if high < 0 else ROLE["model"]
        if is_there(low) and is_there(high):
            axes.plot([low, high], [place, place], color=colour, linewidth=2.4, solid_capstyle="round")
        face = colour if low > 0 or high < 0 else ROLE["paper"]
        axes.plot(middle, place, "o", color=colour, markerfacecolor=face, markersize=5.5)
    _rows(axes, [row["router"] for row in rows])
    axes.set_xlabel("points of AvgAcc over the best single model known from training, 95 % interval")
    return figure


def gains(roster: Roster) -> Figure | None:
    """Draw PerfGain and, where costs are known, CostSave."""
    rows = [row for row in roster.routers if is_there(row["perf_gain"])]
    if not rows:
        return None
    titles = {"perf_gain": "PerfGain, %"}
    if roster.has_costs:
        titles["cost_save"] = f"{roster.told_cost('CostSave')}, %"
    figure, every = canvas(7.6, 0.9 + _ROW * len(rows), len(titles))
    for axes, (key, title) in zip(every, titles.items(), strict=True):
        _bars(axes, rows, key)
        axes.set_xlabel(title)
        _rows(axes, [row["router"] for row in rows] if axes is every[0] else [""] * len(rows))
    return figure


def _bars(axes: Axes, rows: Sequence[Row], key: str) -> None:
    axes.axvline(0, color=ROLE["quiet"], linewidth=0.8)
    for place, row in enumerate(rows):
        value = 100 * number(row[key])
        if not is_there(value):
            axes.text(0, place, " never as accurate", va="center", fontsize=7.5, color=ROLE["quiet"])
            continue
        error = 100 * number(row[f"{key}_se"]) if is_there(row[f"{key}_se"]) else None
        colour = ROLE["good"] if value >= 0 else ROLE["bad"]
        axes.barh(
            place, value, height=0.62, color=colour, xerr=error, error_kw={"linewidth": 0.9, "ecolor": ROLE["ink"]}
        )


def datasets(roster: Roster) -> Figure | None:
    """Draw the map of routers by datasets, against the best single model in hindsight."""
    from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap

    data = HeatData(roster)
    values = [[data.difference(name, of) for name in roster.names] for of in data.datasets]
    if not any(is_there(value) for line in values for value in line):
        return None
    wide = len(roster.names)
    figure, (axes,) = canvas(2.6 + 0.44 * wide, 1.9 + 0.22 * len(values))
    colours = LinearSegmentedColormap.from_list("gain", [ROLE["heat-bad"], ROLE["paper"], ROLE["heat-good"]])
    edges = [data.step * (i - 0.5) for i in range(-STEPS, STEPS + 2)]
    drawn = axes.imshow(values, cmap=colours, norm=BoundaryNorm(edges, colours.N), aspect="auto")
    axes.set_xticks(
        range(wide), [drawable(name, 22) for name in roster.names], rotation=60, ha="right", rotation_mode="anchor"
    )
    axes.set_yticks(range(len(values)), [drawable(name) for name in data.datasets])
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for y, line in enumerate(values if wide <= _CELLS else []):
        for x, value in enumerate(line):
            axes.text(x, y, percent(value / 100, sign=True), ha="center", va="center", fontsize=6.5)
    ticks = [data.step * i for i in range(-STEPS, STEPS + 1)]
    figure.colorbar(drawn, ax=axes, ticks=ticks, label="points over the best single model", shrink=0.9)
    return figure


def shares(roster: Roster) -> Figure | None:
    """Draw the shares of models over all prompts, by router."""
    data = share_charts.ShareData(roster)
    if not data.routers:
        return None
    return _stacks(data, {name: data.of(name, share_charts.ALL) for name in data.routers}, "share of the prompts, %")


def matched_cost(roster: Roster) -> Figure | None:
    """Draw the shares of models at the least target cost, by router."""
    data = share_charts.ShareData(roster)
    targets = data.targets() if roster.has_costs else {}
    if not targets:
        return None
    target, rows = next(iter(targets.items()))
    parts = {
        f"{drawable(name, 24)}  {percent(own[0]['avg_acc'])} %, {usd(own[0]['cost_usd'])}": data.parts(own)
        for name, own in rows
    }
    word = "estimated " if roster.estimated else ""
    title = f"share of the prompts, %; beside each name AvgAcc and {word}USD per 1,000 prompts, {usd(target)} asked for"
    return _stacks(data, parts, title)


def _stacks(data: share_charts.ShareData, rows: dict[str, list[tuple[str, float, str]]], title: str) -> Figure:
    figure, (axes,) = canvas(8.4, 1.7 + _ROW * len(rows) + 0.16 * len(data.models) / 3)
    looks = {
        fill_of(i): (COLOURS[i % len(SERIES)], "////" if i >= len(SERIES) else "") for i in range(len(data.models))
    }
    for place, parts in enumerate(rows.values()):
        left = 0.0
        for _, share, fill in parts:
            colour, hatch = looks.get(fill, (ROLE["line"], ""))
            axes.barh(
                place,
                100 * share,
                left=left,
                height=0.72,
                color=colour,
                hatch=hatch,
                edgecolor=ROLE["paper"],
                linewidth=0.6,
            )
            left += 100 * share
    _rows(axes, list(rows))
    axes.set_yticks(range(len(rows)), [drawable(name, 48) for name in rows])
    axes.set_xlim(0, 100)
    axes.set_xlabel(title)
    _model_legend(figure, data, looks)
    return figure


def _model_legend(figure: Figure, data: share_charts.ShareData, looks: dict[str, tuple[str, str]]) -> None:
    from matplotlib.patches import Patch

    entries = [
        Patch(facecolor=looks[fill_of(i)][0], hatch=looks[fill_of(i)][1], edgecolor=ROLE["paper"], label=drawable(name))
        for i, name in enumerate(data.models)
    ]
    entries.append(Patch(facecolor=ROLE["line"], label=share_charts.REST))
    figure.legend(handles=entries, loc="outside lower center", ncols=3, handlelength=1.2, handleheight=1.0)
