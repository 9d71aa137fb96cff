"""RouterArena's cached results (Lu et al. 2025): JSON Lines, one file a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_dynaroute.bench.loaders.gathering import Gathering, PromptRow, name_of, required
from langchain_dynaroute.bench.loaders.json_files import read_lines
from langchain_dynaroute.bench.loaders.result_folders import files_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langchain_dynaroute.outcome_rows import Repairs
    from langchain_dynaroute.outcomes import OutcomeTable


def load_routerarena(paths: Sequence[Path], repairs: Repairs | None = None) -> OutcomeTable:
    """Read `cached_results/MODEL.jsonl`, or one of them.

    A line whose `evaluation_result` is null was not graded: its score stays missing. Of several
    runs (`run_number`) the mean is taken.

    Raises:
        OutcomeError: naming the file, the line and the rule.
    """
    files = [file for path in paths for file in files_in(path, ".jsonl", "RouterArena result")]
    gathering = Gathering(name_of(paths[0]))
    for file in files:
        for place, record in read_lines(file):
            _gather(gathering, record, place, file)
    gathering.average("runs")
    return gathering.table(repairs)


def _gather(gathering: Gathering, record: dict[str, Any], place: str, file: Path) -> None:
    required(record, ("global_index", "question", "evaluation_result"), place)
    prompt_id = str(record["global_index"])
    dataset, category = _dataset_of(prompt_id)
    gathering.add_prompt(PromptRow(prompt_id, dataset, str(record["question"]), category), place)
    graded = record["evaluation_result"] or {}
    usage = record.get("token_usage") or {}
    gathering.add_outcome(
        prompt_id,
        str(record.get("llm_selected") or file.stem),
        place,
        score=graded.get("score"),
        cost_usd=graded.get("inference_cost"),
        prompt_tokens=usage.get("input_tokens"),
        completion_tokens=usage.get("output_tokens"),
        response=record.get("generated_answer"),
    )


def _dataset_of(global_index: str) -> tuple[str, str]:
    """Return dataset and subject of `MMLUPro_physics_8719` or `AIME_112`."""
    name = global_index.rpartition("_")[0] or global_index
    dataset, _, subject = name.partition("_")
    return dataset, subject or dataset
