"""Figures with and without LLMRank's preprocessing, side by side: leaving out what no model solves flatters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from langchain_dynaroute.bench.results import BenchResults

BOTH = "with_and_without_preprocessing"
"""The name of the frame."""
_RATIOS = ("avg_acc", "gain_b", "gap_o")


def with_and_without(prepared: BenchResults, plain: BenchResults) -> pd.DataFrame:
    """Return a row a router, reference or model: its figures after the preprocessing, and `_without` it.

    Args:
        prepared: What was found on the preprocessed prompts.
        plain: What was found on all prompts.
    """
    keys = ["router", "kind"]
    both = prepared.leaderboard.merge(plain.leaderboard, on=keys, suffixes=("", "_without"))
    told = both[keys].copy()
    for name in _RATIOS:
        for ending in ("", "_without"):
            told[f"{name}_percent{ending}"] = both[f"{name}{ending}"] * 100
    if prepared.has_costs:
        cost = "estimated_usd_per_1k_prompts" if prepared.about["cost_source"] == "estimated" else "usd_per_1k_prompts"
        for ending in ("", "_without"):
            told[f"{cost}{ending}"] = both[f"cost_usd{ending}"] * 1000
    return told
