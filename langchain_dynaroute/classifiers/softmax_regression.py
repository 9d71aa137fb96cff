"""Fit categories and levels at once by L-BFGS, on hashed and dense features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Examples(NamedTuple):
    """Features and labels of training prompts; `sparse` is a SciPy CSR matrix."""

    sparse: Any
    dense: NDArray[np.float32]
    targets: NDArray[np.float32]
    """One column per category, then one per level; a row of zeros where a label is unknown."""
    weights: NDArray[np.float32]
    """Per row, how much its category counts, and its level."""

    def take(self, rows: NDArray[Any]) -> Examples:
        """Return some rows."""
        return Examples(self.sparse[rows], self.dense[rows], self.targets[rows], self.weights[rows])


class Coefficients(NamedTuple):
    """What the fit has learned."""

    sparse: NDArray[np.float32]
    dense: NDArray[np.float32]
    bias: NDArray[np.float32]

    def logits(self, examples: Examples) -> NDArray[np.float32]:
        """Return the logits of all columns."""
        import numpy as np

        return np.asarray(examples.sparse @ self.sparse + examples.dense @ self.dense + self.bias, dtype=np.float32)


def fit(examples: Examples, groups: tuple[int, int], *, penalty: float, iterations: int) -> Coefficients:
    """Return the coefficients that minimise the weighed cross-entropy of both softmaxes plus an L2 penalty."""
    import numpy as np
    from scipy.optimize import minimize

    present = np.unique(examples.sparse.indices)  # a column that never occurs would stay zero
    examples, columns_before = examples._replace(sparse=examples.sparse[:, present]), examples.sparse.shape[1]
    transposed = examples.sparse.T.tocsr()
    sizes = (len(present), examples.dense.shape[1])
    columns = sum(groups)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(-1, columns).astype(np.float32)
        coefficients = _split(weights, sizes)
        value, residuals = _cross_entropy(coefficients.logits(examples), examples, groups)
        gradient = np.vstack((transposed @ residuals, examples.dense.T @ residuals, residuals.sum(axis=0)[None]))
        gradient[:-1] += penalty * weights[:-1]
        value += 0.5 * penalty * float(np.square(weights[:-1], dtype=np.float64).sum())
        return value, gradient.ravel().astype(np.float64)

    start = np.zeros((sum(sizes) + 1) * columns)
    options = {"maxiter": iterations, "maxcor": 8}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    coefficients = _split(found.x.reshape(-1, columns).astype(np.float32), sizes)
    sparse = np.zeros((columns_before, columns), dtype=np.float32)
    sparse[present] = coefficients.sparse
    return coefficients._replace(sparse=sparse)


def _split(weights: NDArray[np.float32], sizes: tuple[int, int]) -> Coefficients:
    return Coefficients(weights[: sizes[0]], weights[sizes[0] : sum(sizes)], weights[-1])


def _cross_entropy(
    logits: NDArray[np.float32], examples: Examples, groups: tuple[int, int]
) -> tuple[float, NDArray[np.float32]]:
    import numpy as np

    value, residuals = 0.0, np.empty_like(logits)
    for part, weights in zip((slice(0, groups[0]), slice(groups[0], None)), examples.weights.T, strict=True):
        shifted = logits[:, part] - logits[:, part].max(axis=1, keepdims=True)
        totals = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        targets = examples.targets[:, part]
        value -= float((weights[:, None] * targets * (shifted - totals)).sum(dtype=np.float64))
        residuals[:, part] = (np.exp(shifted - totals) - targets) * weights[:, None]
    return value, residuals
