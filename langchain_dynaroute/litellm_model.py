"""LiteLLM's chat model, with streams that stop when nobody reads them any more.

Importing this module imports LiteLLM, which takes seconds: `candidate_models` does it on the
first call, and nobody else does.
"""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, Any

# Before the import: LiteLLM would fetch its price map from the network.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

import litellm
from langchain_litellm import ChatLiteLLM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun

litellm.suppress_debug_info = True


class StoppableChatLiteLLM(ChatLiteLLM):  # type: ignore[misc]
    """`ChatLiteLLM` whose streams close their connection when they are closed.

    LiteLLM leaves the connection to the pool, and the provider goes on writing, and billing.
    """

    def completion_with_retry(self, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any) -> Any:
        """Call LiteLLM; a stream comes back wrapped."""
        response = super().completion_with_retry(run_manager=run_manager, **kwargs)
        return _closing(response) if kwargs.get("stream") else response

    async def acompletion_with_retry(
        self, run_manager: AsyncCallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> Any:
        """Call LiteLLM, async; a stream comes back wrapped."""
        response = await super().acompletion_with_retry(run_manager=run_manager, **kwargs)
        return _aclosing(response) if kwargs.get("stream") else response


def _closing(response: Any) -> Iterator[Any]:
    """Yield a stream's chunks; leaving early closes the connection below it."""
    try:
        yield from response
    finally:
        for holder in _holders(response):
            if callable(close := getattr(holder, "close", None)):
                close()


async def _aclosing(response: Any) -> AsyncIterator[Any]:
    """Yield a stream's chunks, async; leaving early closes the connection below it."""
    try:
        async for chunk in response:
            yield chunk
    finally:
        for holder in _holders(response):
            close = getattr(holder, "aclose", None) or getattr(holder, "close", None)
            if callable(close) and inspect.isawaitable(closing := close()):
                await closing


def _holders(response: Any) -> tuple[Any, ...]:
    """Return what may hold the connection of a LiteLLM stream; providers differ."""
    inner = getattr(response, "completion_stream", None)
    return (inner, getattr(inner, "response", None), getattr(inner, "streaming_response", None))
