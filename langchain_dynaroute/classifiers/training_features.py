"""Features of many prompts at once, scaled as the fit wants them and folded back for the classifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.classifiers.classification_head import CATEGORIES, bucket_strengths
from langchain_dynaroute.classifiers.context_network import rows_read
from langchain_dynaroute.classifiers.conversation import Conversation
from langchain_dynaroute.classifiers.softmax_regression import Coefficients, Examples
from langchain_dynaroute.classifiers.text_features import BUCKETS, WORD_BUCKETS
from langchain_dynaroute.profiles import DifficultyLevel

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.classifiers.training_data import LabelledPrompt
    from langchain_dynaroute.classifiers.word_vectors import WordVectors

GROUPS = (len(CATEGORIES), len(DifficultyLevel))
WORD_SCALE, CHARACTER_SCALE, VECTOR_SCALE, SURFACE_SCALE = 1.5, 0.5, 0.2, 0.1
"""How far the fit trusts each block: the larger a block's features, the less their weights are held back."""


@dataclass(frozen=True)
class FeatureTable:
    """The unscaled features of some prompts."""

    buckets: tuple[NDArray[np.int64], ...]
    counts: tuple[NDArray[np.float32], ...]
    dense: NDArray[np.float32]
    rows: tuple[NDArray[np.int64], ...]
    """Rows of the known words, as the network over the words reads them."""

    def take(self, rows: NDArray[np.int64]) -> FeatureTable:
        """Return some prompts."""
        buckets, counts, words = (tuple(part[i] for i in rows) for part in (self.buckets, self.counts, self.rows))
        return FeatureTable(buckets, counts, self.dense[rows], words)

    def rarity(self) -> NDArray[np.float32]:
        """Return how rare each bucket is, as the logarithm of one over its share of the prompts."""
        import numpy as np

        seen = np.bincount(np.concatenate(self.buckets), minlength=BUCKETS)
        rarity: NDArray[np.float32] = np.log((1 + len(self.buckets)) / (1 + seen)).astype(np.float16).astype(np.float32)
        return rarity


@dataclass(frozen=True)
class Scaling:
    """Rarity of the buckets, and mean and spread of the dense features."""

    rarity: NDArray[np.float32]
    mean: NDArray[np.float32]
    factor: NDArray[np.float32]

    @classmethod
    def of(cls, table: FeatureTable, width: int) -> Scaling:
        """Learn the scaling from `table`, whose first `width` dense columns are word vectors."""
        import numpy as np

        blocks = np.full(table.dense.shape[1], SURFACE_SCALE, dtype=np.float32)
        blocks[:width] = VECTOR_SCALE
        spread = table.dense.std(axis=0) + 1e-3 * (np.arange(len(blocks)) >= width) + 1e-6
        return cls(table.rarity(), table.dense.mean(axis=0), (blocks / spread).astype(np.float32))

    def examples(self, table: FeatureTable, prompts: Sequence[LabelledPrompt]) -> Examples:
        """Return `table` scaled, with the labels of its `prompts`."""
        import numpy as np

        targets, weights = labels_of(prompts)
        dense = ((table.dense - self.mean) * self.factor).astype(np.float32)
        return Examples(self._sparse(table), dense, targets, weights)

    def _sparse(self, table: FeatureTable) -> Any:
        import numpy as np
        from scipy import sparse

        strengths = []
        for buckets, counts in zip(table.buckets, table.counts, strict=True):
            values = bucket_strengths(buckets, counts, self.rarity)
            strengths.append(values * np.where(buckets < WORD_BUCKETS, WORD_SCALE, CHARACTER_SCALE))
        starts = np.cumsum([0, *map(len, table.buckets)])
        shape = (len(table.buckets), BUCKETS)
        values = np.concatenate(strengths).astype(np.float32)
        return sparse.csr_matrix((values, np.concatenate(table.buckets), starts), shape=shape)

    def folded(self, coefficients: Coefficients) -> Coefficients:
        """Return coefficients for unscaled features."""
        import numpy as np

        scale = np.where(np.arange(BUCKETS) < WORD_BUCKETS, WORD_SCALE, CHARACTER_SCALE).astype(np.float32)
        dense = coefficients.dense * self.factor[:, None]
        return Coefficients(coefficients.sparse * scale[:, None], dense, coefficients.bias - self.mean @ dense)


def features_table(prompts: Sequence[LabelledPrompt], vectors: WordVectors) -> FeatureTable:
    """Compute the features of `prompts`, each in the light of its conversation."""
    import numpy as np

    buckets, counts, dense, rows = [], [], [], []
    for prompt in prompts:
        features = Conversation(prompt.prompt, "\n".join(prompt.history)).features(vectors)
        buckets.append(features.buckets)
        counts.append(features.counts)
        dense.append(np.concatenate((features.vector, features.surface)))
        rows.append(rows_read(features.rows))
    return FeatureTable(tuple(buckets), tuple(counts), np.array(dense, dtype=np.float32), tuple(rows))


def labels_of(prompts: Sequence[LabelledPrompt]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return one column per category and level, and how much each row's category and level count."""
    import numpy as np

    targets = np.zeros((len(prompts), sum(GROUPS)), dtype=np.float32)
    weights = np.zeros((len(prompts), 2), dtype=np.float32)
    for i, prompt in enumerate(prompts):
        if prompt.category is not None:
            targets[i, CATEGORIES.index(prompt.category)] = 1
            weights[i, 0] = prompt.category_weight
        if prompt.level is not None:
            targets[i, len(CATEGORIES) + prompt.level - 1] = 1
            weights[i, 1] = prompt.level_weight
    return targets, weights
