"""Make the table of word vectors from a sentence encoder, once; training only reads the table.

The encoder embeds every word of a vocabulary alone, and every training prompt as it stands. A linear
map then takes the mean of a prompt's word vectors to the embedding of the prompt, the directions
that only tell languages apart are taken out, and a linear fit of category and level reduces the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from langchain_dynaroute.classifiers.softmax_regression import Examples, fit
from langchain_dynaroute.classifiers.training_features import GROUPS, labels_of
from langchain_dynaroute.classifiers.word_vectors import WordVectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.classifiers.training_data import LabelledPrompt

_LANGUAGE_DIRECTIONS = 15
_FEWEST_OF_LANGUAGE = 12
_COMMON = 1e-4
"""Share of a text above which a word says little (the `a` of SIF, Arora et al. 2017)."""
_MAP_PENALTY = 100.0
_FIT_PENALTY = 333.0
_ITERATIONS = 60
_LARGEST_INT8 = 127
_CLIPPED = 0.9999


class EncodedWords(NamedTuple):
    """Words with the logarithm of their frequency and what the encoder makes of each alone."""

    words: Sequence[str]
    log_frequencies: NDArray[np.float32]
    embeddings: NDArray[np.float32]


class EncodedTexts(NamedTuple):
    """Means of the word vectors of some texts, and what the encoder makes of each text as it stands."""

    means: NDArray[np.float32]
    embeddings: NDArray[np.float32]


@dataclass(frozen=True)
class Reduction:
    """A linear map from word vectors to a few numbers."""

    matrix: NDArray[np.float32]

    def table(self, vectors: WordVectors) -> WordVectors:
        """Return the reduced table, as 8-bit numbers."""
        import numpy as np

        reduced = (vectors.vectors.astype(np.float32) * vectors.scales) @ self.matrix
        scales = (np.quantile(np.abs(reduced), _CLIPPED, axis=0) / _LARGEST_INT8).astype(np.float32)
        whole = np.clip(np.rint(reduced / scales), -_LARGEST_INT8, _LARGEST_INT8).astype(np.int8)
        return WordVectors(vectors.keys, whole, scales)


def wide_table(encoded: EncodedWords) -> WordVectors:
    """Return the table of whole embeddings, centred, in which common words weigh little."""
    import numpy as np

    centred = encoded.embeddings - encoded.embeddings.mean(axis=0)
    weighed = centred * (_COMMON / (_COMMON + np.exp(encoded.log_frequencies)))[:, None]
    hashes = np.array([crc32(word.encode()) for word in encoded.words], dtype=np.uint32)
    keys, first = np.unique(hashes, return_index=True)
    scales = (np.abs(weighed).max(axis=0) / _LARGEST_INT8).astype(np.float32)
    return WordVectors(keys, np.rint(weighed[first] / scales).astype(np.int8), scales)


def reduction_of(own: Sequence[LabelledPrompt], texts: EncodedTexts, more: EncodedTexts) -> Reduction:
    """Learn the reduction from our own prompts with their `texts`, and `more` texts without labels."""
    import numpy as np

    languages = _without_languages(texts.means, np.array([prompt.language for prompt in own]))
    means, more_means = texts.means @ languages, more.means @ languages
    spread = float(means.std())
    mapped = _map_to_embeddings(
        EncodedTexts(means / spread, texts.embeddings), EncodedTexts(more_means / spread, more.embeddings)
    )
    features = means / spread @ mapped
    deviation = features.std(axis=0) + 1e-6
    targets, weights = labels_of(own)
    scaled = ((features - features.mean(axis=0)) / deviation).astype(np.float32)
    found = fit(
        Examples(_no_columns(len(own)), scaled, targets, weights), GROUPS, penalty=_FIT_PENALTY, iterations=_ITERATIONS
    )
    count = GROUPS[0]
    parts = [part - part.mean(axis=1, keepdims=True) for part in (found.dense[:, :count], found.dense[:, count:])]
    return Reduction((languages / spread @ mapped / deviation @ np.hstack(parts)).astype(np.float32))


def _without_languages(means: NDArray[np.float32], languages: NDArray[np.str_]) -> NDArray[np.float32]:
    """Return the projection that takes out what differs between the languages' mean texts."""
    import numpy as np

    unit = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
    known = [name for name in sorted(set(languages.tolist())) if (languages == name).sum() >= _FEWEST_OF_LANGUAGE]
    centres = np.array([unit[languages == name].mean(axis=0) for name in known])
    directions = np.linalg.svd((centres - centres.mean(axis=0)).T, full_matrices=False)[0][:, :_LANGUAGE_DIRECTIONS]
    projection: NDArray[np.float32] = (np.eye(means.shape[1]) - directions @ directions.T).astype(np.float32)
    return projection


def _map_to_embeddings(own: EncodedTexts, more: EncodedTexts) -> NDArray[np.float32]:
    """Return the ridge regression from means of word vectors to embeddings; `more` counts half."""
    import numpy as np

    means = np.vstack((own.means, more.means)).astype(np.float64)
    embeddings = np.vstack((own.embeddings, more.embeddings)).astype(np.float64)
    embeddings = (embeddings - embeddings.mean(axis=0)) / own.embeddings.std(axis=0)
    weights = np.where(np.arange(len(means)) < len(own.means), 1.0, 0.5)[:, None]
    square = means.T @ (means * weights) + _MAP_PENALTY * np.eye(means.shape[1])
    solution: NDArray[np.float32] = np.linalg.solve(square, means.T @ (embeddings * weights)).astype(np.float32)
    return solution


def _no_columns(rows: int) -> object:
    from scipy import sparse

    return sparse.csr_matrix((rows, 0), dtype="float32")
