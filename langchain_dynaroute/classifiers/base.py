"""The seam of every classifier: one prompt, many prompts, and the async path."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

    from langchain_dynaroute.profiles import TaskProfile


NO_ANSWER = "the classifier gave no usable answer"
"""How the `note` of a profile begins when its classifier failed: a cascade then keeps what it had."""


class TaskClassifier(ABC):
    """Says of a prompt which category and level its task has.

    Write `classify`; override `batch` and `aclassify` where there is a faster or a truly async
    way. A classifier never raises on a prompt's text: what it cannot read is Miscellaneous.
    """

    name: str = "classifier"

    @abstractmethod
    def classify(self, prompt: str | Sequence[BaseMessage]) -> TaskProfile:
        """Return the profile of a prompt, or of what a conversation asks now."""

    def batch(self, prompts: Sequence[str | Sequence[BaseMessage]]) -> list[TaskProfile]:
        """Return the profiles of many prompts, in their order."""
        return [self.classify(prompt) for prompt in prompts]

    async def aclassify(self, prompt: str | Sequence[BaseMessage]) -> TaskProfile:
        """Return the profile of a prompt without blocking the event loop."""
        return await asyncio.to_thread(self.classify, prompt)


def as_text(prompt: str | Sequence[Any]) -> str:
    """Return what a prompt asks now: a string as it is, of messages the last human one.

    A conversation without a human message is read from its last message.
    """
    if isinstance(prompt, str):
        return prompt
    human = [message for message in prompt if getattr(message, "type", "") == "human"]
    messages = human or list(prompt)
    return _text_of(messages[-1]) if messages else ""


def _text_of(message: Any) -> str:
    content = getattr(message, "content", message)
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else [content]
    return "\n".join(block if isinstance(block, str) else str(block.get("text", "")) for block in blocks)
