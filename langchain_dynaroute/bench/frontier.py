"""Quality against cost: who is on the Pareto frontier, how far the others are from it, and the area under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from langchain_dynaroute.errors import OutcomeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def pareto_frontier(quality: ArrayLike, cost: ArrayLike) -> NDArray[np.bool_]:
    """Return which points no other dominates (LLMRouterBench, section 3.4), shape (p,).

    One point dominates another if it is at least as good and at most as dear, and better in one
    of the two. Equal points do not dominate each other.

    Args:
        quality: Higher is better, shape (p,).
        cost: Lower is better, shape (p,).
    """
    quality, cost = np.asarray(quality, dtype=float), np.asarray(cost, dtype=float)
    order = np.lexsort((-quality, cost))
    q, c = quality[order], cost[order]
    best_before = np.concatenate(([-np.inf], np.maximum.accumulate(q)[:-1]))
    first_of_cost = np.maximum.accumulate(np.where(np.concatenate(([True], c[1:] > c[:-1])), np.arange(len(c)), 0))
    best_cheaper = best_before[first_of_cost]
    on = np.empty(len(q), dtype=bool)
    on[order] = (q > best_cheaper) & (q == q[first_of_cost])
    return on


def pareto_distance(quality: ArrayLike, cost: ArrayLike, all_quality: ArrayLike, all_cost: ArrayLike) -> float:
    """Return ParetoDist (section 3.4): the mean L1 distance of a router's configurations to the frontier.

    The frontier is that of S, all configurations of all routers and all single models. Both axes
    are scaled so that S spans 0 to 1; the paper says normalized and no more.

    Args:
        quality: AvgAcc of the router's configurations, shape (k,).
        cost: Their cost, shape (k,).
        all_quality: AvgAcc of S, shape (p,).
        all_cost: Cost of S, shape (p,).
    """
    everything = np.column_stack((np.asarray(all_quality, dtype=float), np.asarray(all_cost, dtype=float)))
    low, span = everything.min(axis=0), np.ptp(everything, axis=0)
    span = np.where(span > 0, span, 1.0)
    frontier = (everything[pareto_frontier(everything[:, 0], everything[:, 1])] - low) / span
    points = (np.column_stack((np.asarray(quality, dtype=float), np.asarray(cost, dtype=float))) - low) / span
    return float(np.abs(points[:, None, :] - frontier[None, :, :]).sum(axis=2).min(axis=1).mean())


def non_decreasing_hull(cost: ArrayLike, quality: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corners of RouterBench's non-decreasing convex hull, cheapest first.

    Between two routers one can toss a coin, so the upper convex hull of their (cost, quality) is in
    reach; and a dearer point that is worse is never taken, so the curve does not fall.

    Args:
        cost: Shape (p,).
        quality: Shape (p,).

    Returns:
        Cost and quality of the corners, both rising.
    """
    points = sorted(zip(np.asarray(cost, dtype=float).tolist(), np.asarray(quality, dtype=float).tolist(), strict=True))
    hull: list[tuple[float, float]] = []
    best = -np.inf
    for x, y in points:
        if y <= best:
            continue
        if hull and hull[-1][0] == x:
            hull.pop()
        while len(hull) > 1 and _is_below(hull[-2], hull[-1], (x, y)):
            hull.pop()
        hull.append((x, y))
        best = y
    corners = np.array(hull)
    return corners[:, 0], corners[:, 1]


def _is_below(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    """Return whether `b` lies on or below the line from `a` to `c`."""
    return (b[1] - a[1]) * (c[0] - a[0]) <= (c[1] - a[1]) * (b[0] - a[0])


def aiq(cost: ArrayLike, quality: ArrayLike, low: float, high: float) -> float:
    """Return RouterBench's AIQ: the mean quality of the non-decreasing hull over costs from `low` to `high`.

    AIQ = 1 / (high - low) · ∫ R(c) dc. Above its dearest corner the hull stays level. Below its
    cheapest one it is the line from the router that costs nothing and answers nothing: to stay
    level there would give a router that always takes the dearest model its quality at any cost.

    Args:
        cost: Cost of each configuration, shape (k,).
        quality: Its quality, shape (k,).
        low: Cheapest cost of the comparison, the same for all routers in it.
        high: Dearest cost of the comparison.

    Raises:
        OutcomeError: if `high` is not above `low`.
    """
    if not high > low:
        msg = f"AIQ needs a range of costs; it was given {low:g} to {high:g}."
        raise OutcomeError(msg)
    corner_cost, corner_quality = non_decreasing_hull(cost, quality)
    if corner_cost[0] > 0:
        corner_cost, corner_quality = np.append(0.0, corner_cost), np.append(0.0, corner_quality)
    inner = corner_cost[(corner_cost > low) & (corner_cost < high)]
    at = np.concatenate(([low], inner, [high]))
    return float(np.trapezoid(np.interp(at, corner_cost, corner_quality), at) / (high - low))
