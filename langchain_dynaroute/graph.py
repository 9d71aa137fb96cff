"""The routing policy as one LangGraph graph: classify, look up, call, fall back."""

from __future__ import annotations

import asyncio
import itertools
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from langchain_core.messages import AnyMessage  # noqa: TC002 - LangGraph reads the annotations at run time
from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.errors import GraphBubbleUp
from langgraph.graph import START, StateGraph, add_messages
from langgraph.runtime import get_runtime
from typing_extensions import TypedDict

from langchain_dynaroute.answers import answer_metadata, routing_record
from langchain_dynaroute.callers import Caller, GraphCaller, Halted
from langchain_dynaroute.candidate_models import CallParameters, CandidateModels, prepared
from langchain_dynaroute.decisions import Attempt, RoutingDecision
from langchain_dynaroute.errors import (
    AllCandidatesFailedError,
    InterruptedAnswerError,
    PoolError,
    describe,
    did_you_mean,
)
from langchain_dynaroute.policy import RoutingPolicy
from langchain_dynaroute.pool import RequestNeeds
from langchain_dynaroute.profiles import TaskProfile
from langchain_dynaroute.structured_output import neutral_tools

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from langchain_core.language_models.chat_models import BaseChatModel
    from langchain_core.messages import AIMessage

    from langchain_dynaroute.classifiers.base import TaskClassifier
    from langchain_dynaroute.pool import Candidate, ModelPool
    from langchain_dynaroute.routers import Router

CLASSIFY, CALL_MODEL, FALL_BACK = "classify", "call_model", "fall_back"


class RoutingInput(TypedDict):
    """What the graph is given."""

    messages: Annotated[list[AnyMessage], add_messages]


class RoutingState(RoutingInput, total=False):
    """What the nodes pass on; plain JSON values besides the messages, so that any checkpointer keeps it."""

    profile: dict[str, Any]
    """A `TaskProfile` as JSON; a node may also return the object."""
    decision: dict[str, Any]
    """A `RoutingDecision` as JSON; a node may also return the object."""
    position: int
    """Place in the ranking of the candidate to call, from 0."""
    attempts: list[dict[str, Any]]
    """The `Attempt`s of this run so far, as JSON."""


@dataclass
class RoutingContext:
    """What a run may choose for itself; Studio shows it as a form."""

    router: Literal["optimum", "low-cost", "best-performance"] | None = None
    model: str | None = None
    """A candidate's name or LiteLLM id, to force it."""
    fallback: bool = False
    """Whether the ranking follows as fallback behind a forced model."""


@dataclass
class CallContext(RoutingContext):
    """A run inside a chat model: how to call, and what the request needs."""

    caller: Caller | None = None
    needs: RequestNeeds | None = None
    kwargs: dict[str, Any] = field(default_factory=dict)
    models: CandidateModels | None = None
    """The chat models of the pool, with the chat model's own parameters."""
    graph: RoutingGraph | None = None
    """Whose context this is; a routing graph nested in a node of this one must not take it."""
    decided: tuple[dict[str, Any], RoutingDecision] | None = None
    """What our own node has put into the state, and the decision it is of: need not be read back from it."""


class RoutingGraph(StateGraph[RoutingState, RoutingContext, RoutingInput, RoutingState]):
    """A `StateGraph` that still knows the policy it was built from."""

    policy: RoutingPolicy
    models: CandidateModels
    call_kwargs: dict[str, Any]
    """What goes with every call of a run that no chat model has begun, such as tools."""
    as_built: object = None
    """Its parts as `build_routing_graph` made them, if no node is a user's."""
    token: str = ""
    """Made up for each graph: two graphs with nodes of a user's are never taken for the same."""

    @property
    def parts(self) -> object:
        """The nodes themselves, and the edges, for comparing."""
        branches = {start: set(branches) for start, branches in self.branches.items()}
        return {name: id(node) for name, node in self.nodes.items()}, set(self.edges), branches

    @property
    def fingerprint(self) -> str:
        """Empty for the graph as it comes; a changed one's own name for a cache: nobody can read what a node does."""
        return "" if self.parts == self.as_built else f"{self.token}-{sorted(self.nodes)}-{sorted(self.edges)}"

    @property
    def most_steps(self) -> int:
        """How many steps a run takes when every candidate fails, nodes before each call counted in."""
        return 2 + (len(self.nodes) + 1) * len(self.policy.pool)

    def deciding(self) -> StateGraph[RoutingState, RoutingContext, RoutingInput, RoutingState]:
        """Return the part of this graph that decides, with the same nodes, to run on its own."""
        names = [name for name in (CLASSIFY, self.policy.router.node_name) if name in self.nodes]
        part: Any = StateGraph(RoutingState, context_schema=RoutingContext, input_schema=RoutingInput)
        for name in names:
            part.add_node(name, self.nodes[name].runnable)
        for start, end in itertools.pairwise([START, *names]):
            part.add_edge(start, end)
        decided: StateGraph[RoutingState, RoutingContext, RoutingInput, RoutingState] = part
        return decided


class _Node(Runnable[RoutingState, dict[str, Any]]):
    """A graph node with a sync and an async way, and no run of its own in the trace."""

    def __init__(
        self,
        name: str,
        call: Callable[[RoutingState, RunnableConfig], dict[str, Any]],
        acall: Callable[[RoutingState, RunnableConfig], Any] | None = None,
    ) -> None:
        self.name = name
        self._call = call
        self._acall = acall

    def invoke(self, input: RoutingState, config: RunnableConfig | None = None, **_: Any) -> dict[str, Any]:  # noqa: A002 - Runnable's name
        return self._call(input, config or {})

    async def ainvoke(self, input: RoutingState, config: RunnableConfig | None = None, **_: Any) -> dict[str, Any]:  # noqa: A002 - Runnable's name
        if self._acall is None:
            return self._call(input, config or {})
        result: dict[str, Any] = await self._acall(input, config or {})
        return result


def build_routing_graph(  # noqa: PLR0913 - the public knobs of a policy
    router: Router | str | Path = "optimum",
    pool: ModelPool | str | Path | Iterable[Candidate] | None = None,
    classifier: TaskClassifier | None = None,
    *,
    max_fallback_price_ratio: float | None = None,
    parameters: CallParameters | None = None,
    tools: Sequence[Any] | None = None,
    nodes: Mapping[str, Any] | None = None,
    before_call: Mapping[str, Any] | None = None,
) -> RoutingGraph:
    """Return the routing graph, uncompiled, so that nodes and edges can be added.

    Args:
        router: `"optimum"`, `"low-cost"`, `"best-performance"`, the folder of a fitted router, or a `Router`.
        pool: A `ModelPool`, a shipped pool's name, a CSV file, or candidates; default `"flagship"`.
        classifier: Default is the embedded one.
        max_fallback_price_ratio: A fallback may cost at most this many times the first choice.
        parameters: Timeout, retries and sampling parameters for whichever model answers.
        tools: Tools that whichever model answers may call, when the graph runs on its own or as
            a subgraph; inside a chat model, `bind_tools` says so.
        nodes: Node name → plain function or Runnable that takes its place. `classify` returns
            `{"profile": …}`; `look_up_tier` `{"decision": …, "position": 0, "attempts": []}`;
            `call_model` `{"messages": […]}`; `fall_back` `{"position": …}`.
        before_call: Node name → function or Runnable, put in this order before every call, first
            choice and fallback alike: an approval, a budget, a log.

    Returns:
        A `StateGraph` over `RoutingState`. Compile it, add to it, or hand it to
        `DynaRouteChatModel(graph=…)`.

    Raises:
        PoolError: for an unknown router, pool, or node name.
        RouterError: for a folder that holds no router that can be loaded.
        TableError: for a broken CSV file.
    """
    policy = RoutingPolicy.of(router, pool, classifier, max_fallback_price_ratio)
    graph = RoutingGraph(RoutingState, context_schema=RoutingContext, input_schema=RoutingInput)
    graph.policy, graph.models = policy, CandidateModels(parameters)
    graph.call_kwargs = {"tools": neutral_tools(tools)} if tools else {}
    steps = _Steps(graph)
    decide = policy.router.node_name
    own: dict[str, Any] = {
        CLASSIFY: _Node(CLASSIFY, steps.classify, steps.aclassify),
        decide: _Node(decide, steps.decide, steps.adecide),
        CALL_MODEL: _Node(CALL_MODEL, steps.call_model, steps.acall_model),
        FALL_BACK: _Node(FALL_BACK, steps.fall_back),
    }
    if not policy.router.needs_profile:
        del own[CLASSIFY]
    between = dict(before_call or {})
    for name, node in {**own, **_known(nodes or {}, own), **between}.items():
        graph.add_node(name, node)
    line = [START, *([CLASSIFY] if CLASSIFY in own else []), decide, *between, CALL_MODEL]
    for start, end in itertools.pairwise(line):
        graph.add_edge(start, end)
    graph.add_conditional_edges(CALL_MODEL, after_call)
    graph.add_edge(FALL_BACK, next(iter(between), CALL_MODEL))
    graph.token, graph.as_built = uuid.uuid4().hex, None if nodes or between else graph.parts
    return graph


def after_call(state: RoutingState) -> Literal["fall_back", "__end__"]:
    """Take the fallback edge when the last attempt did not answer."""
    attempts = state.get("attempts") or []
    return "fall_back" if attempts and attempts[-1]["status"] in {"failed", "skipped"} else "__end__"


def _known(nodes: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in nodes:
        if name not in own:
            msg = f"The graph has no node {name!r} to replace.{did_you_mean(name, own)}"
            raise PoolError(msg)
    return nodes


def decision_of(state: Mapping[str, Any], context: CallContext | None = None) -> RoutingDecision:
    """Return the decision in a state, from its JSON form unless that is what our own node made in this `context`."""
    if context and context.decided and context.decided[0] is state["decision"]:
        return context.decided[1]
    return RoutingDecision.model_validate(state["decision"])


class _Steps:
    """What the nodes do."""

    def __init__(self, graph: RoutingGraph) -> None:
        self.graph = graph
        self._is_warm = False

    def classify(self, state: RoutingState, _: RunnableConfig) -> dict[str, Any]:
        return {"profile": _profile_json(self.graph.policy.classifier.classify(state["messages"]))}

    async def aclassify(self, state: RoutingState, _: RunnableConfig) -> dict[str, Any]:
        return {"profile": _profile_json(await self.graph.policy.classifier.aclassify(state["messages"]))}

    async def adecide(self, state: RoutingState, config: RunnableConfig) -> dict[str, Any]:
        if self._is_warm and not self.graph.policy.pool.looks_at_disk:
            return self.decide(state, config)
        update = await asyncio.to_thread(self.decide, state, config)
        self._is_warm = True
        return update

    def decide(self, state: RoutingState, _: RunnableConfig) -> dict[str, Any]:
        context = self._context()
        policy = self.graph.policy.with_router(context.router)
        profile = TaskProfile.model_validate(state["profile"]) if state.get("profile") else None
        needs = context.needs or RequestNeeds.of(state["messages"], tool_calling="tools" in context.kwargs)
        decision = policy.decide(state["messages"], profile, needs, model=context.model, fallback=context.fallback)
        context.decided = decision.to_json(), decision
        return {"decision": context.decided[0], "position": 0, "attempts": []}

    def call_model(self, state: RoutingState, config: RunnableConfig) -> dict[str, Any]:
        call = _Call(self.graph, self._context(), state, config)
        if call.missing:
            return call.skipped()
        try:
            model = call.models.get(call.candidate)
            kwargs = call.models.bound_kwargs(call.candidate, call.kwargs)
            call.start()
            message = call.caller.call(model, call.messages, kwargs)
        except (GraphBubbleUp, Halted):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a provider raises, the next may answer
            return call.failed(error)
        update = call.answered(message)
        call.caller.deliver(message)
        return update

    async def acall_model(self, state: RoutingState, config: RunnableConfig) -> dict[str, Any]:
        call = _Call(self.graph, self._context(), state, config)
        if call.missing:
            return call.skipped()
        try:
            model = await call.load()
            kwargs = call.models.bound_kwargs(call.candidate, call.kwargs)
            call.start()
            message = await call.caller.acall(model, call.messages, kwargs)
        except (GraphBubbleUp, Halted):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a provider raises, the next may answer
            return call.failed(error)
        update = call.answered(message)
        await call.caller.adeliver(message)
        return update

    def fall_back(self, state: RoutingState, _: RunnableConfig) -> dict[str, Any]:
        return {"position": state["position"] + 1}

    def _context(self) -> CallContext:
        """Return this run's context; a host's own context object counts for what it has in common."""
        given = get_runtime().context
        if isinstance(given, CallContext) and given.graph is self.graph:
            return given
        kwargs = self.graph.call_kwargs
        if isinstance(given, CallContext) or given is None:
            return CallContext(kwargs=kwargs)
        pick = given.get if isinstance(given, dict) else lambda name: getattr(given, name, None)
        return CallContext(router=pick("router"), model=pick("model"), fallback=bool(pick("fallback")), kwargs=kwargs)


class _Call:
    """One call of one candidate: what it starts from, and the three ways it can end."""

    def __init__(self, graph: RoutingGraph, context: CallContext, state: RoutingState, config: RunnableConfig) -> None:
        self.policy = graph.policy
        self.decision = decision_of(state)
        self.position = state.get("position") or 0
        self.before = [Attempt.model_validate(item) for item in state.get("attempts") or []] if self.position else []
        if self.position >= len(self.decision.ranking):
            raise AllCandidatesFailedError(self.before)
        self.candidate = self.policy.pool[self.decision.ranking[self.position].name]
        self.missing = self.candidate.missing()
        self.caller = context.caller or GraphCaller(config)
        self.messages = prepared(self.candidate, state["messages"])
        self.models = context.models or graph.models
        self.kwargs = self.models.call_kwargs(self.candidate, context.kwargs)
        self._started = time.perf_counter()

    async def load(self) -> BaseChatModel:
        """Return the candidate's chat model; LiteLLM and a local server would block the event loop while they load."""
        if self.models.is_loaded(self.candidate):
            return self.models.get(self.candidate)
        return await asyncio.to_thread(self.models.get, self.candidate)

    def start(self) -> None:
        """Start the clock, now that the model is loaded."""
        self._started = time.perf_counter()

    def skipped(self) -> dict[str, Any]:
        """Record this candidate, and those right behind it, that are not in reach: no request is made.

        One step for all of them: a pool without keys would else use up a run's recursion limit.
        """
        skipped = []
        for item in self.decision.ranking[self.position :]:
            missing = self.policy.pool[item.name].missing()
            if missing is None:
                break
            skipped.append(Attempt(name=item.name, status="skipped", error=f"missing {missing}"))
        return self._go_on(*skipped)

    def failed(self, error: Exception) -> dict[str, Any]:
        """Record a failure; once something has left, it is the end.

        Raises:
            InterruptedAnswerError: if part of the answer is already with the user.
            AllCandidatesFailedError: if this was the last candidate.
        """
        text = describe(error, self.candidate.secrets())
        if self.caller.started:
            attempts = [*self.before, self._attempt("interrupted", text)]
            raise InterruptedAnswerError(self.candidate.name, self.caller.received, text, attempts) from None
        return self._go_on(self._attempt("failed", text))

    def answered(self, message: AIMessage) -> dict[str, Any]:
        """Record an answer, and write into it who gave it, why, and what it cost."""
        attempts = [*self.before, self._attempt("answered")]
        routing = routing_record(self.decision, attempts, message.usage_metadata, self.candidate, self.policy)
        message.response_metadata = answer_metadata(message.response_metadata, self.candidate, routing)
        return {"messages": [message], "attempts": _as_json(attempts)}

    def _go_on(self, *passed: Attempt) -> dict[str, Any]:
        attempts = [*self.before, *passed]
        last = self.position + len(passed) - 1
        if last + 1 >= len(self.decision.ranking):
            raise AllCandidatesFailedError(attempts) from None
        return {"attempts": _as_json(attempts), "position": last}

    def _attempt(self, status: Literal["answered", "failed", "interrupted"], error: str | None = None) -> Attempt:
        seconds = round(time.perf_counter() - self._started, 4)
        return Attempt(name=self.candidate.name, status=status, error=error, latency_s=seconds)


def _as_json(attempts: list[Attempt]) -> list[dict[str, Any]]:
    return [attempt.model_dump(mode="json", exclude_none=True) for attempt in attempts]


def _profile_json(profile: TaskProfile) -> dict[str, Any]:
    return profile.model_dump(mode="json", exclude_none=True)
