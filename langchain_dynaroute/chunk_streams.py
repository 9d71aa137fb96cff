"""Chunks of a graph that runs, while it runs.

A queue of our own carries them, not the graph's `custom` stream: a host graph would see that too.
The graph waits until a chunk is taken: it reads no further ahead of its reader than it must, and a
host that listens has heard the last token before it sees the node end.
"""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.callers import Halted, StreamCaller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from langchain_core.outputs import ChatGenerationChunk

_JOIN_SECONDS = 1.0
"""How long a closed stream waits for its worker, which stops at its next chunk."""
_LOOK_UP_SECONDS = 0.5
"""How often a worker whose chunk nobody takes looks whether anybody still reads."""


def chunks_while(
    run: Callable[[StreamCaller], Any], stop: list[str] | None, answer_id: str | None
) -> Iterator[ChatGenerationChunk]:
    """Yield what a `StreamCaller` emits while `run` works with it in a thread.

    Closing the iterator tells the caller to halt, which closes the candidate's stream.
    """
    arrived: queue.SimpleQueue[ChatGenerationChunk | BaseException | None] = queue.SimpleQueue()
    taken = threading.Semaphore(0)

    def emit(chunk: ChatGenerationChunk) -> None:
        if caller.halt.is_set():
            raise Halted
        arrived.put(chunk)
        while not taken.acquire(timeout=_LOOK_UP_SECONDS):
            if caller.halt.is_set():
                raise Halted

    caller = StreamCaller(stop, emit, answer_id)

    def work() -> None:
        try:
            run(caller)
            arrived.put(None)
        except BaseException as error:  # noqa: BLE001 - raised again where the stream is read
            arrived.put(error)

    worker = threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True)
    worker.start()
    try:
        while (item := arrived.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
            taken.release()
    finally:
        caller.halt.set()
        taken.release()
        worker.join(_JOIN_SECONDS)


async def achunks_while(
    run: Callable[[StreamCaller], Awaitable[Any]], stop: list[str] | None, answer_id: str | None
) -> AsyncIterator[ChatGenerationChunk]:
    """Yield what a `StreamCaller` emits while `run` works with it in a task; closing cancels it."""
    arrived: asyncio.Queue[ChatGenerationChunk | None] = asyncio.Queue()
    taken = asyncio.Semaphore(0)

    async def emit(chunk: ChatGenerationChunk) -> None:
        await arrived.put(chunk)
        await taken.acquire()

    running = asyncio.ensure_future(run(StreamCaller(stop, emit, answer_id)))
    running.add_done_callback(lambda _: arrived.put_nowait(None))
    try:
        while (chunk := await arrived.get()) is not None:
            yield chunk
            taken.release()
        await running
    finally:
        if not running.done():
            running.cancel()
            await asyncio.wait([running])
