"""DynaRoute's own experiment on any outcomes: score against USD per 1M tokens (its Table 3, Figures 2 to 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from langchain_dynaroute.errors import OutcomeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from langchain_dynaroute.bench.evaluate import Scoring
    from langchain_dynaroute.bench.seed_scores import Score, SeedData
    from langchain_dynaroute.pricing import Price

SHOWN = ("dynaroute-optimum", "dynaroute-low-cost", "dynaroute-best-performance", "routellm")
COLUMNS = ("dataset", "router", "kind", "score_percent", "cost_usd_per_1m_tokens")
_PERCENT = 100.0


def experiment(scoring: Scoring, prices: Mapping[str, Price], routers: Sequence[str] = SHOWN) -> pd.DataFrame:
    """Return the experiment: a row a dataset and router or single model.

    The cost of a router is the mean list price, input + output, of the models it chose: what
    its tokens cost a million, the paper's measure. It says nothing of how many tokens they are.

    Args:
        scoring: Scored runs.
        prices: Model → list price, for every model of the table.
        routers: Which routers are shown, of those that ran.

    Raises:
        OutcomeError: if a model has no price.
    """
    import pandas as pd

    price = _totals(scoring.table.models, prices)
    rows: list[dict[str, Any]] = []
    for dataset in scoring.groups.names:
        for name in [name for name in routers if name in scoring.routers]:
            scores = scoring.routers[name]
            found = [
                _router_point(data, score, dataset, price) for data, score in zip(scoring.seeds, scores, strict=True)
            ]
            rows.append(_row(dataset, name, "router", np.nanmean(found, axis=0)))
        for i, name in enumerate(scoring.table.models):
            quality = [_accuracy(data, scoring.models[name][k], dataset) for k, data in enumerate(scoring.seeds)]
            rows.append(_row(dataset, name, "model", np.array([np.nanmean(quality), price[i]])))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _totals(models: Sequence[str], prices: Mapping[str, Price]) -> NDArray[np.float64]:
    totals = [prices[name].total_usd_per_1m_tokens if name in prices else None for name in models]
    for name, total in zip(models, totals, strict=True):
        if total is None:
            msg = f"DynaRoute's experiment needs the list price of {name!r}."
            raise OutcomeError(msg)
    return np.array(totals, dtype=float)


def _router_point(data: SeedData, score: Score, dataset: str, price: NDArray[np.float64]) -> tuple[float, float]:
    if dataset not in data.groups.names or score.choices is None:
        return np.nan, np.nan
    chosen = score.choices[data.groups.index == data.groups.names.index(dataset)]
    return _accuracy(data, score, dataset), float(price[chosen].mean())


def _accuracy(data: SeedData, score: Score, dataset: str) -> float:
    if dataset not in data.groups.names:
        return np.nan
    return float(score.accuracy[score.default, data.groups.names.index(dataset)])


def _row(dataset: str, router: str, kind: str, point: NDArray[np.float64]) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "router": router,
        "kind": kind,
        "score_percent": float(point[0]) * _PERCENT,
        "cost_usd_per_1m_tokens": float(point[1]),
    }
