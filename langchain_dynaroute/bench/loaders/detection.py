"""Which format lies at a path: told from names and headers, without reading much."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from langchain_dynaroute.bench.loaders.inspect_logs import is_inspect_log
from langchain_dynaroute.bench.loaders.json_files import head_of
from langchain_dynaroute.bench.loaders.wide_tables import ENDINGS, PICKLES
from langchain_dynaroute.errors import OutcomeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_LOOKED_AT = 200
"""Files of a folder that are looked at before it is given up."""


@dataclass(frozen=True)
class Mark:
    """How a format is recognised."""

    format: str
    told: str
    """In words, for an error."""
    fits: Callable[[Path], bool]


def _is_tidy(path: Path) -> bool:
    return all(
        any((path / f"{stem}{ending}").is_file() for ending in (".parquet", ".csv")) for stem in ("prompts", "outcomes")
    )


def _is_routerbench(path: Path) -> bool:
    return any(
        file.suffix.lower() in PICKLES or {"sample_id", "eval_name"} <= _header(file)
        for file in _files(path)
        if file.suffix.lower() in ENDINGS
    )


def _is_llmrouterbench(path: Path) -> bool:
    return any('"performance"' in (head := head_of(file)) or '"records"' in head for file in _files(path, ".json"))


def _is_routellm(path: Path) -> bool:
    return any("prompt" in _header(file) for file in _files(path, ".csv"))


def _is_routerarena(path: Path) -> bool:
    return any('"global_index"' in head_of(file) for file in _files(path, ".jsonl"))


def _is_lm_eval(path: Path) -> bool:
    return any(file.name.startswith("samples_") for file in _files(path, ".jsonl"))


def _is_inspect(path: Path) -> bool:
    return any(is_inspect_log(file) for file in _files(path, ".eval", ".json"))


MARKS = (
    Mark("tidy", "a folder with prompts.parquet and outcomes.parquet (or .csv)", _is_tidy),
    Mark("routerbench", "a .pkl, or a .csv or .parquet with the columns sample_id and eval_name", _is_routerbench),
    Mark("lm_eval", "samples_TASK_TIME.jsonl files", _is_lm_eval),
    Mark("routerarena", "a .jsonl whose lines have a global_index", _is_routerarena),
    Mark("inspect", "a .eval, or a .json with 'eval' and 'status'", _is_inspect),
    Mark("llmrouterbench", "DATASET/SPLIT/MODEL/*.json with 'performance' and 'records'", _is_llmrouterbench),
    Mark("routellm", "a .csv with the column prompt", _is_routellm),
)
"""The formats in the order in which they are tried."""


def detect_format(path: Path) -> str:
    """Return the format of what lies at a path.

    Raises:
        OutcomeError: if there is nothing, or it is none of the formats; the text tells each one's mark, in one line.
    """
    if not path.exists():
        msg = f"There is no {str(path)!r}."
        raise OutcomeError(msg)
    for mark in MARKS:
        if mark.fits(path):
            return mark.format
    if path.is_dir() and next(_files(path), None) is None:
        msg = f"{str(path)!r} has no format that is known: no file is in it."
        raise OutcomeError(msg)
    marks = "; ".join(f"{mark.format}: {mark.told}" for mark in MARKS)
    msg = f"{str(path)!r} has no format that is known. Give `format`, or files as one of these: {marks}."
    raise OutcomeError(msg)


def _files(path: Path, *endings: str) -> Iterator[Path]:
    """Yield a file, or the first files of a folder, of these endings."""
    if path.is_file():
        found: Iterator[Path] = iter([path])
    else:
        found = (file for file in path.rglob("*") if file.is_file())
    count = 0
    for file in found:
        if not endings or file.suffix.lower() in endings:
            yield file
            count += 1
            if count == _LOOKED_AT:
                return


def _header(file: Path) -> set[str]:
    if file.suffix.lower() == ".parquet":
        return _parquet_header(file)
    first_line = head_of(file, 100_000).split("\n", 1)[0]
    return set(next(csv.reader([first_line]), []))


def _parquet_header(file: Path) -> set[str]:
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError:
        return set()
    try:
        return set(pyarrow.parquet.read_schema(file).names)
    except (pa.ArrowInvalid, OSError):
        return set()
