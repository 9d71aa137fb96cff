"""The labelled prompts that the classifier learns from, with their weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.profiles import Category, DifficultyLevel

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EXCLUDED_SOURCES = {
    "agieval_logic": "LogiQA is CC BY-NC-SA, the LSAT texts are not clearly free",
    "asdiv": "upstream CC BY-NC 4.0",
    "bigbench": "carries a canary that asks not to train language models on it",
    "bigbench_data_wrangling": "carries the same canary",
    "p3_t0": "over XSum, CNN/DailyMail and SAMSum, non-commercial or no-derivatives",
    "spider_bigbench": "carries the same canary",
    "wmt23_general": "WMT test sets are for research use",
}
"""Sources of the public file that are left out, and why."""
OWN = "own"
"""The name of our own prompts among the sources."""
MOST_PER_SOURCE_AND_CATEGORY = 120
_LEVELS_FROM_SOURCE = frozenset({"debugbench", "leetcode_via_debugbench", "math_hendrycks", "exercism_python"})
"""Sources whose difficulty is told per prompt, not once for the whole set."""
OWN_WEIGHT, PUBLIC_WEIGHT = 2.0, 0.2
"""How much the category of one of our own prompts counts, and that of a public one."""
_PUBLIC_LEVEL_WEIGHT = 0.3
_SET_WIDE_LEVEL_WEIGHT = 0.06


@dataclass(frozen=True)
class LabelledPrompt:
    """A prompt with its labels, where they are known, and how much each counts."""

    prompt: str
    source: str
    category: Category | None
    level: DifficultyLevel | None
    history: tuple[str, ...] = ()
    language: str = "en"
    form: str = ""
    category_weight: float = 1.0
    level_weight: float = 1.0
    copy_of: int | None = None
    """Place of the prompt that this one is a copy of, with something around it; it is learned from, not measured on."""


def read_own(path: Path) -> list[LabelledPrompt]:
    """Read prompts written for this project from JSON Lines."""
    lines = [line for line in path.read_text("utf-8").split("\n") if line.strip()]
    return [_own(json.loads(line)) for line in lines]


def _own(row: dict[str, Any]) -> LabelledPrompt:
    return LabelledPrompt(
        prompt=row["prompt"],
        source=OWN,
        category=Category(row["category"]),
        level=DifficultyLevel(row["level"]),
        history=tuple(row["history"]),
        language=row["language"],
        form=row["form"],
        category_weight=OWN_WEIGHT,
        level_weight=OWN_WEIGHT,
    )


def read_public(path: Path) -> list[LabelledPrompt]:
    """Read the public file without the sources that may not be trained on."""
    import pandas as pd

    frame = pd.read_parquet(path)
    rows = zip(frame["source"], frame["prompt"], frame["category"], frame["level"], strict=True)
    return [_public(*row) for row in rows if row[0] not in EXCLUDED_SOURCES]


def _public(source: str, prompt: str, category: Any, level: Any) -> LabelledPrompt:
    level_weight = _PUBLIC_LEVEL_WEIGHT if source in _LEVELS_FROM_SOURCE else _SET_WIDE_LEVEL_WEIGHT
    return LabelledPrompt(
        prompt=prompt,
        source=source,
        category=Category(category) if isinstance(category, str) else None,
        level=DifficultyLevel(int(level)) if str(level).isdigit() else None,
        category_weight=PUBLIC_WEIGHT,
        level_weight=level_weight,
    )


def balanced(
    prompts: Iterable[LabelledPrompt], seed: int, most: int = MOST_PER_SOURCE_AND_CATEGORY
) -> list[LabelledPrompt]:
    """Return at most `most` prompts per source, category and level told per prompt, so that none drowns the others."""
    import numpy as np

    groups: dict[tuple[str, str, str], list[LabelledPrompt]] = {}
    for prompt in prompts:
        if prompt.category is not None or prompt.level is not None:
            level = str(prompt.level) if prompt.source in _LEVELS_FROM_SOURCE else ""
            groups.setdefault((prompt.source, str(prompt.category), level), []).append(prompt)
    chosen: list[LabelledPrompt] = []
    generator = np.random.default_rng(seed)
    for key in sorted(groups):
        members = groups[key]
        chosen += [members[i] for i in sorted(generator.permutation(len(members))[:most])]
    return chosen


def rows_by_source(prompts: Iterable[LabelledPrompt]) -> dict[str, int]:
    """Return how many prompts each source has."""
    counts: dict[str, int] = {}
    for prompt in prompts:
        counts[prompt.source] = counts.get(prompt.source, 0) + 1
    return dict(sorted(counts.items()))
