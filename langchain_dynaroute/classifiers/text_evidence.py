"""The words and features that moved a text's category most, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_dynaroute.classifiers.surface import SURFACE_NAMES
from langchain_dynaroute.profiles import Category

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.classifiers.classification_head import Activation, ClassificationHead
    from langchain_dynaroute.classifiers.text_features import TextFeatures

_MOST_WORDS, _MOST_FEATURES = 4, 2
_WORDS_LOOKED_AT = 120
_LEAST = 0.05
"""A push on the category's logit below this is not worth telling."""
_ORDER = "the order of the words"


def evidence_of(
    head: ClassificationHead, features: TextFeatures, activation: Activation, category: int
) -> tuple[str, ...]:
    """Return the few words and surface features that speak most for `category` against the others.

    They are those of the linear layer; where that alone would have said another category, the order of the words is
    named as well.
    """
    words = _strongest(_word_pushes(head, features, activation, category), features.words)
    quoted = tuple(dict.fromkeys(f'"{word}"' for word in words if word.strip("#")))
    surface = features.surface * (head.dense[head.vectors.width :] @ head.contrasts[category])
    order = () if int(activation.linear[: len(Category)].argmax()) == category else (_ORDER,)
    return (*quoted[:_MOST_WORDS], *_strongest(surface, SURFACE_NAMES)[:_MOST_FEATURES], *order)


def _strongest(pushes: NDArray[np.float32], names: Sequence[str]) -> list[str]:
    """Return the names of the pushes that are worth telling, the strongest first."""
    told = [(push, name) for push, name in zip(pushes.tolist(), names, strict=False) if push > _LEAST]
    return [name for _, name in sorted(told, reverse=True)]


def _word_pushes(
    head: ClassificationHead, features: TextFeatures, activation: Activation, category: int
) -> NDArray[np.float32]:
    import numpy as np

    contrast = head.contrasts[category]
    rows = features.rows[:_WORDS_LOOKED_AT]
    buckets = features.word_buckets[:_WORDS_LOOKED_AT]
    positions = np.searchsorted(features.buckets, buckets)
    pushes = activation.strengths[positions] * (head.hashed[buckets] @ (head.hashed_scales * contrast))
    weights = (head.dense[: head.vectors.width] @ contrast) * head.vectors.scales
    meaning = head.vectors.vectors[rows] @ weights / (np.count_nonzero(features.rows >= 0) + 2)
    return np.asarray(pushes + np.where(rows >= 0, meaning, 0), dtype=np.float32)
