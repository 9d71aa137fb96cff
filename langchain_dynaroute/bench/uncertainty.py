"""How sure a figure is: its standard error over seeds, and a paired bootstrap over prompts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
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
    """What routers got more than their reference on the prompts of one split."""

    rows: NDArray[np.intp]
    """Which prompts of the whole table, shape (n,)."""
    group: NDArray[np.intp]
    """Their dataset, shape (n,)."""
    difference: NDArray[np.float64]
    """Quality (or utility) of each router minus that of the reference, shape (r, n)."""


def standard_error(values: ArrayLike) -> float | None:
    """Return the standard error of the mean over seeds; None of a single value."""
    values = np.asarray(values, dtype=float)
    return None if values.size < 2 else float(values.std(ddof=1) / np.sqrt(values.size))  # noqa: PLR2004 - two make a spread


def paired_bootstraps(
    splits: Sequence[PairedDifference], n_prompts: int, *, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> list[Interval]:
    """Return, for each router, the mean over splits of its difference in AvgAcc, with its 95 % interval.

    Prompts are drawn with replacement from the whole table, once for all splits and routers: the
    test parts of several seeds overlap, and a prompt that is drawn twice counts twice in each of
    them. A dataset of which a resample holds no prompt is left out of that resample's average.

    Args:
        splits: One a seed, each with the same `r` routers.
        n_prompts: Prompts of the whole table.
        n_resamples: Resamples drawn.
        seed: Seed of the drawing.
    """
    rng = np.random.default_rng(seed)
    parts = [_ByDataset.of(split) for split in splits]
    means: list[NDArray[np.float64]] = []
    for start in range(0, n_resamples, _ROWS_AT_ONCE):
        size = min(_ROWS_AT_ONCE, n_resamples - start)
        weights = rng.poisson(1.0, size=(size, n_prompts)).astype(float)
        means.append(np.mean([part.averages(weights[:, part.rows]) for part in parts], axis=0))
    values = np.mean([part.averages(np.ones((1, len(part.rows))))[0] for part in parts], axis=0)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(np.concatenate(means), (tail, 1 - tail), axis=0)
    return [Interval(*bounds) for bounds in zip(values.tolist(), low.tolist(), high.tolist(), strict=True)]


@dataclass(frozen=True, eq=False)
class _ByDataset:
    """The differences of a split, its prompts put together by dataset."""

    rows: NDArray[np.intp]
    difference: NDArray[np.float64]
    """Shape (r, n)."""
    bounds: tuple[tuple[int, int], ...]
    """Where each dataset begins and ends."""

    @classmethod
    def of(cls, split: PairedDifference) -> _ByDataset:
        order = np.argsort(split.group, kind="stable")
        ends = np.cumsum(np.unique(split.group, return_counts=True)[1]).tolist()
        return cls(split.rows[order], split.difference[:, order], tuple(pairwise([0, *ends])))

    def averages(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean over datasets of the weighted mean differences: weights (w, n) to (w, r)."""
        total = np.zeros((len(weights), len(self.difference)))
        present = np.zeros(len(weights))
        for start, end in self.bounds:
            weight = weights[:, start:end]
            drawn = weight.sum(axis=1)
            total += (weight @ self.difference[:, start:end].T) / np.maximum(drawn, 1)[:, None]
            present += drawn > 0
        return np.asarray(total / np.maximum(present, 1)[:, None])
