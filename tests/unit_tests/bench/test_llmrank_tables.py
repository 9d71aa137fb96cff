"""The LLMRank paper's tables beside ours, and the features' influence, in a benchmark run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from langchain_dynaroute.bench.evaluate import Settings, evaluate
from langchain_dynaroute.bench.llmrank_tables import PRESETS, REMARK, paper_figures
from langchain_dynaroute.bench.report import write_report
from langchain_dynaroute.bench.run_cache import RunCache
from langchain_dynaroute.cli_bench import _llmrank
from langchain_dynaroute.routers import KNNRouter
from langchain_dynaroute.routers.checks import small_outcomes

SETTINGS = Settings("llmrank", (42, 999), size=5, min_dataset_prompts=5)
PAPER = {"sums": "grade-school-math", "code": "mbpp", "facts": "mmlu"}
MODELS = ("mistralai/mistral-7b-chat", "claude-v1", "gpt-4-1106-preview")


@pytest.fixture(scope="module")
def table():
    """Made-up outcomes under names that the paper has figures of."""
    made = small_outcomes(150)
    return replace(made, datasets=tuple(PAPER[name] for name in made.datasets), models=MODELS)


@pytest.fixture(scope="module")
def entrants():
    """LLMRank at the paper's three λ, quickly fitted."""
    pytest.importorskip("torch")
    made = [_llmrank(name) for name in PRESETS]
    for router in made:
        router.epochs, router.n_networks = 2, 1
    return made


@pytest.fixture(scope="module")
def results(table, entrants, tmp_path_factory):
    """A run, taken from the cache the second time."""
    cache = RunCache(tmp_path_factory.mktemp("runs"))
    evaluate(table, entrants, SETTINGS, cache=cache)
    return evaluate(table, entrants, SETTINGS, cache=cache)


def test_the_papers_figures_are_complete():
    """Tables 5 to 7 have 110 cells each; some of them, and of Table 3, are as printed."""
    figures = paper_figures()
    sizes = [sum(key[0] == number for key in figures) for number in (1, 5, 6, 7)]

    assert [10, 110, 110, 110] == sizes
    assert 34623 == sum(value for key, value in figures.items() if key[0] == 1)
    assert 0.794 == figures[3, "quality", "all", "llmrank-balanced"]
    assert 28.67 == figures[5, "oracle_percent", "grade-school-math", "mistralai/mistral-7b-chat"]
    assert 0.85 == figures[6, "quality", "mmlu", "gpt-4-1106-preview"]
    assert 63.678 == figures[7, "total_cost_usd", "grade-school-math", "gpt-4-1106-preview"]


def test_table_3_stands_beside_the_papers(results):
    """Oracle, LLMRank at three λ, best single and cheapest have our figure and the paper's."""
    rows = results.extra["llmrank_table_3_overall"].set_index("router")

    assert ["Oracle", *PRESETS, "Best single", "Cheapest"] == list(rows.index)
    assert 100 == pytest.approx(rows.loc["Oracle", "efficiency_percent"])
    assert 0.843 == rows.loc["llmrank", "quality_paper"]
    assert 1e3 * 1.271 / 5193 == pytest.approx(rows.loc["Oracle", "usd_per_1k_prompts_paper"])
    assert rows.loc["llmrank-cost", "usd_per_1k_prompts"] <= rows.loc["llmrank", "usd_per_1k_prompts"]


def test_benchmarks_and_models_stand_beside_the_papers(results):
    """Table 4 has each dataset and router, 5 to 7 each dataset and model; oracle shares add up to 100."""
    fourth = results.extra["llmrank_table_4_by_benchmark"]
    oracle = results.extra["llmrank_table_5_oracle_share"]
    cost = results.extra["llmrank_table_7_cost"].set_index(["dataset", "model"])

    assert 3 * 6 == len(fourth)
    assert fourth["quality_paper"].notna().all()
    assert [100.0] * 3 == pytest.approx(oracle.groupby("dataset")["percent"].sum().tolist())
    assert 1e3 * 63.678 / 7450 == pytest.approx(
        cost.loc[("grade-school-math", "gpt-4-1106-preview"), "usd_per_1k_prompts_paper"]
    )
    assert 9 == len(results.extra["llmrank_table_6_accuracy"])
    assert REMARK in results.about["notes"]


def test_features_that_move_models_are_a_frame(results, tmp_path):
    """Each LLMRank has a frame of its strongest features, also from the cache, and the page shows it."""
    frame = results.extra["llmrank_features_by_model"]
    page = write_report(results, tmp_path)

    assert frame["mean contribution"].is_monotonic_decreasing
    assert {f"{name} {what}" for name in MODELS for what in ("moves", "direction")} <= set(frame.columns)
    assert "LLMRank, quality alone (λ = 0): which feature moves which model" in page["html"].read_text(encoding="utf-8")


def test_other_routers_have_no_such_frames(table):
    """Without LLMRank and its protocol there is none of it."""
    results = evaluate(table, [KNNRouter()], replace(SETTINGS, protocol="llmrouterbench"))

    assert {} == results.extra
    assert REMARK not in results.about["notes"]
