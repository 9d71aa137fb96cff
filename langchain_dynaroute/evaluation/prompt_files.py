"""Rows of prompt files, whatever their format: Parquet, CSV, JSON Lines, or a line a prompt."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.errors import MissingExtraError, TableError
from langchain_dynaroute.rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from langchain_dynaroute.rows import Row

Records = list[tuple[int, dict[str, Any]]]
"""Rows with their number in the file."""
_LONGEST_CELL = 10_000_000
"""Characters; Python's `csv` takes 131,072 unless told otherwise, and pasted prompts are longer."""


def read_records(path: Path) -> Records:
    """Read the rows of a file by its ending, each with its number: of a line, or of a row from 1.

    Raises:
        TableError: if it is missing, a folder, empty, of another format, or not what its ending says.
    """
    if path.is_dir():
        msg = f"{path} is a folder. Give one file: Parquet, CSV or JSON Lines."
        raise TableError(msg)
    if not path.exists():
        msg = f"There is no file {str(path)!r}."
        raise TableError(msg)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        msg = f"{path.name}: cannot tell its format. Name it .parquet, .csv or .jsonl, or pipe prompts in, one a line."
        raise TableError(msg)
    records = reader(path)
    if not records:
        msg = f"{path.name}: has no rows."
        raise TableError(msg)
    return records


def _parquet(path: Path) -> Records:
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError:
        package, extra = "pyarrow", "bench"
        raise MissingExtraError(package, extra) from None
    try:
        table = pa.parquet.read_table(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        msg = f"{path.name}: cannot be read as Parquet ({' '.join(str(error).split())[:120]})."
        raise TableError(msg) from None
    return list(enumerate(table.to_pylist(), start=1))


def _csv(path: Path) -> Records:
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        rows: Iterable[Row] = read_rows(path) if path.stat().st_size else ()
    finally:
        csv.field_size_limit(before)
    return [(row.number, {name: cell or None for name, cell in row.cells.items()}) for row in rows]


def _json_lines(path: Path) -> Records:
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        msg = f"{path.name}: is not UTF-8 text. Save it as JSON Lines in UTF-8."
        raise TableError(msg) from None
    return [(number, _json_object(path, number, line)) for number, line in enumerate(lines, start=1) if line.strip()]


def _json_object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        value = None
    if not isinstance(value, dict):
        msg = f'{path.name}, row {number}: is no JSON object. Write one a line, like {{"prompt": "…"}}.'
        raise TableError(msg)
    return value


_READERS: dict[str, Callable[[Path], Records]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
}
