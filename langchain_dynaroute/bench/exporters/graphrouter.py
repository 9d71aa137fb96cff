"""GraphRouter's input (Feng et al. 2025): one table, a row a prompt and model, whose order is the split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from langchain_dynaroute.errors import OutcomeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from langchain_dynaroute.bench.exporters.handover import Handover
    from langchain_dynaroute.outcomes import OutcomeTable

_GUIDE = """
GraphRouter (https://github.com/ulab-uiuc/GraphRouter; per-task split as in
https://github.com/ynulihao/LLMRouterBench, baselines/GraphRouter).
Embed `query`, `task_description` and the features of LLM_Descriptions.json: add the columns
query_embedding and task_description_embedding, each a text like [[0.1 0.2]], to router_data.csv, and save the
models' vectors, in the order of LLM_Descriptions.json, as llm_description_embedding.pkl. In configs/config.yaml set
  saved_router_data_path, llm_description_path, llm_embedding_path, llm_num: {models}, split_ratio: {ratio}
and run: python run_exp.py --config_file configs/config.yaml
It takes the first part of each task's queries to train on: within a task, training rows stand first.
`effect` is the quality, `cost` the cost scaled to 0..1 within a task, `cost_usd` the cost itself.
"""
_HEADER = (
    "task_id",
    "query",
    "record_index",
    "ground_truth",
    "metric",
    "llm",
    "effect",
    "cost",
    "cost_usd",
    "task_description",
    "split",
)


def export_graphrouter(handover: Handover, *, descriptions: Mapping[str, str] | None = None) -> tuple[Path, ...]:
    """Write `router_data.csv` and `LLM_Descriptions.json`.

    Args:
        handover: What is to be written.
        descriptions: Dataset or model → what it is, in words, which GraphRouter embeds; a name
            without one stands for itself.

    Raises:
        OutcomeError: if the table has no costs: GraphRouter's edges need them.
    """
    _leave_out_unpriced(handover)
    words = dict(descriptions or {})
    scales = _cost_scales(handover)
    handover.write_csv("router_data.csv", _HEADER, _rows(handover, scales, words))
    handover.write_json("LLM_Descriptions.json", {name: {"feature": words.get(name, name)} for name in handover.models})
    counts = _counts(handover)
    ratio = sum(train for train, _ in counts.values()) / sum(train + test for train, test in counts.values())
    handover.manifest |= {
        "embeddings": "not computed: query, task_description and the models' features are texts to embed.",
        "split_ratio": [round(ratio, 4), 0.0, round(1 - ratio, 4)],
        "prompts_by_task": {name: {"train": train, "test": test} for name, (train, test) in counts.items()},
        "split_note": "GraphRouter cuts each task at int(n * ratio), which may differ from the split by a query or two; "
        "to be exact, cut where the column `split` turns from train to test.",
    }
    return handover.finish(_GUIDE.format(models=len(handover.models), ratio=handover.manifest["split_ratio"]))


def _leave_out_unpriced(handover: Handover) -> None:
    if handover.train.cost_usd is None or handover.test.cost_usd is None:
        msg = (
            f"{handover.train.name} has no costs, which GraphRouter needs. "
            "Estimate them: `with_estimated_costs(prices)`."
        )
        raise OutcomeError(msg)
    handover.leave_out(lambda part: ~part.is_complete)


def _rows(
    handover: Handover, scales: Mapping[str, tuple[float, float]], words: Mapping[str, str]
) -> Iterator[tuple[Any, ...]]:
    for task in sorted(scales):
        for name, part in handover.parts.items():
            costs = part.costs()
            for row in [row for row, dataset in enumerate(part.datasets) if dataset == task]:
                for column, model in enumerate(part.models):
                    usd = float(costs[row, column])
                    effect = float(part.quality[row, column])
                    fixed = (task, part.prompts[row], row, "", "quality", model, effect)
                    yield *fixed, _scaled(usd, *scales[task]), usd, words.get(task, task), name


def _cost_scales(handover: Handover) -> dict[str, tuple[float, float]]:
    """Return the lowest and the highest cost of each task."""
    costs: dict[str, list[NDArray[np.float64]]] = {}
    for part in handover.parts.values():
        for row, task in enumerate(part.datasets):
            costs.setdefault(task, []).append(part.costs()[row])
    return {task: (float(np.min(rows)), float(np.max(rows))) for task, rows in costs.items()}


def _scaled(usd: float, low: float, high: float) -> float:
    return (usd - low) / (high - low) if high > low else 0.0


def _counts(handover: Handover) -> dict[str, tuple[int, int]]:
    def of(part: OutcomeTable, task: str) -> int:
        return sum(dataset == task for dataset in part.datasets)

    tasks = sorted({*handover.train.datasets, *handover.test.datasets})
    return {task: (of(handover.train, task), of(handover.test, task)) for task in tasks}
