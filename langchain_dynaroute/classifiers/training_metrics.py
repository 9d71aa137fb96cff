"""Figures of a classifier: accuracy, group accuracy, calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_dynaroute.benchmarks import category_groups
from langchain_dynaroute.classifiers.classification_head import CATEGORIES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BINS = 15
_TEMPERATURES = (0.2, 5.0)

GROUP_NAMES = tuple(dict.fromkeys(category_groups().values()))
GROUP_OF = tuple(GROUP_NAMES.index(category_groups()[category]) for category in CATEGORIES)
"""The group of each category, by index."""


def accuracy(right: NDArray[np.int64], predicted: NDArray[np.int64]) -> float:
    """Return the share of `predicted` that is `right`; NaN-free, 0 for no rows."""
    return float((right == predicted).mean()) if len(right) else 0.0


def group_accuracy(right: NDArray[np.int64], predicted: NDArray[np.int64]) -> float:
    """Return how often the predicted category is in the right one of the six groups."""
    import numpy as np

    groups = np.array(GROUP_OF)
    return accuracy(groups[right], groups[predicted])


def expected_calibration_error(probabilities: NDArray[np.float64], right: NDArray[np.int64]) -> float:
    """Return the mean gap between confidence and accuracy over 15 bins of confidence."""
    import numpy as np

    confidence, hits = probabilities.max(axis=1), probabilities.argmax(axis=1) == right
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [abs(float(confidence[bins == i].sum() - hits[bins == i].sum())) for i in range(_BINS)]
    return sum(gaps) / len(right)


def best_temperature(logits: NDArray[np.float32], right: NDArray[np.int64]) -> float:
    """Return the temperature under which `right` is likeliest."""
    import numpy as np
    from scipy.optimize import minimize_scalar

    def loss(logarithm: float) -> float:
        scaled = logits.astype(np.float64) / np.exp(logarithm)
        scaled -= scaled.max(axis=1, keepdims=True)
        return float((np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(right)), right]).mean())

    bounds = tuple(float(np.log(bound)) for bound in _TEMPERATURES)
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))
