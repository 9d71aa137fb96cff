"""The seam of every router."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_dynaroute.decisions import RejectedCandidate, ScoredCandidate, ScoreExplanation
    from langchain_dynaroute.pool import ModelPool
    from langchain_dynaroute.profiles import TaskProfile


class Router(ABC):
    """Ranks the candidates of a pool for a prompt.

    A router ranks the whole pool: what a request excludes, what is in reach and what a bound
    on price forbids is settled afterwards, in one place, for every router alike.
    """

    name: str = "router"
    node_name: str = "rank_models"
    """What its node is called in the drawn graph."""
    needs_profile: bool = True
    """Whether a `classify` node is drawn before it."""

    @abstractmethod
    def rank(self, prompt: str, profile: TaskProfile | None, pool: ModelPool) -> tuple[ScoredCandidate, ...]:
        """Return the candidates, best first, each with its score and reason."""

    def notes(self, profile: TaskProfile | None, pool: ModelPool) -> tuple[str, ...]:  # noqa: ARG002 - a seam
        """Return what was not as expected on the way to this ranking."""
        return ()

    def explain(
        self,
        prompt: str,  # noqa: ARG002 - a seam
        profile: TaskProfile | None,  # noqa: ARG002
        pool: ModelPool,  # noqa: ARG002
        chosen: str,  # noqa: ARG002
        runner_up: str,  # noqa: ARG002
    ) -> ScoreExplanation | None:
        """Return what put `chosen` before `runner_up`; None if it cannot say more than its reasons."""
        return None

    def fingerprint(self) -> str:
        """Return a short hash of all that its rankings depend on besides prompt, profile and pool."""
        settings = sorted((key, str(value)) for key, value in vars(self).items() if not key.startswith("_"))
        return hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:16]

    def left_out(self, pool: ModelPool) -> tuple[RejectedCandidate, ...]:  # noqa: ARG002 - a seam
        """Return the candidates this router cannot rank at all, each with its reason."""
        return ()
