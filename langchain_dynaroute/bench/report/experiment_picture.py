"""The picture of DynaRoute's own experiment, by matplotlib."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.bench.report.experiment_chart import X_TITLE, Y_TITLE, ExperimentData, point
from langchain_dynaroute.bench.report.picture_style import COLOURS, MARKERS, ROLE, drawable
from langchain_dynaroute.bench.report.point_pictures import log_costs, write_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from langchain_dynaroute.bench.report.roster import Roster, Row

_COLUMNS = 3
_PANEL = (3.5, 2.8)
"""Inches."""
_MODEL: dict[str, Any] = {"marker": "o", "color": ROLE["model"], "markeredgecolor": ROLE["quiet"], "alpha": 0.75}
_ROUTER: dict[str, Any] = {"markeredgecolor": ROLE["ink"], "markeredgewidth": 0.6, "markersize": 6.5}


def experiment(roster: Roster) -> Figure | None:
    """Draw score against price, a panel a dataset."""
    from langchain_dynaroute.bench.report.picture_style import grid

    data = ExperimentData(roster)
    if not data.panels:
        return None
    columns = min(_COLUMNS, len(data.panels))
    rows = math.ceil(len(data.panels) / columns)
    figure, panels = grid(columns * _PANEL[0], rows * _PANEL[1] + 0.5, rows, columns)
    for axes, (name, points) in zip(panels, data.panels.items(), strict=False):
        _panel(axes, data, name, points)
    for axes in panels[len(data.panels) :]:
        axes.set_visible(False)
    figure.supxlabel(X_TITLE + (", log scale" if data.is_broad else ""), fontsize=9, color=ROLE["quiet"])
    figure.supylabel(Y_TITLE, fontsize=9, color=ROLE["quiet"])
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=4)
    for axes, points in zip(panels, data.panels.values(), strict=False):
        best = sorted((row for row in points if row["kind"] == "model"), key=lambda row: -point(row)[1])
        write_names(axes, [(*point(row), row["router"]) for row in best], [point(row) for row in points])
    return figure


def _panel(axes: Axes, data: ExperimentData, name: str, points: list[Row]) -> None:
    models = [point(row) for row in points if row["kind"] == "model"]
    for router in data.routers:
        found = [point(row) for row in points if row["kind"] == "router" and row["router"] == router]
        mark = data.roster.mark(router)
        look = _ROUTER | {"color": COLOURS[mark.colour], "marker": MARKERS[mark.shape], "zorder": 4}
        axes.plot(
            *zip(*(found or [(math.nan, math.nan)]), strict=True), linestyle="", label=drawable(router, 28), **look
        )
    if models:
        axes.plot(*zip(*models, strict=True), linestyle="", label="single model", markersize=4.5, zorder=2, **_MODEL)
    axes.set_title(drawable(name, 40), fontsize=9, color=ROLE["ink"])
    if data.is_broad:
        log_costs(axes)
    prices = [point(row)[0] for row in data.rows]
    axes.set_xlim(*_room(min(prices), max(prices), log=data.is_broad))


def _room(low: float, high: float, *, log: bool) -> tuple[float, float]:
    if log:
        return low / 1.3, high * 1.3
    room = 0.06 * ((high - low) or abs(high) or 1.0)
    return low - room, high + room
