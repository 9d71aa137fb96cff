"""How sure a figure is: its standard error over seeds, and a paired bootstrap over prompts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

N_RESAMPLES = 1000
LEVEL = 0.95
_ROWS_AT_ONCE = 100
"""Resamples drawn together; bounds the memory to this times the prompts."""


@dataclass(frozen=True)
class Interval:
    """A figure with its bootstrap interval."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside it."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, eq=False)
class PairedDifference:
    """What a router got more than its reference on the prompts of one split."""

    rows: NDArray[np.intp]
    """Which prompts of the whole table, shape (n,)."""
    group: NDArray[np.intp]
    """Their dataset, shape (n,)."""
    difference: NDArray[np.float64]
    """Quality (or utility) of the router minus that of the reference, shape (n,)."""


def standard_error(values: ArrayLike) -> float | None:
    """Return the standard error of the mean over seeds; None of a single value."""
    values = np.asarray(values, dtype=float)
    return None if values.size < 2 else float(values.std(ddof=1) / np.sqrt(values.size))  # noqa: PLR2004 - two make a spread


def paired_bootstrap(
    splits: Sequence[PairedDifference], n_prompts: int, *, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> Interval:
    """Return the mean over splits of the difference in AvgAcc, with its 95 % interval.

    Prompts are drawn with replacement from the whole table, once for all splits: the test parts
    of several seeds overlap, and a prompt that is drawn twice counts twice in each of them.
    A dataset of which a resample holds no prompt is left out of that resample's average.

    Args:
        splits: One a seed.
        n_prompts: Prompts of the whole table.
        n_resamples: Resamples drawn.
        seed: Seed of the drawing.
    """
    rng = np.random.default_rng(seed)
    means: list[NDArray[np.float64]] = []
    for start in range(0, n_resamples, _ROWS_AT_ONCE):
        size = min(_ROWS_AT_ONCE, n_resamples - start)
        weights = rng.poisson(1.0, size=(size, n_prompts)).astype(np.float32)
        means.append(np.mean([_weighted_average(split, weights[:, split.rows]) for split in splits], axis=0))
    value = float(np.mean([_weighted_average(split, np.ones((1, len(split.rows))))[0] for split in splits]))
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(np.concatenate(means), (tail, 1 - tail))
    return Interval(value, float(low), float(high))


def _weighted_average(split: PairedDifference, weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the mean over datasets of the weighted mean difference, one a row of `weights`."""
    member = np.zeros((len(split.group), int(split.group.max()) + 1))
    member[np.arange(len(split.group)), split.group] = 1
    totals, sums = weights @ member, weights @ (member * split.difference[:, None])
    present = totals > 0
    ratios = np.divide(sums, totals, out=np.zeros_like(sums), where=present)
    return np.asarray(ratios.sum(axis=1) / np.maximum(present.sum(axis=1), 1))
