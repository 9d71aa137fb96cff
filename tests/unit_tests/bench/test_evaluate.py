"""The whole benchmark on tables of which the truth is known by construction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_up_outcomes import MODELS, Constant, Seesaw, Told, Topical, random_table

from langchain_dynaroute.bench import metrics
from langchain_dynaroute.bench.evaluate import Settings, evaluate, outcome_table_of
from langchain_dynaroute.bench.frontier import pareto_distance
from langchain_dynaroute.bench.latency import ServingSpeed
from langchain_dynaroute.bench.references import oracle_choices
from langchain_dynaroute.bench.results import COLUMNS, BenchResults
from langchain_dynaroute.errors import OutcomeError, RouterError
from langchain_dynaroute.outcomes import OutcomeTable
from langchain_dynaroute.routers.sweep import Sweep, utility_sweep

TOPICS = ("algebra", "poetry", "physics")
POOL = ("counts", "rhymes", "measures", "knows a bit")
SMALL = Settings(seeds=(1, 2, 3), size=11)


def topic_table(each: int = 60) -> OutcomeTable:
    """Three topics, each with a specialist who is right in 9 of 10, and a generalist in 2 of 3; all else 1 in 4."""
    rng = np.random.default_rng(0)
    topics = [topic for topic in TOPICS for _ in range(each)]
    right = np.full((len(topics), 4), 0.25)
    right[np.arange(len(topics)), [TOPICS.index(topic) for topic in topics]] = 0.9
    right[:, 3] = 0.667
    return OutcomeTable(
        prompt_ids=tuple(map(str, range(len(topics)))),
        prompts=tuple(f"{topic} question {i}" for i, topic in enumerate(topics)),
        datasets=tuple(topics),
        models=POOL,
        quality=(rng.random(right.shape) < right).astype(float),
        cost_usd=np.tile([0.001, 0.002, 0.003, 0.010], (len(topics), 1)),
        name="topics",
    )


@pytest.fixture(scope="module")
def topics() -> BenchResults:
    table = topic_table()
    told = Told(dict(zip(table.prompts, oracle_choices(table).tolist(), strict=True)))
    entrants = [Topical(), Constant("knows a bit"), told, Seesaw()]
    return evaluate(table, entrants, SMALL, notes=["made up"])


def row(results: BenchResults, name: str) -> Any:
    return results.leaderboard.set_index("router").loc[name]


def test_a_router_that_reads_the_topic_is_the_dataset_oracle(topics) -> None:
    """Where the first word tells the specialist, a router that reads it gets and spends what the dataset oracle does."""
    ours, oracle = row(topics, "topical"), row(topics, "Dataset oracle")
    for figure in ("avg_acc", "micro_acc", "cost_usd", "gain_b", "gap_o", "recall_failure", "difference_low"):
        assert ours[figure] == pytest.approx(oracle[figure]), figure
    assert ours["difference_low"] > 0


def test_a_router_that_always_takes_the_best_single_differs_by_nothing(topics) -> None:
    """A constant router on the best single model differs by exactly 0, from 0 to 0, gains and saves nothing."""
    assert topics.about["best_single"] == topics.about["best_single_train"] == "knows a bit"
    ours = row(topics, "constant")
    assert (ours["difference"], ours["difference_low"], ours["difference_high"]) == (0, 0, 0)
    assert (ours["gain_b"], ours["perf_gain"], ours["cost_save"], ours["cost_save_n"]) == (0, 0, 0, 3)


def test_a_router_that_was_told_the_answers_is_the_oracle(topics) -> None:
    """Given the answers, it has the oracle's accuracy and cost: gap 0, efficiency 1, no recall failure."""
    ours, oracle = row(topics, "told"), row(topics, "Oracle")
    assert ours["avg_acc"] == oracle["avg_acc"]
    assert ours["gap_o"] == pytest.approx(0, abs=1e-12)
    assert ours["efficiency"] == pytest.approx(1)
    assert ours["cost_ratio"] == pytest.approx(1)
    assert ours["recall_failure"] == 0
    assert ours["pareto_dist"] == 0


def test_the_order_of_references_is_that_of_the_paper(topics) -> None:
    """Random is below best single, that below the dataset oracle, that below the oracle."""
    names = ("Random", "Best single", "Dataset oracle", "Oracle")
    averages = [row(topics, name)["avg_acc"] for name in names]
    assert averages == sorted(averages)
    assert row(topics, "Random")["recall_failure"] > row(topics, "Oracle")["recall_failure"] == 0


def test_the_leaderboard_is_what_loops_compute(topics) -> None:
    """AvgAcc, Gain@R, Gain@B, Gap@O, costs and the sweep's figures of a router are those of the definitions, by seed."""
    from langchain_dynaroute.bench.protocol import splits_of

    table = topic_table()
    figures: dict[str, list[float]] = {}
    for split in splits_of(table, seeds=SMALL.seeds):
        test = table.take(split.test)
        sweep = Seesaw().fit(table).sweep(test.prompts, SMALL.size)
        rows = np.arange(len(test))

        def acc(quality: Any, test: Any = test) -> Any:
            return np.array([quality[np.array(test.datasets) == topic].mean() for topic in TOPICS])

        own = [acc(test.quality[rows, chosen]) for chosen in sweep.choices]
        cost = [test.cost_usd[rows, chosen].mean() for chosen in sweep.choices]
        best, random, oracle = acc(test.quality[:, 3]), acc(test.quality.mean(axis=1)), acc(test.quality.max(axis=1))
        default, average = own[sweep.default], [a.mean() for a in own]
        entrants = [Topical().fit(table).sweep(test.prompts).choices[0], np.full(len(test), 3), oracle_choices(test)]
        everything = [(acc(test.quality[rows, c]).mean(), test.cost_usd[rows, c].mean()) for c in entrants]
        everything += [(acc(test.quality[:, i]).mean(), test.cost_usd[:, i].mean()) for i in range(4)]
        everything += list(zip(average, cost, strict=True))
        good = [c for a, c in zip(average, cost, strict=True) if a >= best.mean() - 1e-12]
        found = {
            "avg_acc": default.mean(),
            "micro_acc": test.quality[rows, sweep.choices[sweep.default]].mean(),
            "gain_r": (default / random - 1).mean(),
            "gain_b": (default / best - 1).mean(),
            "gap_o": (1 - default / oracle).mean(),
            "cost_usd": cost[sweep.default],
            "perf_gain": max(average) / best.mean() - 1,
            "cost_save": 1 - min(good) / 0.010,
            "pareto_dist": pareto_distance(average, cost, *zip(*everything, strict=True)),
        }
        for name, value in found.items():
            figures.setdefault(name, []).append(float(value))
    for name, values in figures.items():
        assert row(topics, "seesaw")[name] == pytest.approx(np.mean(values), abs=1e-9), name
    for name in ("avg_acc", "gain_r", "gap_o", "perf_gain"):
        error = np.std(figures[name], ddof=1) / np.sqrt(3)
        assert row(topics, "seesaw")[f"{name}_se"] == pytest.approx(error), name


def test_the_frames_have_their_columns_and_come_back_from_disk(topics, tmp_path) -> None:
    """Every frame has the promised columns, and what is saved is what is loaded."""
    again = BenchResults.load(topics.save(tmp_path / "results"))
    assert again.about == topics.about
    for name, columns in COLUMNS.items():
        frame, other = topics.frames[name], again.frames[name]
        assert list(frame.columns) == list(other.columns) == list(columns)
        for column in columns:
            one, two = ([None if pd.isna(cell) else cell for cell in part[column]] for part in (frame, other))
            assert one == two, (name, column)


def test_a_model_called_none_keeps_its_name_on_disk(tmp_path) -> None:
    """Names that look like missing values, and notes that are empty, are words."""
    table = random_table(models=("None", "NA", "nan"))
    results = evaluate(table, [Constant("NA", name="null")], SMALL)
    board = BenchResults.load(results.save(tmp_path)).leaderboard
    assert board.router.tolist()[0] == "null"
    assert {"None", "NA", "nan"} <= set(board.router)
    assert set(board.note) == {""}


def test_shares_say_which_model_gets_what(topics) -> None:
    """Shares of a dataset add up to 1; the router that reads the topic sends each whole topic to its specialist."""
    shares = topics.shares
    assert shares.groupby(["router", "dataset"]).share.sum().tolist() == pytest.approx([1] * 16)
    own = shares[(shares.router == "topical") & (shares.dataset == "poetry")]
    assert (own.model.tolist(), own.share.tolist()) == (["rhymes"], [1.0])


def test_matched_cost_is_told_of_routers_with_a_trade_off(topics) -> None:
    """Routers of one configuration have nothing to match; of the others the nearest cost is taken."""
    frame = topics.matched_cost
    assert set(frame.router) == {"seesaw"}
    assert frame.groupby("target_usd").share.sum().tolist() == pytest.approx([1] * 4)
    assert sorted(set(frame.target_usd)) == pytest.approx([0.001, 0.0025, 0.005, 0.010])
    assert frame.cost_usd.max() == pytest.approx(0.010)


def test_the_curves_tell_the_frontier(topics) -> None:
    """The router that was told the answers is on the frontier, references never are, one configuration is the default."""
    curves = topics.curves
    assert curves[curves.router == "told"].on_frontier.all()
    assert not curves[curves.kind == "reference"].on_frontier.any()
    assert curves[curves.router == "seesaw"].is_default.sum() == 1
    assert len(curves[curves.router == "seesaw"]) == SMALL.size


def test_hardness_weighs_prompts_of_all_seeds(topics) -> None:
    """The accuracies by hardness, weighted by their prompts, add up to the accuracy over prompts."""
    frame = topics.hardness
    for name in ("topical", "constant", "Best single"):
        own = frame[frame.router == name]
        assert np.average(own.accuracy, weights=own.prompts) == pytest.approx(row(topics, name)["micro_acc"])
    assert frame[frame.n_correct == 0].accuracy.eq(0).all()


def test_evaluation_is_the_same_twice() -> None:
    """Nothing is drawn that the seed does not fix: two evaluations agree in every figure but the times."""
    first, second = (evaluate(random_table(), [Seesaw()], SMALL) for _ in range(2))
    for name, frame in first.frames.items():
        times = [column for column in ("fit_s", "route_us") if column in frame]
        assert frame.drop(columns=times).equals(second.frames[name].drop(columns=times)), name


def test_leave_dataset_out_scores_whole_datasets() -> None:
    """Left out in turn, every prompt is judged once, and best single in hindsight is one model for all."""
    table = random_table({"a": 40, "b": 30, "c": 4, "d": 3})
    settings = Settings(protocol="leave-dataset-out", seeds=(1,), size=5)
    results = evaluate(table, [Seesaw(), Constant("green")], settings)
    assert results.about["n_judged"] == 77
    assert results.about["best_single"] in MODELS
    assert results.about["n_splits"] == 4
    assert set(results.datasets.dataset) == {"a", "b", "other"}
    groups = [np.array(table.datasets) == "a", np.array(table.datasets) == "b", np.isin(table.datasets, ["c", "d"])]
    expected = np.mean([table.quality[rows, 1].mean() for rows in groups])
    assert row(results, "constant")["avg_acc"] == pytest.approx(expected)
    assert row(results, "green")["avg_acc"] == pytest.approx(expected)


def test_leave_dataset_out_with_texts_that_repeat() -> None:
    """Texts that two datasets share are judged in both, and learned from in neither of those splits."""
    texts = tuple(f"question {i % 60}" for i in range(80))
    table = random_table({"a": 50, "b": 30}, prompts=texts)
    settings = Settings(protocol="leave-dataset-out", seeds=(1, 2), size=5)
    results = evaluate(table, [Seesaw()], settings)
    assert results.about["n_judged"] == 80
    assert row(results, "seesaw")["note"] == "fitted on 10 prompts; fitted on 30 prompts"


class Weighing:
    """A router with a cost weight, whose sweep is scaled by what it is asked about."""

    name = "weighing"

    def __init__(self, cost_weight: float) -> None:
        self.cost_weight = cost_weight

    def fit(self, outcomes: OutcomeTable) -> Weighing:
        self.models_ = outcomes.models
        self.cost_ = outcomes.costs().mean(axis=0)
        return self

    def sweep(self, prompts: Any, size: int = 101) -> Sweep:
        quality = np.array([np.random.default_rng(list(prompt.encode())).random(3) for prompt in prompts])
        cost = np.tile(self.cost_ * (1 + 100 * ("b" in prompts[0][:1])), (len(prompts), 1))
        return utility_sweep(quality, cost, self.cost_weight, size)


@pytest.mark.parametrize("protocol", ["llmrouterbench", "leave-dataset-out"])
def test_the_default_is_the_routers_own_setting_on_every_split(protocol) -> None:
    """Though its place in the sweep differs from split to split, the leaderboard shows the router's own cost weight."""
    table = random_table({"a": 40, "b": 30}, graded=True)
    settings = Settings(protocol=protocol, seeds=(1, 2), size=21)
    swept = evaluate(table, [Weighing(20.0)], settings)
    alone = evaluate(table, [Weighing(20.0)], replace(settings, size=1))
    for figure in ("avg_acc", "micro_acc", "cost_usd", "difference", "difference_low"):
        assert row(swept, "weighing")[figure] == pytest.approx(row(alone, "weighing")[figure]), figure
    curve = swept.curves[swept.curves.router == "weighing"]
    assert curve[curve.is_default].value.tolist() == [20.0]
    assert np.isinf(curve.value.to_numpy()[-1])


class Growing(Seesaw):
    """Has another number of settings on each split."""

    def sweep(self, prompts: Any, size: int = 101) -> Sweep:
        return super().sweep(prompts, len(prompts))


def test_another_number_of_settings_on_each_split_names_the_router() -> None:
    """Configurations that cannot be averaged over splits are an error that names the router."""
    table = random_table({"a": 40, "b": 30})
    with pytest.raises(RouterError, match="growing: its sweeps have 30 to 40 configurations"):
        evaluate(table, [Growing("growing")], Settings(protocol="leave-dataset-out", seeds=(1,)))


@pytest.mark.parametrize("sizes", [{"a": 40}, {"a": 3, "b": 3}], ids=["one dataset", "two tiny"])
@pytest.mark.parametrize("models", [("one",), ("one", "two"), MODELS], ids=["1", "2", "3"])
@pytest.mark.parametrize("costs", [True, False], ids=["costs", "no costs"])
@pytest.mark.parametrize("graded", [True, False], ids=["graded", "zeros"])
def test_edges_are_judged_like_all_else(sizes, models, costs, graded) -> None:
    """One dataset, one model or two, no costs, all answers wrong: every frame is made, and what does not exist is NaN."""
    table = random_table(sizes, models, costs=costs, graded=True)
    if not graded:
        table = random_table(sizes, models, costs=costs, quality=np.zeros(table.quality.shape))
    results = evaluate(table, [Constant(models[0]), Seesaw()], SMALL)
    ours = row(results, "seesaw")
    assert np.isnan(ours["gap_o"]) == np.isnan(ours["gain_b"]) == (not graded)
    assert np.isnan(ours["cost_usd"]) == np.isnan(ours["pareto_dist"]) == (not costs)
    assert np.isfinite(ours["avg_acc"])
    assert len(results.curves[results.curves.router == "seesaw"]) == SMALL.size
    assert results.has_costs == costs
    assert np.isfinite(ours["apgr"]) == (len(models) == 2 and graded)


def test_two_models_have_routellms_figures() -> None:
    """In a pool of two, APGR and CPT of the sweep are those of its shares and qualities, a mean over seeds."""
    quality = np.random.default_rng(0).random((300, 2)) < [0.4, 0.8]
    table = random_table({"a": 300}, ("weak", "strong"), quality=quality.astype(float))
    ours = row(evaluate(table, [Seesaw()], SMALL), "seesaw")
    assert ours["apgr"] == pytest.approx(0.5, abs=0.1)
    assert ours["cpt_50"] < ours["cpt_80"] <= 1


def test_the_best_single_model_is_named_by_quality_and_cost() -> None:
    """Of models that answer alike the cheapest is best single, and it is that one's name that is told."""
    table = random_table({"a": 40}, quality=np.zeros((40, 3)), cost_usd=np.tile([3.0, 1.0, 2.0], (40, 1)))
    about = evaluate(table, [], SMALL).about
    assert about["best_single"] == about["best_single_train"] == "green"


def test_a_dataset_that_some_seeds_lack_is_averaged_over_the_others() -> None:
    """Shares add up to 1 though a dataset has a judged prompt on some seeds only."""
    quality = np.array(random_table({"a": 60, "b": 31}).quality)
    quality[62:, 0] = np.nan
    table = random_table({"a": 60, "b": 31}, quality=quality)
    results = evaluate(table, [Seesaw()], replace(SMALL, min_dataset_prompts=1, seeds=tuple(range(6))))
    judged = results.datasets[(results.datasets.router == "seesaw") & (results.datasets.dataset == "b")]
    assert 1 <= judged.prompts.item() < 2
    assert results.shares.groupby("dataset").share.sum().tolist() == pytest.approx([1, 1, 1])


def test_what_random_fails_to_recall_is_an_expectation() -> None:
    """Random fails on a prompt that one of three models can answer in two of three cases, whatever the mean quality."""
    table = random_table({"a": 60}, quality=np.tile([1.0, 0.0, 0.0], (60, 1)))
    assert row(evaluate(table, [], SMALL), "Random")["recall_failure"] == pytest.approx(2 / 3)


def test_a_cascades_surcharge_is_paid() -> None:
    """What was spent on the way counts in the cost, and not in the quality."""

    class Cascade(Constant):
        def sweep(self, prompts: Any, size: int = 101) -> Sweep:
            sweep = super().sweep(prompts, size)
            return replace(sweep, surcharge_usd=np.full(sweep.choices.shape, 0.5))

    results = evaluate(random_table(), [Constant("red"), Cascade("red", "cascade")], SMALL)
    plain, ours = row(results, "constant"), row(results, "cascade")
    assert ours["cost_usd"] == pytest.approx(plain["cost_usd"] + 0.5)
    assert ours["avg_acc"] == plain["avg_acc"]


def test_latency_counts_the_routers_own_time() -> None:
    """Latency is time to the first token, tokens over speed, and the router's own microseconds."""
    tokens = np.full((100, 3), 50.0)
    speeds = {"red": ServingSpeed(0.1, 50.0), "green": ServingSpeed(0.2, 100.0), "blue": ServingSpeed(0.3, 25.0)}
    entrant = Constant("green")
    entrant.classify_us = 2e6
    results = evaluate(random_table(completion_tokens=tokens), [entrant], SMALL, speeds=speeds)
    latency = results.latency.set_index("router").latency_s
    assert latency["blue"] == pytest.approx(2.3)
    assert latency["constant"] == pytest.approx(0.7 + 2, abs=0.05)
    assert row(results, "constant")["latency_s"] == latency["constant"]
    silent = evaluate(random_table(), [entrant], SMALL, speeds=speeds)
    assert silent.latency.empty
    assert "the length of some answers is unknown, so nothing is said of latencies" in silent.about["notes"]


def test_the_report_says_what_was_left_out() -> None:
    """Missing outcomes, pooled datasets, zero references and preprocessing each have their sentence."""
    quality = np.array(random_table({"a": 90, "b": 60, "c": 5}).quality)
    quality[:5, 2] = np.nan
    quality[90:150] = [[0.0, 0.0, 0.0]]
    results = evaluate(random_table({"a": 90, "b": 60, "c": 5}, quality=quality, costs=False), [], SMALL)
    notes = results.about["notes"]
    assert "5 of 155 prompts lack an outcome of some model: learned from, not judged on" in notes
    assert "1 datasets under 30 complete prompts are pooled as `other`: c" in notes
    assert any(note.startswith("Gap@O leaves out up to 1 datasets") for note in notes)
    assert "no costs are known, so nothing is said of them" in notes
    prepared = evaluate(random_table({"a": 155}), [], replace(SMALL, preprocess=True))
    assert any(note.endswith("prompts that no model solves left out") for note in prepared.about["notes"])


def test_a_pool_is_chosen_by_name() -> None:
    """All models, or those that are named; none is an error."""
    table = random_table()
    assert outcome_table_of(table, None) is table
    assert outcome_table_of(table, ["blue", "red"]).models == ("blue", "red")
    with pytest.raises(OutcomeError, match="no model is left to route among"):
        outcome_table_of(table, [])


def test_cost_saving_of_the_whole_run_is_that_of_each_seed(topics) -> None:
    """The number of splits with a good enough configuration stands beside CostSave, and there is none for the worse."""
    poor = row(evaluate(topic_table(), [Constant("counts", "poor")], SMALL), "poor")
    assert poor["cost_save_n"] == 0
    assert np.isnan(poor["cost_save"])
    assert metrics.cost_saving([0.9], [0.5], 0.9, 1.0) == 0.5
