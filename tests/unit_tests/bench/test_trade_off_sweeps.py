"""A router's settings: as many as asked for, in order, with the default in one place over all splits."""

from __future__ import annotations

import numpy as np
import pytest

from langchain_dynaroute.errors import RouterError
from langchain_dynaroute.routers.sweep import Sweep, cost_weights, utility_sweep, with_one_default

RNG = np.random.default_rng(0)
QUALITY, COST = RNG.random((40, 4)), RNG.random((40, 4)) / 100


@pytest.mark.parametrize("size", [1, 2, 3, 101])
@pytest.mark.parametrize("own", [0.0, 7.0, 1e9])
def test_a_sweep_has_the_size_asked_for(size, own) -> None:
    """With a cost weight of its own or without, the router has exactly `size` settings, and its own is the default."""
    sweep = utility_sweep(QUALITY, COST, own, size)
    assert sweep.choices.shape == (size, 40)
    assert len(sweep.values) == size
    assert (np.diff(sweep.values) >= 0).all()
    assert sweep.values[sweep.default] == own
    assert np.array_equal(sweep.choices[sweep.default], (QUALITY - own * COST).argmax(axis=1))


def test_a_sweep_runs_from_quality_to_cost() -> None:
    """The first setting takes the best, the last the cheapest, each between by quality − λ · cost."""
    sweep = utility_sweep(QUALITY, COST)
    assert np.array_equal(sweep.choices[0], QUALITY.argmax(axis=1))
    assert np.array_equal(sweep.choices[-1], COST.argmin(axis=1))
    assert sweep.values[-1] == np.inf
    for value, row in zip(sweep.values[:-1], sweep.choices[:-1], strict=True):
        assert np.array_equal(row, (QUALITY - value * COST).argmax(axis=1))


def test_of_equally_cheap_models_the_best_is_taken() -> None:
    """Where only cost counts and two cost the same, quality decides."""
    quality, cost = np.array([[0.1, 0.9, 0.5]]), np.array([[0.0, 0.0, 0.1]])
    assert utility_sweep(quality, cost).choices[-1].tolist() == [1]


@pytest.mark.parametrize("quality", [QUALITY, np.zeros((40, 4))], ids=["some", "none"])
@pytest.mark.parametrize("cost", [COST, np.ones((40, 4)), np.zeros((40, 4))], ids=["some", "equal", "free"])
def test_weights_are_finite_and_rise(quality, cost) -> None:
    """Equal costs or equal qualities leave no scale, and the weights rise from 0 all the same."""
    weights = cost_weights(quality, cost, 50)
    assert weights[0] == 0
    assert np.isfinite(weights).all()
    assert (np.diff(weights) > 0).all()


def test_without_costs_there_is_one_setting() -> None:
    """A router that knows no cost has nothing to trade."""
    sweep = utility_sweep(QUALITY, None)
    assert (sweep.choices.shape, sweep.parameter, sweep.default) == ((1, 40), "", 0)


def test_defaults_are_put_in_one_place() -> None:
    """Splits whose default stands elsewhere are reordered, choices, values and surcharges alike; the rest keeps its order."""
    sweeps = [
        Sweep("λ", np.arange(4.0), np.arange(4)[:, None], default, np.arange(4)[:, None] / 10) for default in (1, 2, 3)
    ]
    first, middle, last = with_one_default(sweeps)
    assert {sweep.default for sweep in (first, middle, last)} == {2}
    assert middle is sweeps[1]
    assert (first.values.tolist(), last.values.tolist()) == ([0, 2, 1, 3], [0, 1, 3, 2])
    assert first.choices[:, 0].tolist() == [0, 2, 1, 3]
    assert first.surcharge_usd[:, 0].tolist() == [0, 0.2, 0.1, 0.3]


def test_splits_with_other_numbers_of_settings_are_an_error() -> None:
    """Configurations are averaged over splits, so there are as many on each."""
    sweeps = [Sweep("", np.zeros(k), np.zeros((k, 1), dtype=int)) for k in (2, 3)]
    with pytest.raises(RouterError, match="have 2 to 3 configurations"):
        with_one_default(sweeps)
