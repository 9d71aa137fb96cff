"""RouteLLM: does this prompt need the strong model? (Ong et al. 2024; LLMRouterBench, B.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from langchain_dynaroute.errors import MissingExtraError, RouterError, did_you_mean
from langchain_dynaroute.routers.sweep import N_CONFIGURATIONS, Sweep
from langchain_dynaroute.routers.vector import VectorRouter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.encoders.base import Encoder
    from langchain_dynaroute.outcomes import OutcomeTable

WEAK_COST_SHARE = 0.2
"""A weak model costs at most this share of the strong one, where some model does."""
_LAST = -1.0
"""Utility of the models that are neither; they come behind, as fallbacks, by their mean quality."""


class RouteLLMRouter(VectorRouter):
    """Sends a prompt to the strong model where its predicted win rate over the weak one reaches a threshold.

    The win rate is the chance that the strong model's answer is better, not as good: the paper's
    P(win | prompt). Between two fixed models its matrix factorisation, w · ((v_strong - v_weak) ⊙ W e), is
    linear in the prompt's vector e, so it is fitted as what it is: a logistic regression.
    """

    name = "routellm"
    win_weights_: NDArray[np.float64]
    win_bias_: float
    strong_: int
    weak_: int

    def __init__(  # noqa: PLR0913 - the knobs of the method
        self,
        threshold: float = 0.5,
        *,
        strong: str | None = None,
        weak: str | None = None,
        strength: float = 10.0,
        encoder: Encoder | str = "static",
        unknown_models: Literal["error", "leave_out"] = "error",
    ) -> None:
        """Store the parameters.

        Args:
            threshold: Win rate from which the strong model is asked, 0 to 1; the lower, the dearer.
            strong: The strong model; None takes the one with the highest mean quality.
            weak: The weak model; None takes the best of those that cost at most a fifth of the strong
                one, or the cheapest, or without costs the second best.
            strength: Of the penalty on squared weights, above 0.
            encoder: `"static"`, `"minilm"`, an `Encoder`, or LangChain `Embeddings`.
            unknown_models: What to do with candidates it was not fitted on.
        """
        self.threshold = threshold
        self.strong = strong
        self.weak = weak
        self.strength = strength
        self.encoder = encoder
        self.unknown_models = unknown_models

    def _fit(self, outcomes: OutcomeTable) -> None:
        if not 0 <= self.threshold <= 1:
            msg = f"threshold={self.threshold!r}: a win rate lies within 0 and 1."
            raise RouterError(msg)
        self.strong_, self.weak_ = self._pair(outcomes)
        super()._fit(outcomes)

    def _pair(self, outcomes: OutcomeTable) -> tuple[int, int]:
        quality = np.nanmean(outcomes.quality, axis=0)
        strong = int(quality.argmax()) if self.strong is None else _place(self.strong, outcomes.models)
        if self.weak is not None:
            return strong, _place(self.weak, outcomes.models)
        others = [place for place in range(len(outcomes.models)) if place != strong]
        if not others:
            return strong, strong
        if outcomes.cost_usd is not None:
            cost = np.nanmean(outcomes.cost_usd, axis=0)
            cheap = [place for place in others if cost[place] <= WEAK_COST_SHARE * cost[strong]]
            others = cheap or [min(others, key=lambda place: float(cost[place]))]
        return strong, max(others, key=lambda place: float(quality[place]))

    def _fit_quality(self, vectors: NDArray[np.float32], quality: NDArray[np.float64]) -> None:
        strong, weak = quality[:, self.strong_], quality[:, self.weak_]
        known = ~(np.isnan(strong) | np.isnan(weak))
        wins = strong[known] > weak[known]
        self.win_weights_, self.win_bias_ = (
            np.zeros(vectors.shape[1]),
            _logit(float(wins.mean()) if known.any() else 0.0),
        )
        if 0 < wins.sum() < len(wins):
            self._fit_wins(vectors[known], wins)

    def _fit_wins(self, vectors: NDArray[np.float32], wins: NDArray[np.bool_]) -> None:
        try:
            from sklearn.linear_model import LogisticRegression
        except ImportError as error:
            package = "scikit-learn"
            raise MissingExtraError(package, "bench") from error
        fitted = LogisticRegression(C=1 / self.strength * len(wins) ** 0.5, max_iter=1000).fit(
            vectors.astype(float), wins
        )
        self.win_weights_, self.win_bias_ = fitted.coef_[0], float(fitted.intercept_[0])

    def win_rate(self, prompts: Sequence[str]) -> NDArray[np.float64]:
        """Return the chance that the strong model's answer is the better one, shape (n_prompts,)."""
        self.check_is_fitted()
        return self._win_rate(self.used_encoder.encode(prompts))

    def _win_rate(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(1 / (1 + np.exp(-(vectors.astype(float) @ self.win_weights_ + self.win_bias_))))

    def _quality(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return what is ranked by: 0 for the weak model, win rate over the threshold for the strong one."""
        ranked = np.tile(_LAST + self.mean_quality_ / 2, (len(vectors), 1))
        ranked[:, self.weak_] = 0.0
        ranked[:, self.strong_] = self._win_rate(vectors) - self.threshold + 1e-12
        return ranked

    def sweep(self, prompts: Sequence[str], size: int = N_CONFIGURATIONS) -> Sweep:
        """Return the choices at thresholds from 0, all to the strong model, to 1, all to the weak one."""
        rate = self.win_rate(prompts)
        if size == 1:
            values = np.array([self.threshold])
        else:
            values = np.linspace(0, 1, size)
            values[np.abs(values - self.threshold).argmin()] = self.threshold
        choices = np.where(rate >= values[:, None], self.strong_, self.weak_)
        return Sweep("threshold", values, choices, default=int(np.abs(values - self.threshold).argmin()))

    def _reason(self, place: int, quality: float, cost_usd: float | None) -> str:
        if place == self.strong_:
            return f"{self.name}: win rate {quality + self.threshold:.2f} over {self.models_[self.weak_]}, threshold {self.threshold:g}"
        if place == self.weak_:
            return f"{self.name}: the weak model, unless {self.models_[self.strong_]} is likely to win"
        money = "" if cost_usd is None else f", cost ${cost_usd:.2g} a call"
        return f"{self.name}: neither the strong nor the weak model{money}"


def _place(name: str, models: Sequence[str]) -> int:
    if name not in models:
        msg = f"There is no model {name!r} in the outcomes.{did_you_mean(name, models)}"
        raise RouterError(msg)
    return list(models).index(name)


def _logit(share: float) -> float:
    clipped = min(max(share, 1e-4), 1 - 1e-4)
    return float(np.log(clipped / (1 - clipped)))
