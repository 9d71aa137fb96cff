"""AvgAcc against the seconds an answer takes; the larger the mark, the dearer (Figure 9)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from langchain_dynaroute.bench.references import DATASET_ORACLE, ORACLE, RANDOM
from langchain_dynaroute.bench.report import legend
from langchain_dynaroute.bench.report.formats import is_there, number, percent, seconds, short, usd
from langchain_dynaroute.bench.report.labels import Named, around, labelled
from langchain_dynaroute.bench.report.markup import Safe, tag
from langchain_dynaroute.bench.report.palette import Mark
from langchain_dynaroute.bench.report.plot import Plot, Size, place, responsive, symbol
from langchain_dynaroute.bench.report.roster import rows_of

if TYPE_CHECKING:
    from langchain_dynaroute.bench.report.roster import Roster, Row

_REFERENCES = (RANDOM, DATASET_ORACLE, ORACLE)
"""The other references are single models, and drawn as such."""
_SMALL, _LARGE = 3.2, 9.5


def rows_with_latency(roster: Roster) -> list[Row]:
    """Return the rows with seconds and accuracy, the most accurate first."""
    rows = rows_of(roster.results.latency)
    known = [row for row in rows if number(row["latency_s"]) > 0 and is_there(row["avg_acc"])]
    known = [row for row in known if row["kind"] != "reference" or row["router"] in _REFERENCES]
    return sorted(known, key=lambda row: -number(row["avg_acc"]))


def chart(roster: Roster) -> Safe:
    """Return the picture, wide and narrow."""
    return responsive(lambda size: _draw(roster, size))


def key(roster: Roster) -> Safe:
    """Return its legend."""
    drawn = {row["router"] for row in rows_with_latency(roster) if row["kind"] == "router"}
    named = sorted(drawn, key=roster.place)
    entries = [legend.series(name, roster.mark(name), roster.series(name)) for name in named]
    model = legend.fixed("single model", tag("circle", cx=7, cy=7, r=4.5, class_="model"))
    reference = legend.fixed("reference", tag("path", d=symbol(Mark(6, "diamond"), 7, 7, 4), class_="reference"))
    return legend.legend(*entries, model, reference, label="Series; press one to bring it to the front")


def radius(row: Row, rows: list[Row], *, costs: bool) -> float:
    """Return how large a mark is: its area grows with the cost."""
    dearest = max((number(other["cost_usd"]) for other in rows if is_there(other["cost_usd"])), default=0.0)
    if not costs or not is_there(row["cost_usd"]) or dearest <= 0:
        return 5.0
    return math.sqrt(_SMALL**2 + (_LARGE**2 - _SMALL**2) * number(row["cost_usd"]) / dearest)


def _draw(roster: Roster, size: Size) -> Safe:
    rows = rows_with_latency(roster)
    plot = Plot(
        size,
        Plot.across(size, [number(row["latency_s"]) for row in rows], log=True),
        Plot.upward(size, [number(row["avg_acc"]) * 100 for row in rows]),
        "seconds to the whole answer, log scale",
        "AvgAcc, %",
        lambda value: f"{value:g}",
        lambda value: f"{value:g}",
    )
    spots = [(plot.x.at(number(row["latency_s"])), plot.y.at(number(row["avg_acc"]) * 100)) for row in rows]
    marks = [_mark(roster, row, spot, rows) for row, spot in zip(rows, spots, strict=True)]
    length = 26 if size.is_wide else 14
    sizes = [radius(row, rows, costs=roster.has_costs) for row in rows]
    named = [
        Named(*spot, short(row["router"], length), half - 3) for row, spot, half in zip(rows, spots, sizes, strict=True)
    ]
    return plot.draw(
        *marks,
        labelled(named, plot, [around(spot, half) for spot, half in zip(spots, sizes, strict=True)]),
        label="AvgAcc against latency; the table below has the figures",
    )


def _mark(roster: Roster, row: Row, spot: tuple[float, float], rows: list[Row]) -> Safe:
    costs = f"\n{'an estimated ' if roster.estimated else ''}{usd(row['cost_usd'])} USD per 1,000 prompts"
    tip = f"{row['router']} ({row['kind']})\n{seconds(row['latency_s'])} s\nAvgAcc {percent(row['avg_acc'])} %"
    said = {"data_tip": tip + (costs if roster.has_costs else ""), "data_at": place(*spot)}
    size = radius(row, rows, costs=roster.has_costs)
    if row["kind"] == "router":
        mark, said["data_s"] = roster.mark(row["router"]), roster.series(row["router"])
        return tag("path", d=symbol(mark, *spot, size), class_=f"s{mark.colour} mark", **said)
    if row["kind"] == "reference":
        return tag("path", d=symbol(Mark(6, "diamond"), *spot, size), class_="reference", **said)
    return tag("circle", cx=spot[0], cy=spot[1], r=size, class_="model", **said)
