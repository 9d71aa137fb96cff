"""List prices of the models of a table of outcomes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_dynaroute.benchmarks import tables_folder
from langchain_dynaroute.pricing import Price, mapped_price
from langchain_dynaroute.rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable


def load_prices(path: str | Path | None = None) -> dict[str, Price]:
    """Return model → list price from a CSV file, or from the shipped `outcome_prices.csv`.

    Args:
        path: File with the columns `model` (or `name`), `input_usd_per_1m_tokens` and
            `output_usd_per_1m_tokens`; a pool's file will do.

    Raises:
        TableError: naming file, row and rule.
    """
    prices = {}
    for row in read_rows(Path(path) if path else tables_folder() / "outcome_prices.csv"):
        name = (row.cells.get("name") or row.cells.get("model") or "").strip()
        if not name:
            row.fail("the model has no name.")
        if name in prices:
            row.fail(f"the model {name!r} stands twice.")
        prices[name] = Price(
            input_usd_per_1m_tokens=row.number_in("input_usd_per_1m_tokens", 0, math.inf),
            output_usd_per_1m_tokens=row.number_in("output_usd_per_1m_tokens", 0, math.inf),
        )
    return prices


def known_prices(models: Iterable[str], path: str | Path | None = None) -> dict[str, Price]:
    """Return the prices of those `models` that have both rates: by the file, else by LiteLLM's map."""
    listed = {**load_prices(), **(load_prices(path) if path else {})}
    found = {name: listed.get(name) or mapped_price(name) for name in models}
    return {name: price for name, price in found.items() if price.total_usd_per_1m_tokens is not None}
