"""RouteLLM's graded answers (Ong et al. 2024): CSV files with a prompt and one column a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_dynaroute.bench.loaders.gathering import Gathering, PromptRow, name_of, number_of
from langchain_dynaroute.bench.loaders.result_folders import files_in
from langchain_dynaroute.bench.loaders.wide_tables import Columns, read_columns
from langchain_dynaroute.errors import OutcomeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langchain_dynaroute.outcome_rows import Repairs
    from langchain_dynaroute.outcomes import OutcomeTable

_RESPONSE = "_response"
_FAMILIES = ("mmlu",)
"""Beginning of a file's name that is the dataset, where the rest is the subject."""


def load_routellm(
    paths: Sequence[Path], repairs: Repairs | None = None, *, models: Sequence[str] | None = None
) -> OutcomeTable:
    """Read `mmlu_SUBJECT.csv`, `gsm8k_responses.csv` and their like: `prompt`, and one score column a model.

    A column `MODEL_response` holds the answers of MODEL. The files name no ids: a prompt's is its
    file and row.

    Args:
        paths: One file, several, or a folder of them.
        repairs: As in `OutcomeTable.load`.
        models: The columns that are models; None takes every column but the prompt and the answers.

    Raises:
        OutcomeError: naming the file, the row and the rule.
    """
    files = [file for path in paths for file in files_in(path, ".csv", "RouteLLM table")]
    gathering = Gathering(name_of(paths[0]))
    for file in files:
        _gather(gathering, read_columns(file), file, models)
    return gathering.table(repairs)


def _gather(gathering: Gathering, columns: Columns, file: Path, chosen: Sequence[str] | None) -> None:
    if "prompt" not in columns:
        msg = f"{file} has no column 'prompt'; it has {', '.join(columns)}."
        raise OutcomeError(msg)
    models = _models_in(columns, file, chosen)
    dataset, category = _dataset_of(file)
    for row, prompt in enumerate(columns["prompt"]):
        prompt_id = f"{file.stem}/{row}"
        place = f"{file.name}, row {row + 1}"
        gathering.add_prompt(PromptRow(prompt_id, dataset, prompt, category), place)
        for model in models:
            answers = columns.get(model + _RESPONSE)
            gathering.add_outcome(
                prompt_id,
                model,
                f"{place}, {model}",
                score=columns[model][row],
                response=None if answers is None else answers[row],
            )


def _models_in(columns: Columns, file: Path, chosen: Sequence[str] | None) -> list[str]:
    answers = {name for name in columns if name.removesuffix(_RESPONSE) in columns and name.endswith(_RESPONSE)}
    models = [name for name in columns if name not in {"prompt", "", *answers} and not name.startswith("Unnamed: ")]
    if chosen is not None:
        for name in chosen:
            if name not in columns:
                msg = f"{file} has no column {name!r}; it has {', '.join(models)}."
                raise OutcomeError(msg)
        return list(chosen)
    for name in models:
        _check_scores(columns[name], name, file)
    if not models:
        msg = f"{file} has a prompt, but no column of a model."
        raise OutcomeError(msg)
    return models


def _check_scores(values: list[str], name: str, file: Path) -> None:
    for row, value in enumerate(values, start=1):
        try:
            number_of(value, name, f"{file.name}, row {row}")
        except OutcomeError as error:
            msg = f"{error} If that column is no model's score, say which columns are: models=[…]."
            raise OutcomeError(msg) from None


def _dataset_of(file: Path) -> tuple[str, str]:
    stem = file.stem.removesuffix("_responses")
    family, _, subject = stem.partition("_")
    return (family, subject) if family in _FAMILIES and subject else (stem, stem)
