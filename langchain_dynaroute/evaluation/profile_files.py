"""Profiles of prompts as a file: a row a prompt, with every probability."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.errors import MissingExtraError
from langchain_dynaroute.profiles import Category, DifficultyLevel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langchain_dynaroute.evaluation.labelled_prompts import PromptRow
    from langchain_dynaroute.profiles import TaskProfile

ENDINGS = (".csv", ".parquet")


def write_profiles(path: Path, rows: Sequence[PromptRow], profiles: Sequence[TaskProfile]) -> None:
    """Write prompt, category, level and confidence, and the probability of each category and level.

    Raises:
        MissingExtraError: for Parquet, if pyarrow is not installed.
    """
    found = [_record(row, profile) for row, profile in zip(rows, profiles, strict=True)]
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".parquet":
        _write_parquet(path, found)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


def _record(row: PromptRow, profile: TaskProfile) -> dict[str, Any]:
    categories, levels = profile.category_probabilities or {}, profile.level_probabilities or {}
    return {
        "source": row.source,
        "prompt": row.prompt,
        "category": profile.category.value,
        "level": int(profile.level),
        "confidence": profile.confidence,
        **{f"probability:{category.value}": categories.get(category) for category in Category},
        **{f"probability:level {level.value}": levels.get(level) for level in DifficultyLevel},
        "evidence": ", ".join(profile.evidence),
        "note": profile.note,
    }


def _write_parquet(path: Path, found: list[dict[str, Any]]) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError:
        package, extra = "pyarrow", "bench"
        raise MissingExtraError(package, extra) from None
    pa.parquet.write_table(pa.Table.from_pylist(found), path)
