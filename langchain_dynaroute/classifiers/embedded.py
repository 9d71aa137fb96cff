"""The default classifier: words, characters and surface into 29 categories and 3 levels, in microseconds."""

from __future__ import annotations

import asyncio
import threading
from functools import cache
from typing import TYPE_CHECKING

from langchain_dynaroute.classifiers.base import TaskClassifier
from langchain_dynaroute.classifiers.classification_head import CATEGORIES, ClassificationHead
from langchain_dynaroute.classifiers.clean_text import behind_system_prompt
from langchain_dynaroute.classifiers.conversation import Conversation, conversation_of
from langchain_dynaroute.classifiers.text_evidence import evidence_of
from langchain_dynaroute.profiles import Category, DifficultyLevel, TaskProfile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from langchain_core.messages import BaseMessage
    from numpy.typing import NDArray

    from langchain_dynaroute.classifiers.classification_head import Activation
    from langchain_dynaroute.classifiers.text_features import TextFeatures

_SHARE_OF_EARLIER_LEVEL = 0.5
"""How much the level of the conversation counts for a short follow-up ("commit it")."""
_LOADING = threading.Lock()


class EmbeddedClassifier(TaskClassifier):
    """Profiles a prompt with a small model that ships with the package: a linear layer and a network over the words.

    It needs no model, no network and no torch. The weights are read on first use and shared
    by all classifiers of the process. Where it is weak is told in `assets/CARD.md`.
    """

    name = "embedded"

    def __init__(self, folder: Path | None = None) -> None:
        """Store the `folder` of the assets; default are the package's own."""
        self.folder = folder
        self._is_loaded = False

    @property
    def version(self) -> str:
        """Short hash of the weights."""
        return self._head.version

    def parameters(self) -> dict[str, str]:
        """Return what its profiles depend on."""
        return {"version": self.version}

    def __repr__(self) -> str:
        """Show the version: two of the same weights profile alike."""
        return f"{type(self).__name__}({self.version})"

    @property
    def _head(self) -> ClassificationHead:
        with _LOADING:
            return _loaded(self.folder)

    def classify(self, prompt: str | Sequence[BaseMessage]) -> TaskProfile:
        """Return the profile of a prompt, or of what a conversation asks now."""
        conversation = conversation_of(prompt)
        head = self._head
        features = conversation.features(head.vectors)
        if not features.is_readable:
            return _unreadable()
        activation = head.activate(features)
        levels = head.level_probabilities(activation.logits)
        asked = behind_system_prompt(conversation.now)
        if asked != conversation.now:
            levels = head.level_probabilities(
                head.activate(conversation._replace(now=asked).features(head.vectors)).logits
            )
        if conversation.is_follow_up:
            levels = (1 - _SHARE_OF_EARLIER_LEVEL) * levels + _SHARE_OF_EARLIER_LEVEL * _earlier(head, conversation)
        return _profile(head, features, activation, levels)

    async def aclassify(self, prompt: str | Sequence[BaseMessage]) -> TaskProfile:
        """Return the profile; once the weights are read it takes less than handing it to a thread would."""
        if not self._is_loaded:
            await asyncio.to_thread(lambda: self._head)
            self._is_loaded = True
        return self.classify(prompt)


@cache
def _loaded(folder: Path | None) -> ClassificationHead:
    return ClassificationHead.load(folder)


def _earlier(head: ClassificationHead, conversation: Conversation) -> NDArray[np.float64]:
    before = Conversation(conversation.before).features(head.vectors)
    return head.level_probabilities(head.activate(before).logits)


def _profile(
    head: ClassificationHead, features: TextFeatures, activation: Activation, levels: NDArray[np.float64]
) -> TaskProfile:
    categories = head.category_probabilities(activation.logits)
    best = int(categories.argmax())
    return TaskProfile(
        category=CATEGORIES[best],
        level=DifficultyLevel(int(levels.argmax()) + 1),
        category_probabilities=dict(zip(CATEGORIES, categories.tolist(), strict=True)),
        level_probabilities=dict(zip(DifficultyLevel, levels.tolist(), strict=True)),
        evidence=evidence_of(head, features, activation, best),
    )


def _unreadable() -> TaskProfile:
    even = 1 / len(CATEGORIES)
    return TaskProfile(
        category=Category.MISCELLANEOUS,
        level=DifficultyLevel.SIMPLE,
        category_probabilities=dict.fromkeys(CATEGORIES, even),
        level_probabilities={DifficultyLevel.SIMPLE: 0.4, DifficultyLevel.MODERATE: 0.3, DifficultyLevel.COMPLEX: 0.3},
        note="nothing readable in the prompt",
    )
