"""What is read of a prompt: repetitions once, and for the level what stands behind a system prompt."""

from __future__ import annotations

import pytest

from langchain_dynaroute.classifiers.clean_text import behind_system_prompt, cleaned

QUESTION = "What is the capital of France?"


@pytest.mark.parametrize("word", ["please ", "hard!", "Is it so? I want to know it all. ", "再", "\n- x"])
@pytest.mark.parametrize("times", [200, 100_000])
def test_endless_repetition_is_read_once(word, times) -> None:
    """Behind a question or before it, what is said over and over counts once."""
    assert len(cleaned(f"{QUESTION} {word * times}")) <= len(QUESTION) + 2 * len(word) + 1
    assert QUESTION in cleaned(f"{word * times} {QUESTION}")


@pytest.mark.parametrize("text", ["ha ha ha", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 " * 3, f"{QUESTION} {QUESTION}", "-" * 60])
def test_short_repetition_stays(text) -> None:
    """A table, a chorus or a laugh is not cut."""
    assert text.split() == cleaned(text).split() or len(text) == 60


@pytest.mark.parametrize(
    "system",
    [
        "You are a patient tutor. Explain every step in full depth.",
        "You are Deskmate, a helper.\n- Be kind.\n- Never give legal advice.\n\nAnswer in two sentences.",
        "# Role\nSenior engineer\n# Rules\n1. Plan first.\n2. Verify everything.",
        "Act as a leading scientist.",
        "Du bist ein hilfreicher Assistent.",
    ],
)
def test_the_level_is_that_of_what_stands_behind_a_system_prompt(system) -> None:
    """A persona and its rules are left out."""
    rest = behind_system_prompt(f"{system}\n\n{QUESTION}")
    assert QUESTION in rest
    assert "You are" not in rest
    assert len(rest) < len(QUESTION) + 20


@pytest.mark.parametrize(
    "text",
    [QUESTION, "", "You are given an array.\nReturn its sum.", "You are wrong.", "You are a cat\n", "def f():\n  - x"],
)
def test_what_is_no_system_prompt_stays(text) -> None:
    """Without a persona in front, or without anything behind it, nothing is left out."""
    assert text == behind_system_prompt(text)
