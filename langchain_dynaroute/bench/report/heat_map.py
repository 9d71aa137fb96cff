"""Accuracy by dataset and router, as it is and against the best single model in hindsight."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from langchain_dynaroute.bench.references import BEST_SINGLE, ORACLE
from langchain_dynaroute.bench.report.formats import count, is_there, number, percent, with_error
from langchain_dynaroute.bench.report.markup import Safe, tag
from langchain_dynaroute.bench.report.roster import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_dynaroute.bench.report.roster import Roster, Row

STEPS = 5
_NICE = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 10.0, 15.0, 20.0)
_TALL = 25
"""A map with more rows scrolls under its head."""
_COVERED = 0.9
"""So large a part of the differences is told apart by colour; the others have the deepest."""


@dataclass(frozen=True, eq=False)
class HeatData:
    """Accuracy by router and dataset."""

    roster: Roster

    @cached_property
    def cells(self) -> dict[tuple[str, str], Row]:
        """(router or reference, dataset) → row."""
        rows = [row for row in rows_of(self.roster.results.datasets) if row["kind"] != "model"]
        rows.sort(key=lambda row: row["kind"])
        return {(row["router"], row["dataset"]): row for row in rows if is_there(row["accuracy"])}

    @cached_property
    def datasets(self) -> list[str]:
        """The datasets in their order."""
        return list(dict.fromkeys(dataset for _, dataset in self.cells))

    @cached_property
    def columns(self) -> list[str]:
        """The routers, the best first, then the best single model and the oracle."""
        named = {name for name, _ in self.cells}
        return [name for name in [*self.roster.names, BEST_SINGLE, ORACLE] if name in named]

    def accuracy(self, name: str, dataset: str) -> float:
        """Return an accuracy, NaN where there is none."""
        row = self.cells.get((name, dataset))
        return number(row["accuracy"]) if row else math.nan

    def difference(self, name: str, dataset: str) -> float:
        """Return an accuracy minus that of the best single model in hindsight, in points."""
        return 100 * (self.accuracy(name, dataset) - self.accuracy(BEST_SINGLE, dataset))

    @cached_property
    def step(self) -> float:
        """How many points one step of colour stands for."""
        every = [abs(self.difference(name, dataset)) for name in self.roster.names for dataset in self.datasets]
        known = sorted(value for value in every if is_there(value)) or [0.0]
        wide = known[int(_COVERED * (len(known) - 1))] / STEPS
        return next((step for step in _NICE if step >= wide), _NICE[-1])

    def step_of(self, difference: float) -> int:
        """Return the step of colour of a difference, from -5 to 5; 0 is under half a step."""
        return max(-STEPS, min(STEPS, round(difference / self.step))) if is_there(difference) else 0


def table(data: HeatData, *, relative: bool) -> Safe:
    """Return the map as a table: a row a dataset, a column a router."""
    columns = [name for name in data.columns if not (relative and name == BEST_SINGLE)]
    heads = [tag("th", tag("span", name), scope="col", class_="upright") for name in columns]
    head = tag("tr", tag("th", "Dataset", scope="col"), tag("th", "Prompts", scope="col", class_="number"), *heads)
    rows = [_line(data, dataset, columns, relative=relative) for dataset in data.datasets]
    caption = "Points above the best single model in hindsight" if relative else "Accuracy, %"
    shown = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *rows), class_="heat")
    return tag(
        "div",
        shown,
        class_="scroll tall" if len(rows) > _TALL else "scroll",
        tabindex=0,
        role="region",
        aria_label=f"{caption}, by dataset and router",
    )


def _line(data: HeatData, dataset: str, columns: list[str], *, relative: bool) -> Safe:
    prompts = max((number(row["prompts"]) for (_, of), row in data.cells.items() if of == dataset), default=math.nan)
    cells = [_cell(data, name, dataset, relative=relative) for name in columns]
    return tag("tr", tag("th", dataset, scope="row"), tag("td", count(prompts), class_="number"), *cells)


def _cell(data: HeatData, name: str, dataset: str, *, relative: bool) -> Safe:
    accuracy, difference = data.accuracy(name, dataset), data.difference(name, dataset)
    if not is_there(accuracy):
        return tag("td", "–", class_="cell")
    own = with_error(percent(accuracy), data.cells[name, dataset]["accuracy_se"])
    tip = f"{name} on {dataset}\naccuracy {own} %\n{percent(difference / 100, sign=True)} points from the best single"
    if relative:
        step = data.step_of(difference) if name != ORACLE else 0
        words, class_ = percent(difference / 100, sign=True), f"p{step}" if step > 0 else f"n{-step}" if step else ""
    else:
        words, class_ = percent(accuracy, 0), f"a{min(9, max(0, int(accuracy * 10)))}"
    return tag("td", words, class_=f"cell {class_}".strip(), data_tip=tip)


def css() -> str:
    """Return the colours of the cells."""
    mix = "{{--mix:color-mix(in oklab,var(--heat-{}) {}%,var(--paper));background:var(--mix);fill:var(--mix)}}"
    steps = range(1, STEPS + 1)
    signed = "".join(f".p{i}{mix.format('good', 19 * i)}.n{i}{mix.format('bad', 19 * i)}" for i in steps)
    return signed + "".join(f".a{i}{mix.format('good', 10 * i)}" for i in range(10))


def key(data: HeatData) -> Safe:
    """Return what the colours of the relative map stand for."""
    label = "Colours, in points; the oracle is not coloured"
    return scale_key(lambda steps: f"{steps * data.step:+g}".replace("-", "−"), ("and worse", "and better"), label)


def scale_key(words: Callable[[int], str], ends: tuple[str, str], label: str) -> Safe:
    """Return what each step of colour stands for, from the lowest to the highest."""
    low, high = ends
    parts = [tag("span", f"{words(-STEPS)} {low}", class_=f"step n{STEPS}")]
    parts += [tag("span", words(-i), class_=f"step n{i}") for i in range(STEPS - 1, 0, -1)]
    parts.append(tag("span", "0", class_="step"))
    parts += [tag("span", words(i), class_=f"step p{i}") for i in range(1, STEPS)]
    parts.append(tag("span", f"{words(STEPS)} {high}", class_=f"step p{STEPS}"))
    return tag("div", *parts, class_="scale-key", role="img", aria_label=label)
