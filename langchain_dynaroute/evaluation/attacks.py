"""How often an attack on a prompt moves the level that a classifier gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.classifiers.difficulty_attacks import ATTACKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_dynaroute.evaluation.labelled_prompts import PromptTable

ATTACKED = 200
"""Prompts that are attacked unless a number is given."""


@dataclass(frozen=True)
class AttackFigures:
    """What one attack did to the levels of some prompts, as shares of them."""

    attack: str
    prompts: int
    moved_up: float
    moved_down: float

    @property
    def moved(self) -> float:
        """Share of prompts whose level moved at all."""
        return self.moved_up + self.moved_down


def attacked(
    table: PromptTable,
    classifier: Any,
    progress: Callable[[str, int, int], None] = lambda _what, _done, _total: None,
) -> tuple[AttackFigures, ...]:
    """Return what each attack does to the level of the prompts, read without the turns before them."""
    prompts = [row.prompt for row in table.rows]
    plain = [int(classifier.classify(prompt).level) for prompt in prompts]
    found = []
    for done, (name, attack) in enumerate(ATTACKS.items(), start=1):
        levels = [int(classifier.classify(attack(prompt)).level) for prompt in prompts]
        found.append(_compared(name, plain, levels))
        progress("Attacking prompts", done, len(ATTACKS))
    return tuple(found)


def _compared(name: str, plain: Sequence[int], levels: Sequence[int]) -> AttackFigures:
    pairs = list(zip(plain, levels, strict=True))
    up, down = sum(b > a for a, b in pairs), sum(b < a for a, b in pairs)
    return AttackFigures(name, len(pairs), up / len(pairs), down / len(pairs))
