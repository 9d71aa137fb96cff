"""How a candidate is called: as a step of a graph, or inside a chat model's own run.

Inside a chat model the candidate runs under that model's run manager. A candidate that was
called as a child would be a second model run, and its tokens would be counted twice.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.utils.utils import LC_ID_PREFIX

from langchain_dynaroute.chunk_metadata import ChunkMetadata
from langchain_dynaroute.errors import RoutingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
    from langchain_core.language_models.chat_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import RunnableConfig


class Halted(Exception):  # noqa: N818 - not an error: the reader has gone
    """The reader of a stream has gone; nothing is left to do."""


class Caller(ABC):
    """Calls one candidate after another, and keeps what has reached the user."""

    received: str = ""
    """Text that has left; once it is not empty, no other candidate is called."""
    started: bool = False
    """Whether anything has left, text or tool call."""

    @abstractmethod
    def call(self, model: BaseChatModel, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        """Return a candidate's answer."""

    @abstractmethod
    async def acall(self, model: BaseChatModel, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        """Return a candidate's answer, async."""

    def deliver(self, message: AIMessage) -> None:  # noqa: B027 - a hook
        """Hand over the finished answer with its metadata."""

    async def adeliver(self, message: AIMessage) -> None:
        """Hand over the finished answer, async."""
        self.deliver(message)


class _TokenWatch(BaseCallbackHandler):
    """Notes what a model in a graph has already sent to whoever listens, before they hear of it."""

    run_inline = True

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.metadata = ChunkMetadata()

    def on_llm_new_token(self, token: Any, *, chunk: Any = None, **_: Any) -> None:
        """Note a chunk, and let it say nothing that an earlier one has said: listeners add them up."""
        message = getattr(chunk, "message", None)
        if not isinstance(message, AIMessageChunk):
            self._heard(token if isinstance(token, str) else "", something=bool(token))
            return
        # LangChain has put the chunk's generation info into its metadata; listeners add up both.
        message.response_metadata = self.metadata.add(message.response_metadata)
        chunk.generation_info = {
            key: chunk.generation_info[key] for key in chunk.generation_info or () if key in message.response_metadata
        }
        self._heard(message.text, something=_holds_something(message))

    def on_stream_event(self, event: Any, **_: Any) -> None:
        """Note a v3 event; those between a message's start and its end carry the answer."""
        text = (event.get("delta") or {}).get("text") or ""
        self._heard(text, something=event["event"].startswith("content-block"))

    def _heard(self, text: str, *, something: bool) -> None:
        self.caller.started = self.caller.started or something
        self.caller.received += text


class GraphCaller(Caller):
    """Calls a candidate as a child run of a graph node: LangGraph streams and counts it."""

    def __init__(self, config: RunnableConfig) -> None:
        self.config = config

    def call(self, model: BaseChatModel, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        """Invoke the candidate under the node's callbacks."""
        watch = _TokenWatch(self)
        return _named(model.invoke(messages, self._watched_by(watch), **kwargs), watch)

    async def acall(self, model: BaseChatModel, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        """Invoke the candidate under the node's callbacks, async."""
        watch = _TokenWatch(self)
        return _named(await model.ainvoke(messages, self._watched_by(watch), **kwargs), watch)

    def _watched_by(self, watch: _TokenWatch) -> RunnableConfig:
        callbacks: Any = self.config.get("callbacks")
        if callbacks is None or isinstance(callbacks, list):
            return {**self.config, "callbacks": [watch, *(callbacks or [])]}
        manager = callbacks.copy()
        manager.handlers.insert(0, watch)
        return {**self.config, "callbacks": manager}


def _named(message: AIMessage, watch: _TokenWatch) -> AIMessage:
    """Return the answer with the latest of what its chunks, if it had any, said of it."""
    message.response_metadata |= watch.metadata.whole
    return message


class ResultCaller(Caller):
    """Calls a candidate inside a chat model's `_generate`, under its run manager."""

    def __init__(
        self, run_manager: CallbackManagerForLLMRun | AsyncCallbackManagerForLLMRun | None, stop: list[str] | None
    ) -> None:
        self.run_manager = run_manager
        self.stop = stop
        self.result: ChatResult | None = None

    def call(self, model: BaseChatModel, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        """Generate with the candidate."""
        if model.rate_limiter:
            model.rate_limiter.acquire(blocking=True)
        return self._keep(model._generate(messages, self.stop, self.run_manager, **kwargs))  # type: ignore[arg-type]  # noqa: SLF001

    async def acall(self, model: BaseChatModel, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        """Generate with the candidate, async."""
        if model.rate_limiter:
            await model.rate_limiter.aacquire(blocking=True)
        return self._keep(await model._agenerate(messages, self.stop, self.run_manager, **kwargs))  # type: ignore[arg-type]  # noqa: SLF001

    def _keep(self, result: ChatResult) -> AIMessage:
        self.result = result
        generation = result.generations[0]
        message = generation.message
        own = {**(result.llm_output or {}), **(generation.generation_info or {}), **message.response_metadata}
        message.response_metadata = own
        if not isinstance(message, AIMessage):
            message = AIMessage(**message.model_dump(exclude={"type"}))
        if message.id is None and self.run_manager is not None:
            # The id LangChain would give it: a host graph tells by it that it has seen the answer.
            message.id = f"{LC_ID_PREFIX}-{self.run_manager.run_id}-0"
        return message

    def deliver(self, message: AIMessage) -> None:
        """Let the other generations, if more than one was asked for, tell of the same decision."""
        if self.result is not None:
            for other in self.result.generations[1:]:
                other.message.response_metadata = {**other.message.response_metadata, **message.response_metadata}

    def settled(self, message: BaseMessage) -> ChatResult:
        """Return the result of a run that ended with `message`, which a user's node may have made."""
        others = self.result.generations[1:] if self.result else []
        return ChatResult(generations=[ChatGeneration(message=answer_of(message)), *others])


class StreamCaller(Caller):
    """Calls a candidate inside a chat model's `_stream`; each chunk leaves as it comes.

    Chunks merge by concatenation, so what a candidate says of itself is taken off its chunks
    and sent once, on the last. Empty chunks wait for the first that holds something: until
    then another candidate can still take over unnoticed.
    """

    def __init__(
        self, stop: list[str] | None, emit: Callable[[ChatGenerationChunk], Any], answer_id: str | None = None
    ) -> None:
        self.stop = stop
        self.answer_id = answer_id
        self.emit = emit
        self.halt = threading.Event()
        self._begin()

    def _begin(self) -> None:
        self._last: ChatGenerationChunk | None = None
        self._metadata = ChunkMetadata()
        self._held: list[ChatGenerationChunk] = []
        self._whole: AIMessageChunk | None = None

    def call(self, model: BaseChatModel, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        """Pull the candidate's chunks, and pass each on."""
        self._begin()
        if model.rate_limiter:
            model.rate_limiter.acquire(blocking=True)
        chunks = self._chunks(model, messages, kwargs)
        try:
            for chunk in chunks:
                if self.halt.is_set():
                    raise Halted
                for ready in self._ready(chunk):
                    self.emit(ready)
        finally:
            close = getattr(chunks, "close", None)
            if close:
                close()
        return self._finished()

    async def acall(self, model: BaseChatModel, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        """Pull the candidate's chunks, and pass each on, async."""
        self._begin()
        if model.rate_limiter:
            await model.rate_limiter.aacquire(blocking=True)
        chunks = await self._achunks(model, messages, kwargs)
        try:
            async for chunk in chunks:
                for ready in self._ready(chunk):
                    await self._aemit(ready)
        finally:
            close = getattr(chunks, "aclose", None)
            if close:
                await close()
        return self._finished()

    async def _aemit(self, chunk: ChatGenerationChunk) -> None:
        done: Awaitable[None] | None = self.emit(chunk)
        if done is not None:
            await done

    def _chunks(
        self, model: BaseChatModel, messages: list[BaseMessage], kwargs: dict[str, Any]
    ) -> Iterator[ChatGenerationChunk]:
        if model._should_stream(async_api=False, **{**kwargs, "stream": True}):  # noqa: SLF001
            return model._stream(messages, self.stop, **kwargs)  # noqa: SLF001
        return iter([_as_chunk(model._generate(messages, self.stop, **kwargs))])  # noqa: SLF001

    async def _achunks(
        self, model: BaseChatModel, messages: list[BaseMessage], kwargs: dict[str, Any]
    ) -> AsyncIterator[ChatGenerationChunk]:
        if model._should_stream(async_api=True, **{**kwargs, "stream": True}):  # noqa: SLF001
            return model._astream(messages, self.stop, **kwargs)  # noqa: SLF001
        return _once(_as_chunk(await model._agenerate(messages, self.stop, **kwargs)))  # noqa: SLF001

    def _ready(self, chunk: ChatGenerationChunk) -> list[ChatGenerationChunk]:
        """Take a chunk's metadata off, and return what may leave now."""
        message = chunk.message
        if not isinstance(message, AIMessageChunk):
            message = AIMessageChunk(content=message.content)
        self._metadata.add({**message.response_metadata, **(chunk.generation_info or {})})
        bare = message.model_copy(update={"response_metadata": {}, "chunk_position": None})
        self._whole = bare if self._whole is None else self._whole + bare
        self._held.append(ChatGenerationChunk(message=bare))
        if not self.started and not _holds_something(bare):
            return []
        self.started = True
        self.received += bare.text
        ready, self._held = self._held, []
        return ready

    def _finished(self) -> AIMessage:
        if self._whole is None:
            msg = "the stream ended without a chunk"
            raise ValueError(msg)
        whole = self._whole
        return AIMessage(
            content=whole.content,
            additional_kwargs=whole.additional_kwargs,
            tool_calls=whole.tool_calls,
            invalid_tool_calls=whole.invalid_tool_calls,
            usage_metadata=whole.usage_metadata,
            response_metadata=self._metadata.whole,
            id=whole.id or self.answer_id,
        )

    def deliver(self, message: AIMessage) -> None:
        """Keep the metadata for one last, empty chunk: a user's edge may still lead to another answer."""
        empty: Any = "" if isinstance(message.content, str) else []
        last = AIMessageChunk(content=empty, response_metadata=message.response_metadata, chunk_position="last")
        self._last = ChatGenerationChunk(message=last)

    def settle(self, message: BaseMessage) -> None:
        """End a run with `message`; what a user's node answered in the place of ours is sent whole."""
        for chunk in self._end(message):
            self.emit(chunk)

    async def asettle(self, message: BaseMessage) -> None:
        """End a run with `message`, async."""
        for chunk in self._end(message):
            await self._aemit(chunk)

    def _end(self, message: BaseMessage) -> list[ChatGenerationChunk]:
        return [_whole(message)] if self._last is None else [*self._held, self._last]


def _whole(message: BaseMessage) -> ChatGenerationChunk:
    return _as_chunk(ChatResult(generations=[ChatGeneration(message=answer_of(message))]))


def answer_of(message: BaseMessage) -> AIMessage:
    """Return the answer a run ended with.

    Raises:
        RoutingError: if it ended with something else, which only a user's own node can do.
    """
    if isinstance(message, AIMessage):
        return message
    msg = f"The graph ended without an answer: its last message is of type {message.type!r}."
    raise RoutingError(msg)


def _holds_something(chunk: AIMessageChunk) -> bool:
    """Say whether a chunk carries part of the answer; providers begin with one that only names a role."""
    extra = {key for key, value in chunk.additional_kwargs.items() if value} - {"provider_specific_fields"}
    return bool(chunk.content or chunk.tool_call_chunks or extra)


def _as_chunk(result: ChatResult) -> ChatGenerationChunk:
    generation = result.generations[0]
    fields = generation.message.model_dump(exclude={"type", "tool_calls", "invalid_tool_calls"})
    calls = getattr(generation.message, "tool_calls", [])
    message = AIMessageChunk(
        **fields,
        tool_call_chunks=[
            {"name": call["name"], "args": _json(call["args"]), "id": call["id"], "index": i, "type": "tool_call_chunk"}
            for i, call in enumerate(calls)
        ],
    )
    return ChatGenerationChunk(message=message, generation_info=generation.generation_info)


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


async def _once(chunk: ChatGenerationChunk) -> AsyncIterator[ChatGenerationChunk]:
    yield chunk
