"""DynaRoute's own experiment: score against list price, a small panel a dataset (its Figures 2 to 4)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from langchain_dynaroute.bench.report import legend
from langchain_dynaroute.bench.report.formats import count, decimal, is_there, number, short
from langchain_dynaroute.bench.report.labels import Named, around, labelled
from langchain_dynaroute.bench.report.markup import Safe, tag
from langchain_dynaroute.bench.report.plot import Plot, Size, place, symbol
from langchain_dynaroute.bench.report.roster import rows_of

if TYPE_CHECKING:
    from langchain_dynaroute.bench.report.roster import Roster, Row

EXPERIMENT = "dynaroute_experiment"
"""The name of its frame."""
MOST = 12
"""Panels that are drawn; the datasets are the largest first, and the table has them all."""
X_TITLE = "USD per 1M tokens, input + output, list price"
Y_TITLE = "Score, %"
_PANEL = Size(340, 270)
_BROAD = 6.0


@dataclass(frozen=True, eq=False)
class ExperimentData:
    """The points of the experiment."""

    roster: Roster

    @cached_property
    def rows(self) -> list[Row]:
        """The points with both figures."""
        frame = self.roster.results.extra.get(EXPERIMENT)
        rows = [] if frame is None else rows_of(frame)
        return [row for row in rows if is_there(row["score_percent"]) and is_there(row["cost_usd_per_1m_tokens"])]

    @cached_property
    def panels(self) -> dict[str, list[Row]]:
        """Dataset → its points, of the largest datasets."""
        names = list(dict.fromkeys(row["dataset"] for row in self.rows))[:MOST]
        return {name: [row for row in self.rows if row["dataset"] == name] for name in names}

    @cached_property
    def routers(self) -> list[str]:
        """The routers shown, in the order of the leaderboard."""
        return sorted({row["router"] for row in self.rows if row["kind"] == "router"}, key=self.roster.place)

    @property
    def is_broad(self) -> bool:
        """Whether prices differ so much that a logarithmic scale shows them better."""
        prices = [point(row)[0] for row in self.rows]
        return bool(prices) and min(prices) > 0 and max(prices) > _BROAD * min(prices)


def point(row: Row) -> tuple[float, float]:
    """Return price and score."""
    return number(row["cost_usd_per_1m_tokens"]), number(row["score_percent"])


def chart(data: ExperimentData) -> Safe:
    """Return the panels."""
    panels = [
        tag("div", tag("h4", name), _panel(data, name, rows), class_="panel") for name, rows in data.panels.items()
    ]
    return tag("div", *panels, class_="panels small")


def key(data: ExperimentData) -> Safe:
    """Return the legend."""
    routers = [legend.series(name, data.roster.mark(name), data.roster.series(name)) for name in data.routers]
    model = legend.fixed("single model", tag("circle", cx=7, cy=7, r=4.5, class_="model"))
    return legend.legend(*routers, model, label="Series; press one to bring it to the front")


def lines(data: ExperimentData) -> list[list[str]]:
    """Return the points in words: dataset, name, score, price."""
    return [
        [f"{row['dataset']}, {row['router']}", decimal(point(row)[1]), decimal(point(row)[0], 2)] for row in data.rows
    ]


def _panel(data: ExperimentData, name: str, rows: list[Row]) -> Safe:
    plot = Plot(
        _PANEL,
        Plot.across(_PANEL, [point(row)[0] for row in data.rows], log=data.is_broad),
        Plot.upward(_PANEL, [point(row)[1] for row in rows]),
        "USD per 1M tokens" + (", log scale" if data.is_broad else ""),
        Y_TITLE,
        lambda value: f"{value:g}",
        lambda value: f"{value:g}",
    )
    models = [row for row in rows if row["kind"] == "model"]
    routers = sorted(
        (row for row in rows if row["kind"] == "router"), key=lambda row: -data.roster.place(row["router"])
    )
    best = sorted(models, key=lambda row: -point(row)[1])
    named = [Named(*_spot(plot, row), short(row["router"], 16)) for row in best]
    label = f"{name}: score against price of {count(len(routers))} routers and {count(len(models))} single models"
    return plot.draw(
        *(_model(plot, row) for row in models),
        *(_router(data, plot, row) for row in routers),
        labelled(named, plot, [around(_spot(plot, row)) for row in rows]),
        label=label,
    )


def _spot(plot: Plot, row: Row) -> tuple[float, float]:
    price, score = point(row)
    return plot.x.at(price), plot.y.at(score)


def _tip(row: Row) -> str:
    price, score = point(row)
    return f"{row['router']}\n{decimal(score)} %\n{price:.3g} USD per 1M tokens"


def _model(plot: Plot, row: Row) -> Safe:
    x, y = _spot(plot, row)
    return tag("circle", cx=x, cy=y, r=4, class_="model", data_tip=_tip(row), data_at=place(x, y))


def _router(data: ExperimentData, plot: Plot, row: Row) -> Safe:
    x, y = _spot(plot, row)
    mark = data.roster.mark(row["router"])
    said = {"data_s": data.roster.series(row["router"]), "data_tip": _tip(row), "data_at": place(x, y)}
    return tag("path", d=symbol(mark, x, y, 5.2), class_=f"s{mark.colour} mark default", **said)
