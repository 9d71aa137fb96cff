"""Figures of a classifier: pure functions of what is right and what was said."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from langchain_dynaroute.classifiers import training_metrics
from langchain_dynaroute.evaluation.predictions import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.evaluation.predictions import Profiles

BINS = 15


@dataclass(frozen=True)
class Figures:
    """Accuracy, macro-F1 and calibration; None where nothing can be said."""

    category_prompts: int
    """Prompts whose category is known."""
    level_prompts: int
    category_accuracy: float | None
    group_accuracy: float | None
    """How often the category said is in the right one of the six groups of Table 4."""
    level_accuracy: float | None
    category_macro_f1: float | None
    level_macro_f1: float | None
    category_calibration_error: float | None
    level_calibration_error: float | None


def figures_of(right: Profiles, said: Profiles) -> Figures:
    """Return the figures of one classifier, each over the prompts whose label is known."""
    known = right.category != UNKNOWN
    category, guess = right.category[known], said.category[known]
    level_known = right.level != UNKNOWN
    level, level_guess = right.level[level_known], said.level[level_known]
    has_category, has_level = _is_said(guess), _is_said(level_guess)
    return Figures(
        category_prompts=len(category),
        level_prompts=len(level),
        category_accuracy=training_metrics.accuracy(category, guess) if has_category else None,
        group_accuracy=training_metrics.group_accuracy(category, guess) if has_category else None,
        level_accuracy=training_metrics.accuracy(level, level_guess) if has_level else None,
        category_macro_f1=macro_f1(category, guess) if has_category else None,
        level_macro_f1=macro_f1(level, level_guess) if has_level else None,
        category_calibration_error=_calibration(said.category_confidence[known], category == guess),
        level_calibration_error=_calibration(said.level_confidence[level_known], level == level_guess),
    )


def _is_said(guess: NDArray[np.int64]) -> bool:
    return len(guess) > 0 and bool((guess != UNKNOWN).all())


def _calibration(confidence: NDArray[np.float64], hits: NDArray[np.bool_]) -> float | None:
    import numpy as np

    if not len(confidence) or not np.isfinite(confidence).all():
        return None
    return calibration_error(confidence, hits)


def macro_f1(right: NDArray[np.int64], said: NDArray[np.int64]) -> float:
    """Return the plain mean of the classes' F1, over the classes that are right or said anywhere.

    The F1 of a class is 2·hits / (2·hits + said wrongly + missed), as in scikit-learn's
    `f1_score(average="macro")`. On a source with few categories, one prompt read as a
    category that the source does not have weighs as much as a whole category.
    """
    scores = []
    for label in {*right.tolist(), *said.tolist()}:
        hits = int(((right == label) & (said == label)).sum())
        scores.append(2 * hits / (int((right == label).sum()) + int((said == label).sum())))
    return sum(scores) / len(scores)


def calibration_error(confidence: NDArray[np.float64], hits: NDArray[np.bool_]) -> float:
    """Return the expected calibration error (ECE; Guo et al. 2017, equation 3) over 15 bins.

    The bins are of equal width, [0, 1/15), [1/15, 2/15), …, [14/15, 1]; the error is the mean
    over the prompts of |accuracy of the bin − mean confidence of the bin|. 0 is best.
    """
    import numpy as np

    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs(float(confidence[bins == i].sum() - hits[bins == i].sum())) for i in range(BINS)]
    return sum(gaps) / len(confidence)


@dataclass(frozen=True)
class Confusion:
    """How often one label was read as another."""

    right: str
    said: str
    count: int
    share: float
    """Of the prompts whose label is `right`."""


def confusion_pairs(
    right: NDArray[np.int64], said: NDArray[np.int64], names: Sequence[str], most: int | None = None
) -> tuple[Confusion, ...]:
    """Return the pairs of right label and wrong reading, the most frequent first."""
    known = right != UNKNOWN
    pairs = [(a, b) for a, b in zip(right[known].tolist(), said[known].tolist(), strict=True) if a != b != UNKNOWN]
    sizes = Counter(right[known].tolist())
    ordered = sorted(Counter(pairs).items(), key=lambda item: (-item[1], item[0]))[:most]
    return tuple(Confusion(names[a], names[b], count, count / sizes[a]) for (a, b), count in ordered)
