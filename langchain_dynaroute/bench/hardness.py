"""How routers fare by how many models can answer a prompt at all (LLMRouterBench, Figure 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

CORRECT_FROM = 0.5
"""Quality from which a graded answer counts as correct here."""
FEW = 3
"""The paper looks at the prompts that at most this many models answer correctly."""


@dataclass(frozen=True, eq=False)
class HardnessProfile:
    """Accuracy on the prompts that 0, 1, 2, … models answer correctly; only counts that occur."""

    n_correct: NDArray[np.intp]
    """How many models are correct, shape (h,), rising."""
    n_prompts: NDArray[np.intp]
    """On how many prompts, shape (h,)."""
    accuracy: NDArray[np.float64]
    """Share of those that the chosen models answer correctly, shape (..., h)."""


def correct_models(quality: ArrayLike, correct_from: float = CORRECT_FROM) -> NDArray[np.intp]:
    """Return how many models are correct on each prompt: shape (n, m) to (n,)."""
    return np.asarray((np.asarray(quality) >= correct_from).sum(axis=-1))


def accuracy_by_hardness(
    picked_quality: ArrayLike, n_correct: ArrayLike, correct_from: float = CORRECT_FROM
) -> HardnessProfile:
    """Return the accuracy on prompts of each hardness.

    Args:
        picked_quality: Quality of the chosen answers, shape (..., n).
        n_correct: How many models are correct, shape (n,).
        correct_from: Quality from which an answer counts as correct.
    """
    correct = np.asarray(picked_quality) >= correct_from
    levels, index, counts = np.unique(np.asarray(n_correct), return_inverse=True, return_counts=True)
    member = np.zeros((len(index), len(levels)))
    member[np.arange(len(index)), index] = 1 / counts[index]
    return HardnessProfile(levels, counts, correct @ member)


def recall_failure(
    picked_quality: ArrayLike, n_correct: ArrayLike, few: int = FEW, correct_from: float = CORRECT_FROM
) -> float | None:
    """Return the share of model-recall failures: prompts that few models can answer, given to one that cannot.

    Args:
        picked_quality: Quality of the chosen answers, shape (..., n).
        n_correct: How many models are correct, shape (n,).
        few: The prompts with 1 to `few` correct models count; None is returned if there are none.
        correct_from: Quality from which an answer counts as correct.
    """
    n_correct = np.asarray(n_correct)
    rare = (n_correct >= 1) & (n_correct <= few)
    return float((np.asarray(picked_quality)[..., rare] < correct_from).mean()) if rare.any() else None
