"""How often a wrong profile changes the model, and what that costs in score and money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from langchain_dynaroute.tiers import TierTable

if TYPE_CHECKING:
    from langchain_dynaroute.evaluation.predictions import Profiles
    from langchain_dynaroute.profiles import Category, TaskProfile
    from langchain_dynaroute.tiers import HasBenchmarks

_PERCENT_COVERAGE = 0.6
"""Share of a category's benchmarks a model needs for its mean percent to be compared."""


@dataclass(frozen=True)
class Agreement:
    """The choice for the profile that was said, beside the one for the right profile."""

    prompts: int
    """Prompts with both labels, of which both were said."""
    agreement: float
    """Share of prompts for which both profiles lead to the same model."""
    score_points: float | None
    """Mean change of score, in percentage points: mean benchmark score, in the right category, of
    the model chosen less that of the model that should have been; below 0 is a loss. None if no
    changed choice can be compared."""
    z_score: float | None
    """The same in the z-scores that the tiers rank by."""
    usd_per_1m_tokens: float
    """Mean change of list price (input + output), USD per 1M tokens; above 0 is dearer."""
    usd_share: float
    """That change as a share of the mean list price of the right choices."""
    cheaper: float
    """Share of prompts that went to a cheaper model than they should have."""
    dearer: float
    """Share of prompts that went to a dearer one."""


class _Choice(NamedTuple):
    name: str
    usd: float


class DecisionJudge:
    """Compares choices by one pool's tier table, the way the router `optimum` makes them."""

    def __init__(self, source: HasBenchmarks) -> None:
        self.tiers = TierTable.build(source)
        self.percents = TierTable.build(source, scoring="mean", min_coverage=_PERCENT_COVERAGE)
        self._scores: dict[tuple[int, Category], dict[str, float]] = {}

    def agreement(self, right: Profiles, said: Profiles) -> Agreement | None:
        """Return how the choices compare; None if no prompt has both labels and both were said."""
        pairs = [
            (truth, guess)
            for i in range(len(right))
            if (truth := right.task_profile(i)) is not None and (guess := said.task_profile(i)) is not None
        ]
        return self._compared(pairs) if pairs else None

    def _compared(self, pairs: list[tuple[TaskProfile, TaskProfile]]) -> Agreement:
        choices = [(truth.category, self._choice(truth), self._choice(guess)) for truth, guess in pairs]
        count = len(choices)
        changes = [taken.usd - due.usd for _, due, taken in choices]
        due_usd = sum(due.usd for _, due, _ in choices)
        return Agreement(
            prompts=count,
            agreement=sum(due.name == taken.name for _, due, taken in choices) / count,
            score_points=self._score_change(self.percents, choices),
            z_score=self._score_change(self.tiers, choices),
            usd_per_1m_tokens=sum(changes) / count,
            usd_share=sum(changes) / due_usd if due_usd else 0.0,
            cheaper=sum(change < 0 for change in changes) / count,
            dearer=sum(change > 0 for change in changes) / count,
        )

    def _choice(self, profile: TaskProfile) -> _Choice:
        first = self.tiers.look_up(profile)[0]
        return _Choice(first.name, first.cost_usd_per_1m_tokens or 0.0)

    def _score_change(self, table: TierTable, choices: list[tuple[Category, _Choice, _Choice]]) -> float | None:
        """Mean over the prompts whose two models both have a score for the right category."""
        changes = []
        for category, due, taken in choices:
            scores = self._scores_in(table, category)
            if due.name == taken.name:
                changes.append(0.0)
            elif due.name in scores and taken.name in scores:
                changes.append(scores[taken.name] - scores[due.name])
        return sum(changes) / len(changes) if changes else None

    def _scores_in(self, table: TierTable, category: Category) -> dict[str, float]:
        key = (id(table), category)
        if key not in self._scores:
            scored = table.category(category).scored
            self._scores[key] = {item.name: item.score for item in scored if item.score is not None}
        return self._scores[key]
