"""How a table is parted into what routers learn from and what they are judged on."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from langchain_dynaroute.errors import OutcomeError
from langchain_dynaroute.outcome_splits import grouped_split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.outcomes import OutcomeTable

SEEDS = (42, 999, 2024, 2025, 3407)
"""Seeds of LLMRouterBench (B.2)."""
TRAIN_SHARE = 0.7
LLMRANK_SHARES = (0.70, 0.15, 0.15)
"""Training, validation and test share of LLMRank (B.1)."""
LLMRANK_LEAST_SAMPLES = 50
_SUBJECT_PROMPTS = 20
"""Prompts from which a subject is parted on its own: 15 % of them are 3."""
_CHINESE = re.compile("[\u4e00-\u9fff]")
_CHINESE_SHARE = 0.1
"""Share of Chinese characters from which a prompt is taken to be in Chinese."""
ProtocolName = Literal["llmrouterbench", "leave-dataset-out", "llmrank"]
PROTOCOLS: tuple[ProtocolName, ...] = ("llmrouterbench", "leave-dataset-out", "llmrank")


@dataclass(frozen=True, eq=False)
class Split:
    """One parting of a table; the same for every router."""

    name: str
    seed: int
    train: NDArray[np.intp]
    test: NDArray[np.intp]
    validation: NDArray[np.intp] | None = None
    """LLMRank's early stopping reads it; others may learn from it too."""


def splits_of(
    table: OutcomeTable, protocol: ProtocolName = "llmrouterbench", seeds: Sequence[int] = SEEDS
) -> tuple[Split, ...]:
    """Return the splits of a protocol.

    - `llmrouterbench`: 70 % to learn from, 30 % to be judged on, within each dataset, a split a
      seed (section 4.1, B.2).
    - `llmrank`: 70/15/15, within each dataset and each of its larger subjects (LLMRank, B.1).
    - `leave-dataset-out`: each dataset in turn is judged on, the others are learned from; the
      seeds only seed the routers.

    Prompts of the same text are never parted. Prompts with a missing outcome are learned from,
    not judged on: every router and reference is judged on the same complete ones.

    Raises:
        OutcomeError: if the protocol is unknown, there is no seed, or nothing is left to learn from
            or be judged on.
    """
    if not seeds:
        msg = f"{table.name}: no seed is given. Give one or more, such as {SEEDS[0]}."
        raise OutcomeError(msg)
    makers = {"llmrouterbench": _random, "llmrank": _with_validation, "leave-dataset-out": _left_out}
    if protocol not in makers:
        msg = f"There is no protocol {protocol!r}. Choose from: {', '.join(makers)}."
        raise OutcomeError(msg)
    splits = tuple(split for seed in dict.fromkeys(seeds) for split in makers[protocol](table, seed))
    for split in splits:
        learned = len(_judged(table, split.train))
        if not learned or not len(split.test):
            msg = f"{table.name}: split {split.name} leaves {learned} complete prompts to learn from and {len(split.test)} to judge."
            raise OutcomeError(msg)
    if not splits:
        few = len(table.dataset_names) < 2  # noqa: PLR2004 - one to judge, one to learn from
        why = (
            "has one dataset; leaving it out leaves nothing to learn from" if few else "has no complete prompt to judge"
        )
        msg = f"{table.name} {why}."
        raise OutcomeError(msg)
    return splits


def _judged(table: OutcomeTable, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    return rows[table.is_complete[rows]]


def _random(table: OutcomeTable, seed: int) -> list[Split]:
    train, test = table.split_rows((TRAIN_SHARE, 1 - TRAIN_SHARE), seed)
    return [Split(f"seed {seed}", seed, train, _judged(table, test))]


def _with_validation(table: OutcomeTable, seed: int) -> list[Split]:
    train, validation, test = grouped_split(table.prompts, _subjects(table), LLMRANK_SHARES, seed)
    return [Split(f"seed {seed}", seed, train, _judged(table, test), validation)]


def _subjects(table: OutcomeTable) -> tuple[str, ...]:
    """Return the dataset of each prompt with its subject, where that is large enough to be parted."""
    pairs = list(zip(table.datasets, table.categories or table.datasets, strict=True))
    sizes = Counter(pairs)
    return tuple(f"{pair[0]}\x1f{pair[1]}" if sizes[pair] >= _SUBJECT_PROMPTS else pair[0] for pair in pairs)


def _left_out(table: OutcomeTable, seed: int) -> list[Split]:
    datasets = np.array(table.datasets, dtype=object)
    texts = np.array([" ".join(prompt.split()) for prompt in table.prompts], dtype=object)
    splits = []
    for name in table.dataset_names if len(table.dataset_names) > 1 else ():
        test = np.flatnonzero(datasets == name)
        seen = set(texts[test].tolist())
        train = np.array([i for i in np.flatnonzero(datasets != name) if texts[i] not in seen], dtype=np.intp)
        if len(judged := _judged(table, test)):
            splits.append(Split(f"without {name}, seed {seed}", seed, train, judged))
    return splits


def llmrank_preprocessed(table: OutcomeTable) -> tuple[OutcomeTable, tuple[str, ...]]:
    """Return the table as LLMRank prepares it (its section 4.1), and what was left out, in words.

    Out go prompts in Chinese, prompts that no model solves (a quality of 0 from all), and then
    datasets of under 50 prompts. Leaving out what no model solves flatters every quality.

    Raises:
        OutcomeError: if nothing is left.
    """
    chinese = np.array([_is_chinese(prompt) for prompt in table.prompts], dtype=bool)
    unsolved = ~(np.nan_to_num(table.quality) > 0).any(axis=1)
    kept = ~chinese & ~unsolved
    counts = Counter(name for name, keep in zip(table.datasets, kept.tolist(), strict=True) if keep)
    small = {name for name in table.dataset_names if counts[name] < LLMRANK_LEAST_SAMPLES}
    in_small = np.array([name in small for name in table.datasets], dtype=bool)
    if not (kept & ~in_small).any():
        msg = f"{table.name}: nothing is left after LLMRank's preprocessing (datasets of {LLMRANK_LEAST_SAMPLES} prompts or more)."
        raise OutcomeError(msg)
    notes = (
        f"{int(chinese.sum()):,} prompts in Chinese left out",
        f"{int((unsolved & ~chinese).sum()):,} prompts that no model solves left out",
        f"{int((kept & in_small).sum()):,} prompts of {len(small)} datasets under {LLMRANK_LEAST_SAMPLES} prompts left out",
    )
    return table.take(kept & ~in_small), notes


def _is_chinese(prompt: str) -> bool:
    return len(_CHINESE.findall(prompt)) > _CHINESE_SHARE * max(len(prompt), 1)
