"""Which few models make a good pool (LLMRouterBench, Figure 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.bench.dataset_groups import DatasetGroups
    from langchain_dynaroute.bench.seed_scores import SeedData
    from langchain_dynaroute.outcomes import OutcomeTable

RANDOM_POOLS = 20
COVERAGE, BY_MEAN, RANDOM = "coverage", "top-k by mean", "random"


def greedy_coverage(quality: NDArray[np.float64], weights: NDArray[np.float64]) -> list[int]:
    """Return all models, each the one that adds most to the oracle's quality over those before it.

    The gain is submodular, so the first k come within 1 - 1/e of the best pool of k.

    Args:
        quality: Shape (n, m), free of NaN.
        weights: Weight of each prompt, shape (n,).
    """
    order: list[int] = []
    covered = np.zeros(len(quality))
    while len(order) < quality.shape[1]:
        gains = weights @ np.maximum(quality - covered[:, None], 0)
        gains[order] = -np.inf
        order.append(int(gains.argmax()))
        covered = np.maximum(covered, quality[:, order[-1]])
    return order


def oracle_by_size(
    quality: NDArray[np.float64], weights: NDArray[np.float64], order: Sequence[int]
) -> NDArray[np.float64]:
    """Return the oracle's weighted quality over the first 1, 2, … models of `order`, shape (m,)."""
    return np.asarray(weights @ np.maximum.accumulate(quality[:, list(order)], axis=1))


def curation_rows(table: OutcomeTable, groups: DatasetGroups, seeds: Sequence[SeedData]) -> list[dict[str, Any]]:
    """Return rows of the frame `curation`: pools chosen on the training prompts, judged on the others.

    AvgAcc of the oracle over each pool, averaged over the seeds; the pool named is that of the
    first split.

    Args:
        table: All prompts.
        groups: Their datasets.
        seeds: What is judged, and the splits it comes from.
    """
    n_models = len(table.models)
    curves: dict[str, list[NDArray[np.float64]]] = {COVERAGE: [], BY_MEAN: [], RANDOM: []}
    named: dict[str, list[int]] = {}
    for data in seeds:
        judged = np.split(np.arange(len(data.rows)), np.cumsum([len(split.test) for split in data.splits])[:-1])
        weights = _weights(data.groups.index)
        found = {way: np.zeros(n_models) for way in (COVERAGE, BY_MEAN)}
        for split, rows in zip(data.splits, judged, strict=True):
            orders = _orders(table, groups, split.train)
            for way, order in orders.items():
                named.setdefault(way, order)
                found[way] += oracle_by_size(data.test.quality[rows], weights[rows], order)
        for way, curve in found.items():
            curves[way].append(curve)
        rng = np.random.default_rng(data.seed)
        curves[RANDOM] += [
            oracle_by_size(data.test.quality, weights, rng.permutation(n_models).tolist()) for _ in range(RANDOM_POOLS)
        ]
    return [
        {
            "k": k + 1,
            "way": way,
            "oracle_accuracy": float(np.mean([curve[k] for curve in found])),
            "oracle_accuracy_sd": float(np.std([curve[k] for curve in found])) if way == RANDOM else None,
            "models": "; ".join(table.models[i] for i in named[way][: k + 1]) if way in named else "",
        }
        for way, found in curves.items()
        for k in range(n_models)
    ]


def _orders(table: OutcomeTable, groups: DatasetGroups, train: NDArray[np.intp]) -> dict[str, list[int]]:
    rows = train[table.is_complete[train]]
    quality, weights = table.quality[rows], _weights(groups.index[rows])
    return {
        COVERAGE: greedy_coverage(quality, weights),
        BY_MEAN: np.argsort(-(weights @ quality), kind="stable").tolist(),
    }


def _weights(group: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return weights that make a sum over prompts the mean over datasets of their means."""
    _, index, sizes = np.unique(group, return_inverse=True, return_counts=True)
    return np.asarray(1 / (len(sizes) * sizes[index]))
