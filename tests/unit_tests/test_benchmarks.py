"""Reading tables: what a CSV file may hold, and what a broken one says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from langchain_dynaroute import BenchmarkTable, Category, ModelPool, TierTable
from langchain_dynaroute.benchmarks import CategoryMap, canonical_benchmark, read_models, table_path, tables_folder
from langchain_dynaroute.decisions import Tier
from langchain_dynaroute.errors import TableError

PRICES = "input_usd_per_1m_tokens,output_usd_per_1m_tokens"


@pytest.fixture
def write(tmp_path):
    """Write lines (or bytes) to a file, and return its path."""

    def _write(*lines, name="mine.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes("\n".join(lines).encode(encoding))
        return path

    return _write


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("HLE", "Humanity's Last Exam"),
        ("Humanity's Last Exam", "Humanity's Last Exam"),
        ("GPQA", "GPQA Diamond"),
        ("gpqa diamond", "GPQA Diamond"),
        ("tau2-Bench", "τ²-Bench"),
        ("MATH500", "MATH-500"),
        ("AIME24", "AIME 2024"),
        ("AIME", "AIME"),
        (" House Exam ", "House Exam"),
    ],
)
def test_a_benchmark_has_one_name(alias, name):
    """Every way to write a benchmark is read as its one name; an unknown one stays as it is."""
    assert name == canonical_benchmark(alias)


def test_a_column_may_be_headed_by_an_alias(write):
    """Scores of a column `percent:HLE` are those of Humanity's Last Exam."""
    table = BenchmarkTable.load(write("name,percent:HLE,percent:GPQA,percent:tau2-Bench", "A,1,2,3"))

    assert ("Humanity's Last Exam", "GPQA Diamond", "τ²-Bench") == table.benchmarks


def test_an_empty_cell_is_unknown_and_never_zero(write):
    """An empty score or price is NaN, and 0 is 0."""
    table = BenchmarkTable.load(write(f"name,{PRICES},percent:HLE", "A,,,", "B,0,0,0", "C,1,,5"))

    assert [True, False, False] == np.isnan(table.percent[:, 0]).tolist()
    assert [True, False, True] == np.isnan(table.cost_usd_per_1m_tokens).tolist()
    assert 0 == table.cost_usd_per_1m_tokens[1]


def test_a_spreadsheets_byte_order_mark_and_blank_lines_do_not_matter(write):
    """A file saved by a spreadsheet, with a byte order mark and blank lines, is read."""
    assert ("A",) == BenchmarkTable.load(write("name,percent:HLE", "", "A,1", "", encoding="utf-8-sig")).models


def test_measured_cost_is_the_bill_over_the_prompts(write):
    """`usd_per_benchmark:` is divided by the benchmark's number of prompts (AIME has 60)."""
    row = read_models(write("name,percent:AIME,usd_per_benchmark:AIME", "A,50,1.2"))[0]

    assert {"AIME": pytest.approx(0.02)} == row.measured_usd_per_prompt


BAD_TABLES = {
    "unknown column": (["name,colour", "A,red"], 1, "unknown column 'colour'"),
    "benchmark without prefix": (["name,MMLU-Pro", "A,50"], 1, "'percent:MMLU-Pro'"),
    "typing error in a column": (["name,input_usd_per_1m_token", "A,5"], 1, "Did you mean 'input_usd_per_1m_tokens'?"),
    "no name column": (["model", "gpt-4.1"], 1, "'name' is missing"),
    "repeated column": (["name,percent:HLE,percent:HLE", "A,1,2"], 1, "column"),
    "one benchmark under two names": (["name,percent:HLE,percent:Humanity's Last Exam", "A,1,2"], 1, "Last Exam"),
    "unknown benchmark": (["name,percent:MMLU-Prow", "A,50"], 1, "Did you mean 'MMLU-Pro'?"),
    "negative price": (["name," + PRICES, "A,1,2", "B,-1,2"], 3, "input_usd_per_1m_tokens is -1"),
    "score of 8250": (["name,percent:HLE", "A,8250"], 2, "8250, but must be from 0 to 100"),
    "negative score": (["name,percent:HLE", "A,-0.1"], 2, "from 0 to 100"),
    "NaN score": (["name,percent:HLE", "A,nan"], 2, "percent:HLE is nan"),
    "infinite score": (["name,percent:HLE", "A,inf"], 2, "percent:HLE is inf"),
    "NaN price": (["name," + PRICES, "A,NaN,2"], 2, "input_usd_per_1m_tokens is NaN"),
    "infinite price": (["name," + PRICES, "A,1,inf"], 2, "output_usd_per_1m_tokens is inf"),
    "infinite window": (["name,max_input_tokens", "A,inf"], 2, "max_input_tokens is inf"),
    "infinite bill": (["name,percent:HLE,usd_per_benchmark:HLE", "A,1,inf"], 2, "usd_per_benchmark:HLE is inf"),
    "no number": (["name,percent:HLE", "A,a lot"], 2, "percent:HLE is 'a lot', which is not a number"),
    "no room": (["name,max_input_tokens", "A,0"], 2, "max_input_tokens is 0, but must be 1 or more"),
    "duplicate name": (["name,percent:HLE", "A,1", "B,2", "A,3"], 4, "'A' stands twice"),
    "empty name": (["name,percent:HLE", " ,1"], 2, "the name is empty"),
    "too many cells": (["name,percent:HLE", "A,1", "B,1,2"], 3, "3 cells, but the header has 2"),
    "too few cells": (["name,percent:HLE", "A"], 2, "1 cells, but the header has 2"),
    "bad JSON": (["name,params", "A,{reasoning_effort: high}"], 2, "write a JSON object"),
    "JSON, but no object": (["name,params", 'A,"[1, 2]"'], 2, "write a JSON object"),
    "bad boolean": (["name,tool_calling", "A,perhaps"], 2, "tool_calling is 'perhaps'; write true, false or nothing"),
    "bill of unknown size": (["name,usd_per_benchmark:SciCode", "A,3"], 2, "number of prompts"),
    "empty file": ([""], 1, "column"),
}


@pytest.mark.parametrize(("lines", "row", "rule"), BAD_TABLES.values(), ids=BAD_TABLES.keys())
@pytest.mark.parametrize("load", [BenchmarkTable.load, ModelPool.load])
def test_a_broken_table_names_file_row_and_rule(write, load, lines, row, rule):
    """A rule that a CSV file breaks is one `TableError` with the file's name, the row and the rule."""
    with pytest.raises(TableError) as caught:
        load(write(*lines))

    assert TableError is caught.type
    assert "mine.csv" in str(caught.value)
    assert f"row {row}" in str(caught.value)
    assert rule in str(caught.value)


def test_a_file_that_is_not_utf8_says_so(write):
    """A Latin-1 file is a `TableError` that names the file and the encoding wanted."""
    with pytest.raises(TableError, match=r"mine\.csv: is not UTF-8 text"):
        BenchmarkTable.load(write("name,note", "Größe,é", encoding="latin-1"))


def test_a_missing_file_says_so(tmp_path):
    """A path to nothing is a `TableError` that names the path."""
    with pytest.raises(TableError, match=r"absent\.csv: cannot be read"):
        BenchmarkTable.load(tmp_path / "absent.csv")


def test_a_misspelt_shipped_table_is_guessed():
    """The name of no table is answered with the nearest shipped one."""
    with pytest.raises(TableError, match="Did you mean 'flagship'"):
        BenchmarkTable.load("flagships")


def test_a_shipped_name_wins_over_the_working_folder(tmp_path, monkeypatch):
    """`"flagship"` is the shipped table wherever the program runs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flagship").mkdir()

    assert tables_folder() / "pools" / "flagship.csv" == table_path("flagship")


BAD_MAPS = {
    "unknown benchmark": (["category,benchmark", "Law,MMLU-Pro", "Law,MMLU-Prow"], 3, "unknown benchmark 'MMLU-Prow'"),
    "unknown category": (["category,benchmark", "Laws,MMLU-Pro"], 2, "Did you mean 'Law'?"),
    "missing column": (["category,bench", "Law,MMLU-Pro"], 2, "the column 'benchmark' is missing"),
    "listed twice": (["category,benchmark", "Law,HLE", "Law,Humanity's Last Exam"], 3, "listed twice for Law"),
}


@pytest.mark.parametrize(("lines", "row", "rule"), BAD_MAPS.values(), ids=BAD_MAPS.keys())
def test_a_broken_category_map_names_file_row_and_rule(write, lines, row, rule):
    """A category map is held to its rules like a table is."""
    with pytest.raises(TableError) as caught:
        CategoryMap.load(write(*lines, name="map.csv"))

    assert "map.csv" in str(caught.value)
    assert f"row {row}" in str(caught.value)
    assert rule in str(caught.value)


def test_a_benchmark_of_ones_own_needs_only_a_map(write):
    """With a map that uses it, a benchmark nobody knows decides a category."""
    table = write(f"name,{PRICES},percent:House Exam", "A,1,1,40", "B,1,1,60")
    category_map = write("category,benchmark", "law,House Exam", name="map.csv")

    tiers = TierTable.build(ModelPool.load(table, category_map))

    assert ("House Exam",) == tiers.category(Category.LAW).benchmarks
    assert "B" == tiers.ranking(Category.LAW, Tier.BEST)[0].name


def test_the_map_names_text_formatting_in_either_way(write):
    """Table 5's "Text Formatting" is the category that Table 4 calls by its longer name."""
    found = CategoryMap.load(write("category,benchmark", "Text Formatting,HLE"))

    assert ("Humanity's Last Exam",) == found.of(Category.TEXT_FORMATTING_AND_EDITING)


def test_arrays_line_up_with_the_names(write):
    """`percent` is models × benchmarks in the order of `models` and `benchmarks`."""
    table = BenchmarkTable.load(write("name,percent:HLE,percent:AIME", "A,1,2", "B,,4"))

    assert (("A", "B"), ("Humanity's Last Exam", "AIME")) == (table.models, table.benchmarks)
    np.testing.assert_array_equal([[1, 2], [math.nan, 4]], table.percent)
    assert "BenchmarkTable('mine', 2 models × 2 benchmarks)" == repr(table)


def test_a_frame_holds_the_table():
    """`to_frame` has a row a model, the price first, and the table's figures."""
    pytest.importorskip("pandas")
    frame = BenchmarkTable.load("flagship").to_frame()

    assert (13, 11) == frame.shape
    assert 11.25 == frame.loc["GPT-5", "cost_usd_per_1m_tokens"]
    assert 88.33 == frame.loc["GPT-5", "AIME"]
