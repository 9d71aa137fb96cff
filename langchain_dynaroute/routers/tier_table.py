"""DynaRoute's three routers (section 2.3): one tier table, three ways to pick the level."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from langchain_dynaroute.benchmarks import level_shifts as default_level_shifts
from langchain_dynaroute.errors import PoolError, did_you_mean
from langchain_dynaroute.profiles import Category, DifficultyLevel, TaskProfile
from langchain_dynaroute.routers.base import Router
from langchain_dynaroute.tiers import TIER_OF_LEVEL, TierTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_dynaroute.category_tiers import CostKind, Scoring, TierKind
    from langchain_dynaroute.decisions import RejectedCandidate, ScoredCandidate
    from langchain_dynaroute.pool import ModelPool

POLICIES: dict[str, DifficultyLevel | None] = {
    "optimum": None,
    "low-cost": DifficultyLevel.SIMPLE,
    "best-performance": DifficultyLevel.COMPLEX,
}
"""Router name → the level it looks up; None is the level the classifier found."""


class TierTableRouter(Router):
    """Looks the ranking up in the tier table of the pool.

    `optimum` looks up the predicted level, `low-cost` always level 1, `best-performance` always
    level 3. Level shifts are added last, also to a fixed level: the paper's low-cost figures for
    GPQA (3.09 USD at 0.75 a call) can only be had with its Chemistry shift in force.
    """

    node_name = "look_up_tier"

    def __init__(  # noqa: PLR0913 - the knobs of TierTable.build, and one more
        self,
        policy: str = "optimum",
        *,
        level_shifts: Mapping[Category | str, int] | None = None,
        scoring: Scoring = "zscore",
        quantiles: tuple[float, float] = (0.33, 0.66),
        tiers: TierKind = "band",
        cost: CostKind = "list",
        min_coverage: float | None = None,
    ) -> None:
        """Store the parameters; tables are built on first use, one a pool.

        Args:
            policy: `"optimum"`, `"low-cost"` or `"best-performance"`.
            level_shifts: Category → levels to add. None takes the pool's own defaults, which
                only `dynaroute-paper` has; `{}` turns them off.
            scoring: As in `TierTable.build`.
            quantiles: As in `TierTable.build`.
            tiers: As in `TierTable.build`.
            cost: As in `TierTable.build`.
            min_coverage: As in `TierTable.build`.

        Raises:
            PoolError: if there is no such policy.
        """
        if policy not in POLICIES:
            msg = f"There is no router {policy!r}.{did_you_mean(policy, POLICIES)}"
            raise PoolError(msg)
        self.name = policy
        self.level_shifts = (
            None if level_shifts is None else {Category(key): value for key, value in level_shifts.items()}
        )
        self.scoring = scoring
        self.quantiles = quantiles
        self.tiers = tiers
        self.cost = cost
        self.min_coverage = min_coverage
        self._tables: WeakKeyDictionary[ModelPool, TierTable] = WeakKeyDictionary()

    def table(self, pool: ModelPool) -> TierTable:
        """Return the pool's tier table, built on first use."""
        if pool not in self._tables:
            self._tables[pool] = TierTable.build(
                pool,
                scoring=self.scoring,
                quantiles=self.quantiles,
                tiers=self.tiers,
                cost=self.cost,
                min_coverage=self.min_coverage,
            )
        return self._tables[pool]

    def shift(self, category: Category, pool: ModelPool) -> int:
        """Return how many levels are added for a category."""
        shifts = default_level_shifts(pool.name) if self.level_shifts is None else self.level_shifts
        return shifts.get(category, 0)

    def rank(self, prompt: str, profile: TaskProfile | None, pool: ModelPool) -> tuple[ScoredCandidate, ...]:  # noqa: ARG002 - the profile tells all
        """Return the ranking of the profile's category at the policy's level."""
        category, level = self._looked_up(profile, pool)
        return self.table(pool).ranking(category, TIER_OF_LEVEL[level])

    def notes(self, profile: TaskProfile | None, pool: ModelPool) -> tuple[str, ...]:
        """Tell of a borrowed category, an empty tier, a shifted level, a guessed profile."""
        category, level = self._looked_up(profile, pool)
        notes = list(self.table(pool).notes(category, TIER_OF_LEVEL[level]))
        if shift := self.shift(category, pool):
            notes.insert(0, f"{category.value} is looked up at level {level} (level shift {shift:+d})")
        if profile is None or profile.note:
            notes.insert(0, profile.note if profile else "no profile: taken as Miscellaneous, level 2")
        return tuple(notes)

    def left_out(self, pool: ModelPool) -> tuple[RejectedCandidate, ...]:
        """Return the candidates without a price."""
        return self.table(pool).rejected

    def _looked_up(self, profile: TaskProfile | None, pool: ModelPool) -> tuple[Category, DifficultyLevel]:
        category = profile.category if profile else Category.MISCELLANEOUS
        predicted = profile.level if profile else DifficultyLevel.MODERATE
        level = POLICIES[self.name] or predicted
        return category, DifficultyLevel.clamped(level + self.shift(category, pool))

    def __repr__(self) -> str:
        """Name the policy."""
        return f"TierTableRouter({self.name!r})"
