"""The Pareto frontier and the area under it, against definitions written out as loops."""

from __future__ import annotations

import numpy as np
import pytest

from langchain_dynaroute.bench.frontier import aiq, non_decreasing_hull, pareto_distance, pareto_frontier
from langchain_dynaroute.errors import OutcomeError

SEEDS = range(40)


def points(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Up to 12 points on a coarse grid, so that ties are common."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 13))
    return rng.integers(0, 6, n) / 5, rng.integers(0, 6, n).astype(float)


def dominated(i: int, quality: np.ndarray, cost: np.ndarray) -> bool:
    return any(
        quality[j] >= quality[i] and cost[j] <= cost[i] and (quality[j] > quality[i] or cost[j] < cost[i])
        for j in range(len(quality))
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_the_frontier_is_what_nothing_dominates(seed) -> None:
    """A point is on the frontier exactly if no other is as good and as cheap, and better in one; equals stay."""
    quality, cost = points(seed)
    assert pareto_frontier(quality, cost).tolist() == [not dominated(i, quality, cost) for i in range(len(quality))]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_distance_is_the_mean_l1_to_the_nearest(seed) -> None:
    """ParetoDist is the mean over configurations of the least |Δquality| + |Δcost| to the frontier, scaled by S."""
    quality, cost = points(seed)
    q, c = points(seed + 1000)
    all_q, all_c = np.concatenate((quality, q)), np.concatenate((cost, c))

    def scaled(value: float, axis: np.ndarray) -> float:
        return (value - axis.min()) / (axis.max() - axis.min() or 1)

    frontier = [i for i in range(len(all_q)) if not dominated(i, all_q, all_c)]
    naive = np.mean(
        [
            min(
                abs(scaled(x, all_q) - scaled(all_q[i], all_q)) + abs(scaled(y, all_c) - scaled(all_c[i], all_c))
                for i in frontier
            )
            for x, y in zip(quality, cost, strict=True)
        ]
    )
    assert pareto_distance(quality, cost, all_q, all_c) == pytest.approx(naive, abs=1e-12)


def test_a_router_on_the_frontier_has_no_distance() -> None:
    """ParetoDist is 0 for who is on the frontier with every configuration, one point alone included."""
    assert pareto_distance([0.9, 0.5], [2.0, 1.0], [0.9, 0.5, 0.4], [2.0, 1.0, 2.0]) == 0
    assert pareto_distance([0.9], [2.0], [0.9], [2.0]) == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_the_hull_is_the_best_toss_of_a_coin(seed) -> None:
    """At every cost the hull is the best that one router, or a coin between two, gets for that or less."""
    quality, cost = points(seed)
    corner_cost, corner_quality = non_decreasing_hull(cost, quality)
    assert (np.diff(corner_cost) > 0).all()
    assert (np.diff(corner_quality) > 0).all()
    for at in np.linspace(cost.min(), cost.max() + 1, 23):
        best = max(q for q, c in zip(quality, cost, strict=True) if c <= at)
        for q1, c1 in zip(quality, cost, strict=True):
            for q2, c2 in zip(quality, cost, strict=True):
                if c1 < at < c2:
                    best = max(best, q1 + (q2 - q1) * (at - c1) / (c2 - c1))
        assert np.interp(at, corner_cost, corner_quality) == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_aiq_is_the_mean_height(seed) -> None:
    """AIQ is the mean of the hull over the range, as a fine sum has it."""
    quality, cost = points(seed)
    cost = cost + 1
    hull = non_decreasing_hull(cost, quality)
    at = np.linspace(1, 7, 200_001)
    heights = np.where(at < hull[0][0], hull[1][0] * at / hull[0][0], np.interp(at, *hull))
    assert aiq(cost, quality, 1, 7) == pytest.approx(heights.mean(), abs=1e-5)


def test_a_dear_constant_router_does_not_get_its_quality_at_any_cost() -> None:
    """A router that always takes the dearest model offers at half its cost half its quality, not all of it."""
    assert aiq([10.0], [0.8], 0.0, 10.0) == pytest.approx(0.4)
    assert aiq([10.0, 1.0], [0.8, 0.8], 1.0, 10.0) == pytest.approx(0.8)


def test_aiq_needs_a_range() -> None:
    """One model alone spans no range of costs."""
    with pytest.raises(OutcomeError, match="AIQ needs a range of costs"):
        aiq([1.0], [0.5], 2.0, 2.0)
