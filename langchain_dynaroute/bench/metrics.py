"""What a router's choices are worth: pure functions, arrays in, numbers out.

Shapes: `n` prompts, `D` datasets, `k` configurations of one router, `...` any leading axes. Quality
and accuracy lie in [0, 1], higher is better; every array must be free of NaN. Equations are those of
LLMRouterBench section 3.4 (AvgAcc to CostSave), LLMRank B.5 and RouteLLM section 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from langchain_dynaroute.errors import OutcomeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_ROUNDING = 1e-12
"""Sums in another order differ by less; figures this near are equal."""


def dataset_means(values: ArrayLike, group: ArrayLike, n_groups: int) -> NDArray[np.float64]:
    """Return the mean of `values` within each dataset: Acc(a, d) when they are qualities.

    Args:
        values: One number a prompt, shape (..., n).
        group: Dataset of each prompt as an index from 0 to `n_groups` - 1, shape (n,).
        n_groups: D; each has at least one prompt.

    Returns:
        Shape (..., D). Equal rows of `values` have equal means, to the last bit.
    """
    values, group = _finite(values, "values"), np.asarray(group)
    counts = np.bincount(group, minlength=n_groups)
    if len(counts) > n_groups or not counts.all():
        msg = f"Every one of the {n_groups} datasets needs a prompt; the counts are {counts.tolist()}."
        raise OutcomeError(msg)
    order = np.argsort(group, kind="stable")
    starts = np.cumsum(counts) - counts
    return np.asarray(np.add.reduceat(np.take(values, order, axis=-1), starts, axis=-1) / counts)


def average_accuracy(accuracy: ArrayLike) -> NDArray[np.float64]:
    """Return AvgAcc, the mean over datasets (LLMRouterBench, section 3.4): shape (..., D) to (...)."""
    return np.asarray(_finite(accuracy, "accuracy").mean(axis=-1))


def gain_over_random(accuracy: ArrayLike, random_accuracy: ArrayLike) -> NDArray[np.float64]:
    """Return Gain@R = mean over d of Acc(a, d) / Acc(R, d) - 1 (section 3.4); see `relative_gain`."""
    return relative_gain(accuracy, random_accuracy)


def gain_over_best_single(accuracy: ArrayLike, best_single_accuracy: ArrayLike) -> NDArray[np.float64]:
    """Return Gain@B = mean over d of Acc(a, d) / Acc(B, d) - 1 (section 3.4); see `relative_gain`."""
    return relative_gain(accuracy, best_single_accuracy)


def gap_to_oracle(accuracy: ArrayLike, oracle_accuracy: ArrayLike) -> NDArray[np.float64]:
    """Return Gap@O = mean over d of 1 - Acc(a, d) / Acc(O, d) (section 3.4); see `relative_gain`."""
    return 0.0 - relative_gain(accuracy, oracle_accuracy)


def relative_gain(accuracy: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
    """Return the mean over datasets of accuracy / reference - 1.

    A dataset on which the reference scores 0 has no ratio and is left out; `has_ratio` tells which.

    Args:
        accuracy: Shape (..., D).
        reference: Shape (D,).

    Raises:
        OutcomeError: if the reference is 0 everywhere.
    """
    accuracy, reference = _finite(accuracy, "accuracy"), _finite(reference, "reference")
    usable = has_ratio(reference)
    if not usable.any():
        msg = "The reference scores 0 on every dataset, so there is no ratio to it."
        raise OutcomeError(msg)
    return np.asarray((accuracy[..., usable] / reference[usable] - 1).mean(axis=-1))


def has_ratio(reference: ArrayLike) -> NDArray[np.bool_]:
    """Return whether each dataset counts in ratios to `reference`, shape (D,): whether it is above 0."""
    return np.asarray(np.asarray(reference, dtype=float) > 0)


def perf_gain(average: ArrayLike, best_single_average: float) -> float:
    """Return PerfGain = AvgAcc(θ*) / AvgAcc(B) - 1, θ* the most accurate configuration (section 3.4).

    Args:
        average: AvgAcc of each configuration, shape (k,).
        best_single_average: AvgAcc of the best single model.
    """
    if best_single_average <= 0:
        msg = "The best single model scores 0, so there is no gain relative to it."
        raise OutcomeError(msg)
    return float(_finite(average, "average").max() / best_single_average - 1)


def cost_saving(
    average: ArrayLike, cost: ArrayLike, best_single_average: float, best_single_cost: float
) -> float | None:
    """Return CostSave = 1 - Cost(θ†) / Cost(B) (section 3.4), or None where the paper prints N/A.

    θ† is the cheapest configuration that is at least as accurate as the best single model.

    Args:
        average: AvgAcc of each configuration, shape (k,).
        cost: Cost of each configuration in USD, shape (k,); for the same prompts as
            `best_single_cost`.
        best_single_average: AvgAcc of the best single model.
        best_single_cost: Its cost in USD.
    """
    good_enough = _finite(average, "average") >= best_single_average - _ROUNDING
    if not good_enough.any() or best_single_cost <= 0:
        return None
    return float(1 - _finite(cost, "cost")[good_enough].min() / best_single_cost)


def efficiency(quality: float, oracle_quality: float) -> float:
    """Return quality over the oracle's quality (LLMRank, B.5), a share; 1 is the oracle."""
    return _ratio(quality, oracle_quality, "the oracle's quality")


def cost_ratio(cost_usd: float, oracle_cost_usd: float) -> float:
    """Return cost over the oracle's cost (LLMRank, B.5); 1 is the oracle, lower is cheaper."""
    return _ratio(cost_usd, oracle_cost_usd, "the oracle's cost")


def quality_gap(quality: float, oracle_quality: float) -> float:
    """Return the oracle's quality minus quality (LLMRank, B.5), in [0, 1] points of quality."""
    return oracle_quality - quality


def mean_utility(quality: ArrayLike, cost_usd: ArrayLike, cost_weight: float) -> NDArray[np.float64]:
    """Return the mean of quality - λ · cost over prompts (LLMRank, equation 3): shape (..., n) to (...)."""
    utility = _finite(quality, "quality") - cost_weight * _finite(cost_usd, "cost_usd")
    return np.asarray(utility.mean(axis=-1))


def pgr(quality: ArrayLike, weak_quality: float, strong_quality: float) -> NDArray[np.float64]:
    """Return RouteLLM's performance gap recovered: (q - q_weak) / (q_strong - q_weak); 1 is the strong model."""
    if strong_quality <= weak_quality:
        msg = f"The strong model ({strong_quality:.3f}) is no better than the weak one ({weak_quality:.3f})."
        raise OutcomeError(msg)
    return (_finite(quality, "quality") - weak_quality) / (strong_quality - weak_quality)


def apgr(strong_share: ArrayLike, quality: ArrayLike, weak_quality: float, strong_quality: float) -> float:
    """Return RouteLLM's APGR: the area under PGR over the share of prompts sent to the strong model.

    The curve starts at the weak model (share 0, PGR 0) and ends at the strong one (share 1, PGR 1);
    0.5 is what sending prompts at random gets.

    Args:
        strong_share: Share of prompts sent to the strong model, shape (k,).
        quality: Mean quality at that share, shape (k,).
        weak_quality: Mean quality of the weak model.
        strong_quality: Mean quality of the strong model.
    """
    share, recovered = _pgr_curve(strong_share, quality, weak_quality, strong_quality)
    return float(np.trapezoid(recovered, share))


def cpt(
    target_pgr: float, strong_share: ArrayLike, quality: ArrayLike, weak_quality: float, strong_quality: float
) -> float:
    """Return RouteLLM's CPT: the least share of prompts sent to the strong model that recovers `target_pgr`.

    Args:
        target_pgr: In (0, 1]; the paper prints 0.5 and 0.8.
        strong_share: As in `apgr`.
        quality: As in `apgr`.
        weak_quality: As in `apgr`.
        strong_quality: As in `apgr`.
    """
    share, recovered = _pgr_curve(strong_share, quality, weak_quality, strong_quality)
    return float(share[recovered >= target_pgr - _ROUNDING].min())


def _pgr_curve(
    strong_share: ArrayLike, quality: ArrayLike, weak_quality: float, strong_quality: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    share = np.concatenate(([0.0], _finite(strong_share, "strong_share"), [1.0]))
    recovered = np.concatenate(([0.0], pgr(quality, weak_quality, strong_quality), [1.0]))
    order = np.lexsort((recovered, share))
    return share[order], recovered[order]


def _ratio(value: float, reference: float, what: str) -> float:
    if reference <= 0:
        msg = f"There is no ratio: {what} is {reference:g}."
        raise OutcomeError(msg)
    return value / reference


def _finite(values: ArrayLike, name: str) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=float)
    if array.size == 0 or not np.isfinite(array).all():
        what = "is empty" if array.size == 0 else f"holds {int((~np.isfinite(array)).sum())} values that are not finite"
        msg = f"{name} {what}; leave prompts with missing outcomes out first (`OutcomeTable.is_complete`)."
        raise OutcomeError(msg)
    return array
