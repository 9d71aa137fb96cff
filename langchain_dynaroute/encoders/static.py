"""The default encoder: word vectors, hashed words and characters, and the surface of a text."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from langchain_dynaroute.classifiers.classification_head import ASSETS, VECTORS_NAME, WEIGHTS_NAME, bucket_strengths
from langchain_dynaroute.classifiers.surface import CONVERSATION_FEATURES, SURFACE_NAMES
from langchain_dynaroute.classifiers.text_features import BUCKETS, features_of
from langchain_dynaroute.classifiers.word_vectors import WordVectors
from langchain_dynaroute.encoders.base import Encoder, unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.classifiers.text_features import TextFeatures

_HASHED_WIDTH, _HASHED_WEIGHT = 128, 0.7
_SURFACE_WIDTH, _SURFACE_WEIGHT = len(SURFACE_NAMES) - CONVERSATION_FEATURES, 0.25
_PLACES = 4
"""Numbers of a vector that each bucket is spread over."""
_RECIPE = 1
"""To be raised whenever the vectors of the same assets change."""


class StaticEncoder(Encoder):
    """Vectors from what ships with the package: no model, no network, below a millisecond a prompt.

    Three parts side by side: the mean of the 32-number word vectors, which weigh rare words more;
    words, pairs of words and runs of 2 to 5 characters, hashed, weighed by rarity and projected to
    128 numbers; and the surface (length, scripts, code, mathematics, options).

    Measured by kNN and ridge routing on five sets of outcomes (the two largest thinned, three seeds):
    17 recipes, from word vectors alone to hashes of width 512. On four sets none is best throughout.
    On the seven models of open7b, with 40 to 100 neighbours, word vectors gain 1.2 to 1.6 points of
    AvgAcc over the best single model, hashes alone of width 128 or 256 from -1.5 to +0.7, both
    together 1.4 to 1.8, and with the surface 1.3 to 2.0.
    """

    name = "static"

    @property
    def version(self) -> str:
        """Short hash of the assets and of the recipe."""
        return _assets().version

    @property
    def width(self) -> int:
        """Numbers per vector."""
        return _assets().vectors.width + _HASHED_WIDTH + _SURFACE_WIDTH

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        assets = _assets()
        features = [features_of(text, assets.vectors) for text in texts]
        parts = (
            unit(np.stack([item.vector for item in features])),
            _HASHED_WEIGHT * unit(np.stack([_projected(item, assets.rarity) for item in features])),
            _SURFACE_WEIGHT * np.stack([item.surface[:-CONVERSATION_FEATURES] for item in features]),
        )
        return np.hstack(parts).astype(np.float32)


class _Assets(NamedTuple):
    vectors: WordVectors
    rarity: NDArray[np.float32]
    version: str


@cache
def _assets() -> _Assets:
    from safetensors import safe_open

    with safe_open(ASSETS / WEIGHTS_NAME, framework="numpy") as weights:
        rarity = weights.get_tensor("rarity").astype(np.float32)
    recipe = f"{_RECIPE}|{_HASHED_WIDTH}|{_HASHED_WEIGHT}|{_SURFACE_WEIGHT}|{_PLACES}".encode()
    content = (ASSETS / VECTORS_NAME).read_bytes() + rarity.tobytes() + recipe
    return _Assets(WordVectors.load(ASSETS / VECTORS_NAME), rarity, hashlib.sha256(content).hexdigest()[:12])


def _projected(features: TextFeatures, rarity: NDArray[np.float32]) -> NDArray[np.float32]:
    strengths = bucket_strengths(features.buckets, features.counts, rarity)
    columns, signs = _projection()
    amounts = (strengths[:, None] * signs[features.buckets]).ravel()
    return np.bincount(columns[features.buckets].ravel(), amounts, minlength=_HASHED_WIDTH).astype(np.float32)


@cache
def _projection() -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return a sparse random projection: the columns and signs of each bucket (Li, Hastie and Church, 2006).

    It is arithmetic (SplitMix64), not a generator, so that it is the same with every version of NumPy.
    """
    mixed = np.arange(1, BUCKETS * _PLACES + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed = (mixed ^ (mixed >> np.uint64(31))).reshape(BUCKETS, _PLACES)
    columns = ((mixed >> np.uint64(8)) % np.uint64(_HASHED_WIDTH)).astype(np.int64)
    return columns, np.where(mixed & np.uint64(1), -1, 1).astype(np.float32) / np.float32(np.sqrt(_PLACES))
