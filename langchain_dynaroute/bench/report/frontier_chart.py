"""AvgAcc against cost: every configuration, every model, and the Pareto frontier (Figure 8)."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from langchain_dynaroute.bench.report import legend
from langchain_dynaroute.bench.report.formats import decimal, is_there, number, percent, short, usd, with_error
from langchain_dynaroute.bench.report.labels import Named, around, labelled
from langchain_dynaroute.bench.report.markup import Safe, joined, tag
from langchain_dynaroute.bench.report.palette import Mark
from langchain_dynaroute.bench.report.plot import Plot, Size, path, place, responsive, symbol
from langchain_dynaroute.bench.report.roster import REFERENCE_LETTERS, rows_of

if TYPE_CHECKING:
    from langchain_dynaroute.bench.report.roster import Roster, Row

_CLOSE = 0.9
"""Points this near, in pixels, are drawn once."""
_BROAD = 6.0
_DRAWN_REFERENCES = ("R", "D")
"""The best single model is drawn as a model; the oracle is beyond the picture."""


@dataclass(frozen=True, eq=False)
class FrontierData:
    """The points of a run, and what part of them is worth looking at."""

    roster: Roster

    @cached_property
    def rows(self) -> list[Row]:
        """The points with both figures."""
        rows = rows_of(self.roster.results.curves)
        return [row for row in rows if is_there(row["avg_acc"]) and number(row["cost_usd"]) > 0]

    def sweep(self, router: str) -> list[Row]:
        """Return a router's configurations in order."""
        own = [row for row in self.rows if row["kind"] == "router" and row["router"] == router]
        return sorted(own, key=lambda row: number(row["configuration"]))

    @cached_property
    def models(self) -> list[Row]:
        """The single models, the most accurate first."""
        return sorted((row for row in self.rows if row["kind"] == "model"), key=lambda row: -number(row["avg_acc"]))

    @cached_property
    def references(self) -> list[Row]:
        """The references that are drawn."""
        named = (row for row in self.rows if row["kind"] == "reference")
        return [row for row in named if REFERENCE_LETTERS.get(row["router"]) in _DRAWN_REFERENCES]

    @cached_property
    def frontier(self) -> list[Row]:
        """The points no other dominates, the cheapest first."""
        on = [row for row in self.rows if str(row["on_frontier"]) == "True"]
        return sorted(on, key=lambda row: (number(row["cost_usd"]), number(row["avg_acc"])))

    @cached_property
    def floor(self) -> float:
        """The AvgAcc under which points are left out: every configuration and the better half of the models stay."""
        kept = [number(row["avg_acc"]) for row in self.rows if row["kind"] == "router"]
        if self.models:
            kept.append(statistics.median(number(row["avg_acc"]) for row in self.models))
        return min(kept, default=0.0)

    @cached_property
    def seen(self) -> list[Row]:
        """The points in the picture."""
        drawn = [row for row in self.rows if row["kind"] != "reference"] + self.references
        return [row for row in drawn if number(row["avg_acc"]) >= self.floor]

    @property
    def is_broad(self) -> bool:
        """Whether costs differ so much that a logarithmic scale shows them better."""
        costs = [number(row["cost_usd"]) for row in self.seen]
        return bool(costs) and max(costs) > _BROAD * min(costs)

    @cached_property
    def below(self) -> list[str]:
        """The models and references that are below the picture."""
        drawn = self.models + self.references
        return [row["router"] for row in drawn if number(row["avg_acc"]) < self.floor]


def chart(roster: Roster, *, log: bool) -> Safe:
    """Return the picture, wide and narrow."""
    data = FrontierData(roster)
    return responsive(lambda size: _draw(data, size, log=log))


def key(roster: Roster) -> Safe:
    """Return its legend."""
    routers = [legend.series(name, roster.mark(name), roster.series(name)) for name in roster.names]
    model = legend.fixed("single model", tag("circle", cx=7, cy=7, r=4.5, class_="model"))
    reference = legend.fixed("reference", tag("path", d=symbol(Mark(6, "diamond"), 7, 7, 4), class_="reference"))
    line = legend.fixed("Pareto frontier", legend.dash("frontier"))
    return legend.legend(*routers, model, reference, line, label="Series; press one to bring it to the front")


def _draw(data: FrontierData, size: Size, *, log: bool) -> Safe:
    plot = Plot(
        size,
        Plot.across(size, [number(row["cost_usd"]) * 1000 for row in data.seen], log=log, pad=0.04),
        Plot.upward(size, [number(row["avg_acc"]) * 100 for row in data.seen]),
        data.roster.cost_title + (", log scale" if log else ""),
        "AvgAcc, %",
        lambda value: decimal(value, 0 if value.is_integer() else 1 if value >= 1 else 2),
        lambda value: f"{value:g}",
    )
    sweeps = [_sweep(data, plot, name, data.roster.series(name)) for name in reversed(data.roster.names)]
    singles = [_single(data, plot, row) for row in data.models if row in data.seen]
    references = [_reference(data, plot, row) for row in data.references if row in data.seen]
    label = f"AvgAcc against {data.roster.cost_title.lower()}, with the Pareto frontier; the table below has its points"
    return plot.draw(*singles, *references, *sweeps, _frontier(data, plot), _names(data, plot), label=label)


def _spot(plot: Plot, row: Row) -> tuple[float, float]:
    return plot.x.at(number(row["cost_usd"]) * 1000), plot.y.at(number(row["avg_acc"]) * 100)


def _frontier(data: FrontierData, plot: Plot) -> Safe:
    spots = [_spot(plot, row) for row in data.frontier if row in data.seen]
    if spots and len(spots) < len(data.frontier):
        spots = [(spots[0][0], plot.y.start), *spots]
    stairs = [corner for i, (x, y) in enumerate(spots) for corner in ([(x, spots[i - 1][1])] if i else []) + [(x, y)]]
    return path([*stairs, (plot.x.end, stairs[-1][1])], "frontier") if stairs else Safe("")


def _sweep(data: FrontierData, plot: Plot, router: str, series: str) -> Safe:
    rows = data.sweep(router)
    mark = data.roster.mark(router)
    groups: list[list[Row]] = []
    for row in rows:
        spot = _spot(plot, row)
        if groups and _near(spot, _spot(plot, groups[-1][0])) and not _is_default(row):
            groups[-1].append(row)
        else:
            groups.append([row])
    line = path([_spot(plot, row) for row in rows], f"s{mark.colour} sweep", series) if len(rows) > 1 else ""
    return joined(line, *(_configuration(data, plot, group, mark, series) for group in groups))


def _near(spot: tuple[float, float], other: tuple[float, float]) -> bool:
    return abs(spot[0] - other[0]) < _CLOSE and abs(spot[1] - other[1]) < _CLOSE


def _is_default(row: Row) -> bool:
    return str(row["is_default"]) == "True"


def _configuration(data: FrontierData, plot: Plot, group: list[Row], mark: Mark, series: str) -> Safe:
    row = group[0]
    x, y = _spot(plot, row)
    said = {"data_s": series, "data_tip": _tip(data, group), "data_at": place(x, y)}
    if any(map(_is_default, group)):
        return tag("path", d=symbol(mark, x, y, 5.6), class_=f"s{mark.colour} mark default", **said)
    return tag("circle", cx=x, cy=y, r=2.2, class_=f"s{mark.colour} mark", **said)


def _tip(data: FrontierData, group: list[Row]) -> str:
    first, last = group[0], group[-1]
    same = first is last
    places = f"{number(first['configuration']):.0f}" + ("" if same else f"–{number(last['configuration']):.0f}")
    swept = f"{first['parameter']} = {number(first['value']):.4g}" if first["parameter"] else ""
    lines = [first["router"], f"configuration {places}" + (f", {swept}" if swept else "")]
    if any(map(_is_default, group)):
        lines.append("the default configuration")
    return "\n".join([*lines, *_figures(data, first)])


def _figures(data: FrontierData, row: Row) -> list[str]:
    accuracy = f"AvgAcc {with_error(percent(row['avg_acc']), row['avg_acc_se'])} %"
    estimated = "an estimated " if data.roster.estimated else ""
    lines = [accuracy, f"{estimated}{usd(row['cost_usd'])} USD per 1,000 prompts"]
    return [*lines, "on the Pareto frontier"] if str(row["on_frontier"]) == "True" else lines


def _single(data: FrontierData, plot: Plot, row: Row) -> Safe:
    x, y = _spot(plot, row)
    tip = "\n".join([row["router"], "single model", *_figures(data, row)])
    return tag("circle", cx=x, cy=y, r=4.5, class_="model", data_tip=tip, data_at=place(x, y))


def _reference(data: FrontierData, plot: Plot, row: Row) -> Safe:
    x, y = _spot(plot, row)
    tip = "\n".join([row["router"], "reference", *_figures(data, row)])
    shape = symbol(Mark(6, "diamond"), x, y, 4.5)
    return tag("path", d=shape, class_="reference", data_tip=tip, data_at=place(x, y))


def _names(data: FrontierData, plot: Plot) -> Safe:
    ahead = [row for row in data.models if str(row["on_frontier"]) == "True"]
    rest = [row for row in data.models if row not in ahead] if plot.size.is_wide else data.models[:3]
    wanted = [row for row in [*ahead, *data.references, *rest] if row in data.seen]
    length = 30 if plot.size.is_wide else 16
    points = [Named(*_spot(plot, row), short(row["router"], length)) for row in wanted]
    return labelled(points, plot, [around(_spot(plot, row)) for row in data.seen])
