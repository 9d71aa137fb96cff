"""Encoders: from a prompt to a vector that routers compare."""

from importlib import import_module
from typing import TYPE_CHECKING

from langchain_dynaroute.encoders.base import Encoder

if TYPE_CHECKING:
    from langchain_dynaroute.encoders.embeddings import EmbeddingsEncoder
    from langchain_dynaroute.encoders.minilm import MiniLMEncoder
    from langchain_dynaroute.encoders.named import as_encoder
    from langchain_dynaroute.encoders.static import StaticEncoder
    from langchain_dynaroute.encoders.vector_cache import CachedEncoder, VectorCache

__all__ = [
    "CachedEncoder",
    "EmbeddingsEncoder",
    "Encoder",
    "MiniLMEncoder",
    "StaticEncoder",
    "VectorCache",
    "as_encoder",
]

_ROOMS = {
    "CachedEncoder": "vector_cache",
    "EmbeddingsEncoder": "embeddings",
    "MiniLMEncoder": "minilm",
    "StaticEncoder": "static",
    "VectorCache": "vector_cache",
    "as_encoder": "named",
}


def __getattr__(name: str) -> object:
    """Load an encoder on first use; most programs need one."""
    if name not in _ROOMS:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
