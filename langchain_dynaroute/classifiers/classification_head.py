"""The trained part of the embedded classifier: a linear layer for categories and levels, and a network over the words."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from langchain_dynaroute.classifiers.context_network import ContextNetwork
from langchain_dynaroute.classifiers.text_features import BUCKETS, WORD_BUCKETS
from langchain_dynaroute.classifiers.word_vectors import WordVectors
from langchain_dynaroute.errors import ClassifierError
from langchain_dynaroute.profiles import Category

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.classifiers.text_features import TextFeatures

WEIGHTS_NAME = "embedded_classifier.safetensors"
CONFIG_NAME = "embedded_classifier.json"
VECTORS_NAME = "word_vectors.safetensors"
ASSETS = Path(str(resources.files("langchain_dynaroute") / "assets"))
CATEGORIES = tuple(Category)
_LEAST_NORM = 1e-6


class Activation(NamedTuple):
    """How strong each bucket of a text is, and what the head makes of it."""

    strengths: NDArray[np.float32]
    logits: NDArray[np.float32]
    linear: NDArray[np.float32]
    """The logits of the linear layer alone."""


@dataclass(frozen=True)
class ClassificationHead:
    """Weights of the hashed features, the word vectors and the surface; columns are 29 categories and 3 levels."""

    vectors: WordVectors
    hashed: NDArray[np.int8]
    hashed_scales: NDArray[np.float32]
    dense: NDArray[np.float32]
    bias: NDArray[np.float32]
    rarity: NDArray[np.float32]
    context: ContextNetwork
    category_temperature: float
    level_temperature: float
    version: str

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """Read the assets of the package, or those a training wrote to `folder`."""
        folder = folder or ASSETS
        try:
            return cls._read(folder)
        except (OSError, KeyError, ValueError) as error:
            msg = f"The classifier's assets in {folder} cannot be read ({error}). Reinstall, or train them again."
            raise ClassifierError(msg) from error

    @classmethod
    def _read(cls, folder: Path) -> Self:
        import numpy as np
        from safetensors.numpy import load

        content = (folder / WEIGHTS_NAME).read_bytes()
        config = json.loads((folder / CONFIG_NAME).read_text("utf-8"))
        tensors = load(content)
        if tensors["hashed"].shape[0] != BUCKETS:
            msg = f"{WEIGHTS_NAME} has {tensors['hashed'].shape[0]} buckets, expected {BUCKETS}"
            raise ValueError(msg)
        return cls(
            vectors=WordVectors.load(folder / VECTORS_NAME),
            hashed=tensors["hashed"],
            hashed_scales=tensors["hashed_scales"].astype(np.float32),
            dense=tensors["dense"].astype(np.float32),
            bias=tensors["bias"].astype(np.float32),
            rarity=tensors["rarity"].astype(np.float32),
            context=ContextNetwork.of(tensors),
            category_temperature=float(config["category_temperature"]),
            level_temperature=float(config["level_temperature"]),
            version=hashlib.sha256(content).hexdigest()[:12],
        )

    def activate(self, features: TextFeatures) -> Activation:
        """Return what the head makes of a text."""
        import numpy as np

        strengths = bucket_strengths(features.buckets, features.counts, self.rarity)
        hashed = strengths @ self.hashed[features.buckets].astype(np.float32) * self.hashed_scales
        dense = np.concatenate((features.vector, features.surface)) @ self.dense
        linear = hashed + dense + self.bias
        return Activation(strengths, linear + self.context.logits(features.rows, self.vectors), linear)

    @cached_property
    def contrasts(self) -> NDArray[np.float32]:
        """A row a category that takes from a column of weights the mean over all categories."""
        import numpy as np

        count = len(CATEGORIES)
        rows = np.zeros((count, self.dense.shape[1]), dtype=np.float32)
        rows[:, :count] = np.eye(count, dtype=np.float32) - np.float32(1 / count)
        return rows

    def category_probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the calibrated probability of each category."""
        return softmax(logits[: len(CATEGORIES)] / self.category_temperature)

    def level_probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the calibrated probability of each level."""
        return softmax(logits[len(CATEGORIES) :] / self.level_temperature)


def bucket_strengths(
    buckets: NDArray[np.int64], counts: NDArray[np.float32], rarity: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return how strong each bucket is: rare ones are stronger, and words and characters are each of length 1."""
    import numpy as np

    strengths = np.sqrt(counts) * rarity[buckets]
    border = int(np.searchsorted(buckets, WORD_BUCKETS))
    for part in (slice(0, border), slice(border, None)):
        strengths[part] /= max(math.sqrt(strengths[part] @ strengths[part]), _LEAST_NORM)
    return strengths


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return probabilities, computed without overflow."""
    import numpy as np

    powers = np.exp(logits.astype(np.float64) - float(logits.max()))
    return np.asarray(powers / powers.sum())
