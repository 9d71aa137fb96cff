"""Exporters: an `OutcomeTable`, split, in the input forms of public routers (LLMRouterBench's Adaptor)."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.bench.exporters.avengers_pro import export_avengers_pro
from langchain_dynaroute.bench.exporters.embedllm import export_embedllm
from langchain_dynaroute.bench.exporters.graphrouter import export_graphrouter
from langchain_dynaroute.bench.exporters.handover import prepared
from langchain_dynaroute.bench.exporters.routellm import export_routellm
from langchain_dynaroute.errors import OutcomeError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_dynaroute.outcomes import OutcomeTable

__all__ = ["EXPORTERS", "export_outcomes"]

EXPORTERS: dict[str, Callable[..., tuple[Path, ...]]] = {
    "avengers-pro": export_avengers_pro,
    "embedllm": export_embedllm,
    "routellm": export_routellm,
    "graphrouter": export_graphrouter,
}
"""Name of a format → what writes it: a handover, and options of its own."""


def export_outcomes(  # noqa: PLR0913 - a split is told by three of them
    table: OutcomeTable,
    format: str,  # noqa: A002 - the word users look for
    folder: str | Path,
    *,
    split: tuple[OutcomeTable, OutcomeTable] | None = None,
    train: float = 0.7,
    seed: int = 42,
    **options: Any,
) -> tuple[Path, ...]:
    """Write a table, split into train and test, as a public router reads it.

    With the files go a `manifest.json` and a `README.txt`: the seed, what was left out and how
    to run that router. No vector is computed: where a router expects some, the texts are written.

    Args:
        table: The outcomes.
        format: One of `EXPORTERS`.
        folder: Where the files go; it is made.
        split: A train and a test table of one's own, instead of `train` and `seed`.
        train: Share of each dataset that is trained on.
        seed: Seed of the split.
        **options: Further options of the format's exporter.

    Returns:
        The files that were written.

    Raises:
        OutcomeError: if the format or an option is unknown, or the table lacks what it needs.
    """
    if format not in EXPORTERS:
        msg = f"There is no format {format!r} to export to.{did_you_mean(format, EXPORTERS)}"
        raise OutcomeError(msg)
    exporter = EXPORTERS[format]
    known = [name for name, p in inspect.signature(exporter).parameters.items() if p.kind is p.KEYWORD_ONLY]
    for name in options:
        if name not in known:
            msg = f"{format} has no option {name!r}; it has {', '.join(known) or 'none'}."
            raise OutcomeError(msg)
    return exporter(prepared(table, Path(folder), split, train, seed), **options)
