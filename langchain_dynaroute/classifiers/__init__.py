"""Classifiers: from a prompt to its task profile."""

from importlib import import_module
from typing import TYPE_CHECKING

from langchain_dynaroute.classifiers.base import TaskClassifier, as_text

if TYPE_CHECKING:
    from langchain_dynaroute.classifiers.cascade import CascadeClassifier
    from langchain_dynaroute.classifiers.chat import ChatModelClassifier
    from langchain_dynaroute.classifiers.embedded import EmbeddedClassifier
    from langchain_dynaroute.classifiers.transformers import TransformersClassifier

__all__ = [
    "CascadeClassifier",
    "ChatModelClassifier",
    "EmbeddedClassifier",
    "TaskClassifier",
    "TransformersClassifier",
    "as_text",
]

_ROOMS = {
    "CascadeClassifier": "cascade",
    "ChatModelClassifier": "chat",
    "EmbeddedClassifier": "embedded",
    "TransformersClassifier": "transformers",
}


def __getattr__(name: str) -> object:
    """Load a classifier on first use; a program with its own never needs the others."""
    if name not in _ROOMS:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
