"""Made-up results with LLMRank's frames: two datasets, three models, and the paper's figures of one dataset."""

from __future__ import annotations

import math
from itertools import product

import pandas as pd
from bench_results import make_results

from langchain_dynaroute.bench.results import BenchResults

MODELS = ("maker/model-a", "other/model-b", "model-c")
DATASETS = ("mmlu", "ours")
SHARES = {"mmlu": (70.0, 30.0, 0.0), "ours": (20.0, 80.0, 0.0)}
FEATURES = ("the text's vector", "rewriting", "answer_single_character", "category: Algorithm")
MOVES = ((0.5, 0.4, 0.3), (0.020, 0.010, 0.012), (0.008, 0.009, 0.001), (0.004, 0.004, 0.004))
DIRECTIONS = ((math.nan,) * 3, (0.97, 0.1, -0.98), (-0.9, 0.9, 0.9), (0.6, 0.6, -0.6))


def make_llmrank_results(costs: str | None = "measured") -> BenchResults:
    """Return a small run with the paper's tables and one map of features."""
    results = make_results(models=3, routers=2, datasets=2, seeds=2, sweep=5, costs=costs)
    results.about |= {"name": "routerbench_0shot", "n_prompts": 783, "best_single": "model-c"}
    results.extra |= {
        "llmrank_table_3_overall": overall(has_costs=costs is not None),
        "llmrank_table_4_by_benchmark": by_benchmark(),
        "llmrank_table_5_oracle_share": by_model("percent", SHARES),
        "llmrank_table_6_accuracy": by_model("quality", dict.fromkeys(DATASETS, (0.5, 0.6, 0.7))),
        "llmrank_balanced": pd.DataFrame({"another_figure": [1.0, 2.0]}),
        "llmrank-balanced_features_by_model": features(),
    }
    if costs is not None:
        prices = dict.fromkeys(DATASETS, (0.05, 0.5, 5.0))
        results.extra["llmrank_table_7_cost"] = by_model("usd_per_1k_prompts", prices)
    return results


def overall(*, has_costs: bool) -> pd.DataFrame:
    quality = {"Oracle": 0.9, "llmrank": 0.85, "llmrank-cost": 0.6, "Best single": 0.8, "Cheapest": 0.5}
    cost = {"Oracle": 0.3, "llmrank": 1.0, "llmrank-cost": 0.1, "Best single": 2.0, "Cheapest": 0.05}
    rows = []
    for router, value in quality.items():
        own = {"quality": value, "usd_per_1k_prompts": cost[router] if has_costs else math.nan}
        own |= {"efficiency_percent": 100 * value / 0.9, "quality_gap": 0.9 - value}
        own["cost_ratio"] = cost[router] / 0.3 if has_costs else math.nan
        rows.append({"router": router, **own, **{f"{key}_paper": value for key, value in own.items()}})
    return pd.DataFrame(rows)


def by_benchmark() -> pd.DataFrame:
    quality = {"llmrank": (0.8, 0.6), "Best single": (0.7, 0.7), "Oracle": (0.9, 0.95)}
    return pd.DataFrame(
        {"dataset": of, "router": name, "quality": own[i], "quality_paper": math.nan if i else 0.75}
        for name, own in quality.items()
        for i, of in enumerate(DATASETS)
    )


def by_model(key: str, figures: dict[str, tuple[float, ...]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "dataset": of,
            "model": model,
            key: figures[of][i],
            f"{key}_paper": math.nan if of == "ours" else figures[of][i],
        }
        for of, (i, model) in product(DATASETS, enumerate(MODELS))
    )


def features() -> pd.DataFrame:
    return pd.DataFrame(
        {"feature": feature, "mean contribution": sum(moves) / len(moves)}
        | {f"{model} moves": size for model, size in zip(MODELS, moves, strict=True)}
        | {f"{model} direction": way for model, way in zip(MODELS, ways, strict=True)}
        for feature, moves, ways in zip(FEATURES, MOVES, DIRECTIONS, strict=True)
    )
