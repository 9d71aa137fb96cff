"""One category's scores, costs and tier bounds (DynaRoute, section 2.2)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from langchain_dynaroute.decisions import ScoredCandidate, Tier
from langchain_dynaroute.errors import TableError
from langchain_dynaroute.profiles import Category

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.benchmarks import BenchmarkTable, ModelRow

_LEAST_SPREAD = 1e-9
"""Standard deviation in percent below which scores are the same; rounding alone leaves some."""
Scoring = Literal["zscore", "mean"]
TierKind = Literal["band", "cumulative"]
CostKind = Literal["list", "measured"]

MIN_COVERAGE = 0.6
"""Share of a category's benchmarks that a z-scored model must have. Of two it needs both, of
six four: less, and a model that was only given the easy ones can lead."""


@dataclass(frozen=True)
class TierSettings:
    """How tiers are built; the defaults are what `TierTable.build` uses."""

    scoring: Scoring = "zscore"
    quantiles: tuple[float, float] = (0.33, 0.66)
    tiers: TierKind = "band"
    cost: CostKind = "list"
    min_coverage: float | None = None

    def __post_init__(self) -> None:
        """Refuse values that have no meaning."""
        for name, value, choices in (
            ("scoring", self.scoring, ("zscore", "mean")),
            ("tiers", self.tiers, ("band", "cumulative")),
            ("cost", self.cost, ("list", "measured")),
        ):
            if value not in choices:
                msg = f"{name}={value!r}; choose from {', '.join(choices)}."
                raise TableError(msg)
        low, high = self.quantiles
        if not 0 <= low <= high <= 1:
            msg = f"quantiles={self.quantiles}; they must rise and lie within 0 and 1."
            raise TableError(msg)
        if not 0 <= self.coverage <= 1:
            msg = f"min_coverage={self.min_coverage}; it is a share from 0 to 1."
            raise TableError(msg)

    @property
    def coverage(self) -> float:
        """The minimum coverage in force: none for plain means, which follow the paper's table."""
        if self.min_coverage is not None:
            return self.min_coverage
        return MIN_COVERAGE if self.scoring == "zscore" else 0.0


@dataclass(frozen=True)
class CategoryTiers:
    """Scores, costs and tier bounds of one category."""

    category: Category
    benchmarks: tuple[str, ...]
    """The benchmarks that were used."""
    thresholds: tuple[float, float]
    """Costs that bound the low and the moderate tier; NaN without a scored and priced model."""
    scored: tuple[ScoredCandidate, ...]
    """Every model with a score and a price, best score first; `tier` is its own rung."""
    tail: tuple[ScoredCandidate, ...]
    """Models behind the scored ones: too few scores (cheapest first), then the last resorts."""
    notes: tuple[str, ...] = ()


class CategoryBuilder:
    """Builds one category's tiers."""

    def __init__(self, table: BenchmarkTable, settings: TierSettings, category: Category) -> None:
        self.table, self.settings, self.category = table, settings, category
        self.notes: list[str] = []

    def build(self) -> CategoryTiers:
        """Score, price and sort the models of the category."""
        import numpy as np

        used = self._choose_benchmarks()
        columns = [self.table.benchmarks.index(name) for name in used]
        percent = self.table.percent[:, columns]
        costs = self._costs(columns)
        # Without any score the price is all that is known of a model, and stands in for it.
        scores = self._scores(percent) if columns else costs
        coverage = np.isfinite(percent).mean(axis=1) if columns else np.ones(len(self.table.rows))
        ranked = [
            i
            for i, row in enumerate(self.table.rows)
            if not row.last_resort
            and np.isfinite(scores[i])
            and np.isfinite(costs[i])
            and coverage[i] >= self.settings.coverage - 1e-9
        ]
        thresholds = self._thresholds(costs[ranked])
        order = sorted(ranked, key=lambda i: (-round(float(scores[i]), 9), costs[i], i))
        scored = tuple(self._scored(i, scores[i], costs[i], thresholds, used) for i in order)
        return CategoryTiers(
            self.category, used, thresholds, scored, self._tail(ranked, percent, costs), tuple(self.notes)
        )

    def _choose_benchmarks(self) -> tuple[str, ...]:
        """Take the category's benchmarks that the table covers, else those of Miscellaneous, else all."""
        if not self.table.benchmarks:
            self.notes.append(
                f"{self.table.name} has no benchmark scores: ranked by price alone, dearer taken as better"
            )
            return ()
        for category in dict.fromkeys((self.category, Category.MISCELLANEOUS)):
            wanted = self.table.category_map.of(category)
            covered = tuple(name for name in wanted if name in self.table.benchmarks)
            if covered:
                return self._telling(covered)
            lack = (
                "has no benchmarks"
                if not wanted
                else f"has none of its benchmarks ({', '.join(wanted)}) in {self.table.name}"
            )
            if category is self.category and category is not Category.MISCELLANEOUS:
                self.notes.append(f"{category.value} {lack}: scored as Miscellaneous")
            else:
                self.notes.append(f"{category.value} {lack}: scored by all benchmarks of {self.table.name}")
        return self._telling(self.table.benchmarks)

    def _telling(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Drop benchmarks on which all models score the same: they tell nothing apart."""
        import numpy as np

        if self.settings.scoring == "mean":
            return names
        percent = self.table.percent
        spread = {name: float(np.nanstd(percent[:, self.table.benchmarks.index(name)])) for name in names}
        telling = tuple(name for name in names if spread[name] > _LEAST_SPREAD)
        if flat := [name for name in names if name not in telling]:
            self.notes.append(f"{', '.join(flat)} without spread in {self.table.name}: adds nothing")
        return telling or names

    def _scores(self, percent: NDArray[np.float64]) -> NDArray[np.float64]:
        return mean_zscores(percent) if self.settings.scoring == "zscore" else _row_means(percent)

    def _costs(self, columns: list[int]) -> NDArray[np.float64]:
        if self.settings.cost == "list":
            return self.table.cost_usd_per_1m_tokens
        return _row_means(self.table.measured_usd_per_prompt[:, columns])

    def _thresholds(self, costs: NDArray[np.float64]) -> tuple[float, float]:
        import numpy as np

        if not costs.size:
            return (math.nan, math.nan)
        low, high = np.quantile(costs, self.settings.quantiles)
        return (float(low), float(high))

    def _scored(
        self, i: int, score: float, cost: float, thresholds: tuple[float, float], used: tuple[str, ...]
    ) -> ScoredCandidate:
        row = self.table.rows[i]
        return ScoredCandidate(
            name=row.name,
            score=float(score) if used else None,
            tier=_rung(cost, thresholds),
            cost_usd_per_1m_tokens=row.price.total_usd_per_1m_tokens,
            reason=self._why(row, score, cost, used),
        )

    def _why(self, row: ModelRow, score: float, cost: float, used: tuple[str, ...]) -> str:
        unit = "average z-score" if self.settings.scoring == "zscore" else "average score"
        price = row.price.total_usd_per_1m_tokens
        paid = f"${price:g} per 1M tokens" if self.settings.cost == "list" else f"${cost:.4g} per prompt as measured"
        has = sum(name in row.scores for name in used)
        count = f"{has} benchmark{'s' if has != 1 else ''}" if has == len(used) else f"{has} of {len(used)} benchmarks"
        shown = f"{score:+.2f}" if self.settings.scoring == "zscore" else f"{score:.2f} %"
        return f"{unit} {shown} over {count} of {self.category.value}, {paid}" if used else f"no scores, {paid}"

    def _tail(
        self, ranked: list[int], percent: NDArray[np.float64], costs: NDArray[np.float64]
    ) -> tuple[ScoredCandidate, ...]:
        """Rank what the tiers do not hold: the cheapest first; without any price in the pool, the best."""
        import numpy as np

        unpriced_pool = not any_price(self.table)
        scores = self._scores(percent)
        rest = [i for i, row in enumerate(self.table.rows) if i not in ranked and not row.last_resort]
        if unpriced_pool:
            rest.sort(key=lambda i: (-np.nan_to_num(scores[i], nan=-np.inf), i))
            self.notes.append(f"no model of {self.table.name} has a price: there are no tiers, only scores")
        else:
            rest = [i for i in rest if self.table.rows[i].price.total_usd_per_1m_tokens is not None]
            rest.sort(key=lambda i: (self.table.rows[i].price.total_usd_per_1m_tokens, i))
        last = [i for i, row in enumerate(self.table.rows) if row.last_resort]
        return tuple(self._unscored(i, percent[i], scores[i], costs[i]) for i in (*rest, *last))

    def _unscored(self, i: int, percent: NDArray[np.float64], score: float, cost: float) -> ScoredCandidate:
        import numpy as np

        row = self.table.rows[i]
        price = row.price.total_usd_per_1m_tokens
        has = int(np.isfinite(percent).sum())
        if row.last_resort:
            why = "last resort of the pool, behind every other"
        elif price is None:
            why = (
                f"no price, average {score:+.2f}" if np.isfinite(score) else "no price and no score: in the order given"
            )
        elif self.settings.cost == "measured" and not np.isfinite(cost):
            why = f"no measured cost for {self.category.value}: behind the tiers"
        elif has:
            why = f"{has} of {len(percent)} benchmarks of {self.category.value}, fewer than {self.settings.coverage:.0%}: behind the tiers"
        else:
            why = f"no score for {self.category.value}: behind the tiers, cheapest first"
        return ScoredCandidate(
            name=row.name,
            score=None if has == 0 or price is not None else float(score),
            cost_usd_per_1m_tokens=price,
            reason=why,
        )


def _rung(cost: float, thresholds: tuple[float, float]) -> Tier:
    """Return a cost's own rung; both bounds belong to the tier below them."""
    low, high = thresholds
    if cost <= low:
        return Tier.LOW
    return Tier.MODERATE if cost <= high else Tier.BEST


def any_price(table: BenchmarkTable) -> bool:
    """Say whether any model, last resorts aside, has both prices."""
    return any(row.price.total_usd_per_1m_tokens is not None for row in table.rows if not row.last_resort)


def mean_zscores(percent: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the benchmarks a model has of its z-scores; a benchmark without spread is left out."""
    import numpy as np

    if not percent.size:
        return np.full(len(percent), np.nan)
    deviation = np.nanstd(percent, axis=0)
    if (telling := deviation > _LEAST_SPREAD).any():
        percent, deviation = percent[:, telling], deviation[telling]
    else:
        deviation = np.ones(percent.shape[1])
    return _row_means((percent - np.nanmean(percent, axis=0)) / deviation)


def _row_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of each row over its finite entries; NaN for a row without one."""
    import numpy as np

    present = np.isfinite(values)
    counts = present.sum(axis=1)
    sums = np.where(present, values, 0.0).sum(axis=1)
    means: NDArray[np.float64] = np.divide(sums, counts, out=np.full(len(values), np.nan), where=counts > 0)
    return means
