"""Categories, levels, and what a task profile accepts."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from langchain_dynaroute import Category, DifficultyLevel, TaskProfile


@pytest.mark.parametrize(
    ("written", "category"),
    [
        ("Mathematics", Category.MATHEMATICS),
        ("mathematics", Category.MATHEMATICS),
        ("code_generation", Category.CODE_GENERATION),
        ("CODE-GENERATION", Category.CODE_GENERATION),
        ("  code   generation ", Category.CODE_GENERATION),
        ("Text Formatting", Category.TEXT_FORMATTING_AND_EDITING),
        ("Text Formatting and Editing", Category.TEXT_FORMATTING_AND_EDITING),
        (Category.LAW, Category.LAW),
    ],
)
def test_a_category_is_read_in_any_spelling(written, category):
    """Case, `_`, `-` and spaces do not matter, and Table 5's shorter name is known."""
    assert category is TaskProfile(category=written, level=1).category


@pytest.mark.parametrize("name", ["Cooking", "", "Math", None, 7])
def test_an_unknown_category_becomes_miscellaneous_and_says_so(name):
    """What is none of the 29 is Miscellaneous (section 2.3), and the note quotes it."""
    profile = TaskProfile(category=name, level=2)

    assert Category.MISCELLANEOUS is profile.category
    assert f"unknown category {str(name)!r}, taken as Miscellaneous" == profile.note


def test_a_known_category_leaves_no_note():
    """A profile that needed no guess has an empty note."""
    assert "" == TaskProfile(category="Law", level=2).note


@pytest.mark.parametrize("level", [3, "3", " 3 ", DifficultyLevel.COMPLEX])
def test_a_level_is_a_number_or_its_digits(level):
    """Levels are read from ints and strings."""
    assert DifficultyLevel.COMPLEX is TaskProfile(category="Law", level=level).level


@pytest.mark.parametrize("level", [0, 4, -1, "4", "hard", 1.5, None])
def test_a_level_outside_1_to_3_is_an_error(level):
    """A level that is none of the three is refused."""
    with pytest.raises(ValidationError, match="level"):
        TaskProfile(category="Law", level=level)


def test_a_profile_is_a_value():
    """A profile cannot be changed, takes no unknown field, and needs category and level only."""
    profile = TaskProfile(category=Category.LAW, level=1)

    with pytest.raises(ValidationError, match="frozen"):
        profile.level = DifficultyLevel.COMPLEX
    with pytest.raises(ValidationError, match="mood"):
        TaskProfile(category="Law", level=1, mood="good")
    with pytest.raises(ValidationError, match="category"):
        TaskProfile(level=1)
    assert "Law, level 1 simple" == str(profile)


@pytest.mark.parametrize(("level", "held"), [(-5, 1), (0, 1), (2, 2), (4, 3)])
def test_another_level_is_held_within_1_to_3(level, held):
    """`with_level` clamps, and leaves the original alone."""
    profile = TaskProfile(category="Law", level=2)

    assert DifficultyLevel(held) is profile.with_level(level).level
    assert DifficultyLevel.MODERATE is profile.level


def test_confidence_is_the_chosen_categorys_probability():
    """`confidence` is the probability of the category, and None without probabilities."""
    unsure = TaskProfile(category="Law", level=2, category_probabilities={"Law": 0.7, "Business": 0.3})

    assert 0.7 == unsure.confidence
    assert TaskProfile(category="Law", level=2).confidence is None


def test_a_profile_survives_json():
    """A profile goes through JSON and back unchanged, probabilities included."""
    profile = TaskProfile(
        category="Law",
        level=2,
        category_probabilities={Category.LAW: 0.75, Category.FACTS: 0.25},
        level_probabilities={1: 0.5, 2: 0.5},
        evidence=("statute",),
        note="guessed",
    )

    assert profile == TaskProfile.model_validate_json(profile.model_dump_json())


def test_levels_are_ordered():
    """Simple is below moderate is below complex, and a label tells number and name."""
    assert DifficultyLevel.SIMPLE < DifficultyLevel.MODERATE < DifficultyLevel.COMPLEX
    assert ["1 simple", "2 moderate", "3 complex"] == [level.label for level in DifficultyLevel]
