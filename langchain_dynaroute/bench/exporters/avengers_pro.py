"""Avengers-Pro's input (Zhang et al. 2025): a JSON line a prompt, with every model's score and usage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from langchain_dynaroute.bench.exporters.handover import Handover, known

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from langchain_dynaroute.outcomes import OutcomeTable

_GUIDE = """
Avengers-Pro (https://github.com/ynulihao/LLMRouterBench, baselines/AvengersPro).
In a copy of config/simple_config.json (accuracy) or config/balance_config.json (accuracy and cost) set
  "train_data_path": train.jsonl, "test_data_path": test.jsonl, "baseline_scores_path": baseline_scores.json
and run: python -m baselines.AvengersPro.simple_cluster_router --config CONFIG --output LOG
(or balance_cluster_router, which needs costs).
"""
_USAGES = ("completion_tokens", "prompt_tokens")


def export_avengers_pro(handover: Handover) -> tuple[Path, ...]:
    """Write `train.jsonl`, `test.jsonl` and `baseline_scores.json` (percent per model and dataset, on test)."""
    handover.manifest["embeddings"] = "it embeds `query` itself, through the embedding service of its config."
    for name, part in handover.parts.items():
        handover.write_lines(f"{name}.jsonl", _lines(part))
    handover.write_json("baseline_scores.json", _baselines(handover.test))
    return handover.finish(_GUIDE)


def _lines(part: OutcomeTable) -> Iterator[dict[str, Any]]:
    for row, prompt in enumerate(part.prompts):
        yield {
            "query": prompt,
            "dataset": part.datasets[row],
            "index": row,
            "prompt_id": part.prompt_ids[row],
            "records": {model: float(part.quality[row, column]) for column, model in enumerate(part.models)},
            "usages": {model: _usage(part, row, column) for column, model in enumerate(part.models)},
        }


def _usage(part: OutcomeTable, row: int, column: int) -> dict[str, float]:
    cells = {name: getattr(part, name) for name in _USAGES} | {"cost": part.cost_usd}
    values = {name: known(array[row, column]) for name, array in cells.items() if array is not None}
    return {name: value for name, value in values.items() if value is not None}


def _baselines(part: OutcomeTable) -> dict[str, dict[str, float]]:
    of_dataset = {name: np.array([dataset == name for dataset in part.datasets]) for name in part.dataset_names}
    return {
        model: {
            name: round(100 * float(part.quality[rows, column].mean()), 2) for name, rows in sorted(of_dataset.items())
        }
        for column, model in enumerate(part.models)
    }
