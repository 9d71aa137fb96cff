"""Routers that read no prompt: what any other has to beat."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

import numpy as np

from langchain_dynaroute.errors import RouterError
from langchain_dynaroute.routers.learned import LearnedRouter
from langchain_dynaroute.routers.sweep import N_CONFIGURATIONS, Sweep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.outcomes import OutcomeTable


class _Unreading(LearnedRouter):
    """Expects the same of every prompt: each model's means."""

    mean_quality_: NDArray[np.float64]
    """Shape (m,)."""

    def __init__(self, *, cost_weight: float = 0.0, unknown_models: Literal["error", "leave_out"] = "error") -> None:
        """Store the parameters.

        Args:
            cost_weight: λ, quality given up per USD per prompt.
            unknown_models: What to do with candidates it was not fitted on.
        """
        self.cost_weight = cost_weight
        self.unknown_models = unknown_models

    def _fit(self, outcomes: OutcomeTable) -> None:
        self.mean_quality_ = np.nanmean(outcomes.quality, axis=0)

    def predict_quality(self, prompts: Sequence[str]) -> NDArray[np.float64]:
        """Return each model's mean quality, shape (n_prompts, n_models)."""
        self.check_is_fitted()
        return np.tile(self.mean_quality_, (len(prompts), 1))


class BestSingleRouter(_Unreading):
    """Always the model with the highest mean utility on the training prompts (RouterBench, section 3).

    The benchmark's Best Single looks back instead: the best on the very prompts that are scored.
    """

    name = "best-single"


class _Untrading(_Unreading):
    """Has no trade-off: one configuration."""

    def sweep(self, prompts: Sequence[str], size: int = N_CONFIGURATIONS) -> Sweep:  # noqa: ARG002 - there is one
        """Return its one configuration."""
        return Sweep("", np.array([self.cost_weight]), self.predict_utility(prompts).argmax(axis=1)[None, :])


class CheapestRouter(_Untrading):
    """Always the model with the lowest mean cost on the training prompts, whatever λ is."""

    name = "cheapest"

    def _fit(self, outcomes: OutcomeTable) -> None:
        if not self.has_costs_:
            msg = f"{self.name} cannot be fitted: {outcomes.name} does not know a cost of every model. Estimate them, or leave it out."
            raise RouterError(msg)
        super()._fit(outcomes)

    def _utility(
        self, prompts: Sequence[str], quality: NDArray[np.float64], cost: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        return super()._utility(prompts, quality, cost) if cost is None else -cost


class RandomRouter(_Untrading):
    """Any model, all as likely; the same prompt always gets the same (LLMRouterBench, Gain@R)."""

    name = "random"

    def __init__(
        self,
        *,
        random_state: int = 42,
        cost_weight: float = 0.0,
        unknown_models: Literal["error", "leave_out"] = "error",
    ) -> None:
        """Store the parameters.

        Args:
            random_state: Same seed, same choices.
            cost_weight: Taken as every router takes it; it changes no choice.
            unknown_models: What to do with candidates it was not fitted on.
        """
        super().__init__(cost_weight=cost_weight, unknown_models=unknown_models)
        self.random_state = random_state

    def _utility(
        self,
        prompts: Sequence[str],
        quality: NDArray[np.float64],
        cost: NDArray[np.float64] | None,  # noqa: ARG002 - drawn, not weighed
    ) -> NDArray[np.float64]:
        """Return numbers in [0, 1) that depend on seed and prompt alone."""
        return np.array([self._drawn(prompt) for prompt in prompts]).reshape(quality.shape)

    def _drawn(self, prompt: str) -> NDArray[np.float64]:
        digest = hashlib.sha256(f"{self.random_state}\x1e{prompt}".encode("utf-8", "surrogatepass")).digest()
        return np.random.default_rng(int.from_bytes(digest[:8], "little")).random(len(self.models_))

    def _reason(self, place: int, quality: float, cost_usd: float | None) -> str:  # noqa: ARG002 - drawn
        return f"{self.name}: drawn by lot"
