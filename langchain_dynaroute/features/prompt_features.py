"""LLMRank's readable features of a prompt: named, of fixed length, computed on this machine (its section 5.1)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from langchain_dynaroute.features import cues
from langchain_dynaroute.profiles import Category, DifficultyLevel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.profiles import TaskProfile

_Kind = TypeVar("_Kind", Category, DifficultyLevel)
CHARACTERS_READ = 4000
"""Of a longer prompt the head and the tail are read, half of this each; what is longer costs the same."""
_MANY = 6
"""A count of this many or more is as full as a share can be."""
_SCRIPT_SHARE = 0.05
"""Share of the characters from which a text is taken to be in a script."""


@dataclass(frozen=True)
class Feature:
    """One readable feature."""

    name: str
    group: str
    about: str


class _Text:
    """A prompt, with the counts that several features need."""

    def __init__(self, prompt: str) -> None:
        self.full_length = len(prompt)
        self.full_words = len(prompt[:200_000].split())
        half = CHARACTERS_READ // 2
        text = prompt if len(prompt) <= CHARACTERS_READ else f"{prompt[:half]}\n{prompt[-half:]}"
        self.text = text.encode("utf-8", "ignore").decode("utf-8")
        self.lower = self.text.lower()
        self.words = re.findall(r"\w+", self.lower)
        self.sentences = max(len(cues.SENTENCE_END.findall(self.text)), 1)
        self._strengths: dict[re.Pattern[str], float] = {}

    def cue(self, name: str) -> float:
        """Return how strongly a cue speaks, 0 to 1: none, once, more often."""
        return self._strength(cues.CUES[name], self.lower)

    def any_of(self, *names: str) -> float:
        """Return the strongest of several cues."""
        return max(self.cue(name) for name in names)

    def has(self, pattern: re.Pattern[str]) -> float:
        """Return how strongly a pattern speaks, 0 to 1."""
        return self._strength(pattern, self.text)

    def _strength(self, pattern: re.Pattern[str], text: str) -> float:
        if pattern not in self._strengths:
            self._strengths[pattern] = strength(sum(1 for _ in islice(pattern.finditer(text), _MANY)))
        return self._strengths[pattern]

    def share(self, characters: re.Pattern[str]) -> float:
        """Return the share of the characters that are of a kind."""
        return len(characters.findall(self.text)) / max(len(self.text), 1)


def strength(count: int) -> float:
    """Return a count as a strength: 0 for none, 0.5 for one, towards 1 for many."""
    return 1 - 0.5 ** min(count, _MANY)


def _log(value: float, full: float) -> float:
    """Return a size on a log scale: 0 for none, 1 for `full`."""
    return min(math.log1p(value) / math.log1p(full), 1.5)


def _options(text: _Text) -> float:
    return float(bool(cues.OPTIONS.search(text.text)))


def _code(text: _Text) -> float:
    return 0.0 if cues.DRAWING.search(text.text) else text.has(cues.CODE)


def _program(text: _Text) -> float:
    return max(_code(text), text.has(cues.CODE_TASK))


def _math(text: _Text) -> float:
    number = min(1.0, max(text.has(cues.NUMBER), text.cue("number_word")) + 0.2)
    formula = text.has(cues.TEX) * (0.1 if _code(text) else 1.0)
    return max(formula, text.cue("quantity") * number, text.cue("math_word") * (0.1 if _code(text) else 1.0))


def _context(text: _Text) -> float:
    return max(text.cue("document"), text.has(cues.QUOTED), text.has(cues.PASSAGE))


def _commonsense(text: _Text) -> float:
    return min(text.cue("everyday") + 0.3 * text.cue("pronoun") + 0.5 * _options(text) * _scenario(text), 1)


def _narrative(text: _Text) -> float:
    people = text.cue("pronoun") * 0.6 + text.cue("everyday") * 0.4 + text.has(cues.NAME) * 0.3
    return min(people, 1) * (0.1 if _code(text) else 1.0)


def _scenario(text: _Text) -> float:
    open_stem = min(text.has(cues.OPEN_STEM), text.any_of("everyday", "pronoun"))
    return max(text.cue("what_happens_next"), text.has(cues.BLANK), open_stem)


def _script(text: _Text, characters: re.Pattern[str]) -> float:
    return float(text.share(characters) > _SCRIPT_SHARE)


def _reasoning(text: _Text) -> float:
    return min(
        text.any_of("proof", "causal", "conditional", "think") + 0.5 * text.cue("quantity") + 0.3 * text.cue("design"),
        1,
    )


_TEXT_FEATURES: tuple[tuple[str, str, str, Callable[[_Text], float]], ...] = (
    ("constraints", "structural complexity", "requirements to be met (must, exactly, without …)", lambda t: t.cue("constraint")),
    ("steps", "structural complexity", "steps or list items", lambda t: t.has(cues.STEP)),
    ("clauses", "structural complexity", "clauses a sentence", lambda t: _log(len(cues.CLAUSE.findall(t.text)) / t.sentences, 8)),
    ("sentence_length", "structural complexity", "words a sentence", lambda t: _log(len(t.words) / t.sentences, 60)),
    ("sentences", "structural complexity", "sentences", lambda t: _log(t.sentences, 40)),
    ("questions", "structural complexity", "question marks", lambda t: strength(sum(t.text.count(c) for c in "?？؟"))),
    ("numbers", "structural complexity", "numbers in the text", lambda t: t.has(cues.NUMBER)),
    ("worked_examples", "structural complexity", "worked examples before the question", lambda t: t.has(cues.EXAMPLE)),
    ("lines", "structural complexity", "lines", lambda t: _log(t.text.count("\n"), 60)),
    ("commonsense", "task type", "everyday common sense", _commonsense),
    ("scenario_completion", "task type", "a scenario to be completed", _scenario),
    ("multiple_choice", "task type", "options to choose from", _options),
    ("narrative", "task type", "people in a story", _narrative),
    ("code", "task type", "code", _program),
    ("math", "task type", "formulas or calculation", _math),
    ("translation", "task type", "to translate", lambda t: t.cue("translate")),
    ("summarization", "task type", "to summarise", lambda t: t.cue("summarize")),
    ("rewriting", "task type", "to rework a given text", lambda t: t.cue("rewrite")),
    ("creative_writing", "task type", "to compose a new text", lambda t: t.cue("create") * (0.1 if _program(t) else 1.0)),
    ("debugging", "task type", "something fails", lambda t: max(t.cue("debug"), t.has(cues.RAISED))),
    ("classification", "task type", "to label a text", lambda t: t.cue("classify")),
    ("extraction", "task type", "to find parts of a text", lambda t: t.cue("extract")),
    ("explanation", "task type", "to explain", lambda t: t.cue("explain")),
    ("proof", "task type", "to prove or derive", lambda t: t.cue("proof")),
    ("planning", "task type", "to design or plan", lambda t: t.cue("design")),
    ("moral_judgement", "task type", "right and wrong", lambda t: t.cue("moral")),
    ("world_knowledge", "knowledge", "facts of people and places", lambda t: min(t.any_of("person", "place") + 0.4 * t.has(cues.NAME), 1)),
    ("temporal_knowledge", "knowledge", "dates and order in time", lambda t: t.cue("temporal")),
    ("context_understanding", "knowledge", "a given text must be understood", _context),
    ("domain_science", "knowledge", "natural science", lambda t: t.cue("science")),
    ("domain_law_business", "knowledge", "law or business", lambda t: t.cue("law_business")),
    ("domain_medicine", "knowledge", "medicine", lambda t: t.cue("medicine")),
    ("answer_single_character", "answer format", "one letter or number", lambda t: max(_options(t) * 0.7, t.cue("no_explanation"))),
    ("answer_free_completion", "answer format", "free text", lambda t: max(t.any_of("create", "explain", "opinion", "design"), t.cue("what_happens_next") * 0.5)),
    ("answer_deterministic", "answer format", "one right answer", lambda t: min(max(_options(t), t.cue("yes_no"), t.cue("quantity"), t.cue("short_answer")), 1)),
    ("answer_code", "answer format", "code", lambda t: min(_code(t) * 0.5 + t.has(cues.CODE_TASK), 1)),
    ("answer_json", "answer format", "JSON or another fixed format", lambda t: t.has(cues.JSON)),
    ("answer_yes_no", "answer format", "yes or no", lambda t: t.cue("yes_no")),
    ("answer_list", "answer format", "a list", lambda t: t.cue("list_answer")),
    ("answer_long", "answer format", "a long answer", lambda t: t.cue("long_answer")),
    ("scenario_complexity", "scenario", "conditions, names and numbers at once", lambda t: (t.cue("conditional") + t.has(cues.NAME) + t.has(cues.NUMBER)) / 3),
    ("ambiguity", "scenario", "vague words against the length", lambda t: t.cue("vague") * (1 - _log(len(t.words), 200) / 1.5)),
    ("what_happens_next", "lexical cue", "asks what happens next", lambda t: t.cue("what_happens_next")),
    ("probability_words", "lexical cue", "likely, chance, expected", lambda t: t.cue("probability")),
    ("superlatives", "lexical cue", "most, best, first", lambda t: t.cue("superlative")),
    ("comparisons", "lexical cue", "compares", lambda t: t.cue("comparison")),
    ("negations", "lexical cue", "not, except, never", lambda t: t.cue("negation")),
    ("conditionals", "lexical cue", "if, suppose", lambda t: t.cue("conditional")),
    ("causal_words", "lexical cue", "why, because", lambda t: t.cue("causal")),
    ("step_by_step", "lexical cue", "asks to think step by step", lambda t: t.cue("think")),
    ("role_play", "lexical cue", "gives the model a role", lambda t: t.cue("role")),
    ("politeness", "lexical cue", "please, thanks", lambda t: t.cue("politeness")),
    ("needs_reasoning", "routing hint", "reasoning", _reasoning),
    ("needs_context", "routing hint", "a long context", lambda t: min(0.6 * _context(t) + 0.6 * _log(t.full_words, 3000), 1)),
    ("needs_world_knowledge", "routing hint", "world knowledge", lambda t: min(t.any_of("person", "place", "temporal") * 0.7 + t.has(cues.NAME) * 0.4, 1)),
    ("length_characters", "quality indicator", "characters, on a log scale", lambda t: _log(t.full_length, 8000)),
    ("length_words", "quality indicator", "words, on a log scale", lambda t: _log(t.full_words, 1500)),
    ("word_variety", "quality indicator", "share of different words", lambda t: len(set(t.words)) / max(len(t.words), 1)),
    ("word_length", "quality indicator", "characters a word", lambda t: min(sum(map(len, t.words)) / max(len(t.words), 1) / 8, 1.5)),
    ("upper_case", "quality indicator", "share of capitals", lambda t: sum(map(str.isupper, t.text)) / max(len(t.text), 1)),
    ("non_ascii", "quality indicator", "share of characters outside ASCII", lambda t: t.share(cues.NON_ASCII)),
    ("language_english", "quality indicator", "reads like English", lambda t: float(bool({"the", "is", "of", "to", "what", "and", "a"} & set(t.words)))),
    ("language_chinese_japanese", "quality indicator", "Chinese or Japanese script", lambda t: _script(t, cues.CHINESE_JAPANESE)),
    ("language_cyrillic", "quality indicator", "Cyrillic script", lambda t: _script(t, cues.CYRILLIC)),
    ("language_arabic_indic", "quality indicator", "Arabic or Devanagari script", lambda t: max(_script(t, cues.ARABIC), _script(t, cues.DEVANAGARI))),
)  # fmt: skip
_DIFFICULTY = (
    *(
        Feature(f"difficulty_level_{int(level)}", "difficulty", f"the classifier's probability of level {int(level)}")
        for level in DifficultyLevel
    ),
    Feature("difficulty_score", "difficulty", "expected level, 0 for level 1 and 1 for level 3"),
    Feature("difficulty_confidence", "difficulty", "how sure the classifier is of the level"),
)
_CATEGORIES = tuple(
    Feature(f"category: {category.value}", "category", "the classifier's probability") for category in Category
)
FEATURES: tuple[Feature, ...] = (
    *_DIFFICULTY,
    *(Feature(name, group, about) for name, group, about, _ in _TEXT_FEATURES),
    *_CATEGORIES,
)
"""Every feature, in the order of the vector."""
FEATURE_NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)


def prompt_features(prompt: str, profile: TaskProfile | None = None) -> NDArray[np.float32]:
    """Return the features of a prompt, shape (n_features,), in the order of `FEATURES`; mostly within 0 to 1.

    Args:
        prompt: Any text, also an empty or broken one.
        profile: What a classifier says of it; its probabilities are features. Without one they
            are all even.
    """
    text = _Text(prompt)
    values = [compute(text) for _, _, _, compute in _TEXT_FEATURES]
    return np.array([*_difficulty(profile), *values, *_categories(profile)], dtype=np.float32)


def feature_matrix(prompts: Sequence[str], profiles: Sequence[TaskProfile | None]) -> NDArray[np.float32]:
    """Return the features of many prompts, shape (n_prompts, n_features)."""
    rows = [prompt_features(prompt, profile) for prompt, profile in zip(prompts, profiles, strict=True)]
    return np.stack(rows) if rows else np.zeros((0, len(FEATURES)), dtype=np.float32)


def _difficulty(profile: TaskProfile | None) -> list[float]:
    given = profile.level_probabilities if profile else None
    levels = _probabilities(tuple(DifficultyLevel), given, profile.level if profile else None)
    score = (levels[1] + 2 * levels[2]) / 2
    return [*levels, score, max(levels)]


def _categories(profile: TaskProfile | None) -> list[float]:
    given = profile.category_probabilities if profile else None
    return _probabilities(tuple(Category), given, profile.category if profile else None)


def _probabilities(kinds: tuple[_Kind, ...], given: Mapping[_Kind, float] | None, chosen: _Kind | None) -> list[float]:
    """Return one probability a kind: as given, else all on the chosen one, else even."""
    if given:
        return [float(given.get(kind, 0.0)) for kind in kinds]
    if chosen is None:
        return [1 / len(kinds)] * len(kinds)
    return [float(kind == chosen) for kind in kinds]
