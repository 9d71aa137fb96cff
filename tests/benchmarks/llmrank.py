"""What LLMRank is worth on real outcomes: utility at five λ beside simpler routers, ablations, and new models.

Run it as `python tests/benchmarks/llmrank.py [--outcomes ../shared/outcomes] [--sets …] [--seeds 42,999] [--parts …]`.
A router learns from 70 % of the prompts and is judged on those of the others with every outcome. Utility is
quality − λ · cost in USD a prompt. Behind a mean stands the 95 % interval of its difference to the best single
model by training utility, paired bootstrap over the prompts of all seeds.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from copy import copy
from pathlib import Path

import numpy as np
from rich.console import Console

from langchain_dynaroute import OutcomeTable
from langchain_dynaroute.classifiers.embedded import EmbeddedClassifier
from langchain_dynaroute.encoders import CachedEncoder, as_encoder
from langchain_dynaroute.outcome_rows import Repairs
from langchain_dynaroute.routers import CheapestRouter, KNNRouter, LinearRouter, LLMRankRouter

COST_WEIGHTS = (0.0, 10.0, 100.0, 1e3, 1e5)
REPAIRS = Repairs(duplicates="mean", out_of_range="clip", sparse_models="keep")
SETS = "routerbench_0shot,routerbench_5shot"
ABLATIONS = {
    "both": {},
    "features only": {"inputs": "features"},
    "text only": {"inputs": "text"},
    "pointwise only": {"listwise": False},
    "listwise only": {"pointwise": False},
    "with neighbours": {"proxy": "neighbours"},
    "one network": {"n_networks": 1},
    "no profiles": {"classifier": None},
}
NEW_MODEL_PROMPTS = (20, 100, 500)
WAYS = ("refit", *NEW_MODEL_PROMPTS, "never added")
WIDE_PROMPTS, WIDE_MODELS = 36_000, 11


class Remembering:
    """The embedded classifier, asked once a prompt."""

    def __init__(self) -> None:
        self.classifier = EmbeddedClassifier()
        self.name, self.version, self.known = self.classifier.name, self.classifier.version, {}

    def classify(self, prompt):
        if prompt not in self.known:
            self.known[prompt] = self.classifier.classify(prompt)
        return self.known[prompt]


class Bench:
    """One set of outcomes, split by each seed."""

    def __init__(self, table: OutcomeTable, seeds: list[int], cost_weights: list[float], cache: str) -> None:
        self.table, self.seeds, self.cost_weights = table, seeds, cost_weights
        self.shared = {"encoder": CachedEncoder(as_encoder("static"), cache)}
        self.llmrank = {**self.shared, "classifier": Remembering()}

    def splits(self):
        for seed in self.seeds:
            train, test = self.table.split(0.7, seed)
            yield seed, train, test.take(test.is_complete)

    def utilities(self, make, cost_weight: float) -> np.ndarray:
        """Return what a router earns on each judged prompt of all seeds."""
        return np.concatenate(
            [earned(make(cost_weight, seed).fit(train), test, cost_weight) for seed, train, test in self.splits()]
        )

    def single(self, cost_weight: float, by: float) -> np.ndarray:
        """Return the same of the model with the best training utility at the λ `by`."""
        return np.concatenate(
            [
                test.utility(cost_weight)[:, int(np.nanmean(train.utility(by), axis=0).argmax())]
                for _, train, test in self.splits()
            ]
        )

    def of_llmrank(self, **changed):
        return lambda weight, seed: LLMRankRouter(weight, random_state=seed, **{**self.llmrank, **changed})


def earned(router, test: OutcomeTable, cost_weight: float) -> np.ndarray:
    places = [test.models.index(name) for name in router.models_]
    choice = np.array(places)[router.predict_utility(test.prompts).argmax(axis=1)]
    return test.utility(cost_weight)[np.arange(len(test)), choice]


def interval(difference: np.ndarray) -> str:
    drawn = np.random.default_rng(7).integers(0, len(difference), (1000, len(difference)))
    low, high = np.percentile(difference[drawn].mean(axis=1), (2.5, 97.5))
    return f"{difference.mean():+.4g} [{low:+.3g}, {high:+.3g}]"


def against_others(bench: Bench) -> None:
    for weight in bench.cost_weights:
        reference = bench.single(weight, weight)
        rows = {
            "best single by utility": reference,
            "best single by quality": bench.single(weight, 0.0),
            "cheapest": bench.utilities(lambda *_: CheapestRouter(), weight),
            "knn": bench.utilities(lambda w, _: KNNRouter(cost_weight=w, **bench.shared), weight),
            "linear": bench.utilities(lambda w, _: LinearRouter(cost_weight=w, **bench.shared), weight),
            "llmrank": bench.utilities(bench.of_llmrank(), weight),
        }
        for name, found in rows.items():
            say(f"λ={weight:<8g} {name:24} {found.mean():10.4f}   {interval(found - reference)}")


def ablations(bench: Bench) -> None:
    for weight in bench.cost_weights:
        reference = bench.single(weight, weight)
        for name, changed in ABLATIONS.items():
            found = bench.utilities(bench.of_llmrank(**changed), weight)
            say(f"λ={weight:<8g} {name:24} {found.mean():10.4f}   {interval(found - reference)}")


def new_models(bench: Bench) -> None:
    """Drop the most chosen model, add it back from a few prompts, and compare with a full refit."""
    for weight in bench.cost_weights:
        found: dict[object, list[np.ndarray]] = {way: [] for way in WAYS}
        for seed, train, test in bench.splits():
            full = bench.of_llmrank()(weight, seed).fit(train)
            name = full.models_[np.bincount(full.predict_utility(test.prompts).argmax(axis=1)).argmax()]
            others = [model for model in train.models if model != name]
            drawn = np.random.default_rng(seed).permutation(len(train))
            without = bench.of_llmrank()(weight, seed).fit(train.of_models(others))
            for way in WAYS:
                router = full if way == "refit" else copy(without)
                if isinstance(way, int):
                    router.add_model(name, train.take(drawn[:way]))
                found[way].append(earned(router, test, weight))
        reference = np.concatenate(found["refit"])
        for way, parts in found.items():
            rows = np.concatenate(parts)
            label = f"{way} prompts" if isinstance(way, int) else way
            say(f"λ={weight:<8g} {label:24} {rows.mean():10.4f}   {interval(rows - reference)}")


def wide(epochs: int) -> None:
    """Fit one network on made-up outcomes of RouterBench's size."""
    rng = np.random.default_rng(3)
    words = np.array(
        [
            "add",
            "write",
            "prove",
            "who",
            "the",
            "sum",
            "of",
            "code",
            "poem",
            "law",
            "cell",
            "market",
            "it",
            "why",
            "how",
            "a",
            "b",
            "c",
        ]
    )
    prompts = tuple(" ".join(words[row]) for row in rng.integers(0, len(words), (WIDE_PROMPTS, 30)))
    table = OutcomeTable(
        tuple(map(str, range(WIDE_PROMPTS))),
        prompts,
        ("made up",) * WIDE_PROMPTS,
        tuple(f"model {i}" for i in range(WIDE_MODELS)),
        rng.integers(0, 2, (WIDE_PROMPTS, WIDE_MODELS)).astype(float),
        cost_usd=rng.uniform(1e-4, 1e-2, (WIDE_PROMPTS, WIDE_MODELS)),
    )
    began, before = time.perf_counter(), peak_mb()
    router = LLMRankRouter(classifier=EmbeddedClassifier(), n_networks=1, epochs=epochs).fit(table)
    fitted = time.perf_counter()
    router.predict_utility(prompts[:1000])
    say(
        f"{WIDE_PROMPTS:,} × {WIDE_MODELS}, one network, {epochs} epochs: {fitted - began:.0f} s, peak {peak_mb():.0f} MB "
        f"({before:.0f} before); {1e3 * (time.perf_counter() - fitted):.0f} µs a prompt"
    )


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def say(line: str) -> None:
    Console(highlight=False, soft_wrap=True).print(line, markup=False)


PARTS = {"others": against_others, "ablations": ablations, "new-models": new_models}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--outcomes", type=Path, default=Path(__file__).parents[3] / "shared" / "outcomes")
    parser.add_argument("--sets", default=SETS)
    parser.add_argument("--seeds", default="42,999,2024,2025,3407")
    parser.add_argument("--cost-weights", default=",".join(map(str, COST_WEIGHTS)))
    parser.add_argument("--parts", default=",".join((*PARTS, "wide")))
    parser.add_argument("--epochs", type=int, default=5, help="Of the made-up set.")
    options = parser.parse_args()
    seeds = [int(seed) for seed in options.seeds.split(",")]
    weights = [float(weight) for weight in options.cost_weights.split(",")]
    parts = options.parts.split(",")
    if unknown := set(parts) - {*PARTS, "wide"}:
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)} and wide")
    with tempfile.TemporaryDirectory() as cache:
        for name in options.sets.split(",") if set(parts) & set(PARTS) else ():
            bench = Bench(OutcomeTable.load(options.outcomes / name, REPAIRS), seeds, weights, cache)
            for part in [part for part in parts if part in PARTS]:
                say(f"\n{bench.table!r}, {len(seeds)} seeds: {part}")
                PARTS[part](bench)
    if "wide" in parts:
        wide(options.epochs)


if __name__ == "__main__":
    main()
