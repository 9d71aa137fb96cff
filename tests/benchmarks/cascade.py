"""What the embedded classifier gains from a local language model behind it, on prompts neither was trained on.

Run it with `python tests/benchmarks/cascade.py [MODEL] [PROMPTS]`; default is SmolLM2, fetched by
`dynaroute download smollm2`, on 150 of the held-out prompts, as many of each category and level as can be.
"""

from __future__ import annotations

import json
import random
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from rich.console import Console

from langchain_dynaroute import TaskProfile
from langchain_dynaroute.classifiers import CascadeClassifier, EmbeddedClassifier, TransformersClassifier
from langchain_dynaroute.classifiers.trade_off import print_trade_off
from langchain_dynaroute.local_model import model_path

HELDOUT = Path(__file__).parents[2] / "tables" / "user_prompts" / "heldout.jsonl"


def stratified(rows: list[dict[str, Any]], size: int) -> list[dict[str, Any]]:
    """Return `size` rows: one of each category and level, then another of each, in a random order."""
    draw = random.Random(42)  # noqa: S311 - a sample
    cells = defaultdict(list)
    for row in draw.sample(rows, len(rows)):
        cells[row["category"], row["level"]].append(row)
    ranked = [(place, draw.random(), row) for cell in cells.values() for place, row in enumerate(cell)]
    return [row for *_, row in sorted(ranked, key=lambda item: item[:2])[:size]]


def messages(row: dict[str, Any]) -> list[Any]:
    """Return a prompt with what was said before it."""
    turns = [(HumanMessage, AIMessage)[place % 2](text) for place, text in enumerate(row["history"])]
    return [*turns, HumanMessage(row["prompt"])]


def main(model: str, size: int) -> None:
    """Print the cascade's trade-off, on the category and on the level."""
    console = Console(width=100)
    rows = stratified([json.loads(line) for line in HELDOUT.read_text(encoding="utf-8").splitlines()], size)
    prompts = [messages(row) for row in rows]
    truth = [TaskProfile(category=row["category"], level=row["level"]) for row in rows]
    first, second = EmbeddedClassifier(), TransformersClassifier(model)
    for classifier in (first, second):
        classifier.classify("load")
    console.print(f"embedded → {Path(model).name} on {size} prompts; chance: category {1 / 29:.1%}, level {1 / 3:.1%}.")
    console.print("The first row is the embedded classifier alone, the last the model alone on what it is asked.")
    for on in ("category", "level"):
        cascade = CascadeClassifier(second, first, on=on)
        trade_off = cascade.calibrate(prompts, truth)
        console.print(f"\nOn the {on}:")
        print_trade_off(trade_off, chosen=cascade.threshold_, console=console)


if __name__ == "__main__":
    main(*(sys.argv[1:2] or [str(model_path("smollm2"))]), int((sys.argv[2:3] or ["150"])[0]))
