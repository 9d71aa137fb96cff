"""A router whose scores are a ranking network's: its weights are kept with it, and models come and go."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Self

import numpy as np

from langchain_dynaroute.errors import RouterError
from langchain_dynaroute.routers.ranking_network import RankingNetwork
from langchain_dynaroute.routers.ranking_training import Scale
from langchain_dynaroute.routers.ridge import fit_ridge
from langchain_dynaroute.routers.vector import VectorRouter, with_length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.outcomes import OutcomeTable

_NEW_MODEL_STRENGTH = 10.0
_LAYERS = ("features.0", "features.1", "text.0", "text.1", "fusion.0", "fusion.1")
_PER_MODEL = ("scale_mean_", "scale_spread_", "mean_cost_usd_", "cost_bias_", "cost_scale_")
"""Learned vectors of one value a model."""


class NetworkRouter(VectorRouter):
    """Keeps a network's weights as learned attributes, and fits an output vector for a new model."""

    fitted_cost_weight_: float
    """The λ of the utilities it learned."""
    scale_mean_: NDArray[np.float64]
    scale_spread_: NDArray[np.float64]

    @property
    def network(self) -> RankingNetwork:
        """The fitted network."""
        self.check_is_fitted()
        names = [f"{layer}.{kind}" for layer in _LAYERS for kind in ("weight", "bias")]
        found = {name: getattr(self, f"{name.replace('.', '_')}_", None) for name in names}
        return RankingNetwork({name: value for name, value in found.items() if value is not None})

    @abstractmethod
    def _hidden(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        """Return the networks' last hidden units of prompts, shape (k, n, h)."""

    def _keep(self, network: RankingNetwork) -> None:
        """Store the weights as learned attributes, so that they are saved and loaded with the others."""
        for name, value in network.weights.items():
            setattr(self, f"{name.replace('.', '_')}_", value)

    def _learn_cost(self, outcomes: OutcomeTable) -> None:
        vectors = self.used_encoder.encode(outcomes.prompts)
        self._fit_cost(with_length(vectors, outcomes.prompts), outcomes.costs())

    def add_model(self, name: str, outcomes: OutcomeTable) -> Self:
        """Add a model from a few scored prompts, and return self (section 7).

        Only its output vector is fitted, by ridge regression on the fused representation; the rest of
        the network stays as it is, and the scores of the other models with it.

        Args:
            name: The new model, a column of `outcomes`.
            outcomes: Prompts on which it was scored; other columns are not read.

        Raises:
            RouterError: if the model is already known, or was scored on no prompt.
        """
        self.check_is_fitted()
        if name in self.models_:
            msg = f"{self.name} knows {name!r} already. Drop it first, to learn it anew."
            raise RouterError(msg)
        own = outcomes.of_models([name])
        own = own.take(~np.isnan(own.utility(self.fitted_cost_weight_)[:, 0]))
        if not len(own):
            msg = f"{name!r} was scored on no prompt of {outcomes.name}."
            raise RouterError(msg)
        utility = own.utility(self.fitted_cost_weight_)
        scale = Scale.of(utility)
        hidden = self._hidden(own.prompts)
        targets = scale.standardised(utility).astype(np.float64)
        fitted = [fit_ridge(own_hidden, targets, _NEW_MODEL_STRENGTH) for own_hidden in hidden]
        self._add_cost(own)
        self._keep(
            self.network.with_model(np.stack([f.weights for f in fitted]), np.stack([f.bias[None, :] for f in fitted]))
        )
        self.scale_mean_ = np.append(self.scale_mean_, scale.mean)
        self.scale_spread_ = np.append(self.scale_spread_, scale.spread)
        self.models_ = (*self.models_, name)
        return self

    def _add_cost(self, own: OutcomeTable) -> None:
        if not self.has_costs_:
            return
        known = (self.cost_weights_, self.cost_bias_, self.cost_scale_)
        self.mean_cost_usd_ = np.append(self.mean_cost_usd_, np.nanmean(own.costs(), axis=0))
        self._learn_cost(own)
        self.cost_weights_ = np.column_stack((known[0], self.cost_weights_))
        self.cost_bias_ = np.append(known[1], self.cost_bias_)
        self.cost_scale_ = np.append(known[2], self.cost_scale_)

    def drop_model(self, name: str) -> Self:
        """Forget a model, and return self; the scores of the others stay as they are.

        Raises:
            RouterError: if it is not known, or the last one.
        """
        self.check_is_fitted()
        kept = [place for place, known in enumerate(self.models_) if known != name]
        if len(kept) == len(self.models_) or not kept:
            msg = f"{self.name} cannot drop {name!r}; it knows {', '.join(self.models_)}."
            raise RouterError(msg)
        self._keep(self.network.of_models(kept))
        for attribute in _PER_MODEL:
            if hasattr(self, attribute):
                setattr(self, attribute, getattr(self, attribute)[kept])
        if self.has_costs_:
            self.cost_weights_ = np.ascontiguousarray(self.cost_weights_[:, kept])
        self.models_ = tuple(self.models_[place] for place in kept)
        return self

    def _fit_quality(self, vectors: NDArray[np.float32], quality: NDArray[np.float64]) -> None:
        raise NotImplementedError  # _fit does it all

    def _quality(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        raise NotImplementedError  # it reads more than vectors
