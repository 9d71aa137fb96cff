"""What makes the classifier fast changes nothing of what it sees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")

from langchain_dynaroute.classifiers import clean_text, surface, text_features  # noqa: E402

TABLES = Path(__file__).parents[3] / "tables" / "user_prompts"
ODD = (
    *(
        "",
        " ",
        "\n",
        "\n  x",
        "  x\n\ty",
        "E1234 xE1234 E12345",
        "x.py",
        ".py",
        "in 1999",
        "a2000 2000a",
        "(A) x\nB. y",
    ),
    *(
        "1. a\n- b",
        "a|b|c\n",
        "a,b,c\n1,2,3\n",
        "for 12 kg or €5",
        "x = 1",
        "if (a) {\n",
        "1²",
        "It's 3/4",
        "i'm",
        "\x0b\r\x1f",
    ),
    *("k" * 40, "k" * 41, f"see {'k/' * 30} there", "ab12cd34 x1y2z", "You are an expert. Think hard!! Now: 2+2?"),
    *("\x00a\x7fb", "naïve ſtring", "level 3\nthis is trivially simple, please", "٣ س ٤", "don't_stop now_2"),
)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """All prompts of ours, and odd ones."""
    lines = [
        line for name in ("heldout", "train") for line in (TABLES / f"{name}.jsonl").read_text("utf-8").splitlines()
    ]
    return [*ODD, *(json.loads(line)["prompt"] for line in lines)]


def test_hints_hide_no_sign(texts) -> None:
    """A sign is found with its hints wherever its pattern alone finds it."""
    for text in texts:
        for name, signs in surface._SIGNS.items():
            for sign in signs:
                assert sign.is_in(text) == bool(sign.pattern.search(text)), (name, text)


def test_ascii_words_are_the_words_of_any_text(texts) -> None:
    """The table for ASCII finds the words that the pattern for every script finds."""
    for text in filter(str.isascii, texts):
        found = text_features._WORD.findall(text.lower())
        assert text.translate(text_features._WORDS_IN_ASCII).split() == found


def test_ascii_is_cleaned_as_any_text_is(texts) -> None:
    """The tables for ASCII take out the characters and the long runs that the patterns take out."""
    for text in filter(str.isascii, texts):
        assert text.translate(clean_text._SEEN_IN_ASCII) == clean_text._UNSEEN.sub("", text)
        is_long = clean_text._TOO_LONG in text.translate(clean_text._RUNS_IN_ASCII)
        assert is_long == bool(clean_text._UNBROKEN.search(text))


def test_claims_are_found_sentence_by_sentence(texts) -> None:
    """Looking through the sentences that hold a hint blanks what looking through the whole text does."""
    for text in texts:
        hints = [hint for hint in clean_text._PERSONA_HINTS if hint in text.lower()]
        whole = clean_text._PERSONA.sub(" ", text) if hints else text
        assert whole == clean_text._without(clean_text._PERSONA, hints, text)


def test_each_bucket_is_counted_once_and_in_order() -> None:
    """The sorted counts of buckets are NumPy's own."""
    generator = np.random.default_rng(0)
    buckets = generator.integers(0, text_features.BUCKETS, 3000) % 500 * 131
    amounts = generator.choice([0.4, 1.0], 3000)
    unique, counts = text_features._summed(buckets, amounts)
    expected, inverse = np.unique(buckets, return_inverse=True)
    assert expected.tolist() == unique.tolist()
    assert np.bincount(inverse, amounts) == pytest.approx(counts)
