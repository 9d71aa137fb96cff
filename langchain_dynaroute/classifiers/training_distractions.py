"""Prompts with something around them that is not the task: the classifier learns to look past it."""

from __future__ import annotations

import base64
import json
import random
import string
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from langchain_dynaroute.classifiers.training_data import LabelledPrompt

_SHARE = 0.35
"""Share of our own prompts that are shown a second time, with a distraction."""
_BEHIND = 0.5
"""How often a claim or a courtesy stands behind the prompt; system prompts stand before it, noise behind."""
_NOISE = "noise"
_HOW_OFTEN = {"system": 5, "claim": 8, "courtesy": 2, _NOISE: 4}


def read_distractions(path: Path) -> dict[str, tuple[str, ...]]:
    """Read texts by kind (`system`, `claim`, `courtesy`) from JSON Lines."""
    kinds: dict[str, list[str]] = {}
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            row = json.loads(line)
            kinds.setdefault(row["kind"], []).append(row["text"])
    return {kind: tuple(texts) for kind, texts in kinds.items()}


def distracted(
    prompts: Sequence[LabelledPrompt], distractions: dict[str, tuple[str, ...]], seed: int
) -> list[LabelledPrompt]:
    """Return copies of some `prompts` with a distraction before or behind; the labels stay as they are."""
    generator = random.Random(seed)  # noqa: S311, a reproducible choice
    kinds = [kind for kind in _HOW_OFTEN if kind == _NOISE or distractions.get(kind)]
    weights = [_HOW_OFTEN[kind] for kind in kinds]
    copies = []
    for place in sorted(generator.sample(range(len(prompts)), round(_SHARE * len(prompts)))):
        kind = generator.choices(kinds, weights)[0]
        text = _noise(generator) if kind == _NOISE else generator.choice(distractions[kind])
        shown = _joined(prompts[place].prompt, text, kind, generator)
        copies.append(replace(prompts[place], prompt=shown, copy_of=place))
    return copies


def _joined(prompt: str, text: str, kind: str, generator: random.Random) -> str:
    between = generator.choice((" ", "\n", "\n\n", "\n---\n"))
    is_behind = kind == _NOISE or (kind != "system" and generator.random() < _BEHIND)
    return between.join((prompt, text) if is_behind else (text, prompt))


def _noise(generator: random.Random) -> str:
    return generator.choice(_NOISES)(generator)


def _letters(alphabet: str) -> Callable[[random.Random], str]:
    return lambda generator: "".join(generator.choices(alphabet, k=generator.randint(20, 160)))


def _encoded(generator: random.Random) -> str:
    return base64.b64encode(generator.randbytes(generator.randint(30, 400))).decode()


def _repeated(generator: random.Random) -> str:
    word = generator.choice(("please ", "ok ", "hard ", "very ", "...", "!!", "la ", "test ", "再", "bitte "))
    return word * generator.randint(10, 400)


_NOISES: tuple[Callable[[random.Random], str], ...] = (
    _letters(f"{string.ascii_lowercase}{string.digits}   "),
    _letters(f"{string.ascii_letters}  "),
    _letters(f"{string.punctuation} "),
    _encoded,
    _repeated,
)
