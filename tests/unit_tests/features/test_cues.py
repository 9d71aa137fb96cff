"""Readable features on the layouts and languages people really write in: on where they should be, off where not."""

from __future__ import annotations

import re
import time

import pytest

from langchain_dynaroute.features import FEATURE_NAMES, prompt_features
from langchain_dynaroute.features.cues import CUES

ON = [
    ("multiple_choice", "Find the sum.\n(A)12\n(B)14\n(C)19"),
    ("multiple_choice", "Which one floats?\n1) cork\n2) lead\n3) iron"),
    ("multiple_choice", "Что тяжелее?\nА) пух\nБ) свинец"),
    ("answer_single_character", "Is it ripe? Reply with only the letter."),
    ("scenario_completion", "Mia lent Ana her coat because _ was cold.\nA) Mia\nB) Ana"),
    ("scenario_completion", "A man puts bread into the toaster. He\nA) waits for it.\nB) paints it blue."),
    ("scenario_completion", "Продолжи рассказ о старом маяке."),
    ("commonsense", "The boy put on his shoes. What did he do then?"),
    ("narrative", "他说她不会来了。"),
    ("code", "Write a function to merge two sorted lists."),
    ("code", "what does `git stash` keep"),
    ("code", "let t = 0;\nwhile (t < 3) {\n  t++;\n}"),
    ("code", "用Python写一个函数: 编写代码求和"),
    ("answer_code", "Give me a shell command that lists open ports."),
    ("math", "There are sixty-four hens and nine leave. How many stay?"),
    ("math", "prove sqrt(3) is irrational"),
    ("translation", "How do you say 'see you soon' in Japanese?"),
    ("translation", "Give me the Czech version of the following: good day"),
    ("translation", "この文を英語にしてください"),
    ("translation", "इस वाक्य का अनुवाद कीजिए"),
    ("summarization", "Sum up this chat for me"),
    ("summarization", "لخص هذا النص في جملة"),
    ("creative_writing", "Сочини сонет о зиме"),
    ("debugging", "ValueError: could not read the row"),
    ("debugging", "mein Skript funktioniert nicht"),
    ("rewriting", "Turn this note into a table"),
    ("answer_json", "Return JSON with name and age."),
    ("answer_yes_no", "Do whales sleep?"),
    ("step_by_step", "Explícalo paso a paso."),
    (
        "context_understanding",
        "The mill stood by the river and ground the corn of nine villages. " * 6 + "\nWho owned it?",
    ),
]
OFF = [
    ("multiple_choice", "Annual report\n1. Sales rose\n2. Costs fell\n3. Staff grew"),
    ("scenario_completion", "class Box:\n    def __init__(self):\n        self.x = 1"),
    ("scenario_completion", "while True:\n    for _ in range(3):\n        continue"),
    ("answer_single_character", "The value is only the beginning of it."),
    ("code", "Find the maximum of the function: $y = 3x - x^2$;"),
    ("code", "Find the area. [asy]\ndraw((0,0)--(1,1));\n[/asy]"),
    ("code", "Title\n\n===\n\nA text on rivers."),
    ("answer_code", "For which x is the function zero?"),
    ("math", "It costs $5 and then $9 more for the frame."),
    ("translation", "Which enzyme starts translation of mRNA in a cell?"),
    ("summarization", "The talks will resume on Monday."),
    ("creative_writing", "Write a function to add numbers."),
    ("creative_writing", "Please answer with the letter of the correct option."),
    ("creative_writing", "Напиши SQL запрос для заказов"),
    ("translation", "What does the loop do, in plain English?"),
    ("rewriting", "Which of these is correct?"),
    ("classification", 'label("$A$", (0, 1))'),
    ("planning", "Evaluate the integral."),
    ("moral_judgement", "Simplify \\left( 2x \\right) in a right triangle."),
    ("domain_science", "In general, which generation was first?"),
    ("domain_law_business", "Use the law of cosines."),
    ("role_play", "You are given an array. What is the role of the index?"),
    ("step_by_step", "For what reason do you think so?"),
    ("debugging", "What is the standard error of the mean?"),
    ("context_understanding", "Which of the following is a metal?"),
    ("answer_yes_no", "Can you write a poem?"),
    ("answer_json", "def f(d): return d == {'a': 1}"),
]


def value(name: str, prompt: str) -> float:
    return float(prompt_features(prompt)[FEATURE_NAMES.index(name)])


@pytest.mark.parametrize(("name", "prompt"), ON)
def test_a_feature_is_on(name, prompt):
    """What a person would call by the feature's name has it."""
    assert value(name, prompt) > 0.1


@pytest.mark.parametrize(("name", "prompt"), OFF)
def test_a_feature_is_off(name, prompt):
    """What only looks like it, or shares a word with it, does not."""
    assert value(name, prompt) <= 0.1


def test_cues_are_written_in_lower_case():
    """Cues read lower-case text, so a capital in one would never match."""
    capitals = {name for name, cue in CUES.items() if re.search("[A-Z]", re.sub(r"\\.", "", cue.pattern))}

    assert capitals == set()


@pytest.mark.parametrize(
    "piece", ["a) ", "{", "\n ", "write a ", "_ ", "`", "$", "= ", "file ", '{"', "1. ", "((", "a"]
)
def test_no_text_makes_a_pattern_slow(piece):
    """Text that repeats the beginning of a pattern is read in well under a second."""
    start = time.process_time()
    prompt_features(piece * (8000 // len(piece)))

    assert time.process_time() - start < 0.5
