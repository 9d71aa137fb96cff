"""Cost tiers: which model leads for a category and a level (DynaRoute, section 2.2).

A table is built once from benchmark scores and prices; a look-up only reads it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol, Self

from langchain_dynaroute.benchmarks import BenchmarkTable
from langchain_dynaroute.category_tiers import MIN_COVERAGE, CategoryBuilder, TierSettings, any_price, mean_zscores
from langchain_dynaroute.decisions import RejectedCandidate, ScoredCandidate, Tier
from langchain_dynaroute.errors import TableError
from langchain_dynaroute.profiles import DifficultyLevel

if TYPE_CHECKING:
    from langchain_dynaroute.category_tiers import CategoryTiers, CostKind, Scoring, TierKind
    from langchain_dynaroute.profiles import Category, TaskProfile

TIER_OF_LEVEL = {
    DifficultyLevel.SIMPLE: Tier.LOW,
    DifficultyLevel.MODERATE: Tier.MODERATE,
    DifficultyLevel.COMPLEX: Tier.BEST,
}
_WALK = {
    Tier.LOW: (Tier.LOW, Tier.MODERATE, Tier.BEST),
    Tier.MODERATE: (Tier.MODERATE, Tier.BEST, Tier.LOW),
    Tier.BEST: (Tier.BEST,),
}
"""From a tier up, then down. `best` is every model, so its walk ends there."""
_STEPS = {Tier.LOW: "low tier", Tier.MODERATE: "moderate tier", Tier.BEST: "best over all prices"}


class HasBenchmarks(Protocol):
    """Anything with a benchmark table, such as a `ModelPool`."""

    @property
    def benchmarks(self) -> BenchmarkTable:
        """The table."""
        ...


class TierTable:
    """Category × level → ranking of models."""

    def __init__(self, table: BenchmarkTable, settings: TierSettings) -> None:
        """Hold the table; `build` is the way in."""
        self.table = table
        self.settings = settings
        self._built: dict[Category, CategoryTiers] = {}
        self._rankings: dict[tuple[Category, Tier], tuple[ScoredCandidate, ...]] = {}

    @classmethod
    def build(  # noqa: PLR0913 - the public knobs of the paper's method
        cls,
        source: BenchmarkTable | HasBenchmarks,
        *,
        scoring: Scoring = "zscore",
        quantiles: tuple[float, float] = (0.33, 0.66),
        tiers: TierKind = "band",
        cost: CostKind = "list",
        min_coverage: float | None = None,
    ) -> Self:
        """Build the tiers of a benchmark table or of a pool.

        Args:
            source: Models × benchmarks with prices.
            scoring: `"zscore"` averages z-scores (population standard deviation) over a
                category's benchmarks; `"mean"` averages percents, which is what the paper's
                Table 6 prints.
            quantiles: Cost quantiles that bound the low and the moderate tier (linear
                interpolation, over the models with a score for the category).
            tiers: `"band"`: moderate starts above the low bound, as Table 6 has it;
                `"cumulative"`: moderate holds the low tier too, as the text has it.
            cost: `"list"` is input + output price in USD per 1M tokens; `"measured"` is the
                mean over the category's benchmarks of the measured USD per prompt.
            min_coverage: Share of a category's benchmarks a model must have to be scored;
                default 0.6 for z-scores, 0 for means.

        Raises:
            TableError: for a value without meaning, or `cost="measured"` where nothing was.
        """
        table = source if isinstance(source, BenchmarkTable) else source.benchmarks
        settings = TierSettings(scoring, quantiles, tiers, cost, min_coverage)
        if cost == "measured" and not any(row.measured_usd_per_prompt for row in table.rows):
            msg = f"{table.name}: has no measured costs. Use cost='list'."
            raise TableError(msg)
        return cls(table, settings)

    def look_up(self, profile: TaskProfile) -> tuple[ScoredCandidate, ...]:
        """Return the ranking for a profile, best first: its tier, the tiers above, those below."""
        return self.ranking(profile.category, TIER_OF_LEVEL[profile.level])

    def ranking(self, category: Category, tier: Tier) -> tuple[ScoredCandidate, ...]:
        """Return the ranking that starts at a tier."""
        key = (category, tier)
        if key not in self._rankings:
            self._rankings[key] = _walk(self.category(category), tier, self.settings.tiers)
        return self._rankings[key]

    def category(self, category: Category) -> CategoryTiers:
        """Return one category's scores and bounds."""
        if category not in self._built:
            self._built[category] = CategoryBuilder(self.table, self.settings, category).build()
        return self._built[category]

    def notes(self, category: Category, tier: Tier) -> tuple[str, ...]:
        """Return what was not as expected: borrowed benchmarks, an empty tier."""
        tiers = self.category(category)
        if not tiers.scored or any(candidate.tier is tier for candidate in tiers.scored) or tier is Tier.BEST:
            return tiers.notes
        if self.settings.tiers == "cumulative" and any(c.tier is Tier.LOW for c in tiers.scored):
            return tiers.notes
        return (*tiers.notes, f"the {tier.value} tier of {category.value} is empty: taken from the next")

    @cached_property
    def rejected(self) -> tuple[RejectedCandidate, ...]:
        """Models left out of the tiers for want of a price, with that reason."""
        if not any_price(self.table):
            return ()
        why = "no price: left out of the tiers (give input_usd_per_1m_tokens and output_usd_per_1m_tokens)"
        return tuple(
            RejectedCandidate(name=row.name, reason=why)
            for row in self.table.rows
            if row.price.total_usd_per_1m_tokens is None and not row.last_resort
        )

    @cached_property
    def best_single(self) -> str | None:
        """The one model to take if there were no router: best mean z-score over all benchmarks."""
        import numpy as np

        percent = self.table.percent
        eligible = [
            i
            for i, row in enumerate(self.table.rows)
            if row.price.total_usd_per_1m_tokens is not None and not row.last_resort
        ]
        covered = [i for i in eligible if np.isfinite(percent[i]).mean() >= MIN_COVERAGE] if percent.size else []
        if not covered:
            return None
        scores = mean_zscores(percent)
        return self.table.models[max(covered, key=lambda i: (scores[i], -i))]

    def __repr__(self) -> str:
        """Name the table and how it was scored."""
        return f"TierTable({self.table.name!r}, scoring={self.settings.scoring!r}, tiers={self.settings.tiers!r})"


def _walk(tiers: CategoryTiers, start: Tier, kind: TierKind) -> tuple[ScoredCandidate, ...]:
    """Order a category's models from a tier: the tier's own by score, then up, then down."""
    placed: dict[str, ScoredCandidate] = {}
    for tier in _WALK[start]:
        step = _STEPS[tier] if tier is start else f"fallback, {tier.value} tier"
        for candidate in tiers.scored:
            if candidate.name not in placed and _holds(tier, candidate, kind, whole=tier is start):
                placed[candidate.name] = _via(candidate, tier, step)
    return (*placed.values(), *tiers.tail)


def _holds(tier: Tier, candidate: ScoredCandidate, kind: TierKind, *, whole: bool) -> bool:
    """Say whether a tier holds a candidate; `best` holds all when it is where the walk starts."""
    if tier is Tier.BEST and whole:
        return True
    if tier is Tier.MODERATE and kind == "cumulative":
        return candidate.tier in {Tier.LOW, Tier.MODERATE}
    return candidate.tier is tier


def _via(candidate: ScoredCandidate, tier: Tier, step: str) -> ScoredCandidate:
    return candidate.model_copy(update={"tier": tier, "reason": f"{step}: {candidate.reason}"})
