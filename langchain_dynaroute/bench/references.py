"""What a router is compared with: random, best single, cheapest, dataset oracle, oracle (section 3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from langchain_dynaroute.bench.dataset_groups import DatasetGroups
    from langchain_dynaroute.outcomes import OutcomeTable

RANDOM = "Random"
CHEAPEST = "Cheapest"
BEST_SINGLE = "Best single"
BEST_SINGLE_TRAIN = "Best single (train)"
DATASET_ORACLE = "Dataset oracle"
ORACLE = "Oracle"
REFERENCES = (RANDOM, CHEAPEST, BEST_SINGLE_TRAIN, BEST_SINGLE, DATASET_ORACLE, ORACLE)


@dataclass(frozen=True, eq=False)
class Picked:
    """What was got and spent on each prompt."""

    quality: NDArray[np.float64]
    """Shape (..., n)."""
    cost_usd: NDArray[np.float64] | None
    """Shape (..., n); None where no cost is known."""

    @classmethod
    def of(
        cls, table: OutcomeTable, choices: NDArray[np.intp], surcharge_usd: NDArray[np.float64] | None = None
    ) -> Picked:
        """Look up the chosen cells: `choices` are indices of models, shape (..., n)."""
        rows = np.arange(len(table))
        cost = None if table.cost_usd is None else table.cost_usd[rows, choices]
        if cost is not None and surcharge_usd is not None:
            cost = cost + surcharge_usd
        return cls(table.quality[rows, choices], cost)


def oracle_choices(table: OutcomeTable) -> NDArray[np.intp]:
    """Return the best model of each prompt in hindsight, ties to the cheapest; shape (n,).

    By the highest quality, not by any quality above 0: on graded sets the latter overstates it.
    """
    return _best(table.quality, table.cost_usd)


def dataset_oracle_choices(table: OutcomeTable) -> NDArray[np.intp]:
    """Return, for each prompt, the model with the highest mean on its dataset in hindsight; shape (n,)."""
    names, index = np.unique(np.array(table.datasets, dtype=object).astype(str), return_inverse=True)
    member = np.zeros((len(names), len(table)))
    member[index, np.arange(len(table))] = 1 / np.bincount(index)[index]
    cost = None if table.cost_usd is None else member @ table.cost_usd
    return _best(member @ table.quality, cost)[index]


def best_single(table: OutcomeTable, groups: DatasetGroups) -> int:
    """Return the model with the highest AvgAcc on these prompts, ties to the cheapest.

    On the scored prompts it is Best Single in hindsight (B of the paper); on the training prompts
    it is the one that a router could have known.
    """
    average = groups.means(table.quality.T).mean(axis=-1)
    cost = None if table.cost_usd is None else table.cost_usd.mean(axis=0)[None, :]
    return int(_best(average[None, :], cost)[0])


def cheapest(table: OutcomeTable) -> int | None:
    """Return the model with the lowest mean cost on these prompts; None where no cost is known."""
    return None if table.cost_usd is None else int(table.cost_usd.mean(axis=0).argmin())


def reference_picks(
    train: OutcomeTable, test: OutcomeTable, train_groups: DatasetGroups, groups: DatasetGroups
) -> dict[str, Picked]:
    """Return what each reference gets and spends on the test prompts; `Cheapest` only where costs are known."""
    constant = {
        CHEAPEST: cheapest(train),
        BEST_SINGLE_TRAIN: best_single(train, train_groups),
        BEST_SINGLE: best_single(test, groups),
    }
    rows = np.zeros(len(test), dtype=np.intp)
    picks = {name: Picked.of(test, rows + model) for name, model in constant.items() if model is not None}
    cost = None if test.cost_usd is None else test.cost_usd.mean(axis=1)
    picks[RANDOM] = Picked(test.quality.mean(axis=1), cost)
    picks[DATASET_ORACLE] = Picked.of(test, dataset_oracle_choices(test))
    picks[ORACLE] = Picked.of(test, oracle_choices(test))
    return {name: picks[name] for name in REFERENCES if name in picks}


def _best(quality: NDArray[np.float64], cost: NDArray[np.float64] | None) -> NDArray[np.intp]:
    """Return the column of the highest quality of each row, ties to the lowest cost, then to the first."""
    top = quality >= quality.max(axis=1, keepdims=True) - 1e-12
    if cost is None:
        return np.asarray(top.argmax(axis=1))
    return np.asarray(np.where(top, cost, np.inf).argmin(axis=1))
