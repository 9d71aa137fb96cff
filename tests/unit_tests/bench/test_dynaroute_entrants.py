"""DynaRoute's three routers on a table: tiers from the training prompts alone."""

from __future__ import annotations

import numpy as np
import pytest
from made_up_outcomes import random_table

from langchain_dynaroute import Category, DifficultyLevel, TaskProfile
from langchain_dynaroute.bench.dynaroute_entrants import MIN_SLICE_PROMPTS, DynaRouteEntrant, training_benchmarks
from langchain_dynaroute.bench.evaluate import Settings, evaluate
from langchain_dynaroute.pricing import Price

MATHS, WRITING = Category.MATHEMATICS, Category.CREATIVE_WRITING
PRICES = {
    name: Price(input_usd_per_1m_tokens=usd, output_usd_per_1m_tokens=usd)
    for name, usd in (("red", 1.0), ("green", 2.0), ("blue", 8.0))
}


def profiled(table, category=lambda _: MATHS, level=lambda _: 2) -> dict[str, TaskProfile]:
    return {
        prompt: TaskProfile(category=category(i), level=DifficultyLevel(level(i)))
        for i, prompt in enumerate(table.prompts)
    }


def ladder(**fields):
    """Three models, each better and dearer than the one before, on one dataset."""
    quality = (np.arange(100)[:, None] % 10 < [3, 6, 9]).astype(float)
    return random_table({"a": 100}, quality=quality, cost_usd=np.tile([0.001, 0.002, 0.01], (100, 1)), **fields)


def chosen(table, policy, profiles, **more) -> set[str]:
    entrant = DynaRouteEntrant(policy, profiles, **more).fit(table)
    return {table.models[i] for i in entrant.sweep(table.prompts).choices[0]}


def test_the_policies_take_the_rungs_of_the_ladder() -> None:
    """Low cost takes the cheapest, best performance the best, optimum by the level of the prompt."""
    table = ladder()
    profiles = profiled(table)
    assert chosen(table, "low-cost", profiles) == {"red"}
    assert chosen(table, "best-performance", profiles) == {"blue"}
    by_level = {level: chosen(table, "optimum", profiled(table, level=lambda _, n=level: n)) for level in (1, 2, 3)}
    assert by_level == {1: {"red"}, 2: {"green"}, 3: {"blue"}}


def test_tiers_go_by_list_price_where_no_cost_was_measured() -> None:
    """Without measured costs the prices given make the tiers."""
    table = ladder()
    free = random_table({"a": 100}, quality=table.quality, costs=False)
    assert chosen(free, "low-cost", profiled(free), prices=PRICES) == {"red"}


def test_the_benchmark_table_is_the_means_of_the_training_prompts() -> None:
    """A slice of 20 prompts or more of a category is its benchmark, in percent; the whole dataset is Miscellaneous's."""
    table = random_table({"a": 60})
    profiles = profiled(table, lambda i: MATHS if i < 30 else WRITING if i < 30 + MIN_SLICE_PROMPTS - 1 else MATHS)
    found = training_benchmarks(table, profiles)
    maths = [i for i, prompt in enumerate(table.prompts) if profiles[prompt].category is MATHS]
    for i, row in enumerate(found.rows):
        assert set(row.scores) == {f"a: {MATHS.value}", "a"}
        assert row.scores[f"a: {MATHS.value}"] == pytest.approx(100 * table.quality[maths, i].mean())
        assert row.scores["a"] == pytest.approx(100 * table.quality[:, i].mean())
        assert row.measured_usd_per_prompt["a"] == pytest.approx(table.cost_usd[:, i].mean())


def test_missing_outcomes_are_left_out_of_the_means() -> None:
    """A model's mean is over the prompts it answered; a slice it has nothing of gives it no score, and nobody warns."""
    quality = np.array(random_table({"a": 40, "b": 40}).quality)
    quality[:40, 0] = np.nan
    quality[40:50, 1] = np.nan
    cost = np.where(np.isnan(quality), np.nan, 0.001)
    table = random_table({"a": 40, "b": 40}, quality=quality, cost_usd=cost)
    red, green, _ = training_benchmarks(table, profiled(table)).rows
    assert "a" not in red.scores
    assert "a" not in red.measured_usd_per_prompt
    assert green.scores["b"] == pytest.approx(100 * quality[50:, 1].mean())
    assert DynaRouteEntrant("optimum", profiled(table)).fit(table).sweep(table.prompts).choices.shape == (1, 80)


def test_datasets_named_as_public_benchmarks_are_their_own() -> None:
    """A dataset called like a public benchmark, by another of its names, speaks for its training prompts all the same."""
    table = random_table({"GPQA": 40, "HLE": 40})
    found = training_benchmarks(table, profiled(table))
    assert {name for row in found.rows for name in row.scores} >= {"GPQA", "HLE"}
    assert chosen(table, "best-performance", profiled(table)) <= set(table.models)


def test_test_prompts_do_not_reach_the_tiers() -> None:
    """Turning every judged outcome around changes no choice."""
    table = ladder()
    train, test = table.split(seed=1)
    turned = np.array(table.quality)
    judged = [table.prompts.index(prompt) for prompt in test.prompts]
    turned[judged] = 1 - turned[judged]
    other_train, _ = random_table({"a": 100}, quality=turned, cost_usd=table.cost_usd).split(seed=1)
    for policy in ("optimum", "low-cost", "best-performance"):
        profiles = profiled(table, level=lambda i: 1 + i % 3)
        first, second = (
            DynaRouteEntrant(policy, profiles).fit(part).sweep(test.prompts) for part in (train, other_train)
        )
        assert np.array_equal(first.choices, second.choices)


def test_the_three_take_part_in_an_evaluation() -> None:
    """DynaRoute's routers stand on the leaderboard, with the classifier's time in their own."""
    table = ladder()
    policies = ("optimum", "low-cost", "best-performance")
    entrants = [
        DynaRouteEntrant(policy, profiled(table), classify_us=5e5, classifier="made up 1") for policy in policies
    ]
    board = evaluate(table, entrants, Settings(seeds=(1, 2))).leaderboard.set_index("router")
    assert board.loc["dynaroute-best-performance", "avg_acc"] == board.loc["blue", "avg_acc"]
    assert board.loc["dynaroute-low-cost", "cost_usd"] == pytest.approx(0.001)
    assert board.loc["dynaroute-optimum", "route_us"] >= 5e5
