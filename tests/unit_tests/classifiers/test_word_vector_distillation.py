"""Distillation: from a wide table of embeddings to a narrow one that still tells subjects apart."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")

from langchain_dynaroute import Category  # noqa: E402
from langchain_dynaroute.classifiers.text_features import features_of  # noqa: E402
from langchain_dynaroute.classifiers.training_data import LabelledPrompt  # noqa: E402
from langchain_dynaroute.classifiers.word_vector_distillation import (  # noqa: E402
    EncodedTexts,
    EncodedWords,
    reduction_of,
    wide_table,
)
from langchain_dynaroute.profiles import DifficultyLevel  # noqa: E402

WORDS = ("court", "contract", "fever", "tablet", "gericht", "vertrag", "fieber", "tablette")
LAW_WORDS = {"court", "contract", "gericht", "vertrag"}


def embedding(word: str, generator) -> object:
    """One number for the subject, one for the language, the rest noise."""
    subject = 1.0 if word in LAW_WORDS else -1.0
    language = 1.0 if WORDS.index(word) > 3 else -1.0
    return np.array([subject, 3 * language, *generator.normal(0, 0.1, 22)])


def test_the_narrow_table_tells_subjects_apart_in_any_language() -> None:
    """Words of one subject are near in the table, whatever their language."""
    generator = np.random.default_rng(0)
    embeddings = np.array([embedding(word, generator) for word in WORDS], dtype=np.float32)
    table = wide_table(EncodedWords(WORDS, np.full(len(WORDS), -12.0, dtype=np.float32), embeddings))
    own = [
        LabelledPrompt(
            word,
            "own",
            Category.LAW if word in LAW_WORDS else Category.HEALTH,
            DifficultyLevel.SIMPLE,
            language="de" if WORDS.index(word) > 3 else "en",
        )
        for word in WORDS * 12
    ]
    means = np.array([features_of(prompt.prompt, table).vector for prompt in own])
    texts = EncodedTexts(means, np.array([embeddings[WORDS.index(prompt.prompt)] for prompt in own]))
    narrow = reduction_of(own, texts, texts).table(table)
    assert 32 == narrow.width
    english, german, other = (features_of(word, narrow).vector for word in ("court", "gericht", "fieber"))
    assert english @ german > 0 > english @ other
