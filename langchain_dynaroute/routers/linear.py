"""Ridge regression of quality on the vector (the linear baseline of LLM routing)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from langchain_dynaroute.errors import RouterError
from langchain_dynaroute.routers.ridge import Ridge, fit_ridge
from langchain_dynaroute.routers.vector import VectorRouter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.encoders.base import Encoder


class LinearRouter(VectorRouter):
    """Expects a model's quality to be linear in the vector; one ridge regression a model, in closed form.

    Each model is fitted on the prompts where its outcome is known.

    Measured on four sets of outcomes and five seeds: at strengths of 10, 20 and 40 it lies up to 0.5
    points of AvgAcc below the best single model, and 1.5 above it on the seven models of open7b.
    With the two largest sets thinned, strengths of 1 and 3 lose up to 6 points, and from 100 it
    nearly always chooses the best single. Chosen on the prompts these figures are of.
    """

    name = "linear"
    weights_: NDArray[np.float64]
    bias_: NDArray[np.float64]

    def __init__(
        self,
        strength: float = 20.0,
        *,
        encoder: Encoder | str = "static",
        cost_weight: float = 0.0,
        unknown_models: Literal["error", "leave_out"] = "error",
    ) -> None:
        """Store the parameters.

        Args:
            strength: Of the penalty on squared weights, above 0.
            encoder: `"static"`, `"minilm"`, an `Encoder`, or LangChain `Embeddings`.
            cost_weight: λ, quality given up per USD per prompt.
            unknown_models: What to do with candidates it was not fitted on.
        """
        self.strength = strength
        self.encoder = encoder
        self.cost_weight = cost_weight
        self.unknown_models = unknown_models

    def _fit_quality(self, vectors: NDArray[np.float32], quality: NDArray[np.float64]) -> None:
        if not self.strength > 0:
            msg = f"{self!r}: strength is above 0."
            raise RouterError(msg)
        self.weights_, self.bias_ = fit_ridge(vectors, quality, self.strength)

    def _quality(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        return Ridge(self.weights_, self.bias_).predict(vectors)
