"""What a classifier says of a prompt: a category and a difficulty level."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any, Self

from pydantic import BaseModel, model_validator


class Category(StrEnum):
    """The 29 task categories of DynaRoute, Table 4; values are the paper's names."""

    LAW = "Law"
    BUSINESS = "Business"
    ECONOMICS = "Economics"
    BIOLOGY = "Biology"
    CHEMISTRY = "Chemistry"
    ENGINEERING = "Engineering"
    PHYSICS = "Physics"
    COMPUTER_SCIENCE = "Computer Science"
    MATHEMATICS = "Mathematics"
    SYNTAX_CHECK = "Syntax Check"
    CODE_GENERATION = "Code Generation"
    CODE_EXPLANATION = "Code Explanation"
    DEBUGGING_ASSISTANCE = "Debugging Assistance"
    ALGORITHM = "Algorithm"
    SYSTEM_DESIGN = "System Design"
    LANGUAGE_TRANSLATION = "Language Translation"
    SUMMARIZATION = "Summarization"
    CREATIVE_WRITING = "Creative Writing"
    TEXT_FORMATTING_AND_EDITING = "Text Formatting and Editing"
    GENERAL_KNOWLEDGE = "General Knowledge"
    HISTORY = "History"
    GEOGRAPHY = "Geography"
    PHILOSOPHY = "Philosophy"
    SOCIOLOGY = "Sociology"
    ASTROLOGY = "Astrology"
    HEALTH = "Health"
    FACTS = "Facts"
    LOGIC = "Logic"
    MISCELLANEOUS = "Miscellaneous"

    @classmethod
    def _missing_(cls, value: object) -> Category | None:
        """Read names in any case, with `_` or `-`, and Table 5's shorter "Text Formatting"."""
        folded = " ".join(str(value).replace("_", " ").replace("-", " ").split()).lower()
        if folded == "text formatting":
            return cls.TEXT_FORMATTING_AND_EDITING
        return next((category for category in cls if category.value.lower() == folded), None)


class DifficultyLevel(IntEnum):
    """How hard a task is within its category (DynaRoute, section 2.1.2)."""

    SIMPLE = 1
    """Recall, a simple instruction, hardly any reasoning."""
    MODERATE = 2
    """Some reasoning, several steps, generation of middling length."""
    COMPLEX = 3
    """Deep reasoning, synthesis, high creativity, hard problems."""

    @property
    def label(self) -> str:
        """The level as people read it, `"2 moderate"`."""
        return f"{self.value} {self.name.lower()}"

    @classmethod
    def clamped(cls, level: int) -> DifficultyLevel:
        """Return a `level` held within 1 to 3."""
        return cls(min(max(level, cls.SIMPLE), cls.COMPLEX))


class TaskProfile(BaseModel, frozen=True, extra="forbid"):
    """A prompt's category and level, with what is known of how sure they are.

    `category` accepts names and `level` accepts numbers and digits. A category that is none
    of the 29 becomes Miscellaneous and `note` says so (DynaRoute, section 2.3); a level that
    is none of the three is an error.
    """

    category: Category
    level: DifficultyLevel
    category_probabilities: dict[Category, float] | None = None
    """Calibrated probability of each category, summing to 1."""
    level_probabilities: dict[DifficultyLevel, float] | None = None
    """Calibrated probability of each level, summing to 1."""
    evidence: tuple[str, ...] = ()
    """The words and features that moved the profile most, for people."""
    note: str = ""
    """What was changed or guessed on the way to this profile."""
    usage: dict[str, Any] | None = None
    """Tokens spent on making this profile, as a LangChain `UsageMetadata`; None if there were none."""
    cost_usd: float | None = None
    """What making this profile cost; None where that is unknown or nothing was spent."""

    @model_validator(mode="before")
    @classmethod
    def _default_to_miscellaneous(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "category" not in data:
            return data
        try:
            Category(data["category"])
        except ValueError:
            note = f"unknown category {str(data['category'])[:60]!r}, taken as Miscellaneous"
            return {**data, "category": Category.MISCELLANEOUS, "note": note}
        return {**data, "category": Category(data["category"])}

    @model_validator(mode="before")
    @classmethod
    def _read_level(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("level"), str) and data["level"].strip().isdigit():
            return {**data, "level": int(data["level"])}
        return data

    @property
    def confidence(self) -> float | None:
        """Probability of the chosen category, or None if the classifier gave none."""
        return (self.category_probabilities or {}).get(self.category)

    def with_level(self, level: int) -> Self:
        """Return this profile at another `level`, held within 1 to 3."""
        return self.model_copy(update={"level": DifficultyLevel.clamped(level)})

    def __str__(self) -> str:
        """Return `"Mathematics, level 3 complex"`."""
        return f"{self.category.value}, level {self.level.label}"
