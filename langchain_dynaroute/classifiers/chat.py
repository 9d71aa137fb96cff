"""A classifier that asks a chat model, as the paper does, and never trusts it blindly."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.messages.ai import add_usage
from langgraph.constants import TAG_NOSTREAM
from pydantic import BaseModel, Field, create_model

from langchain_dynaroute.candidate_models import CandidateModels
from langchain_dynaroute.classifiers.base import NO_ANSWER, TaskClassifier, as_text
from langchain_dynaroute.classifiers.instructions import excerpt, instructions
from langchain_dynaroute.errors import describe
from langchain_dynaroute.pool import Candidate
from langchain_dynaroute.pricing import cost_usd, mapped_price
from langchain_dynaroute.profiles import Category, DifficultyLevel, TaskProfile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.language_models.chat_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable, RunnableConfig

    from langchain_dynaroute.pricing import Price

_CONFIG: RunnableConfig = {"tags": [TAG_NOSTREAM], "run_name": "ask for a task profile"}
"""Keeps the classifier's tokens out of the message stream of whoever runs the graph. A run named
like its node would be taken for the node, and its messages sent."""


class ChatModelClassifier(TaskClassifier):
    """Asks a chat model for category and level, by structured output.

    An answer that does not fit is sent back once with the reason; after that, and when the model
    cannot be reached, the prompt is Miscellaneous, level 2, and the profile's `note` says why.
    What it spends is in the profile's `usage` and `cost_usd`: it is the router's own.
    """

    name = "chat-model"

    def __init__(self, model: str | BaseChatModel | Candidate, *, max_characters: int = 6000) -> None:
        """Store the model: a LiteLLM id, a chat model, or a `Candidate` with its own prices.

        Args:
            model: Who is asked.
            max_characters: How much of a long prompt is shown, from its beginning and its end.
        """
        self.candidate = model if isinstance(model, Candidate) else Candidate("classifier", model)
        self.max_characters = max_characters
        self._models = CandidateModels()

    @property
    def version(self) -> str:
        """The model asked, for cache keys."""
        return self.candidate.model_id

    def classify(self, prompt: str | Sequence[BaseMessage]) -> TaskProfile:
        """Return the profile of a prompt; never raises for what the model does."""
        asked = _Inquiry(self._request(prompt))
        try:
            while asked.profile is None:
                asked.read(self._chain().invoke(asked.messages, _CONFIG))
        except Exception as error:  # noqa: BLE001 - a classifier's failure must not fail the request
            asked.give_up(describe(error, self.candidate.secrets()))
        return asked.priced(self._price())

    async def aclassify(self, prompt: str | Sequence[BaseMessage]) -> TaskProfile:
        """Return the profile of a prompt, async; never raises for what the model does."""
        asked = _Inquiry(self._request(prompt))
        try:
            while asked.profile is None:
                asked.read(await self._chain().ainvoke(asked.messages, _CONFIG))
        except Exception as error:  # noqa: BLE001 - a classifier's failure must not fail the request
            asked.give_up(describe(error, self.candidate.secrets()))
        return asked.priced(self._price())

    def _chain(self) -> Runnable[Any, Any]:
        return self._models.get(self.candidate).with_structured_output(_verdict(), include_raw=True)

    def _request(self, prompt: str | Sequence[BaseMessage]) -> list[BaseMessage]:
        text = excerpt(as_text(prompt), self.max_characters)
        return [SystemMessage(instructions()), HumanMessage(f"<prompt>\n{text}\n</prompt>")]

    def _price(self) -> Price:
        own = self.candidate.billing_price
        return own if own.total_usd_per_1m_tokens is not None else mapped_price(self.candidate.model_id)


class _Inquiry:
    """One prompt's way through the model: a question, at most one repair, an outcome."""

    def __init__(self, messages: list[BaseMessage]) -> None:
        self.messages = messages
        self.profile: TaskProfile | None = None
        self._usage: Any = None
        self._repaired = False

    def read(self, outcome: dict[str, Any]) -> None:
        """Take the profile from an outcome, or ask for a repair, or give up."""
        raw = outcome["raw"]
        if isinstance(raw, AIMessage) and raw.usage_metadata:
            self._usage = add_usage(self._usage, raw.usage_metadata)
        parsed = outcome["parsed"]
        if parsed is not None:
            self.profile = TaskProfile(category=str(parsed.category), level=parsed.level)
            return
        reason = " ".join(str(outcome["parsing_error"] or "no category and level in the answer").split())[:300]
        if self._repaired:
            self.give_up(reason)
            return
        self._repaired = True
        self.messages = [
            *self.messages,
            AIMessage(raw.text or "(nothing)"),
            HumanMessage(f"That does not fit: {reason} Try again."),
        ]

    def give_up(self, reason: str) -> None:
        """Settle for Miscellaneous, and say why."""
        note = f"{NO_ANSWER} ({reason}), taken as Miscellaneous"
        self.profile = TaskProfile(category=Category.MISCELLANEOUS, level=DifficultyLevel.MODERATE, note=note)

    def priced(self, price: Price) -> TaskProfile:
        """Return the profile with what it has cost."""
        assert self.profile is not None  # noqa: S101 - read() or give_up() has set it
        if not self._usage:
            return self.profile
        return self.profile.model_copy(update={"usage": dict(self._usage), "cost_usd": cost_usd(self._usage, price)})


@cache
def _verdict() -> type[BaseModel]:
    """Return the structure asked for; the categories are an enumeration, so that a schema can bind them."""
    names = StrEnum("CategoryName", {category.name: category.value for category in Category})  # type: ignore[misc]
    model: type[BaseModel] = create_model(
        "TaskVerdict",
        __doc__="Category and difficulty level of the task in a prompt.",
        category=(names, Field(description="The kind of task")),
        level=(int, Field(ge=1, le=3, description="1 simple, 2 moderate, 3 complex")),
    )
    return model
