"""Any LangChain embeddings as an encoder."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from langchain_dynaroute.encoders.base import Encoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.embeddings import Embeddings
    from numpy.typing import NDArray

_MODEL_FIELDS = ("model", "model_name", "model_id", "deployment", "repo_id")
_SIZE_FIELDS = ("dimensions", "output_dimensionality")
_EMPTY = " "
"""Sent for an empty text, which many providers refuse."""


class EmbeddingsEncoder(Encoder):
    """Vectors of any LangChain `Embeddings`; a hosted one is asked, and paid, at each call.

    Put a `CachedEncoder` around it to ask for each text once.
    """

    def __init__(self, embeddings: Embeddings) -> None:
        """Store the embeddings."""
        self.embeddings = embeddings

    @property
    def name(self) -> str:  # type: ignore[override]
        """Class and model name, such as `OpenAIEmbeddings:text-embedding-3-small`."""
        model = _first(self.embeddings, _MODEL_FIELDS)
        return type(self.embeddings).__name__ + (f":{model}" if model else "")

    @property
    def version(self) -> str:
        """Short hash of class, model name and size; the weights behind them cannot be seen."""
        size = _first(self.embeddings, _SIZE_FIELDS)
        kind = f"{type(self.embeddings).__module__}.{self.name}|{size}"
        return hashlib.sha256(kind.encode()).hexdigest()[:12]

    @cached_property
    def width(self) -> int:
        """Numbers per vector, found by one call unless the embeddings say it."""
        size = _first(self.embeddings, _SIZE_FIELDS)
        return int(size) if size else len(self.embeddings.embed_query("width"))

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = self.embeddings.embed_documents([text if text.strip() else _EMPTY for text in texts])
        return np.asarray(vectors, dtype=np.float32)

    def __repr__(self) -> str:
        """Name the embeddings; their fields may hold keys."""
        return f"EmbeddingsEncoder({self.name})"


def _first(embeddings: Embeddings, names: Sequence[str]) -> Any:
    return next((value for name in names if (value := getattr(embeddings, name, None))), None)
