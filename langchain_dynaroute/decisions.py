"""A routing decision, and what became of it: the values that explain a bill."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, Field

from langchain_dynaroute.profiles import TaskProfile

_TOLD = 3
"""Features told for and against a choice."""


class Tier(StrEnum):
    """A rung of cost within a category (DynaRoute, section 2.2)."""

    LOW = "low"
    MODERATE = "moderate"
    BEST = "best"


class ScoredCandidate(BaseModel, frozen=True, extra="forbid"):
    """One candidate's place in a ranking."""

    name: str
    score: float | None = None
    """What the router ranks by, higher is better; None where no benchmark covers it."""
    tier: Tier | None = None
    """The tier it stands in for this profile; None outside the tiers."""
    cost_usd_per_1m_tokens: float | None = None
    """List price, input + output, the paper's total cost."""
    reachable: bool = True
    """Whether a key or server is present now; never a reason to exclude."""
    missing: str | None = None
    """What is missing when it is not reachable."""
    reason: str = ""


class RejectedCandidate(BaseModel, frozen=True, extra="forbid"):
    """A candidate that may not answer this request, and why."""

    name: str
    reason: str


class Contribution(BaseModel, frozen=True, extra="forbid"):
    """What one thing about a prompt adds to the difference of two candidates' scores."""

    name: str
    value: float | None = None
    """The feature's value; None for what is no single feature."""
    utility: float
    """In units of the score; above 0 it speaks for the chosen one."""
    about: str = ""
    """What the feature means."""


class ScoreExplanation(BaseModel, frozen=True, extra="forbid"):
    """Why one candidate scored above another: `baseline` and `contributions` add up to `difference`."""

    chosen: str
    runner_up: str
    difference: float
    """Score of the chosen one less that of the runner-up."""
    baseline: float
    """The same difference on an average prompt."""
    contributions: tuple[Contribution, ...]
    """The most important readable features, then what is left, summed up."""

    def in_words(self) -> str:
        """Return the explanation as a sentence."""
        named = [item for item in self.contributions if item.value is not None]
        whom = [
            ", ".join(f"{item.name} {item.value:.2g} ({item.utility:+.2g})" for item in part[:_TOLD]) or "none"
            for part in ([i for i in named if i.utility > 0], [i for i in named if i.utility < 0])
        ]
        rest = self.difference - self.baseline - sum(item.utility for item in named)
        return (
            f"{self.chosen} scores {self.difference:.3g} above {self.runner_up}: {self.baseline:+.2g} on an average "
            f"prompt; for it speak {whom[0]}; against it {whom[1]}; all else adds {rest:+.2g}"
        )


class RoutingDecision(BaseModel, frozen=True, extra="forbid"):
    """Which candidates may answer a prompt, best first, and why."""

    router: str
    pool: str
    profile: TaskProfile | None = None
    """None when the router needs no task profile."""
    ranking: tuple[ScoredCandidate, ...] = Field(min_length=1)
    rejected: tuple[RejectedCandidate, ...] = ()
    notes: tuple[str, ...] = ()
    """What was not as expected: a category without benchmarks, an empty tier, a level shift."""
    max_fallback_price_ratio: float | None = None
    """Bound on a fallback's price over the first choice's; None means no bound."""
    explanation: ScoreExplanation | None = None
    """What put the first before the second, from routers that can say."""

    @property
    def chosen(self) -> ScoredCandidate:
        """The first of the ranking."""
        return self.ranking[0]

    @property
    def model(self) -> str:
        """Name of the first of the ranking."""
        return self.chosen.name

    @property
    def reason(self) -> str:
        """Why the first of the ranking is first."""
        return self.chosen.reason

    def to_json(self) -> dict[str, Any]:
        """Return the decision as plain JSON values."""
        return self.model_dump(mode="json", exclude_none=True)

    def explain(self) -> str:
        """Return the decision as text: profile, every candidate, every exclusion."""
        lines = [f"{self.router} router, pool {self.pool}"]
        if self.profile is not None:
            lines.append(f"profile: {self.profile}")
        lines += [f"note: {note}" for note in self.notes]
        if self.explanation is not None:
            lines.append(f"why: {self.explanation.in_words()}")
        for place, candidate in enumerate(self.ranking, start=1):
            key = "" if candidate.reachable else f" [unreachable: {candidate.missing}]"
            lines.append(f"{place:>3}. {candidate.name}: {candidate.reason}{key}")
        lines += [f"  –  {rejected.name}: {rejected.reason}" for rejected in self.rejected]
        bound = self.max_fallback_price_ratio
        lines.append(f"fallback price bound: {f'{bound:g} × the first choice' if bound else 'none'}")
        return "\n".join(lines)


class Attempt(BaseModel, frozen=True, extra="forbid"):
    """One step along the ranking: a call that answered, failed, or was skipped."""

    name: str
    status: Literal["answered", "failed", "skipped", "interrupted"]
    error: str | None = None
    """Redacted text of the failure."""
    latency_s: float | None = None
    """Seconds from the call to its end; None when no request was made."""
