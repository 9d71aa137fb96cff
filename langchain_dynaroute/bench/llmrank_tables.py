"""The LLMRank paper's tables on any outcomes, each with the paper's figure beside ours (Tables 3 to 7)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from langchain_dynaroute.bench.references import BEST_SINGLE, CHEAPEST, ORACLE, oracle_choices
from langchain_dynaroute.benchmarks import tables_folder
from langchain_dynaroute.rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from langchain_dynaroute.bench.evaluate import Scoring
    from langchain_dynaroute.bench.results import BenchResults

LLMRANK = "llmrank"
PRESETS = {LLMRANK: "perf", f"{LLMRANK}-balanced": "balanced", f"{LLMRANK}-cost": "cost"}
"""Name in the benchmark → the router's λ."""
SHOWN = (ORACLE, *PRESETS, BEST_SINGLE, CHEAPEST)
PAPER_PROMPTS = 34_623
"""In the paper's data set."""
REMARK = (
    f"the LLMRank paper's figures are of all {PAPER_PROMPTS:,} prompts of RouterBench's 0-shot set after its filtering, judged on "
    "5,193 of them; where the outcomes here are another set or a part of that one, the two columns compare like only in kind"
)
_PAPER_TEST_PROMPTS = 5193
_THOUSAND, _PERCENT = 1e3, 100.0
_OVERALL = {
    "quality": ("micro_acc", 1.0, 1.0),
    "usd_per_1k_prompts": ("cost_usd", _THOUSAND, _THOUSAND / _PAPER_TEST_PROMPTS),
    "efficiency_percent": ("efficiency", _PERCENT, 1.0),
    "cost_ratio": ("cost_ratio", 1.0, 1.0),
    "quality_gap": ("quality_gap", 1.0, 1 / _PERCENT),
}
"""Column → column of the leaderboard, what makes ours of it, what makes it of the paper's figure."""
_PAPER_NAMES = {"usd_per_1k_prompts": "cost_usd", "quality_gap": "quality_gap_percent"}
Figures = dict[tuple[int, str, str, str], float]


def is_of_llmrank(name: str) -> bool:
    """Return whether a router is one of LLMRank's."""
    return name in PRESETS


def paper_figures() -> Figures:
    """Return (table, figure, dataset, router or model) → value, from the paper."""
    found: Figures = {}
    for row in read_rows(tables_folder() / "papers" / "llmrank.csv"):
        value = row.number_in("value", -math.inf, math.inf)
        if value is not None and (row.cells.get("name") or row.cells["table"] == "1"):
            key = (int(row.cells["table"]), row.cells["figure"], row.cells["dataset"], row.cells.get("name") or "")
            found[key] = value
    return found


def llmrank_tables(scoring: Scoring, results: BenchResults) -> dict[str, pd.DataFrame]:
    """Return the frames by name; a figure that one side does not have is NaN."""
    import pandas as pd

    paper = paper_figures()
    frames = {
        "llmrank_table_3_overall": _overall(results, paper),
        "llmrank_table_4_by_benchmark": _by_benchmark(results, paper),
        "llmrank_table_5_oracle_share": _oracle_shares(scoring, paper),
        "llmrank_table_6_accuracy": _models(results, paper, "accuracy"),
        "llmrank_table_7_cost": _models(results, paper, "cost_usd"),
    }
    return {name: pd.DataFrame(rows) for name, rows in frames.items() if rows}


def _overall(results: BenchResults, paper: Figures) -> list[dict[str, Any]]:
    rows = []
    for row in results.leaderboard.to_dict("records"):
        if row["router"] not in SHOWN or row["kind"] == "model":
            continue
        found: dict[str, Any] = {"router": row["router"]}
        for name, (column, scale, paper_scale) in _OVERALL.items():
            known = paper.get((3, _PAPER_NAMES.get(name, name), "all", row["router"]), math.nan)
            found |= {name: _number(row[column]) * scale, f"{name}_paper": known * paper_scale}
        rows.append(found)
    return sorted(rows, key=lambda row: SHOWN.index(row["router"]))


def _by_benchmark(results: BenchResults, paper: Figures) -> list[dict[str, Any]]:
    return [
        {
            "dataset": row["dataset"],
            "router": row["router"],
            "quality": _number(row["accuracy"]),
            "quality_paper": paper.get((4, "quality", _plain(row["dataset"]), row["router"]), math.nan),
        }
        for row in results.datasets.to_dict("records")
        if row["router"] in SHOWN and row["kind"] != "model"
    ]


def _oracle_shares(scoring: Scoring, paper: Figures) -> list[dict[str, Any]]:
    rows = []
    for dataset in scoring.groups.names:
        chosen = [
            oracle_choices(data.test)[data.groups.index == data.groups.names.index(dataset)]
            for data in scoring.seeds
            if dataset in data.groups.names
        ]
        counts = np.bincount(np.concatenate(chosen), minlength=len(scoring.table.models)) if chosen else None
        for place, model in enumerate(scoring.table.models):
            rows.append(
                {
                    "dataset": dataset,
                    "model": model,
                    "percent": math.nan if counts is None else _PERCENT * float(counts[place] / counts.sum()),
                    "percent_paper": paper.get((5, "oracle_percent", _plain(dataset), model), math.nan),
                }
            )
    return rows


def _models(results: BenchResults, paper: Figures, column: str) -> list[dict[str, Any]]:
    rows = []
    for row in results.datasets.to_dict("records"):
        if row["kind"] != "model":
            continue
        found = {"dataset": row["dataset"], "model": row["router"]}
        place = (_plain(row["dataset"]), row["router"])
        if column == "accuracy":
            found |= {"quality": _number(row[column]), "quality_paper": paper.get((6, "quality", *place), math.nan)}
        elif results.has_costs:
            found |= {"usd_per_1k_prompts": _THOUSAND * _number(row[column])}
            found |= {"usd_per_1k_prompts_paper": _paper_cost(paper, *place)}
        else:
            continue
        rows.append(found)
    return rows


def _paper_cost(paper: Mapping[tuple[int, str, str, str], float], dataset: str, model: str) -> float:
    total = paper.get((7, "total_cost_usd", dataset, model), math.nan)
    return _THOUSAND * total / paper.get((1, "prompts", dataset, ""), math.nan)


def _plain(dataset: str) -> str:
    """Return the dataset whose figures the paper has: RouterBench's 5-shot sets are named after their own."""
    return dataset.removesuffix("_5shot")


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
