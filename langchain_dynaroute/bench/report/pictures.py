"""The pictures of a report as files, for papers and Markdown; drawn by matplotlib, the same on every run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from langchain_dynaroute.bench.report import experiment_picture, findings, openings, point_pictures, row_pictures
from langchain_dynaroute.bench.report.picture_style import STYLE, save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.figure import Figure

    from langchain_dynaroute.bench.report.roster import Roster


class Picture(NamedTuple):
    """A picture that was written, and what to see in it."""

    title: str
    opening: str
    path: Path


class _Plan(NamedTuple):
    title: str
    opening: Callable[[Roster], str]
    draw: Callable[[Roster], Figure | None]
    from_costs: bool = False


_PLANS = {
    "difference": _Plan("Difference to the best single model", findings.verdict, row_pictures.difference),
    "cost_quality": _Plan("Quality and cost", openings.frontier, point_pictures.cost_quality, from_costs=True),
    "gains": _Plan("Gain and saving", openings.gains, row_pictures.gains, from_costs=True),
    "datasets": _Plan("Datasets against the best single model", openings.datasets, row_pictures.datasets),
    "hardness": _Plan("Hard prompts", openings.hardness, point_pictures.hardness),
    "shares": _Plan("Which model gets which prompts", openings.shares, row_pictures.shares),
    "matched_cost": _Plan("At the same cost", openings.matched_cost, row_pictures.matched_cost, from_costs=True),
    "curation": _Plan("Fewer models", openings.curation, point_pictures.curation),
    "dynaroute_experiment": _Plan("DynaRoute's own experiment", openings.experiment, experiment_picture.experiment),
    "latency": _Plan("Latency", openings.latency, point_pictures.latency),
}


NAMES = tuple(_PLANS)
"""What the files are called, without their endings."""


def write_pictures(roster: Roster, folder: Path) -> dict[str, Picture]:
    """Write the pictures that have something to show as PNG and SVG, and return them by name."""
    from matplotlib import rc_context

    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    with rc_context(STYLE):
        for name, plan in _PLANS.items():
            figure = plan.draw(roster)
            if figure is None:
                continue
            title = roster.told_cost(plan.title) if plan.from_costs else plan.title
            written[name] = Picture(title, plan.opening(roster), save(figure, folder, name))
    return written
