"""Split prompts into parts, stratified, without parting equal texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def grouped_split(
    prompts: Sequence[str], strata: Sequence[str], fractions: Sequence[float], seed: int
) -> tuple[NDArray[np.intp], ...]:
    """Return the rows of each part, in rising order.

    Prompts of the same text, whitespace aside, are one group and stay together, in the stratum
    of their first row. Groups are sorted by text before they are shuffled, so the order of the
    rows does not matter.

    Args:
        prompts: The texts, shape (n,).
        strata: What the parts must be balanced by, shape (n,); usually the dataset.
        fractions: Share of each part; they add up to 1.
        seed: Seed of the shuffle.
    """
    groups: dict[str, list[int]] = {}
    for row, prompt in enumerate(prompts):
        groups.setdefault(" ".join(prompt.split()), []).append(row)
    by_stratum: dict[str, list[str]] = {}
    for text in sorted(groups):
        stratum = min(strata[row] for row in groups[text])
        by_stratum.setdefault(stratum, []).append(text)
    parts: list[list[int]] = [[] for _ in fractions]
    for number, stratum in enumerate(sorted(by_stratum)):
        rng = np.random.default_rng([seed, number])
        texts = by_stratum[stratum]
        shuffled = [groups[texts[i]] for i in rng.permutation(len(texts))]
        for part, rows in zip(parts, _dealt(shuffled, fractions), strict=True):
            part.extend(rows)
    return tuple(np.array(sorted(part), dtype=np.intp) for part in parts)


def _dealt(groups: Sequence[list[int]], fractions: Sequence[float]) -> list[list[int]]:
    """Deal whole groups out in order, each part up to its rounded share of the rows."""
    total = sum(map(len, groups))
    bounds = np.rint(np.cumsum(fractions) * total).astype(int)
    parts: list[list[int]] = [[] for _ in fractions]
    place = 0
    for group in groups:
        part = min(int(np.searchsorted(bounds, place, side="right")), len(parts) - 1)
        parts[part] += group
        place += len(group)
    return parts
