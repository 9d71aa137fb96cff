"""The LLMRank paper's tables: each figure of ours with the paper's beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from langchain_dynaroute.bench.report import llmrank_openings
from langchain_dynaroute.bench.report.formats import decimal, is_there, number, percent, usd
from langchain_dynaroute.bench.report.roster import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from langchain_dynaroute.bench.report.roster import Roster, Row


class Figure(NamedTuple):
    """A figure that both sides have."""

    key: str
    title: str
    unit: str
    text: Callable[[Any], str]
    costs: bool = False
    """Whether ours is made from costs, and says so when they are estimated."""


class Cell(NamedTuple):
    """A finished cell."""

    text: str
    value: float


class Head(NamedTuple):
    """The head of a column of figures."""

    title: str
    is_paper: bool


class _Plan(NamedTuple):
    title: str
    opening: Callable[[Roster, Sequence[Row]], str]
    names: tuple[str, ...]
    figures: tuple[Figure, ...]
    order: Callable[[float], float] = lambda _: 0.0
    """By what the rows of a dataset are sorted, from the first figure."""


_QUALITY = Figure("quality", "Quality", "%", percent)
_COST = Figure(
    "usd_per_1k_prompts", "Cost", "USD per 1,000 prompts", lambda value: usd(number(value) / 1000), costs=True
)
_PLANS = {
    "llmrank_table_3_overall": _Plan(
        "LLMRank, Table 3: overall",
        llmrank_openings.overall,
        ("router",),
        (
            _QUALITY,
            _COST,
            Figure("efficiency_percent", "Efficiency (quality over the oracle's)", "%", decimal),
            Figure("cost_ratio", "Cost over the oracle's", "times", lambda value: decimal(value, 2), costs=True),
            Figure("quality_gap", "Quality below the oracle's", "points", percent),
        ),
    ),
    "llmrank_table_4_by_benchmark": _Plan(
        "LLMRank, Table 4: quality by benchmark", llmrank_openings.by_benchmark, ("dataset", "router"), (_QUALITY,)
    ),
    "llmrank_table_5_oracle_share": _Plan(
        "LLMRank, Table 5: how often each model is the oracle's choice",
        llmrank_openings.oracle_share,
        ("dataset", "model"),
        (Figure("percent", "The oracle's choice", "% of prompts", decimal),),
        lambda share: -share,
    ),
    "llmrank_table_6_accuracy": _Plan(
        "LLMRank, Table 6: how accurate each model is",
        llmrank_openings.accuracy,
        ("dataset", "model"),
        (_QUALITY,),
        lambda quality: -quality,
    ),
    "llmrank_table_7_cost": _Plan(
        "LLMRank, Table 7: what each model costs",
        llmrank_openings.cost,
        ("dataset", "model"),
        (_COST,),
        lambda cost: cost,
    ),
}
"""Name of the frame → how it is told; the order is the report's."""


def paper_tables(roster: Roster) -> list[PaperTable]:
    """Return those of the paper's tables that a run has."""
    return [PaperTable(roster, name) for name in _PLANS if _is_whole(roster, name)]


def _is_whole(roster: Roster, name: str) -> bool:
    """Return whether there is a frame with the columns it should have: any other is shown as it is."""
    frame, plan = roster.results.extra.get(name), _PLANS[name]
    pairs = [key for figure in plan.figures for key in (figure.key, f"{figure.key}_paper")]
    return frame is not None and len(frame) > 0 and {*plan.names, *pairs} <= set(frame.columns)


@dataclass(frozen=True, eq=False)
class PaperTable:
    """One of the paper's tables in words."""

    roster: Roster
    name: str
    """Of the frame."""

    @property
    def plan(self) -> _Plan:
        """How it is told."""
        return _PLANS[self.name]

    @property
    def title(self) -> str:
        """The title of its section."""
        return self.plan.title

    @property
    def opening(self) -> str:
        """What it says, and of what prompts."""
        known = any(is_there(row[f"{figure.key}_paper"]) for figure in self.plan.figures for row in self.rows)
        return f"{self.plan.opening(self.roster, self.rows)} {llmrank_openings.remark(self.roster, known=known)}"

    @cached_property
    def rows(self) -> list[Row]:
        """The rows dataset by dataset, in an order that can be read."""
        rows = rows_of(self.roster.results.extra[self.name])
        datasets = list(dict.fromkeys(row.get("dataset") for row in rows))
        return sorted(rows, key=lambda row: (datasets.index(row.get("dataset")), *self._place(row)))

    def _place(self, row: Row) -> tuple[bool, float]:
        value = row[self.plan.figures[0].key]
        return not is_there(value), self.plan.order(number(value)) if is_there(value) else 0.0

    @property
    def names(self) -> list[str]:
        """The heads of the columns of names."""
        return [name.capitalize() for name in self.plan.names]

    @cached_property
    def _columns(self) -> list[tuple[Figure, str, bool]]:
        """The columns in which some row has a figure; none of costs where costs are unknown."""
        figures = [figure for figure in self.plan.figures if self.roster.has_costs or not figure.costs]
        pairs = [
            (figure, f"{figure.key}{'_paper' * is_paper}", is_paper) for figure in figures for is_paper in (False, True)
        ]
        return [
            (figure, key, is_paper) for figure, key, is_paper in pairs if any(is_there(row[key]) for row in self.rows)
        ]

    @property
    def heads(self) -> list[Head]:
        """The heads of the columns of figures, with their units."""
        return [Head(self._head(figure, is_paper=is_paper), is_paper) for figure, _, is_paper in self._columns]

    def _head(self, figure: Figure, *, is_paper: bool) -> str:
        if is_paper:
            return f"{figure.title} in the paper, {figure.unit}"
        if figure is _COST:
            return self.roster.cost_title
        title = self.roster.told_cost(figure.title) if figure.costs else figure.title
        return f"{title}, {figure.unit}"

    def cells(self, row: Row) -> list[Cell]:
        """Return a row's figures in words."""
        return [Cell(figure.text(row[key]), number(row[key])) for figure, key, _ in self._columns]
