"""References and dataset groups, against loops and hand-made ties."""

from __future__ import annotations

import numpy as np
import pytest
from made_up_outcomes import MODELS, random_table

from langchain_dynaroute.bench.dataset_groups import DatasetGroups
from langchain_dynaroute.bench.latency import ServingSpeed, answer_tokens, table_latency_s
from langchain_dynaroute.bench.references import (
    CHEAPEST,
    RANDOM,
    REFERENCES,
    best_single,
    cheapest,
    dataset_oracle_choices,
    oracle_choices,
    reference_picks,
)
from langchain_dynaroute.errors import OutcomeError

SEEDS = range(15)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_oracle_takes_the_best_and_of_those_the_cheapest(seed) -> None:
    """On graded outcomes the oracle has the highest quality, not any above 0, and pays the least for it."""
    table = random_table(seed=seed, graded=seed % 2 == 0)
    for row, choice in enumerate(oracle_choices(table)):
        best = max(table.quality[row])
        equals = [i for i in range(3) if table.quality[row][i] == best]
        assert choice == min(equals, key=lambda i: (table.cost_usd[row][i], i))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_dataset_oracle_takes_the_best_of_each_dataset(seed) -> None:
    """Every prompt of a dataset goes to the model with the highest mean there, ties to the cheapest."""
    table = random_table({"a": 7, "b": 5, "c": 1}, seed=seed)
    chosen = dataset_oracle_choices(table)
    for name in "abc":
        rows = [i for i, dataset in enumerate(table.datasets) if dataset == name]
        means = [(round(-table.quality[rows, i].mean(), 9), table.cost_usd[rows, i].mean(), i) for i in range(3)]
        assert {min(means)[2]} == {int(chosen[i]) for i in rows}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_single_model_is_best_by_the_mean_over_datasets(seed) -> None:
    """Best single goes by AvgAcc, in which a small dataset counts as much as a large one."""
    table = random_table({"a": 20, "b": 3}, seed=seed)
    groups = DatasetGroups.of(table, 1)
    averages = [(table.quality[:20, i].mean() + table.quality[20:, i].mean()) / 2 for i in range(3)]
    best = [i for i in range(3) if averages[i] >= max(averages) - 1e-9]
    assert best_single(table, groups) == min(best, key=lambda i: table.cost_usd[:, i].mean())


def test_ties_go_to_the_cheapest_and_without_costs_to_the_first() -> None:
    """Where all models score the same the cheapest is best single; where no cost is known, the first."""
    quality, cost = np.zeros((6, 3)), np.tile([3.0, 1.0, 2.0], (6, 1))
    table = random_table({"a": 6}, quality=quality, cost_usd=cost)
    free = random_table({"a": 6}, quality=quality, costs=False)
    assert best_single(table, DatasetGroups.of(table, 1)) == cheapest(table) == 1
    assert set(oracle_choices(table)) == {1}
    assert best_single(free, DatasetGroups.of(free, 1)) == 0
    assert cheapest(free) is None


@pytest.mark.parametrize("costs", [True, False])
def test_random_is_an_expectation_and_no_draw(costs) -> None:
    """Random gets the mean of all models; without costs there is no cheapest reference."""
    table = random_table(costs=costs)
    groups = DatasetGroups.of(table, 1)
    picks = reference_picks(table, table, groups, groups)
    assert picks[RANDOM].quality == pytest.approx(table.quality.mean(axis=1))
    assert list(picks) == [name for name in REFERENCES if costs or name != CHEAPEST]


def test_small_datasets_are_pooled() -> None:
    """Datasets under the least number are one group, `other`, last; a dataset called so joins it."""
    table = random_table({"a": 40, "other": 35, "b": 30, "c": 29, "d": 2})
    groups = DatasetGroups.of(table, 30)
    assert groups.names == ("a", "b", "other")
    assert groups.pooled == ("c", "d")
    assert groups.sizes == (40, 30, 66)


def test_only_prompts_that_can_be_judged_make_a_dataset_large() -> None:
    """A dataset of 40 prompts of which 5 are complete is small."""
    quality = np.array(random_table({"a": 50, "b": 40}).quality)
    quality[55:, 0] = np.nan
    assert DatasetGroups.of(random_table({"a": 50, "b": 40}, quality=quality), 30).names == ("a", "other")


def test_a_part_has_the_groups_that_are_in_it() -> None:
    """Groups without a prompt in a part of the table are left out there, the others keep their names."""
    table = random_table({"a": 40, "b": 30, "c": 2})
    part = DatasetGroups.of(table, 30).at(table.take(np.r_[0:5, 70:72]))
    assert (part.names, part.sizes) == (("a", "other"), (5, 2))
    assert part.means(np.array([1, 1, 1, 1, 0, 0, 1.0])).tolist() == [0.8, 0.5]


def test_lengths_fall_back_to_characters_cell_by_cell() -> None:
    """A counted length is taken, an uncounted one comes from characters, an unknown one makes no latency."""
    tokens = np.array([[10.0, np.nan, 30.0]])
    speeds = dict.fromkeys(MODELS, ServingSpeed(0.5, 20.0))
    counted = random_table({"a": 1}, completion_tokens=tokens)
    both = random_table({"a": 1}, completion_tokens=tokens, output_chars=np.full((1, 3), 80.0))
    assert answer_tokens(both).tolist() == [[10.0, 20.0, 30.0]]
    assert table_latency_s(both, speeds).tolist() == [[1.0, 1.5, 2.0]]
    assert table_latency_s(counted, speeds) is None
    assert table_latency_s(random_table({"a": 1}), speeds) is None


def test_a_model_without_a_speed_is_named() -> None:
    """A missing serving speed is an error that names the model."""
    speeds = dict.fromkeys(MODELS[:2], ServingSpeed(0.5, 20.0))
    with pytest.raises(OutcomeError, match="no serving speed of 'blue' is given"):
        table_latency_s(random_table(), speeds)


def test_speeds_are_read_from_a_file(tmp_path) -> None:
    """Three columns a model."""
    path = tmp_path / "speeds.csv"
    path.write_text("model,time_to_first_token_s,tokens_per_s\nred,0.3,50\n")
    assert ServingSpeed.load(path) == {"red": ServingSpeed(0.3, 50.0)}
