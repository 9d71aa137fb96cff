"""The shipped tables: complete, with provenance, and as in the papers."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pytest

from langchain_dynaroute import BenchmarkTable, Category, ModelPool
from langchain_dynaroute.benchmarks import (
    CategoryMap,
    canonical_benchmark,
    category_groups,
    provider_keys,
    provider_names,
    tables_folder,
)
from langchain_dynaroute.pricing import price_map

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT.parent / "shared" / "reference"
POOLS = {"dynaroute-paper": 38, "flagship": 13, "lightweight": 20}
ALL_POOLS = (*POOLS, "local")
TABLES = ("benchmarks", "categories", "category_benchmarks", "level_shifts", "providers")


def rows_of(path):
    """A CSV file's rows."""
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def pool_rows(name):
    """A shipped pool's rows."""
    return rows_of(tables_folder() / "pools" / f"{name}.csv")


@pytest.fixture
def reference():
    """Read a table of the papers; skip where they are not at hand."""
    if not REFERENCE.is_dir():
        pytest.skip(f"the papers' tables are not in {REFERENCE}")
    return lambda name: rows_of(REFERENCE / f"{name}.csv")


def number(text):
    """A cell as a number, None if empty."""
    return float(text) if text else None


def figures(row, skip):
    """A reference row's scores, under our names."""
    return {canonical_benchmark(key): float(text) for key, text in row.items() if key not in skip and text}


# -- counts, provenance, packaging ----------------------------------------------------------


@pytest.mark.parametrize(("name", "count"), POOLS.items())
def test_shipped_pools_are_complete(name, count):
    """The pools have the papers' 38, 13 and 20 models."""
    assert count == len(ModelPool.load(name))


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_source_and_date(name):
    """Every row of the tables says where it is from and when it was true."""
    rows = rows_of(tables_folder() / f"{name}.csv")

    assert rows
    assert [] == [row for row in rows if not row["source"] or not row["date"]]


@pytest.mark.parametrize("name", ALL_POOLS)
def test_every_figure_of_a_pool_has_source_and_date(name):
    """Scores, prices and ids of every model each have a source and a date."""
    for row in pool_rows(name):
        has = {
            "scores": any(text for column, text in row.items() if column.startswith(("percent:", "usd_per_"))),
            "prices": bool(row["input_usd_per_1m_tokens"] or row["output_usd_per_1m_tokens"]),
            "ids": bool(row["model"]),
        }
        told = {kind: bool(row.get(f"{kind}_source") and row.get(f"{kind}_date")) for kind in has}

        assert [] == [kind for kind in has if has[kind] and not told[kind]], row["name"]


def test_additions_of_our_own_have_a_reason():
    """A benchmark that the paper does not list for a category says why it speaks for it."""
    rows = rows_of(tables_folder() / "category_benchmarks.csv")

    assert {"DynaRoute Table 5", "langchain-dynaroute"} == {row["source"] for row in rows}
    assert [] == [row for row in rows if row["source"] == "langchain-dynaroute" and not row["why"]]


def test_every_table_is_in_the_wheel():
    """The wheel's configuration brings every table; prompts to train on stay in the repository."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = set(config["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"])

    ours = [path for path in (ROOT / "tables").iterdir() if path.is_file() or any(path.iterdir())]

    assert {f"tables/{path.name}" for path in ours} - {"tables/user_prompts"} == included


# -- tables agree with the code and with each other -----------------------------------------


def test_categories_are_those_of_the_table():
    """The enum and `categories.csv` name the same 29 categories in the same order."""
    rows = rows_of(tables_folder() / "categories.csv")

    assert [row["category"] for row in rows] == [category.value for category in Category]
    assert 29 == len(Category)
    assert set(Category) == set(category_groups())


def test_every_mapped_benchmark_is_a_known_one():
    """The category map uses canonical names of `benchmarks.csv` only, and every one of them."""
    known = {row["benchmark"] for row in rows_of(tables_folder() / "benchmarks.csv")}

    assert known == {row["benchmark"] for row in rows_of(tables_folder() / "category_benchmarks.csv")}


def test_no_alias_means_two_benchmarks():
    """Every name and alias of `benchmarks.csv` is read as the benchmark of its own row."""
    mistaken = [
        (alias, row["benchmark"])
        for row in rows_of(tables_folder() / "benchmarks.csv")
        for alias in (row["benchmark"], *filter(None, row["aliases"].split("|")))
        if canonical_benchmark(alias) != row["benchmark"]
    ]

    assert [] == mistaken


@pytest.mark.parametrize("name", POOLS)
def test_litellm_knows_every_id(name):
    """Every LiteLLM id of a shipped pool is a key of the installed price map."""
    ids = [candidate.model for candidate in ModelPool.load(name) if candidate.model]

    assert ids
    assert [] == [model for model in ids if model not in price_map()]


@pytest.mark.parametrize("name", POOLS)
def test_every_shipped_model_has_a_known_key(name):
    """The key variable of each row is the one its provider has in `providers.csv`."""
    pool = ModelPool.load(name)
    keys = {provider_names()[provider]: variables for provider, variables in provider_keys().items()}

    assert [] == [(c.name, c.key_env) for c in pool if c.model and keys.get(c.provider) != c.key_env]


def test_the_local_model_is_a_free_last_resort():
    """No shipped pool ends at the local model; its own pool ranks it last and for nothing."""
    (local,) = ModelPool.load("local")

    assert (True, 0) == (local.last_resort, local.price.total_usd_per_1m_tokens)
    assert not [c.name for name in POOLS for c in ModelPool.load(name) if c.last_resort or "local" in str(c.model)]


# -- figures are the papers' ----------------------------------------------------------------


@pytest.mark.shared
def test_dynaroute_figures_are_those_of_table_7(reference):
    """Scores and prices of the paper's pool are DynaRoute's Table 7, gaps included."""
    skip = {"model", "input_cost", "output_cost"}
    expected = {
        row["model"]: (number(row["input_cost"]), number(row["output_cost"]), figures(row, skip))
        for row in reference("dynaroute_table7_benchmarks")
    }

    assert expected == {
        row.name: (row.price.input_usd_per_1m_tokens, row.price.output_usd_per_1m_tokens, row.scores)
        for row in BenchmarkTable.load("dynaroute-paper").rows
    }


@pytest.mark.shared
def test_flagship_scores_are_those_of_table_5(reference):
    """Scores of the flagship pool are LLMRouterBench's Table 5."""
    expected = {row["name"]: figures(row, {"name"}) for row in reference("llmrouterbench_table5_flagship_accuracy")}

    assert expected == {row.name: row.scores for row in BenchmarkTable.load("flagship").rows}


@pytest.mark.shared
def test_flagship_prices_are_those_of_table_8(reference):
    """Prices of the flagship pool are LLMRouterBench's Table 8."""
    expected = {
        row["name"]: (float(row["input_usd_per_1m"]), float(row["output_usd_per_1m"]))
        for row in reference("llmrouterbench_table8_flagship_prices")
    }

    assert expected == {
        row.name: (row.price.input_usd_per_1m_tokens, row.price.output_usd_per_1m_tokens)
        for row in BenchmarkTable.load("flagship").rows
    }


@pytest.mark.shared
def test_flagship_costs_are_table_6_over_table_9(reference):
    """Measured costs are Table 6's bill of a dataset over its number of prompts in Table 9."""
    sizes = {
        canonical_benchmark(row["dataset"]): int(row["size"])
        for row in reference("llmrouterbench_table9_datasets")
        if row["setting"] == "performance-cost"
    }
    expected = {
        row["name"]: {name: pytest.approx(bill / sizes[name]) for name, bill in figures(row, {"name", "Total"}).items()}
        for row in reference("llmrouterbench_table6_flagship_cost")
    }

    assert expected == {row.name: row.measured_usd_per_prompt for row in BenchmarkTable.load("flagship").rows}


@pytest.mark.shared
def test_lightweight_figures_are_those_of_tables_4_and_7(reference):
    """Scores and sizes of the lightweight pool are LLMRouterBench's Tables 4 and 7."""
    scores = {row["name"]: figures(row, {"name"}) for row in reference("llmrouterbench_table4_lightweight_accuracy")}
    sizes = {row["name"]: row["params_billions"] for row in reference("llmrouterbench_table7_lightweight_models")}

    assert scores == {row.name: row.scores for row in BenchmarkTable.load("lightweight").rows}
    assert sizes == {row["name"]: row["params_billions"] for row in pool_rows("lightweight")}


@pytest.mark.shared
def test_categories_and_groups_are_those_of_table_4(reference):
    """The 29 categories stand in the paper's groups."""
    expected = {row["category"]: row["main_category"] for row in reference("dynaroute_table4_categories")}

    assert expected == {category.value: group for category, group in category_groups().items()}


@pytest.mark.shared
def test_the_papers_benchmarks_of_a_category_are_those_of_table_5(reference):
    """Rows of source "DynaRoute Table 5" are that table, no more and no less."""
    expected = {
        (row["category"], name.strip())
        for row in reference("dynaroute_table5_category_benchmarks")
        for name in row["benchmarks"].split(";")
        if name.strip()
    }
    ours = rows_of(tables_folder() / "category_benchmarks.csv")

    assert expected == {(row["category"], row["benchmark"]) for row in ours if row["source"] == "DynaRoute Table 5"}
    assert len(ours) == sum(len(CategoryMap.load().of(category)) for category in Category)


@pytest.mark.shared
def test_table_6_of_the_tests_is_the_papers(reference):
    """The copy of Table 6 that the tier tests use is the reference."""
    copy = rows_of(Path(__file__).parent / "data" / "table6.csv")

    assert reference("dynaroute_table6_recommendations") == copy
