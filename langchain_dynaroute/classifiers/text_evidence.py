"""The words and features that moved a text's category most, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_dynaroute.classifiers.classification_head import CATEGORIES
from langchain_dynaroute.classifiers.surface import SURFACE_NAMES
from langchain_dynaroute.classifiers.text_features import word_buckets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.classifiers.classification_head import Activation, ClassificationHead
    from langchain_dynaroute.classifiers.text_features import TextFeatures

_MOST_WORDS, _MOST_FEATURES = 4, 2
_WORDS_LOOKED_AT = 120
_LEAST = 0.05
"""A push on the category's logit below this is not worth telling."""


def evidence_of(
    head: ClassificationHead, features: TextFeatures, activation: Activation, category: int
) -> tuple[str, ...]:
    """Return the few words and surface features that speak most for `category` against the others."""
    pushes = _word_pushes(head, features, activation, category)
    ranked = sorted(zip(pushes.tolist(), features.words, strict=False), reverse=True)
    words = list(dict.fromkeys(f'"{word}"' for push, word in ranked if push > _LEAST and word.strip("#")))
    surface = features.surface * _against_others(head.dense[head.vectors.width :], category)
    named = sorted(zip(surface.tolist(), SURFACE_NAMES, strict=True), reverse=True)
    return (*words[:_MOST_WORDS], *(name for push, name in named[:_MOST_FEATURES] if push > _LEAST))


def _word_pushes(
    head: ClassificationHead, features: TextFeatures, activation: Activation, category: int
) -> NDArray[np.float32]:
    import numpy as np

    rows = features.rows[:_WORDS_LOOKED_AT]
    buckets = word_buckets(features.hashes[:_WORDS_LOOKED_AT])
    positions = np.minimum(np.searchsorted(features.buckets, buckets), len(features.buckets) - 1)
    hashed = head.hashed[buckets].astype(np.float32) * head.hashed_scales
    pushes = activation.strengths[positions] * _against_others(hashed, category)
    weights = _against_others(head.dense[: head.vectors.width], category) * head.vectors.scales
    meaning = head.vectors.vectors[rows].astype(np.float32) @ weights / (np.count_nonzero(features.rows >= 0) + 2)
    return np.asarray(pushes + np.where(rows >= 0, meaning, 0), dtype=np.float32)


def _against_others(weights: NDArray[np.float32], category: int) -> NDArray[np.float32]:
    against: NDArray[np.float32] = weights[:, category] - weights[:, : len(CATEGORIES)].mean(axis=1)
    return against
