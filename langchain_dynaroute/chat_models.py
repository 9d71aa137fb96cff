"""A LangChain chat model that is a routing graph inside."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence  # noqa: TC003 - core resolves bind_tools' annotations
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.callbacks import (
    AsyncCallbackManager,
    AsyncCallbackManagerForLLMRun,
    CallbackManager,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import LanguageModelInput, ModelProfile
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage  # noqa: TC002 - the same
from langchain_core.runnables import Runnable, RunnableConfig, ensure_config
from langchain_core.tools import BaseTool  # noqa: TC002 - core resolves bind_tools' annotations
from langchain_core.utils.utils import LC_ID_PREFIX
from langchain_core.utils.uuid import uuid7
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError
from typing_extensions import override

from langchain_dynaroute.cache_keys import own_models, parameter_facts, policy_facts
from langchain_dynaroute.callers import Caller, ResultCaller, StreamCaller
from langchain_dynaroute.candidate_models import CallParameters, CandidateModels
from langchain_dynaroute.chunk_streams import achunks_while, chunks_while
from langchain_dynaroute.errors import DynaRouteError, PoolError
from langchain_dynaroute.pool import ModelPool, RequestNeeds, estimate_tokens
from langchain_dynaroute.structured_output import (
    STRUCTURED_OUTPUT,
    neutral_tools,
    structure_parser,
    structure_request,
    with_parser,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.language_models.base import LangSmithParams
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk, ChatResult

    from langchain_dynaroute.decisions import RoutingDecision
    from langchain_dynaroute.graph import CallContext, RoutingGraph
    from langchain_dynaroute.policy import RoutingPolicy

_CONFIGURABLE = ("router", "model", "fallback")
"""What a call, or `configurable` in its config, may choose."""
_SAMPLING = ("temperature", "max_tokens", "top_p", "seed")
_BUILT_FROM = attrgetter(
    *("router", "pool", "classifier", "graph", "max_fallback_price_ratio", "timeout", "max_retries"),
    *_SAMPLING,
)
"""The fields that the graph and its models are built from."""
_PROFILE_ABILITIES: dict[Literal["tool_calling", "structured_output", "image_inputs"], str] = {
    "tool_calling": "tool_calling",
    "structured_output": "structured_output",
    "image_inputs": "image_input",
}
"""LangChain's name of an ability → ours."""
_RUN_ID = "dynaroute_run_id"
"""The call parameter under which a run's id travels from `stream` to `_stream`."""


@dataclass(frozen=True)
class _Engine:
    """A routing graph, compiled, and the fields it was built from."""

    key: tuple[Any, ...]
    graph: RoutingGraph
    models: CandidateModels
    answering: Any
    deciding: Any

    @classmethod
    def of(cls, key: tuple[Any, ...], graph: RoutingGraph, models: CandidateModels) -> _Engine:
        """Compile a graph; its thread belongs to the host, so it keeps no checkpoints of its own."""
        answering = graph.compile(checkpointer=False, name="dynaroute")
        deciding = graph.deciding().compile(checkpointer=False, name="dynaroute-decide")
        return cls(key, graph, models, answering, deciding)

    def context(self, caller: Caller | None, messages: list[BaseMessage], kwargs: dict[str, Any]) -> CallContext:
        """Return what one run starts from; what `kwargs` choose of the routing is taken out of them."""
        from langchain_dynaroute.graph import CallContext

        choice = {name: kwargs.pop(name) for name in _CONFIGURABLE if name in kwargs}
        needs = RequestNeeds.of(
            messages,
            tool_calling=bool(kwargs.get("tools")),
            structured_output=bool(kwargs.get(STRUCTURED_OUTPUT)),
            response_format=bool(kwargs.get("response_format")),
        )
        return CallContext(
            router=choice.get("router"),
            model=choice.get("model"),
            fallback=bool(choice.get("fallback")),
            caller=caller,
            needs=needs,
            kwargs=kwargs,
            models=self.models,
            graph=self.graph,
        )

    def under(self, run_manager: CallbackManagerForLLMRun | AsyncCallbackManagerForLLMRun | None) -> RunnableConfig:
        """Return a config that lets every candidate fail, and makes the graph a child of this model's run."""
        config = RunnableConfig(recursion_limit=self.graph.most_steps)
        if run_manager is None:
            return config
        kind = AsyncCallbackManager if isinstance(run_manager, AsyncCallbackManagerForLLMRun) else CallbackManager
        manager = kind(handlers=[], parent_run_id=run_manager.run_id)
        manager.set_handlers(run_manager.inheritable_handlers, inherit=True)
        manager.add_tags(run_manager.inheritable_tags)
        manager.add_metadata(run_manager.inheritable_metadata)
        return {**config, "callbacks": manager}


class DynaRouteChatModel(BaseChatModel):
    """A chat model that picks the model for each prompt, and says why.

    Setup:
        Set the key of at least one provider of the pool, such as `OPENAI_API_KEY`. Models
        without a key keep their place in the ranking and are passed over without a request.

    Key init args:
        router: `"optimum"`, `"low-cost"`, `"best-performance"`, the folder of a fitted router, or a `Router`.
        pool: a `ModelPool`, the name of a shipped one (`"flagship"`, the default,
            `"dynaroute-paper"`, `"lightweight"`), a CSV file, or a list of `Candidate`s.
        classifier: a `TaskClassifier`; default is the embedded one, which needs no model.
        graph: what `build_routing_graph` returned, with your own nodes and edges; it brings its
            own router, pool and classifier.
        max_fallback_price_ratio: how many times dearer than the first choice a fallback may be.
        temperature, max_tokens, top_p, seed, stop, timeout, max_retries: go to whichever model
            answers; what that model does not support is dropped.

    Instantiate:
        ```python
        from langchain_dynaroute import DynaRouteChatModel

        llm = DynaRouteChatModel(router="optimum")
        ```

    Invoke:
        ```python
        answer = llm.invoke("Prove that the square root of 2 is irrational.")
        answer.response_metadata["model_name"]
        answer.response_metadata["routing"]["cost_usd"]
        ```

    Decide, without calling any model:
        ```python
        print(llm.decide("Prove that the square root of 2 is irrational.").explain())
        ```

    Force a model for one call:
        ```python
        llm.invoke("Hello", model="GPT-5")
        llm.invoke("Hello", config={"configurable": {"router": "low-cost"}})
        ```

    Response metadata:
        `model_name` and `model_provider` are of the model that answered; `routing` holds the
        decision, every attempt, `cost_usd`, and `cost_usd_best_single`, the cost of the same
        tokens at the best single model of the pool.

    Raises:
        PoolError: for an unknown router, pool or model.
        TableError: for a broken CSV file.
        AllCandidatesFailedError: on a call, when no candidate answered; names each failure.
        InterruptedAnswerError: on a stream, when the answer broke off after its first token.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    router: Any = "optimum"
    pool: Any = None
    classifier: Any = Field(default=None, repr=False)
    graph: Any = Field(default=None, repr=False)
    max_fallback_price_ratio: float | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    top_p: float | None = None
    seed: int | None = None
    stop: list[str] | None = None
    timeout: float | None = Field(default=None, gt=0)
    """Seconds a candidate may take for one answer, or in a stream for its next piece; None is 600."""
    max_retries: int | None = Field(default=None, ge=0)
    """Retries of a LiteLLM candidate before the fallback edge is taken, None is none; a chat model
    given as a candidate keeps the number it was made with."""

    _built: _Engine | None = PrivateAttr(default=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Store the fields; a wrong pool or router is our own error, not pydantic's wrapping of it."""
        try:
            super().__init__(*args, **kwargs)
        except ValidationError as error:
            for detail in error.errors():
                if isinstance(cause := detail.get("ctx", {}).get("error"), DynaRouteError):
                    raise cause from None
            raise

    @override
    def model_post_init(self, context: Any, /) -> None:
        """Build the graph now: a misspelt pool should fail here, not at the first call."""
        from langchain_dynaroute.graph import RoutingGraph

        super().model_post_init(context)
        if self.graph is not None and not isinstance(self.graph, RoutingGraph):
            msg = (
                f"graph is a {type(self.graph).__name__}. Give what build_routing_graph() returned, "
                "before compile(): the chat model compiles it."
            )
            raise PoolError(msg)
        self._engine()

    def _engine(self) -> _Engine:
        """Return the graph, compiled for answering and for deciding; built again if a field has changed."""
        key, built = _BUILT_FROM(self), self._built
        if built is None or built.key != key:
            # Importing LangGraph takes as long as the rest together; the class alone does not need it.
            from langchain_dynaroute.graph import build_routing_graph

            graph = self.graph or build_routing_graph(
                self.router, self.pool, self.classifier, max_fallback_price_ratio=self.max_fallback_price_ratio
            )
            models = CandidateModels(self._parameters().over(graph.models.parameters))
            built = self._built = _Engine.of(key, graph, models)
        return built

    def _parameters(self) -> CallParameters:
        given = {name: getattr(self, name) for name in _SAMPLING if getattr(self, name) is not None}
        return CallParameters(timeout=self.timeout, max_retries=self.max_retries, extra=given)

    @property
    def policy(self) -> RoutingPolicy:
        """The policy in force: pool, router, classifier, bound."""
        return self._engine().graph.policy

    @property
    def model_pool(self) -> ModelPool:
        """The pool in force, whatever `pool` was given as."""
        return self.policy.pool

    def decide(self, prompt: LanguageModelInput, **choice: Any) -> RoutingDecision:
        """Return the decision for a prompt; no model is called and no key is needed.

        Args:
            prompt: A string, messages, or a prompt value.
            **choice: `router=`, `model=` and `fallback=`, as for a call.

        Raises:
            NoEligibleCandidateError: if no candidate may answer.
            PoolError: for an unknown router or model.
        """
        from langchain_dynaroute.graph import decision_of

        engine, messages, context = self._for_decision(prompt, choice)
        state = engine.deciding.invoke({"messages": messages}, context=context)
        return decision_of(state, context)

    async def adecide(self, prompt: LanguageModelInput, **choice: Any) -> RoutingDecision:
        """Return the decision for a prompt, async; see `decide`."""
        from langchain_dynaroute.graph import decision_of

        engine, messages, context = self._for_decision(prompt, choice)
        state = await engine.deciding.ainvoke({"messages": messages}, context=context)
        return decision_of(state, context)

    def _for_decision(
        self, prompt: LanguageModelInput, choice: dict[str, Any]
    ) -> tuple[_Engine, list[BaseMessage], CallContext]:
        messages = _own(self._convert_input(prompt).to_messages())
        engine = self._engine()
        return engine, messages, engine.context(None, messages, choice)

    @override
    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | dict[str, Any] | bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return this model with tools; candidates that cannot call any are excluded.

        The tools are put into each provider's own form when its model is called.
        """
        choice = {} if tool_choice is None else {"tool_choice": tool_choice}
        return self.bind(tools=neutral_tools(tools), **choice, **kwargs)

    @override
    def with_structured_output(
        self,
        schema: dict[str, Any] | type,
        *,
        method: Literal["function_calling", "json_schema", "json_mode"] | None = None,
        include_raw: bool = False,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Return this model giving `schema`; candidates that cannot are excluded.

        Args:
            schema: A Pydantic class, a TypedDict, a JSON schema, or an OpenAI tool.
            method: None asks each candidate in the way that fits it: by JSON schema where its
                provider takes one, else by a tool.
            include_raw: Return `raw`, `parsed` and `parsing_error` instead of raising.
            strict: Passed on, where not None.
            **kwargs: Further parameters of the call.
        """
        wanted = structure_request(schema, method, strict=strict)
        shown = {"kwargs": {"method": method or "automatic"}, "schema": wanted["schema"]}
        model = self.bind(**{STRUCTURED_OUTPUT: wanted}, ls_structured_output_format=shown, **kwargs)
        return with_parser(model, structure_parser(schema), include_raw=include_raw)

    # -- LangChain's side -------------------------------------------------------------------

    @override
    def invoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        config, kwargs = _prepared(config, kwargs)
        return super().invoke(input, config, stop=stop, **kwargs)

    @override
    async def ainvoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        config, kwargs = _prepared(config, kwargs)
        return await super().ainvoke(input, config, stop=stop, **kwargs)

    @override
    def stream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> Iterator[Any]:
        config, kwargs = _prepared(config, kwargs)
        return super().stream(input, config, stop=stop, **kwargs)

    @override
    def astream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        config, kwargs = _prepared(config, kwargs)
        return super().astream(input, config, stop=stop, **kwargs)

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        caller = ResultCaller(run_manager, self._stop(stop))
        messages = _own(messages)
        kwargs.pop(_RUN_ID, None)
        engine = self._engine()
        context = engine.context(caller, messages, kwargs)
        state = engine.answering.invoke({"messages": messages}, engine.under(run_manager), context=context)
        return caller.settled(state["messages"][-1])

    @override
    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        caller = ResultCaller(run_manager, self._stop(stop))
        messages = _own(messages)
        kwargs.pop(_RUN_ID, None)
        engine = self._engine()
        context = engine.context(caller, messages, kwargs)
        state = await engine.answering.ainvoke({"messages": messages}, engine.under(run_manager), context=context)
        return caller.settled(state["messages"][-1])

    @override
    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        messages = _own(messages)
        engine = self._engine()
        run_id = kwargs.pop(_RUN_ID, None)
        answer_id = _heard(f"{LC_ID_PREFIX}-{run_id}" if run_id else None, run_manager)

        def run(caller: StreamCaller) -> None:
            context = engine.context(caller, messages, kwargs)
            state = engine.answering.invoke({"messages": messages}, engine.under(run_manager), context=context)
            caller.settle(state["messages"][-1])

        return chunks_while(run, self._stop(stop), answer_id)

    @override
    def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        messages = _own(messages)
        engine = self._engine()
        run_id = kwargs.pop(_RUN_ID, None)
        answer_id = _heard(f"{LC_ID_PREFIX}-{run_id}" if run_id else None, run_manager)

        async def run(caller: StreamCaller) -> None:
            context = engine.context(caller, messages, kwargs)
            state = await engine.answering.ainvoke({"messages": messages}, engine.under(run_manager), context=context)
            await caller.asettle(state["messages"][-1])

        return achunks_while(run, self._stop(stop), answer_id)

    def _stop(self, stop: list[str] | None) -> list[str] | None:
        return self.stop if stop is None else stop

    @property
    @override
    def _llm_type(self) -> str:
        return "dynaroute"

    @property
    @override
    def _identifying_params(self) -> dict[str, Any]:
        """What an answer depends on, so that a cache never crosses policies or pools; no secrets."""
        engine = self._engine()
        parameters = parameter_facts(engine.models.parameters.extra)
        return {**policy_facts(engine.graph.policy, engine.graph), **parameters}

    @override
    def _get_invocation_params(self, stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        params = super()._get_invocation_params(stop=self._stop(stop), **kwargs)
        params.pop(_RUN_ID, None)
        return params

    @override
    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        """Return the cache key of a call: policy and pool by content, so that no answer crosses them."""
        params = self._get_invocation_params(stop=stop, **kwargs)
        return str([*sorted(params.items()), *own_models(self.policy)])

    @override
    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        """Name the model for tracing: the forced or the only one; else the router, until one has answered."""
        params = super()._get_ls_params(stop=stop, **kwargs)
        pool = self.model_pool
        named = kwargs.get("model")
        known = [item for item in pool if named in {item.name, item.model_id}] if named else list(pool)
        candidate = known[0] if len(known) == 1 else None
        params["ls_provider"] = candidate.provider if candidate else "dynaroute"
        params["ls_model_name"] = candidate.model_id if candidate else str(named or self.policy.router.name)
        return params

    @override
    def _resolve_model_profile(self) -> ModelProfile | None:
        """Return the smallest window of the pool, and which abilities one model has, or none; no word on others."""
        priced = {item.name for item in self.policy.router.left_out(self.model_pool)}
        candidates = [candidate for candidate in self.model_pool if candidate.name not in priced]
        windows = [window for candidate in candidates if (window := candidate.ability("max_input_tokens"))]
        profile = ModelProfile()
        for key, ability in _PROFILE_ABILITIES.items():
            known = [value for item in candidates if (value := item.ability(ability)) is not None]
            if any(known) or len(known) == len(candidates):
                profile[key] = any(known)
        if windows:
            profile["max_input_tokens"] = min(windows)
        return profile

    @override
    def get_num_tokens(self, text: str) -> int:
        """Estimate the tokens of a text, without a tokenizer: each model of the pool has its own."""
        return estimate_tokens(text) if self.custom_get_token_ids is None else super().get_num_tokens(text)

    @override
    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Sequence[Any] | None = None) -> int:
        """Estimate the tokens of messages and tools, without a tokenizer."""
        described = [json.dumps(tool) for tool in neutral_tools(tools or ())]
        return RequestNeeds.of(messages).input_tokens + sum(map(self.get_num_tokens, described))

    # -- saving and loading -----------------------------------------------------------------

    @classmethod
    @override
    def is_lc_serializable(cls) -> bool:
        return True

    @classmethod
    @override
    def get_lc_namespace(cls) -> list[str]:
        return ["langchain_dynaroute", "chat_models"]

    @property
    @override
    def lc_attributes(self) -> dict[str, Any]:
        """Save a pool object as its candidates."""
        return {"pool": list(self.pool.candidates)} if isinstance(self.pool, ModelPool) else {}


def _prepared(config: RunnableConfig | None, kwargs: dict[str, Any]) -> tuple[RunnableConfig, dict[str, Any]]:
    """Add what `configurable` chooses (the call itself comes first), and settle the run's id.

    `_stream` is not told its run, and the answer in the graph's state must have the id of its
    chunks: a host that listens to messages would else see it twice.
    """
    config = ensure_config(config)
    configurable = config.get("configurable") or {}
    chosen = {name: configurable[name] for name in _CONFIGURABLE if configurable.get(name) is not None}
    config["run_id"] = config.get("run_id") or uuid7()
    return config, {**chosen, **kwargs, _RUN_ID: str(config["run_id"])}


def _heard(
    answer_id: str | None, run_manager: CallbackManagerForLLMRun | AsyncCallbackManagerForLLMRun | None
) -> str | None:
    """Tell a host's listeners that they hear this answer from the chat model's own run.

    LangGraph's listeners to messages keep the ids they have seen. For v3 events they learn an
    answer's id only when the run has ended, which is after our node, and would tell it twice.
    """
    for handler in run_manager.handlers if run_manager and answer_id else ():
        if isinstance(seen := getattr(handler, "seen", None), set):
            seen.add(answer_id)
    return answer_id


def _own(messages: list[BaseMessage]) -> list[BaseMessage]:
    """Return copies of the messages without an id: LangGraph would write one into the caller's."""
    return [message if message.id else message.model_copy() for message in messages]
