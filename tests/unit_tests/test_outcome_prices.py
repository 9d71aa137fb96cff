"""List prices of the models of public outcome sets: as LiteLLM's map has them, and none missing unnoticed."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from langchain_dynaroute.bench.list_prices import known_prices
from langchain_dynaroute.benchmarks import tables_folder
from langchain_dynaroute.pricing import mapped_price, price_map_entry

SHARED = Path(__file__).parents[3] / "shared" / "outcomes"
ROWS = list(csv.DictReader((tables_folder() / "outcome_prices.csv").read_text(encoding="utf-8").splitlines()))
UNPRICED = {"zeroeval": {"reka-core-20240501"}}
"""Set → models of which no list price was found."""


@pytest.mark.parametrize("row", [row for row in ROWS if row["litellm_id"]], ids=lambda row: row["model"])
def test_a_price_is_that_of_the_map(row) -> None:
    """Both rates are those of LiteLLM's map; a row whose id has left the map is passed over."""
    if not price_map_entry(row["litellm_id"]):
        pytest.skip(f"{row['litellm_id']} is no longer in LiteLLM's map")
    price = mapped_price(row["litellm_id"])
    assert float(row["input_usd_per_1m_tokens"]) == price.input_usd_per_1m_tokens
    assert float(row["output_usd_per_1m_tokens"]) == price.output_usd_per_1m_tokens


def test_every_row_has_source_and_date() -> None:
    """Each price says where and when it was read."""
    assert all(row["prices_source"] and re.fullmatch(r"20\d\d-\d\d(-\d\d)?", row["prices_date"]) for row in ROWS)


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["routerbench_0shot", "routerbench_5shot", "zeroeval", "routellm_mmlu_gsm8k", "open7b_seven_models"]
)
def test_the_models_of_public_sets_have_prices(name) -> None:
    """Every model of a public set has a list price, but for those known to have none."""
    parquet = pytest.importorskip("pyarrow.parquet")
    path = SHARED / name / "outcomes.parquet"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    models = set(parquet.read_table(path, columns=["model"])["model"].unique().to_pylist())
    assert UNPRICED.get(name, set()) == models - set(known_prices(models))
