"""Distracted copies: the task and its labels stay, something else stands around them."""

from __future__ import annotations

from collections import Counter

import pytest

from langchain_dynaroute import Category, DifficultyLevel
from langchain_dynaroute.classifiers.training_data import LabelledPrompt
from langchain_dynaroute.classifiers.training_distractions import distracted, read_distractions

pytest.importorskip("sklearn")

from langchain_dynaroute.classifiers.training_evaluation import LeftOut, _folds

PROMPTS = [
    LabelledPrompt(f"What is the force on ball number {i}?", "own", Category.PHYSICS, DifficultyLevel.MODERATE)
    for i in range(200)
]
TEXTS = {"system": ("You are Bo, a helper.",), "claim": ("So easy!",), "courtesy": ("Dear all,",)}


def test_copies_hold_the_prompt_and_its_labels() -> None:
    """Each copy names its prompt, holds it whole, and has more text than that."""
    copies = distracted(PROMPTS, TEXTS, seed=1)
    assert copies
    for copy in copies:
        original = PROMPTS[copy.copy_of]
        assert original.prompt in copy.prompt
        assert len(copy.prompt) > len(original.prompt)
        assert (original.category, original.level) == (copy.category, copy.level)


def test_every_kind_occurs_and_a_seed_repeats_it() -> None:
    """One seed gives the same copies; system prompts stand in front, and noise occurs as well."""
    copies = distracted(PROMPTS, TEXTS, seed=1)
    assert copies == distracted(PROMPTS, TEXTS, seed=1)
    assert copies != distracted(PROMPTS, TEXTS, seed=2)
    kinds = Counter(
        next((kind for kind, texts in TEXTS.items() if texts[0] in copy.prompt), "noise") for copy in copies
    )
    assert {*TEXTS, "noise"} == set(kinds)
    assert all(copy.prompt.startswith("You are Bo") for copy in copies if TEXTS["system"][0] in copy.prompt)


def test_a_copy_is_in_the_fold_of_its_prompt_and_is_not_measured() -> None:
    """Nothing leaks from a prompt into its copy, and figures are of the prompts alone."""
    import numpy as np

    everything = [*PROMPTS, *distracted(PROMPTS, TEXTS, seed=1)]
    fold = _folds(everything, seed=0, by_source=True)
    assert all(
        fold[place] == fold[prompt.copy_of] for place, prompt in enumerate(everything) if prompt.copy_of is not None
    )
    left_out = LeftOut(np.zeros((len(everything), 32), dtype=np.float32), tuple(everything))
    assert len(PROMPTS) == left_out.accuracy(own=True)["prompts"]


def test_the_texts_are_read_by_kind(tmp_path) -> None:
    """A line is a kind and a text; empty lines are nothing."""
    path = tmp_path / "distractions.jsonl"
    path.write_text('{"kind": "claim", "language": "en", "text": "a"}\n\n{"kind": "claim", "text": "b"}\n', "utf-8")
    assert {"claim": ("a", "b")} == read_distractions(path)
