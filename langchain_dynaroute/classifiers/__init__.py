"""Classifiers: from a prompt to its task profile."""

from typing import TYPE_CHECKING

from langchain_dynaroute.classifiers.base import TaskClassifier, as_text

if TYPE_CHECKING:
    from langchain_dynaroute.classifiers.embedded import EmbeddedClassifier

__all__ = ["EmbeddedClassifier", "TaskClassifier", "as_text"]


def __getattr__(name: str) -> object:
    """Load the embedded classifier on first use; a program with its own never needs it."""
    if name != "EmbeddedClassifier":
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from langchain_dynaroute.classifiers.embedded import EmbeddedClassifier

    return EmbeddedClassifier
