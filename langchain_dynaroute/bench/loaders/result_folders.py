"""Folders in which a run may have left several files: which is the newest of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from langchain_dynaroute.errors import OutcomeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_DIGITS = re.compile(r"\d+")
_STAMP = re.compile(r"(\d{8}_\d{6}|\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}(?:\.\d+)?)\.jsonl?$")


def files_in(path: Path, ending: str, what: str) -> list[Path]:
    """Return a file, or all files of a folder, at any depth, that end like this.

    Raises:
        OutcomeError: if there is none.
    """
    if path.is_file():
        return [path]
    found = sorted(file for file in path.rglob(f"*{ending}") if file.is_file())
    if not found:
        msg = f"{path} holds no {what}: no file ends in {ending!r}." if path.is_dir() else f"There is no {path}."
        raise OutcomeError(msg)
    return found


def stamp_of(file: Path) -> str:
    """Return the time a file is named after, in digits that sort; "" where its name has none."""
    match = _STAMP.search(file.name)
    return "".join(_DIGITS.findall(match[1])) if match else ""


def newest_first(files: Iterable[Path], key: Callable[[Path], object]) -> list[list[Path]]:
    """Return files in groups of the same key, the newest of each group first; names settle a tie."""
    groups: dict[object, list[Path]] = {}
    for file in files:
        groups.setdefault(key(file), []).append(file)
    return [sorted(group, key=lambda file: (stamp_of(file), file.name), reverse=True) for group in groups.values()]
