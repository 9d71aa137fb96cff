"""Who took part: the leaderboard's rows in their order, found by name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.bench.references import BEST_SINGLE, BEST_SINGLE_TRAIN, DATASET_ORACLE, ORACLE, RANDOM
from langchain_dynaroute.bench.report.formats import clean, is_there, number
from langchain_dynaroute.bench.report.palette import Mark, mark_of

if TYPE_CHECKING:
    import pandas as pd

    from langchain_dynaroute.bench.results import BenchResults

Row = dict[str, Any]
REFERENCE_LETTERS = {RANDOM: "R", BEST_SINGLE: "B", BEST_SINGLE_TRAIN: "T", DATASET_ORACLE: "D", ORACLE: "O"}
"""What a reference is called where there is no room."""


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """Return a frame's rows, names cleaned."""
    rows: list[Row] = [
        dict(zip(map(str, frame.columns), cells, strict=True)) for cells in frame.itertuples(index=False)
    ]
    names = {"router", "model", "dataset", "note", "parameter"}
    return [{key: clean(cell) if key in names else cell for key, cell in row.items()} for row in rows]


@dataclass(frozen=True, eq=False)
class Roster:
    """The rows of the leaderboard by kind, the most accurate first."""

    results: BenchResults

    @cached_property
    def rows(self) -> list[Row]:
        """Every row, the most accurate first; those without a figure last."""
        rows = rows_of(self.results.leaderboard)
        return sorted(rows, key=lambda row: (-number(row["avg_acc"]) if is_there(row["avg_acc"]) else 1, row["router"]))

    def of_kind(self, kind: str) -> list[Row]:
        """Return the rows of `router`, `reference` or `model`."""
        return [row for row in self.rows if row["kind"] == kind]

    @cached_property
    def routers(self) -> list[Row]:
        """The routers."""
        return self.of_kind("router")

    @cached_property
    def models(self) -> list[Row]:
        """The single models."""
        return self.of_kind("model")

    @property
    def best(self) -> Row | None:
        """The most accurate router."""
        return self.routers[0] if self.routers and is_there(self.routers[0]["avg_acc"]) else None

    def reference(self, name: str) -> Row | None:
        """Return a reference's row, if it is there and has a figure."""
        found = (row for row in self.rows if row["kind"] == "reference" and row["router"] == name)
        return next((row for row in found if is_there(row["avg_acc"])), None)

    @cached_property
    def names(self) -> list[str]:
        """The routers' names, the best first."""
        return [row["router"] for row in self.routers]

    def place(self, router: str) -> int:
        """Return a router's place in the leaderboard, from 0; the last where it is not there."""
        return self.names.index(router) if router in self.names else len(self.names)

    def mark(self, router: str) -> Mark:
        """Return how a router is drawn; always the same within a report."""
        return mark_of(self.place(router))

    def series(self, router: str) -> str:
        """Return the key by which a router's marks are found in a picture."""
        return f"r{self.place(router)}"

    @property
    def best_single(self) -> str:
        """The best single model known from training, as a reader would name it."""
        name = clean(self.results.about.get("best_single_train"))
        return f"the best single model, {name}" if name else "the best single model known from training"

    @property
    def has_costs(self) -> bool:
        """Whether costs can be shown."""
        return self.results.has_costs and any(is_there(row["cost_usd"]) for row in self.rows)

    @property
    def estimated(self) -> bool:
        """Whether costs were estimated from text, not measured."""
        return self.has_costs and self.results.about.get("cost_source") == "estimated"

    @property
    def cost_title(self) -> str:
        """What an axis or column of costs is called."""
        return f"{'Estimated cost' if self.estimated else 'Cost'}, USD per 1,000 prompts"

    def told_cost(self, title: str) -> str:
        """Return the title of a figure made from costs, which says when they are estimated."""
        return f"{title} (estimated)" if self.estimated else title
