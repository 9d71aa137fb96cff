"""The seam of every encoder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from langchain_dynaroute.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LONGEST_TEXT = 20_000
"""Characters of a text that are read: the first and the last half of this."""


class Encoder(ABC):
    """Turns texts into vectors whose dot product says how alike they are.

    A subclass gives `name`, `version`, `width` and `_encode`. Its constructor stores; what is
    heavy is loaded on first use.
    """

    name: str = "encoder"

    @property
    @abstractmethod
    def version(self) -> str:
        """Short hash of what its vectors depend on, such as the weights."""

    @property
    @abstractmethod
    def width(self) -> int:
        """Numbers per vector."""

    @abstractmethod
    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one vector a text, shape (n, width); of any length."""

    @property
    def id(self) -> str:
        """Name and version: vectors of the same id can be compared."""
        return f"{self.name}@{self.version}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of texts, shape (n, width).

        Each is of length 1, or all zero where there was nothing to read; none holds a NaN. Any
        text is taken: an empty one, lone surrogates, or one of many megabytes.

        Raises:
            EncoderError: if `texts` is a single string, or the vectors have another shape than promised.
        """
        if isinstance(texts, str):
            msg = f"{self.name}.encode takes a list of texts, not one string. Write encode([text])."
            raise EncoderError(msg)
        if not texts:
            return np.zeros((0, self.width), dtype=np.float32)
        vectors = np.asarray(self._encode([readable(text) for text in texts]), dtype=np.float32)
        if vectors.shape != (len(texts), self.width):
            msg = f"{self.id} gave vectors of shape {vectors.shape} for {len(texts)} texts of width {self.width}."
            raise EncoderError(msg)
        return unit(vectors)

    def __repr__(self) -> str:
        """Name the encoder."""
        return f"{type(self).__name__}()"


def readable(text: str) -> str:
    """Return a text without lone surrogates, and of at most `LONGEST_TEXT` characters."""
    if len(text) > LONGEST_TEXT:
        half = LONGEST_TEXT // 2
        text = f"{text[:half]}\n{text[-half:]}"
    return text if text.isascii() else text.encode("utf-8", "ignore").decode("utf-8")


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return vectors of length 1; what is no number, or has no length, becomes zero."""
    clean = np.nan_to_num(vectors, nan=0.0, posinf=0.0, neginf=0.0)
    largest = np.abs(clean).max(axis=1, keepdims=True)  # first, so that no square overflows
    clean = np.divide(clean, largest, out=np.zeros_like(clean), where=largest > 0)
    length = np.linalg.norm(clean, axis=1, keepdims=True)
    return np.asarray(np.divide(clean, length, out=np.zeros_like(clean), where=length > 0), dtype=np.float32)
