"""The leaderboard's columns: one table that page, Markdown and terminal are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from langchain_dynaroute.bench.report.formats import (
    count,
    decimal,
    interval,
    is_there,
    number,
    percent,
    seconds,
    usd,
    with_error,
)
from langchain_dynaroute.bench.results import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_dynaroute.bench.report.roster import Roster, Row


@dataclass(frozen=True)
class Column:
    """One column of the leaderboard."""

    key: str
    title: str
    text: Callable[[Row], str]
    costs: bool = False
    """Whether it is made from costs, and says so when they are estimated."""

    def title_for(self, roster: Roster) -> str:
        """Return the head of the column."""
        return (
            roster.cost_title
            if self.key == "cost_usd"
            else roster.told_cost(self.title)
            if self.costs and self.key != "cost_save_n"
            else self.title
        )

    @property
    def meaning(self) -> str:
        """What the column says, from the one table of columns."""
        return COLUMNS["leaderboard"][self.key].replace("`", "")


def ratio(key: str, title: str, *, costs: bool = False, sign: bool = False) -> Column:
    """Return a column in percent, with its standard error where there is one."""
    return Column(key, title, lambda row: with_error(percent(row[key], sign=sign), row.get(f"{key}_se")), costs)


def plain(key: str, title: str, digits: int, *, costs: bool = False) -> Column:
    """Return a column of plain numbers."""
    return Column(key, title, lambda row: decimal(row[key], digits), costs)


def difference(row: Row) -> str:
    """Return the difference to the best single model known from training, with its interval."""
    return f"{percent(row['difference'], sign=True)} {interval(row['difference_low'], row['difference_high'])}".strip()


def cost_save(row: Row) -> str:
    """Return CostSave with its standard error; `cost_save_n` says on how many splits there is one."""
    return with_error(percent(row["cost_save"]), row["cost_save_se"])


def cost_save_n(row: Row) -> str:
    """Return on how many splits there is a CostSave."""
    return count(row["cost_save_n"])


def share_of_100(key: str, title: str) -> Column:
    """Return a column of shares that RouteLLM prints in percent."""
    return Column(key, title, lambda row: percent(row[key]))


MAIN = (
    ratio("avg_acc", "AvgAcc, %"),
    Column("difference", "Difference to best single (train), points [95 %]", difference),
    ratio("gain_r", "Gain@R, %", sign=True),
    ratio("gain_b", "Gain@B, %", sign=True),
    ratio("gap_o", "Gap@O, %"),
    Column("cost_usd", "Cost", lambda row: usd(row["cost_usd"]), costs=True),
    ratio("perf_gain", "PerfGain, %", sign=True),
    Column("cost_save", "CostSave, %", cost_save, costs=True),
    plain("pareto_dist", "ParetoDist", 3, costs=True),
)
MORE = (
    ratio("micro_acc", "Accuracy over prompts, %"),
    ratio("efficiency", "Efficiency, %"),
    ratio("quality_gap", "Quality gap, points"),
    ratio("recall_failure", "Recall failure, %"),
    Column("cost_save_n", "Splits with CostSave", cost_save_n, costs=True),
    plain("aiq", "AIQ", 3, costs=True),
    plain("cost_ratio", "Cost ratio", 2, costs=True),
    plain("apgr", "APGR", 3),
    share_of_100("cpt_50", "CPT(50 %), %"),
    share_of_100("cpt_80", "CPT(80 %), %"),
    Column("latency_s", "Latency, s", lambda row: seconds(row["latency_s"])),
    Column("fit_s", "Fitting, s", lambda row: seconds(row["fit_s"])),
    Column("route_us", "Routing, µs a prompt", lambda row: count(row["route_us"])),
)


def shown(columns: tuple[Column, ...], roster: Roster, kinds: tuple[str, ...] | None = None) -> list[Column]:
    """Return the columns in which some row has a figure; those made from costs only where costs are known."""
    rows = [row for row in roster.rows if kinds is None or row["kind"] in kinds]
    known = [column for column in columns if roster.has_costs or not column.costs]
    return [column for column in known if any(is_there(number(row[column.key])) for row in rows)]
