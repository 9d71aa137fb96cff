"""EmbedLLM's input (Zhuang et al. 2025): a CSV row a prompt and model, with the label right or wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from langchain_dynaroute.bench.exporters.handover import Handover
    from langchain_dynaroute.outcomes import OutcomeTable

_GUIDE = """
EmbedLLM (https://github.com/richardzhuang0412/EmbedLLM).
Put train.csv, test.csv and question_order.csv into its folder data/. Then
  cd data_preprocessing && python get_question_embedding_tensor.py
  cd ../algorithm && python mf.py --eval-mode router --model-num {models}
  (or python knn.py)
"""
_HEADER = ("prompt_id", "model_id", "category_id", "label", "model_name", "category", "prompt")


def export_embedllm(handover: Handover, *, threshold: float = 0.5) -> tuple[Path, ...]:
    """Write `train.csv`, `test.csv` and `question_order.csv`.

    Args:
        handover: What is to be written.
        threshold: The quality from which an answer counts as right; EmbedLLM knows only 0 and 1.
    """
    prompts = [*handover.train.prompts, *handover.test.prompts]
    ids = {prompt: number for number, prompt in enumerate(dict.fromkeys(prompts))}
    handover.write_csv("question_order.csv", ("prompt_id", "prompt"), ((n, prompt) for prompt, n in ids.items()))
    datasets = {name: n for n, name in enumerate(sorted({*handover.train.datasets, *handover.test.datasets}))}
    graded = 0
    for name, part in handover.parts.items():
        handover.write_csv(f"{name}.csv", _HEADER, _rows(part, ids, datasets, threshold))
        graded += int(np.isin(part.quality, (0.0, 1.0), invert=True).sum())
    handover.manifest["embeddings"] = (
        "not computed: its get_question_embedding_tensor.py makes question_embeddings.pth from question_order.csv."
    )
    handover.manifest["label"] = f"1 where quality >= {threshold:g}; {graded:,} qualities were neither 0 nor 1."
    return handover.finish(_GUIDE.format(models=len(handover.models)))


def _rows(
    part: OutcomeTable, ids: Mapping[str, int], datasets: Mapping[str, int], threshold: float
) -> Iterator[tuple[Any, ...]]:
    for row, prompt in enumerate(part.prompts):
        dataset = part.datasets[row]
        for column, model in enumerate(part.models):
            label = int(part.quality[row, column] >= threshold)
            yield ids[prompt], column, datasets[dataset], label, model, dataset, prompt
