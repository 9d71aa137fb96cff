"""A small network over the words in their order: what the linear layer, which counts words, cannot see."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.classifiers.word_vectors import WordVectors

FIRST_WORDS, LAST_WORDS = 80, 40
"""Known words that are read: what is asked stands at the beginning or the end."""
PREFIX = "context."


class ContextNetwork(NamedTuple):
    """Reads the vectors of the words with their neighbours, and pools them by what matters.

    Each word's vector is widened, joined with what stands beside it, and averaged over the
    text: once evenly, and once for each attention head by how much it says. The result is added
    to the logits of the linear layer. Matrices are (inputs, outputs).
    """

    widen: NDArray[np.float32]
    widen_bias: NDArray[np.float32]
    beside: NDArray[np.float32]
    """Of the word before, the word and the word behind, one under the other: shape (3 h, h)."""
    beside_bias: NDArray[np.float32]
    attention: NDArray[np.float32]
    """Shape (h, heads)."""
    attention_bias: NDArray[np.float32]
    value: NDArray[np.float32]
    value_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    """Of the heads, one behind the other, and the even mean: shape (heads · h + h, 32)."""
    output_bias: NDArray[np.float32]

    @classmethod
    def of(cls, tensors: Mapping[str, NDArray[np.float32]]) -> Self:
        """Take the network's tensors out of the classifier's."""
        return cls(*(tensors[f"{PREFIX}{name}"].astype("float32") for name in cls._fields))

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Return the tensors by the names they are saved under."""
        return {f"{PREFIX}{name}": value.astype("float16") for name, value in self._asdict().items()}

    def logits(self, rows: NDArray[np.int64], vectors: WordVectors) -> NDArray[np.float32] | float:
        """Return what the order of the words adds to each logit; 0 where no word is known.

        Args:
            rows: Row of each word in `vectors`, -1 where it is not there.
            vectors: The word vectors.
        """
        import numpy as np

        rows = rows_read(rows)
        if not len(rows):
            return 0.0
        words = vectors.vectors[rows].astype(np.float32) * vectors.scales
        wide = np.maximum(words @ self.widen + self.widen_bias, 0)
        padded = np.zeros((len(wide) + 2, wide.shape[1]), dtype=np.float32)
        padded[1:-1] = wide
        joined = np.concatenate((padded[:-2], wide, padded[2:]), axis=1)
        wide += np.maximum(joined @ self.beside + self.beside_bias, 0)
        attention = wide @ self.attention + self.attention_bias
        attention = np.exp(attention - attention.max(axis=0))
        attention /= attention.sum(axis=0)
        heads = attention.T @ (wide @ self.value + self.value_bias)
        pooled = np.concatenate((heads.ravel(), wide.sum(axis=0) / (len(rows) + 1)))
        return np.asarray(pooled @ self.output + self.output_bias)


def rows_read(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of the known words that are read."""
    import numpy as np

    known = rows[rows >= 0]
    if len(known) <= FIRST_WORDS + LAST_WORDS:
        return known
    return np.concatenate((known[:FIRST_WORDS], known[-LAST_WORDS:]))
