"""The leaderboard in a terminal of 100 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from langchain_dynaroute.bench.report.columns import cost_save, difference
from langchain_dynaroute.bench.report.formats import is_there, listed, percent, usd, with_error
from langchain_dynaroute.bench.report.roster import Roster

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from langchain_dynaroute.bench.report.roster import Row
    from langchain_dynaroute.bench.results import BenchResults

    _Column: TypeAlias = tuple[str, str, Callable[[Row], str]]

WIDTH = 100
_BEST_MODELS = 3
_COLUMNS: tuple[_Column, ...] = (
    ("avg_acc", "AvgAcc, %", lambda row: with_error(percent(row["avg_acc"]), row["avg_acc_se"])),
    ("difference", "vs best single (train)", difference),
    ("gain_b", "Gain@B, %", lambda row: percent(row["gain_b"], sign=True)),
    ("gap_o", "Gap@O, %", lambda row: percent(row["gap_o"])),
    ("cost_usd", "USD/1k", lambda row: usd(row["cost_usd"])),
    ("cost_save", "CostSave, %", cost_save),
)
_FIRST_TO_GO = ("cost_save", "gain_b", "gap_o", "cost_usd", "difference")
"""Columns in the order in which a narrow terminal goes without them."""
_FROM_COSTS = {"cost_usd", "cost_save"}


def leaderboard_text(results: BenchResults, width: int | None = None) -> Table:
    """Return the leaderboard as a table for the terminal: routers, then references, then the best single models.

    Args:
        results: What the run found.
        width: Columns there are; figures that have no room are left out, and the caption says which.
    """
    roster = Roster(results)
    known = [column for column in _COLUMNS if _is_shown(roster, column[0])]
    table = _table(roster, known, "")
    left_out: list[str] = []
    for key in _FIRST_TO_GO if width else ():
        if _width_of(table) <= (width or 0):
            break
        left_out += [title.partition(",")[0] for name, title, _ in known if name == key]
        known = [column for column in known if column[0] != key]
        table = _table(roster, known, f" No room for {listed(left_out)}: see the report." if left_out else "")
    return table


def _table(roster: Roster, known: Sequence[_Column], told: str) -> Table:
    caption = Text(f"{_caption(roster)}{told}")
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=caption, caption_justify="left", width=None)
    table.add_column("Router", overflow="fold", min_width=12, max_width=26)
    for key, title, _ in known:
        table.add_column(_title(roster, key, title), justify="right", no_wrap=True)
    for group in (roster.routers, roster.of_kind("reference"), roster.models[:_BEST_MODELS]):
        for row in group:
            cells = [Text(text(row)) for _, _, text in known]
            style = "bold" if row is roster.best else "" if row["kind"] == "router" else "dim"
            table.add_row(Text(row["router"]), *cells, style=style)
        table.add_section()
    return table


def _width_of(table: Table) -> int:
    """Return how many columns a table needs, its caption aside."""
    return Console(width=1000).measure(table).maximum


def _is_shown(roster: Roster, key: str) -> bool:
    known = any(is_there(row[key]) for row in roster.rows)
    return known and (roster.has_costs or key not in _FROM_COSTS)


def _title(roster: Roster, key: str, title: str) -> Text:
    return Text(f"{title}\nestimated" if roster.estimated and key in _FROM_COSTS else title)


def _caption(roster: Roster) -> str:
    told = ["± standard error over seeds; [ ] 95 % interval, in points."]
    if roster.has_costs:
        told.append(f"{'Estimated cost' if roster.estimated else 'Cost'}: USD per 1,000 prompts.")
    if len(roster.models) > _BEST_MODELS:
        told.append(f"The {_BEST_MODELS} best of {len(roster.models)} single models are shown.")
    return " ".join(told)
