"""Rows of a CSV file that know their place, so that an error can name it."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from langchain_dynaroute.errors import TableError

if TYPE_CHECKING:
    from pathlib import Path

_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class Row:
    """One row of a CSV file, with its place for error messages."""

    path: Path
    number: int
    cells: dict[str, str]

    def fail(self, rule: str) -> NoReturn:
        """Raise an error that names file, row and `rule`."""
        name = self.cells.get("name") or self.cells.get("category")
        shown = f" ({name})" if name else ""
        msg = f"{self.path.name}, row {self.number}{shown}: {rule}"
        raise TableError(msg) from None

    def number_in(self, column: str, low: float, high: float) -> float | None:
        """Read a number from `low` to `high`; an empty cell is None, anything else an error."""
        text = (self.cells.get(column) or "").strip()
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            self.fail(f"{column} is {text!r}, which is not a number.")
        if not math.isfinite(value) or not low <= value <= high:
            bound = f"from {low:g} to {high:g}" if high < math.inf else f"{low:g} or more"
            self.fail(f"{column} is {text}, but must be {bound}.")
        return value

    def boolean(self, column: str) -> bool | None:
        """Read true or false; an empty cell is None."""
        text = (self.cells.get(column) or "").strip().lower()
        if text and text not in _BOOLEANS:
            self.fail(f"{column} is {text!r}; write true, false or nothing.")
        return _BOOLEANS.get(text)

    def json_object(self, column: str) -> dict[str, Any]:
        """Read a JSON object; an empty cell is an empty one."""
        text = (self.cells.get(column) or "").strip()
        try:
            value = json.loads(text or "{}")
        except json.JSONDecodeError:
            value = None
        if not isinstance(value, dict):
            self.fail(f'{column} is {text!r}; write a JSON object like {{"reasoning_effort": "high"}}.')
        return value


def read_rows(path: Path) -> tuple[Row, ...]:
    """Read a CSV file's rows; the header is row 1.

    Raises:
        TableError: if the file is missing, is not UTF-8 CSV, repeats a column, or a row has
            more or fewer cells than the header.
    """
    text = _text_of(path)
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [column.strip() for column in next(lines, [])]
        records = [(lines.line_num, record) for record in lines if any(map(str.strip, record))]
    except csv.Error as error:
        msg = f"{path.name}, row {lines.line_num}: {error}."
        raise TableError(msg) from None
    if not header or len(set(header)) < len(header):
        msg = f"{path.name}, row 1: every column needs a name of its own; found {header}."
        raise TableError(msg)
    rows = []
    for number, record in records:
        if len(record) != len(header):
            msg = f"{path.name}, row {number}: has {len(record)} cells, but the header has {len(header)} columns."
            raise TableError(msg)
        rows.append(Row(path, number, dict(zip(header, record, strict=True))))
    return tuple(rows)


def header_of(path: Path) -> tuple[str, ...]:
    """Return the column names of a CSV file.

    Raises:
        TableError: if the file is missing or is not UTF-8.
    """
    return tuple(column.strip() for column in next(csv.reader(io.StringIO(_text_of(path), newline="")), []))


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror})."
        raise TableError(msg) from None
    except UnicodeDecodeError:
        msg = f"{path.name}: is not UTF-8 text. Save it as CSV in UTF-8."
        raise TableError(msg) from None
