"""LLMRank's network in numpy: two encoders, late fusion, one utility a model (its section 5.2, equations 4 to 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_LEAST_CHANGE = 1e-9
"""A change of a unit's input below this has no slope of its own; the derivative stands in."""
_AT_ONCE = 2048
"""Prompts whose hidden units are held at once."""
BRANCHES = ("features", "text")


@dataclass(frozen=True, eq=False)
class RankingNetwork:
    """Weights of `k` networks whose scores are averaged; a layer is `x @ weight + bias`.

    A branch that was not trained (features only, text only) has no weights and is left out of
    the fusion.
    """

    weights: Mapping[str, NDArray[np.float32]]
    """`features.0.weight` of shape (k, inputs, outputs), `features.0.bias` of shape (k, 1, outputs),
    `features.1.…`, `text.…`, `fusion.0.…`, `fusion.1.…`."""

    @classmethod
    def average_of(cls, networks: Sequence[RankingNetwork]) -> RankingNetwork:
        """Return one network that averages the scores of several of the same shape."""
        names = networks[0].weights
        return cls({name: np.concatenate([network.weights[name] for network in networks]) for name in names})

    @property
    def branches(self) -> tuple[str, ...]:
        """The branches it has."""
        return tuple(branch for branch in BRANCHES if f"{branch}.0.weight" in self.weights)

    @property
    def output(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Weight, shape (k, h, m), and bias, shape (k, 1, m), of the last layer."""
        return self.weights["fusion.1.weight"], self.weights["fusion.1.bias"]

    def with_output(self, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> RankingNetwork:
        """Return the network with another last layer: models added or dropped."""
        return RankingNetwork({**self.weights, "fusion.1.weight": weight, "fusion.1.bias": bias})

    def with_model(self, weight: NDArray[np.floating], bias: NDArray[np.floating]) -> RankingNetwork:
        """Return the network with one more model, of weight (k, h, 1) and bias (k, 1, 1)."""
        pairs = zip(self.output, (weight, bias), strict=True)
        return self.with_output(*(np.concatenate(pair, axis=2, dtype=np.float32) for pair in pairs))

    def of_models(self, places: Sequence[int]) -> RankingNetwork:
        """Return the network of these models."""
        return self.with_output(*(np.ascontiguousarray(part[..., list(places)]) for part in self.output))

    def _layer(self, name: str, x: NDArray[np.float32]) -> NDArray[np.float32]:
        return x @ self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def hidden(self, inputs: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the fused representation h(2) of each network, shape (k, n, h) (equation 9).

        Args:
            inputs: Branch → standardised inputs, shape (n, d).
        """
        parts = [self._layer(f"{b}.1", np.maximum(self._layer(f"{b}.0", inputs[b]), 0)) for b in self.branches]
        return np.maximum(self._layer("fusion.0", np.concatenate(parts, axis=2)), 0)

    def scores(self, inputs: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return one standardised utility a model, shape (n, m) (equation 10)."""
        n = len(next(iter(inputs.values())))
        parts = [
            self._layer("fusion.1", self.hidden({b: x[start : start + _AT_ONCE] for b, x in inputs.items()})).mean(
                axis=0
            )
            for start in range(0, max(n, 1), _AT_ONCE)
        ]
        return np.concatenate(parts)

    def contributions(
        self, inputs: Mapping[str, NDArray[np.float32]], output: NDArray[np.float32]
    ) -> dict[str, NDArray[np.float32]]:
        """Return what each input adds to the mean of `h(2) @ output`, against an average prompt.

        The rescale rule of DeepLIFT: a ReLU passes on the change of its output over the change of its
        input. So the contributions add up to the change of the score, exactly: no path has to be
        sampled, as for integrated gradients.

        Args:
            inputs: Branch → standardised inputs, shape (n, d); the average prompt is 0.
            output: Weights of the score to be explained, shape (k, h); the difference of two models'
                for one against the other.

        Returns:
            Branch → contributions, shape (n, d).
        """
        first = {b: self._change(f"{b}.0", inputs[b], np.zeros_like(inputs[b][:1])) for b in self.branches}
        encoded = [self._layer(f"{b}.1", first[b].now) for b in self.branches]
        average = [self._layer(f"{b}.1", first[b].average) for b in self.branches]
        fused = self._change("fusion.0", np.concatenate(encoded, axis=2), np.concatenate(average, axis=2))
        upstream = (output[:, None, :] * fused.slope) @ self.weights["fusion.0.weight"].transpose(0, 2, 1)
        found, start = {}, 0
        for branch, part in zip(self.branches, encoded, strict=True):
            own = upstream[..., start : start + part.shape[2]]
            start += part.shape[2]
            at_first = (own @ self.weights[f"{branch}.1.weight"].transpose(0, 2, 1)) * first[branch].slope
            slopes = at_first @ self.weights[f"{branch}.0.weight"].transpose(0, 2, 1)
            found[branch] = slopes.mean(axis=0) * inputs[branch]
        return found

    def _change(self, layer: str, x: NDArray[np.float32], average: NDArray[np.float32]) -> _Change:
        before, reference = self._layer(layer, x), self._layer(layer, average)
        now, still = np.maximum(before, 0), np.maximum(reference, 0)
        change = before - reference
        slope = np.divide(
            now - still, change, out=(before > 0).astype(change.dtype), where=np.abs(change) > _LEAST_CHANGE
        )
        return _Change(now, still, slope)


@dataclass(frozen=True, eq=False)
class _Change:
    """A ReLU layer on a prompt and on an average one."""

    now: NDArray[np.float32]
    average: NDArray[np.float32]
    slope: NDArray[np.float32]
    """Change of its output over change of its input, one a unit."""
