"""How inputs are brought to one scale, so that 0 is the average prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST_SPREAD = 1e-6
_FARTHEST = 10.0


class InputScale(NamedTuple):
    """Mean and spread of each input over the training prompts, shape (d,)."""

    mean: NDArray[np.float32]
    spread: NDArray[np.float32]

    @classmethod
    def of(cls, inputs: NDArray[np.float32]) -> Self:
        """Measure inputs, shape (n, d); one that never changes keeps its size."""
        spread = inputs.std(axis=0)
        return cls(inputs.mean(axis=0), np.where(spread > _LEAST_SPREAD, spread, 1.0).astype(np.float32))

    def standardised(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return inputs by their distance from the mean, in spreads, at most 10."""
        return np.asarray(np.clip((inputs - self.mean) / self.spread, -_FARTHEST, _FARTHEST))
