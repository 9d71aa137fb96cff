"""Vectors of 170,000 words in many languages, looked up by the hash of the word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

_SHORTEST_STEM = 4
_LONGEST_ENDING = 4


class WordVectors:
    """A table from words to vectors; an unknown word is read by its longest known beginning."""

    def __init__(self, keys: NDArray[np.uint32], vectors: NDArray[np.int8], scales: NDArray[np.float32]) -> None:
        """Store sorted `keys` (CRC-32 of the words), their `vectors` and what a unit of each column is worth."""
        self.keys = keys
        self.vectors = vectors
        self.scales = scales

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the table from a safetensors file."""
        import numpy as np
        from safetensors.numpy import load_file

        tensors = load_file(path)
        return cls(tensors["keys"], tensors["vectors"], tensors["scales"].astype(np.float32))

    @property
    def width(self) -> int:
        """Numbers per vector."""
        return int(self.vectors.shape[1])

    def rows(self, words: Sequence[str], hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Return the row of each of `words`, whose CRC-32 are `hashes`; -1 where unknown."""
        import numpy as np

        rows = self._find(hashes)
        missing = np.flatnonzero(rows < 0)
        stems = [
            (i, crc32(words[i][:-cut].encode()))
            for i in missing
            for cut in range(1, _LONGEST_ENDING + 1)
            if len(words[i]) - cut >= _SHORTEST_STEM
        ]
        if stems:
            found = self._find(np.array([stem for _, stem in stems], dtype=np.uint32))
            for (i, _), row in zip(reversed(stems), reversed(found.tolist()), strict=True):
                if row >= 0:  # the longest stem comes last and wins
                    rows[i] = row
        return rows

    def _find(self, hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
        import numpy as np

        positions = np.minimum(np.searchsorted(self.keys, hashes), len(self.keys) - 1)
        return np.where(self.keys[positions] == hashes, positions, -1)
