"""What the README says can be swapped or added, beyond the nodes one by one: a router, an edge back, the whole graph."""

import asyncio
from functools import reduce
from operator import add

import pytest
from fakes import USAGE, FixedClassifier, candidate
from langchain_core.callbacks import UsageMetadataCallbackHandler
from langgraph.graph import START, MessagesState, StateGraph

from langchain_dynaroute import DynaRouteChatModel, ScoredCandidate, build_routing_graph
from langchain_dynaroute.routers import Router

PROMPT = "How many primes are there?"
ANSWER = "one two three"
WAYS = ("invoke", "ainvoke", "stream", "astream")


class Cheapest(Router):
    """Ranks by price alone."""

    name = "cheapest"
    needs_profile = False

    def rank(self, prompt, profile, pool):
        """Return the candidates, the cheapest first."""
        by_price = sorted(pool, key=lambda each: each.price.total_usd_per_1m_tokens)
        return tuple(ScoredCandidate(name=each.name, reason="list price") for each in by_price)


def after_empty_answer(state):
    """Take the fallback edge after an empty answer."""
    last = state["messages"][-1]
    return "fall_back" if last.type == "ai" and not last.text else "__end__"


async def ask(llm, way, config=None):
    """Ask in one of the four ways."""
    if way == "stream":
        return reduce(add, await asyncio.to_thread(lambda: list(llm.stream(PROMPT, config))))
    if way == "astream":
        return reduce(add, [chunk async for chunk in llm.astream(PROMPT, config)])
    return await (llm.ainvoke(PROMPT, config) if way == "ainvoke" else asyncio.to_thread(llm.invoke, PROMPT, config))


@pytest.mark.parametrize("way", WAYS)
async def test_a_router_of_ones_own(way) -> None:
    """A router of the user's decides for graph and chat model, and its reason is recorded."""
    pool = [candidate("large", 3.0), candidate("small", 1.0)]
    for llm in (
        DynaRouteChatModel(router=Cheapest(), pool=pool),
        DynaRouteChatModel(graph=build_routing_graph(Cheapest(), pool)),
    ):
        routing = (await ask(llm, way)).response_metadata["routing"]
        assert ("cheapest", "small", "list price") == (
            routing["router"],
            routing["answered_by"],
            routing["ranking"][0]["reason"],
        )


@pytest.mark.parametrize("way", WAYS)
async def test_an_edge_back_after_an_empty_answer(way) -> None:
    """With an edge of the user's, an empty answer is not the last: the next of the ranking answers, and is named."""
    pool = [candidate("large", 3.0, words=("",)), candidate("small", 1.0)]
    graph = build_routing_graph("best-performance", pool, FixedClassifier())
    graph.add_conditional_edges("call_model", after_empty_answer)
    answer = await ask(DynaRouteChatModel(graph=graph), way)
    metadata = answer.response_metadata
    assert (ANSWER, "small-model") == (answer.content, metadata["model_name"])
    assert [("large", "answered"), ("small", "answered")] == [
        (attempt["name"], attempt["status"]) for attempt in metadata["routing"]["attempts"]
    ]


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
async def test_the_graph_is_a_node_of_another(way) -> None:
    """The compiled graph answers as the node of a host, beside a node of the host's own."""
    host = StateGraph(MessagesState)
    host.add_node("router", build_routing_graph(Cheapest(), [candidate("small")]).compile())
    host.add_node("sign", lambda state: {"messages": [("ai", f"signed: {state['messages'][-1].text}")]})
    host.add_edge(START, "router")
    host.add_edge("router", "sign")
    usage = UsageMetadataCallbackHandler()
    given, config = {"messages": [("user", PROMPT)]}, {"callbacks": [usage]}
    graph = host.compile()
    state = await (graph.ainvoke(given, config) if way == "ainvoke" else asyncio.to_thread(graph.invoke, given, config))
    assert [PROMPT, ANSWER, f"signed: {ANSWER}"] == [message.text for message in state["messages"]]
    assert {"small-model": USAGE} == usage.usage_metadata
