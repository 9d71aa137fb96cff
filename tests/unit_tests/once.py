"""Whoever asks, however, and wherever: what is told and counted of one answer, for the tests that it is once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

from langchain.agents import create_agent
from langchain_core.callbacks import BaseCallbackHandler, UsageMetadataCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.tracers.base import BaseTracer
from langgraph.graph import START, MessagesState, StateGraph

WAYS = ("invoke", "ainvoke", "stream", "astream", "batch", "abatch", "v2 events", "v3 events", "v3 aevents")
CASES = [
    (host, way, subgraphs)
    for host in ("alone", "node", "subgraph", "agent")
    for way in WAYS
    for subgraphs in ((False, True) if "stream" in way and host != "alone" else (False,))
]
"""Host, way, and whether a stream tells of subgraphs."""
_PATIENCE_S = 20.0
MODES = ["messages", "updates", "custom", "values"]


class Counts(BaseCallbackHandler):
    """Counts what callbacks hear of model runs."""

    run_inline = True

    def __init__(self) -> None:
        self.started, self.ended, self.failed = 0, 0, 0

    def on_chat_model_start(self, serialized, messages, **_):
        self.started += 1

    def on_llm_end(self, response, **_):
        self.ended += 1

    def on_llm_error(self, error, **_):
        self.failed += 1


class Trace(BaseTracer):
    """Keeps the runs of a trace."""

    def __init__(self) -> None:
        super().__init__()
        self.roots = []

    def _persist_run(self, run) -> None:
        self.roots.append(run)

    def model_runs(self, runs=None) -> list:
        """Return the chat model runs, however deep, that did not fail."""
        runs = self.roots if runs is None else runs
        return [
            found
            for run in runs
            for found in (*([run] if _is_model(run) and not run.error else []), *self.model_runs(run.child_runs))
        ]


def _is_model(run) -> bool:
    return run.run_type in {"llm", "chat_model"}


@dataclass
class Told:
    """What was told in one asking."""

    counts: Counts = field(default_factory=Counts)
    trace: Trace = field(default_factory=Trace)
    usage: UsageMetadataCallbackHandler = field(default_factory=UsageMetadataCallbackHandler)
    text: str = ""
    """All the text of the answer that was heard, one piece behind the other; as it ended where nothing is streamed."""
    answers: list[AIMessage] = field(default_factory=list)
    """The answers, with their records, where the asking ended."""
    state: dict[str, Any] = field(default_factory=dict)
    """Where a host graph ended."""
    custom: list[Any] = field(default_factory=list)
    """What the host's `custom` stream carried."""

    @property
    def config(self) -> dict[str, Any]:
        """The config that tells it all."""
        return {"callbacks": [self.counts, self.trace, self.usage]}

    @property
    def tokens(self) -> dict[str, tuple[int, int]]:
        """Model → tokens in and out, as the usage handler counts them."""
        return {name: (use["input_tokens"], use["output_tokens"]) for name, use in self.usage.usage_metadata.items()}

    @property
    def cost_usd(self) -> float:
        """What the answers say that they cost."""
        return sum(answer.response_metadata["routing"]["cost_usd"] for answer in self.answers)


# -- hosts ----------------------------------------------------------------------------------


def alone(llm: BaseChatModel) -> Any:
    """Nobody but the chat model."""
    return llm


def in_a_node(llm: BaseChatModel) -> Any:
    """A graph with the chat model in its node."""

    def ask(state, config):
        return {"messages": [llm.invoke(state["messages"], config)]}

    async def aask(state, config):
        return {"messages": [await llm.ainvoke(state["messages"], config)]}

    return graph_of(RunnableLambda(ask, afunc=aask))


def as_a_subgraph(llm: Any) -> Any:
    """A graph with the routing graph, alone, as its node."""
    return graph_of(llm._engine().graph.compile())


def in_an_agent(llm: BaseChatModel) -> Any:
    """LangChain's agent around the chat model."""
    return create_agent(llm, [])


def graph_of(node: Any) -> Any:
    """A graph of one node."""
    graph = StateGraph(MessagesState)
    graph.add_node("answer", node)
    graph.add_edge(START, "answer")
    return graph.compile()


HOSTS = {"alone": alone, "node": in_a_node, "subgraph": as_a_subgraph, "agent": in_an_agent}


# -- asking ---------------------------------------------------------------------------------


async def asked(host: Any, way: str, prompt: str, *, subgraphs: bool = False) -> Told:
    """Ask a host in one of the ways, and return what was told."""
    told, is_graph = Told(), not isinstance(host, BaseChatModel)
    given = {"messages": [("user", prompt)]} if is_graph else prompt
    if way in {"invoke", "ainvoke", "batch", "abatch"}:
        _end(told, await _whole(host, way, given, told.config))
        told.text = "".join(answer.text for answer in told.answers)
    elif way == "v2 events":
        _hear_v2(told, [event async for event in host.astream_events(given, told.config, version="v2")])
    elif way in {"v3 events", "v3 aevents"}:
        await _v3(told, host, way, given, is_graph=is_graph)
    elif is_graph:
        _hear_parts(told, await _parts(host, way, given, told.config, stream_mode=MODES, subgraphs=subgraphs))
    else:
        chunks = await _parts(host, way, given, told.config)
        told.text = "".join(chunk.text for chunk in chunks)
        told.answers = [reduce(add, chunks)]
    # LangChain tells of a model's end a little after the last of its async v3 events.
    async with asyncio.timeout(_PATIENCE_S):
        while told.counts.ended < told.counts.started - told.counts.failed:  # noqa: ASYNC110 - it happens in LangChain
            await asyncio.sleep(0.01)
    return told


async def _whole(host: Any, way: str, given: Any, config: Any) -> Any:
    one = not way.endswith("batch")
    call = getattr(host, way)
    given = given if one else [given]
    answer = await (call(given, config) if way.startswith("a") else asyncio.to_thread(call, given, config))
    return answer if one else answer[0]


async def _parts(host: Any, way: str, given: Any, config: Any, **more: Any) -> list:
    if way == "stream":
        return await asyncio.to_thread(lambda: list(host.stream(given, config, **more)))
    return [part async for part in host.astream(given, config, **more)]


def _end(told: Told, ended: Any) -> None:
    told.state = {"messages": [ended]} if isinstance(ended, BaseMessage) else ended
    told.answers = [message for message in told.state["messages"] if isinstance(message, AIMessage)]


def _hear_parts(told: Told, parts: list) -> None:
    of = {mode: [part[-1] for part in parts if part[-2] == mode] for mode in MODES}
    told.text = "".join(message.text for message, _ in of["messages"] if message.type in {"ai", "AIMessageChunk"})
    told.custom = of["custom"]
    _end(told, next(part[-1] for part in reversed(parts) if part[-2] == "values" and part[:-2] in {(), ((),)}))


def _hear_v2(told: Told, events: list) -> None:
    told.text = "".join(event["data"]["chunk"].text for event in events if event["event"] == "on_chat_model_stream")
    _end(told, events[-1]["data"]["output"])


async def _v3(told: Told, host: Any, way: str, given: Any, *, is_graph: bool) -> None:
    if way == "v3 events":
        stream = await asyncio.to_thread(lambda: host.stream_events(given, told.config, version="v3"))
        events = await asyncio.to_thread(list, stream)
        ended = stream.output
    else:
        stream = await host.astream_events(given, told.config, version="v3")
        events = [event async for event in stream]
        ended = await (stream.output() if is_graph else stream.output)
    _end(told, ended)
    if is_graph:
        told.custom = [event for event in events if event["method"] == "custom"]
        events = [event["params"]["data"][0] for event in events if event["method"] == "messages"]
    told.text = "".join(map(_text_of, events))


def _text_of(event: Any) -> str:
    if isinstance(event, BaseMessage):
        return event.text
    return (event.get("delta") or {}).get("text") or ""
