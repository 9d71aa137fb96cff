"""RouterBench's tables (Hu et al. 2024): a pickled DataFrame as published, or the same as CSV or Parquet."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.bench.loaders.gathering import Gathering, PromptRow, name_of, number_of
from langchain_dynaroute.bench.loaders.wide_tables import ENDINGS, Columns, read_columns
from langchain_dynaroute.errors import OutcomeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langchain_dynaroute.outcome_rows import Repairs
    from langchain_dynaroute.outcomes import OutcomeTable

_NEEDED = ("sample_id", "prompt", "eval_name")
_COST, _RESPONSE = "|total_cost", "|model_response"
_SHOTS = re.compile(r"(\d+)[-_ ]?shot", re.IGNORECASE)
_FAMILIES = {"mmlu-": "mmlu"}
"""Beginning of an `eval_name` → the one dataset that all of them are; the rest is the subject."""
_PARTS = "\n\n"


def load_routerbench(paths: Sequence[Path], repairs: Repairs | None = None, *, responses: bool = True) -> OutcomeTable:
    """Read RouterBench: `sample_id`, `prompt`, `eval_name`, and per model its score, cost and answer.

    Prompts and answers that stand as the text of a Python list are taken apart. The zero-shot
    and the five-shot tables ask other things of the models, and are never pooled.

    Args:
        paths: One file, several of the same shots, or a folder of them.
        repairs: As in `OutcomeTable.load`.
        responses: Whether the answers are kept; the published tables load in half the time without.

    Raises:
        OutcomeError: naming the file, the row and the rule.
    """
    files = [file for path in paths for file in _files_of(path)]
    gathering = Gathering(name_of(paths[0]))
    shots: dict[str, Path] = {}
    _check_shots(shots, ((_shots_in_name(file), file) for file in files))
    for file in files:
        columns = read_columns(file)
        _check_shots(shots, ((_as_shots(value), file) for value in set(columns.get("shots", ()))))
        _gather(gathering, columns, file, responses=responses)
    return gathering.table(repairs)


def _files_of(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    files = [file for file in sorted(path.glob("*")) if file.suffix.lower() in ENDINGS and _SHOTS.search(file.name)]
    if not files:
        msg = f"{path} holds no RouterBench table (routerbench_0shot.pkl, .parquet or .csv, or the 5-shot one)."
        raise OutcomeError(msg)
    return files


def _shots_in_name(file: Path) -> str | None:
    match = _SHOTS.search(file.name)
    return match[1] if match else None


def _as_shots(value: Any) -> str | None:
    number = number_of(value, "shots", "the column 'shots'")
    return None if number is None else f"{number:g}"


def _check_shots(seen: dict[str, Path], found: Any) -> None:
    seen.update({shots: file for shots, file in found if shots is not None and shots not in seen})
    if len(seen) > 1:
        shown = " and ".join(f"{shots}-shot ({file.name})" for shots, file in sorted(seen.items()))
        msg = f"RouterBench: {shown} outcomes may not be pooled: the prompts differ. Load them one by one."
        raise OutcomeError(msg)


def _gather(gathering: Gathering, columns: Columns, file: Path, *, responses: bool) -> None:
    for name in _NEEDED:
        if name not in columns:
            msg = f"{file.name} has no column {name!r}; it has {', '.join(columns)}."
            raise OutcomeError(msg)
    models = _models_in(columns, file)
    shots = columns.get("shots")
    for row, sample in enumerate(columns["sample_id"]):
        place = f"{file.name}, row {row + 1}"
        dataset, category = _dataset_of(str(columns["eval_name"][row]))
        more = None if shots is None else {"shots": shots[row]}
        prompt = _taken_apart(columns["prompt"][row], place)
        gathering.add_prompt(PromptRow(str(sample), dataset, prompt, category, more=more), place)
        for model in models:
            gathering.add_outcome(
                str(sample),
                model,
                f"{place}, {model}",
                score=columns[model][row],
                cost_usd=columns[model + _COST][row] if model + _COST in columns else None,
                response=_response(columns, model, row) if responses else None,
            )


def _models_in(columns: Columns, file: Path) -> list[str]:
    named = {name.rpartition("|")[0] for name in columns if name.endswith((_COST, _RESPONSE))}
    missing = sorted(named - columns.keys())
    if missing:
        msg = f"{file.name} has no column {missing[0]!r}, the score of that model, but other columns of it."
        raise OutcomeError(msg)
    if not named:
        msg = f"{file.name} names no model: a model has the columns MODEL, 'MODEL{_COST}' and 'MODEL{_RESPONSE}'."
        raise OutcomeError(msg)
    return sorted(named)


def _dataset_of(eval_name: str) -> tuple[str, str]:
    for beginning, dataset in _FAMILIES.items():
        if eval_name.startswith(beginning):
            return dataset, eval_name.removeprefix(beginning)
    return eval_name, eval_name


def _response(columns: Columns, model: str, row: int) -> str | None:
    value = columns[model + _RESPONSE][row] if model + _RESPONSE in columns else None
    return None if value is None or value != value else _joined(value)  # noqa: PLR0124 - NaN differs from itself


def _taken_apart(value: Any, place: str) -> str:
    if value is None or value != value:  # noqa: PLR0124 - NaN differs from itself
        msg = f"{place}: there is no prompt."
        raise OutcomeError(msg)
    return _joined(value)


def _joined(value: Any) -> str:
    """Return the parts of a list, or of the text of one, as one text."""
    if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return str(value)
    return _PARTS.join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
