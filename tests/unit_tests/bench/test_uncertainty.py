"""The bootstrap: the same by seed, right for zero, and about as wide as it says."""

from __future__ import annotations

import numpy as np
import pytest

from langchain_dynaroute.bench.uncertainty import Interval, PairedDifference, paired_bootstraps, standard_error


def one_split(difference, group=None) -> PairedDifference:
    difference = np.atleast_2d(np.asarray(difference, dtype=float))
    n = difference.shape[1]
    return PairedDifference(np.arange(n), np.zeros(n, dtype=int) if group is None else np.asarray(group), difference)


def test_the_interval_is_the_same_by_seed() -> None:
    """The same seed draws the same resamples, another one others; the value does not depend on it."""
    split = one_split(np.random.default_rng(0).normal(size=50))
    first, again, other = (paired_bootstraps([split], 50, seed=seed)[0] for seed in (0, 0, 1))
    assert first == again
    assert (first.low, first.high) != (other.low, other.high)
    assert first.value == other.value


def test_no_difference_is_exactly_zero() -> None:
    """Whoever chooses as the reference does differs by 0, from 0 to 0."""
    assert paired_bootstraps([one_split(np.zeros(30))], 30) == [Interval(0.0, 0.0, 0.0)]


def test_routers_do_not_disturb_each_other() -> None:
    """A router's interval is the same alone and among others."""
    many = np.random.default_rng(0).normal(size=(4, 60))
    group = np.arange(60) % 3
    together = paired_bootstraps([one_split(many, group)], 60)
    for row, interval in zip(many, together, strict=True):
        (alone,) = paired_bootstraps([one_split(row, group)], 60)
        assert (alone.value, alone.low, alone.high) == pytest.approx((interval.value, interval.low, interval.high))


def test_the_value_is_the_mean_over_datasets_and_splits() -> None:
    """Each dataset counts the same in a split, and each split in the whole."""
    first = one_split([1, 1, 1, 0], [0, 0, 0, 1])
    second = one_split([0.2, 0.4, 0.0], [0, 0, 1])
    (interval,) = paired_bootstraps([first, second], 4)
    assert interval.value == pytest.approx((0.5 + 0.15) / 2)


def test_the_resamples_are_those_of_a_loop() -> None:
    """Weights drawn from Poisson(1), weighted means by dataset, datasets without a draw left out: a plain loop agrees."""
    rng = np.random.default_rng(3)
    splits = []
    for _ in range(2):
        rows = rng.permutation(12)[:7]
        splits.append(PairedDifference(rows, np.array([0, 1, 0, 2, 1, 0, 1]), rng.normal(size=(1, 7))))
    (interval,) = paired_bootstraps(splits, 12, n_resamples=40, seed=5)
    weights = np.random.default_rng(5).poisson(1.0, size=(40, 12))
    means = []
    for draw in weights:
        of_splits = []
        for split in splits:
            of_datasets = []
            for dataset in range(3):
                cells = [i for i in range(7) if split.group[i] == dataset]
                drawn = sum(draw[split.rows[i]] for i in cells)
                if drawn:
                    of_datasets.append(sum(draw[split.rows[i]] * split.difference[0, i] for i in cells) / drawn)
            of_splits.append(np.mean(of_datasets) if of_datasets else 0.0)
        means.append(np.mean(of_splits))
    assert (interval.low, interval.high) == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])))


def test_overlapping_splits_are_not_counted_as_new_prompts() -> None:
    """Five test parts of the same prompts are no surer than one of them."""
    split = one_split(np.random.default_rng(0).normal(size=80))
    (once,) = paired_bootstraps([split], 80)
    (five,) = paired_bootstraps([split] * 5, 80)
    assert (five.low, five.high) == pytest.approx((once.low, once.high))


def test_the_interval_holds_a_true_zero_about_95_times_in_100() -> None:
    """Of 300 simulated tables without a true difference, about 95 % of the intervals contain 0."""
    rng = np.random.default_rng(0)
    difference = rng.choice([-1.0, 0.0, 1.0], p=[0.2, 0.6, 0.2], size=(300, 200))
    intervals = paired_bootstraps([one_split(difference, np.arange(200) % 4)], 200, n_resamples=500)
    share = np.mean([not interval.excludes_zero for interval in intervals])
    assert 0.90 <= share <= 0.985


def test_a_large_difference_excludes_zero() -> None:
    """A router that is better on most prompts is surely better."""
    difference = np.random.default_rng(0).choice([0.0, 1.0], size=100)
    (interval,) = paired_bootstraps([one_split(difference)], 100)
    assert interval.excludes_zero
    assert interval.low < interval.value < interval.high


def test_standard_error() -> None:
    """The standard error of 1, 2, 3 is 1 over the root of 3; one value has none."""
    assert standard_error([1, 2, 3]) == pytest.approx(1 / np.sqrt(3))
    assert standard_error([1]) is None
