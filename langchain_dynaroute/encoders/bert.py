"""The forward pass of a small BERT in numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_ERF = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
_ERF_SCALE = 0.3275911
_MASKED = -1e9


@dataclass(frozen=True, eq=False, repr=False)
class Bert:
    """Weights of a BERT encoder, and how many heads and what epsilon they were trained with."""

    weights: Mapping[str, NDArray[np.float32]]
    heads: int
    epsilon: float

    @classmethod
    def of(cls, tensors: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> Bert:
        """Take tensors under Hugging Face's names, with or without the prefix `bert.`."""
        weights = {name.removeprefix("bert."): value.astype(np.float32) for name, value in tensors.items()}
        return cls(weights, int(config["num_attention_heads"]), float(config.get("layer_norm_eps", 1e-12)))

    @property
    def width(self) -> int:
        """Numbers per vector."""
        return int(self.weights["embeddings.word_embeddings.weight"].shape[1])

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return len([name for name in self.weights if name.endswith("attention.self.query.weight")])

    def mean_states(self, tokens: NDArray[np.int64], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return the mean of the last states over the tokens that count, shape (n, width).

        Args:
            tokens: Token ids, shape (n, length).
            mask: Which are no padding, shape (n, length).
        """
        states = self._embedded(tokens)
        shut = np.where(mask, 0, _MASKED).astype(np.float32)[:, None, None, :]
        for layer in range(self.layers):
            states = self._layer(states, shut, f"encoder.layer.{layer}.")
        kept = mask.astype(np.float32)[:, :, None]
        return np.asarray((states * kept).sum(axis=1) / np.maximum(kept.sum(axis=1), 1), dtype=np.float32)

    def _embedded(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        table = {
            kind: self.weights[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "position", "token_type")
        }
        states = table["word"][tokens] + table["position"][: tokens.shape[1]] + table["token_type"][0]
        return self._normed(states, "embeddings.LayerNorm")

    def _layer(self, states: NDArray[np.float32], shut: NDArray[np.float32], at: str) -> NDArray[np.float32]:
        attended = self._dense(self._attention(states, shut, at), f"{at}attention.output.dense")
        states = self._normed(states + attended, f"{at}attention.output.LayerNorm")
        inner = gelu(self._dense(states, f"{at}intermediate.dense"))
        return self._normed(states + self._dense(inner, f"{at}output.dense"), f"{at}output.LayerNorm")

    def _attention(self, states: NDArray[np.float32], shut: NDArray[np.float32], at: str) -> NDArray[np.float32]:
        n, length, width = states.shape
        split = (n, length, self.heads, width // self.heads)
        query, key, value = (
            self._dense(states, f"{at}attention.self.{part}").reshape(split).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(split[3])) + shut
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ value
        return np.asarray(mixed.transpose(0, 2, 1, 3).reshape(n, length, width))

    def _dense(self, states: NDArray[np.float32], name: str) -> NDArray[np.float32]:
        weight = self.weights[f"{name}.weight"]
        flat = states.reshape(-1, states.shape[-1]) @ weight.T + self.weights[f"{name}.bias"]
        return np.asarray(flat.reshape(*states.shape[:-1], len(weight)))

    def _normed(self, states: NDArray[np.float32], name: str) -> NDArray[np.float32]:
        centred = states - states.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(self.epsilon))
        return np.asarray(centred / scale * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"])


def gelu(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return x · Φ(x), with the error function to 1.5e-7 (Abramowitz and Stegun, 7.1.26)."""
    size = np.abs(values) * np.float32(1 / np.sqrt(2))
    step = 1 / (1 + np.float32(_ERF_SCALE) * size)
    series: NDArray[np.floating] = np.full_like(size, _ERF[-1])
    for factor in _ERF[-2::-1]:
        series = series * step + np.float32(factor)
    tail = series * step * np.exp(-size * size)  # 1 - erf
    return np.asarray(np.where(values > 0, values * (1 - tail / 2), values * tail / 2), dtype=np.float32)
