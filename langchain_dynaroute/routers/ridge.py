"""Ridge regression in closed form, over targets with holes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Ridge(NamedTuple):
    """A linear map from `d` features to `m` targets."""

    weights: NDArray[np.float64]
    """Shape (d, m)."""
    bias: NDArray[np.float64]
    """Shape (m,)."""

    def predict(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the targets, shape (n, m)."""
        return features.astype(np.float64) @ self.weights + self.bias


def fit_ridge(features: NDArray[np.floating], targets: NDArray[np.float64], strength: float) -> Ridge:
    """Return the map that minimises squared error + strength · |weights|², the bias not counted.

    Each target is fitted on the rows where it is known; targets known on the same rows are
    fitted together.

    Args:
        features: Shape (n, d).
        targets: Shape (n, m); NaN where unknown, known on at least one row each.
        strength: Above 0.
    """
    rows = features.astype(np.float64)
    weights = np.zeros((rows.shape[1], targets.shape[1]))
    bias = np.zeros(targets.shape[1])
    known = ~np.isnan(targets)
    patterns, group = np.unique(known, axis=1, return_inverse=True)
    for number in range(patterns.shape[1]):
        mask, columns = patterns[:, number], np.flatnonzero(group.ravel() == number)
        part, wanted = rows[mask], targets[np.ix_(mask, columns)]
        middle, level = part.mean(axis=0), wanted.mean(axis=0)
        part = part - middle
        gram = part.T @ part + strength * np.eye(part.shape[1])
        weights[:, columns] = np.linalg.solve(gram, part.T @ (wanted - level))
        bias[columns] = level - middle @ weights[:, columns]
    return Ridge(weights, bias)
