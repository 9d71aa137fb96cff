"""The embedded classifier, fitted anew without the source of each prompt."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.classifiers import training_data, training_evaluation
from langchain_dynaroute.classifiers.classification_head import ASSETS, VECTORS_NAME, softmax
from langchain_dynaroute.classifiers.training_features import features_table
from langchain_dynaroute.classifiers.word_vectors import WordVectors
from langchain_dynaroute.errors import MissingExtraError
from langchain_dynaroute.evaluation.predictions import CATEGORIES, Profiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_dynaroute.evaluation.labelled_prompts import PromptRow

_PUBLIC_WEIGHT, _LEVEL_WEIGHT, _OWN_WEIGHT = 0.1, 0.02, 1.0
"""How much a prompt of the file counts, and how much one of those given to learn from."""


def predict_refitted(rows: Sequence[PromptRow], more: Sequence[PromptRow], seed: int) -> Profiles:
    """Return profiles from fits that had not seen the prompt's source.

    As in training, there are four folds of whole sources; those of `more` are always learned
    from. The word vectors are the shipped ones, fitted with labels of their own training set.

    Raises:
        MissingExtraError: the extra `train` is not installed.
    """
    for package in ("joblib", "scipy"):
        if find_spec(package) is None:
            extra = "train"
            raise MissingExtraError(package, extra)
    vectors = WordVectors.load(ASSETS / VECTORS_NAME)
    prompts = [_training_prompt(row, own=True) for row in more]
    prompts += [_training_prompt(row, own=False) for row in rows]
    found = training_evaluation.left_out(features_table(prompts, vectors), prompts, vectors, seed)
    return _profiles(found, len(more))


def _training_prompt(row: PromptRow, *, own: bool) -> training_data.LabelledPrompt:
    return training_data.LabelledPrompt(
        prompt=row.prompt,
        source=training_data.OWN if own else f"file: {row.source}",
        category=row.category,
        level=row.level,
        history=row.history,
        category_weight=_OWN_WEIGHT if own else _PUBLIC_WEIGHT,
        level_weight=_OWN_WEIGHT if own else _LEVEL_WEIGHT,
    )


def _profiles(found: training_evaluation.LeftOut, first: int) -> Profiles:
    import numpy as np

    heat: dict[str, Any] = found.temperatures
    count = len(CATEGORIES)
    said = Profiles.unknown(len(found.logits) - first)
    for i, logits in enumerate(found.logits[first:]):
        categories = softmax(logits[:count] / np.float32(heat["category_temperature"]))
        levels = softmax(logits[count:] / np.float32(heat["level_temperature"]))
        said.category[i], said.category_confidence[i] = categories.argmax(), categories.max()
        said.level[i], said.level_confidence[i] = levels.argmax(), levels.max()
    return said
