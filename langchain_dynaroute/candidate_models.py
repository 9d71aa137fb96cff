"""From a candidate to the LangChain chat model that is called for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_core.messages import HumanMessage, SystemMessage

from langchain_dynaroute import local_model
from langchain_dynaroute.structured_output import STRUCTURED_OUTPUT, bound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.language_models.chat_models import BaseChatModel
    from langchain_core.messages import BaseMessage

    from langchain_dynaroute.pool import Candidate

DEFAULT_TIMEOUT_S = 600.0
"""LiteLLM's own is 6,000 s, which is as good as none."""


@dataclass(frozen=True)
class CallParameters:
    """Parameters of the user's that go to whichever model answers."""

    timeout: float | None = None
    """Seconds; None is 600 s."""
    max_retries: int | None = None
    """Retries of a LiteLLM candidate before falling back, None is none; a chat model given as
    a candidate keeps its own."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Such as temperature and max_tokens; what a model does not support is dropped."""

    def over(self, other: CallParameters) -> CallParameters:
        """Return these parameters, with `other` where these say nothing."""
        return CallParameters(
            timeout=other.timeout if self.timeout is None else self.timeout,
            max_retries=other.max_retries if self.max_retries is None else self.max_retries,
            extra={**other.extra, **self.extra},
        )


class CandidateModels:
    """The chat models of a pool, made on first use and kept."""

    def __init__(self, parameters: CallParameters | None = None) -> None:
        self.parameters = parameters or CallParameters()
        self._models: dict[str, BaseChatModel] = {}

    def is_loaded(self, candidate: Candidate) -> bool:
        """Say whether `get` returns at once."""
        return not isinstance(candidate.model, str) or candidate.name in self._models

    def get(self, candidate: Candidate) -> BaseChatModel:
        """Return the chat model of a candidate; the first LiteLLM one takes seconds."""
        if not isinstance(candidate.model, str):
            model: BaseChatModel = candidate.model
            return model
        if candidate.name not in self._models:
            self._models[candidate.name] = _litellm_model(candidate, self.parameters)
        return self._models[candidate.name]

    def call_kwargs(self, candidate: Candidate, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return what goes with one call: a LiteLLM model holds its parameters, another is handed them."""
        if isinstance(candidate.model, str):
            return kwargs
        # No `max_retries`: it belongs to such a model's constructor, and its calls refuse it.
        timeout = {} if self.parameters.timeout is None else {"timeout": self.parameters.timeout}
        return {**candidate.call_params, **timeout, **self.parameters.extra, **kwargs}

    def bound_kwargs(self, candidate: Candidate, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return a call's parameters with tools and wanted structure in the candidate's own form."""
        if "tools" not in kwargs and STRUCTURED_OUTPUT not in kwargs:
            return kwargs
        takes_schema = candidate.ability("structured_output") is True
        calls_tools = candidate.ability("tool_calling") is not False
        return bound(self.get(candidate), kwargs, takes_schema=takes_schema, calls_tools=calls_tools)


def prepared(candidate: Candidate, messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Return the messages as a candidate wants them: files in a form LiteLLM reads, a local model with a system message."""
    if not isinstance(candidate.model, str):
        return list(messages)
    neutral = [_neutral(message) for message in messages]
    if candidate.model.startswith(local_model.PREFIX) and not any(message.type == "system" for message in messages):
        return [SystemMessage(local_model.SYSTEM_PROMPT), *neutral]
    return neutral


def _neutral(message: BaseMessage) -> BaseMessage:
    """Return a message with Anthropic's images and documents as LangChain's own blocks, which LiteLLM takes."""
    content = message.content
    if isinstance(content, str) or not any(map(_is_anthropic_file, content)):
        return message
    blocks = [HumanMessage([b]).content_blocks[0] if _is_anthropic_file(b) else b for b in content]
    return message.model_copy(update={"content": blocks})


def _is_anthropic_file(block: Any) -> bool:
    return isinstance(block, dict) and "source" in block


def _litellm_model(candidate: Candidate, parameters: CallParameters) -> BaseChatModel:
    from langchain_dynaroute.litellm_model import StoppableChatLiteLLM

    kwargs = {**candidate.call_params, **parameters.extra}
    kwargs.setdefault("drop_params", True)
    kwargs["max_retries"] = parameters.max_retries or 0
    key = candidate.api_key.get_secret_value() if candidate.api_key else None
    model = candidate.model
    if model.startswith(local_model.PREFIX):
        kwargs["api_base"] = local_model.api_base(model)
        model, key = f"openai/{model.removeprefix(local_model.PREFIX)}", "not-needed"
    base = kwargs.pop("api_base", None) or kwargs.pop("base_url", None)
    return StoppableChatLiteLLM(
        model=model,
        api_key=key,
        api_base=base,
        request_timeout=parameters.timeout or DEFAULT_TIMEOUT_S,
        model_kwargs=kwargs,
    )
