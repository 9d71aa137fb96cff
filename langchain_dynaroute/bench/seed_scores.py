"""One seed's judged prompts, and what a router's configurations got and spent on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from langchain_dynaroute.bench.hardness import correct_models
from langchain_dynaroute.bench.references import BEST_SINGLE, Picked, best_single, reference_picks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.bench.dataset_groups import DatasetGroups
    from langchain_dynaroute.bench.protocol import Split
    from langchain_dynaroute.outcomes import OutcomeTable
    from langchain_dynaroute.routers.sweep import Sweep


@dataclass(frozen=True, eq=False)
class Score:
    """What the `k` configurations of one router (or the one of a reference or model) are worth on one seed."""

    accuracy: NDArray[np.float64]
    """Mean quality by dataset, shape (k, D)."""
    micro: NDArray[np.float64]
    """Mean quality over prompts, shape (k,)."""
    cost_usd: NDArray[np.float64] | None
    """Mean USD a prompt, shape (k,)."""
    dataset_cost_usd: NDArray[np.float64] | None
    """Mean USD a prompt by dataset, of the default configuration, shape (D,)."""
    quality: NDArray[np.float64]
    """Quality on each prompt, of the default configuration, shape (n,)."""
    default: int = 0
    values: NDArray[np.float64] | None = None
    """Settings of the trade-off, shape (k,); None for references and models."""
    parameter: str = ""
    choices: NDArray[np.intp] | None = None
    """Chosen model on each prompt, of the default configuration, shape (n,)."""
    shares: NDArray[np.float64] | None = None
    """Share of the prompts given to each model, shape (k, m)."""

    @property
    def average(self) -> NDArray[np.float64]:
        """AvgAcc of each configuration, shape (k,)."""
        return np.asarray(self.accuracy.mean(axis=-1))


@dataclass(frozen=True, eq=False)
class SeedData:
    """The judged prompts of all splits of one seed, one after the other."""

    seed: int
    splits: tuple[Split, ...]
    rows: NDArray[np.intp]
    """Their rows in the whole table, shape (n,)."""
    test: OutcomeTable
    groups: DatasetGroups
    references: Mapping[str, Picked]
    n_correct: NDArray[np.intp]
    """How many models answer each prompt correctly, shape (n,)."""

    @classmethod
    def of(cls, table: OutcomeTable, groups: DatasetGroups, splits: Sequence[Split]) -> SeedData:
        """Put the splits of one seed together."""
        rows = np.concatenate([split.test for split in splits])
        test = table.take(rows)
        own = groups.at(test)
        parts = []
        for split in splits:
            train = table.take(split.train[table.is_complete[split.train]])
            judged = table.take(split.test)
            parts.append(reference_picks(train, judged, groups.at(train), groups.at(judged)))
        references = {name: _joined([part[name] for part in parts]) for name in parts[0]}
        if len(splits) > 1:  # in hindsight means over all that is judged, not over each part
            references |= _in_hindsight(test, own)
        return cls(splits[0].seed, tuple(splits), rows, test, own, references, correct_models(test.quality))

    def score(self, picked: Picked) -> Score:
        """Return the score of what was picked, shape (n,)."""
        return self._score(
            np.atleast_2d(picked.quality), None if picked.cost_usd is None else np.atleast_2d(picked.cost_usd)
        )

    def score_sweeps(self, by_split: Mapping[str, Sweep]) -> Score:
        """Return the score of a router from its sweeps, by the split's name; the default is at one place in all."""
        sweeps = [by_split[split.name] for split in self.splits]
        choices = np.concatenate([sweep.choices for sweep in sweeps], axis=1)
        surcharge = None
        if any(sweep.surcharge_usd is not None for sweep in sweeps):
            zero = [
                np.zeros(sweep.choices.shape) if sweep.surcharge_usd is None else sweep.surcharge_usd
                for sweep in sweeps
            ]
            surcharge = np.concatenate(zero, axis=1)
        picked = Picked.of(self.test, choices, surcharge)
        shares = np.stack([np.bincount(row, minlength=len(self.test.models)) for row in choices]) / choices.shape[1]
        default = sweeps[0].default
        values = np.mean([sweep.values for sweep in sweeps], axis=0)
        score = self._score(picked.quality, picked.cost_usd, default)
        return Score(
            **{name: getattr(score, name) for name in ("accuracy", "micro", "cost_usd", "dataset_cost_usd", "quality")},
            default=default,
            values=values,
            parameter=sweeps[0].parameter,
            choices=choices[default].copy(),
            shares=shares,
        )

    def _score(self, quality: NDArray[np.float64], cost: NDArray[np.float64] | None, default: int = 0) -> Score:
        return Score(
            accuracy=self.groups.means(quality),
            micro=quality.mean(axis=1),
            cost_usd=None if cost is None else cost.mean(axis=1),
            dataset_cost_usd=None if cost is None else self.groups.means(cost[default]),
            quality=quality[default].copy(),  # a view would keep the whole sweep
            default=default,
        )


def _joined(parts: Sequence[Picked]) -> Picked:
    costs = [part.cost_usd for part in parts if part.cost_usd is not None]
    cost = np.concatenate(costs) if len(costs) == len(parts) else None
    return Picked(np.concatenate([part.quality for part in parts]), cost)


def _in_hindsight(test: OutcomeTable, groups: DatasetGroups) -> dict[str, Picked]:
    return {BEST_SINGLE: Picked.of(test, np.full(len(test), best_single(test, groups), dtype=np.intp))}
