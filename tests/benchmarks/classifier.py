"""How long the embedded classifier takes and what it weighs, beside rule-based classifiers in the same run.

Run it with `make bench`. All take turns on the same prompts: real prompts, cut or put together to four lengths.
Compare ratios within a run; machines are noisy.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from langchain_dynaroute.classifiers import EmbeddedClassifier
from langchain_dynaroute.classifiers.classification_head import ASSETS
from langchain_dynaroute.evaluation.baselines import KeywordLevel
from langchain_dynaroute.evaluation.labelled_prompts import read_prompts

if TYPE_CHECKING:
    from collections.abc import Callable

HELDOUT = Path(__file__).parents[2] / "tables" / "user_prompts" / "heldout.jsonl"
LENGTHS = (30, 143, 8_600, 86_000)
PROMPTS = 40
ROUNDS = 5
BATCH = 1_000
_MEMORY = """
import numpy, psutil, safetensors.numpy
from langchain_dynaroute.classifiers import EmbeddedClassifier
before = psutil.Process().memory_info().rss
EmbeddedClassifier().classify("warm up")
print((psutil.Process().memory_info().rss - before) / 2**20)
"""
_LOADING = """
import time
from langchain_dynaroute.classifiers.classification_head import ClassificationHead
import numpy, safetensors.numpy
started = time.perf_counter()
ClassificationHead.load()
print((time.perf_counter() - started) * 1e3)
"""


def prompts_of(length: int) -> list[str]:
    """Return different prompts of `length` characters, made of real ones from different places of the file."""
    texts = [row.prompt for row in read_prompts(HELDOUT, "category,level").rows]
    found = []
    for i in range(PROMPTS):
        turned = texts[i * 10 :] + texts[: i * 10]
        joined = "\n\n".join(turned)
        found.append((joined * (length // len(joined) + 1))[:length])
    return found


def contenders() -> dict[str, Callable[[str], object]]:
    """Return each classifier as a function of a prompt."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    from litellm.router_strategy.complexity_router.complexity_router import ComplexityRouter

    embedded, words = EmbeddedClassifier(), KeywordLevel()
    first = ComplexityRouter(model_name="first", litellm_router_instance=None)
    second = ComplexityRouter(
        model_name="second",
        litellm_router_instance=None,
        complexity_router_config={"classifier_type": "heuristic_v2"},
    )
    loop = asyncio.new_event_loop()
    return {
        "embedded: category, level": embedded.classify,
        "LiteLLM heuristic: level": first.classify,
        "LiteLLM heuristic_v2: level": lambda prompt: loop.run_until_complete(second.aclassify(prompt)),
        "key words and length: level": words.level,
    }


def medians_us(works: dict[str, Callable[[str], object]], prompts: list[str]) -> dict[str, float]:
    """Return the median time of a prompt in microseconds; the classifiers take turns on each prompt."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(ROUNDS + 1):
        for prompt in prompts:
            for name, work in works.items():
                started = time.perf_counter()
                work(prompt)
                if turn:
                    times[name].append(time.perf_counter() - started)
    return {name: statistics.median(taken) * 1e6 for name, taken in times.items()}


def batch_us(work: Callable[[str], object], prompts: list[str]) -> float:
    """Return the time a prompt takes in a run of a thousand, in microseconds."""
    many = (prompts * (BATCH // len(prompts) + 1))[:BATCH]
    started = time.perf_counter()
    for prompt in many:
        work(prompt)
    return (time.perf_counter() - started) / BATCH * 1e6


def median_of_process(code: str, rounds: int = 5) -> float:
    """Return the median of what new processes print."""
    return statistics.median(
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
        for _ in range(rounds)
    )


def print_speed(out: Console) -> None:
    """Print microseconds per prompt at four lengths, single and in a run of a thousand."""
    works = contenders()
    table = Table(
        title=f"µs per prompt by its characters, median of {PROMPTS} prompts × {ROUNDS} rounds",
        title_justify="left",
        box=None,
    )
    table.add_column("classifier")
    for length in LENGTHS:
        table.add_column(f"{length:,}", justify="right")
    by_length = [medians_us(works, prompts_of(length)) for length in LENGTHS]
    for name in works:
        table.add_row(name, *(f"{medians[name]:,.0f}" for medians in by_length))
    embedded = next(iter(works))
    batch = [batch_us(works[embedded], prompts_of(length)) for length in LENGTHS]
    table.add_row(f"embedded, {BATCH:,} in a row", *(f"{us:,.0f}" for us in batch))
    out.print(table)


def print_weight(out: Console) -> None:
    """Print what the assets weigh on disk and in memory, and how long they take to load."""
    megabytes = sum(path.stat().st_size for path in ASSETS.glob("*.safetensors")) / 2**20
    out.print(f"assets: {megabytes:.1f} MB on disk", f"memory: {median_of_process(_MEMORY):.0f} MB", sep="; ", end="; ")
    out.print(f"loaded in {median_of_process(_LOADING):.0f} ms (medians of five processes)")


if __name__ == "__main__":
    console = Console()
    print_speed(console)
    print_weight(console)
