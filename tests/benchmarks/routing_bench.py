"""How long a routing benchmark takes: reading 400,000 outcomes, and scoring ten routers beside a plain pandas loop.

Run it with `make bench`. Machines are noisy: compare medians within one run, and ratios between runs.
Each part runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from langchain_dynaroute.bench.evaluate import Scoring, Settings
from langchain_dynaroute.bench.protocol import Split, splits_of
from langchain_dynaroute.bench.run_cache import Run
from langchain_dynaroute.outcomes import OutcomeTable
from langchain_dynaroute.routers.sweep import utility_sweep

MODELS, DATASETS = 30, 20
LOADED_PROMPTS, SCORED_PROMPTS = 13_334, 12_000
ROUTERS = 10
LOOPED = (("router 0", 42), ("router 9", 3407))
"""The pandas loop runs over all configurations of these two of the 50 (router, seed) pairs."""
ROUNDS = 3


def made_up(n_prompts: int) -> OutcomeTable:
    """Return outcomes of models that are good at some datasets and less so at others."""
    rng = np.random.default_rng(0)
    datasets = np.sort(rng.integers(0, DATASETS, n_prompts))
    skill = rng.random((DATASETS, MODELS))
    return OutcomeTable(
        prompt_ids=tuple(f"prompt {i}" for i in range(n_prompts)),
        prompts=tuple(f"Question {i} of dataset {dataset}: why is it so?" for i, dataset in enumerate(datasets)),
        datasets=tuple(f"dataset {dataset}" for dataset in datasets),
        models=tuple(f"model {i}" for i in range(MODELS)),
        quality=(rng.random((n_prompts, MODELS)) < skill[datasets]).astype(float),
        cost_usd=rng.lognormal(-7, 1, (n_prompts, MODELS)) * np.geomspace(0.1, 10, MODELS),
        name="made-up",
    )


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def make(folder: str) -> dict[str, float]:
    """Write the outcomes that are read, and tell their size."""
    made_up(LOADED_PROMPTS).save(folder)
    return {"size_mb": sum(path.stat().st_size for path in Path(folder).iterdir()) / 2**20}


def load(folder: str) -> dict[str, float]:
    """Read the outcomes of a folder, several times; the first is told on its own."""
    before = peak_mb()
    times = [seconds(lambda: OutcomeTable.load(folder))[0] for _ in range(ROUNDS)]
    return {"first_s": times[0], "median_s": statistics.median(times), "before_mb": before, "peak_mb": peak_mb()}


def runs_of(table: OutcomeTable, splits: tuple[Split, ...]) -> dict[tuple[str, str], Run]:
    """Return the runs of routers that guess quality and cost with more or less noise."""
    runs = {}
    for number in range(ROUTERS):
        rng = np.random.default_rng(number)
        noise = rng.normal(0, 0.1 + number / 10, table.quality.shape)
        cost = table.costs() * rng.lognormal(0, 0.3, table.quality.shape)
        for split in splits:
            sweep = utility_sweep((table.quality + noise)[split.test], cost[split.test])
            runs[f"router {number}", split.name] = Run(sweep, 0.0, 0.0)
    return runs


def pandas_loop(table: OutcomeTable, split: Split, choices: np.ndarray) -> pd.DataFrame:
    """Return AvgAcc and mean cost of each configuration, as one would write it with pandas."""
    test = table.take(split.test)
    n, m = test.quality.shape
    long = pd.DataFrame(
        {
            "prompt_id": np.repeat(test.prompt_ids, m),
            "dataset": np.repeat(test.datasets, m),
            "model": np.tile(test.models, n),
            "quality": test.quality.ravel(),
            "cost_usd": test.costs().ravel(),
        }
    )
    names = np.array(test.models)
    rows = []
    for chosen in choices:
        picked = pd.DataFrame({"prompt_id": test.prompt_ids, "model": names[chosen]})
        merged = picked.merge(long, on=["prompt_id", "model"])
        rows.append({"avg_acc": merged.groupby("dataset").quality.mean().mean(), "cost_usd": merged.cost_usd.mean()})
    return pd.DataFrame(rows)


def score(_: str) -> dict[str, float]:
    """Score all routers, and some of them once more with pandas; the figures must be the same."""
    table, settings = made_up(SCORED_PROMPTS), Settings()
    splits = splits_of(table)
    sweeps_s, runs = seconds(lambda: runs_of(table, splits))
    before = peak_mb()
    scoring_s, results_s = [], []
    for _ in range(ROUNDS):
        took, scoring = seconds(lambda: Scoring(table, splits, settings, runs))
        scoring_s.append(took)
        results_s.append(seconds(lambda one=scoring: one.results(None, []))[0])
    peak = peak_mb()
    loop_s, configurations = 0.0, 0
    for router, seed in LOOPED:
        number = settings.seeds.index(seed)
        choices = runs[router, splits[number].name].sweep.choices
        took, frame = seconds(lambda s=splits[number], c=choices: pandas_loop(table, s, c))
        ours = scoring.routers[router][number]
        np.testing.assert_allclose(frame.avg_acc, ours.average, rtol=0, atol=1e-9)
        np.testing.assert_allclose(frame.cost_usd, ours.cost_usd, rtol=0, atol=1e-9)
        loop_s, configurations = loop_s + took, configurations + len(choices)
    return {
        "sweeps_s": sweeps_s,
        "scoring_s": statistics.median(scoring_s),
        "results_s": statistics.median(results_s),
        "before_mb": before,
        "peak_mb": peak,
        "loop_s": loop_s,
        "looped": configurations,
        "configurations": sum(len(run.sweep.values) for run in runs.values()),
    }


def in_a_process(part: str, folder: str) -> dict[str, float]:
    """Return what a part of this file measures in a process of its own."""
    done = subprocess.run([sys.executable, __file__, part, folder], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def print_loading(out: Console) -> None:
    """Print what reading a folder of tidy rows takes."""
    with tempfile.TemporaryDirectory() as folder:
        size = in_a_process("make", folder)["size_mb"]
        found = in_a_process("load", folder)
    title = (
        f"Reading {LOADED_PROMPTS * MODELS:,} outcomes ({LOADED_PROMPTS:,} prompts × {MODELS} models, {size:.0f} MB)"
    )
    table = Table(title=title, title_justify="left")
    for column in ("first, s", "median, s", "rows a second", "peak MB", "of these before"):
        table.add_column(column, justify="right")
    rate = LOADED_PROMPTS * MODELS / found["median_s"]
    times = (f"{found['first_s']:.2f}", f"{found['median_s']:.2f}", f"{rate:,.0f}")
    table.add_row(*times, f"{found['peak_mb']:.0f}", f"{found['before_mb']:.0f}")
    out.print(table)


def print_scoring(out: Console) -> None:
    """Print what scoring takes, beside the loop with pandas."""
    found = in_a_process("score", "")
    ours = found["scoring_s"] + found["results_s"]
    least = found["loop_s"] / found["looped"] * found["configurations"]
    title = f"Scoring {ROUTERS} routers × 5 seeds × 101 settings, {SCORED_PROMPTS:,} × {MODELS} outcomes"
    table = Table(title=title, title_justify="left")
    table.add_column("")
    table.add_column("s", justify="right")
    table.add_row("every configuration's accuracy and cost (median)", f"{found['scoring_s']:.2f}")
    table.add_row("all frames, with 1,000 resamples for each row (median)", f"{found['results_s']:.2f}")
    table.add_row("both", f"{ours:.2f}")
    table.add_row(
        f"pandas loop, {found['looped']} of {found['configurations']:,} configurations", f"{found['loop_s']:.2f}"
    )
    table.add_row("pandas loop, all of them at that rate; accuracy and cost only", f"{least:.0f}")
    table.add_row("aside: the stand-in routers' sweeps; nothing is fitted or encoded", f"{found['sweeps_s']:.2f}")
    out.print(table)
    out.print(
        f"The loop takes {least / found['scoring_s']:.0f} times as long as the same figures here, {least / ours:.0f} times "
        f"as long as everything; they agree to 1e-9.\n"
        f"Peak {found['peak_mb']:.0f} MB, {found['before_mb']:.0f} MB of it with table and runs alone."
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.stdout.write(json.dumps({"make": make, "load": load, "score": score}[sys.argv[1]](sys.argv[2])))
    else:
        console = Console(width=110)
        print_loading(console)
        print_scoring(console)
