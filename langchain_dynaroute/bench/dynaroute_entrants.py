"""DynaRoute's three routers on a table of outcomes: tiers from its training prompts, profiles from a classifier."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from langchain_dynaroute.benchmarks import BenchmarkTable, CategoryMap, ModelRow
from langchain_dynaroute.pricing import Price
from langchain_dynaroute.profiles import Category
from langchain_dynaroute.routers.sweep import N_CONFIGURATIONS, Sweep
from langchain_dynaroute.routers.tier_table import POLICIES
from langchain_dynaroute.tiers import TierTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.category_tiers import Scoring
    from langchain_dynaroute.outcomes import OutcomeTable
    from langchain_dynaroute.profiles import TaskProfile

MIN_SLICE_PROMPTS = 20
"""Training prompts from which a category's part of a dataset serves as a benchmark of its own."""
NO_TIERS = "no cost and no list price is known, so there are no tiers, and all three policies choose alike"
_PERCENT = 100.0


class DynaRouteEntrant:
    """One of DynaRoute's routers, with a tier table built from the training prompts.

    The models of public outcome sets mostly stand in no public benchmark table, and a z-score
    over some models' public scores and other models' training scores would compare unlike
    things. So all scores come from the training prompts: the part of a dataset that the classifier
    puts into a category is one benchmark of that category, if it has 20 prompts or more; a
    category without such a part takes all of Miscellaneous, or the mean over everything.
    """

    def __init__(  # noqa: PLR0913 - what a tier table is built from, and who profiles
        self,
        policy: str,
        profiles: Mapping[str, TaskProfile],
        *,
        prices: Mapping[str, Price] | None = None,
        scoring: Scoring = "zscore",
        classify_us: float = 0.0,
        classifier: str = "",
    ) -> None:
        """Store the parameters.

        Args:
            policy: `"optimum"`, `"low-cost"` or `"best-performance"`.
            profiles: Prompt → what the classifier said of it.
            prices: Model → list price; without them tiers are by measured cost.
            scoring: As in `TierTable.build`.
            classify_us: Microseconds the classifier took a prompt; counted as the router's own time.
            classifier: Name and version of the classifier.
        """
        self.name = f"dynaroute-{policy}"
        self.policy = policy
        self.profiles = profiles
        self.prices = prices
        self.scoring: Scoring = scoring
        self.classify_us = classify_us
        self.classifier = classifier

    def parameters(self) -> dict[str, Any]:
        """Return what its choices depend on."""
        prices = {name: price.model_dump() for name, price in (self.prices or {}).items()}
        said = hashlib.sha256()
        for prompt, profile in sorted(self.profiles.items()):
            said.update(
                f"{prompt}\x1f{profile.category.value}\x1f{profile.level:d}\x1e".encode("utf-8", "surrogatepass")
            )
        return {
            "policy": self.policy,
            "scoring": self.scoring,
            "classifier": self.classifier,
            "profiles": said.hexdigest(),
            "prices": prices,
        }

    def fit(self, outcomes: OutcomeTable) -> Self:
        """Build the tier table from training outcomes, and return self."""
        self.models_ = outcomes.models
        table = training_benchmarks(outcomes, self.profiles, self.prices)
        measured = any(row.measured_usd_per_prompt for row in table.rows)
        self.notes_ = () if measured or self.prices else (NO_TIERS,)
        self.tiers_ = TierTable.build(
            table, scoring=self.scoring, cost="measured" if measured else "list", min_coverage=0.0
        )
        return self

    def sweep(self, prompts: Sequence[str], size: int = N_CONFIGURATIONS) -> Sweep:  # noqa: ARG002 - it has no trade-off
        """Return its one choice for each prompt."""
        place = {name: i for i, name in enumerate(self.models_)}
        fixed = POLICIES[self.policy]
        chosen = []
        for prompt in prompts:
            profile = self.profiles[prompt]
            looked_up = profile if fixed is None else profile.with_level(fixed)
            chosen.append(place[self.tiers_.look_up(looked_up)[0].name])
        return Sweep("", np.zeros(1), np.array([chosen], dtype=np.intp))


def training_benchmarks(
    outcomes: OutcomeTable, profiles: Mapping[str, TaskProfile], prices: Mapping[str, Price] | None = None
) -> BenchmarkTable:
    """Return the benchmark table of training outcomes: a benchmark a dataset and category.

    Args:
        outcomes: Training prompts × models.
        profiles: Prompt → profile, for each of the prompts.
        prices: Model → list price.
    """
    slices = _slices(outcomes, profiles)
    columns = {
        name: (_known_means(outcomes.quality, rows), _known_means(outcomes.cost_usd, rows))
        for name, (_, rows) in slices.items()
    }
    rows = []
    for i, model in enumerate(outcomes.models):
        scores = {
            name: float(quality[i]) * _PERCENT for name, (quality, _) in columns.items() if not math.isnan(quality[i])
        }
        costs = {name: float(cost[i]) for name, (_, cost) in columns.items() if cost.size and not math.isnan(cost[i])}
        price = (prices or {}).get(model) or Price()
        rows.append(ModelRow(name=model, scores=scores, measured_usd_per_prompt=costs, price=price))
    benchmarks: dict[Category, tuple[str, ...]] = {}
    for name, (category, _) in slices.items():
        benchmarks[category] = (*benchmarks.get(category, ()), name)
    return BenchmarkTable(rows, f"training prompts of {outcomes.name}", CategoryMap(benchmarks, "training prompts"))


def _slices(outcomes: OutcomeTable, profiles: Mapping[str, TaskProfile]) -> dict[str, tuple[Category, list[int]]]:
    """Return benchmark → its category and its training rows; a whole dataset speaks for Miscellaneous."""
    rows: dict[tuple[str, Category], list[int]] = {}
    for row, (prompt, dataset) in enumerate(zip(outcomes.prompts, outcomes.datasets, strict=True)):
        rows.setdefault((dataset, profiles[prompt].category), []).append(row)
    sizes = Counter(outcomes.datasets)
    found: dict[str, tuple[Category, list[int]]] = {}
    for (dataset, category), members in sorted(rows.items()):
        if len(members) >= MIN_SLICE_PROMPTS and category is not Category.MISCELLANEOUS:
            found[f"{dataset}: {category.value}"] = (category, members)
    for dataset in sorted(sizes):
        everything = [row for row, name in enumerate(outcomes.datasets) if name == dataset]
        if len(everything) >= min(MIN_SLICE_PROMPTS, max(sizes.values())):
            found[dataset] = (Category.MISCELLANEOUS, everything)
    return found


def _known_means(cells: NDArray[np.float64] | None, rows: list[int]) -> NDArray[np.float64]:
    """Return each model's mean over the rows it has an outcome of, shape (m,); NaN where it has none."""
    if cells is None:
        return np.array([])
    known = ~np.isnan(cells[rows])
    count = known.sum(axis=0)
    sums = np.where(known, cells[rows], 0).sum(axis=0)
    return np.asarray(np.divide(sums, count, out=np.full(len(count), np.nan), where=count > 0))
