"""The metrics against the papers' printed tables, naive loops and cases made by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from langchain_dynaroute.bench import metrics
from langchain_dynaroute.bench.hardness import accuracy_by_hardness, correct_models, recall_failure
from langchain_dynaroute.errors import OutcomeError

DATA = Path(__file__).resolve().parents[1] / "data"
REFERENCE = Path(__file__).resolve().parents[4] / "shared" / "reference"
BEST_SINGLE, BEST_SINGLE_USD = 65.96, 125.6


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def averages_and_costs(start: str) -> tuple[list[float], list[float]]:
    rows = [row for row in rows_of(DATA / "llmrouterbench_tables12_13.csv") if row["name"].startswith(start)]
    return [float(row["avg_percent"]) for row in rows], [float(row["total_usd"]) for row in rows]


def table_11() -> dict[str, np.ndarray]:
    """Name → accuracy by dataset, without the average."""
    return {
        row["name"]: np.array([float(cell) for cell in list(row.values())[1:-1]])
        for row in rows_of(DATA / "llmrouterbench_table11.csv")
    }


def test_best_single_of_table_12_is_gpt_5() -> None:
    """The literals of the tests below are GPT-5's row of Tables 12 and 13."""
    assert averages_and_costs("GPT-5") == ([BEST_SINGLE], [BEST_SINGLE_USD])


@pytest.mark.parametrize(
    ("router", "configurations", "gain", "saving"),
    [("Avengers-Pro", 21, 0.0397, 0.305), ("RouteLLM", 1, 0.02593, 0.114), ("OpenRouter", 1, -0.247, None)],
)
def test_perf_gain_and_cost_save_of_the_printed_tables(router, configurations, gain, saving) -> None:
    """PerfGain and CostSave over the configurations of Tables 12 and 13 are those the paper speaks of."""
    average, cost = averages_and_costs(router)
    assert len(average) == configurations
    assert metrics.perf_gain(average, BEST_SINGLE) == pytest.approx(gain, abs=5e-5 if gain > 0 else 5e-4)
    found = metrics.cost_saving(average, cost, BEST_SINGLE, BEST_SINGLE_USD)
    assert found == (saving if saving is None else pytest.approx(saving, abs=5e-4))


def test_cost_save_of_avengers_pro_is_that_of_alpha_065() -> None:
    """The cheapest of the 21 configurations that is no worse than GPT-5 is α = 0.65, at 87.34 USD."""
    average, cost = averages_and_costs("Avengers-Pro")
    found = metrics.cost_saving(average, cost, BEST_SINGLE, BEST_SINGLE_USD)
    assert found == pytest.approx(1 - 87.34 / 125.6)


def test_gains_and_gap_of_table_11() -> None:
    """Gain@R, Gain@B and Gap@O of every router of Table 11 are the plain means over its 15 datasets."""
    table = table_11()
    for accuracy in table.values():
        for metric, reference, sign in (
            (metrics.gain_over_random, "Random Router", 1),
            (metrics.gain_over_best_single, "Qwen3-8B", 1),
            (metrics.gap_to_oracle, "Oracle", -1),
        ):
            pairs = list(zip(accuracy, table[reference], strict=True))
            naive = sign * sum(a / b - 1 for a, b in pairs) / 15
            assert metric(accuracy, table[reference]) == pytest.approx(naive, abs=1e-12)


def test_figures_of_table_11_stay_as_they_are() -> None:
    """Avengers gains 64.6 % over random and 6.7 % over Qwen3-8B, and lacks 22.0 % to the oracle."""
    table = table_11()
    ours = table["Avengers"]
    assert metrics.gain_over_random(ours, table["Random Router"]) == pytest.approx(0.6457, abs=5e-5)
    assert metrics.gain_over_best_single(ours, table["Qwen3-8B"]) == pytest.approx(0.0666, abs=5e-5)
    assert metrics.gap_to_oracle(ours, table["Oracle"]) == pytest.approx(0.2198, abs=5e-5)


def test_average_accuracy_of_table_11() -> None:
    """AvgAcc is the printed column Avg, within its rounding."""
    for row in rows_of(DATA / "llmrouterbench_table11.csv"):
        accuracy = [float(cell) for cell in list(row.values())[1:-1]]
        assert metrics.average_accuracy(accuracy) == pytest.approx(float(row["Avg"]), abs=0.011), row["name"]


@pytest.mark.parametrize("row", rows_of(DATA / "llmrank_table3.csv")[1:], ids=lambda row: row["method"])
def test_efficiency_cost_ratio_and_gap_of_llmrank(row) -> None:
    """LLMRank's Table 3 follows from its quality and cost columns within their rounding, but for one gap.

    The oracle's 94.5 less Mistral's 57.1 is 37.4; the paper prints 36.4.
    """
    quality, cost = float(row["quality"]), float(row["cost_usd"])
    misprint = 1.0 if row["method"].startswith("Mistral") else 0.0
    assert 100 * metrics.efficiency(quality, 0.945) == pytest.approx(float(row["efficiency_percent"]), abs=0.06)
    assert metrics.cost_ratio(cost, 1.271) == pytest.approx(float(row["cost_ratio"]), abs=0.006)
    gap = float(row["quality_gap_percent"]) + misprint
    assert 100 * metrics.quality_gap(quality, 0.945) == pytest.approx(gap, abs=0.06)


@pytest.mark.shared
@pytest.mark.skipif(not REFERENCE.is_dir(), reason="../shared is not there")
def test_our_copies_are_the_papers_tables() -> None:
    """The copies in `data` say what the tables in ../shared/reference say."""
    whole = {row["name"]: row for row in rows_of(REFERENCE / "llmrouterbench_table11_performance_routing.csv")}
    assert all(row == whole[row["name"]] for row in rows_of(DATA / "llmrouterbench_table11.csv"))
    average = {
        row["name"]: row["Avg"] for row in rows_of(REFERENCE / "llmrouterbench_table12_cost_routing_accuracy.csv")
    }
    cost = {row["name"]: row["Total"] for row in rows_of(REFERENCE / "llmrouterbench_table13_cost_routing_cost.csv")}
    for row in rows_of(DATA / "llmrouterbench_tables12_13.csv"):
        assert (row["avg_percent"], row["total_usd"]) == (average[row["name"]], cost[row["name"]])
    assert rows_of(DATA / "llmrank_table3.csv") == rows_of(REFERENCE / "llmrank_table3_overall.csv")


@pytest.mark.parametrize("seed", range(20))
def test_dataset_means_are_those_of_a_loop(seed) -> None:
    """The means by dataset are those that a loop over prompts adds up."""
    rng = np.random.default_rng(seed)
    n, groups = int(rng.integers(5, 40)), int(rng.integers(1, 5))
    group = np.concatenate((np.arange(groups), rng.integers(0, groups, n - groups)))
    values = rng.random((3, n))
    naive = [[np.mean([v for v, g in zip(row, group, strict=True) if g == d]) for d in range(groups)] for row in values]
    assert metrics.dataset_means(values, group, groups) == pytest.approx(np.array(naive), abs=1e-12)


def test_equal_rows_have_equal_means_to_the_last_bit() -> None:
    """A configuration that chooses as the best single model does is exactly as accurate, in a sweep of any size."""
    rng = np.random.default_rng(0)
    group = rng.integers(0, 7, 500)
    one = rng.random((1, 500))
    many = np.vstack([rng.random((50, 500)), one, rng.random((50, 500))])
    alone = metrics.average_accuracy(metrics.dataset_means(one, group, 7))
    assert metrics.average_accuracy(metrics.dataset_means(many, group, 7))[50] == alone[0]


def test_cost_save_takes_rounding_for_equal() -> None:
    """A configuration that is less accurate by a rounding error only is no worse than the best single model."""
    assert metrics.cost_saving([0.1 + 0.2 - 1e-15, 0.9], [1.0, 3.0], 0.1 + 0.2, 2.0) == 0.5


def test_cost_save_is_na_when_all_are_worse_or_free() -> None:
    """There is no saving without a good configuration, nor over a best single model that costs nothing."""
    assert metrics.cost_saving([0.4], [1.0], 0.5, 2.0) is None
    assert metrics.cost_saving([0.6], [1.0], 0.5, 0.0) is None


def test_a_dataset_without_prompts_is_an_error() -> None:
    """The mean of a dataset without prompts does not exist."""
    with pytest.raises(OutcomeError, match=r"Every one of the 3 datasets needs a prompt; the counts are \[1, 0, 1\]"):
        metrics.dataset_means([1.0, 0.0], [0, 2], 3)


def test_nan_is_an_error() -> None:
    """No metric takes a missing outcome for a number."""
    with pytest.raises(OutcomeError, match="1 values that are not finite"):
        metrics.dataset_means([np.nan, 1.0], [0, 0], 1)


def test_a_zero_reference_leaves_its_dataset_out() -> None:
    """A dataset on which the reference scores 0 has no ratio; the others are averaged."""
    assert metrics.relative_gain([0.5, 0.6], [0.0, 0.5]) == pytest.approx(0.2)
    assert metrics.has_ratio([0.0, 0.5]).tolist() == [False, True]


def test_a_reference_of_zeros_is_an_error() -> None:
    """There is no ratio to a reference that scores 0 everywhere, nor a gain over a model that does."""
    with pytest.raises(OutcomeError, match="scores 0 on every dataset"):
        metrics.relative_gain([0.5], [0.0])
    with pytest.raises(OutcomeError, match="scores 0"):
        metrics.perf_gain([0.5], 0.0)


def test_the_gap_of_the_oracle_is_a_positive_zero() -> None:
    """The oracle's gap to itself prints as 0, not as -0."""
    assert str(float(metrics.gap_to_oracle([0.5, 0.9], [0.5, 0.9]))) == "0.0"


def test_mean_utility() -> None:
    """Utility is quality minus λ times cost, averaged over prompts."""
    assert metrics.mean_utility([1.0, 0.0], [0.001, 0.003], 100.0) == pytest.approx(0.3)


def test_pgr_runs_from_the_weak_to_the_strong_model() -> None:
    """The weak model recovers 0, the strong one 1, the middle a half."""
    assert metrics.pgr([0.4, 0.8, 0.6], 0.4, 0.8).tolist() == pytest.approx([0, 1, 0.5])


def test_apgr_of_sending_prompts_at_random_is_a_half() -> None:
    """Quality on the straight line from the weak to the strong model has an APGR of 0.5."""
    share = np.linspace(0, 1, 11)
    assert metrics.apgr(share, 0.4 + 0.4 * share, 0.4, 0.8) == pytest.approx(0.5)


def test_apgr_and_cpt_by_hand() -> None:
    """A router at full quality from a quarter of the calls on: areas 1/8 and 3/4, CPT 0.25."""
    curve = ([0.25], [0.8], 0.4, 0.8)
    assert metrics.apgr(*curve) == pytest.approx(0.125 + 0.75)
    assert metrics.cpt(0.5, *curve) == metrics.cpt(0.8, *curve) == 0.25


def test_cpt_of_a_router_that_never_gets_there_is_all_calls() -> None:
    """If only the strong model recovers enough, every prompt has to go to it."""
    assert metrics.cpt(0.8, [0.5], [0.5], 0.4, 0.8) == 1.0


@pytest.mark.parametrize("seed", range(10))
def test_apgr_does_not_depend_on_the_order_of_configurations(seed) -> None:
    """The curve is sorted by share first."""
    rng = np.random.default_rng(seed)
    share, quality = rng.random(6).round(1), rng.random(6)
    order = rng.permutation(6)
    assert metrics.apgr(share, quality, 0.2, 0.7) == pytest.approx(metrics.apgr(share[order], quality[order], 0.2, 0.7))


def test_no_pgr_without_a_stronger_model() -> None:
    """Two equally good models have no gap to recover."""
    with pytest.raises(OutcomeError, match="is no better than the weak one"):
        metrics.pgr([0.5], 0.5, 0.5)


@pytest.mark.parametrize("seed", range(10))
def test_hardness_is_that_of_a_loop(seed) -> None:
    """Accuracy by hardness and recall failure are those of a loop over prompts."""
    rng = np.random.default_rng(seed)
    quality = rng.random((30, 5))
    picked = quality[np.arange(30), rng.integers(0, 5, 30)]
    n_correct = correct_models(quality)
    assert n_correct.tolist() == [sum(q >= 0.5 for q in row) for row in quality]
    profile = accuracy_by_hardness(picked, n_correct)
    for level, count, accuracy in zip(profile.n_correct, profile.n_prompts, profile.accuracy, strict=True):
        rows = [i for i in range(30) if n_correct[i] == level]
        assert (count, accuracy) == (len(rows), pytest.approx(np.mean([picked[i] >= 0.5 for i in rows])))
    rare = [i for i in range(30) if 1 <= n_correct[i] <= 3]
    assert recall_failure(picked, n_correct) == pytest.approx(np.mean([picked[i] < 0.5 for i in rare]))


def test_no_recall_failure_without_rare_prompts() -> None:
    """Prompts that nobody or everybody answers say nothing of recall."""
    assert recall_failure([0.0, 1.0], [0, 9]) is None
