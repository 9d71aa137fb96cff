"""What learned routers are worth on real outcomes: AvgAcc beside the best single model's, over five splits.

Run it as `python tests/benchmarks/routers.py [--outcomes ../shared/outcomes] [--routers knn,linear] [--sets …]`.
AvgAcc is the mean over datasets of mean quality in percent (LLMRouterBench, 3.4); the best single model is
chosen in hindsight on the scored prompts. Those are a held-out 30 %, and only prompts with every outcome.
"""

from __future__ import annotations

import argparse
import inspect
import json
import time
from pathlib import Path

import numpy as np
from rich.console import Console

from langchain_dynaroute import OutcomeTable
from langchain_dynaroute.encoders import CachedEncoder, as_encoder
from langchain_dynaroute.outcome_rows import Repairs
from langchain_dynaroute.routers.registry import LEARNED, make_router, router_class

SEEDS = (42, 999, 2024, 2025, 3407)
REPAIRS = Repairs(duplicates="mean", out_of_range="clip", sparse_models="keep")


def by_dataset(outcomes: OutcomeTable, cells: np.ndarray) -> np.ndarray:
    """Return the mean over datasets of each dataset's mean."""
    names = np.array(outcomes.datasets)
    return np.mean([cells[names == name].mean(axis=0) for name in outcomes.dataset_names], axis=0)


def scores(name: str, table: OutcomeTable, seed: int, options: argparse.Namespace) -> list[float]:
    """Return AvgAcc and mean quality over best single's (points), seconds of fit and µs per prompt."""
    train, test = table.split(0.7, seed)
    test = test.take(test.is_complete)
    parameters = {"cost_weight": options.cost_weight if table.cost_usd is not None else 0.0}
    if "encoder" in router_parameters(name):
        parameters["encoder"] = encoder(options)
    if "random_state" in router_parameters(name):
        parameters["random_state"] = seed
    begin = time.perf_counter()
    router = make_router(name, **parameters, **dict(pair(item) for item in options.param)).fit(train)
    fitted = time.perf_counter()
    choice = router.predict_utility(test.prompts).argmax(axis=1)
    predicted = time.perf_counter()
    cells = test.utility(parameters["cost_weight"])
    got = cells[np.arange(len(test)), choice]
    gain = by_dataset(test, got) - by_dataset(test, cells).max(), got.mean() - cells.mean(axis=0).max()
    return [100 * gain[0], 100 * gain[1], fitted - begin, 1e6 * (predicted - fitted) / len(test)]


def router_parameters(name: str) -> list[str]:
    return list(inspect.signature(router_class(name)).parameters)


def encoder(options: argparse.Namespace) -> object:
    made = as_encoder(options.encoder)
    return CachedEncoder(made, options.cache) if options.cache else made


def pair(text: str) -> tuple[str, object]:
    key, _, value = text.partition("=")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def say(line: str) -> None:
    Console(highlight=False, soft_wrap=True).print(line, markup=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--outcomes", type=Path, default=Path(__file__).parents[3] / "shared" / "outcomes")
    parser.add_argument("--routers", default=",".join(LEARNED))
    parser.add_argument("--sets", default="")
    parser.add_argument("--encoder", default="static")
    parser.add_argument("--cache", default="", help="Folder of a vector cache; µs are then without encoding.")
    parser.add_argument("--cost-weight", type=float, default=0.0)
    parser.add_argument("--param", action="append", default=[])
    options = parser.parse_args()
    folders = [path for path in sorted(options.outcomes.iterdir()) if path.is_dir()]
    for folder in [path for path in folders if not options.sets or path.name in options.sets.split(",")]:
        table = OutcomeTable.load(folder, REPAIRS)
        say(f"{table!r}\n{'router':12} {'AvgAcc − best':>16} {'mean − best':>14} {'fit s':>7} {'µs/prompt':>10}")
        for name in options.routers.split(","):
            if name == "cheapest" and table.cost_usd is None:
                continue
            rows = np.array([scores(name, table, seed, options) for seed in SEEDS])
            mean, spread = rows.mean(axis=0), rows.std(axis=0, ddof=1)
            say(
                f"{name:12} {mean[0]:+8.2f} ± {spread[0]:5.2f} {mean[1]:+7.2f} ± {spread[1]:4.2f}"
                f" {mean[2]:7.2f} {mean[3]:10.0f}",
            )


if __name__ == "__main__":
    main()
