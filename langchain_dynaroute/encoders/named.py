"""The names of encoders."""

from __future__ import annotations

from langchain_dynaroute.encoders.base import Encoder
from langchain_dynaroute.encoders.embeddings import EmbeddingsEncoder
from langchain_dynaroute.encoders.minilm import MiniLMEncoder
from langchain_dynaroute.encoders.static import StaticEncoder
from langchain_dynaroute.errors import EncoderError, did_you_mean

ENCODERS: dict[str, type[Encoder]] = {"static": StaticEncoder, "minilm": MiniLMEncoder}
"""Encoders that need nothing but their name."""


def as_encoder(encoder: Encoder | str | object) -> Encoder:
    """Return an encoder from an encoder, its name, or LangChain `Embeddings`.

    Raises:
        EncoderError: if there is no such encoder.
    """
    if isinstance(encoder, Encoder):
        return encoder
    if isinstance(encoder, str):
        if encoder in ENCODERS:
            return ENCODERS[encoder]()
        msg = f"There is no encoder {encoder!r}.{did_you_mean(encoder, ENCODERS)}"
        raise EncoderError(msg)
    from langchain_core.embeddings import Embeddings

    if isinstance(encoder, Embeddings):
        return EmbeddingsEncoder(encoder)
    msg = f"{encoder!r} is no encoder: give {' or '.join(map(repr, ENCODERS))}, an Encoder, or LangChain Embeddings."
    raise EncoderError(msg)
