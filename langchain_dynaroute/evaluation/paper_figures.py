"""The DynaRoute paper's own figures of its classifiers, from its Tables 1 and 2."""

from __future__ import annotations

from typing import NamedTuple

from langchain_dynaroute.benchmarks import tables_folder
from langchain_dynaroute.rows import read_rows

FILE_NAME = "paper_profiling.csv"
OVERALL = "all"
CHOSEN = "Qwen 2.5 3B"
"""The model that the paper takes as its classifier."""


class PaperFigure(NamedTuple):
    """How often one model read the category, or the level, of one benchmark's prompts right."""

    measure: str
    """`category` or `level`."""
    benchmark: str
    prompts: int
    model: str
    share: float
    source: str


def paper_figures(family: str = "Qwen") -> tuple[PaperFigure, ...]:
    """Return the figures of the models of a family, in the paper's order."""
    return tuple(
        PaperFigure(
            row.cells["measure"],
            row.cells["benchmark"],
            int(row.cells["prompts"]),
            row.cells["model"],
            round((row.number_in("percent", 0, 100) or 0.0) / 100, 6),
            row.cells["source"],
        )
        for row in read_rows(tables_folder() / FILE_NAME)
        if row.cells["model"].startswith(family)
    )
