"""Pools of few models: greedy coverage against every pool, and the frame's last row against the oracle."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from made_up_outcomes import random_table

from langchain_dynaroute.bench.curation import BY_MEAN, COVERAGE, RANDOM, greedy_coverage, oracle_by_size
from langchain_dynaroute.bench.evaluate import Settings, evaluate

MODELS = ("red", "green", "blue", "white", "black")


def covered(quality, weights, pool) -> float:
    return sum(weight * max(row[i] for i in pool) for row, weight in zip(quality, weights, strict=True))


@pytest.mark.parametrize("seed", range(15))
def test_each_step_takes_who_adds_most(seed) -> None:
    """Every model of the greedy order adds at least as much as any that is still left."""
    rng = np.random.default_rng(seed)
    quality, weights = rng.integers(0, 2, (12, 5)) * 1.0, rng.random(12)
    order = greedy_coverage(quality, weights)
    assert sorted(order) == list(range(5))
    for k in range(5):
        taken = covered(quality, weights, order[: k + 1])
        others = set(range(5)) - set(order[:k])
        assert taken == pytest.approx(max(covered(quality, weights, [*order[:k], other]) for other in others))


@pytest.mark.parametrize("seed", range(15))
def test_greedy_is_near_the_best_pool(seed) -> None:
    """The first k cover at least 1 - 1/e of what the best pool of k covers."""
    rng = np.random.default_rng(seed)
    quality, weights = rng.integers(0, 2, (12, 5)) * 1.0, np.full(12, 1 / 12)
    curve = oracle_by_size(quality, weights, greedy_coverage(quality, weights))
    for k in range(1, 6):
        best = max(covered(quality, weights, pool) for pool in combinations(range(5), k))
        assert best + 1e-12 >= curve[k - 1] >= (1 - 1 / np.e) * best - 1e-12


@pytest.mark.parametrize("protocol", ["llmrouterbench", "leave-dataset-out"])
def test_the_pool_of_all_models_is_the_oracle(protocol) -> None:
    """Whatever the way and the protocol, the oracle over all models is the leaderboard's Oracle."""
    table = random_table({"a": 60, "b": 40, "c": 7, "d": 6}, MODELS, graded=True)
    results = evaluate(table, [], Settings(protocol=protocol, seeds=(1, 2)))
    oracle = results.leaderboard.set_index("router").loc["Oracle", "avg_acc"]
    frame = results.curation
    assert frame[frame.k == 5].oracle_accuracy.tolist() == pytest.approx([oracle] * 3)
    assert frame.groupby("way").oracle_accuracy.apply(lambda curve: curve.is_monotonic_increasing).all()
    assert frame[frame.k == 5].set_index("way").loc[COVERAGE, "models"].count("; ") == 4


def test_the_pool_of_one_by_mean_is_best_single_in_training() -> None:
    """The first of the models by mean scores what the best single model known from training does."""
    table = random_table({"a": 60, "b": 40}, MODELS)
    results = evaluate(table, [], Settings(seeds=(1, 2, 3)))
    frame = results.curation.set_index(["way", "k"])
    best = results.leaderboard.set_index("router").loc["Best single (train)", "avg_acc"]
    assert frame.loc[(BY_MEAN, 1), "oracle_accuracy"] == pytest.approx(best)
    assert frame.loc[(RANDOM, 5), "oracle_accuracy_sd"] < 1
