"""Which few models make a good pool (LLMRouterBench, Figure 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.bench.dataset_groups import DatasetGroups
    from langchain_dynaroute.bench.protocol import Split
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


def curation_rows(table: OutcomeTable, groups: DatasetGroups, splits: Sequence[Split]) -> list[dict[str, Any]]:
    """Return rows of the frame `curation`: pools chosen on the training prompts, judged on the others.

    AvgAcc of the oracle over each pool, averaged over the splits; the pool named is that of the
    first split.
    """
    n_models = len(table.models)
    curves: dict[str, list[NDArray[np.float64]]] = {COVERAGE: [], BY_MEAN: [], RANDOM: []}
    named: dict[str, list[int]] = {}
    for split in splits:
        train = table.take(split.train[table.is_complete[split.train]])
        test = table.take(split.test)
        train_weights, weights = _weights(groups.at(train)), _weights(groups.at(test))
        orders = {
            COVERAGE: greedy_coverage(train.quality, train_weights),
            BY_MEAN: np.argsort(-(train_weights @ train.quality), kind="stable").tolist(),
        }
        for way, order in orders.items():
            named.setdefault(way, order)
            curves[way].append(oracle_by_size(test.quality, weights, order))
        rng = np.random.default_rng(split.seed)
        curves[RANDOM] += [
            oracle_by_size(test.quality, weights, rng.permutation(n_models).tolist()) for _ in range(RANDOM_POOLS)
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


def _weights(groups: DatasetGroups) -> NDArray[np.float64]:
    """Return weights that make a sum over prompts the mean over datasets of their means."""
    sizes = np.array(groups.sizes, dtype=float)
    return np.asarray(1 / (len(sizes) * sizes[groups.index]))
