"""Prompts to be profiled, with what is known of them: their labels, source, language and earlier turns."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NoReturn

from langchain_dynaroute.errors import TableError, did_you_mean
from langchain_dynaroute.evaluation.prompt_files import read_records
from langchain_dynaroute.profiles import Category, DifficultyLevel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from langchain_core.messages import BaseMessage
    from numpy.typing import NDArray

    from langchain_dynaroute.evaluation.prompt_files import Records

PROMPT_COLUMNS = ("prompt", "text")
SOURCE_COLUMNS = ("source", "dataset")
LABELS = ("category", "level")
_LEVELS = {level.name.lower(): level for level in DifficultyLevel}
_NAMED_AT_MOST = 5


@dataclass(frozen=True)
class PromptRow:
    """One prompt; a label that is not known is None."""

    prompt: str
    source: str
    category: Category | None = None
    level: DifficultyLevel | None = None
    language: str = ""
    history: tuple[str, ...] = ()
    """Earlier turns, oldest first, user and assistant in turn."""

    @property
    def asked(self) -> str | list[BaseMessage]:
        """What a classifier is given: the text, or the whole conversation where there is one."""
        if not self.history:
            return self.prompt
        from langchain_core.messages import AIMessage, HumanMessage

        turns: list[BaseMessage] = [
            AIMessage(text) if i % 2 else HumanMessage(text) for i, text in enumerate(self.history)
        ]
        return [*turns, HumanMessage(self.prompt)]


@dataclass(frozen=True)
class PromptTable:
    """Prompts of one file, and what was noticed while reading it."""

    name: str
    rows: tuple[PromptRow, ...]
    notes: tuple[str, ...] = ()
    path: Path | None = None
    labels: tuple[str, ...] = field(default=())
    """Which of `category` and `level` the file tells."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the sources, sorted."""
        return tuple(sorted({row.source for row in self.rows}))

    def labelled(self) -> PromptTable:
        """Return the prompts that have a label.

        Raises:
            TableError: if none has.
        """
        rows = tuple(row for row in self.rows if row.category is not None or row.level is not None)
        if not rows:
            msg = f"{self.name}: no prompt has a label. Fill in {' or '.join(self.labels)}."
            raise TableError(msg)
        left = len(self.rows) - len(rows)
        notes = (f"{left:,} prompt{'s' if left > 1 else ''} without a label left out",) if left else ()
        return replace(self, rows=rows, notes=(*self.notes, *notes))

    def sample(self, count: int, seed: int) -> PromptTable:
        """Return `count` prompts, drawn so that each source, category and level keeps its share.

        The prompts are shuffled, lined up by source, category and level, and taken at even
        steps, so each of these has its share of the file to within one prompt.
        """
        if count >= len(self.rows):
            return self
        import numpy as np

        order: NDArray[Any] = np.random.default_rng(seed).permutation(len(self.rows))
        lined_up = sorted(order.tolist(), key=lambda i: _stratum(self.rows[i]))
        taken = sorted(lined_up[int((step + 0.5) * len(lined_up) / count)] for step in range(count))
        note = f"{count:,} of {len(self.rows):,} prompts drawn by source, category and level (seed {seed})"
        return replace(self, rows=tuple(self.rows[i] for i in taken), notes=(*self.notes, note))


def _stratum(row: PromptRow) -> tuple[str, str, int]:
    return row.source, row.category.value if row.category else "", int(row.level or 0)


def prompts_of(lines: Iterable[str], name: str = "standard input") -> PromptTable:
    """Return one prompt for each line that is not blank.

    Raises:
        TableError: if all are.
    """
    rows = tuple(PromptRow(whole_text(line.rstrip("\r\n")), name) for line in lines if line.strip())
    if not rows:
        msg = f"{name}: has no prompts. Write one a line."
        raise TableError(msg)
    return PromptTable(name, rows)


def read_prompts(path: Path, labels: str = "") -> PromptTable:
    """Read a Parquet, CSV or JSON Lines file.

    Args:
        path: Has a column `prompt` (or `text`), and may have `source` (or `dataset`), `language`
            and `history`; without a source the file's own name is the source.
        labels: Label columns, commas between: `category`, `level`, or `category=COLUMN`. One of
            the two may be missing from the file.

    Raises:
        TableError: naming file, row, rule and the way out.
    """
    records = read_records(path)
    columns = list(dict.fromkeys(name for _, cells in records for name in cells))
    prompt = _column(path, columns)
    named = _label_columns(path, columns, labels)
    _check_prompts(path, records, prompt)
    source = next((name for name in SOURCE_COLUMNS if name in columns), None)
    rows = tuple(_row(path, number, cells, prompt, source, named) for number, cells in records)
    notes = [f"{path.name} has no column {name!r}" for name in LABELS if labels and name not in named]
    mended = sum(whole_text(str(cells[prompt])) != str(cells[prompt]) for _, cells in records)
    if mended:
        notes.append(f"lone surrogates in {mended} prompt{'s' if mended > 1 else ''} were read as \ufffd")
    return PromptTable(path.name, rows, tuple(notes), path, tuple(named))


def _column(path: Path, columns: Sequence[str]) -> str:
    found = next((name for name in PROMPT_COLUMNS if name in columns), None)
    if found is None:
        msg = f"{path.name}: has no column 'prompt' (nor 'text'). It has: {', '.join(map(str, columns))}."
        raise TableError(msg)
    return found


def _label_columns(path: Path, columns: Sequence[str], labels: str) -> dict[str, str]:
    """Return label → column, for the labels that were asked for and that the file has."""
    named = {}
    for part in filter(None, (part.strip() for part in labels.split(","))):
        label, equals, column = (word.strip() for word in part.partition("="))
        if label not in LABELS:
            msg = f"--labels {labels!r}: {label!r} is no label.{did_you_mean(label, LABELS)}"
            raise TableError(msg)
        if equals and column not in columns:
            msg = f"{path.name}: has no column {column!r}.{did_you_mean(column, columns)}"
            raise TableError(msg)
        if (column or label) in columns:
            named[label] = column or label
    if labels and not named:
        msg = (
            f"{path.name}: has none of the label columns asked for ({labels}). It has: {', '.join(map(str, columns))}. "
            "Name others with category=COLUMN,level=COLUMN."
        )
        raise TableError(msg)
    return named


def _check_prompts(path: Path, records: Records, column: str) -> None:
    empty = [number for number, cells in records if not isinstance(cells.get(column), str)]
    if empty:
        shown = ", ".join(map(str, empty[:_NAMED_AT_MOST])) + (", …" if len(empty) > _NAMED_AT_MOST else "")
        rows = "row" if len(empty) == 1 else f"{len(empty)} rows:"
        msg = f"{path.name}, {rows} {shown}: {column!r} holds no text. Take such rows out, or fill them in."
        raise TableError(msg)


def _row(  # noqa: PLR0913, PLR0917 - a row, its place, and which columns mean what
    path: Path, number: int, cells: dict[str, Any], prompt: str, source: str | None, named: dict[str, str]
) -> PromptRow:
    history = cells.get("history")
    return PromptRow(
        prompt=whole_text(cells[prompt]),
        source=str(cells.get(source) or "unnamed") if source else path.stem,
        category=_category(path, number, cells.get(named.get("category", ""))),
        level=_level(path, number, cells.get(named.get("level", ""))),
        language=str(cells.get("language") or ""),
        history=tuple(whole_text(str(turn)) for turn in history) if isinstance(history, (list, tuple)) else (),
    )


def _category(path: Path, number: int, value: Any) -> Category | None:
    if _is_missing(value):
        return None
    try:
        return Category(value)
    except ValueError:
        known = [category.value for category in Category]
        _fail(path, number, f"unknown category {str(value)[:60]!r}.{did_you_mean(str(value)[:60], known)}")


def _level(path: Path, number: int, value: Any) -> DifficultyLevel | None:
    if _is_missing(value):
        return None
    if str(value).strip().lower() in _LEVELS:
        return _LEVELS[str(value).strip().lower()]
    try:
        return DifficultyLevel(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        _fail(path, number, f"level is {str(value)[:60]!r}. Write 1 simple, 2 moderate, 3 complex, or nothing.")


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value)) or not str(value).strip()


def _fail(path: Path, number: int, rule: str) -> NoReturn:
    msg = f"{path.name}, row {number}: {rule}"
    raise TableError(msg) from None


def whole_text(text: str) -> str:
    """Return a text that can be written as UTF-8: paired surrogates are joined, lone ones replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
