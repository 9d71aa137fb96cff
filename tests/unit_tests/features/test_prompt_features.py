"""Readable features: named, of fixed length, finite for any text, and speaking of what they are called."""

from __future__ import annotations

import numpy as np
import pytest

from langchain_dynaroute import Category, TaskProfile
from langchain_dynaroute.features import FEATURE_NAMES, FEATURES, feature_matrix, prompt_features
from langchain_dynaroute.routers.check_rules import ODD_PROMPTS


def value(name, prompt, profile=None):
    return float(prompt_features(prompt, profile)[FEATURE_NAMES.index(name)])


def test_every_feature_has_a_name_of_its_own():
    """Names are unique, and each feature has a group and a meaning."""
    assert len(set(FEATURE_NAMES)) == len(FEATURES)
    assert all(feature.group and feature.about for feature in FEATURES)


@pytest.mark.parametrize("prompt", ODD_PROMPTS)
def test_any_text_has_finite_features(prompt):
    """Empty, very long, Chinese, emoji and broken prompts get a finite vector of the same length."""
    found = prompt_features(prompt)

    assert (len(FEATURES),) == found.shape
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert found.max() <= 1.5


@pytest.mark.parametrize(
    ("name", "plain", "telling"),
    [
        ("code", "Tell me of Rome.", "def f(x): return x + 1"),
        ("proof", "Tell me of Rome.", "Prove that the sum is even."),
        ("multiple_choice", "Which is red?", "Which is red?\nA) blood\nB) grass\nC) sky"),
        ("translation", "Tell me of Rome.", "Translate into German: good day"),
        ("worked_examples", "What is 2 + 2?", "Question: 1 + 1?\nAnswer: 2\nQuestion: 2 + 2?\nAnswer:"),
        ("answer_json", "Tell me of Rome.", "Answer as JSON."),
        ("constraints", "Write a poem.", "Write a poem of exactly 4 lines without rhymes."),
        ("language_chinese_japanese", "What is it?", "什么是量子纠缠?"),
        ("length_characters", "Short.", "Long. " * 100),
    ],
)
def test_a_feature_speaks_of_what_it_is_called(name, plain, telling):
    """A prompt with the thing in it has more of the feature than one without."""
    assert value(name, telling) > value(name, plain)


def test_the_profile_is_in_the_features():
    """Probabilities are taken as given, a bare profile is all on its category and level, and none is even."""
    sure = TaskProfile(category=Category.LAW, level=3)
    partly = sure.model_copy(update={"category_probabilities": {Category.LAW: 0.7, Category.HISTORY: 0.3}})

    assert 1.0 == value("category: Law", "x", sure) == value("difficulty_level_3", "x", sure)
    assert 1.0 == value("difficulty_score", "x", sure)
    assert 0.3 == pytest.approx(value("category: History", "x", partly))
    assert 1 / 29 == pytest.approx(value("category: Law", "x"))


def test_a_matrix_is_its_rows():
    """Many prompts give the rows that each gives alone; none give none."""
    rows = feature_matrix(["Add 3 and 4.", ""], [None, None])

    assert np.array_equal(prompt_features("Add 3 and 4."), rows[0])
    assert (0, len(FEATURES)) == feature_matrix([], []).shape
