"""Which model gets which prompts: by router, by dataset, and at the same cost (Figure 10)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from langchain_dynaroute.bench.report import legend
from langchain_dynaroute.bench.report.formats import is_there, number, percent, usd
from langchain_dynaroute.bench.report.palette import SERIES
from langchain_dynaroute.bench.report.roster import rows_of
from langchain_dynaroute.bench.report.row_charts import row, row_list, stack

if TYPE_CHECKING:
    from langchain_dynaroute.bench.report.markup import Safe
    from langchain_dynaroute.bench.report.roster import Roster, Row

NAMED = 2 * len(SERIES)
"""Models beyond these are one share: more could not be told apart."""
SMALL = 0.02
"""A lesser share is counted in with the others."""
REST = "other models"
ALL = "all"


@dataclass(frozen=True, eq=False)
class ShareData:
    """Shares of models, one fill a model throughout the report."""

    roster: Roster

    @cached_property
    def rows(self) -> list[Row]:
        """Shares by router and dataset."""
        return [found for found in rows_of(self.roster.results.shares) if number(found["share"]) > 0]

    @cached_property
    def matched(self) -> list[Row]:
        """Shares by router at a target cost."""
        return [found for found in rows_of(self.roster.results.matched_cost) if number(found["share"]) > 0]

    @cached_property
    def models(self) -> list[str]:
        """The models that get a fill of their own, the most chosen first."""
        total: dict[str, float] = defaultdict(float)
        for found in [*self.rows, *self.matched]:
            if found.get("dataset", ALL) == ALL or not self._has_all:
                total[found["model"]] += found["share"]
        return sorted(total, key=lambda name: (-total[name], name))[:NAMED]

    @cached_property
    def _has_all(self) -> bool:
        return any(found["dataset"] == ALL for found in self.rows)

    @cached_property
    def routers(self) -> list[str]:
        """The routers with shares, the most accurate first."""
        return [name for name in self.roster.names if any(found["router"] == name for found in self.rows)]

    def datasets(self, router: str) -> list[str]:
        """Return the datasets of a router in their order, without `all`."""
        own = dict.fromkeys(found["dataset"] for found in self.rows if found["router"] == router)
        return [name for name in own if name != ALL]

    def of(self, router: str, dataset: str) -> list[tuple[str, float, str]]:
        """Return the shares of a router on a dataset."""
        return self.parts([r for r in self.rows if (r["router"], r["dataset"]) == (router, dataset)])

    def parts(self, rows: list[Row]) -> list[tuple[str, float, str]]:
        """Return name, share and fill of each model in rows; the small ones as one."""
        share = {found["model"]: number(found["share"]) for found in rows}
        own = [
            (name, share[name], legend.fill_of(i)) for i, name in enumerate(self.models) if share.get(name, 0) >= SMALL
        ]
        rest = sum(share.values()) - sum(part for _, part, _ in own)
        return [*own, (REST, rest, "fill-rest")] if rest > SMALL / 100 else own

    def targets(self) -> dict[float, list[tuple[str, list[Row]]]]:
        """Return, by target cost, each router with its rows, the most accurate first."""
        found: dict[float, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for own in self.matched:
            found[number(own["target_usd"])][own["router"]].append(own)
        return {
            target: sorted(by.items(), key=lambda item: -_accuracy(item[1])) for target, by in sorted(found.items())
        }


def _accuracy(rows: list[Row]) -> float:
    return number(rows[0]["avg_acc"]) if is_there(rows[0]["avg_acc"]) else -1.0


def by_router(data: ShareData) -> Safe:
    """Return the shares of each router over all prompts."""
    rows = [row(name, stack(data.of(name, ALL)), _most(data.of(name, ALL))) for name in data.routers]
    return row_list(*rows, class_="stacks", label="Shares of models by router")


def by_dataset(data: ShareData, router: str) -> Safe:
    """Return the shares of one router on each dataset."""
    rows = [row(name, stack(data.of(router, name)), _most(data.of(router, name))) for name in data.datasets(router)]
    return row_list(*rows, class_="stacks", label=f"Shares of models by dataset: {router}")


def at_target(data: ShareData, rows: list[tuple[str, list[Row]]]) -> Safe:
    """Return the shares of each router at about the same cost."""
    drawn = [
        row(
            name,
            stack(data.parts(own)),
            f"{percent(own[0]['avg_acc'])} % AvgAcc",
            f"{'estimated ' if data.roster.estimated else ''}{usd(own[0]['cost_usd'])} USD",
        )
        for name, own in rows
    ]
    return row_list(*drawn, class_="stacks", label="Shares of models by router at about the same cost")


def _most(parts: list[tuple[str, float, str]]) -> str:
    named = [part for part in parts if part[0] != REST]
    name, share, _ = max(named or parts or [("", 0.0, "")], key=lambda part: part[1])
    return f"{percent(share, 0)} % {name}" if name else ""
