"""RouteLLM's input (Ong et al. 2024): pairwise comparisons to train on, and graded answers to evaluate on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from langchain_dynaroute.bench.exporters.handover import known
from langchain_dynaroute.errors import OutcomeError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from langchain_dynaroute.bench.exporters.handover import Handover
    from langchain_dynaroute.outcomes import OutcomeTable

_GUIDE = """
RouteLLM (https://github.com/lm-sys/RouteLLM; matrix factorisation as in
https://github.com/ynulihao/LLMRouterBench, baselines/RouteLLM). Strong: {strong}. Weak: {weak}.
Embed the prompts of prompt_index.json in the order of idx, save them as prompt_embeddings.npy
(float32, one row an idx), and train on pairwise_train.json (idx, model_a, model_b, winner; ties are left out).
Evaluate on pairwise_test.json, or on test.csv as RouteLLM does on its own evals (prompt, one column a model).
"""
_PAIR = 2


def export_routellm(handover: Handover, *, strong: str | None = None, weak: str | None = None) -> tuple[Path, ...]:
    """Write `pairwise_train.json`, `pairwise_test.json`, `prompt_index.json`, `train.csv` and `test.csv`.

    Args:
        handover: What is to be written.
        strong: The strong model; None takes, of two models, the better one on the training part.
        weak: The weak model.

    Raises:
        OutcomeError: if a table of more than two models leaves the pair open, or names none of its models.
    """
    strong, weak = _pair(handover, strong, weak)
    ids = {key: n for n, key in enumerate((*handover.train.prompt_ids, *handover.test.prompt_ids))}
    handover.write_json("prompt_index.json", [entry for part in handover.parts.values() for entry in _index(part, ids)])
    for name, part in handover.parts.items():
        pairs = list(_comparisons(part.of_models((strong, weak)), ids))
        kept = pairs if name == "test" else [pair for pair in pairs if pair["winner"] != "tie"]
        handover.write_json(f"pairwise_{name}.json", kept)
        handover.write_csv(f"{name}.csv", ("prompt", *part.models), _graded(part))
    handover.manifest |= {"strong": strong, "weak": weak}
    handover.manifest["embeddings"] = "not computed: prompt_embeddings.npy must be made from prompt_index.json."
    return handover.finish(_GUIDE.format(strong=strong, weak=weak))


def _pair(handover: Handover, strong: str | None, weak: str | None) -> tuple[str, str]:
    models = handover.models
    if strong is None and weak is None and len(models) == _PAIR:
        means = handover.train.quality.mean(axis=0)
        return models[int(np.argmax(means))], models[1 - int(np.argmax(means))]
    if strong is None or weak is None or strong == weak:
        msg = f"RouteLLM routes between two models, but there are {len(models)}. Name two of them: strong=…, weak=…."
        raise OutcomeError(msg)
    for name in (strong, weak):
        if name not in models:
            msg = f"{handover.train.name}: there is no model {name!r}.{did_you_mean(name, models)}"
            raise OutcomeError(msg)
    return strong, weak


def _index(part: OutcomeTable, ids: dict[str, int]) -> Iterator[dict[str, Any]]:
    for key, dataset, prompt in zip(part.prompt_ids, part.datasets, part.prompts, strict=True):
        yield {"idx": ids[key], "prompt_id": key, "dataset_id": dataset, "prompt": prompt}


def _comparisons(pair: OutcomeTable, ids: dict[str, int]) -> Iterator[dict[str, Any]]:
    """Yield a comparison a prompt, of a table of the strong and the weak model."""
    for row, key in enumerate(pair.prompt_ids):
        a, b = pair.quality[row]
        cost = (None, None) if pair.cost_usd is None else pair.cost_usd[row].tolist()
        yield {
            "idx": ids[key],
            "dataset_id": pair.datasets[row],
            "prompt": pair.prompts[row],
            "model_a": pair.models[0],
            "model_b": pair.models[1],
            "score_model_a": float(a),
            "score_model_b": float(b),
            **{f"cost_model_{name}": None if usd is None else known(usd) for name, usd in zip("ab", cost, strict=True)},
            "is_tie": bool(a == b),
            "winner": "tie" if a == b else "model_a" if a > b else "model_b",
        }


def _graded(part: OutcomeTable) -> Iterator[tuple[Any, ...]]:
    for prompt, qualities in zip(part.prompts, part.quality.tolist(), strict=True):
        yield prompt, *({1.0: True, 0.0: False}.get(quality, quality) for quality in qualities)
