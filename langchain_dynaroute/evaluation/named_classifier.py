"""Classifiers by name: the embedded one, or one of a user's own as `module:Class`."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from langchain_dynaroute.classifiers.embedded import EmbeddedClassifier
from langchain_dynaroute.errors import ClassifierError, did_you_mean


def make_classifier(name: str) -> Any:
    """Return the classifier of a name; `module:Class` is imported from here or from the path, and made without arguments.

    Raises:
        ClassifierError: if there is none, or it cannot classify.
    """
    if name == EmbeddedClassifier.name:
        return EmbeddedClassifier()
    module, colon, attribute = name.partition(":")
    if not (colon and module and attribute):
        hint = did_you_mean(name, [EmbeddedClassifier.name])
        msg = f"There is no classifier {name!r}.{hint} Give one of your own as module:Class."
        raise ClassifierError(msg)
    classifier = _imported(name, module, attribute)
    if not callable(getattr(classifier, "classify", None)):
        msg = f"{name!r} has no method `classify`. Write one that returns the TaskProfile of a prompt."
        raise ClassifierError(msg)
    return classifier


def _imported(name: str, module: str, attribute: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return getattr(import_module(module), attribute)()
    except (ImportError, AttributeError, TypeError) as error:
        msg = f"The classifier {name!r} cannot be made ({type(error).__name__}: {error})."
        raise ClassifierError(msg) from error
