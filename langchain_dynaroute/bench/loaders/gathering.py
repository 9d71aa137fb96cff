"""Outcomes gathered from somebody's files, checked for agreement, and made a table."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.errors import OutcomeError
from langchain_dynaroute.outcome_rows import Repairs, columns_of
from langchain_dynaroute.outcomes import OutcomeTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_NUMBERS = ("score", "cost_usd", "prompt_tokens", "completion_tokens")
_ZERO_IS_UNKNOWN = ("cost_usd", "prompt_tokens", "completion_tokens")
"""Columns that are dropped where every value is 0: nobody answers for nothing, with nothing."""
_WORDS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0}
_NOTHING = frozenset({"", "nan", "none", "null", "na"})
_NAMED = 3


@dataclass(frozen=True)
class PromptRow:
    """A prompt as one file has it."""

    prompt_id: str
    dataset: str
    prompt: str
    category: str | None = None
    identity: str | None = None
    """What must agree wherever the prompt is met again; None takes its text."""
    more: Mapping[str, Any] | None = None
    """Further columns."""


class Gathering:
    """Prompts and outcomes of one source, on their way to an `OutcomeTable`."""

    def __init__(self, name: str) -> None:
        """Begin with nothing; `name` is what the table is called."""
        self.name = name
        self.notes: list[str] = []
        self._prompts: dict[str, tuple[PromptRow, str]] = {}
        self._rows: list[dict[str, Any]] = []
        self._disagreeing: dict[str, tuple[str, str]] = {}
        self._other_texts: set[str] = set()

    def note(self, text: str) -> None:
        """Tell something that was done on the way."""
        self.notes.append(text)

    def add_prompt(self, row: PromptRow, place: str) -> None:
        """Take a prompt, or compare it with the one that is there; `place` says where it stands."""
        known, first_place = self._prompts.setdefault(row.prompt_id, (row, place))
        if known is row:
            return
        if (row.identity or row.prompt) != (known.identity or known.prompt):
            self._disagreeing.setdefault(row.prompt_id, (first_place, place))
        elif row.prompt != known.prompt:
            self._other_texts.add(row.prompt_id)

    def add_outcome(self, prompt_id: str, model: str, place: str, **cells: Any) -> None:
        """Take what one model did on one prompt: `score`, `cost_usd`, tokens, `response`.

        Raises:
            OutcomeError: naming the place, if a number is none.
        """
        numbers = {name: number_of(cells.get(name), name, place) for name in _NUMBERS}
        response = cells.get("response")
        text = None if response is None else clean_text(text_of(response))
        self._rows.append({"prompt_id": prompt_id, "model": clean_text(model), **numbers, "response": text})

    def average(self, what: str) -> None:
        """Make one outcome of those that stand several times because of `what` (epochs, runs): the mean."""
        groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in self._rows:
            groups.setdefault((row["prompt_id"], row["model"]), []).append(row)
        repeated = sum(len(group) > 1 for group in groups.values())
        if repeated:
            self._rows = [_mean_row(group) for group in groups.values()]
            self.note(f"{repeated:,} outcomes stood in several {what}: their mean is taken")

    def table(self, repairs: Repairs | None) -> OutcomeTable:
        """Return what was gathered as a table.

        Raises:
            OutcomeError: if there is nothing, if files disagree on a prompt, or if rows break a rule.
        """
        if not self._rows:
            msg = f"{self.name}: no outcome was found."
            raise OutcomeError(msg)
        self._settle_prompts(repairs or Repairs())
        unscored = sum(_is_unknown(row["score"]) for row in self._rows)
        if unscored:
            self.note(f"{unscored:,} answers have no score: kept as missing, not as 0")
        table = OutcomeTable.from_rows(
            columns_of(self._prompt_rows()), self._outcome_columns(), name=self.name, repairs=repairs
        )
        return replace(table, repairs=(*self.notes, *table.repairs))

    def _settle_prompts(self, repairs: Repairs) -> None:
        if self._disagreeing:
            shown = "; ".join(f"{key}: {a} / {b}" for key, (a, b) in list(self._disagreeing.items())[:_NAMED])
            what = f"{len(self._disagreeing):,} prompts have different texts in different places ({shown})"
            if repairs.duplicates != "first":
                msg = f"{self.name}: {what}. Are the files of one benchmark? Repair with duplicates='first'."
                raise OutcomeError(msg)
            self.note(f"{what}: first")
        if self._other_texts:
            self.note(
                f"{len(self._other_texts):,} prompts were sent in another form to some models: the first form is kept"
            )

    def _prompt_rows(self) -> list[Mapping[str, Any]]:
        rows = [row for row, _ in self._prompts.values()]
        with_category = any(row.category is not None for row in rows)
        category = ({"category": clean_text(row.category or "")} if with_category else {} for row in rows)
        return [
            {
                "prompt_id": row.prompt_id,
                "dataset": clean_text(row.dataset),
                "prompt": clean_text(row.prompt),
                **extra,
                **(row.more or {}),
            }
            for row, extra in zip(rows, category, strict=True)
        ]

    def _outcome_columns(self) -> dict[str, list[Any]]:
        columns = {name: [row[name] for row in self._rows] for name in self._rows[0]}
        for name in (*_ZERO_IS_UNKNOWN, "response"):
            values = columns[name]
            if all(value is None for value in values):
                del columns[name]
            elif name in _ZERO_IS_UNKNOWN and not any(values):
                del columns[name]
                self.note(f"every {name} is 0: taken for unknown")
        return columns


def _is_unknown(value: float | None) -> bool:
    return value is None or math.isnan(value)


def _mean_row(group: list[dict[str, Any]]) -> dict[str, Any]:
    if len(group) == 1:
        return group[0]
    means: dict[str, float | None] = {}
    for name in _NUMBERS:
        known = [row[name] for row in group if not _is_unknown(row[name])]
        means[name] = sum(known) / len(known) if known else None
    return {**group[0], **means}


def number_of(value: Any, what: str, place: str) -> float | None:
    """Return a number, a boolean or a text of one as a float; None where there is nothing.

    Raises:
        OutcomeError: naming the place, if it is something else or too large.
    """
    if value is None:
        return None
    try:
        if isinstance(value, str):
            folded = value.strip().lower()
            return None if folded in _NOTHING else _WORDS[folded] if folded in _WORDS else float(folded)
        return float(value)
    except (TypeError, ValueError, OverflowError):
        shown = "a huge integer" if isinstance(value, int) else repr(value)[:60]
        msg = f"{place}: {what} is {shown}, but must be a number."
        raise OutcomeError(msg) from None


def text_of(value: Any) -> str:
    """Return a text, the texts of chat messages or content parts, or anything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and ("content" in value or "text" in value):
        return text_of(value.get("content", value.get("text")))
    if isinstance(value, list) and value and all(isinstance(part, (str, dict)) for part in value):
        return "\n\n".join(text_of(part) for part in value)
    return json.dumps(value, ensure_ascii=False)


def clean_text(text: str) -> str:
    """Return a text without lone surrogates, which no file can hold: U+FFFD stands for them."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if _has_surrogate(text) else text


def _has_surrogate(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def required(record: Mapping[str, Any], names: Iterable[str], place: str) -> None:
    """Check that a record has these fields.

    Raises:
        OutcomeError: naming the place and the field that is missing.
    """
    for name in names:
        if name not in record:
            msg = f"{place} has no {name!r}; it has {', '.join(map(str, record)) or 'nothing'}."
            raise OutcomeError(msg)


def name_of(path: Path) -> str:
    """Return what a table read from a path is called."""
    resolved = path.resolve()
    return resolved.stem if resolved.is_file() else resolved.name
