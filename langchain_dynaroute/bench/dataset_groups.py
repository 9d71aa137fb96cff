"""Which datasets count on their own, and which are too small and pooled."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from langchain_dynaroute.bench.metrics import dataset_means

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from langchain_dynaroute.outcomes import OutcomeTable

MIN_DATASET_PROMPTS = 30
OTHER = "other"


@dataclass(frozen=True)
class DatasetGroups:
    """The datasets that count in averages over datasets, with the small ones pooled as `other`.

    Whether a dataset is small is decided once, on the whole table, so that every split and
    every router is averaged over the same ones.
    """

    names: tuple[str, ...]
    """The groups, the largest first, `other` last."""
    group_of: dict[str, int]
    """Dataset → its group."""
    index: NDArray[np.intp]
    """Group of each prompt at hand, shape (n,)."""

    @classmethod
    def of(cls, table: OutcomeTable, min_dataset_prompts: int = MIN_DATASET_PROMPTS) -> DatasetGroups:
        """Group the datasets of a table: those under `min_dataset_prompts` complete prompts are one, `other`."""
        judged = Counter(compress(table.datasets, table.is_complete.tolist()))
        own = [name for name in table.dataset_names if judged[name] >= min_dataset_prompts and name != OTHER]
        small = [name for name in table.dataset_names if name not in own]
        names = (*own, OTHER) if small else tuple(own)
        group_of = {name: i for i, name in enumerate(own)} | dict.fromkeys(small, len(own))
        return cls(names, group_of, _index(table.datasets, group_of))

    def at(self, table: OutcomeTable) -> DatasetGroups:
        """Return the same grouping for another part of the table; groups without a prompt there are left out."""
        index = _index(table.datasets, self.group_of)
        present = np.unique(index)
        place = {int(old): new for new, old in enumerate(present)}
        group_of = {name: place[old] for name, old in self.group_of.items() if old in place}
        return DatasetGroups(tuple(self.names[i] for i in present), group_of, _index(table.datasets, group_of))

    @property
    def pooled(self) -> tuple[str, ...]:
        """The datasets pooled as `other`."""
        return tuple(name for name, group in self.group_of.items() if self.names[group] == OTHER and name != OTHER)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Prompts of each group."""
        return tuple(np.bincount(self.index, minlength=len(self.names)).tolist())

    def means(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return the mean of `values`, shape (..., n), within each group: (..., D)."""
        return dataset_means(values, self.index, len(self.names))


def _index(datasets: Sequence[str], group_of: dict[str, int]) -> NDArray[np.intp]:
    return np.array([group_of[name] for name in datasets], dtype=np.intp)
