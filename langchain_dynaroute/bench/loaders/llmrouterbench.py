"""LLMRouterBench's results (Li et al. 2026): `bench/DATASET/SPLIT/MODEL/*.json`, one file a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_dynaroute.bench.loaders.gathering import Gathering, PromptRow, name_of, required, text_of
from langchain_dynaroute.bench.loaders.json_files import read_object
from langchain_dynaroute.bench.loaders.result_folders import files_in, newest_first
from langchain_dynaroute.errors import OutcomeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langchain_dynaroute.outcome_rows import Repairs
    from langchain_dynaroute.outcomes import OutcomeTable

_DEEPEST = 4
"""DATASET/SPLIT/MODEL/file: how many parts of a path say what a file is."""


def load_llmrouterbench(
    paths: Sequence[Path], repairs: Repairs | None = None, *, responses: bool = True
) -> OutcomeTable:
    """Read a folder of results, at any level above the files.

    Of several runs of one model on one dataset and split the newest is taken, and demonstration
    runs are passed over, as LLMRouterBench's own loader does. A record without a score stays
    missing: that loader takes it for 0.

    Args:
        paths: The folder `results/bench`, or several.
        repairs: As in `OutcomeTable.load`.
        responses: Whether the answers are kept; the whole release holds gigabytes of them.

    Raises:
        OutcomeError: naming the file, the record and the rule.
    """
    files = [file for path in paths for file in files_in(path, ".json", "LLMRouterBench result")]
    gathering = Gathering(name_of(paths[0]))
    for group in newest_first(files, key=lambda file: file.parent):
        _gather_newest(gathering, group, responses=responses)
    return gathering.table(repairs)


def _gather_newest(gathering: Gathering, group: list[Path], *, responses: bool) -> None:
    """Read the newest file of a folder that is no demonstration."""
    for place, file in enumerate(group):
        result = read_object(file)
        required(result, ("records",), str(file))
        if result.get("demo"):
            gathering.note(f"{file.name} is a demonstration run: passed over")
            continue
        if older := len(group) - place - 1:
            gathering.note(f"{file.name} is the newest of {older + 1} runs: {older} older ones are passed over")
        _gather_records(gathering, result, file, responses=responses)
        return


def _gather_records(gathering: Gathering, result: dict[str, Any], file: Path, *, responses: bool) -> None:
    dataset, split, model = _names_of(result, file)
    records = result["records"]
    if not isinstance(records, list):
        msg = f"{file}: 'records' must be a list."
        raise OutcomeError(msg)
    for number, record in enumerate(records, start=1):
        place = f"{file}, record {number}"
        required(record, ("index", "score"), place)
        prompt_id = f"{dataset}/{split}/{record['index']}"
        question = text_of(record.get("origin_query") or record.get("prompt") or "")
        prompt = text_of(record.get("prompt") or question)
        if not prompt:
            msg = f"{place} has neither a prompt nor an origin_query."
            raise OutcomeError(msg)
        row = PromptRow(prompt_id, dataset, prompt, identity=question, more={"split": split})
        gathering.add_prompt(row, str(file))
        gathering.add_outcome(
            prompt_id,
            model,
            place,
            score=record["score"],
            cost_usd=record.get("cost"),
            prompt_tokens=record.get("prompt_tokens"),
            completion_tokens=record.get("completion_tokens"),
            response=(record.get("raw_output") or record.get("prediction")) if responses else None,
        )


def _names_of(result: dict[str, Any], file: Path) -> tuple[str, str, str]:
    """Return dataset, split and model: as the file says, else as its folders are called."""
    parts = file.resolve().parts[-_DEEPEST:-1]
    folders = (
        dict(zip(("dataset_name", "split", "model_name"), parts, strict=True)) if len(parts) == _DEEPEST - 1 else {}
    )
    names = [result.get(key) or folders.get(key) for key in ("dataset_name", "split", "model_name")]
    if not all(names):
        msg = f"{file} does not say its dataset, split and model, and does not stand in DATASET/SPLIT/MODEL/."
        raise OutcomeError(msg)
    return str(names[0]), str(names[1]), str(names[2])
