"""The figures of a trained classifier, as they stand in its card."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, HumanMessage

from langchain_dynaroute.classifiers import training_metrics as metrics
from langchain_dynaroute.classifiers.classification_head import CATEGORIES
from langchain_dynaroute.classifiers.difficulty_attacks import moved_upward
from langchain_dynaroute.classifiers.embedded import EmbeddedClassifier

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from langchain_core.messages import BaseMessage
    from numpy.typing import NDArray

    from langchain_dynaroute.classifiers.training_data import LabelledPrompt
    from langchain_dynaroute.classifiers.training_evaluation import LeftOut
    from langchain_dynaroute.profiles import TaskProfile

_ATTACKED = 200
_LENGTHS = (30, 143, 8_600, 86_000)
"""Characters at which the speed is measured."""
_TIMED = 101
_SHOWN = 12
_TEXT = (
    "Compare how TCP and QUIC recover lost packets, then write a short Python test for the retry logic; explain why. "
)


def figures(
    folder: Path,
    left_out: LeftOut,
    in_source: LeftOut,
    public: Sequence[LabelledPrompt],
    heldout: Sequence[LabelledPrompt],
) -> dict[str, Any]:
    """Return every figure of the card: accuracies, baselines, calibration, attacks, speed and weak spots."""
    classifier = EmbeddedClassifier(folder)
    profiles = [classifier.classify(_messages(prompt)) for prompt in heldout]
    return {
        "public, unseen sources": left_out.accuracy(own=False),
        "public, seen sources": in_source.accuracy(own=False),
        "own training prompts, unseen folds": in_source.accuracy(own=True),
        "held-out user prompts": _accuracies(heldout, profiles),
        "baselines on held-out user prompts": _baselines(public, heldout),
        "calibration error": _calibration(heldout, profiles),
        "level moved up by attacks": moved_upward(
            classifier, [prompt.prompt for prompt in heldout[:: max(1, len(heldout) // _ATTACKED)]][:_ATTACKED]
        ),
        "microseconds per prompt": _speed(classifier),
        "confusions": _confusions(heldout, profiles),
        "misread": _misread(heldout, profiles),
    }


def _messages(prompt: LabelledPrompt) -> list[BaseMessage]:
    turns: list[BaseMessage] = [
        AIMessage(text) if i % 2 else HumanMessage(text) for i, text in enumerate(prompt.history)
    ]
    return [*turns, HumanMessage(prompt.prompt)]


def _accuracies(prompts: Sequence[LabelledPrompt], profiles: Sequence[TaskProfile]) -> dict[str, dict[str, float]]:
    slices: dict[str, list[int]] = {"all": list(range(len(prompts)))}
    for i, prompt in enumerate(prompts):
        slices.setdefault("English" if prompt.language == "en" else "not English", []).append(i)
        slices.setdefault(f"form: {prompt.form}", []).append(i)
        if prompt.category is not None:
            group = metrics.GROUP_OF[CATEGORIES.index(prompt.category)]
            slices.setdefault(f"group: {metrics.GROUP_NAMES[group]}", []).append(i)
    return {name: _accuracy([prompts[i] for i in rows], [profiles[i] for i in rows]) for name, rows in slices.items()}


def _accuracy(prompts: Sequence[LabelledPrompt], profiles: Sequence[TaskProfile]) -> dict[str, float]:
    right, predicted = _indices(prompts), _indices(profiles)
    levels = [prompt.level == profile.level for prompt, profile in zip(prompts, profiles, strict=True)]
    return {
        "prompts": len(prompts),
        "category": metrics.accuracy(right, predicted),
        "group": metrics.group_accuracy(right, predicted),
        "level": sum(levels) / max(len(levels), 1),
    }


def _indices(labelled: Sequence[LabelledPrompt] | Sequence[TaskProfile]) -> NDArray[np.int64]:
    import numpy as np

    return np.array([CATEGORIES.index(item.category) for item in labelled if item.category is not None])


def _calibration(prompts: Sequence[LabelledPrompt], profiles: Sequence[TaskProfile]) -> dict[str, float]:
    import numpy as np

    categories = np.array([list((profile.category_probabilities or {}).values()) for profile in profiles])
    levels = np.array([list((profile.level_probabilities or {}).values()) for profile in profiles])
    right = np.array([prompt.level - 1 for prompt in prompts if prompt.level is not None])
    return {
        "category": metrics.expected_calibration_error(categories, _indices(prompts)),
        "level": metrics.expected_calibration_error(levels, right),
    }


def _baselines(public: Sequence[LabelledPrompt], heldout: Sequence[LabelledPrompt]) -> dict[str, dict[str, float]]:
    """Return what the majority class and TF-IDF with logistic regression, on the public file only, reach."""
    from langchain_dynaroute.classifiers.training_data import balanced

    learned = balanced(public, seed=0)
    right = _indices(heldout)
    level = [int(prompt.level or 1) for prompt in heldout]
    rows: dict[str, dict[str, float]] = {}
    for name, guess in (("majority class", _majority), ("TF-IDF + logistic regression, public file only", _tf_idf)):
        categories = guess([(p.prompt, CATEGORIES.index(p.category)) for p in learned if p.category], heldout)
        levels = guess([(p.prompt, int(p.level)) for p in learned if p.level], heldout)
        rows[name] = {
            "category": metrics.accuracy(right, categories),
            "group": metrics.group_accuracy(right, categories),
            "level": sum(int(a) == b for a, b in zip(levels, level, strict=True)) / len(level),
        }
    return rows


def _majority(learned: list[tuple[str, int]], heldout: Sequence[LabelledPrompt]) -> NDArray[np.int64]:
    import numpy as np

    return np.full(len(heldout), Counter(label for _, label in learned).most_common(1)[0][0])


def _tf_idf(learned: list[tuple[str, int]], heldout: Sequence[LabelledPrompt]) -> NDArray[np.int64]:
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2)
    model = make_pipeline(words, LogisticRegression(C=10, max_iter=300))
    model.fit([text for text, _ in learned], [label for _, label in learned])
    return np.asarray(model.predict([prompt.prompt for prompt in heldout]))


def _speed(classifier: EmbeddedClassifier) -> dict[str, float]:
    """Return the median time of one prompt at four lengths."""
    medians: dict[str, float] = {}
    for length in _LENGTHS:
        prompt = (_TEXT * (length // len(_TEXT) + 1))[:length]
        seconds = []
        for _ in range(_TIMED):
            start = time.perf_counter()
            classifier.classify(prompt)
            seconds.append(time.perf_counter() - start)
        medians[f"{length} characters"] = round(statistics.median(seconds) * 1e6)
    return medians


def _confusions(prompts: Sequence[LabelledPrompt], profiles: Sequence[TaskProfile]) -> list[str]:
    pairs = Counter(
        f"{prompt.category} read as {profile.category}"
        for prompt, profile in zip(prompts, profiles, strict=True)
        if prompt.category != profile.category
    )
    return [f"{pair}: {count}" for pair, count in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]]


def _misread(prompts: Sequence[LabelledPrompt], profiles: Sequence[TaskProfile]) -> list[str]:
    """Return the wrong profiles the classifier was surest of."""
    wrong = [
        (profile.confidence or 0.0, prompt, profile)
        for prompt, profile in zip(prompts, profiles, strict=True)
        if prompt.category != profile.category
    ]
    wrong.sort(key=lambda item: (-item[0], item[1].prompt))
    return [
        f"{' '.join(prompt.prompt.split())[:110]!r}: {prompt.category}, read as {profile.category} ({confidence:.0%})"
        for confidence, prompt, profile in wrong[:_SHOWN]
    ]
