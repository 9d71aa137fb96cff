"""Vectors of 170,000 words in many languages, looked up by the hash of the word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

_SHORTEST_ARABIC_STEM = 3
_SHORTEST_STEM = 4
_SHORTEST_HANGUL_STEM = 2
_LONGEST_ENDING = 7
_ARABIC_PREFIXES = ("وال", "بال", "كال", "فال", "ال", "لل", "و", "ب", "ل", "ف", "ك", "س")


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
        stems = [(i, crc32(stem.encode())) for i in (rows < 0).nonzero()[0].tolist() for stem in _stems(words[i])]
        if stems:
            found = self._find(np.array([stem for _, stem in stems], dtype=np.uint32))
            for (i, _), row in zip(reversed(stems), reversed(found.tolist()), strict=True):
                if row >= 0:  # the best stem of a word comes first, so it is written last
                    rows[i] = row
        return rows

    def _find(self, hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
        rows = self.keys.searchsorted(hashes)
        rows[self.keys.take(rows, mode="clip") != hashes] = -1
        return rows


def _stems(word: str) -> list[str]:
    """Return what a word may be known by, best first: without its ending, or without an Arabic prefix."""
    if "\uac00" <= word[0] <= "\ud7a3":
        return [word[:end] for end in range(len(word) - 1, _SHORTEST_HANGUL_STEM - 1, -1)]
    stems = [word[:-cut] for cut in range(1, min(_LONGEST_ENDING, len(word) - _SHORTEST_STEM) + 1)]
    if "\u0621" <= word[0] <= "\u064a":
        bare = [word[len(prefix) :] for prefix in _ARABIC_PREFIXES if word.startswith(prefix)]
        return [
            *bare,
            *stems,
            *(rest[:-cut] for rest in bare for cut in (1, 2, 3) if len(rest) - cut >= _SHORTEST_ARABIC_STEM),
        ]
    return stems
