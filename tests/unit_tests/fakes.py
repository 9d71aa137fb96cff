"""Stand-ins for what a test does not want to run: models, and a classifier that knows the answer."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

from langchain_dynaroute import Candidate, Category, DifficultyLevel, TaskProfile
from langchain_dynaroute.classifiers import TaskClassifier

USAGE = {"input_tokens": 30, "output_tokens": 20, "total_tokens": 50}


class FixedClassifier(TaskClassifier):
    """Gives every prompt the same profile."""

    name = "fixed"

    def __init__(self, category: Category = Category.MATHEMATICS, level: int = 2) -> None:
        self.profile = TaskProfile(category=category, level=DifficultyLevel(level))

    def classify(self, prompt: Any) -> TaskProfile:
        return self.profile

    async def aclassify(self, prompt: Any) -> TaskProfile:
        return self.profile


class FakeModel(BaseChatModel):
    """Answers with its words, fails before the first, or breaks off after some; counts what is pulled."""

    label: str = "fake"
    words: tuple[str, ...] = ("one ", "two ", "three")
    error: str | None = None
    break_after: int | None = None
    delay_s: float = 0.0
    usage: dict[str, Any] | None = Field(default_factory=lambda: dict(USAGE))
    tool_calls: list[dict[str, Any]] = Field(default_factory=list)
    pulled: list[str] = Field(default_factory=list)
    closed: list[str] = Field(default_factory=list)
    """`"sync"` or `"async"` for each stream that was left before its end."""
    calls: list[dict[str, Any]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "fake"

    def _metadata(self) -> dict[str, Any]:
        return {"model_name": self.label, "model_provider": "fake-provider"}

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        self.calls.append({"messages": messages, "stop": stop, **kwargs})
        if self.error:
            raise RuntimeError(self.error)
        message = AIMessage(
            "".join(self.words),
            tool_calls=self.tool_calls,
            usage_metadata=self.usage,
            response_metadata=self._metadata(),
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        self.calls.append({"messages": messages, "stop": stop, **kwargs})
        try:
            for place in range(len(self.words)):
                time.sleep(self.delay_s)
                yield self._chunk(place)
        except GeneratorExit:
            self.closed.append("sync")
            raise

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
        self.calls.append({"messages": messages, "stop": stop, **kwargs})
        try:
            for place in range(len(self.words)):
                await asyncio.sleep(self.delay_s)
                yield self._chunk(place)
        except (GeneratorExit, asyncio.CancelledError):
            self.closed.append("async")
            raise

    def _chunk(self, place: int) -> ChatGenerationChunk:
        if self.error or place == self.break_after:
            raise RuntimeError(self.error or "connection lost")
        self.pulled.append(self.words[place])
        last = place == len(self.words) - 1
        message = AIMessageChunk(
            self.words[place],
            tool_call_chunks=[_call_chunk(index, call) for index, call in enumerate(self.tool_calls) if last],
            usage_metadata=self.usage if last else None,
            response_metadata=self._metadata(),
        )
        return ChatGenerationChunk(message=message)


class Judge(FakeModel):
    """Answers with one tool call after another."""

    tool: str = "TaskVerdict"
    """Of what structure the verdicts are."""
    verdicts: list[dict[str, Any]] = Field(default_factory=list)

    def bind_tools(self, tools, **kwargs):
        return self.bind(tools=tools, **kwargs)

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        self.calls.append({"messages": messages, **kwargs})
        if self.error:
            raise RuntimeError(self.error)
        verdict = self.verdicts[min(len(self.calls), len(self.verdicts)) - 1]
        call = {"name": self.tool, "args": verdict, "id": "1"}
        message = AIMessage("", tool_calls=[call], usage_metadata=self.usage, response_metadata=self._metadata())
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
        return self._generate(messages, stop, run_manager, **kwargs)


class WholeFakeModel(FakeModel):
    """A `FakeModel` that cannot stream."""

    _stream = BaseChatModel._stream
    _astream = BaseChatModel._astream


def _call_chunk(index: int, call: dict[str, Any]) -> dict[str, Any]:
    args = json.dumps(call["args"])
    return {"name": call["name"], "args": args, "id": call["id"], "index": index, "type": "tool_call_chunk"}


def candidate(name: str, price: float = 1.0, *, kind: type[FakeModel] = FakeModel, **fake: Any) -> Candidate:
    """A priced candidate, without scores, that is a `FakeModel` called `name`-model."""
    model = kind(label=f"{name}-model", **fake)
    return Candidate(name, model, input_usd_per_1m_tokens=price, output_usd_per_1m_tokens=price)
