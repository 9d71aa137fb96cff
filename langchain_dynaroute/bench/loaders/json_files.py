"""JSON and JSON Lines, read so that an error can name the file and the line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.errors import OutcomeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_object(path: Path) -> dict[str, Any]:
    """Read a file that holds one JSON object.

    Raises:
        OutcomeError: naming the file, and the line where the JSON breaks off.
    """
    return parsed_object(_text(path), str(path))


def parsed_object(text: str | bytes, place: str) -> dict[str, Any]:
    """Return the JSON object that a text holds.

    Raises:
        OutcomeError: naming `place`, and the line where the JSON breaks off.
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        msg = f"{place}, line {error.lineno}: not JSON ({error.msg}). Is the file complete?"
        raise OutcomeError(msg) from None
    except (
        ValueError,
        RecursionError,
    ) as error:  # bytes that are no text, integers of thousands of digits, deep nesting
        msg = f"{place}: cannot be read as JSON ({error})."
        raise OutcomeError(msg) from None
    if not isinstance(value, dict):
        msg = f"{place}: holds a JSON {type(value).__name__}, but an object was expected."
        raise OutcomeError(msg)
    return value


def read_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place and the object of each line that is not empty.

    Raises:
        OutcomeError: naming the file and the line.
    """
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if line.strip():
            place = f"{path}, line {number}"
            yield place, parsed_line(line, place)


def parsed_line(line: str, place: str) -> dict[str, Any]:
    """Return the JSON object of one line.

    Raises:
        OutcomeError: naming `place`.
    """
    try:
        return parsed_object(line, place)
    except OutcomeError as error:
        raise OutcomeError(str(error).replace(f"{place}, line 1:", f"{place}:")) from None


def head_of(path: Path, characters: int = 4000) -> str:
    """Return the beginning of a text file, and nothing of what cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as lines:
            return lines.read(characters)
    except OSError:
        return ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror})."
        raise OutcomeError(msg) from None
    except UnicodeDecodeError:
        msg = f"{path}: is not UTF-8 text."
        raise OutcomeError(msg) from None
