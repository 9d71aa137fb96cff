"""What decides: a pool, a router, a classifier, and a bound on the price of falling back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from langchain_dynaroute.classifiers.base import as_text
from langchain_dynaroute.decisions import RejectedCandidate, RoutingDecision, ScoredCandidate
from langchain_dynaroute.errors import NoEligibleCandidateError, PoolError
from langchain_dynaroute.pool import ModelPool, RequestNeeds, as_pool
from langchain_dynaroute.routers import Router, as_router
from langchain_dynaroute.routers.tier_table import TierTableRouter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from langchain_core.messages import BaseMessage

    from langchain_dynaroute.classifiers.base import TaskClassifier
    from langchain_dynaroute.decisions import ScoreExplanation
    from langchain_dynaroute.pool import Candidate
    from langchain_dynaroute.profiles import TaskProfile


_ROUNDING = 1e-9
"""Three times 0.7 is a little less than 2.1 in floating point."""
_PLACES_KEPT = 4096
"""Places in rankings that are out of reach: candidates × categories × tiers of a few pools."""


@dataclass(frozen=True)
class RoutingPolicy:
    """Everything a decision depends on, besides the request."""

    pool: ModelPool
    router: Router
    classifier: TaskClassifier
    max_fallback_price_ratio: float | None = None

    @classmethod
    def of(
        cls,
        router: Router | str | Path = "optimum",
        pool: ModelPool | str | Path | Iterable[Candidate] | None = None,
        classifier: TaskClassifier | None = None,
        max_fallback_price_ratio: float | None = None,
    ) -> RoutingPolicy:
        """Make a policy of whatever a user may give; nothing given is the default.

        Raises:
            PoolError: for an unknown router or pool, or a ratio below 1.
            RouterError: for a folder that holds no router that can be loaded.
            TableError: for a broken CSV file.
        """
        if max_fallback_price_ratio is not None and not max_fallback_price_ratio >= 1:
            msg = (
                f"max_fallback_price_ratio={max_fallback_price_ratio:g}; below 1 not even the first choice may answer."
            )
            raise PoolError(msg)
        return cls(as_pool(pool), as_router(router), classifier or _default_classifier(), max_fallback_price_ratio)

    def with_router(self, router: Router | str | None) -> RoutingPolicy:
        """Return this policy with another router; None keeps its own.

        Raises:
            PoolError: if that router would be another node than the one drawn.
        """
        if router is None or router == self.router.name:
            return self
        other = as_router(router)
        if other.node_name != self.router.node_name:
            msg = f"The graph was drawn for a {self.router.node_name!r} node, and router {other.name!r} is a {other.node_name!r} node."
            raise PoolError(msg)
        return replace(self, router=other)

    def decide(
        self,
        messages: Sequence[BaseMessage],
        profile: TaskProfile | None,
        needs: RequestNeeds | None = None,
        *,
        model: str | None = None,
        fallback: bool = False,
    ) -> RoutingDecision:
        """Rank the candidates that may answer `messages`; no model is called.

        Args:
            messages: The request.
            profile: What the classifier said of it.
            needs: What it asks of a candidate; read off the messages if None.
            model: Name or LiteLLM id of a candidate that is put first, whatever it lacks.
            fallback: Whether the ranking follows behind that candidate.

        Raises:
            NoEligibleCandidateError: if none may, with every reason.
            PoolError: if the pool has no candidate of that name.
        """
        first = (self._forced(model),) if model else ()
        ranking: tuple[ScoredCandidate, ...] = ()
        rejected: list[RejectedCandidate] = []
        if not first or fallback:
            ranking, rejected = self._ranked(messages, profile, needs or RequestNeeds.of(messages))
        names = {item.name for item in first}
        bounded, too_dear = self._bounded((*first, *(item for item in ranking if item.name not in names)))
        rejected = [*(item for item in rejected if item.name not in names), *too_dear]
        if not bounded:
            raise NoEligibleCandidateError((item.name, item.reason) for item in rejected)
        return self._decision(
            bounded, rejected, profile, None if first else self._explanation(messages, profile, bounded)
        )

    def _ranked(
        self, messages: Sequence[BaseMessage], profile: TaskProfile | None, needs: RequestNeeds
    ) -> tuple[tuple[ScoredCandidate, ...], list[RejectedCandidate]]:
        rejected = list(self.router.left_out(self.pool))
        ranking = self.router.rank(as_text(messages), profile, self.pool)
        kept, excluded = self.pool.eligible(needs)
        names = {candidate.name for candidate in kept}
        left_out = {item.name for item in rejected}
        rejected += [item for item in excluded if item.name not in left_out]
        return tuple(item for item in ranking if item.name in names), rejected

    def _forced(self, name: str) -> ScoredCandidate:
        candidate = self.pool.find(name)
        price = candidate.price.total_usd_per_1m_tokens
        return ScoredCandidate(name=candidate.name, cost_usd_per_1m_tokens=price, reason="chosen by the caller")

    def _bounded(
        self, ranking: tuple[ScoredCandidate, ...]
    ) -> tuple[tuple[ScoredCandidate, ...], list[RejectedCandidate]]:
        first = ranking[0].cost_usd_per_1m_tokens if ranking else None
        if self.max_fallback_price_ratio is None or first is None:
            return ranking, []
        bound = first * self.max_fallback_price_ratio * (1 + _ROUNDING)
        within = tuple(item for item in ranking if (item.cost_usd_per_1m_tokens or 0) <= bound)
        why = f"${{:g}} per 1M tokens, above max_fallback_price_ratio {self.max_fallback_price_ratio:g} × ${first:g}"
        return within, [
            RejectedCandidate(name=item.name, reason=why.format(item.cost_usd_per_1m_tokens))
            for item in ranking
            if item not in within
        ]

    def _explanation(
        self, messages: Sequence[BaseMessage], profile: TaskProfile | None, ranking: tuple[ScoredCandidate, ...]
    ) -> ScoreExplanation | None:
        names = [item.name for item in ranking[:2]]
        is_asked = len(names) > 1 and type(self.router).explain is not Router.explain
        return self.router.explain(as_text(messages), profile, self.pool, *names) if is_asked else None

    def _decision(
        self,
        ranking: Iterable[ScoredCandidate],
        rejected: Iterable[RejectedCandidate],
        profile: TaskProfile | None,
        explanation: ScoreExplanation | None,
    ) -> RoutingDecision:
        return RoutingDecision(
            router=self.router.name,
            pool=self.pool.name,
            profile=profile,
            ranking=tuple(self._marked(item) for item in ranking),
            rejected=tuple(rejected),
            notes=self.router.notes(profile, self.pool),
            max_fallback_price_ratio=self.max_fallback_price_ratio,
            explanation=explanation,
        )

    def _marked(self, item: ScoredCandidate) -> ScoredCandidate:
        missing = self.pool[item.name].missing()
        return _out_of_reach(item, missing) if missing else item

    @property
    def best_single(self) -> Candidate | None:
        """The one model to take if there were no router, by the pool's benchmarks."""
        router = self.router if isinstance(self.router, TierTableRouter) else TierTableRouter()
        name = router.table(self.pool).best_single
        return None if name is None else self.pool[name]


@lru_cache(_PLACES_KEPT)
def _out_of_reach(item: ScoredCandidate, missing: str) -> ScoredCandidate:
    """Return a place in a ranking with what is missing; values are shared between decisions."""
    return item.model_copy(update={"reachable": False, "missing": missing})


def _default_classifier() -> TaskClassifier:
    from langchain_dynaroute.classifiers.embedded import EmbeddedClassifier

    return EmbeddedClassifier()
