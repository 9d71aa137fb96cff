"""What a classifier must beat: the majority class, TF-IDF with logistic regression, key words."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol, Self

from langchain_dynaroute.errors import MissingExtraError
from langchain_dynaroute.evaluation.predictions import UNKNOWN, Profiles
from langchain_dynaroute.profiles import DifficultyLevel

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.evaluation.labelled_prompts import PromptRow

_CATEGORY, _LEVEL = "category", "level"


class Baseline(Protocol):
    """Something simple that says a category, a level or both."""

    name: str
    learns: bool
    """Whether `fit` changes what it says."""

    def fit(self, rows: Sequence[PromptRow]) -> Self:
        """Learn from labelled prompts."""
        ...

    def predict(self, rows: Sequence[PromptRow]) -> Profiles:
        """Return the profiles of prompts, without looking at their labels."""
        ...


class MajorityClass:
    """Says the most frequent category and the most frequent level of what it was fitted on."""

    name = "majority class"
    learns = True

    def fit(self, rows: Sequence[PromptRow]) -> Self:
        """Count the labels."""
        right = Profiles.labelled(rows)
        self.category_ = _most_frequent(right.category)
        self.level_ = _most_frequent(right.level)
        return self

    def predict(self, rows: Sequence[PromptRow]) -> Profiles:
        """Return the same for every prompt; the confidence is the label's share."""
        said = Profiles.unknown(len(rows))
        said.category[:], said.category_confidence[:] = self.category_
        said.level[:], said.level_confidence[:] = self.level_
        return said


def _most_frequent(labels: NDArray[np.int64]) -> tuple[int, float]:
    known = labels[labels != UNKNOWN].tolist()
    if not known:
        return UNKNOWN, float("nan")
    label, count = min(Counter(known).items(), key=lambda item: (-item[1], item[0]))
    return label, count / len(known)


class TfIdfRegression:
    """Logistic regression on TF-IDF of words and word pairs, fitted by stochastic gradient descent.

    One regression for the category and one for the level, scikit-learn's defaults aside from
    `sublinear_tf`, pairs of words and a penalty of 1e-5. It reads the prompt alone, not the
    turns before it.
    """

    name = "TF-IDF + logistic regression"
    learns = True

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, rows: Sequence[PromptRow]) -> Self:
        """Learn words and weights.

        Raises:
            MissingExtraError: scikit-learn is not installed.
        """
        if find_spec("sklearn") is None:
            package, extra = "scikit-learn", "bench"
            raise MissingExtraError(package, extra)
        self.majority_ = MajorityClass().fit(rows)
        right = Profiles.labelled(rows)
        self.words_ = _fitted_words([row.prompt for row in rows])
        features = self.words_.transform([row.prompt for row in rows]) if self.words_ else None
        self.models_: dict[str, Any] = {}
        for what, labels in ((_CATEGORY, right.category), (_LEVEL, right.level)):
            known = labels != UNKNOWN
            if features is not None and len(set(labels[known].tolist())) > 1:
                self.models_[what] = _regression(features[known], labels[known], self.seed)
        return self

    def predict(self, rows: Sequence[PromptRow]) -> Profiles:
        """Return the likeliest labels; the majority's where there was nothing to tell apart."""
        said = self.majority_.predict(rows)
        if not self.models_ or not rows:
            return said
        features = self.words_.transform([row.prompt for row in rows])
        for what, labels, confidence in (
            (_CATEGORY, said.category, said.category_confidence),
            (_LEVEL, said.level, said.level_confidence),
        ):
            if what in self.models_:
                shares = self.models_[what].predict_proba(features)
                labels[:] = self.models_[what].classes_[shares.argmax(axis=1)]
                confidence[:] = shares.max(axis=1)
        return said


def _fitted_words(texts: list[str]) -> Any:
    """Return the vocabulary, or None of texts without any word."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        return TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)).fit(texts)
    except ValueError:
        return None


def _regression(features: Any, labels: NDArray[np.int64], seed: int) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import SGDClassifier

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=30, random_state=seed).fit(features, labels)


class KeywordLevel:
    """Says a level by key words and length, as a rule of thumb would; nothing is fitted.

    A word of hard work counts up, a word of recall counts down; so does length, from 60 words
    and from 250 words on up, under 12 words down. English words only.
    """

    name = "key words and length"
    learns = False
    _HARD = re.compile(
        r"\b(?:prove|proof|derive|design|architect\w*|optimi[sz]\w*|analy[sz]\w*|evaluate|critique|trade-?offs?|justify"
        r"|rigorous\w*|in depth|comprehensive|theorem|integral|asymptotic|distributed|concurren\w*|strategy|compare and"
        r" contrast|hypothes[ie]s|counterexample|step by step)\b",
        re.IGNORECASE,
    )
    _EASY = re.compile(
        r"^\W*(?:what(?:'s| is| are| was)|who|when|where|which|define|list|name|translate|is|are|does|do|can|how many"
        r"|how much|spell|convert|capital of|true or false)\b",
        re.IGNORECASE,
    )
    _SHORT, _LONG, _VERY_LONG = 12, 60, 250

    def fit(self, rows: Sequence[PromptRow]) -> Self:  # noqa: ARG002 - there is nothing to learn
        """Return itself."""
        return self

    def predict(self, rows: Sequence[PromptRow]) -> Profiles:
        """Return levels without categories."""
        said = Profiles.unknown(len(rows))
        said.level[:] = [self.level(row.prompt) - 1 for row in rows]
        return said

    def level(self, prompt: str) -> DifficultyLevel:
        """Return the level of one prompt."""
        words = len(prompt.split())
        score = min(len(set(self._HARD.findall(prompt.lower()))), 2) - (self._EASY.match(prompt) is not None)
        score += (words >= self._LONG) + (words >= self._VERY_LONG) - (words < self._SHORT)
        return DifficultyLevel(min(max(score + 2, 1), 3))
