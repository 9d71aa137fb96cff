"""Which features move which model: the global picture of a router that explains itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from langchain_dynaroute.bench.entrants import Entrant
    from langchain_dynaroute.bench.run_cache import Run

PROMPTS = 200
"""Judged prompts of a split that are looked at."""
SHOWN = 20
"""Features in the frames, the strongest."""


def influence_of(entrant: Entrant, prompts: Sequence[str]) -> tuple[dict[str, Any], ...]:
    """Return what a fitted entrant says of its features; nothing if it says nothing."""
    tell = getattr(entrant, "influence", None)
    step = max(1, len(prompts) // PROMPTS)
    return tuple(tell(prompts[::step][:PROMPTS])) if tell is not None else ()


def influence_frames(runs: Mapping[str, Mapping[str, Run]]) -> dict[str, pd.DataFrame]:
    """Return a frame a router: a row a feature, the strongest first, and two columns a model.

    `… moves` is the mean of the absolute contribution to the model's utility over the mean of all
    models; `… direction` the correlation of the feature's value with it: above 0, more of the feature
    speaks for the model.
    """
    frames = {}
    for router, parts in runs.items():
        rows = [row for run in parts.values() for row in run.influence]
        if rows:
            frames[f"{router}_features_by_model"] = _frame(rows)
    return frames


def _frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    cells: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in rows:
        cells.setdefault((row["feature"], row["model"]), []).append(
            (row["mean_contribution"], np.nan if row["correlation"] is None else row["correlation"])
        )
    means = {pair: np.mean(found, axis=0) for pair, found in cells.items()}
    models = list(dict.fromkeys(model for _, model in means))
    features = list(dict.fromkeys(feature for feature, _ in means))
    strength = {feature: float(np.mean([means[feature, model][0] for model in models])) for feature in features}
    strongest = sorted(features, key=lambda feature: -strength[feature])[:SHOWN]
    return pd.DataFrame(
        [
            {"feature": feature, "mean contribution": strength[feature]}
            | {
                key: float(value)
                for model in models
                for key, value in zip((f"{model} moves", f"{model} direction"), means[feature, model], strict=True)
            }
            for feature in strongest
        ]
    )
