"""Loaders: from the files that public benchmarks publish to an `OutcomeTable`."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.bench.loaders.detection import detect_format
from langchain_dynaroute.bench.loaders.inspect_logs import load_inspect
from langchain_dynaroute.bench.loaders.llmrouterbench import load_llmrouterbench
from langchain_dynaroute.bench.loaders.lm_eval import load_lm_eval
from langchain_dynaroute.bench.loaders.restricted_pickle import PickleWarning
from langchain_dynaroute.bench.loaders.routellm import load_routellm
from langchain_dynaroute.bench.loaders.routerarena import load_routerarena
from langchain_dynaroute.bench.loaders.routerbench import load_routerbench
from langchain_dynaroute.errors import OutcomeError, did_you_mean
from langchain_dynaroute.outcomes import OutcomeTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_dynaroute.outcome_rows import Repairs

__all__ = ["FORMATS", "PickleWarning", "detect_format", "load_outcomes"]


def load_tidy(paths: Sequence[Path], repairs: Repairs | None = None) -> OutcomeTable:
    """Read the package's own form, one folder.

    Raises:
        OutcomeError: as `OutcomeTable.load` does, or if there are several folders.
    """
    if len(paths) != 1:
        msg = f"A tidy table is one folder, but {len(paths)} were given. Load them one by one."
        raise OutcomeError(msg)
    return OutcomeTable.load(paths[0], repairs)


FORMATS: dict[str, Callable[..., OutcomeTable]] = {
    "tidy": load_tidy,
    "routerbench": load_routerbench,
    "llmrouterbench": load_llmrouterbench,
    "routellm": load_routellm,
    "routerarena": load_routerarena,
    "inspect": load_inspect,
    "lm_eval": load_lm_eval,
}
"""Name of a format → what reads it: a sequence of paths, the repairs, and options of its own."""


def load_outcomes(
    path: str | Path | Sequence[str | Path],
    format: str | None = None,  # noqa: A002 - the word users look for
    *,
    repairs: Repairs | None = None,
    **options: Any,
) -> OutcomeTable:
    """Read the outcomes that lie at a path, whatever benchmark they are of.

    Args:
        path: A file or folder, or several of one benchmark.
        format: One of `FORMATS`; None tells it from what is there.
        repairs: What to do with duplicates, scores out of range and models with few outcomes;
            None raises at each of them. What was repaired is told in `OutcomeTable.repairs`.
        **options: Further options of the format's loader.

    Raises:
        OutcomeError: naming the file, the row and the rule, or the formats where none fits.
        MissingExtraError: without the extra `bench`.
    """
    paths = [Path(one) for one in ([path] if isinstance(path, (str, Path)) else path)]
    if not paths:
        msg = "No path of outcomes was given."
        raise OutcomeError(msg)
    for one in paths:
        if not one.exists():
            msg = f"There is no {str(one)!r}."
            raise OutcomeError(msg)
    loader = _loader_of(format or detect_format(paths[0]))
    _check_options(loader, options)
    return loader(paths, repairs, **options)


def _loader_of(name: str) -> Callable[..., OutcomeTable]:
    if name not in FORMATS:
        msg = f"There is no format {name!r}.{did_you_mean(name, FORMATS)}"
        raise OutcomeError(msg)
    return FORMATS[name]


def _check_options(loader: Callable[..., OutcomeTable], options: dict[str, Any]) -> None:
    known = [name for name, p in inspect.signature(loader).parameters.items() if p.kind is p.KEYWORD_ONLY]
    for name in options:
        if name not in known:
            msg = f"{loader.__name__} has no option {name!r}; it has {', '.join(known) or 'none'}."
            raise OutcomeError(msg)
