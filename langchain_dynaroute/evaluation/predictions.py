"""What is right and what a classifier says, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from langchain_dynaroute.profiles import Category, DifficultyLevel, TaskProfile

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.evaluation.labelled_prompts import PromptRow

CATEGORIES = tuple(Category)
UNKNOWN = -1
"""Index of a label that is not known, or that a classifier does not give."""


@dataclass(frozen=True)
class Profiles:
    """Categories and levels of some prompts, by index; `UNKNOWN` where there is none.

    A category's index is its place in `Category`, a level's is the level less one.
    """

    category: NDArray[np.int64]
    level: NDArray[np.int64]
    category_confidence: NDArray[np.float64]
    """Probability of the category said; NaN where none is given."""
    level_confidence: NDArray[np.float64]

    @classmethod
    def unknown(cls, count: int) -> Self:
        """Return profiles that say nothing yet."""
        import numpy as np

        return cls(np.full(count, UNKNOWN), np.full(count, UNKNOWN), np.full(count, np.nan), np.full(count, np.nan))

    @classmethod
    def labelled(cls, rows: Sequence[PromptRow]) -> Self:
        """Return the labels of prompts."""
        found = cls.unknown(len(rows))
        for i, row in enumerate(rows):
            found.category[i] = UNKNOWN if row.category is None else CATEGORIES.index(row.category)
            found.level[i] = UNKNOWN if row.level is None else row.level - 1
        return found

    @classmethod
    def predicted(cls, profiles: Sequence[TaskProfile]) -> Self:
        """Return what a classifier said."""
        import numpy as np

        found = cls.unknown(len(profiles))
        for i, profile in enumerate(profiles):
            found.category[i] = CATEGORIES.index(profile.category)
            found.level[i] = profile.level - 1
            found.category_confidence[i] = np.nan if profile.confidence is None else profile.confidence
            found.level_confidence[i] = (profile.level_probabilities or {}).get(profile.level, np.nan)
        return found

    def __len__(self) -> int:
        return len(self.category)

    def take(self, rows: NDArray[np.int64] | list[int]) -> Profiles:
        """Return some rows."""
        return Profiles(
            self.category[rows], self.level[rows], self.category_confidence[rows], self.level_confidence[rows]
        )

    def put(self, rows: NDArray[np.int64], other: Profiles) -> None:
        """Write the profiles of some rows."""
        self.category[rows], self.level[rows] = other.category, other.level
        self.category_confidence[rows], self.level_confidence[rows] = other.category_confidence, other.level_confidence

    def task_profile(self, row: int) -> TaskProfile | None:
        """Return one row as a profile; None if category or level is unknown."""
        if UNKNOWN in (self.category[row], self.level[row]):
            return None
        return TaskProfile(category=CATEGORIES[self.category[row]], level=DifficultyLevel(int(self.level[row]) + 1))
