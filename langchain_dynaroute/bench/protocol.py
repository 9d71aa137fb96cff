"""How a table is parted into what routers learn from and what they are judged on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from langchain_dynaroute.errors import OutcomeError

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
    - `llmrank`: 70/15/15, within each dataset and subject (LLMRank, B.1).
    - `leave-dataset-out`: each dataset in turn is judged on, the others are learned from; the
      seeds only seed the routers.

    Prompts of the same text are never parted. Prompts with a missing outcome are learned from,
    not judged on: every router and reference is judged on the same complete ones.

    Raises:
        OutcomeError: if the protocol is unknown, or nothing is left to learn from or be judged on.
    """
    makers = {"llmrouterbench": _random, "llmrank": _with_validation, "leave-dataset-out": _left_out}
    if protocol not in makers:
        msg = f"There is no protocol {protocol!r}. Choose from: {', '.join(makers)}."
        raise OutcomeError(msg)
    splits = tuple(split for seed in dict.fromkeys(seeds) for split in makers[protocol](table, seed))
    for split in splits:
        if not len(split.train) or not len(split.test):
            msg = f"{table.name}: split {split.name} leaves {len(split.train)} prompts to learn from and {len(split.test)} to judge."
            raise OutcomeError(msg)
    if not splits:
        msg = f"{table.name} has one dataset; leaving it out leaves nothing to learn from."
        raise OutcomeError(msg)
    return splits


def _judged(table: OutcomeTable, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    return rows[table.is_complete[rows]]


def _random(table: OutcomeTable, seed: int) -> list[Split]:
    train, test = table.split_rows((TRAIN_SHARE, 1 - TRAIN_SHARE), seed)
    return [Split(f"seed {seed}", seed, train, _judged(table, test))]


def _with_validation(table: OutcomeTable, seed: int) -> list[Split]:
    train, validation, test = table.split_rows(LLMRANK_SHARES, seed)
    return [Split(f"seed {seed}", seed, train, _judged(table, test), validation)]


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
    chinese = np.array([_is_chinese(prompt) for prompt in table.prompts])
    unsolved = ~(np.nan_to_num(table.quality) > 0).any(axis=1)
    kept = ~chinese & ~unsolved
    counts = {
        name: sum(d == name for d, keep in zip(table.datasets, kept, strict=True) if keep)
        for name in table.dataset_names
    }
    small = {name for name, count in counts.items() if count < LLMRANK_LEAST_SAMPLES}
    in_small = np.array([name in small for name in table.datasets])
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
